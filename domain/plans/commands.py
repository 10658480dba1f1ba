"""What may be asked of a project's network."""

from typing import ClassVar, Literal

from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import COORDINATOR, DEPARTMENT_HEAD, Command
from domain.kernel.values import Instant, Milli, Name, Text, WorkingMinutes
from domain.plans.events import ConstraintKind, GateKind, Lag, LinkType, PhaseKind, Strength


class PlanCommand(Command):
    """A request on the network of one project."""

    project_id: Id

    def stream(self) -> str:
        return stream_of("plan", self.project_id)


class PlanPhase(PlanCommand):
    """Add a phase; a parent makes it part of a summary."""

    command_name = "plan.plan_phase.v1"

    phase_id: Id
    wbs: Text = ""
    name: Name
    department_id: Name
    kind: PhaseKind = "task"
    duration_min: WorkingMinutes
    calendar_id: Id | None = None
    parent: Id | None = None


class RevisePhase(PlanCommand):
    """Change details of a phase other than its duration; what is left out stays."""

    command_name = "plan.revise_phase.v1"

    phase_id: Id
    wbs: Text | None = None
    name: Name | None = None
    department_id: Name | None = None
    kind: PhaseKind | None = None
    calendar_id: Id | None = None
    parent: Id | None = None


class ReviseDuration(PlanCommand):
    """Plan another duration for a phase that has not started."""

    command_name = "plan.revise_duration.v1"
    needs_reason: ClassVar[bool] = True

    phase_id: Id
    duration_min: WorkingMinutes
    basis: Text | None = None


class LinkPhases(PlanCommand):
    """Let one phase wait for another, or change how it waits; the network stays acyclic."""

    command_name = "plan.link_phases.v1"

    link_id: Id
    pred: Id
    succ: Id
    link_type: LinkType = "FS"
    lag: Lag | None = None
    strength: Strength = "hard"


class UnlinkPhases(PlanCommand):
    """Remove a link."""

    command_name = "plan.unlink_phases.v1"

    link_id: Id


class Constrain(PlanCommand):
    """Lay a date on a phase by hand; ASAP clears it."""

    command_name = "plan.constrain.v1"

    phase_id: Id
    kind: ConstraintKind
    at: Instant | None = None
    why: Text | None = None


class SetDeadline(PlanCommand):
    """Set or (without a date) clear the deadline of a phase."""

    command_name = "plan.set_deadline.v1"

    phase_id: Id
    at: Instant | None = None
    for_party: Name | None = None


class Require(PlanCommand):
    """Say how much of a resource a phase needs; 0 clears it."""

    command_name = "plan.require.v1"

    phase_id: Id
    resource_id: Id
    milli: Milli
    effort_min: WorkingMinutes | None = None
    skill: Text | None = None


class AddGate(PlanCommand):
    """Bar the release of a phase until something is settled."""

    command_name = "plan.add_gate.v1"

    gate_id: Id
    phase_id: Id
    kind: GateKind
    ref: Text | None = None


class WaiveGate(PlanCommand):
    """Release without the gate, on somebody's word."""

    command_name = "plan.waive_gate.v1"

    gate_id: Id
    why: Text


class SatisfyGate(PlanCommand):
    """Say that what the gate asks for is there."""

    command_name = "plan.satisfy_gate.v1"

    gate_id: Id
    evidence: Text


class ProposeCompletionDate(PlanCommand):
    """Ask for another completion date of a phase; the coordinator decides."""

    command_name = "plan.propose_completion_date.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, DEPARTMENT_HEAD})
    needs_reason: ClassVar[bool] = True

    phase_id: Id
    old: Instant | None = None
    new: Instant


class AdjustCompletionDate(PlanCommand):
    """Move a completion date by the means named; `duration_min` or `remaining_min` say how far.

    The decision records the adjustment and, in the same batch, what brings it about:
    `duration`: the new duration · `constraint`: finish no earlier than the date ·
    `deadline_only`: the deadline · `remaining`: the dispatcher adds a progress record to the
    phase's own stream.
    """

    command_name = "plan.adjust_completion_date.v1"
    needs_reason: ClassVar[bool] = True

    phase_id: Id
    old: Instant | None = None
    new: Instant
    means: Literal["duration", "remaining", "constraint", "deadline_only"]
    duration_min: WorkingMinutes | None = None
    remaining_min: WorkingMinutes | None = None


class RejectCompletionDate(PlanCommand):
    """Turn a proposed completion date down."""

    command_name = "plan.reject_completion_date.v1"
    needs_reason: ClassVar[bool] = True

    phase_id: Id
    proposed: Instant


class RemovePhase(PlanCommand):
    """Take a phase that never started out of the plan, with its links."""

    command_name = "plan.remove_phase.v1"
    needs_reason: ClassVar[bool] = True

    phase_id: Id


COMMANDS: tuple[type[Command], ...] = (
    PlanPhase,
    RevisePhase,
    ReviseDuration,
    LinkPhases,
    UnlinkPhases,
    Constrain,
    SetDeadline,
    Require,
    AddGate,
    WaiveGate,
    SatisfyGate,
    ProposeCompletionDate,
    AdjustCompletionDate,
    RejectCompletionDate,
    RemovePhase,
)
