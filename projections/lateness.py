"""Say from which moments on a phase or a delivery is late, and when the next one will be."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from domain.kernel.minutes import Minute, instant_of, minute_of
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork, end_of_day
from domain.network.supplies import Supply
from domain.planning.network import ScheduledPhase

_A_MINUTE: Final = timedelta(minutes=1)
"""Dates are whole minutes; what was due at one is late from the next one on."""


class Lateness:
    """What is late at `as_of`, the later of the last tick and the data date (None: neither)."""

    __slots__ = ("_as_of", "_as_of_min", "_next", "_next_start")

    def __init__(self, as_of: datetime | None) -> None:
        self._as_of = as_of
        self._as_of_min = None if as_of is None else minute_of(as_of)
        self._next: datetime | None = None
        self._next_start: Minute | None = None

    @property
    def next_moment(self) -> datetime | None:
        """The first moment after `as_of` at which one more of those asked about is late."""
        if self._next_start is None:
            return self._next
        start = instant_of(self._next_start) + _A_MINUTE
        return start if self._next is None else min(start, self._next)

    def starts_late(self, dates: ScheduledPhase) -> bool:
        """Tell whether a phase that has not started should have.

        Its scheduled start is past, or nothing but the data date holds it back: then it could have
        started before.
        """
        if dates.driver.kind == "data_date":
            return True
        if self._as_of_min is not None and self._as_of_min > dates.start:
            return True
        if self._next_start is None or dates.start < self._next_start:
            self._next_start = dates.start
        return False

    def finishes_late(self, dues: Iterable[datetime]) -> bool:
        """Tell whether one of the moments is past from which on a phase's finish is late."""
        late = False
        for moment in dues:
            late |= self._is_past(moment)
        return late

    def delivered_late(self, supply: Supply, network: ProjectNetwork) -> bool:
        """Tell whether an open delivery is promised too late, or should be here."""
        if supply.promised is not None and supply.promised > supply.need_by:
            return True
        return self._is_past(end_of_day(supply.need_by, network.zone))

    def _is_past(self, moment: datetime) -> bool:
        if self._as_of is not None and self._as_of >= moment:
            return True
        if self._next is None or moment < self._next:
            self._next = moment
        return False


def finish_dues(line: PhaseLine, network: ProjectNetwork) -> tuple[datetime, ...]:
    """Return from when on an unfinished phase finishes late.

    It does if it takes longer than it is planned to from its actual start on, or its deadline is
    past.
    """
    known = line.known
    if known.has_ended:
        return ()
    dues = [] if line.deadline is None else [line.deadline + _A_MINUTE]
    if known.started_at is not None:
        end = network.calendar_of(line).add(known.started_at, line.duration_min)
        dues.append(end + _A_MINUTE)
    return tuple(dues)
