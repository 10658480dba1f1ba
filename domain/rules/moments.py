"""Remember when each of many subjects is to be looked at again, though nothing happens to it."""

from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Final

HOUR: Final = timedelta(hours=1)
JUST_AFTER: Final = timedelta(microseconds=1)
"""What must not last longer than to a moment is over a moment later."""


class Moments:
    """One moment a subject; the next one costs no look at the others."""

    __slots__ = ("_at", "_waiting")

    def __init__(self) -> None:
        self._at: dict[str, datetime] = {}
        self._waiting: list[tuple[datetime, str]] = []

    def wait(self, subject: str, moment: datetime | None) -> None:
        """Look at a subject again at a moment, instead of any set before; None: at none."""
        if moment is None:
            self._at.pop(subject, None)
        elif self._at.get(subject) != moment:
            self._at[subject] = moment
            heappush(self._waiting, (moment, subject))

    def come(self, now: datetime | None) -> list[str]:
        """Return the subjects whose moment has come, the earliest first, and wait no longer."""
        come: list[str] = []
        while now is not None and (due := self.next()) is not None and due <= now:
            subject = heappop(self._waiting)[1]
            del self._at[subject]
            come.append(subject)
        return come

    def next(self) -> datetime | None:
        """Return the earliest moment; None: nothing is waited for."""
        while self._waiting:
            moment, subject = self._waiting[0]
            if self._at.get(subject) == moment:
                return moment
            heappop(self._waiting)  # It was told to wait for another moment since.
        return None
