"""Say for which periods reports are due, and when: a recurrence rule in a zone of the world.

Rules are those of RFC 5545 as far as reports need them: FREQ=DAILY (BYDAY: on these weekdays),
FREQ=WEEKLY with the one weekday BYDAY, FREQ=MONTHLY with BYMONTHDAY (1 to 28, or -1: the last day)
or with the n-th weekday BYDAY (1MO, -1FR), each perhaps with UNTIL. What else the standard has is
refused with a sentence. A period is the day, the ISO week or the month of an occurrence; its name
is `2026-11-20`, `2026-W47` or `2026-11`.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, StringConstraints

Frequency: TypeAlias = Literal["DAILY", "WEEKLY", "MONTHLY"]

PeriodId: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-(W[0-9]{2}|[0-9]{2}|[0-9]{2}-[0-9]{2})$")
]
"""The name of a period: a day, an ISO week or a month."""

WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MONTH_DAY_MAX: Final = 28
"""Every month has this day; the standard leaves out months that lack the day of a rule."""

ORDINAL_MAX: Final = 4
DECEMBER: Final = 12
_DAY: Final = timedelta(days=1)
_FREQUENCIES: Final[Mapping[str, Frequency]] = {
    "DAILY": "DAILY", "WEEKLY": "WEEKLY", "MONTHLY": "MONTHLY",
}  # fmt: skip
_UNTIL: Final = re.compile(r"\d{8}", re.ASCII)
_ORDINAL_DAY: Final = re.compile(r"(?P<ordinal>[+-]?\d)(?P<day>[A-Z]{2})", re.ASCII)
_ISO_WEEK: Final = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_MONTH: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule that was read; weekdays are counted from Monday, 0."""

    frequency: Frequency
    weekdays: tuple[int, ...] = ()
    ordinal: int | None = None
    month_day: int | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """One period that a report is due for; its days in the zone of the schedule."""

    id: str
    first: date
    last: date
    due_day: date
    """The day of the occurrence; the report is due so many minutes after it begins."""


def recurrence_of(text: str) -> Recurrence:
    """Return the rule that a text such as `FREQ=WEEKLY;BYDAY=FR` says.

    Raises ValueError with what to write instead.
    """
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if not equals or name in parts:
            msg = f"{part!r}: write the rule as NAME=value, each once, e.g. FREQ=WEEKLY;BYDAY=FR"
            raise ValueError(msg)
        parts[name] = value
    frequency = _FREQUENCIES.get(parts.pop("FREQ", ""))
    if frequency is None:
        msg = "reports recur DAILY, WEEKLY or MONTHLY: say which as FREQ"
        raise ValueError(msg)
    until = _until(parts.pop("UNTIL", None))
    read = {"DAILY": _daily, "WEEKLY": _weekly, "MONTHLY": _monthly}[frequency](parts, until)
    if parts:
        msg = (
            f"{', '.join(sorted(parts))}: reports recur by FREQ, BYDAY, BYMONTHDAY and UNTIL; "
            f"with FREQ={frequency} that cannot be said"
        )
        raise ValueError(msg)
    return read


def _until(text: str | None) -> date | None:
    if text is None:
        return None
    if _UNTIL.fullmatch(text) is None:
        msg = "write UNTIL as a day, YYYYMMDD"
        raise ValueError(msg)
    return date.fromisoformat(text)


def _daily(parts: dict[str, str], until: date | None) -> Recurrence:
    text = parts.pop("BYDAY", None)
    days = range(len(WEEKDAYS)) if text is None else sorted({_weekday(d) for d in text.split(",")})
    return Recurrence("DAILY", weekdays=tuple(days), until=until)


def _weekly(parts: dict[str, str], until: date | None) -> Recurrence:
    text = parts.pop("BYDAY", "")
    if "," in text or not text:
        msg = "a weekly report has one day: write BYDAY with one of " + ", ".join(WEEKDAYS)
        raise ValueError(msg)
    return Recurrence("WEEKLY", weekdays=(_weekday(text),), until=until)


