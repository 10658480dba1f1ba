"""Measure one phase as of a moment: its budget and when it was due, what it earned and cost."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from domain.costing.book import CostBook
from domain.estimates.events import ActualCostBooked, ActualHoursBooked, EvMethod
from domain.estimates.facts import PhaseCost
from domain.kernel.minutes import Minute
from domain.kernel.values import Money
from domain.kernel.work_axis import WorkAxis
from domain.network.known import KnownPhase, known_of
from domain.network.phase_line import PhaseLine
from domain.rates.facts import Rates

MILESTONES: Final = frozenset({"start_ms", "finish_ms"})
"""The kinds of phases that are no work: nothing is estimated for them."""

WHOLE_BP: Final = 10_000
HALF_BP: Final = 5_000
HOUR_MIN: Final = 60


class Part(NamedTuple):
    """An amount as a fraction that was not reduced: those of one denominator add up at once."""

    numerator: int
    denominator: int


NO_PART: Final = Part(0, 1)


@dataclass(frozen=True, slots=True)
class Spread:
    """A budget in minor units, spread evenly over the working time from a start to a finish."""

    minor: int
    start: Minute
    finish: Minute
    axis: WorkAxis

    def by(self, at: Minute) -> Part:
        """Return what of the budget was to be done by a moment."""
        if at < self.start:
            return NO_PART
        total = self.axis.between(self.start, self.finish)
        if at >= self.finish or total == 0:
            return Part(self.minor, 1)
        return Part(self.minor * self.axis.between(self.start, at), total)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """When a phase was to be worked by the schedule its budget is spread over."""

    start: Minute
    finish: Minute
    axis: WorkAxis


@dataclass(frozen=True, slots=True)
class Measure:
    """One phase as of a moment; each `no_…` says why a figure is not there.

    `earned_bp` is the share of its budget that it earned, None where it earns as planned.
    `spent` is by currency, in minor units; minutes are by skill, None: the skill is not known.
    """

    phase_id: str
    name: str
    department: str
    budget: Money | None
    no_budget: str | None
    ev_method: EvMethod | None
    spread: Spread | None
    no_spread: str | None
    earned_bp: int | None
    spent: Mapping[str, Fraction]
    no_spent: str | None
    to_complete: Money | None
    ended: bool
    planned_min: Mapping[str | None, int]
    booked_min: Mapping[str | None, int]


def measure(
    line: PhaseLine,
    book: CostBook,
    rates: Mapping[str, Rates],
    scheduled: Scheduled | None,
    *,
    at: datetime,
    zone: ZoneInfo,
) -> Measure:
    """Return a phase's figures of what was true at a moment; days are those of the zone."""
    cost = book.of(line.id)
    known = known_of(line.execution.until(at))
    budget = None if cost.baselined is None else cost.baselined.money
    spread = None
    if budget is not None and scheduled is not None:
        spread = Spread(budget.minor, scheduled.start, scheduled.finish, scheduled.axis)
    spent, no_spent, booked = _spent(line.id, cost, book, rates, at, zone)
    method = None if cost.approved is None else cost.approved.ev_method
    to_complete = cost.to_complete(at)
    planned: Counter[str | None] = Counter()
    for each in () if cost.approved is None else cost.approved.effort:
        planned[each.skill] += each.effort_min
    return Measure(
        phase_id=line.id,
        name=line.name,
        department=line.department,
        budget=budget,
        no_budget=_no_budget(cost),
        ev_method=method,
        spread=spread,
        no_spread=None if spread is not None else _no_spread(line.id, cost),
        earned_bp=_earned_bp(method, known),
        spent=spent,
        no_spent=no_spent,
        to_complete=None if to_complete is None else to_complete.etc,
        ended=known.has_ended,
        planned_min=planned,
        booked_min=booked,
    )


def _no_budget(cost: PhaseCost) -> str | None:
    if cost.baselined is not None:
        return None
    if cost.approved is not None:
        return "the approved estimate is not baselined"
    return "no estimate is approved" if cost.elements else "nothing is estimated"


def _no_spread(phase_id: str, cost: PhaseCost) -> str | None:
    if cost.baselined is None:
        return _no_budget(cost)
    return f"phase {phase_id} was not scheduled at position {cost.baselined.at_position}"


def _earned_bp(method: EvMethod | None, known: KnownPhase) -> int | None:
    if method == "level_of_effort":
        return None
    if known.stage == "finished":
        return WHOLE_BP
    if method == "zero_hundred":
        return 0
    if method == "fifty_fifty":
        return HALF_BP if known.started_at is not None else 0
    return known.physical_bp or 0


def _spent(
    phase_id: str,
    cost: PhaseCost,
    book: CostBook,
    rates: Mapping[str, Rates],
    at: datetime,
    zone: ZoneInfo,
) -> tuple[Mapping[str, Fraction], str | None, Mapping[str | None, int]]:
    """Return what was spent by currency, why that is not known, and the minutes by skill."""
    minor: Counter[str] = Counter()
    hourly: Counter[str] = Counter()
    """Minutes times the rate of an hour, so that only whole numbers are added."""
    booked: Counter[str | None] = Counter()
    unknown: str | None = None
    last_day = at.astimezone(zone).date()
    for known in cost.booked:
        match known.event:
            case ActualCostBooked(money=money) if known.effective_at <= at:
                minor[money.currency] += money.minor
            case ActualHoursBooked() as hours if hours.work_date <= last_day:
                skill = book.skill_of(phase_id, hours)
                booked[skill] += hours.minutes
                rate = (
                    None
                    if skill is None or skill not in rates
                    else rates[skill].on(hours.work_date)
                )
                if rate is not None:
                    hourly[rate.currency] += rate.minor * hours.minutes
                elif skill is None:
                    unknown = f"the skill of {hours.resource} on phase {phase_id} is not known"
                else:
                    unknown = f"there is no rate for {skill} on {hours.work_date}"
            case _:
                pass
    spent = {
        currency: minor[currency] + Fraction(hourly[currency], HOUR_MIN)
        for currency in sorted({*minor, *hourly})
    }
    return spent, unknown, booked
