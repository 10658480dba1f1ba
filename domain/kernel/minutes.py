"""Count time in whole minutes since 1970-01-01T00:00Z: what calendars and plans calculate with."""

from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

Minute: TypeAlias = int
"""A whole minute; a fraction of one is dropped."""

DAY_MIN: Final = 1440

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE: Final = timedelta(minutes=1)


def minute_of(at: datetime) -> Minute:
    """Return the whole UTC minute of an aware instant; a fraction of a minute is dropped."""
    return (at - _EPOCH) // _MINUTE


def instant_of(minute: Minute) -> datetime:
    """Return the UTC instant at which ``minute`` begins."""
    return _EPOCH + timedelta(minutes=minute)
