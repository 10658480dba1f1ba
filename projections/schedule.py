"""Show when every phase of a project is planned to start and finish, and what decides it."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from operator import is_not
from typing import Any, Final, NamedTuple

from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute, instant_of
from domain.network.fold import concerns_network, fold
from domain.network.phase_line import PhaseLine, Typed
from domain.network.project_network import Baseline, LinkLine, ProjectNetwork
from domain.planning.network import Constraint, Schedule, ScheduledPhase
from projections.contract import Edited, Row, Sorted
from projections.moments import Moments

HEADER: Final = "/project"
"""The id of the row about the project itself; a slash is in no phase's id."""

_RUNS: Final = re.compile(r"(\d+)")


class ScheduleState:
    """A project's network, and the rows as they were last shown."""

    __slots__ = ("_last", "_moments", "_rows", "_seen", "dirty", "network")

    def __init__(self, project_id: str) -> None:
        self.network = ProjectNetwork(project_id)
        self.dirty = False
        self._rows: dict[str, Row] = {}
        self._seen: dict[str, tuple[int, ScheduledPhase | None]] = {}
        self._moments = Moments(self.network.zone)
        self._last: _Shown | None = None
        """What the rows were last made of; None: look at every phase again."""

    def rows(self) -> Mapping[str, Row]:
        """Return the rows by id; a row that has not changed is the same object as before."""
        if self.dirty:
            self.dirty = False
            if self.network.opened is not None:
                self._show()
        return self._rows

    def _show(self) -> None:
        network = self.network
        schedule = network.schedule()
        if self._moments.zone is not network.zone:
            self._moments = Moments(network.zone)
            self._seen, self._last = {}, None
        last, self._last = self._last, None
        if schedule is None:
            self._show_all(schedule, NO_TOTALS)
        elif last is None or last.planned is not network.planned:
            totals = Totals.of(schedule.phases.values())
            self._show_all(schedule, totals)
            self._last = _Shown(network.planned, schedule.phases, totals)
        else:
            moved = last.moved_to(schedule)
            totals = last.totals.moved(
                ((last.phases[each], schedule.phases[each]) for each in moved),
                schedule.phases.values(),
            )
            self._show_some(network.revised.union(moved), schedule, totals)
            self._last = _Shown(network.planned, schedule.phases, totals)
        network.revised.clear()

    def _show_all(self, schedule: Schedule | None, totals: "Totals") -> None:
        """Look at every phase in the plan."""
        seen: dict[str, tuple[int, ScheduledPhase | None]] = {}
        shown = {HEADER: self._header(schedule, totals)}
        for line in self.network.planned:
            shown[line.id] = self._shown_line(line, schedule, seen)
        self._seen, self._rows = seen, shown

    def _show_some(self, phase_ids: Iterable[str], schedule: Schedule, totals: "Totals") -> None:
        """Look at some phases, for of all others nothing can have changed since the last look.

        What was seen then is this state's own, so it is changed in place.
        """
        before, lines = self._rows, self.network.lines
        shown = Edited(before)
        changed = []
        header = self._header(schedule, totals)
        if header is not before[HEADER]:
            shown[HEADER] = header
            changed.append(HEADER)
        for phase_id in phase_ids:
            if phase_id in before:
                row = self._shown_line(lines[phase_id], schedule, self._seen)
                if row is not before[phase_id]:
                    shown[phase_id] = row
                    changed.append(phase_id)
        if isinstance(before, Edited):
            before.before = None  # Nobody asks any more.
        shown.before, shown.changed = before, changed
        self._rows = shown

    def _header(self, schedule: Schedule | None, totals: "Totals") -> Row:
        """Return the row about the project, the one that was shown if it is no other."""
        known = self._rows.get(HEADER)
        header = _header(self.network, schedule, totals, self._moments)
        return known if known is not None and known == header else header

    def _shown_line(
        self,
        line: PhaseLine,
        schedule: Schedule | None,
        seen: dict[str, tuple[int, ScheduledPhase | None]],
    ) -> Row:
        """Return the row of a phase, the one that was shown if it is no other."""
        phase_id = line.id
        known = self._rows.get(phase_id)
        dates = None if schedule is None else schedule.phases[phase_id]
        last = self._seen.get(phase_id)
        seen[phase_id] = line.revision, dates
        if known is None or last is None or last[0] != line.revision:
            row = _phase(line, dates, self.network, self._moments)
            return known if known is not None and known == row else row
        if last[1] is dates or last[1] == dates:
            return known
        # What is planned and reported is as it was.
        moved = Sorted(known) if type(known) is Sorted else dict(known)
        moved.update(_computed(dates, self._moments))
        return moved


