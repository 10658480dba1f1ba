"""Hold the decisions on a project to its rules: promises, data date, baseline, hold and end."""

from datetime import date

import pytest

from domain.kernel.refusals import (
    AlreadyExists,
    BaselineAhead,
    ConflictOpen,
    DataDateBackward,
    DigestMismatch,
    PhaseRunning,
    ProjectClosed,
    PromiseExists,
    ReasonRequired,
    UnknownSubject,
)
from domain.kernel.values import Money
from domain.projects.commands import (
    AdvanceDataDate,
    ApproveBaseline,
    CancelProject,
    CloseProject,
    HoldProject,
    OpenProject,
    ResumeProject,
    SetPromise,
    SetRule,
    SetSchedulingPolicy,
)
from domain.projects.decisions import DECIDER, Surroundings, reads
from domain.projects.events import (
    BaselineApproved,
    DataDateAdvanced,
    ProjectCancelled,
    ProjectCompleted,
    ProjectHeld,
    ProjectOpened,
    ProjectResumed,
    PromiseChanged,
    PromiseMade,
    RuleSet,
    SchedulingPolicySet,
)
from tests.builders import (
    COORDINATOR_ID,
    LATE_MATERIAL,
    MONDAY,
    PROJECT,
    TUESDAY,
    WEDNESDAY,
    history,
)
from tests.spec import Spec

STREAM = f"project-{PROJECT}"
CUSTOMER = "Nordquell"
LINE = "Bottling line"
OURS = "ab" * 32
END_OF_MAY = date(2026, 5, 29)
MID_JUNE = date(2026, 6, 15)

a_project = Spec(DECIDER, STREAM, Surroundings(head_position=40))
opened = ProjectOpened(name="Line 200", zone="Europe/Berlin", calendar_id="plant", start=MONDAY)
A_DAY = Money(minor=125_000, currency="EUR")
promised = PromiseMade(to_party=CUSTOMER, deliverable=LINE, promised_date=END_OF_MAY)
held = ProjectHeld()
resumed = ProjectResumed()
completed = ProjectCompleted()
cancelled = ProjectCancelled()

open_it = OpenProject(
    project_id=PROJECT, name="Line 200", zone="Europe/Berlin", calendar_id="plant", start=MONDAY
)
hold = HoldProject(project_id=PROJECT, reason=LATE_MATERIAL)
resume = ResumeProject(project_id=PROJECT)
close = CloseProject(project_id=PROJECT)
cancel = CancelProject(project_id=PROJECT, reason=LATE_MATERIAL)


def promise(until: date = END_OF_MAY) -> SetPromise:
    return SetPromise(project_id=PROJECT, to_party=CUSTOMER, deliverable=LINE, promised_date=until)


def test_a_project_is_opened_once() -> None:
    a_project.given().when(open_it).then(opened)
    a_project.given(opened).when(open_it).then()


def test_an_id_that_is_taken_opens_no_second_project() -> None:
    other = open_it.model_copy(update={"name": "Line 300"})
    a_project.given(opened).when(other).then_refused(AlreadyExists, PROJECT)


def test_an_opened_project_makes_itself_and_its_plan_known() -> None:
    assert opened.introduces(STREAM) == (STREAM, f"plan-{PROJECT}")


def test_nothing_is_asked_of_a_project_that_was_never_opened() -> None:
    for command in (promise(), hold, resume, close, cancel):
        a_project.given().when(command).then_refused(UnknownSubject, "open it first")


def test_a_promise_is_made_once() -> None:
    a_project.given(opened).when(promise()).then(promised)
    a_project.given(opened, promised).when(promise()).then()


def test_a_promise_is_not_moved_without_a_reason() -> None:
    a_project.given(opened, promised).when(promise(MID_JUNE)).then_refused(ReasonRequired)


def test_a_promise_is_moved_with_a_reason() -> None:
    move = promise(MID_JUNE).model_copy(
        update={"reason": LATE_MATERIAL, "agreed_by": "N. Quell", "notice_ref": "letter 4"}
    )
    a_project.given(opened, promised).when(move).then(
        PromiseChanged(
            to_party=CUSTOMER,
            deliverable=LINE,
            old=END_OF_MAY,
            new=MID_JUNE,
            agreed_by="N. Quell",
            notice_ref="letter 4",
        )
    )


