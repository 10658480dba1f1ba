"""Hold reporting to its life: asked for, missed once, sent, returned, accepted once, waived."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.kernel.messages import Asked, DomainEvent
from domain.kernel.refusals import (
    AlreadyAccepted,
    CheckFailed,
    InvalidTransition,
    OutsidePeriod,
    ProjectClosed,
    ReasonRequired,
    UnknownSubject,
)
from domain.kernel.values import Reason
from domain.reports.checks import PhaseKnown
from domain.reports.commands import (
    AcceptReport,
    MissReport,
    RemindOfReport,
    ReportCommand,
    RequestReport,
    ReturnReport,
    SetReportingSchedule,
    WaiveReport,
)
from domain.reports.decisions import DECIDER, Surroundings
from domain.reports.events import (
    Contradiction,
    Passage,
    ReportAccepted,
    ReportCheck,
    ReportCorrected,
    ReportingScheduleSet,
    ReportLine,
    ReportMissed,
    ReportReminded,
    ReportRequested,
    ReportReturned,
    ReportSubmitted,
    ReportWaived,
    SkillHours,
)
from domain.reports.facts import Stage, awaited
from tests.builders import COORDINATOR_ID, PROJECT, Step, fact, history
from tests.spec import Spec

DEPARTMENT = "welding"
WEEK = "2026-W47"
OTHER = Reason(code="other", text="The counter was broken")

schedule = ReportingScheduleSet(
    rrule="FREQ=WEEKLY;BYDAY=FR",
    zone="Europe/Berlin",
    due_offset_min=17 * 60,
    grace_min=16 * 60,
    look_ahead_days=14,
    sections=("safety",),
)
HERE = Surroundings(project_exists=True, schedule=schedule)

a_schedule = Spec(DECIDER, f"report-{PROJECT}/{DEPARTMENT}", Surroundings(project_exists=True))
a_report = Spec(DECIDER, f"report-{PROJECT}/{DEPARTMENT}/{WEEK}", HERE)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


DUE = utc("2026-11-20T16:00")
OVER = utc("2026-11-21T08:00")
requested = ReportRequested(
    begins=utc("2026-11-15T23:00"),
    ends=utc("2026-11-22T23:00"),
    due=DUE,
    overdue_at=OVER,
    sections=("safety",),
    template=("weld", "grind"),
)
AS_OF = utc("2026-11-20T15:00")
SAFE = (Passage(section="safety", text="Nothing happened."),)
weld = ReportLine(phase_id="weld", remaining_min=240, physical_bp=5_000)
grind = ReportLine(phase_id="grind", remaining_min=480)
submitted = ReportSubmitted(as_of=AS_OF, lines=(weld, grind), narrative=SAFE)
corrected = ReportCorrected(
    as_of=AS_OF,
    lines=(ReportLine(phase_id="weld", remaining_min=120, physical_bp=7_500), grind),
    narrative=SAFE,
    replaces=2,
)
IN_TIME = fact(submitted, DUE - timedelta(minutes=20))
TOO_LATE = fact(submitted, OVER + timedelta(minutes=1))
CORRECTED = fact(corrected, DUE + timedelta(hours=3))
PASSED = tuple(ReportCheck(check=name) for name in ("R2", "R3", "S11", "finish_in_past"))

ids: dict[str, Any] = {"project_id": PROJECT, "department_id": DEPARTMENT, "period": WEEK}
SET = SetReportingSchedule(
    project_id=PROJECT,
    department_id=DEPARTMENT,
    rrule="FREQ=WEEKLY;BYDAY=FR",
    zone="Europe/Berlin",
    due_offset_min=17 * 60,
    grace_min=16 * 60,
    sections=("safety",),
)
REQUEST = RequestReport(**ids, template=("weld", "grind"))
REMIND = RemindOfReport(**ids)
MISS = MissReport(**ids)
RETURN = ReturnReport(**ids, findings=("Say what stops the grinding",))
ACCEPT = AcceptReport(**ids)
WAIVE = WaiveReport(**ids, reason=OTHER)
returned = ReportReturned(submission=2, findings=("Say what stops the grinding",))


def asked_at(moment: datetime) -> Asked:
    return Asked.model_validate(
        {"at": moment, "principal": {"party_id": COORDINATOR_ID, "role": "coordinator"}}
    )


def test_a_schedule_is_set_once_and_can_be_set_anew() -> None:
    a_schedule.given().when(SET).then(schedule)
    a_schedule.given(schedule).when(SET).then()
    longer = SET.model_copy(update={"grace_min": 2_880})
    a_schedule.given(schedule).when(longer).then(schedule.model_copy(update={"grace_min": 2_880}))


def test_a_report_is_asked_for_as_the_schedule_says_in_the_zone_of_the_department() -> None:
    a_report.given().when(REQUEST).then(requested)
    a_report.given(requested).when(REQUEST.model_copy(update={"template": ()})).then()


@pytest.mark.parametrize(
    ("week", "due", "over"),
    [
        ("2026-W13", "2026-03-27T16:00", "2026-03-29T15:00"),
        ("2026-W43", "2026-10-23T15:00", "2026-10-25T16:00"),
    ],
)
def test_grace_is_by_the_clock_on_the_wall_when_clocks_are_changed(
    week: str, due: str, over: str
) -> None:
    two_days = schedule.model_copy(update={"grace_min": 2 * 1440})
    asked = awaited(two_days, week)
    assert asked is not None
    assert (asked.due, asked.overdue_at) == (utc(due), utc(over))


def test_no_report_is_asked_for_without_a_schedule_or_outside_it() -> None:
    without = Surroundings(project_exists=True)
    a_report.given().when(REQUEST, others=without).then_refused(UnknownSubject, "set one")
    monthly = schedule.model_copy(update={"rrule": "FREQ=MONTHLY;BYMONTHDAY=-1"})
    a_report.given().when(
        REQUEST, others=Surroundings(project_exists=True, schedule=monthly)
    ).then_refused(OutsidePeriod, "2026-W47 is no period of that")


def test_a_report_is_missed_once_when_the_grace_is_over_and_not_before() -> None:
    a_report.given(requested).when(MISS, asked=asked_at(OVER)).then_refused(
        InvalidTransition, "may come until 2026-11-21T08:00:00Z"
    )
    later = asked_at(OVER + timedelta(microseconds=1))
    missed = a_report.given(requested).when(MISS, asked=later).then(ReportMissed(overdue_at=OVER))
    missed.when(MISS, asked=asked_at(OVER + timedelta(days=9))).then()
    assert missed.state.report.stage is Stage.MISSED


def test_a_report_that_came_in_time_is_not_missed_and_one_that_came_late_was() -> None:
    later = asked_at(OVER + timedelta(days=1))
    a_report.given(requested, IN_TIME).when(MISS, asked=later).then()
    a_report.given(requested, TOO_LATE).when(MISS, asked=later).then(ReportMissed(overdue_at=OVER))
    a_report.given(requested, ReportWaived()).when(MISS, asked=later).then()
    accepted = ReportAccepted(submission=2, by=COORDINATOR_ID, checks=PASSED)
    a_report.given(requested, TOO_LATE, accepted).when(MISS, asked=later).then()


def test_a_report_nobody_asked_for_is_neither_missed_nor_reminded_of() -> None:
    for command in (MISS, REMIND):
        a_report.given().when(command).then_refused(InvalidTransition, "never asked for")


def test_a_reminder_goes_out_at_most_once_in_a_day_and_only_while_something_is_awaited() -> None:
    reminded = Step(ReportReminded(), DUE)
    a_report.given(requested).when(REMIND).then(ReportReminded())
    within = asked_at(DUE + timedelta(hours=23))
    a_report.given(requested, reminded).when(REMIND, asked=within).then()
    after = asked_at(DUE + timedelta(hours=24))
    a_report.given(requested, reminded).when(REMIND, asked=after).then(ReportReminded())
    a_report.given(requested, IN_TIME).when(REMIND).then()
    a_report.given(requested, IN_TIME, returned).when(REMIND).then(ReportReminded())


def test_a_version_is_accepted_with_the_checks_it_passed() -> None:
    accepted = ReportAccepted(submission=2, by=COORDINATOR_ID, checks=PASSED)
    a_report.given(requested, IN_TIME).when(ACCEPT).then(accepted).when(ACCEPT).then()


def test_a_report_that_was_never_asked_for_is_held_to_the_schedule() -> None:
    a_report.given(IN_TIME).when(ACCEPT).then(
        ReportAccepted(submission=1, by=COORDINATOR_ID, checks=PASSED)
    )
    without = Surroundings(project_exists=True)
    a_report.given(IN_TIME).when(ACCEPT, others=without).then_refused(UnknownSubject, "set one")


def test_all_versions_are_kept_and_the_last_one_sent_is_accepted_unless_another_is_named() -> None:
    both = a_report.given(requested, IN_TIME, CORRECTED)
    assert [each.version for each in both.state.report.versions] == [2, 3]
    both.when(ACCEPT).then(ReportAccepted(submission=3, by=COORDINATOR_ID, checks=PASSED))
    first = ACCEPT.model_copy(update={"submission": 2})
    both.when(first).then(ReportAccepted(submission=2, by=COORDINATOR_ID, checks=PASSED))
    ninth = ACCEPT.model_copy(update={"submission": 9})
    both.when(ninth).then_refused(UnknownSubject, "no version 9")


def test_there_is_one_accepted_report_in_a_period() -> None:
    accepted = ReportAccepted(submission=2, by=COORDINATOR_ID, checks=PASSED)
    done = a_report.given(requested, IN_TIME, accepted, CORRECTED)
    done.when(ACCEPT).then_refused(AlreadyAccepted, "version 2 of 2026-W47 was accepted by")
    done.when(ACCEPT.model_copy(update={"submission": 2})).then()
    done.when(RETURN).then_refused(AlreadyAccepted)
    done.when(WAIVE).then_refused(AlreadyAccepted)
    assert done.state.report.stage is Stage.ACCEPTED


def test_a_returned_report_can_be_sent_again() -> None:
    given = a_report.given(requested, IN_TIME).when(RETURN).then(returned)
    given.when(RETURN).then()
    assert given.state.report.stage is Stage.RETURNED
    again = a_report.given(requested, IN_TIME, returned, CORRECTED)
    assert again.state.report.stage is Stage.SUBMITTED
    again.when(ACCEPT).then(ReportAccepted(submission=4, by=COORDINATOR_ID, checks=PASSED))


@pytest.mark.parametrize("command", [ACCEPT, RETURN])
def test_what_was_not_sent_is_neither_accepted_nor_returned(command: ReportCommand) -> None:
    a_report.given(requested).when(command).then_refused(UnknownSubject, "has sent no version")


def test_a_report_is_waived_with_a_reason_and_may_still_come() -> None:
    no_reason = WAIVE.model_copy(update={"reason": None})
    a_report.given(requested).when(no_reason).then_refused(ReasonRequired)
    waived = a_report.given(requested).when(WAIVE).then(ReportWaived())
    waived.when(WAIVE).then()
    accepted = ReportAccepted(submission=3, by=COORDINATOR_ID, checks=PASSED)
    a_report.given(requested, ReportWaived(), IN_TIME).when(ACCEPT).then(accepted)


@pytest.mark.parametrize(
    "as_of", [requested.begins - timedelta(minutes=1), requested.ends + timedelta(minutes=1)]
)
def test_a_report_about_another_period_is_not_accepted(as_of: datetime) -> None:
    early = submitted.model_copy(update={"as_of": as_of})
    a_report.given(requested, fact(early, OVER)).when(ACCEPT).then_refused(
        OutsidePeriod, "2026-W47 lasts from 2026-11-15T23:00:00Z to 2026-11-22T23:00:00Z"
    )


def seen(*phases: PhaseKnown) -> Surroundings:
    return Surroundings(project_exists=True, schedule=schedule, phases=phases)


CONTRADICTED = [
    pytest.param(
        submitted.model_copy(update={"lines": (weld,)}),
        seen(),
        "R2: phase grind runs or is about to start",
        id="a phase of the template is not mentioned",
    ),
    pytest.param(
        submitted,
        seen(PhaseKnown("paint", running=True)),
        "R2: phase paint runs or is about to start",
        id="a running phase is not mentioned",
    ),
    pytest.param(
        submitted.model_copy(update={"narrative": ()}),
        seen(),
        "R2: the section safety is required",
        id="a section is missing",
    ),
    pytest.param(
        submitted.model_copy(update={"narrative": (Passage(section="safety", text=" "),)}),
        seen(),
        "R2: the section safety is required",
        id="a section is empty",
    ),
    pytest.param(
        submitted,
        seen(PhaseKnown("weld", running=True, counted_bp=3_999)),
        "R3: phase weld: the report says 5000 bp done, the plant 3999 bp counted",
        id="more than the plant counted",
    ),
    pytest.param(
        submitted,
        seen(PhaseKnown("weld", running=True, counted_bp=6_001)),
        "R3: phase weld: the report says 5000 bp done, the plant 6001 bp counted",
        id="less than the plant counted",
    ),
    pytest.param(
        submitted,
        seen(PhaseKnown("paint", ended=True, finished_at=requested.begins)),
        "R3: phase paint finished at 2026-11-15T23:00:00Z, and the report does not mention it",
        id="finished and not mentioned",
    ),
    pytest.param(
        submitted,
        seen(PhaseKnown("weld", ended=True, finished_at=AS_OF)),
        "R3: phase weld finished at 2026-11-20T15:00:00Z, and the report says that 240 min remain",
        id="finished and reported unfinished",
    ),
    pytest.param(
        submitted,
        seen(PhaseKnown("weld", running=True, known_bp=5_001)),
        "S11: phase weld was not reopened: 5000 bp done after 5001 bp recorded before",
        id="progress falls",
    ),
    pytest.param(
        submitted.model_copy(update={"as_of": DUE}),
        seen(),
        "S11: the report is as of 2026-11-20T16:00:00Z, and came at 2026-11-20T15:40:00Z",
        id="of the future",
    ),
    pytest.param(
        submitted.model_copy(
            update={
                "lines": (
                    weld.model_copy(update={"expected_finish": AS_OF - timedelta(minutes=1)}),
                    grind,
                )
            }
        ),
        seen(),
        "finish_in_past: phase weld: finish expected at 2026-11-20T14:59:00Z",
        id="a finish in the past",
    ),
]


@pytest.mark.parametrize(("report", "others", "says"), CONTRADICTED)
def test_a_report_that_is_contradicted_is_not_accepted_and_each_contradiction_is_named(
    report: DomainEvent, others: Surroundings, says: str
) -> None:
    given = a_report.given(requested, fact(report, DUE - timedelta(minutes=20)))
    given.when(ACCEPT, others=others).then_refused(CheckFailed, says, "Return the report")


def test_what_is_within_the_tolerances_is_accepted() -> None:
    others = seen(
        PhaseKnown("weld", running=True, counted_bp=4_000, known_bp=5_000),
        PhaseKnown("grind", running=True, counted_bp=9_000),
        PhaseKnown("cut", ended=True, finished_at=requested.begins - timedelta(minutes=1)),
        PhaseKnown("given up", ended=True),
    )
    a_report.given(requested, IN_TIME).when(ACCEPT, others=others).then(
        ReportAccepted(submission=2, by=COORDINATOR_ID, checks=PASSED)
    )


def test_health_and_hours_are_sections_too() -> None:
    both = requested.model_copy(update={"sections": ("health", "hours")})
    a_report.given(both, IN_TIME).when(ACCEPT).then_refused(
        CheckFailed, "section health is required", "section hours is required"
    )
    full = submitted.model_copy(
        update={"health": "at_risk", "hours": (SkillHours(skill="welder", minutes=2_400),)}
    )
    a_report.given(both, fact(full, DUE)).when(ACCEPT).then(
        ReportAccepted(submission=2, by=COORDINATOR_ID, checks=PASSED)
    )


def test_a_check_is_overruled_with_a_reason_and_what_it_found_is_kept() -> None:
    others = seen(PhaseKnown("weld", running=True, counted_bp=2_000))
    overrule = ACCEPT.model_copy(update={"overrules": ("R3", "S11")})
    given = a_report.given(requested, IN_TIME)
    given.when(overrule, others=others).then_refused(ReasonRequired, "why R3, S11 should not")
    found = Contradiction(
        text="phase weld: the report says 5000 bp done, the plant 2000 bp counted",
        phase_id="weld",
        reported="5000 bp done",
        known="2000 bp counted",
    )
    checks = (
        PASSED[0],
        ReportCheck(check="R3", contradictions=(found,), overruled=True),
        *PASSED[2:],
    )
    given.when(overrule.model_copy(update={"reason": OTHER}), others=others).then(
        ReportAccepted(submission=2, by=COORDINATOR_ID, checks=checks)
    )


@pytest.mark.parametrize("command", [REQUEST, REMIND, MISS, RETURN, ACCEPT])
def test_nobody_reports_on_a_closed_project(command: ReportCommand) -> None:
    closed = Surroundings(project_exists=True, project_closed=True, schedule=schedule)
    a_report.given(requested, IN_TIME).when(command, others=closed).then_refused(ProjectClosed)
    a_report.given(requested).when(WAIVE, others=closed).then(ReportWaived())


def test_reporting_needs_a_project() -> None:
    nowhere = Surroundings(project_exists=False)
    a_schedule.given().when(SET, others=nowhere).then_refused(UnknownSubject, "no project")
    a_report.given().when(REQUEST, others=nowhere).then_refused(UnknownSubject, "no project")


@pytest.mark.parametrize(
    "impossible",
    [
        (ReportReminded(),),
        (ReportMissed(overdue_at=OVER),),
        (requested, requested),
        (requested, returned),
        (requested, ReportAccepted(submission=2, by="x")),
        (ReportWaived(), ReportWaived()),
    ],
)
def test_a_history_that_no_decision_makes_is_a_corrupt_log(
    impossible: tuple[DomainEvent, ...],
) -> None:
    with pytest.raises(AssertionError, match="cannot follow"):
        DECIDER.fold(history(a_report.stream, *impossible))