@dataclass(frozen=True, slots=True)
class Totals:
    """What the header counts over the phases that are worked themselves."""

    start: Minute | None = None
    count: int = 0
    critical: int = 0
    negative: int = 0

    @classmethod
    def of(cls, rows: Iterable[ScheduledPhase]) -> "Totals":
        """Count the rows of a whole schedule."""
        working = [row for row in rows if not row.summary]
        return cls(
            min((row.start for row in working), default=None),
            len(working),
            sum(row.critical for row in working),
            sum(row.total_float_min < 0 for row in working),
        )

    def moved(
        self,
        moved: Iterable[tuple[ScheduledPhase, ScheduledPhase]],
        rows: Collection[ScheduledPhase],
    ) -> "Totals":
        """Return the totals after some rows moved; `rows` are all there are now."""
        start, critical, negative = self.start, self.critical, self.negative
        for old, new in moved:
            if new.summary:
                continue
            if start is None or (old.start == start and new.start != start):
                return Totals.of(rows)  # Perhaps another is the first now.
            start = min(start, new.start)
            critical += new.critical - old.critical
            negative += (new.total_float_min < 0) - (old.total_float_min < 0)
        return Totals(start, self.count, critical, negative)


NO_TOTALS: Final = Totals()


class _Shown(NamedTuple):
    """What rows were made of, to look only at phases of which something is another object now."""

    planned: tuple[PhaseLine, ...]
    phases: Mapping[str, ScheduledPhase]
    totals: Totals

    def moved_to(self, schedule: Schedule) -> Sequence[str]:
        """Return the phases whose dates are others now, where the same phases are planned."""
        before, now = self.phases, schedule.phases
        if schedule.before is before:
            return schedule.moved
        # The same phases come in the same order, so old and new lie side by side.
        return list(compress(now, map(is_not, now.values(), before.values())))


class ScheduleProjection:
    """The computed schedule of each project: a row per phase, and one about the project."""

    name = "schedule"
    version = 1
    keeps_state = True

    def keys(self, recorded: Recorded[Any]) -> Sequence[str]:
        """Return the project of an event that can change its network."""
        project_id = recorded.project_id
        return (project_id,) if project_id and concerns_network(recorded.event) else ()

    def initial(self, key: str) -> ScheduleState:
        """Return a project nothing is known of; it has no rows until it is opened."""
        return ScheduleState(key)

    def fold(self, state: ScheduleState, recorded: Recorded[Any]) -> ScheduleState:
        """Take one event in; nothing is computed before the rows are asked for."""
        if fold(state.network, recorded):
            state.dirty = True
        return state

    def rows(self, state: ScheduleState) -> Mapping[str, Row]:
        """Return a row per phase in the plan, and the one about the project."""
        return state.rows()

    def due(self, state: ScheduleState) -> datetime | None:
        """Return None: dates follow the project's data date, never the clock."""
        del state
        return None


def document(rows: Mapping[str, Row], position: int) -> dict[str, Any]:
    """Return the whole schedule as one document, phases in the order of the breakdown.

    `rows` are those of one project and not empty; `position` is the log position they show.
    """
    phases = [row for row_id, row in rows.items() if row_id != HEADER]
    return {
        **rows[HEADER],
        "position": position,
        "phases": sorted(phases, key=lambda row: (in_breakdown(row["wbs"]), row["id"])),
    }


