"""Remember what was computed last, for several readers fold the same project side by side."""

from collections.abc import Hashable
from operator import is_
from typing import Any, Final, NamedTuple, TypeVar

from domain.kernel.messages import Recorded
from domain.network.known import KnownPhase, known_of
from domain.phases.facts import Execution
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


class _Led(NamedTuple):
    before: Execution
    recorded: Recorded[Any]
    after: Execution


class RememberedExecutions:
    """The execution that an event led to last, and what it adds up to: all readers take it in turn.

    Safe to share between threads: what is kept is replaced, never changed.
    """

    __slots__ = ("_known", "_led")

    def __init__(self) -> None:
        self._led: _Led | None = None
        self._known: tuple[Execution, KnownPhase] | None = None

    def after(self, before: Execution, recorded: Recorded[Any]) -> Execution:
        """Return the execution after one more event, the same object to all who ask."""
        led = self._led
        if led is not None and led.recorded is recorded and _is_same(led.before, before):
            return led.after
        after = before.after(recorded)
        self._led = _Led(before, recorded, after)
        return after

    def known(self, execution: Execution) -> KnownPhase:
        """Return what an execution adds up to."""
        known = self._known
        if known is not None and known[0] is execution:
            return known[1]
        adds_up_to = known_of(execution)
        self._known = execution, adds_up_to
        return adds_up_to


EXECUTIONS: Final = RememberedExecutions()


def _is_same(one: Execution, other: Execution) -> bool:
    """Return whether two executions are of the very same events; a look into them costs more."""
    return one is other or (
        len(one.facts) == len(other.facts)
        and len(one.requests) == len(other.requests)
        and all(map(is_, one.facts, other.facts))
        and all(map(is_, one.requests, other.requests))
    )


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
