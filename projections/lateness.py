"""Say from which moments on a phase or a delivery is late, and when the next one will be."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from domain.kernel.calendar import instant_of
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork, end_of_day
from domain.network.supplies import Supply
from domain.planning.network import ScheduledPhase

_A_MINUTE: Final = timedelta(minutes=1)
"""Dates are whole minutes; what was due at one is late from the next one on."""


class Dues(NamedTuple):
    """From which moments on a phase is late, as long as nothing more is heard of it."""

    has_late_start: bool = False
    """Whether its start is late at whatever moment."""
    start: datetime | None = None
    finishes: tuple[datetime, ...] = ()


NOTHING_DUE: Final = Dues()


class Lateness:
    """What is late at `as_of`, the later of the last tick and the data date (None: neither)."""

    __slots__ = ("_as_of", "next_moment")

    def __init__(self, as_of: datetime | None) -> None:
        self._as_of = as_of
        self.next_moment: datetime | None = None
        """The first moment after `as_of` at which one more of those asked about is late."""

    def is_past(self, moment: datetime) -> bool:
        """Tell whether a moment has come."""
        if self._as_of is not None and self._as_of >= moment:
            return True
        if self.next_moment is None or moment < self.next_moment:
            self.next_moment = moment
        return False

    def starts_late(self, dues: Dues) -> bool:
        """Tell whether a phase should have started."""
        return dues.has_late_start or (dues.start is not None and self.is_past(dues.start))

    def finishes_late(self, dues: Dues) -> bool:
        """Tell whether a phase should have finished."""
        late = False
        for moment in dues.finishes:
            late |= self.is_past(moment)
        return late

    def delivered_late(self, supply: Supply, network: ProjectNetwork) -> bool:
        """Tell whether an open delivery is promised too late, or should be here."""
        if supply.promised is not None and supply.promised > supply.need_by:
            return True
        return self.is_past(end_of_day(supply.need_by, network.zone))


def dues_of(line: PhaseLine, dates: ScheduledPhase | None, network: ProjectNetwork) -> Dues:
    """Return from when on a phase is late; a summary of others never is.

    It starts late if it has not started although its scheduled start is past, or although nothing
    but the data date holds it back: then it could have started before. It finishes late if it takes
    longer than it is planned to from its actual start on, or its deadline is past.
    """
    known = line.known
    if dates is None or dates.summary or known.has_ended:
        return NOTHING_DUE
    finishes = [] if line.deadline is None else [line.deadline + _A_MINUTE]
    if known.started_at is not None:
        end = network.calendar_of(line).add(known.started_at, line.duration_min)
        finishes.append(end + _A_MINUTE)
    if known.has_started:
        return Dues(finishes=tuple(finishes))
    if dates.driver.kind == "data_date":
        return Dues(has_late_start=True, finishes=tuple(finishes))
    return Dues(start=instant_of(dates.start) + _A_MINUTE, finishes=tuple(finishes))