def in_breakdown(wbs: str) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts `2.10` after `2.9`: numbers by size, and before words."""
    return tuple(
        (0, int(run), "") if run.isdecimal() else (1, 0, run) for run in _RUNS.split(wbs) if run
    )


def _header(
    network: ProjectNetwork, schedule: Schedule | None, totals: Totals, moments: Moments
) -> Row:
    promise, problem, start = network.promise, network.problem, totals.start
    return {
        "project": network.project_id,
        "name": network.name,
        "standing": network.standing,
        "zone": network.zone.key,
        "calendar": network.calendar_id,
        "calendar_assumed": network.calendar_is_assumed,
        "data_date": moments.of_optional(network.data_date),
        "data_date_provenance": _provenance(network.data_date_typed, moments),
        "start": moments.of_optional(network.start) if start is None else moments.at(start),
        "finish": None if schedule is None else moments.at(schedule.finish),
        "promise": None if promise is None else promise.day.isoformat(),
        "promise_to": None if promise is None else promise.party,
        "promise_deliverable": None if promise is None else promise.deliverable,
        "promise_provenance": None if promise is None else _provenance(promise.typed, moments),
        "customer": network.customer_id or (None if promise is None else promise.party),
        "baseline": _baseline(network.baseline, moments),
        **_days_worked(network, schedule),
        "phase_count": totals.count,
        "critical_count": totals.critical,
        "negative_float_count": totals.negative,
        "problem": None
        if problem is None
        else {"code": problem.code, "text": problem.text, "ids": list(problem.ids)},
    }


def _baseline(baseline: Baseline | None, moments: Moments) -> Row | None:
    if baseline is None:
        return None
    return {
        "name": baseline.name,
        "at_position": baseline.at_position,
        "approved_by": baseline.approved_by,
        "shown": baseline.dates is not None,
        "provenance": _provenance(baseline.typed, moments),
    }


def _days_worked(network: ProjectNetwork, schedule: Schedule | None) -> Row:
    """Return the weekdays of the project's calendar, and the free days among them meanwhile."""
    if schedule is None or network.start is None:
        return {"working_weekdays": [], "non_working": []}
    calendar = network.calendar
    begin = network.start.astimezone(network.zone).date()
    end = instant_of(schedule.finish).astimezone(network.zone).date()
    return {
        "working_weekdays": [day for day, windows in enumerate(calendar.weekly, 1) if windows],
        "non_working": [
            day.isoformat()
            for day, windows in calendar.exceptions
            if begin <= day <= end and not windows and calendar.weekly[day.weekday()]
        ],
    }


def _phase(
    line: PhaseLine,
    dates: ScheduledPhase | None,
    network: ProjectNetwork,
    moments: Moments,
) -> Row:
    known = line.known
    planned = network.baseline.dates if network.baseline is not None else None
    start, finish = (None, None) if planned is None else planned.get(line.id, (None, None))
    row = {
        "id": line.id,
        "wbs": line.wbs,
        "name": line.name,
        "kind": line.kind,
        "department": line.department,
        "duration_min": line.duration_min,
        "parent": line.parent,
        "calendar": line.calendar_id,
        **_computed(dates, moments),
        "stage": known.stage,
        "actual_start": moments.of_optional(known.started_at),
        "start_assumed": known.start_is_assumed,
        "actual_finish": moments.of_optional(known.ended_at),
        "remaining_min": line.remaining_min,
        "physical_bp": known.physical_bp,
        "constraint": _constraint(line.constraint, moments),
        "deadline": moments.of_optional(line.deadline),
        "baseline_start": None if start is None else moments.at(start),
        "baseline_finish": None if finish is None else moments.at(finish),
        "links": [_link(link) for link in network.links_into(line.id)],
        "provenance": {
            field: _provenance(typed, moments) for field, typed in sorted(line.typed.items())
        },
    }
    return Sorted(sorted(row.items()))


def _computed(dates: ScheduledPhase | None, moments: Moments) -> Row:
    if dates is None:
        return dict.fromkeys(_COMPUTED)
    (
        _, early_start, early_finish, late_start, late_finish, total_float, free_float,
        start, finish, critical, on_longest_path, summary, driver,
    ) = dates  # fmt: skip
    texts = moments.texts
    starts, finishes = texts[early_start], texts[early_finish]
    return {
        "early_start": starts,
        "early_finish": finishes,
        "late_start": starts if late_start == early_start else texts[late_start],
        "late_finish": finishes if late_finish == early_finish else texts[late_finish],
        "total_float_min": total_float,
        "free_float_min": free_float,
        "start": starts if start == early_start else texts[start],
        "finish": finishes if finish == early_finish else texts[finish],
        "critical": critical,
        "on_longest_path": on_longest_path,
        "summary": summary,
        "driver": {"kind": driver.kind, "ref": driver.ref},
    }


_COMPUTED: Final = (
    "early_start", "early_finish", "late_start", "late_finish", "total_float_min",
    "free_float_min", "start", "finish", "critical", "on_longest_path", "summary", "driver",
)  # fmt: skip


def _constraint(constraint: Constraint | None, moments: Moments) -> Row | None:
    if constraint is None:
        return None
    at = None if constraint.at is None else moments.at(constraint.at)
    return {"at": at, "kind": constraint.kind}


def _link(line: LinkLine) -> Row:
    link = line.link
    lag = None
    if link.lag:
        lag = {"calendar": link.calendar, "unit": link.unit, "value": link.lag}
    return {
        "id": link.id,
        "lag": lag,
        "pred": link.pred,
        "strength": line.strength,
        "type": link.type,
    }


def _provenance(typed: Typed | None, moments: Moments) -> Row | None:
    if typed is None:
        return None
    return {"at": moments.of(typed.at), "by": typed.by, "position": typed.position}
