"""Hold the decisions on a plan's phases to the rules of a network."""

import pytest

from domain.kernel.messages import Command, DomainEvent
from domain.kernel.refusals import (
    Cycle,
    DomainError,
    DuplicateId,
    InvalidTransition,
    LevelOfEffortDrives,
    LinkToAncestor,
    PhaseHasStarted,
    PlanTooLarge,
    ProjectClosed,
    SummaryDuration,
    UnknownSubject,
)
from domain.plans import phases
from domain.plans.commands import (
    COMMANDS,
    AddGate,
    AdjustCompletionDate,
    Constrain,
    PlanPhase,
    ProposeCompletionDate,
    RejectCompletionDate,
    RemovePhase,
    Require,
    ReviseDuration,
    RevisePhase,
    SetDeadline,
)
from domain.plans.decisions import DECIDER
from domain.plans.events import (
    GateWaived,
    PhaseDetailsRevised,
    PhaseDurationRevised,
    PhaseRemoved,
    ResourceRequirementCleared,
    ResourceRequirementSet,
)
from domain.plans.surroundings import Surroundings, reads
from tests.builders import (
    FRIDAY,
    LATE_MATERIAL,
    PROJECT,
    Step,
    history,
)
from tests.unit.domain.plan_steps import (
    CUT_HAS_STARTED,
    STREAM,
    a_plan,
    adjust,
    cut,
    frame,
    gate,
    linked,
    paint,
    plan,
    planned,
    rejected,
    remove,
    revise,
    satisfied,
    weld,
)


def test_a_phase_is_planned_once() -> None:
    a_plan.given().when(plan("cut")).then(cut).when(plan("cut")).then()


def test_a_phase_planned_otherwise_under_a_known_id_is_refused() -> None:
    for other in (plan("cut", minutes=60), plan("cut", parent="frame")):
        a_plan.given(frame, cut).when(other).then_refused(DuplicateId, "cut")


def test_a_planned_phase_makes_its_own_stream_known() -> None:
    assert cut.introduces(STREAM) == (f"phase-{PROJECT}/cut",)


def test_nothing_is_planned_for_a_project_that_is_not_there_or_closed() -> None:
    nowhere = Surroundings(project_exists=False, project_closed=False)
    closed = Surroundings(project_exists=True, project_closed=True)
    a_plan.given().when(plan("cut"), others=nowhere).then_refused(UnknownSubject, PROJECT)
    a_plan.given().when(plan("cut"), others=closed).then_refused(ProjectClosed, PROJECT)


def test_a_phase_is_planned_on_a_calendar_of_the_project() -> None:
    on_plant = plan("cut").model_copy(update={"calendar_id": "plant"})
    on_moon = plan("cut").model_copy(update={"calendar_id": "moon"})
    a_plan.given().when(on_plant).then(cut.model_copy(update={"calendar_id": "plant"}))
    a_plan.given().when(on_moon).then_refused(UnknownSubject, "calendar moon")
    a_plan.given(cut).when(revise("cut", calendar_id="moon")).then_refused(UnknownSubject, "moon")


def test_a_plan_has_room_for_so_many_phases_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert phases.PHASES_MAX == 200_000
    monkeypatch.setattr(phases, "PHASES_MAX", 2)
    a_plan.given(cut).when(plan("weld")).then(weld).when(plan("paint")).then_refused(PlanTooLarge)


def test_a_phase_is_planned_below_a_summary() -> None:
    a_plan.given(frame).when(plan("cut", "frame")).then(planned("cut", "frame"))
    a_plan.given().when(plan("cut", "frame")).then_refused(UnknownSubject, "frame")
    a_plan.given().when(plan("cut", "cut")).then_refused(Cycle, "its own parent")


def test_a_summary_has_no_duration_of_its_own() -> None:
    below = planned("cut", "frame")
    longer = ReviseDuration(
        project_id=PROJECT, phase_id="frame", duration_min=60, reason=LATE_MATERIAL
    )
    a_plan.given(weld).when(plan("cut", "weld")).then_refused(SummaryDuration, "weld")
    a_plan.given(frame, below).when(longer).then_refused(SummaryDuration, "frame")
    a_plan.given(weld, cut).when(revise("cut", parent="weld")).then_refused(SummaryDuration)


