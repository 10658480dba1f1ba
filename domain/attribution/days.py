"""Round minutes to tenths of a day in such a way that what is shown still adds up."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

DAY_MIN: Final = 1_440
"""A day of the clock."""
TENTHS: Final = 10


def in_days(minutes: Fraction | int) -> Decimal:
    """Return minutes of the clock in days with one place, halves away from zero."""
    return _decimal(_nearest(Fraction(minutes) * TENTHS / DAY_MIN))


def adding_up(parts: Sequence[Fraction | int]) -> Sequence[Decimal]:
    """Return parts in days with one place that add up to `in_days` of their sum.

    The largest remainders are rounded up first (the method of T. Hare); equal ones by place.
    """
    exact = [Fraction(part) * TENTHS / DAY_MIN for part in parts]
    floors = [part.numerator // part.denominator for part in exact]
    missing = _nearest(sum(exact, Fraction())) - sum(floors)
    by_remainder = sorted(range(len(parts)), key=lambda place: floors[place] - exact[place])
    for place in by_remainder[:missing]:
        floors[place] += 1
    return [_decimal(tenths) for tenths in floors]


def _nearest(value: Fraction) -> int:
    whole = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return whole if value >= 0 else -whole


def _decimal(tenths: int) -> Decimal:
    return Decimal(tenths) / TENTHS
