"""Show how a project stands: per department, against the promise, and what is in the way."""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from domain.kernel.calendar import instant_of
from domain.kernel.clock import ClockAdvanced
from domain.kernel.messages import Recorded
from domain.network.calendars import standard_day_min
from domain.network.fold import fold
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork
from domain.network.supplies import Supply
from domain.planning.network import Schedule
from projections.contract import Row
from projections.lateness import Lateness
from projections.latest import sentence, why
from projections.moments import Moments
from projections.open_conflicts import OpenConflicts

HEADER: Final = "/project"
"""The id of the row about the project as a whole; those of departments begin with `department/`."""

LATEST_MAX: Final = 20
FULL_SHARE_BP: Final = 10_000
_STAGES: Final = ("planned", "released", "running", "interrupted", "finished", "aborted")
_HUNDREDTH: Final = Decimal("0.01")


@dataclass(slots=True)
class Tally:
    """What adds up over a group of phases."""

    stages: Counter[str] = field(default_factory=Counter)
    late_starts: list[str] = field(default_factory=list)
    late_finishes: list[str] = field(default_factory=list)
    planned_min: int = 0
    done_min: int = 0
    critical: int = 0
    finish: int | None = None
    """The last scheduled finish, in minutes."""

    def row(self, moments: Moments) -> Row:
        """Return the tally as plain values."""
        share = self.done_min * FULL_SHARE_BP // self.planned_min if self.planned_min else 0
        return {
            "phase_count": self.stages.total(),
            **{stage: self.stages[stage] for stage in _STAGES},
            "late_starts": len(self.late_starts),
            "late_start_phases": self.late_starts,
            "late_finishes": len(self.late_finishes),
            "late_finish_phases": self.late_finishes,
            "percent_bp": share,
            "planned_min": self.planned_min,
            "done_min": self.done_min,
            "critical_count": self.critical,
            "forecast_finish": None if self.finish is None else moments.at(self.finish),
        }


def total(tallies: Collection[Tally]) -> Tally:
    """Return what adds up over all groups."""
    return Tally(
        stages=sum((tally.stages for tally in tallies), Counter()),
        late_starts=sorted(phase for tally in tallies for phase in tally.late_starts),
        late_finishes=sorted(phase for tally in tallies for phase in tally.late_finishes),
        planned_min=sum(tally.planned_min for tally in tallies),
        done_min=sum(tally.done_min for tally in tallies),
        critical=sum(tally.critical for tally in tallies),
        finish=max((t.finish for t in tallies if t.finish is not None), default=None),
    )


class StatusState:
    """A project's network, its conflicts and its last events, and the rows as last shown."""

    __slots__ = (
        "_rows", "conflicts", "dirty", "due", "event_count", "latest", "network", "now", "position",
    )  # fmt: skip

    def __init__(self, project_id: str) -> None:
        self.network = ProjectNetwork(project_id)
        self.conflicts = OpenConflicts()
        self.latest: deque[Row] = deque(maxlen=LATEST_MAX)
        self.event_count = 0
        self.position = 0
        self.now: datetime | None = None
        self.dirty = False
        self.due: datetime | None = None
        self._rows: dict[str, Row] = {}

    def rows(self) -> Mapping[str, Row]:
        """Return the rows by id; a row that has not changed is the same object as before."""
        if self.dirty:
            self.dirty = False
            if self.network.opened is not None:
                before, shown = self._rows, self._show()
                self._rows = {
                    row_id: before[row_id] if before.get(row_id) == row else row
                    for row_id, row in shown.items()
                }
        return self._rows

    def _show(self) -> dict[str, Row]:
        network = self.network
        moments = Moments(network.zone)
        schedule = network.schedule()
        lateness = Lateness(network, schedule, _later(self.now, network.data_date))
        departments: dict[str, Tally] = {}
        for line in sorted(network.working_lines(), key=lambda line: line.id):
            tally = departments.get(line.department)
            if tally is None:
                tally = departments[line.department] = Tally()
            _count(tally, line, schedule, lateness)
        project = total(departments.values())
        supplies = network.supplies.lines()
        late_deliveries = [supply for supply in supplies if lateness.delivered_late(supply)]
        self.due = lateness.next_moment
        header = {
            "project": network.project_id,
            "name": network.name,
            "standing": network.standing,
            "zone": network.zone.key,
            "data_date": moments.of_optional(network.data_date),
            **project.row(moments),
            **_against_promise(network, schedule),
            "conflicts": self.conflicts.rows(self.event_count, moments),
            "unconfirmed": _deliveries(s for s in supplies if s.is_open and not s.is_confirmed),
            "late_deliveries": _deliveries(late_deliveries),
            "latest": list(self.latest),
        }
        return {HEADER: header} | {
            f"department/{name}": {"department": name, **tally.row(moments)}
            for name, tally in sorted(departments.items())
        }


