"""What plans are made of in the tests of their decisions, in few words."""

from datetime import datetime

from domain.plans.commands import (
    AddGate,
    AdjustCompletionDate,
    Constrain,
    PlanPhase,
    ProposeCompletionDate,
    RejectCompletionDate,
    RemovePhase,
    RevisePhase,
    SatisfyGate,
    SetDeadline,
    WaiveGate,
)
from domain.plans.decisions import DECIDER
from domain.plans.events import (
    CompletionDateAdjusted,
    CompletionDateProposed,
    CompletionDateRejected,
    DependencyAdded,
    GateAdded,
    GateSatisfied,
    GateWaived,
    PhasePlanned,
)
from domain.plans.surroundings import Surroundings
from tests.builders import (
    COORDINATOR_ID,
    FRIDAY,
    HEAD_ID,
    LATE_MATERIAL,
    PROJECT,
    THURSDAY,
)
from tests.spec import Spec

STREAM = f"plan-{PROJECT}"
OPEN = Surroundings(
    project_exists=True,
    project_closed=False,
    calendars=frozenset({"plant"}),
    resources=frozenset({"welders"}),
)
CUT_HAS_STARTED = Surroundings(
    project_exists=True, project_closed=False, started=frozenset({"cut"})
)
a_plan = Spec(DECIDER, STREAM, OPEN)


def planned(phase_id: str, parent: str | None = None, minutes: int = 480) -> PhasePlanned:
    return PhasePlanned(
        phase_id=phase_id,
        wbs="1.1",
        name=phase_id.title(),
        department_id="welding",
        kind="task",
        duration_min=minutes,
        parent=parent,
    )


def plan(phase_id: str, parent: str | None = None, minutes: int = 480) -> PlanPhase:
    return PlanPhase(
        project_id=PROJECT,
        phase_id=phase_id,
        wbs="1.1",
        name=phase_id.title(),
        department_id="welding",
        duration_min=minutes,
        parent=parent,
    )


def linked(pred: str, succ: str, link_id: str = "L1") -> DependencyAdded:
    return DependencyAdded(link_id=link_id, pred=pred, succ=succ, link_type="FS")


def revise(phase_id: str, **changes: str) -> RevisePhase:
    return RevisePhase.model_validate({"project_id": PROJECT, "phase_id": phase_id, **changes})


def adjust(means: str, **how_far: int) -> AdjustCompletionDate:
    return AdjustCompletionDate.model_validate(
        {
            "project_id": PROJECT,
            "phase_id": "cut",
            "new": FRIDAY,
            "means": means,
            "reason": LATE_MATERIAL,
            **how_far,
        }
    )


cut, weld, paint = planned("cut"), planned("weld"), planned("paint")
frame = planned("frame", minutes=0)


def deadline(at: datetime | None) -> SetDeadline:
    return SetDeadline(project_id=PROJECT, phase_id="cut", at=at)


def constraint(at: datetime) -> Constrain:
    return Constrain(project_id=PROJECT, phase_id="cut", kind="SNET", at=at)


add_gate = AddGate(project_id=PROJECT, gate_id="G1", phase_id="cut", kind="permit", ref="P-4")
gate = GateAdded(gate_id="G1", phase_id="cut", kind="permit", ref="P-4")
waive = WaiveGate(project_id=PROJECT, gate_id="G1", why="Verbal permit")
waived = GateWaived(gate_id="G1", by=COORDINATOR_ID, why="Verbal permit")
satisfy = SatisfyGate(project_id=PROJECT, gate_id="G1", evidence="Permit 77")
satisfied = GateSatisfied(gate_id="G1", evidence="Permit 77")
propose = ProposeCompletionDate(
    project_id=PROJECT, phase_id="cut", old=THURSDAY, new=FRIDAY, reason=LATE_MATERIAL
)
proposed = CompletionDateProposed(phase_id="cut", old=THURSDAY, new=FRIDAY, proposed_by=HEAD_ID)
reject = RejectCompletionDate(
    project_id=PROJECT, phase_id="cut", proposed=FRIDAY, reason=LATE_MATERIAL
)
rejected = CompletionDateRejected(phase_id="cut", proposed=FRIDAY)


def adjusted(means: str) -> CompletionDateAdjusted:
    return CompletionDateAdjusted.model_validate({"phase_id": "cut", "new": FRIDAY, "means": means})


remove = RemovePhase(project_id=PROJECT, phase_id="cut", reason=LATE_MATERIAL)
