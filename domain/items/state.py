"""Know of an item what its decisions need: that it is known, and what its stock adds up to."""

from dataclasses import dataclass
from typing import Any, Final

from domain.items.events import EVENTS
from domain.items.facts import Standing, Timeline
from domain.kernel.messages import Recorded

NOTHING_RECORDED: Final = Timeline()


@dataclass(frozen=True, slots=True)
class Item:
    """One item as far as decisions care."""

    timeline: Timeline = NOTHING_RECORDED

    @property
    def exists(self) -> bool:
        return bool(self.timeline.entries)

    @property
    def standing(self) -> Standing:
        """What it adds up to; counted anew each time it is asked for."""
        return self.timeline.standing()


def evolve(item: Item, recorded: Recorded[Any]) -> Item:
    """Return the item after an event; no fact raises, a foreign event does.

    That no more is reserved than lies there is not looked at again: a count that arrives late, or
    is corrected, may say that less lay there when it was reserved.
    """
    if not isinstance(recorded.event, EVENTS):
        msg = f"{type(recorded.event).__name__} cannot follow {item}"
        raise AssertionError(msg)  # noqa: TRY004  A log that contains it is corrupt.
    return Item(item.timeline.after(recorded))