class StatusProjection:
    """The state of each project at a glance: a row for it, and one per department."""

    name = "status"
    version = 1
    keeps_state = True

    def keys(self, recorded: Recorded[Any]) -> Sequence[str]:
        """Return the project of any event that names one."""
        return (recorded.project_id,) if recorded.project_id else ()

    def initial(self, key: str) -> StatusState:
        """Return a project nothing is known of; it has no rows until it is opened."""
        return StatusState(key)

    def fold(self, state: StatusState, recorded: Recorded[Any]) -> StatusState:
        """Take an event of the project in, or a tick; an event that comes again is known."""
        if isinstance(recorded.event, ClockAdvanced):
            state.now = _later(state.now, recorded.event.to)
            state.dirty = True
            return state
        if recorded.position <= state.position:
            return state
        state.position = recorded.position
        state.dirty = True
        state.event_count += 1
        fold(state.network, recorded)
        state.conflicts.fold(recorded, state.event_count)
        state.latest.appendleft(_told(recorded, state.network))
        return state

    def rows(self, state: StatusState) -> Mapping[str, Row]:
        """Return the row of the project and one per department."""
        return state.rows()

    def due(self, state: StatusState) -> datetime | None:
        """Return the next moment at which a start, a finish or a delivery becomes late."""
        state.rows()
        return state.due


def document(rows: Mapping[str, Row], position: int) -> dict[str, Any]:
    """Return the whole status as one document; `rows` are those of one project, not empty."""
    departments = [row for row_id, row in sorted(rows.items()) if row_id != HEADER]
    return {**rows[HEADER], "position": position, "departments": departments}


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)


def _count(tally: Tally, line: PhaseLine, schedule: Schedule | None, lateness: Lateness) -> None:
    tally.stages[line.known.stage] += 1
    if lateness.starts_late(line):
        tally.late_starts.append(line.id)
    if lateness.finishes_late(line):
        tally.late_finishes.append(line.id)
    if line.kind != "level_of_effort":  # Its duration follows others' and is no work of its own.
        tally.planned_min += line.duration_min
        tally.done_min += max(0, line.duration_min - line.remaining_min)
    if schedule is not None:
        dates = schedule.phases[line.id]
        tally.critical += dates.critical
        if tally.finish is None or dates.finish > tally.finish:
            tally.finish = dates.finish


def _against_promise(network: ProjectNetwork, schedule: Schedule | None) -> Row:
    """Return the promise, and by how much the forecast misses it; early is negative."""
    promise, end = network.promise, network.promise_end
    slip: dict[str, Any] = {
        "promise": None if promise is None else promise.day.isoformat(),
        "slip_calendar_days": None,
        "slip_working_days": None,
        "slip_working_min": None,
        "late": False,
    }
    if promise is None or end is None or schedule is None:
        return slip
    finish = instant_of(schedule.finish)
    # A day ends with its last moment: midnight still belongs to the day before it.
    last_day = (finish - timedelta(microseconds=1)).astimezone(network.zone).date()
    minutes = network.calendar.between(end, finish)
    days = Decimal(minutes) / standard_day_min(network.calendar)
    return slip | {
        "slip_calendar_days": (last_day - promise.day).days,
        "slip_working_days": str(days.quantize(_HUNDREDTH)),
        "slip_working_min": minutes,
        "late": finish > end,
    }


def _deliveries(supplies: Iterable[Supply]) -> list[Row]:
    return [
        {
            "commitment": supply.id,
            "vendor": supply.vendor,
            "item": supply.item,
            "need": supply.need_by.isoformat(),
            "promised": None if supply.promised is None else supply.promised.isoformat(),
            "expected": None if supply.expected is None else supply.expected.isoformat(),
            "status": supply.status,
            "answer": supply.answer,
            "phases": list(supply.for_phases),
        }
        for supply in sorted(supplies, key=lambda supply: (supply.need_by, supply.id))
    ]


def _told(recorded: Recorded[Any], network: ProjectNetwork) -> Row:
    return {
        "position": recorded.position,
        "at": recorded.recorded_at.astimezone(network.zone).isoformat(),
        "who": recorded.envelope.actor,
        "what": sentence(recorded, network.name_of, network.zone),
        "why": why(recorded),
        "type": recorded.event.type_name,
    }
