"""Say which phases and deliveries are late as of a moment, and when the next one will be."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from domain.kernel.calendar import instant_of
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork, end_of_day
from domain.network.supplies import Supply
from domain.planning.network import Schedule, ScheduledPhase

_A_MINUTE: Final = timedelta(minutes=1)
"""Dates are whole minutes; what was due at one is late from the next one on."""


class Lateness:
    """What is late at `as_of`, the later of the last tick and the data date (None: neither).

    A phase starts late if it has not started although its scheduled start is past, or although
    nothing but the data date holds it back: then it could have started before. It finishes late if
    it takes longer than it is planned to from its actual start on, or its deadline is past.
    A delivery is late if it is promised for later than we need it, or not here when it is due.
    """

    def __init__(
        self, network: ProjectNetwork, schedule: Schedule | None, as_of: datetime | None
    ) -> None:
        self._network = network
        self._schedule = schedule
        self._as_of = as_of
        self._next: datetime | None = None

    @property
    def next_moment(self) -> datetime | None:
        """The first moment after `as_of` at which one more of those asked about is late."""
        return self._next

    def starts_late(self, line: PhaseLine) -> bool:
        """Tell whether a phase should have started."""
        dates = self._dates(line)
        if dates is None or line.known.has_started:
            return False
        if dates.driver.kind == "data_date":
            return True
        return self._past(instant_of(dates.start) + _A_MINUTE)

    def finishes_late(self, line: PhaseLine) -> bool:
        """Tell whether a phase should have finished."""
        if self._dates(line) is None or line.known.has_ended:
            return False
        late = False
        for moment in self._finish_dues(line):
            late |= self._past(moment + _A_MINUTE)
        return late

    def delivered_late(self, supply: Supply) -> bool:
        """Tell whether an open delivery comes too late, or should be here."""
        if not supply.is_open:
            return False
        if supply.promised is not None and supply.promised > supply.need_by:
            return True
        return self._past(end_of_day(supply.need_by, self._network.zone))

    def _finish_dues(self, line: PhaseLine) -> Iterator[datetime]:
        if line.deadline is not None:
            yield line.deadline
        if line.known.started_at is not None:
            calendar = self._network.calendar_of(line)
            yield calendar.add(line.known.started_at, line.duration_min)

    def _dates(self, line: PhaseLine) -> ScheduledPhase | None:
        """Return the dates of a phase that is worked itself, not a summary of others."""
        dates = None if self._schedule is None else self._schedule.phases[line.id]
        return None if dates is None or dates.summary else dates

    def _past(self, moment: datetime) -> bool:
        if self._as_of is not None and self._as_of >= moment:
            return True
        if self._next is None or moment < self._next:
            self._next = moment
        return False
