"""Read a clause as an obligation: by which day, in what rhythm, for how much money a day."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from domain.contracts.events import ClauseRecorded

DATE_UNIT: Final = "date"
_NUMBER: Final = re.compile(r"[1-9]\d{0,14}", re.ASCII)
_RATE_UNIT: Final = re.compile(r"([A-Z]{3})/(day|week)", re.ASCII)
_DAYS_IN: Final = {"days": 1, "weeks": 7}
_PERIODS: Final = {
    "payment": frozenset({"days", "weeks", "months"}),
    "reporting": frozenset({"days", "weeks", "months"}),
    "notice_period": frozenset({"days", "weeks", "working_days"}),
}
_PERIODS_MAX: Final = 10_000
"""So many reports, and so many days, months or weeks, no contract asks for."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Liquidated damages: minor units of a currency for each day or week begun, perhaps capped."""

    minor: int
    currency: str
    per_days: int
    cap_minor: int | None = None

    def exposure_minor(self, days_late: int) -> int:
        """Return what so many days of delay cost, in minor units."""
        begun = -(-max(days_late, 0) // self.per_days)
        owed = begun * self.minor
        return owed if self.cap_minor is None else min(owed, self.cap_minor)


def problem_of(kind: str, value: str, unit: str | None, cap_minor: int | None) -> str | None:
    """Return in one sentence why nobody could compute with a clause; None where one can.

    A date is ISO 8601; a rhythm or a period is a whole number of days, weeks or months; damages are
    minor units with the unit `<ISO 4217>/day` or `/week`. What is only read may say anything.
    """
    if cap_minor is not None and kind != "liquidated_damages":
        return "only liquidated damages have a cap"
    if kind == "delivery_date" or unit == DATE_UNIT:
        is_date = unit in {None, DATE_UNIT} and _date(value) is not None
        return None if is_date else "write the date as YYYY-MM-DD, with the unit date or none"
    if kind == "liquidated_damages":
        is_rate = _NUMBER.fullmatch(value) and _RATE_UNIT.fullmatch(unit or "")
        return None if is_rate else "write minor units, and as unit e.g. EUR/day or EUR/week"
    if kind in _PERIODS:
        units = _PERIODS[kind]
        is_period = _period(value) is not None and unit in units
        return None if is_period else f"write a whole number of {', '.join(sorted(units))}"
    return None


def due_of(clause: ClauseRecorded, signed_on: date | None, last_met: date | None) -> date | None:
    """Return the day by whose end a clause wants something next; None where no day follows from it.

    A rhythm counts from the signature: the first day of it after the last time it was met.
    Periods that begin with something else, as a payment or a notice does, have no day of their own.
    """
    if clause.kind == "delivery_date" or clause.unit == DATE_UNIT:
        return _date(clause.value)
    if clause.kind != "reporting" or signed_on is None:
        return None
    every = _period(clause.value)
    if every is None:
        return None
    after = signed_on if last_met is None else max(last_met, signed_on)
    for count in range(1, _PERIODS_MAX + 1):
        due = _later(signed_on, count * every, clause.unit)
        if due is None or due > after:
            return due
    return None


def rate_of(clause: ClauseRecorded) -> Rate | None:
    """Return the damages that a clause agrees; None where it agrees none that can be computed."""
    unit = _RATE_UNIT.fullmatch(clause.unit or "")
    if clause.kind != "liquidated_damages" or unit is None or not _NUMBER.fullmatch(clause.value):
        return None
    per_days = 1 if unit[2] == "day" else 7
    return Rate(int(clause.value), unit[1], per_days, clause.cap_minor)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _period(text: str) -> int | None:
    number = int(text) if _NUMBER.fullmatch(text) else _PERIODS_MAX + 1
    return number if number <= _PERIODS_MAX else None


def _later(day: date, count: int, unit: str | None) -> date | None:
    """Return the day so many units later, the last of its month where that is shorter."""
    try:
        if unit != "months":
            return day + timedelta(days=count * _DAYS_IN[unit or ""])
        year, month = divmod(day.month - 1 + count, 12)
        month += 1
        last = monthrange(day.year + year, month)[1]
        return day.replace(year=day.year + year, month=month, day=min(day.day, last))
    except (KeyError, ValueError, OverflowError):
        return None