def test_a_promise_says_what_a_day_of_delay_costs() -> None:
    dear = promise().model_copy(update={"delay_cost": A_DAY})
    a_project.given(opened).when(dear).then(promised.model_copy(update={"delay_cost": A_DAY}))


def test_what_a_day_of_delay_costs_is_said_later_without_a_reason_and_once() -> None:
    dear = promise().model_copy(update={"delay_cost": A_DAY})
    said = PromiseChanged(
        to_party=CUSTOMER,
        deliverable=LINE,
        old=END_OF_MAY,
        new=END_OF_MAY,
        delay_cost=A_DAY,
    )
    a_project.given(opened, promised).when(dear).then(said)
    a_project.given(opened, promised, said).when(dear).then()


def test_a_cost_that_is_left_out_stays_when_the_promise_moves() -> None:
    dear = promised.model_copy(update={"delay_cost": A_DAY})
    moved = PromiseChanged(to_party=CUSTOMER, deliverable=LINE, old=END_OF_MAY, new=MID_JUNE)
    state = DECIDER.fold(history(STREAM, opened, dear, moved))
    assert state.promises[CUSTOMER, LINE].delay_cost == A_DAY


def test_one_deliverable_is_not_promised_a_second_time_under_another_contract() -> None:
    second = promise().model_copy(update={"contract_ref": "C-9"})
    a_project.given(opened, promised).when(second).then_refused(PromiseExists, "2026-05-29")


def test_two_parties_may_be_promised_the_same_deliverable() -> None:
    to_another = promise().model_copy(update={"to_party": "Insurer"})
    a_project.given(opened, promised).when(to_another).then(
        PromiseMade(to_party="Insurer", deliverable=LINE, promised_date=END_OF_MAY)
    )


def test_the_data_date_moves_forward_only() -> None:
    to_tuesday = AdvanceDataDate(project_id=PROJECT, data_date=TUESDAY)
    to_monday = AdvanceDataDate(project_id=PROJECT, data_date=MONDAY)
    after = a_project.given(opened).when(to_tuesday).then(DataDateAdvanced(data_date=TUESDAY))
    after.when(to_tuesday).then()
    on = AdvanceDataDate(project_id=PROJECT, data_date=WEDNESDAY)
    after.when(on).then(DataDateAdvanced(data_date=WEDNESDAY))
    after.when(to_monday).then_refused(DataDateBackward, "2026-03-03")


def test_a_baseline_is_approved_in_the_name_of_who_asks() -> None:
    approve = ApproveBaseline(project_id=PROJECT, name="B1", at_position=40)
    approved = BaselineApproved(name="B1", at_position=40, approved_by=COORDINATOR_ID)
    a_project.given(opened).when(approve).then(approved).when(approve).then()


def test_a_baseline_does_not_lie_ahead_of_the_log() -> None:
    approve = ApproveBaseline(project_id=PROJECT, name="B1", at_position=41)
    a_project.given(opened).when(approve).then_refused(BaselineAhead, "40")


def test_a_baseline_has_the_digest_of_the_schedule_it_is_of() -> None:
    known = Surroundings(head_position=40, digest=OURS, engine_version=1)
    approve = ApproveBaseline(project_id=PROJECT, name="B1", at_position=40)
    approved = BaselineApproved(name="B1", at_position=40, approved_by=COORDINATOR_ID, digest=OURS)
    a_project.given(opened).when(approve, others=known).then(approved)
    named = approve.model_copy(update={"digest": OURS})
    a_project.given(opened).when(named, others=known).then(approved)
    a_project.given(opened, approved).when(named, others=known).then()
    wrong = approve.model_copy(update={"digest": "cd" * 32})
    a_project.given(opened).when(wrong, others=known).then_refused(
        DigestMismatch, "cd" * 32, f"computes {OURS} at position 40"
    )
    a_project.given(opened).when(named).then_refused(DigestMismatch, "computes nothing")


def test_a_later_baseline_replaces_an_earlier_one_of_its_name() -> None:
    first = BaselineApproved(name="B1", at_position=12, approved_by=COORDINATOR_ID)
    again = ApproveBaseline(project_id=PROJECT, name="B1", at_position=40)
    a_project.given(opened, first).when(again).then(
        BaselineApproved(name="B1", at_position=40, approved_by=COORDINATOR_ID)
    )


