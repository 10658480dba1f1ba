"""Know what of a project slipped: what was expected at each moment, and what came of it.

What slips is a phase, a commitment or the project. A phase is due at its scheduled finish, a
commitment at the end of the day its goods are needed by, a project at the end of the promised day
and at its forecast finish, whichever is first. It has slipped by the working day: one standard day
of its calendar after it was due it was still not done (the phase not ended, the goods not all here,
a phase of the project not ended). That is the moment at which the slip became actual.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from domain.commitments.facts import Status
from domain.kernel.ids import stream_of, subject_of
from domain.kernel.minutes import Minute, minute_of
from domain.kernel.work_axis import WorkAxis
from domain.network.calendars import standard_day_min
from domain.network.project_network import ProjectNetwork, end_of_day
from domain.network.supplies import Supply

KINDS: Final = frozenset({"phase", "commitment", "project"})
"""The categories of streams of which it is said when they have slipped."""


class Expected(NamedTuple):
    """When a subject was to be done, as known from a moment on; minutes since 1970.

    `wanted` is what was asked for or promised, `forecast` what the schedule says.
    """

    known_at: Minute
    wanted: Minute | None = None
    forecast: Minute | None = None

    @property
    def first(self) -> Minute | None:
        """The first of the two, None where neither is known."""
        return min(
            (each for each in (self.wanted, self.forecast) if each is not None), default=None
        )

    @property
    def firmest(self) -> Minute | None:
        """What was asked for or promised, else the forecast."""
        return self.forecast if self.wanted is None else self.wanted


class Slip(NamedTuple):
    """Whether a subject slipped, judged at the end of what is known.

    `actual_at` is the moment from which on it had, if it did; `settled` says that it did, or that
    it was done without.
    """

    actual_at: Minute
    slipped: bool
    settled: bool


@dataclass(slots=True)
class Slips:
    """What is expected of the subjects of one project, looked at after each message."""

    _known: dict[str, list[Expected]] = field(default_factory=dict)
    _schedule: Any = None
    """The schedule that was looked at last."""
    _cancelled_at: Minute | None = None

    def look(self, network: ProjectNetwork, at: datetime, kinds: frozenset[str]) -> None:
        """Note what is expected by now of subjects of these kinds."""
        now = minute_of(at)
        if network.standing != "cancelled":
            self._cancelled_at = None
        elif self._cancelled_at is None:
            self._cancelled_at = now
        if "commitment" in kinds:
            for supply in network.supplies.lines():
                due = minute_of(end_of_day(supply.need_by, network.zone))
                self._note(stream_of("commitment", supply.id), Expected(now, wanted=due))
        if kinds & {"phase", "project"}:
            self._look_at_schedule(network, now, kinds)

    def expected(self, stream: str, at: Minute | None = None) -> Expected | None:
        """Return what was expected of a subject by a moment, or last; its first before that."""
        known = self._known.get(stream)
        if not known:
            return None
        if at is None:
            return known[-1]
        return known[max(0, bisect_right(known, at, key=lambda each: each.known_at) - 1)]

    def of_kinds(self, kinds: frozenset[str]) -> Iterator[str]:
        """Yield the subjects of these kinds of which anything was expected."""
        return (stream for stream in self._known if subject_of(stream).category in kinds)

    def done_at(self, stream: str, network: ProjectNetwork) -> Minute | None:
        """Return when a subject was done or given up; None where it is not."""
        subject = subject_of(stream)
        done: datetime | None = None
        if subject.category == "phase":
            line = network.lines.get(subject.ids[-1])
            done = None if line is None else line.known.ended_at
        elif subject.category == "commitment":
            supply = network.supplies.get(subject.ids[-1])
            done = None if supply is None else _came_at(supply)
        else:
            ends = [line.known.ended_at for line in network.working_lines()]
            known = [end for end in ends if end is not None]
            done = max(known) if known and len(known) == len(ends) else None
        return self._cancelled_at if done is None else minute_of(done)

    def slip(self, stream: str, due: Minute, network: ProjectNetwork, end: Minute) -> Slip | None:
        """Return whether a subject that was due slipped, as known at the end; None: left the plan.

        `end` is the minute up to which anything is known.
        """
        subject = subject_of(stream)
        line = network.lines.get(subject.ids[-1]) if subject.category == "phase" else None
        if line is not None and not line.planned:
            return None
        axis, day_min = working_time(stream, network)
        done = self.done_at(stream, network)
        slipped = axis.between(due, end if done is None else done) >= day_min
        return Slip(axis.add(due, day_min), slipped, slipped or done is not None)

    def _look_at_schedule(
        self, network: ProjectNetwork, now: Minute, kinds: frozenset[str]
    ) -> None:
        schedule = network.schedule()
        if schedule is None:
            return
        if "project" in kinds:
            end = network.promise_end
            wanted = None if end is None else minute_of(end)
            stream = stream_of("project", network.project_id)
            self._note(stream, Expected(now, wanted, schedule.finish))
        if "phase" not in kinds or schedule is self._schedule:
            return
        last = None if self._schedule is None else self._schedule.phases
        moved = schedule.moved if schedule.before is last is not None else schedule.phases
        self._schedule = schedule
        for phase_id in moved:
            line = network.lines.get(phase_id)
            placed = schedule.phases[phase_id]
            if line is None or placed.summary or line.known.has_ended:
                continue
            stream = stream_of("phase", network.project_id, phase_id)
            self._note(stream, Expected(now, forecast=placed.finish))

    def _note(self, stream: str, now: Expected) -> None:
        known = self._known.setdefault(stream, [])
        if not known or known[-1][1:] != now[1:]:
            known.append(now)


def working_time(stream: str, network: ProjectNetwork) -> tuple[WorkAxis, int]:
    """Return the working time of a subject and the minutes of its standard day.

    A phase's is that of its own calendar, every other subject's that of the project.
    """
    subject = subject_of(stream)
    line = network.lines.get(subject.ids[-1]) if subject.category == "phase" else None
    calendar = network.calendar if line is None else network.calendar_of(line)
    return calendar.axis, standard_day_min(calendar)


def _came_at(supply: Supply) -> datetime | None:
    standing = supply.standing
    if standing.status is Status.RECEIVED:
        return standing.last_receipt_at
    return None if standing.closed_of is None else standing.closed_of.effective_at
