"""What can become true of a project's network (stream `plan-<project>`)."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.kernel.ids import Id, stream_of, subject_of
from domain.kernel.messages import DomainEvent, Mark, MessageClass
from domain.kernel.values import Instant, Milli, Name, Text, WorkingMinutes

PhaseKind = Literal["task", "start_ms", "finish_ms", "level_of_effort", "procurement", "review"]
LinkType = Literal["FS", "SS", "FF", "SF"]
ConstraintKind = Literal["ASAP", "ALAP", "SNET", "SNLT", "FNET", "FNLT", "MSO", "MFO"]
GateKind = Literal["contract", "request", "material", "inspection", "permit"]
Strength = Literal["hard", "preferential"]

LAG_MIN_MAX = 10 * 366 * 1440
"""A lag or lead of ten years and more is a slip of the pen."""


class Lag(BaseModel):
    """Waiting time on a link, negative for a lead.

    `value` is in working or elapsed minutes, or in basis points of the predecessor's duration;
    `calendar` says whose working time counts (None: the project's policy).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    value: Annotated[int, Field(gt=-LAG_MIN_MAX, lt=LAG_MIN_MAX)]
    unit: Literal["working_min", "elapsed_min", "percent_of_pred"] = "working_min"
    calendar: Literal["pred", "succ", "project", "24h"] | None = None


class PlanEvent(DomainEvent):
    """An edit of the network."""

    message_class: ClassVar[MessageClass] = "revision"


class PhasePlanned(PlanEvent):
    """The phase is part of the plan; a summary is a phase that others name as their parent."""

    type_name = "plan.phase_planned.v1"

    phase_id: Id
    wbs: Text
    name: Name
    department_id: Name
    kind: PhaseKind
    duration_min: WorkingMinutes
    calendar_id: Id | None = None
    parent: Id | None = None

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream_of("phase", *subject_of(stream).ids, self.phase_id),)


class PhaseDetailsRevised(PlanEvent):
    """These details of a phase are others now; what is absent stays as it was."""

    type_name = "plan.phase_details_revised.v1"

    phase_id: Id
    wbs: Text | None = None
    name: Name | None = None
    department_id: Name | None = None
    kind: PhaseKind | None = None
    calendar_id: Id | None = None
    parent: Id | None = None


class PhaseDurationRevised(PlanEvent):
    """The phase is planned to take another number of working minutes."""

    type_name = "plan.phase_duration_revised.v1"

    phase_id: Id
    old_min: WorkingMinutes
    new_min: WorkingMinutes
    basis: Text | None = None


class DependencyAdded(PlanEvent):
    """The successor waits for the predecessor in this way."""

    type_name = "plan.dependency_added.v1"

    link_id: Id
    pred: Id
    succ: Id
    link_type: LinkType
    lag: Lag | None = None
    strength: Strength = "hard"


class DependencyChanged(PlanEvent):
    """The link's type, lag or strength is this now; its ends never change."""

    type_name = "plan.dependency_changed.v1"

    link_id: Id
    link_type: LinkType
    lag: Lag | None = None
    strength: Strength = "hard"


class DependencyRemoved(PlanEvent):
    """The successor no longer waits."""

    type_name = "plan.dependency_removed.v1"

    link_id: Id


class ConstraintSet(PlanEvent):
    """A date was laid on the phase by hand; it holds beside or against the links."""

    type_name = "plan.constraint_set.v1"

    phase_id: Id
    kind: ConstraintKind
    at: Instant | None = None
    why: Text | None = None


class ConstraintCleared(PlanEvent):
    """The links alone place the phase again."""

    type_name = "plan.constraint_cleared.v1"

    phase_id: Id


class DeadlineSet(PlanEvent):
    """The phase should end by then; the date moves nothing and may be missed."""

    type_name = "plan.deadline_set.v1"

    phase_id: Id
    at: Instant
    for_party: Name | None = None


class DeadlineCleared(PlanEvent):
    """The phase has no deadline any more."""

    type_name = "plan.deadline_cleared.v1"

    phase_id: Id


class ResourceRequirementSet(PlanEvent):
    """The phase needs so much of a resource, in thousandths, while it runs."""

    type_name = "plan.resource_requirement_set.v1"

    phase_id: Id
    resource_id: Id
    milli: Milli
    effort_min: WorkingMinutes | None = None
    skill: Text | None = None


class ResourceRequirementCleared(PlanEvent):
    """The phase does not need the resource."""

    type_name = "plan.resource_requirement_cleared.v1"

    phase_id: Id
    resource_id: Id


class GateAdded(PlanEvent):
    """The phase may not be released before this is settled."""

    type_name = "plan.gate_added.v1"

    gate_id: Id
    phase_id: Id
    kind: GateKind
    ref: Text | None = None


class GateWaived(PlanEvent):
    """Somebody took it on himself to release without the gate."""

    type_name = "plan.gate_waived.v1"

    gate_id: Id
    by: Name
    why: Text


class GateSatisfied(PlanEvent):
    """What the gate asks for is there."""

    type_name = "plan.gate_satisfied.v1"
    message_class: ClassVar[MessageClass] = "external"
    mark: ClassVar[Mark] = "both"

    gate_id: Id
    evidence: Text


class CompletionDateProposed(PlanEvent):
    """A department asks for another completion date; nothing moves yet."""

    type_name = "plan.completion_date_proposed.v1"

    phase_id: Id
    old: Instant | None = None
    new: Instant
    proposed_by: Name


class CompletionDateAdjusted(PlanEvent):
    """The coordinator moved a completion date; what moves it follows in the same batch."""

    type_name = "plan.completion_date_adjusted.v1"

    phase_id: Id
    old: Instant | None = None
    new: Instant
    means: Literal["duration", "remaining", "constraint", "deadline_only"]


class CompletionDateRejected(PlanEvent):
    """The proposed completion date was turned down."""

    type_name = "plan.completion_date_rejected.v1"

    phase_id: Id
    proposed: Instant


class PhaseRemoved(PlanEvent):
    """The phase is no longer planned; its links went with it."""

    type_name = "plan.phase_removed.v1"

    phase_id: Id
    links: tuple[Id, ...] = ()


EVENTS: tuple[type[DomainEvent], ...] = (
    PhasePlanned,
    PhaseDetailsRevised,
    PhaseDurationRevised,
    DependencyAdded,
    DependencyChanged,
    DependencyRemoved,
    ConstraintSet,
    ConstraintCleared,
    DeadlineSet,
    DeadlineCleared,
    ResourceRequirementSet,
    ResourceRequirementCleared,
    GateAdded,
    GateWaived,
    GateSatisfied,
    CompletionDateProposed,
    CompletionDateAdjusted,
    CompletionDateRejected,
    PhaseRemoved,
)
