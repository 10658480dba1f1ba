"""Say by how much a schedule misses what was promised, and what that costs."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from domain.kernel.minutes import minute_of
from domain.network.calendars import standard_day_min
from domain.network.project_network import ProjectNetwork, Promise, end_of_day

_HUNDREDTH: Final = Decimal("0.01")
_WHOLE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Missed:
    """One promise, and how late a schedule is against it.

    ``days`` are working days of the project's calendar from the end of the promised day to the
    project's finish, to the hundredth; 0 where it is kept, None without a schedule. ``cost_minor``
    is what so many days cost in the minor unit of ``currency``, rounded half up; None where nobody
    said what a day costs, for nobody knows then, and 0 where it was kept all the same.
    """

    party: str
    deliverable: str
    promised: date
    days: Decimal | None
    cost_minor: int | None
    currency: str | None


def missed(network: ProjectNetwork) -> tuple[Missed, ...]:
    """Return every live promise of a project, by party and deliverable, against its schedule."""
    return tuple(_missed(promise, network) for _, promise in sorted(network.promises.items()))


def missed_days(network: ProjectNetwork) -> Decimal | None:
    """Return by how many working days the project's own promise is missed; None without one."""
    promise = network.promise
    return None if promise is None else _days(promise, network)


def _missed(promise: Promise, network: ProjectNetwork) -> Missed:
    days, rate = _days(promise, network), promise.delay_cost_minor
    cost = None
    if rate is not None and days is not None:
        cost = int((rate * days).quantize(_WHOLE, ROUND_HALF_UP))
    return Missed(
        promise.party, promise.deliverable, promise.day, days, cost, promise.delay_currency
    )


def _days(promise: Promise, network: ProjectNetwork) -> Decimal | None:
    schedule = network.schedule()
    if schedule is None:
        return None
    due = minute_of(end_of_day(promise.day, network.zone))
    late_min = max(0, network.calendar.axis.between(due, schedule.finish))
    days = Decimal(late_min) / standard_day_min(network.calendar)
    return days.quantize(_HUNDREDTH, ROUND_HALF_UP)