def _monthly(parts: dict[str, str], until: date | None) -> Recurrence:
    if ("BYDAY" in parts) == ("BYMONTHDAY" in parts):
        msg = "a monthly report has one day: write BYMONTHDAY=-1, or BYDAY=-1FR, not both"
        raise ValueError(msg)
    if "BYMONTHDAY" in parts:
        text = parts.pop("BYMONTHDAY")
        day = int(text) if re.fullmatch(r"-?\d{1,2}", text, re.ASCII) else 0
        if day != -1 and not 1 <= day <= MONTH_DAY_MAX:
            msg = (
                f"write BYMONTHDAY as 1 to {MONTH_DAY_MAX}, a day every month has, or -1: the last"
            )
            raise ValueError(msg)
        return Recurrence("MONTHLY", month_day=day, until=until)
    found = _ORDINAL_DAY.fullmatch(parts.pop("BYDAY"))
    ordinal = 0 if found is None else int(found["ordinal"])
    if found is None or (ordinal != -1 and not 1 <= ordinal <= ORDINAL_MAX):
        msg = "write the BYDAY of a monthly report as 1MO to 4SU, or -1FR: the last Friday"
        raise ValueError(msg)
    return Recurrence("MONTHLY", weekdays=(_weekday(found["day"]),), ordinal=ordinal, until=until)


def _weekday(text: str) -> int:
    if text not in WEEKDAYS:
        msg = f"{text!r} is no weekday: write one of " + ", ".join(WEEKDAYS)
        raise ValueError(msg)
    return WEEKDAYS.index(text)


def _readable(text: str) -> str:
    recurrence_of(text)
    return text


RecurrenceRule: TypeAlias = Annotated[str, AfterValidator(_readable)]
"""A rule by which reports recur, e.g. `FREQ=WEEKLY;BYDAY=FR`."""


def period_named(rule: Recurrence, name: str) -> Period | None:
    """Return the rule's period of that name; None where the rule has none."""
    try:
        period = _NAMED[rule.frequency](rule, name)
    except ValueError:  # No such day, week or month.
        return None
    if period is None or (rule.until is not None and period.due_day > rule.until):
        return None
    return period


def periods_between(rule: Recurrence, first: date, last: date) -> Iterator[Period]:
    """Yield the periods whose day of occurrence lies in first to last, in order."""
    day = first
    while day <= last:
        period = period_named(rule, _name_of(rule, day))
        if period is not None and first <= period.due_day <= last:
            yield period
        day = _next_begin(rule, day)


def local_instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which a clock on the wall shows so many minutes after 0:00.

    A time that is skipped in spring is read with the offset before the skip, one that comes twice
    in autumn is the first: RFC 5545, 3.3.5.
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _name_of(rule: Recurrence, day: date) -> str:
    if rule.frequency == "DAILY":
        return day.isoformat()
    if rule.frequency == "WEEKLY":
        year, week, _ = day.isocalendar()
        return f"{year:04d}-W{week:02d}"
    return f"{day.year:04d}-{day.month:02d}"


def _next_begin(rule: Recurrence, day: date) -> date:
    if rule.frequency == "DAILY":
        return day + _DAY
    if rule.frequency == "WEEKLY":
        return day + (7 - day.weekday()) * _DAY
    return _month_after(day)


def _month_after(day: date) -> date:
    return date(day.year + 1, 1, 1) if day.month == DECEMBER else date(day.year, day.month + 1, 1)


def _day_named(rule: Recurrence, name: str) -> Period | None:
    if _DATE.fullmatch(name) is None:
        return None
    day = date.fromisoformat(name)
    return Period(name, day, day, day) if day.weekday() in rule.weekdays else None


def _week_named(rule: Recurrence, name: str) -> Period | None:
    found = _ISO_WEEK.fullmatch(name)
    if found is None:
        return None
    monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
    return Period(name, monday, monday + 6 * _DAY, monday + rule.weekdays[0] * _DAY)


def _month_named(rule: Recurrence, name: str) -> Period | None:
    found = _MONTH.fullmatch(name)
    if found is None:
        return None
    first = date(int(found[1]), int(found[2]), 1)
    length = monthrange(first.year, first.month)[1]
    last = first.replace(day=length)
    if rule.month_day is not None:
        return Period(
            name, first, last, last if rule.month_day == -1 else first.replace(day=rule.month_day)
        )
    weekday, ordinal = rule.weekdays[0], rule.ordinal or 1
    if ordinal == -1:
        due = last - ((last.weekday() - weekday) % 7) * _DAY
    else:
        due = first + ((weekday - first.weekday()) % 7 + 7 * (ordinal - 1)) * _DAY
    return Period(name, first, last, due)


_NAMED: Final = {"DAILY": _day_named, "WEEKLY": _week_named, "MONTHLY": _month_named}
