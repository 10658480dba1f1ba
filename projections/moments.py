"""Write instants for readers: RFC 3339 with the offset of the project's zone."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from domain.kernel.minutes import DAY_MIN, Minute, instant_of

KEPT_MAX: Final = 1 << 15
ZONES_MAX: Final = 16
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_MINUTE: Final = timedelta(minutes=1)
_CLOCK: Final = tuple(f"T{minute // 60:02}:{minute % 60:02}:00" for minute in range(DAY_MIN))


class _Texts(dict[Minute, str]):
    """What was written in a zone; once there is too much it is forgotten and written again."""

    __slots__ = ("_zone",)

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self._zone = zone

    def __missing__(self, minute: Minute) -> str:
        if len(self) >= KEPT_MAX:
            self.clear()
        text = self[minute] = _written(minute, self._zone)
        return text


class Moments:
    """Write instants in one zone, each minute once for all who write in it."""

    __slots__ = ("zone",)

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone

    @property
    def texts(self) -> Mapping[Minute, str]:
        """What `at` returns, by minute: for whoever writes many."""
        return _texts_in(self.zone)

    def at(self, minute: Minute) -> str:
        """Return RFC 3339 with the zone's offset at that minute."""
        return _texts_in(self.zone)[minute]

    def of(self, moment: datetime) -> str:
        """Return RFC 3339 with the zone's offset at that moment."""
        return moment.astimezone(self.zone).isoformat()

    def of_optional(self, moment: datetime | None) -> str | None:
        """Return the text of a moment where there is one."""
        return None if moment is None else self.of(moment)


@lru_cache(maxsize=ZONES_MAX)
def _texts_in(zone: ZoneInfo) -> _Texts:
    return _Texts(zone)


def _written(minute: Minute, zone: ZoneInfo) -> str:
    offset = _offset_on(zone, minute // DAY_MIN)
    if offset is None:
        return instant_of(minute).astimezone(zone).isoformat()
    day, clock = divmod(minute + offset[0], DAY_MIN)
    return _date_of(day) + _CLOCK[clock] + offset[1]


@lru_cache(maxsize=1 << 14)
def _offset_on(zone: ZoneInfo, utc_day: int) -> tuple[int, str] | None:
    """Return a zone's offset on a UTC day, as minutes and as written; None where it has several.

    None also where it is no whole minutes: then the moment is asked.
    """
    begin, end = (
        instant_of(minute).astimezone(zone)
        for minute in (utc_day * DAY_MIN, (utc_day + 1) * DAY_MIN)
    )
    offset = begin.utcoffset() or timedelta()
    if offset != end.utcoffset() or offset % _MINUTE:
        return None
    return offset // _MINUTE, begin.isoformat()[len("2026-03-02T08:00:00") :]


@lru_cache(maxsize=1 << 14)
def _date_of(day: int) -> str:
    return date.fromordinal(day + _EPOCH_ORDINAL).isoformat()
