"""Show when every phase of a project is planned to start and finish, and what decides it."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from domain.kernel.calendar import Minute, instant_of
from domain.kernel.messages import Recorded
from domain.network.fold import concerns_network, fold
from domain.network.phase_line import PhaseLine, Typed
from domain.network.project_network import Baseline, LinkLine, ProjectNetwork
from domain.planning.network import Constraint, Schedule, ScheduledPhase
from projections.contract import Row
from projections.moments import Moments

HEADER: Final = "/project"
"""The id of the row about the project itself; a slash is in no phase's id."""

_RUNS: Final = re.compile(r"(\d+)")


class ScheduleState:
    """A project's network, and the rows as they were last shown."""

    __slots__ = ("_moments", "_rows", "_seen", "dirty", "network")

    def __init__(self, project_id: str) -> None:
        self.network = ProjectNetwork(project_id)
        self.dirty = False
        self._rows: dict[str, Row] = {}
        self._seen: dict[str, tuple[int, ScheduledPhase | None]] = {}
        self._moments = Moments(self.network.zone)

    def rows(self) -> Mapping[str, Row]:
        """Return the rows by id; a row that has not changed is the same object as before."""
        if self.dirty:
            self.dirty = False
            if self.network.opened is not None:
                self._show()
        return self._rows

    def _show(self) -> None:
        network, before = self.network, self._rows
        schedule = network.schedule()
        if self._moments.zone is not network.zone:
            self._moments = Moments(network.zone)
            self._seen = {}
        seen: dict[str, tuple[int, ScheduledPhase | None]] = {}
        shown: dict[str, Row] = {HEADER: _header(network, schedule, self._moments)}
        if shown[HEADER] == before.get(HEADER):
            shown[HEADER] = before[HEADER]
        last_seen = self._seen
        for line in network.planned:
            phase_id = line.id
            dates = None if schedule is None else schedule.phases[phase_id]
            last = last_seen.get(phase_id)
            if last is not None and last[0] == line.revision:
                seen[phase_id] = last
                shown[phase_id] = before[phase_id]
                if last[1] is dates or last[1] == dates:
                    continue
                # What is planned and reported is as it was.
                row: Row = {**before[phase_id], **_computed(dates, self._moments)}
            else:
                row = _phase(line, dates, network, self._moments)
            seen[phase_id] = line.revision, dates
            known = before.get(phase_id)
            shown[phase_id] = known if known is not None and known == row else row
        self._seen, self._rows = seen, shown


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


def _header(network: ProjectNetwork, schedule: Schedule | None, moments: Moments) -> Row:
    promise, problem = network.promise, network.problem
    start: Minute | None = None
    count = critical_count = negative_count = 0
    for row in () if schedule is None else schedule.phases.values():
        if row.summary:
            continue
        count += 1
        critical_count += row.critical
        negative_count += row.total_float_min < 0
        if start is None or row.start < start:
            start = row.start
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
        "phase_count": count,
        "critical_count": critical_count,
        "negative_float_count": negative_count,
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
    return {
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


def _computed(dates: ScheduledPhase | None, moments: Moments) -> Row:
    if dates is None:
        return dict.fromkeys(_COMPUTED)
    return {
        "early_start": moments.at(dates.early_start),
        "early_finish": moments.at(dates.early_finish),
        "late_start": moments.at(dates.late_start),
        "late_finish": moments.at(dates.late_finish),
        "total_float_min": dates.total_float_min,
        "free_float_min": dates.free_float_min,
        "start": moments.at(dates.start),
        "finish": moments.at(dates.finish),
        "critical": dates.critical,
        "on_longest_path": dates.on_longest_path,
        "summary": dates.summary,
        "driver": {"kind": dates.driver.kind, "ref": dates.driver.ref},
    }


_COMPUTED: Final = (
    "early_start", "early_finish", "late_start", "late_finish", "total_float_min",
    "free_float_min", "start", "finish", "critical", "on_longest_path", "summary", "driver",
)  # fmt: skip


def _constraint(constraint: Constraint | None, moments: Moments) -> Row | None:
    if constraint is None:
        return None
    at = None if constraint.at is None else moments.at(constraint.at)
    return {"kind": constraint.kind, "at": at}


def _link(line: LinkLine) -> Row:
    link = line.link
    lag = None
    if link.lag:
        lag = {"value": link.lag, "unit": link.unit, "calendar": link.calendar}
    return {
        "id": link.id,
        "pred": link.pred,
        "type": link.type,
        "lag": lag,
        "strength": line.strength,
    }


def _provenance(typed: Typed | None, moments: Moments) -> Row | None:
    if typed is None:
        return None
    return {"position": typed.position, "by": typed.by, "at": moments.of(typed.at)}
