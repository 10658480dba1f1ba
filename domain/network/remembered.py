"""Remember the last schedules, for several readers fold the same project side by side."""

from typing import Final

from domain.planning.incremental import Planner
from domain.planning.network import Network, Schedule

KEPT_MAX: Final = 4


class RememberedSchedules:
    """The schedules of the networks asked about last; an equal network has an equal schedule.

    Safe to share between threads: what is kept is replaced, never changed.
    """

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: tuple[tuple[Network, Schedule], ...] = ()

    def schedule(self, network: Network, planner: Planner) -> Schedule:
        """Return the network's schedule, computed only if it is not remembered.

        The planner knows the reader's last schedule, so that it need only compute what has moved.
        Raises PlanningError and CalendarError as `domain.planning.critical_path.schedule`.
        """
        kept = self._kept
        for known, scheduled in kept:
            if known == network:
                return scheduled
        scheduled = planner.schedule(network)
        self._kept = ((network, scheduled), *kept[: KEPT_MAX - 1])
        return scheduled


REMEMBERED: Final = RememberedSchedules()
