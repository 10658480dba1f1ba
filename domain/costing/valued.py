"""Add measured phases up to the figures of a department or project, with its earned schedule."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import ceil
from typing import Final

from domain.costing.measured import NO_PART, WHOLE_BP, Measure, Part
from domain.kernel.calendar import WorkingCalendar
from domain.kernel.minutes import Minute, instant_of
from domain.network.calendars import standard_day_min
from domain.planning.earned_value import (
    EarnedSchedule,
    EarnedValue,
    Undefined,
    Value,
    earned_schedule,
)

NO_BUDGET: Final = "nothing is budgeted"


@dataclass(frozen=True, slots=True)
class Valued:
    """The figures of some phases in one currency; None: no money is named."""

    currency: str | None
    value: EarnedValue


@dataclass(frozen=True, slots=True)
class InTime:
    """An earned schedule in working days of the project, and the finish that it forecasts."""

    schedule: EarnedSchedule
    finish: datetime | Undefined


def valued(measures: Sequence[Measure], at: Minute) -> Valued:
    """Return the figures of some phases together; phases without a budget add what they cost."""
    currencies = {each.budget.currency for each in measures if each.budget is not None}
    currencies |= {currency for each in measures for currency in each.spent}
    currencies |= {each.to_complete.currency for each in measures if each.to_complete is not None}
    if len(currencies) > 1:
        mixed = Undefined(f"the money is in {' and '.join(sorted(currencies))}")
        return Valued(None, EarnedValue(mixed, mixed, mixed, mixed, mixed))
    budgeted = [each for each in measures if each.budget is not None]
    ac = _spent(measures)
    if not budgeted:
        nothing = Undefined(_why_no_budget(measures))
        return Valued(
            next(iter(currencies), None), EarnedValue(nothing, nothing, nothing, ac, nothing)
        )
    return Valued(
        next(iter(currencies), None),
        EarnedValue(
            bac=Fraction(sum(each.budget.minor for each in budgeted if each.budget is not None)),
            pv=planned_by(budgeted, at),
            ev=_earned(budgeted, at),
            ac=ac,
            etc=_to_complete(measures),
        ),
    )


def in_time(
    measures: Sequence[Measure], ev: Value, at: Minute, calendar: WorkingCalendar
) -> InTime | Undefined:
    """Return how far the plan has come by what is earned, in standard working days.

    The plan lasts from the first start to the last finish of a budgeted phase; its periods are
    working days of the project's calendar.
    """
    spreads = [each.spread for each in measures if each.spread is not None]
    if not spreads:
        return Undefined(NO_BUDGET)
    axis, day_min = calendar.axis, standard_day_min(calendar)
    start = min(spread.start for spread in spreads)
    finish = max(spread.finish for spread in spreads)
    length = axis.between(start, finish)
    if length <= 0:
        return Undefined("the plan takes no working time")
    duration = Fraction(length, day_min)
    times = [Fraction(day) for day in range(ceil(duration))] + [duration]
    budgeted = [each for each in measures if each.budget is not None]

    def planned(period: int) -> Value:
        end = finish if times[period] == duration else axis.add(start, period * day_min)
        return planned_by(budgeted, end if period else start)

    found = EarnedSchedule(
        planned_duration=duration,
        actual_time=Fraction(max(0, axis.between(start, at)), day_min),
        earned=earned_schedule(ev, times, planned),
    )
    return InTime(found, _finish(found.ieac_t, lambda minutes: axis.add(start, minutes), day_min))


def planned_by(budgeted: Iterable[Measure], at: Minute) -> Value:
    """Return what was to be done by a moment, in minor units."""
    parts = []
    for each in budgeted:
        if each.spread is None:
            return Undefined(each.no_spread or NO_BUDGET)
        parts.append(each.spread.by(at))
    return _sum(parts)


def _earned(budgeted: Iterable[Measure], at: Minute) -> Value:
    parts = []
    for each in budgeted:
        if each.earned_bp is not None:
            minor = 0 if each.budget is None else each.budget.minor
            parts.append(Part(minor * each.earned_bp, WHOLE_BP))
        elif each.spread is None:
            return Undefined(each.no_spread or NO_BUDGET)
        else:
            parts.append(each.spread.by(at))
    return _sum(parts)


def _spent(measures: Iterable[Measure]) -> Value:
    total = Fraction(0)
    for each in measures:
        if each.no_spent is not None:
            return Undefined(each.no_spent)
        total += sum(each.spent.values(), Fraction(0))
    return total


def _to_complete(measures: Iterable[Measure]) -> Value:
    total = 0
    for each in measures:
        if each.ended:
            continue
        if each.to_complete is not None:
            total += each.to_complete.minor
        elif each.budget is not None:
            return Undefined(f"nobody has said what the rest of phase {each.phase_id} will cost")
    return Fraction(total)


def _why_no_budget(measures: Sequence[Measure]) -> str:
    """Return why there is no budget: of one phase its own reason, of several that there is none."""
    if len(measures) == 1 and measures[0].no_budget is not None:
        return measures[0].no_budget
    return NO_BUDGET


def _sum(parts: Iterable[Part]) -> Fraction:
    by_denominator: Counter[int] = Counter()
    for numerator, denominator in (NO_PART, *parts):
        by_denominator[denominator] += numerator
    return sum(
        (Fraction(numerator, denominator) for denominator, numerator in by_denominator.items()),
        Fraction(0),
    )


LENGTH_MIN_MAX: Final = 100 * 366 * 1440
"""A forecast further off than a century has no date."""


def _finish(duration: Value, after: Callable[[int], Minute], day_min: int) -> datetime | Undefined:
    if isinstance(duration, Undefined):
        return duration
    minutes = ceil(duration * day_min)
    if minutes > LENGTH_MIN_MAX:
        return Undefined("at this pace it is not done in a century")
    return instant_of(after(minutes))