def test_only_what_changes_is_revised() -> None:
    after = a_plan.given(cut).when(revise("cut", name="Laser cut", wbs="1.1"))
    after.then(PhaseDetailsRevised(phase_id="cut", name="Laser cut")).when(
        revise("cut", name="Laser cut")
    ).then()
    a_plan.given().when(revise("cut", name="Laser cut")).then_refused(UnknownSubject, "cut")


def test_a_phase_moves_to_another_summary() -> None:
    other = planned("delivery", minutes=0)
    before = (frame, other, planned("cut", "frame"))
    after = a_plan.given(*before).when(revise("cut", parent="delivery"))
    moved = PhaseDetailsRevised(phase_id="cut", parent="delivery")
    assert after.then(moved).state.network.children == {"delivery": ["cut"]}


def test_a_phase_does_not_move_below_itself() -> None:
    inner = planned("inner", "frame", 0)
    a_plan.given(frame).when(revise("frame", parent="frame")).then_refused(Cycle)
    a_plan.given(frame, inner).when(revise("frame", parent="inner")).then_refused(Cycle, "inner")


def test_a_phase_does_not_move_below_what_it_is_linked_to() -> None:
    inner = planned("inner", minutes=0)
    below = planned("cut", "inner")
    before = (frame, inner, below, linked("frame", "cut"))
    a_plan.given(*before).when(revise("inner", parent="frame")).then_refused(
        LinkToAncestor, "cut is linked to frame"
    )


def test_a_phase_does_not_move_to_where_the_network_would_go_in_a_circle() -> None:
    before = (frame, cut, weld, linked("cut", "weld"), linked("weld", "frame", "L2"))
    a_plan.given(*before).when(revise("cut", parent="frame")).then_refused(
        Cycle, "cut -> weld", "weld -> frame"
    )


def test_a_phase_may_move_beside_what_waits_for_it() -> None:
    inside = planned("paint", "frame")
    before = (frame, cut, weld, inside, linked("cut", "weld"), linked("weld", "paint", "L2"))
    a_plan.given(*before).when(revise("cut", parent="frame")).then(
        PhaseDetailsRevised(phase_id="cut", parent="frame")
    )


def test_a_phase_may_leave_its_summary_for_one_that_follows_it() -> None:
    after = planned("delivery", minutes=0)
    before = (frame, after, planned("cut", "frame"), planned("weld", "frame"))
    moved = PhaseDetailsRevised(phase_id="cut", parent="delivery")
    a_plan.given(*before, linked("frame", "delivery")).when(revise("cut", parent="delivery")).then(
        moved
    )


def test_a_phase_others_wait_for_does_not_become_a_level_of_effort() -> None:
    before = (cut, weld, linked("cut", "weld"))
    a_plan.given(*before).when(revise("cut", kind="level_of_effort")).then_refused(
        LevelOfEffortDrives, "cut"
    )
    a_plan.given(*before).when(revise("weld", kind="level_of_effort")).then(
        PhaseDetailsRevised(phase_id="weld", kind="level_of_effort")
    )


def test_a_phase_requires_a_resource_until_it_requires_none_of_it() -> None:
    ask = Require(project_id=PROJECT, phase_id="cut", resource_id="welders", milli=1500)
    more = ask.model_copy(update={"milli": 2000})
    none = ask.model_copy(update={"milli": 0})
    needed = ResourceRequirementSet(phase_id="cut", resource_id="welders", milli=1500)
    after = a_plan.given(cut).when(ask).then(needed)
    after.when(ask).then()
    after = after.when(more).then(needed.model_copy(update={"milli": 2000}))
    cleared = ResourceRequirementCleared(phase_id="cut", resource_id="welders")
    after.when(none).then(cleared).when(none).then()


def test_a_resource_nobody_registered_is_not_required() -> None:
    ask = Require(project_id=PROJECT, phase_id="cut", resource_id="robots", milli=1000)
    a_plan.given(cut).when(ask).then_refused(UnknownSubject, "resource robots")


