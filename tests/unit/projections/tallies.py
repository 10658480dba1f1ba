"""A projection and events of its own, small enough to see through, to test the engine with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from domain.kernel.clock import ClockAdvanced
from domain.kernel.messages import DomainEvent, MessageClass, Recorded
from domain.kernel.values import Instant, rfc3339
from projections.contract import NO_PROJECT, Row
from tests.fakes import BEGUN


class Counted(DomainEvent):
    """So many of something were counted; perhaps it is to be counted again by a moment."""

    type_name = "tally.counted.v1"
    message_class: ClassVar[MessageClass] = "progress"

    name: str
    amount: int
    again_by: Instant | None = None


class Struck(DomainEvent):
    """Something is not counted any more."""

    type_name = "tally.struck.v1"
    message_class: ClassVar[MessageClass] = "revision"

    name: str


class Spoilt(DomainEvent):
    """What no fold can take in while it is poison."""

    type_name = "tally.spoilt.v1"
    message_class: ClassVar[MessageClass] = "progress"


class Line:
    """One thing that is counted."""

    __slots__ = ("_noticed", "again_by", "amount", "missed")

    def __init__(self) -> None:
        self.amount = 0
        self.again_by: datetime | None = None
        self.missed: tuple[datetime, ...] = ()
        """When it was noticed that it had not been counted again in time."""
        self._noticed: datetime | None = None

    def look(self, now: datetime | None) -> None:
        """Notice a moment that has passed, once."""
        if now is not None and _is_past(self.again_by, now) and self._noticed != self.again_by:
            self._noticed = self.again_by
            self.missed += (now,)


@dataclass(slots=True)
class Tally:
    """What was counted, and how late it is."""

    lines: dict[str, Line] = field(default_factory=dict)
    now: datetime | None = None
    spoilt: int = 0


class TallyProjection:
    """Sums by name, and whether each is overdue to be counted again."""

    name = "tally"
    version = 1
    keeps_state = True

    def __init__(self) -> None:
        self.is_poison = True
        """Whether `Spoilt` cannot be folded: a defect that a release repairs."""
        self.folded: list[int] = []
        """The positions folded, to see what is replayed."""

    def keys(self, recorded: Recorded[Any]) -> Sequence[str]:
        return (recorded.project_id,) if recorded.project_id else ()

    def initial(self, key: str) -> Tally:
        del key
        return Tally()

    def fold(self, state: Tally, recorded: Recorded[Any]) -> Tally:
        self.folded.append(recorded.position)
        match recorded.event:
            case Counted(name=name, amount=amount, again_by=again_by):
                line = state.lines.setdefault(name, Line())
                line.amount += amount
                line.again_by = again_by
                line.look(state.now)
            case Struck(name=name):
                state.lines.pop(name, None)
            case ClockAdvanced(to=to):
                state.now = to if state.now is None else max(state.now, to)
                for line in state.lines.values():
                    line.look(state.now)
            case Spoilt() if self.is_poison:
                msg = "spoilt"
                raise ValueError(msg)
            case Spoilt():
                state.spoilt += 1
        return state

    def rows(self, state: Tally) -> Mapping[str, Row]:
        return {
            name: {
                "amount": line.amount,
                "overdue": _is_past(line.again_by, state.now),
                # A tuple, which plain JSON has not.
                "missed": tuple(rfc3339(moment) for moment in line.missed),
            }
            for name, line in state.lines.items()
        }

    def due(self, state: Tally) -> datetime | None:
        moments = [line.again_by for line in state.lines.values() if line.again_by is not None]
        return min((at for at in moments if not _is_past(at, state.now)), default=None)


class EachProjection:
    """One row per event: nothing is remembered."""

    name = "each"
    version = 1
    keeps_state = False

    def keys(self, recorded: Recorded[Any]) -> Sequence[str]:
        return (recorded.project_id or NO_PROJECT,)

    def initial(self, key: str) -> dict[str, Row]:
        del key
        return {}

    def fold(self, state: dict[str, Row], recorded: Recorded[Any]) -> dict[str, Row]:
        state[f"{recorded.position:020}"] = {"type": recorded.event.type_name}
        return state

    def rows(self, state: dict[str, Row]) -> Mapping[str, Row]:
        return state

    def due(self, state: dict[str, Row]) -> None:
        del state


def _is_past(at: datetime | None, now: datetime | None) -> bool:
    return at is not None and now is not None and now >= at


def minute(number: int) -> datetime:
    """Return the moment so many minutes after the beginning."""
    return BEGUN + timedelta(minutes=number)


FIRST: Final = "PRJ-1"
SECOND: Final = "PRJ-2"
