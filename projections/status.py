"""Show how a project stands: per department, against the promise, and what is in the way."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from domain.commitments.events import EVENTS
from domain.kernel.clock import ClockAdvanced
from domain.kernel.messages import Recorded
from domain.kernel.minutes import instant_of
from domain.network.calendars import standard_day_min
from domain.network.fold import fold
from domain.network.project_network import ProjectNetwork
from domain.network.supplies import Supply
from domain.planning.network import Schedule
from projections.contract import Row
from projections.lateness import Lateness
from projections.latest import sentence, why
from projections.moments import Moments
from projections.open_conflicts import OpenConflicts
from projections.tally import Share, Tally, share_of, total

HEADER: Final = "/project"
"""The id of the row about the project as a whole; those of departments begin with `department/`."""

LATEST_MAX: Final = 20
COMMITMENT_EVENTS: Final = frozenset(EVENTS)
_HUNDREDTH: Final = Decimal("0.01")


class StatusState:
    """A project's network, its conflicts and its last events, and the rows as last shown."""

    __slots__ = (
        "_moments", "_open_deliveries", "_rows", "_shares", "conflicts", "dirty", "due",
        "event_count", "latest", "network", "now", "position",
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
        self._shares: dict[str, Share] = {}
        """What each phase adds to its department, as far as it was asked for."""
        self._moments = Moments(self.network.zone)
        self._open_deliveries: tuple[tuple[Supply, Row], ...] | None = None
        """The commitments of which something is still to come, by need, with what is shown of each;
        None: to be looked for again."""

    def fold(self, recorded: Recorded[Any]) -> None:
        """Take an event of the project in."""
        self.position = recorded.position
        self.dirty = True
        self.event_count += 1
        if fold(self.network, recorded) and type(recorded.event) in COMMITMENT_EVENTS:
            self._open_deliveries = None
        self.conflicts.fold(recorded, self.event_count)
        self.latest.appendleft(_told(recorded, self.network))

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
        if self._moments.zone is not network.zone:
            self._moments = Moments(network.zone)
        moments = self._moments
        schedule = network.schedule()
        lateness = Lateness(_later(self.now, network.data_date))
        departments: dict[str, Tally] = {}
        for line in network.working_lines():
            dates = None if schedule is None else schedule.phases[line.id]
            share = self._shares.get(line.id)
            if share is None or share.revision != line.revision:
                share = self._shares[line.id] = share_of(line, network)
            tally = departments.get(share.department)
            if tally is None:
                tally = departments[share.department] = Tally()
            tally.add(line.id, share, dates, lateness)
        project = total(departments.values())
        if self._open_deliveries is None:
            self._open_deliveries = _open_deliveries(network.supplies.lines())
        deliveries = self._open_deliveries
        late_deliveries = [row for s, row in deliveries if lateness.delivered_late(s, network)]
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
            "unconfirmed": [row for supply, row in deliveries if not supply.is_confirmed],
            "late_deliveries": late_deliveries,
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
        if recorded.position > state.position:
            state.fold(recorded)
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


def _open_deliveries(supplies: Iterable[Supply]) -> tuple[tuple[Supply, Row], ...]:
    still_to_come = (supply for supply in supplies if supply.is_open)
    ordered = sorted(still_to_come, key=lambda supply: (supply.need_by, supply.id))
    return tuple((supply, _delivery(supply)) for supply in ordered)


def _delivery(supply: Supply) -> Row:
    return {
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


def _told(recorded: Recorded[Any], network: ProjectNetwork) -> Row:
    return {
        "position": recorded.position,
        "at": recorded.recorded_at.astimezone(network.zone).isoformat(),
        "who": recorded.envelope.actor,
        "what": sentence(recorded, network.name_of, network.zone),
        "why": why(recorded),
        "type": recorded.event.type_name,
    }