def test_a_phase_leaves_the_plan_with_its_links_and_gates() -> None:
    before = (cut, weld, paint, linked("cut", "weld", "L2"), linked("paint", "cut", "L1"), gate)
    after = (
        a_plan.given(*before).when(remove).then(PhaseRemoved(phase_id="cut", links=("L1", "L2")))
    )
    assert set(after.state.phases) == {"weld", "paint"}
    assert after.state.links == {}
    assert after.state.gates == {}
    after.when(remove).then()


def test_a_removed_phase_can_be_planned_and_removed_again() -> None:
    gone = PhaseRemoved(phase_id="cut")
    a_plan.given(cut, gone).when(plan("cut")).then(cut).when(remove).then(gone)


def test_a_phase_that_started_or_has_phases_below_it_is_not_removed() -> None:
    summary = RemovePhase(project_id=PROJECT, phase_id="frame", reason=LATE_MATERIAL)
    a_plan.given(cut).when(remove, others=CUT_HAS_STARTED).then_refused(PhaseHasStarted)
    a_plan.given(frame, planned("cut", "frame")).when(summary).then_refused(InvalidTransition)
    a_plan.given().when(remove).then_refused(UnknownSubject, "cut")


@pytest.mark.parametrize(
    ("command", "streams"),
    [
        (plan("cut"), ()),
        (
            plan("cut").model_copy(update={"calendar_id": "plant"}),
            (f"calendar-{PROJECT}/plant", "calendar-plant"),
        ),
        (revise("cut", calendar_id="plant"), (f"calendar-{PROJECT}/plant", "calendar-plant")),
        (
            Require(project_id=PROJECT, phase_id="cut", resource_id="welders", milli=1),
            (f"resource-{PROJECT}/welders", "resource-welders"),
        ),
        (remove, (f"phase-{PROJECT}/cut",)),
        (adjust("duration", duration_min=1), (f"phase-{PROJECT}/cut",)),
        (adjust("remaining", remaining_min=1), ()),
    ],
)
def test_a_decision_reads_the_project_and_what_the_request_names(
    command: PlanPhase, streams: tuple[str, ...]
) -> None:
    assert reads(command) == (f"project-{PROJECT}", *streams)


@pytest.mark.parametrize(
    "impossible",
    [
        (cut, cut),
        (planned("cut", "frame"),),
        (satisfied,),
        (cut, PhaseDurationRevised(phase_id="cut", old_min=1, new_min=2)),
        (cut, PhaseDetailsRevised(phase_id="cut", parent="frame")),
        (cut, rejected),
        (cut, gate, gate),
        (cut, weld, linked("cut", "weld"), PhaseRemoved(phase_id="cut")),
        (frame, planned("cut", "frame"), PhaseRemoved(phase_id="frame")),
        (GateWaived(gate_id="G1", by="x", why="y"),),
    ],
)
def test_what_no_decision_makes_is_a_corrupt_log(
    impossible: tuple[DomainEvent | Step, ...],
) -> None:
    with pytest.raises(AssertionError, match=type(impossible[-1]).__name__):
        DECIDER.fold(history(STREAM, *impossible))


def test_every_command_on_a_phase_refuses_one_that_is_not_planned() -> None:
    details: dict[type[Command], dict[str, object]] = {
        RevisePhase: {"name": "x"},
        ReviseDuration: {"duration_min": 1},
        Constrain: {"kind": "ALAP"},
        SetDeadline: {"at": FRIDAY},
        Require: {"resource_id": "welders", "milli": 1000},
        AddGate: {"gate_id": "G1", "kind": "permit"},
        ProposeCompletionDate: {"new": FRIDAY},
        AdjustCompletionDate: {"new": FRIDAY, "means": "constraint"},
        RejectCompletionDate: {"proposed": FRIDAY},
        RemovePhase: {},
    }
    on_phases = {command for command in COMMANDS if "phase_id" in command.model_fields}
    assert set(details) == on_phases - {PlanPhase}
    for command, fields in details.items():
        ask = command.model_validate(
            {"project_id": PROJECT, "phase_id": "gone", "reason": LATE_MATERIAL, **fields}
        )
        refused: type[DomainError] = UnknownSubject
        a_plan.given(cut).when(ask).then_refused(refused, "there is no phase gone")
