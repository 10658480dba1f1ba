"""Hold the decisions on a plan's phases, gates and dates to the rules of a network."""

from datetime import datetime

import pytest
from pydantic import ValidationError

from domain.kernel.messages import Command, DomainEvent
from domain.kernel.refusals import (
    ConstraintDateMissing,
    Cycle,
    DomainError,
    DuplicateId,
    InvalidTransition,
    LevelOfEffortDrives,
    LinkToAncestor,
    Malformed,
    PhaseHasStarted,
    PlanTooLarge,
    ProjectClosed,
    ReasonRequired,
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
    SatisfyGate,
    SetDeadline,
    WaiveGate,
)
from domain.plans.decisions import DECIDER
from domain.plans.events import (
    CompletionDateAdjusted,
    CompletionDateProposed,
    CompletionDateRejected,
    ConstraintCleared,
    ConstraintSet,
    DeadlineCleared,
    DeadlineSet,
    DependencyAdded,
    GateAdded,
    GateSatisfied,
    GateWaived,
    PhaseDetailsRevised,
    PhaseDurationRevised,
    PhasePlanned,
    PhaseRemoved,
    ResourceRequirementCleared,
    ResourceRequirementSet,
)
from domain.plans.surroundings import Surroundings, reads
from tests.builders import (
    ASKED_BY_HEAD,
    COORDINATOR_ID,
    FRIDAY,
    HEAD_ID,
    LATE_MATERIAL,
    MONDAY,
    PROJECT,
    THURSDAY,
    Step,
    fact,
    history,
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


def test_a_duration_is_revised_with_a_reason_before_the_start() -> None:
    ask = ReviseDuration(
        project_id=PROJECT, phase_id="cut", duration_min=600, basis="Quote 7", reason=LATE_MATERIAL
    )
    revised = PhaseDurationRevised(phase_id="cut", old_min=480, new_min=600, basis="Quote 7")
    a_plan.given(cut).when(ask).then(revised).when(ask).then()
    a_plan.given(cut).when(ask, others=CUT_HAS_STARTED).then_refused(
        PhaseHasStarted, "record what remains"
    )
    a_plan.given(cut).when(ask.model_copy(update={"reason": None})).then_refused(ReasonRequired)


def test_a_negative_duration_cannot_even_be_asked_for() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        plan("cut", minutes=-1)


def test_a_constraint_is_laid_on_a_phase_and_cleared() -> None:
    ask = Constrain(project_id=PROJECT, phase_id="cut", kind="SNET", at=THURSDAY, why="Delivery")
    clear = Constrain(project_id=PROJECT, phase_id="cut", kind="ASAP", reason=LATE_MATERIAL)
    constrained = ConstraintSet(phase_id="cut", kind="SNET", at=THURSDAY, why="Delivery")
    after = a_plan.given(cut).when(ask).then(constrained)
    after.when(ask).then()
    after.when(clear).then(ConstraintCleared(phase_id="cut")).when(clear).then()


@pytest.mark.parametrize("kind", ["SNET", "SNLT", "FNET", "FNLT", "MSO", "MFO"])
def test_a_constraint_that_holds_to_a_date_needs_one(kind: str) -> None:
    ask = Constrain.model_validate({"project_id": PROJECT, "phase_id": "cut", "kind": kind})
    a_plan.given(cut).when(ask).then_refused(ConstraintDateMissing, kind)


def test_as_late_as_possible_takes_no_date() -> None:
    ask = Constrain(project_id=PROJECT, phase_id="cut", kind="ALAP", at=FRIDAY)
    a_plan.given(cut).when(ask).then(ConstraintSet(phase_id="cut", kind="ALAP"))


def test_a_deadline_is_set_and_cleared() -> None:
    ask = SetDeadline(project_id=PROJECT, phase_id="cut", at=FRIDAY, for_party="Nordquell")
    clear = SetDeadline(project_id=PROJECT, phase_id="cut", reason=LATE_MATERIAL)
    after = a_plan.given(cut).when(ask)
    set_once = after.then(DeadlineSet(phase_id="cut", at=FRIDAY, for_party="Nordquell"))
    set_once.when(ask).then()
    set_once.when(clear).then(DeadlineCleared(phase_id="cut")).when(clear).then()


def deadline(at: datetime | None) -> SetDeadline:
    return SetDeadline(project_id=PROJECT, phase_id="cut", at=at)


def constraint(at: datetime) -> Constrain:
    return Constrain(project_id=PROJECT, phase_id="cut", kind="SNET", at=at)


@pytest.mark.parametrize(
    ("stood", "change"),
    [
        (DeadlineSet(phase_id="cut", at=FRIDAY), deadline(THURSDAY)),
        (DeadlineSet(phase_id="cut", at=FRIDAY), deadline(None)),
        (ConstraintSet(phase_id="cut", kind="SNET", at=FRIDAY), constraint(THURSDAY)),
        (
            ConstraintSet(phase_id="cut", kind="SNET", at=FRIDAY),
            Constrain(project_id=PROJECT, phase_id="cut", kind="ASAP"),
        ),
    ],
)
def test_a_date_that_stood_does_not_change_without_a_reason(
    stood: DomainEvent, change: Command
) -> None:
    a_plan.given(cut, stood).when(change).then_refused(ReasonRequired, FRIDAY.isoformat())


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


add_gate = AddGate(project_id=PROJECT, gate_id="G1", phase_id="cut", kind="permit", ref="P-4")
gate = GateAdded(gate_id="G1", phase_id="cut", kind="permit", ref="P-4")
waive = WaiveGate(project_id=PROJECT, gate_id="G1", why="Verbal permit")
waived = GateWaived(gate_id="G1", by=COORDINATOR_ID, why="Verbal permit")
satisfy = SatisfyGate(project_id=PROJECT, gate_id="G1", evidence="Permit 77")
satisfied = GateSatisfied(gate_id="G1", evidence="Permit 77")


def test_a_gate_is_added_once_and_bars_its_phase() -> None:
    after = a_plan.given(cut).when(add_gate).then(gate)
    assert after.state.open_gates("cut") == ("G1",)
    assert after.state.open_gates("weld") == ()
    after.when(add_gate).then()
    after.when(add_gate.model_copy(update={"kind": "contract"})).then_refused(DuplicateId, "G1")


def test_a_gate_is_waived_or_satisfied_and_then_open_no_more() -> None:
    after = a_plan.given(cut, gate).when(waive).then(waived)
    assert after.state.open_gates("cut") == ()
    after.when(waive).then()
    after = after.when(satisfy).then(satisfied)
    after.when(satisfy).then()
    after.when(waive).then()
    assert a_plan.given(cut, gate, satisfied).state.open_gates("cut") == ()


def test_a_gate_nobody_added_is_neither_waived_nor_satisfied() -> None:
    for command in (waive, satisfy):
        a_plan.given(cut).when(command).then_refused(UnknownSubject, "G1")


def test_evidence_reported_before_its_gate_settles_it_when_it_is_added() -> None:
    early = fact(satisfied, MONDAY)
    after = a_plan.given(cut, early).when(add_gate).then(gate)
    assert after.state.open_gates("cut") == ()


def test_evidence_reported_twice_or_after_a_waiver_is_no_corrupt_log() -> None:
    reported = fact(satisfied, MONDAY)
    assert a_plan.given(cut, gate, waived, reported, reported).state.open_gates("cut") == ()


propose = ProposeCompletionDate(
    project_id=PROJECT, phase_id="cut", old=THURSDAY, new=FRIDAY, reason=LATE_MATERIAL
)
proposed = CompletionDateProposed(phase_id="cut", old=THURSDAY, new=FRIDAY, proposed_by=HEAD_ID)
reject = RejectCompletionDate(
    project_id=PROJECT, phase_id="cut", proposed=FRIDAY, reason=LATE_MATERIAL
)
rejected = CompletionDateRejected(phase_id="cut", proposed=FRIDAY)


def test_a_department_head_proposes_a_completion_date_in_his_name() -> None:
    after = a_plan.given(cut).when(propose, asked=ASKED_BY_HEAD).then(proposed)
    after.when(propose, asked=ASKED_BY_HEAD).then()
    after.when(propose).then(proposed.model_copy(update={"proposed_by": COORDINATOR_ID}))
    a_plan.given(cut).when(propose.model_copy(update={"reason": None})).then_refused(ReasonRequired)


def test_a_proposal_is_turned_down_once_and_may_be_made_again() -> None:
    after = a_plan.given(cut, proposed).when(reject).then(rejected)
    after.when(reject).then()
    after.when(propose, asked=ASKED_BY_HEAD).then(proposed)


def test_a_proposal_nobody_made_or_already_followed_is_not_turned_down() -> None:
    other = reject.model_copy(update={"proposed": THURSDAY})
    done = CompletionDateAdjusted(phase_id="cut", new=FRIDAY, means="remaining")
    a_plan.given(cut).when(reject).then_refused(InvalidTransition, "cut")
    a_plan.given(cut, proposed).when(other).then_refused(InvalidTransition)
    a_plan.given(cut, proposed, done).when(reject).then_refused(InvalidTransition)


def adjusted(means: str) -> CompletionDateAdjusted:
    return CompletionDateAdjusted.model_validate({"phase_id": "cut", "new": FRIDAY, "means": means})


def test_a_completion_date_is_adjusted_by_a_new_duration() -> None:
    ask = adjust("duration", duration_min=720)
    revised = PhaseDurationRevised(phase_id="cut", old_min=480, new_min=720)
    a_plan.given(cut).when(ask).then(adjusted("duration"), revised).when(ask).then()
    a_plan.given(cut).when(ask, others=CUT_HAS_STARTED).then_refused(PhaseHasStarted)


def test_a_completion_date_is_adjusted_by_a_constraint() -> None:
    ask = adjust("constraint")
    held = ConstraintSet(phase_id="cut", kind="FNET", at=FRIDAY)
    a_plan.given(cut).when(ask).then(adjusted("constraint"), held).when(ask).then()


def test_a_completion_date_is_adjusted_by_the_deadline_alone() -> None:
    before = DeadlineSet(phase_id="cut", at=THURSDAY, for_party="Nordquell")
    after = DeadlineSet(phase_id="cut", at=FRIDAY, for_party="Nordquell")
    ask = adjust("deadline_only")
    a_plan.given(cut, before).when(ask).then(adjusted("deadline_only"), after).when(ask).then()
    a_plan.given(cut).when(ask).then(
        adjusted("deadline_only"), DeadlineSet(phase_id="cut", at=FRIDAY)
    )


def test_what_remains_is_recorded_on_the_phase_and_not_by_the_plan() -> None:
    ask = adjust("remaining", remaining_min=120)
    a_plan.given(cut).when(ask).then(adjusted("remaining")).when(ask).then()


def test_an_adjustment_answers_a_waiting_proposal_even_where_nothing_else_changes() -> None:
    ask = adjust("remaining", remaining_min=120)
    before = (cut, adjusted("remaining"), proposed)
    a_plan.given(*before).when(ask).then(adjusted("remaining")).when(ask).then()


@pytest.mark.parametrize("means", ["duration", "remaining"])
def test_an_adjustment_says_how_far(means: str) -> None:
    a_plan.given(cut).when(adjust(means)).then_refused(Malformed, f"{means}_min")


remove = RemovePhase(project_id=PROJECT, phase_id="cut", reason=LATE_MATERIAL)


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
        (plan("cut").model_copy(update={"calendar_id": "plant"}), (f"calendar-{PROJECT}/plant",)),
        (revise("cut", calendar_id="plant"), (f"calendar-{PROJECT}/plant",)),
        (
            Require(project_id=PROJECT, phase_id="cut", resource_id="welders", milli=1),
            (f"resource-{PROJECT}/welders",),
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
