"""Hold reporting to its laws: no history is impossible, and the order of arrival is nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.compliance.matrix import Matrix
from domain.kernel.messages import Command, DomainEvent, Recorded
from domain.kernel.values import Reason
from domain.reports import commands as ask
from domain.reports import events as told
from domain.reports.decisions import DECIDER, Surroundings
from domain.reports.facts import report_of
from tests.builders import PROJECT
from tests.property.test_aggregates import lived, recorded

STREAM = f"report-{PROJECT}/welding/2026-W10"
IDS: dict[str, Any] = {"project_id": PROJECT, "department_id": "welding", "period": "2026-W10"}
WHY = Reason(code="other", text="So it was")
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)

schedule = told.ReportingScheduleSet(
    rrule="FREQ=WEEKLY;BYDAY=MO",
    zone="UTC",
    due_offset_min=8 * 60,
    grace_min=120,
    look_ahead_days=14,
)
moments = st.integers(0, 40).map(lambda hours: BEGIN + timedelta(hours=hours))
lines = st.lists(
    st.builds(
        told.ReportLine,
        phase_id=st.sampled_from(["weld", "grind"]),
        remaining_min=st.integers(0, 900),
        physical_bp=st.none() | st.integers(0, 10_000),
    ),
    max_size=2,
).map(tuple)
facts: st.SearchStrategy[DomainEvent] = st.one_of(
    st.builds(told.ReportSubmitted, as_of=moments, lines=lines),
    st.builds(told.ReportCorrected, as_of=moments, lines=lines, replaces=st.integers(1, 5)),
)
versions = st.none() | st.integers(1, 6)
requests: st.SearchStrategy[Command] = st.one_of(
    st.sampled_from(
        [
            ask.RequestReport(**IDS, template=("weld",)),
            ask.RemindOfReport(**IDS),
            ask.MissReport(**IDS),
            ask.WaiveReport(**IDS, reason=WHY),
        ]
    ),
    st.builds(
        lambda version: ask.ReturnReport(**IDS, submission=version, findings=("Mend it",)), versions
    ),
    st.builds(
        lambda version: ask.AcceptReport(
            **IDS,
            submission=version,
            overrules=("R2", "R3", "S11", "finish_in_past"),
            reason=WHY,
        ),
        versions,
    ),
)


@given(st.lists(st.tuples(st.one_of(facts, requests), moments), max_size=30))
def test_no_mix_of_facts_and_requests_on_a_report_is_impossible(
    messages: list[tuple[DomainEvent | Command, datetime]],
) -> None:
    others = Surroundings(project_exists=True, schedule=schedule)
    state, history = lived(DECIDER, STREAM, others, messages)
    assert DECIDER.fold(history) == state
    assert report_of(history) == state.report
    events = [known.event for known in history]
    assert sum(isinstance(event, told.ReportAccepted) for event in events) <= 1
    assert sum(isinstance(event, told.ReportMissed) for event in events) <= 1
    sent = [event for event in events if event.mark == "fact"]
    assert len(state.report.versions) == len(sent), "all versions are kept"


def arrived(reports: Sequence[tuple[DomainEvent, datetime]]) -> list[Recorded[Any]]:
    return [
        recorded(report, at, STREAM, version, is_fact=True)
        for version, (report, at) in enumerate(reports, 1)
    ]


@given(st.lists(facts, max_size=8), st.randoms(use_true_random=False))
def test_reports_add_up_to_the_same_in_any_order_of_arrival(
    reports: list[DomainEvent], dice: Random
) -> None:
    in_time = [(each, BEGIN + timedelta(hours=place)) for place, each in enumerate(reports)]
    shuffled = list(in_time)
    dice.shuffle(shuffled)
    first, second = (report_of(arrived(each)) for each in (in_time, shuffled))
    assert [each.event for each in second.versions] == [each.event for each in first.versions]
    assert second.stage is first.stage
    rows = []
    for order in (in_time, shuffled):
        matrix = Matrix()
        for each in arrived(order):
            matrix.fold(each)
        row = matrix.row("welding", BEGIN + timedelta(days=3), lambda *_: (), 8)
        rows.append(
            [
                (cell.state, cell.late_by, cell.shown and cell.shown.event, cell.checks)
                for cell in row.cells
            ]
        )
    assert rows[0] == rows[1]
