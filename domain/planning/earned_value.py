"""Compute the figures of earned value management: indices, forecasts of cost, earned schedule.

Words and formulas of ANSI/EIA-748 as DOMAIN 3.15 gives them; earned schedule after W. Lipke (2003).
Exact: money is in minor units, whole or a fraction of them, and nothing is rounded here. A ratio
whose denominator says nothing is `Undefined`, with the reason, and never 0 or 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class Undefined:
    """A figure that has no value, and why."""

    reason: str


Value: TypeAlias = Fraction | Undefined
"""An exact figure, or why there is none."""

NOTHING: Final = Fraction(0)
NOT_GIVEN: Final = Undefined("nobody has said what the rest will cost")


def ratio(numerator: Value, denominator: Value, reason: str) -> Value:
    """Return a quotient; undefined for the reason given where the denominator is 0."""
    if isinstance(numerator, Undefined):
        return numerator
    if isinstance(denominator, Undefined):
        return denominator
    return Undefined(reason) if denominator == 0 else numerator / denominator


def added(one: Value, other: Value) -> Value:
    """Return a sum; undefined where either is."""
    if isinstance(one, Undefined):
        return one
    return other if isinstance(other, Undefined) else one + other


def less(one: Value, other: Value) -> Value:
    """Return a difference; undefined where either is."""
    return added(one, other if isinstance(other, Undefined) else -other)


@dataclass(frozen=True, slots=True)
class EarnedValue:
    """The four measured figures as of one moment, and what follows from them.

    `bac` is the budget at completion, `pv` what of it was scheduled to be done, `ev` what of it is
    done, `ac` what was spent, `etc` what somebody says is still to be spent.
    """

    bac: Value
    pv: Value
    ev: Value
    ac: Value
    etc: Value = NOT_GIVEN

    @property
    def cv(self) -> Value:
        """Cost variance: EV - AC; negative: more was spent than earned."""
        return less(self.ev, self.ac)

    @property
    def sv(self) -> Value:
        """Schedule variance: EV - PV, in money; negative: less is done than was scheduled."""
        return less(self.ev, self.pv)

    @property
    def cpi(self) -> Value:
        """Cost performance index: EV / AC."""
        return ratio(self.ev, self.ac, "nothing was spent")

    @property
    def spi(self) -> Value:
        """Schedule performance index: EV / PV; it returns to 1 at completion, however late."""
        return ratio(self.ev, self.pv, "nothing was to be done yet")

    @property
    def work_remaining(self) -> Value:
        """What of the budget is not earned: BAC - EV."""
        return less(self.bac, self.ev)

    @property
    def eac_at_budget(self) -> Value:
        """Estimate at completion if the rest costs what was budgeted: AC + (BAC - EV)."""
        return added(self.ac, self.work_remaining)

    @property
    def eac_at_cpi(self) -> Value:
        """Estimate at completion if the rest goes as it went: BAC / CPI."""
        return ratio(self.bac, self.cpi, "nothing is earned")

    @property
    def eac_at_cpi_and_spi(self) -> Value:
        """Estimate at completion if the delay costs too: AC + (BAC - EV) / (CPI · SPI)."""
        if isinstance(self.cpi, Undefined) or isinstance(self.spi, Undefined):
            return self.cpi if isinstance(self.cpi, Undefined) else self.spi
        rest = ratio(self.work_remaining, self.cpi * self.spi, "nothing is earned")
        return added(self.ac, rest)

    @property
    def eac_bottom_up(self) -> Value:
        """Estimate at completion by those who do the work: AC + ETC."""
        return added(self.ac, self.etc)

    def vac(self, eac: Value) -> Value:
        """Variance at completion of one of the estimates: BAC - EAC."""
        return less(self.bac, eac)

    @property
    def tcpi(self) -> Value:
        """To-complete index: (BAC - EV) / (BAC - AC), what the rest must reach to keep the budget.

        Undefined once the budget is spent: no index keeps it then.
        """
        left = less(self.bac, self.ac)
        if isinstance(left, Fraction) and left <= 0:
            return Undefined("the budget is spent")
        return ratio(self.work_remaining, left, "the budget is spent")


@dataclass(frozen=True, slots=True)
class EarnedSchedule:
    """How far the plan has come by what is earned; times in periods of the plan from its start.

    `planned_duration` is that of the baseline, `actual_time` how long it has been going on,
    `earned` the time by which as much as is earned now was to be done.
    """

    planned_duration: Fraction
    actual_time: Fraction
    earned: Value

    @property
    def sv_t(self) -> Value:
        """Schedule variance in time: ES - AT; negative: behind."""
        return less(self.earned, self.actual_time)

    @property
    def spi_t(self) -> Value:
        """Time-based index: ES / AT; unlike SPI it stays below 1 for what ends late."""
        return ratio(self.earned, self.actual_time, "the plan has not begun")

    @property
    def ieac_t(self) -> Value:
        """Estimate of the duration at completion: PD / SPI(t)."""
        return ratio(self.planned_duration, self.spi_t, "nothing is earned")


def earned_schedule(ev: Value, times: Sequence[Fraction], planned: Callable[[int], Value]) -> Value:
    """Return ES = C + (EV - PV_C) / (PV_{C+1} - PV_C), C the last period with PV_C ≤ EV.

    `times` are the ends of periods from 0 on, rising; `planned(k)` is the value planned by the
    k-th of them, never falling, and is asked for as few of them as may be. What is earned beyond
    the plan earns no more time than the plan has.
    """
    if isinstance(ev, Undefined):
        return ev
    low, high = 0, len(times) - 1
    first, last = planned(low), planned(high)
    if isinstance(first, Undefined) or isinstance(last, Undefined):
        return first if isinstance(first, Undefined) else last
    if last == 0:
        return Undefined("nothing is budgeted")
    if ev >= last:
        return times[-1]
    if ev < first:
        return times[0]
    below, above = first, last
    while high - low > 1:
        middle = (low + high) // 2
        value = planned(middle)
        if isinstance(value, Undefined):
            return value
        if value <= ev:
            low, below = middle, value
        else:
            high, above = middle, value
    return times[low] + (ev - below) / (above - below) * (times[high] - times[low])