def test_a_policy_records_only_what_it_changes() -> None:
    override = SetSchedulingPolicy(project_id=PROJECT, out_of_sequence="progress_override")
    changed = SchedulingPolicySet(out_of_sequence="progress_override")
    after = a_project.given(opened).when(override).then(changed)
    after.when(override).then()
    after.when(SetSchedulingPolicy(project_id=PROJECT)).then()
    after.when(SetSchedulingPolicy(project_id=PROJECT, material_drives=True)).then(
        SchedulingPolicySet(material_drives=True)
    )


def test_a_rule_goes_by_other_numbers_or_is_off() -> None:
    known = Surroundings(rules={"drift": frozenset({"margin", "window"})})
    margin = SetRule(project_id=PROJECT, rule="drift", parameters={"margin": 3})
    off = SetRule(project_id=PROJECT, rule="drift", on=False)
    changed = RuleSet(rule="drift", parameters={"margin": 3})
    after = a_project.given(opened).when(margin, others=known).then(changed)
    after.when(margin, others=known).then()
    then_off = after.when(off, others=known).then(RuleSet(rule="drift", on=False))
    assert then_off.state.rules["drift"] == RuleSet(
        rule="drift", on=False, parameters={"margin": 3}
    )


def test_only_rules_and_numbers_that_there_are_can_be_set() -> None:
    known = Surroundings(rules={"drift": frozenset({"margin"})})
    other = SetRule(project_id=PROJECT, rule="draft", on=False)
    a_project.given(opened).when(other, others=known).then_refused(
        UnknownSubject, "no rule draft", "there are drift"
    )
    number = SetRule(project_id=PROJECT, rule="drift", parameters={"marg": 3})
    a_project.given(opened).when(number, others=known).then_refused(
        UnknownSubject, "no number marg", "goes by margin"
    )


def test_a_project_is_held_with_a_reason_and_resumed() -> None:
    a_project.given(opened).when(HoldProject(project_id=PROJECT)).then_refused(ReasonRequired)
    after = a_project.given(opened).when(hold).then(held)
    after.when(hold).then()
    after.when(resume).then(resumed).when(resume).then()


def test_a_held_project_can_be_promised_baselined_and_closed() -> None:
    a_project.given(opened, held).when(promise()).then(promised)
    a_project.given(opened, held).when(close).then(completed)


def test_a_project_with_a_running_phase_is_not_closed() -> None:
    running = tuple(f"weld-{number}" for number in range(12))
    a_project.given(opened).when(close, others=Surroundings(running_phases=running)).then_refused(
        PhaseRunning, "weld-9 and 2 more", "end them first"
    )


def test_a_project_with_an_open_conflict_is_not_closed() -> None:
    others = Surroundings(open_conflicts=("test-bay",))
    a_project.given(opened).when(close, others=others).then_refused(ConflictOpen, "test-bay")


def test_ending_a_project_twice_changes_nothing() -> None:
    a_project.given(opened).when(close).then(completed).when(close).then()
    a_project.given(opened).when(cancel).then(cancelled).when(cancel).then()


def test_a_closed_project_does_not_change() -> None:
    for command in (promise(), hold, resume, cancel):
        a_project.given(opened, completed).when(command).then_refused(ProjectClosed, "completed")
    a_project.given(opened, cancelled).when(close).then_refused(ProjectClosed, "cancelled")


def test_closing_reads_the_plan_beside_phases_and_conflicts() -> None:
    assert reads(close) == (f"plan-{PROJECT}",)
    assert reads(hold) == ()


@pytest.mark.parametrize(
    "impossible",
    [
        (promised,),
        (opened, opened),
        (opened, resumed),
        (opened, held, held),
        (opened, promised, promised),
        (opened, completed, held),
        (
            opened,
            PromiseChanged(to_party=CUSTOMER, deliverable=LINE, old=END_OF_MAY, new=MID_JUNE),
        ),
        (opened, DataDateAdvanced(data_date=TUESDAY), DataDateAdvanced(data_date=MONDAY)),
    ],
    ids=lambda events: "-".join(type(event).__name__ for event in events),
)
def test_what_no_decision_makes_is_a_corrupt_log(impossible: tuple[ProjectOpened, ...]) -> None:
    with pytest.raises(AssertionError, match=f"{type(impossible[-1]).__name__} cannot follow"):
        DECIDER.fold(history(STREAM, *impossible))
