"""What can become true of a project as a whole (stream `project-<id>`)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue

from domain.kernel.corrections import EventId
from domain.kernel.ids import Id, StreamName, stream_of, subject_of
from domain.kernel.messages import DomainEvent, MessageClass
from domain.kernel.values import CalendarDate, Cost, Digest, Instant, Name, Text, ZoneName


class ProjectOpened(DomainEvent):
    """The project exists; its phases are planned in this zone from this start on."""

    type_name = "project.opened.v1"
    message_class: ClassVar[MessageClass] = "revision"

    name: Name
    code: Text | None = None
    customer_id: Name | None = None
    coordinator_id: Name | None = None
    zone: ZoneName
    calendar_id: Id
    start: Instant

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream, stream_of("plan", *subject_of(stream).ids))


class PromiseMade(DomainEvent):
    """A customer was promised a deliverable by the end of a day, in the project's zone.

    `delay_cost` is what each working day beyond it costs; without it nobody knows.
    """

    type_name = "project.promise_made.v1"
    message_class: ClassVar[MessageClass] = "revision"

    to_party: Name
    deliverable: Name
    promised_date: CalendarDate
    contract_ref: Text | None = None
    delay_cost: Cost | None = None


class PromiseChanged(DomainEvent):
    """The date promised for a deliverable, or what its delay costs, is another one, as agreed.

    A cost that is left out stays.
    """

    type_name = "project.promise_changed.v1"
    message_class: ClassVar[MessageClass] = "revision"

    to_party: Name
    deliverable: Name
    old: CalendarDate
    new: CalendarDate
    agreed_by: Name | None = None
    notice_ref: Text | None = None
    delay_cost: Cost | None = None


class DataDateAdvanced(DomainEvent):
    """Actuals are in up to this moment; nothing unfinished is scheduled before it."""

    type_name = "project.data_date_advanced.v1"
    message_class: ClassVar[MessageClass] = "clock"

    data_date: Instant


class BaselineApproved(DomainEvent):
    """The schedule as it stood at a position is what the project is measured against."""

    type_name = "project.baseline_approved.v1"
    message_class: ClassVar[MessageClass] = "revision"

    name: Name
    at_position: Annotated[int, Field(ge=0)]
    approved_by: Name
    digest: Digest | None = None


class SchedulingPolicySet(DomainEvent):
    """The project's schedule is computed by these rules; an absent one is as before."""

    type_name = "project.scheduling_policy_set.v1"
    message_class: ClassVar[MessageClass] = "revision"

    out_of_sequence: Literal["retained_logic", "progress_override", "actual_dates"] | None = None
    lag_calendar: Literal["pred", "succ", "project", "24h"] | None = None
    critical: Literal["total_float", "longest_path"] | None = None
    critical_float_max_min: Annotated[int, Field(ge=0)] | None = None
    float_calc: Literal["start", "finish", "smallest"] | None = None
    dialect: Literal["p6", "msproject"] | None = None
    open_ends_critical: bool | None = None
    material_drives: bool | None = None


class RuleSet(DomainEvent):
    """A detection rule goes by these numbers in this project, or is off; the rest is as before.

    Under the rule `noise` stand the numbers that hold for every rule, under `ranking` what the
    project counts beside others, under `notices` how often parties are told of moved dates.
    """

    type_name = "project.rule_set.v1"
    message_class: ClassVar[MessageClass] = "communication"

    rule: Name
    on: bool | None = None
    parameters: dict[Name, int] | None = None

    def and_then(self, change: "RuleSet") -> "RuleSet":
        """Return what is set of the rule after a change; what that leaves out is as before."""
        numbers = {**(self.parameters or {}), **(change.parameters or {})}
        on = self.on if change.on is None else change.on
        return RuleSet(rule=self.rule, on=on, parameters=numbers or None)


class ProjectHeld(DomainEvent):
    """Nothing more is released until the project is resumed."""

    type_name = "project.held.v1"
    message_class: ClassVar[MessageClass] = "revision"


class ProjectResumed(DomainEvent):
    """The hold is over."""

    type_name = "project.resumed.v1"
    message_class: ClassVar[MessageClass] = "revision"


class ProjectCompleted(DomainEvent):
    """The project is done and closed."""

    type_name = "project.completed.v1"
    message_class: ClassVar[MessageClass] = "revision"


class ProjectCancelled(DomainEvent):
    """The project will not be done."""

    type_name = "project.cancelled.v1"
    message_class: ClassVar[MessageClass] = "revision"


class DelegateAppointed(DomainEvent):
    """From a first day on, to a last one where it is said, a party may act for another in a role.

    Both days are included, in the project's zone. A department's delegates are the department's.
    """

    type_name = "project.delegate_appointed.v1"
    message_class: ClassVar[MessageClass] = "communication"

    role: Name
    from_party: Name
    to_party: Name
    first_day: CalendarDate
    last_day: CalendarDate | None = None


class HandoverIssued(DomainEvent):
    """A party hands a role over: with all that was open for it at a position of the log.

    `digest` is that of the pack, the open points as the hand-over question answers them.
    """

    type_name = "project.handover_issued.v1"
    message_class: ClassVar[MessageClass] = "communication"

    role: Name
    from_party: Name
    to_party: Name
    at_position: Annotated[int, Field(ge=0)]
    engine_version: Annotated[int, Field(ge=0)]
    digest: Digest


class HandoverAccepted(DomainEvent):
    """Whom the role was handed over to has read that pack and takes it on."""

    type_name = "project.handover_accepted.v1"
    message_class: ClassVar[MessageClass] = "communication"

    role: Name
    from_party: Name
    to_party: Name
    at_position: Annotated[int, Field(ge=0)]
    engine_version: Annotated[int, Field(ge=0)]
    digest: Digest


class ProjectReferenceChanged(DomainEvent):
    """Something happened to a subject that projects share, and that this one uses.

    The content is what the event `cause` on the subject's own stream says, under its name, and
    since when that is true.
    """

    type_name = "project.reference_changed.v1"
    message_class: ClassVar[MessageClass] = "external"

    subject: StreamName
    cause: EventId
    content_type: Name
    content: dict[str, JsonValue]
    effective_at: Instant


ProjectEvent = (
    ProjectOpened
    | PromiseMade
    | PromiseChanged
    | DataDateAdvanced
    | BaselineApproved
    | SchedulingPolicySet
    | RuleSet
    | ProjectHeld
    | ProjectResumed
    | ProjectCompleted
    | ProjectCancelled
    | DelegateAppointed
    | HandoverIssued
    | HandoverAccepted
    | ProjectReferenceChanged
)


EVENTS: tuple[type[DomainEvent], ...] = (
    ProjectOpened,
    PromiseMade,
    PromiseChanged,
    DataDateAdvanced,
    BaselineApproved,
    SchedulingPolicySet,
    RuleSet,
    ProjectHeld,
    ProjectResumed,
    ProjectCompleted,
    ProjectCancelled,
    DelegateAppointed,
    HandoverIssued,
    HandoverAccepted,
    ProjectReferenceChanged,
)
