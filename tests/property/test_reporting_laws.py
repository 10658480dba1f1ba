"""Hold what is asked of departments to its laws: whatever the ticks, each thing once, in time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.compliance.awaiting import asked_now, next_moment
from domain.compliance.matrix import Matrix
from domain.kernel.ids import stream_of
from domain.kernel.messages import SYSTEM, Asked, Principal, Recorded
from domain.reports.decisions import DECIDER, Surroundings
from domain.reports.events import ReportingScheduleSet, ReportMissed, ReportRequested
from domain.reports.facts import awaited
from domain.reports.state import Reporting
from tests.builders import PROJECT, envelope

SET_AT = datetime(2026, 3, 9, 12, tzinfo=UTC)
"""Clocks in Berlin go forward on 29 March and back on 25 October."""

ITSELF = Principal(party_id="takt", role=SYSTEM)
RULES = ["FREQ=WEEKLY;BYDAY=SU", "FREQ=WEEKLY;BYDAY=FR", "FREQ=DAILY;BYDAY=SA,SU,MO"]

schedules = st.builds(
    ReportingScheduleSet,
    rrule=st.sampled_from(RULES),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Pacific/Auckland"]),
    due_offset_min=st.sampled_from([0, 120, 150, 960, 1_440]),
    grace_min=st.sampled_from([0, 60, 1_440]),
    look_ahead_days=st.just(7),
)
ticks = st.lists(st.integers(0, 30 * 24 * 60), max_size=40).map(
    lambda minutes: [SET_AT + timedelta(minutes=each) for each in sorted(minutes)]
)


class World:
    """A department that never reports, and the policy that asks it to."""

    def __init__(self, schedule: ReportingScheduleSet) -> None:
        self.others = Surroundings(project_exists=True, schedule=schedule)
        self.matrix = Matrix()
        self.states: dict[str, Reporting] = {}
        self.history: list[Recorded[Any]] = []
        self._record(stream_of("report", PROJECT, "shop"), schedule, SET_AT)

    def tick(self, now: datetime) -> int:
        """Ask what is to be asked at a moment; return how many events came of it."""
        before = len(self.history)
        for command in list(asked_now(PROJECT, "shop", self.matrix, now, ())):
            stream = command.stream()
            state = self.states.get(stream, Reporting())
            asked = Asked(at=now, principal=ITSELF)
            for event in DECIDER.decide(command, state, asked, self.others):
                self._record(stream, event, now)
        return len(self.history) - before

    def _record(self, stream: str, event: Any, at: datetime) -> None:  # noqa: ANN401
        state = self.states.get(stream, Reporting())
        version = sum(each.stream == stream for each in self.history) + 1
        known = Recorded(event, envelope(event, at, version), stream, version, 0)
        self.states[stream] = DECIDER.evolve(state, known)
        self.matrix.fold(known)
        self.history.append(known)

    def missed(self) -> Sequence[tuple[str, datetime]]:
        """Return which periods were missed, and when that was said."""
        return [
            (each.subject_id, each.recorded_at)
            for each in self.history
            if isinstance(each.event, ReportMissed)
        ]


@given(schedules, ticks)
def test_each_report_is_missed_once_at_the_first_tick_after_its_grace(
    schedule: ReportingScheduleSet, moments: list[datetime]
) -> None:
    world = World(schedule)
    for moment in moments:
        world.tick(moment)
        assert world.tick(moment) == 0, "an extra tick changes nothing"
    due: dict[str, ReportRequested] = {
        each.subject_id: each.event
        for each in world.history
        if isinstance(each.event, ReportRequested)
    }
    for period, asked in due.items():
        assert awaited(schedule, period) == asked
        after = [moment for moment in moments if moment > asked.overdue_at]
        expected = [(period, after[0])] if after else []
        assert [each for each in world.missed() if each[0] == period] == expected


@given(schedules, st.integers(1, 25))
def test_time_alone_brings_nothing_about_before_the_next_moment(
    schedule: ReportingScheduleSet, steps: int
) -> None:
    world, now = World(schedule), SET_AT
    world.tick(now)
    for _ in range(steps):
        following = next_moment("shop", world.matrix, now)
        assert following is not None, "there is always a next report"
        assert following > now
        assert world.tick(following - timedelta(microseconds=1)) == 0
        world.tick(following)
        now = following
