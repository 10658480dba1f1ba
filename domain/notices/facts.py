"""Add up what is known of one notice: whether it went out, came back, arrived and was read.

What became of it on its way is a set of facts by (effective time, version), none of them raises;
steps of our own count in the order of the stream. Source of the rules: DOMAIN 3.16.
"""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final, TypeAlias

from domain.kernel.messages import Recorded
from domain.notices.events import (
    MessageLinked,
    NoticeAcknowledged,
    NoticeBounced,
    NoticeDelivered,
    NoticePrepared,
    NoticeSent,
)

Facts: TypeAlias = tuple[Recorded[Any], ...]
"""Facts of one notice by (effective time, version)."""

FACTS: Final = (NoticeSent, NoticeDelivered, NoticeBounced, NoticeAcknowledged)


class Stage(Enum):
    """How far a notice is."""

    UNKNOWN = "unknown"
    PREPARED = "prepared"
    SENT = "sent"
    BOUNCED = "bounced"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Dossier:
    """What is recorded of one notice."""

    facts: Facts = ()
    prepared: Recorded[NoticePrepared] | None = None
    linked: tuple[MessageLinked, ...] = ()

    def after(self, recorded: Recorded[Any]) -> "Dossier":
        """Return the dossier with one more event; never raises, in whatever order facts come."""
        match recorded.event:
            case NoticePrepared():
                return replace(self, prepared=recorded)
            case MessageLinked() as linked:
                return replace(self, linked=(*self.linked, linked))
            case _:
                placed = list(self.facts)
                insort(placed, recorded, key=_place)
                return replace(self, facts=tuple(placed))

    @property
    def stage(self) -> Stage:
        """The furthest it came: once read it was read, however often it came back."""
        if self.prepared is None:
            return Stage.UNKNOWN
        if self.acknowledged is not None:
            return Stage.ACKNOWLEDGED
        now = Stage.PREPARED
        for known in self.facts:
            match known.event:
                case NoticeSent():
                    now = Stage.SENT
                case NoticeDelivered():
                    now = Stage.DELIVERED
                case NoticeBounced():
                    now = Stage.BOUNCED
                case _:
                    pass
        return now

    @property
    def sent(self) -> Recorded[NoticeSent] | None:
        """That it went out, as it did first."""
        return next((each for each in self.facts if isinstance(each.event, NoticeSent)), None)

    @property
    def acknowledged(self) -> Recorded[NoticeAcknowledged] | None:
        """That somebody read it, the first who did."""
        read = (each for each in self.facts if isinstance(each.event, NoticeAcknowledged))
        return next(read, None)


def dossier_of(history: Iterable[Recorded[Any]]) -> Dossier:
    """Return what is recorded of a notice by its history."""
    dossier = Dossier()
    for recorded in history:
        dossier = dossier.after(recorded)
    return dossier


def _place(known: Recorded[Any]) -> tuple[datetime, int]:
    return known.effective_at, known.version
