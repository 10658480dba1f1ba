"""Remember the last schedules, for several readers fold the same project side by side."""

from collections.abc import Hashable
from typing import Any, Final, TypeVar

from domain.planning.incremental import Planner
from domain.planning.network import Network, Schedule

H = TypeVar("H", bound=Hashable)

KEPT_MAX: Final = 4
SAME_MAX: Final = 1 << 15


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


_SAME: Final[dict[Any, Any]] = {}


def same_object(value: H) -> H:
    """Return the one object that stands for all equal values of a type, this one if it is new.

    What several readers make of the same events is compared by identity first, so equal networks
    are found equal without a look into them. Once there are too many all are forgotten, which
    costs time and nothing else.
    """
    if len(_SAME) >= SAME_MAX:
        _SAME.clear()
    same: H = _SAME.setdefault(value, value)
    return same
