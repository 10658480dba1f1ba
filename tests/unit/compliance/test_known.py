"""Hold what a report is checked against to what was true at its moment, and to nothing later."""

from datetime import datetime
from typing import Literal

from domain.compliance.known import known_to_report
from domain.compliance.progress import progress_of
from domain.kernel.messages import DomainEvent
from domain.phases.commands import RecordProgress
from domain.phases.events import (
    PhaseAborted,
    PhaseFinished,
    PhaseReopened,
    PhaseStarted,
    ProgressRecorded,
)
from domain.phases.facts import execution_of
from domain.reports.checks import PhaseKnown
from domain.reports.events import ReportAccepted, ReportLine, ReportSubmitted
from domain.reports.facts import report_of
from tests.builders import (
    FRIDAY,
    MONDAY,
    PROJECT,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Step,
    fact,
    history,
)

Basis = Literal["report", "count", "measured"]


def share(bp: int | None, basis: Basis, at: datetime) -> Step:
    return fact(ProgressRecorded(remaining_min=60, physical_bp=bp, basis=basis), at)


def known(at: datetime, *events: DomainEvent | Step, planned: bool = True) -> PhaseKnown:
    execution = execution_of(history(f"phase-{PROJECT}/weld", *events))
    return known_to_report("weld", execution, at, planned=planned)


started = fact(PhaseStarted(actual_start=MONDAY), MONDAY)
finished = fact(PhaseFinished(actual_finish=THURSDAY), THURSDAY)


def test_the_plants_last_count_and_the_last_share_anybody_said_are_apart() -> None:
    said = (
        started,
        share(2_000, "count", TUESDAY),
        share(4_000, "report", WEDNESDAY),
        share(None, "count", WEDNESDAY),
        share(9_000, "measured", FRIDAY),
    )
    assert known(THURSDAY, *said) == PhaseKnown(
        "weld", running=True, counted_bp=2_000, known_bp=4_000
    )
    assert known(FRIDAY, *said) == PhaseKnown(
        "weld", running=True, counted_bp=9_000, known_bp=9_000
    )


def test_what_happened_after_the_moment_of_the_report_is_not_held_against_it() -> None:
    assert known(WEDNESDAY, started, finished) == PhaseKnown("weld", running=True)
    assert known(THURSDAY, started, finished) == PhaseKnown(
        "weld", finished_at=THURSDAY, ended=True
    )


def test_what_was_done_before_a_reopening_is_set_aside_from_the_reopening_on() -> None:
    said = (
        started,
        share(8_000, "count", TUESDAY),
        fact(PhaseFinished(actual_finish=TUESDAY), TUESDAY),
        Step(PhaseReopened(), THURSDAY),
        share(5_000, "report", FRIDAY),
    )
    assert known(WEDNESDAY, *said) == PhaseKnown(
        "weld", finished_at=TUESDAY, ended=True, counted_bp=8_000, known_bp=8_000
    )
    assert known(THURSDAY, *said) == PhaseKnown("weld", running=True)
    assert known(FRIDAY, *said) == PhaseKnown("weld", running=True, known_bp=5_000)


def test_nothing_is_awaited_of_a_phase_that_was_given_up_or_is_not_the_departments() -> None:
    given_up = fact(PhaseAborted(), TUESDAY)
    assert known(FRIDAY, started, given_up) == PhaseKnown("weld", ended=True)
    assert known(FRIDAY, started, planned=False) == PhaseKnown("weld", ended=True)


def test_an_accepted_report_asks_for_progress_of_each_line_as_of_its_moment() -> None:
    submitted = ReportSubmitted(
        as_of=THURSDAY,
        lines=(
            ReportLine(
                phase_id="weld", remaining_min=240, physical_bp=5_000, expected_finish=FRIDAY
            ),
            ReportLine(phase_id="grind", remaining_min=480, issue="No discs"),
        ),
    )
    later = submitted.model_copy(update={"lines": ()})
    report = report_of(
        history(f"report-{PROJECT}/welding/2026-W10", fact(submitted, FRIDAY), fact(later, FRIDAY))
    )
    accepted = ReportAccepted(submission=1, by="c.meyer")
    assert progress_of(PROJECT, report, accepted) == (
        RecordProgress(
            project_id=PROJECT,
            phase_id="weld",
            remaining_min=240,
            physical_bp=5_000,
            expected_finish=FRIDAY,
            as_of=THURSDAY,
        ),
        RecordProgress(project_id=PROJECT, phase_id="grind", remaining_min=480, as_of=THURSDAY),
    )
    assert progress_of(PROJECT, report, ReportAccepted(submission=2, by="c.meyer")) == ()
