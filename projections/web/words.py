"""Say dates, durations and shares as a coordinator reads them."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from zoneinfo import ZoneInfo

NOTHING: Final = "\N{EN DASH}"
"""Stands where there is no value to show."""
DAY_MIN: Final = 480
"""Working minutes of a standard day, where a float or a slip is told in days."""
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_TENTH: Final = Decimal("0.1")
_MINUTE_S: Final = 60
_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400


def day(when: date | None) -> str:
    """Return e.g. `9 Mar 2026`; a dash where there is no date."""
    return NOTHING if when is None else f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def short_day(when: date) -> str:
    """Return e.g. `9 Mar`."""
    return f"{when.day} {_MONTHS[when.month - 1]}"


def weekday_of(when: date) -> str:
    """Return e.g. `Mon`."""
    return _DAYS[when.weekday()]


def month(when: date) -> str:
    """Return e.g. `Mar 2026`."""
    return f"{_MONTHS[when.month - 1]} {when.year}"


def moment(when: datetime | None, zone: ZoneInfo) -> str:
    """Return e.g. `Mon 9 Mar 2026, 14:05`, in the zone."""
    if when is None:
        return NOTHING
    local = when.astimezone(zone)
    return f"{weekday_of(local)} {day(local)}, {local:%H:%M}"


def clock_time(when: datetime | None, zone: ZoneInfo) -> str:
    """Return e.g. `9 Mar 2026, 14:05`, in the zone."""
    if when is None:
        return NOTHING
    local = when.astimezone(zone)
    return f"{day(local)}, {local:%H:%M}"


def finish_day(when: datetime, zone: ZoneInfo) -> date:
    """Return the day on which something ends: midnight still belongs to the day before it."""
    return (when.astimezone(zone) - timedelta(microseconds=1)).date()


def days(minutes: int) -> str:
    """Return working minutes as standard days, e.g. `2.5 d`, `-1 d`, `0 d`."""
    return f"{number(Decimal(minutes) / DAY_MIN)} d"


def number(value: Decimal) -> str:
    """Return a decimal with at most one place, without zeros that say nothing."""
    rounded = value.quantize(_TENTH, ROUND_HALF_UP)
    text = f"{rounded:f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text.replace("-", "\N{MINUS SIGN}")


def signed(value: Decimal) -> str:
    """Return a number of days with its sign, e.g. `+2.5`; `0` has none."""
    text = number(value)
    return f"+{text}" if value > 0 and text != "0" else text


def share(basis_points: int) -> str:
    """Return e.g. `40 %`; only what is whole is 100 %."""
    return f"{basis_points // 100} %"


def age(since: datetime, now: datetime) -> str:
    """Return how long ago something was, in its largest unit."""
    seconds = max(0, int((now - since).total_seconds()))
    if seconds < _MINUTE_S:
        return f"{seconds} s"
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S} min"
    if seconds < _DAY_S:
        return f"{seconds // _HOUR_S} h"
    return f"{seconds // _DAY_S} d"


def count_text(count: int) -> str:
    """Return e.g. `once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def hours(minutes: int) -> str:
    """Return minutes as hours, e.g. `1.5 h`."""
    return f"{number(Decimal(minutes) / 60)} h"


def written_day(text: str | None) -> str:
    """Return the day of a date or moment in RFC 3339, where it was written; a dash for none."""
    return NOTHING if text is None else day(datetime.fromisoformat(text).date())


def written_moment(text: str | None) -> str:
    """Return e.g. `9 Mar 2026, 14:05` of a moment in RFC 3339, where it was written."""
    if text is None:
        return NOTHING
    when = datetime.fromisoformat(text)
    return f"{day(when)}, {when:%H:%M}"


def elapsed(minutes: int) -> str:
    """Return how long something took or is old, in its largest unit, e.g. `3 h`."""
    if minutes * 60 < _HOUR_S:
        return f"{minutes} min"
    if minutes * 60 < _DAY_S:
        return f"{minutes * 60 // _HOUR_S} h"
    return f"{minutes * 60 // _DAY_S} d"


def signed_days(count: int) -> str:
    """Return whole days with their sign, e.g. `+3 d`."""
    return f"{signed(Decimal(count))} d"
