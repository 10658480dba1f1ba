"""Write instants for readers: RFC 3339 with the offset of the project's zone."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from domain.kernel.calendar import Minute, instant_of

KEPT_MAX: Final = 1 << 15


class Moments:
    """Write instants in one zone, each of them once."""

    __slots__ = ("_texts", "zone")

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._texts: dict[Minute, str] = {}

    def at(self, minute: Minute) -> str:
        """Return RFC 3339 with the zone's offset at that minute."""
        text = self._texts.get(minute)
        if text is None:
            if len(self._texts) >= KEPT_MAX:
                self._texts.clear()
            text = self._texts[minute] = self.of(instant_of(minute))
        return text

    def of(self, moment: datetime) -> str:
        """Return RFC 3339 with the zone's offset at that moment."""
        return moment.astimezone(self.zone).isoformat()

    def of_optional(self, moment: datetime | None) -> str | None:
        """Return the text of a moment where there is one."""
        return None if moment is None else self.of(moment)
