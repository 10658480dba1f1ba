"""Keep recorded events beside a checkpoint's columns: compressed, and read when one is asked for.

A fold holds every fact of its key, but looks again only at those of a subject about which one more
comes. Events whose subjects were last heard of at about the same time lie in one block, so a
short replay opens a few blocks of many.
"""

import zlib
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import repeat
from typing import Any, Final

from pydantic_core import from_json

from domain.kernel.messages import DomainEvent, Envelope, Recorded
from domain.log.catalogue import catalogue
from domain.log.stored_form import StoredForm, envelope_of, stored_form

BLOCK_EVENTS: Final = 64
LEVEL: Final = 1

_NAME_ENDS: Final = b"\t"
_EVENT_ENDS: Final = b"\n"
"""Neither occurs in a name, nor unescaped in JSON."""


def events() -> Mapping[str, type[DomainEvent]]:
    """Return every event type by its permanent name."""
    return catalogue().models


@cache
def _form(name: str) -> StoredForm:
    return stored_form(catalogue().models[name])


class FactWriter:
    """Collect the events that a state holds, and write them in blocks."""

    def __init__(self) -> None:
        self._kept: list[Recorded[Any]] = []

    def keep(self, recorded: Recorded[Any]) -> int:
        """Take an event in; return its number."""
        self._kept.append(recorded)
        return len(self._kept) - 1

    def written(self) -> tuple[list[int], list[bytes]]:
        """Return the place of each number over all blocks, and the blocks, the latest first."""
        last: dict[str, int] = {}
        for recorded in self._kept:
            last[recorded.stream] = max(recorded.position, last.get(recorded.stream, 0))
        order = sorted(
            range(len(self._kept)),
            key=lambda number: (-last[self._kept[number].stream], self._kept[number].position),
        )
        places = [0] * len(order)
        for place, number in enumerate(order):
            places[number] = place
        blocks = [
            zlib.compress(
                _EVENT_ENDS.join(
                    _bytes(self._kept[number]) for number in order[at:][:BLOCK_EVENTS]
                ),
                LEVEL,
            )
            for at in range(0, len(order), BLOCK_EVENTS)
        ]
        return places, blocks


class FactReader:
    """The events kept beside one checkpoint; a block is opened when one of its events is."""

    def __init__(self, places: Sequence[int], blocks: Sequence[bytes]) -> None:
        self._places = places
        self._blocks: list[bytes | list[bytes]] = list(blocks)

    def facts(
        self,
        numbers: Sequence[int],
        positions: Sequence[int],
        streams: Sequence[str],
        versions: Sequence[int],
    ) -> list[Recorded[Any]]:
        """Return events whose content is read when first asked for."""
        places = map(self._places.__getitem__, numbers)
        return KeptEvent.several(self, places, streams, versions, positions)

    def read(self, place: int) -> tuple[str, bytes]:
        """Return the name and the stored form of the event at a place."""
        number, index = divmod(place, BLOCK_EVENTS)
        block = self._blocks[number]
        if isinstance(block, bytes):
            block = self._blocks[number] = zlib.decompress(block).split(_EVENT_ENDS)
        name, _, state = block[index].partition(_NAME_ENDS)
        return name.decode(), state


class KeptEvent(Recorded[DomainEvent]):
    """A recorded event of a checkpoint; what it says is read when first asked for."""

    __slots__ = ("_about", "_envelope", "_event", "_place", "_reader")

    _about: Mapping[str, Any] | None
    _envelope: Envelope | None
    _event: DomainEvent | None
    _place: int
    _reader: FactReader

    @classmethod
    def several(
        cls,
        reader: FactReader,
        places: Iterable[int],
        streams: Iterable[str],
        versions: Iterable[int],
        positions: Sequence[int],
    ) -> list[Recorded[Any]]:
        """Return events at these places; a checkpoint holds thousands, few are looked at."""
        made: list[Any] = list(map(object.__new__, repeat(cls, len(positions))))
        columns: dict[str, Iterable[Any]] = {
            "stream": streams,
            "version": versions,
            "position": positions,
            "_place": places,
            "_reader": repeat(reader),
            "_event": repeat(None),
            "_envelope": repeat(None),
            "_about": repeat(None),
        }
        slots = {**vars(Recorded), **vars(KeptEvent)}
        for name, column in columns.items():
            deque(map(slots[name].__set__, made, column), maxlen=0)
        return made

    def stored(self) -> tuple[str, bytes]:
        """Return the event's name and its stored form."""
        return self._reader.read(self._place)

    @property
    def event(self) -> DomainEvent:  # type: ignore[override]  # Read as the attribute it is there.
        event = self._event
        if event is None:
            name, state = self.stored()
            event = self._event = _form(name).decode(state)
        return event

    @property
    def envelope(self) -> Envelope:  # type: ignore[override]
        envelope = self._envelope
        if envelope is None:
            envelope = self._envelope = envelope_of(self.stored()[1])
        return envelope

    @property
    def about(self) -> Mapping[str, Any]:
        about = self._about
        if about is None:
            state = self.stored()[1]
            about = self._about = {
                name: value for name, value in from_json(state).items() if name != "data"
            }
        return about


def _bytes(recorded: Recorded[Any]) -> bytes:
    if isinstance(recorded, KeptEvent):
        name, state = recorded.stored()
    else:
        name = recorded.event.type_name
        state = _form(name).encode(recorded.event, recorded.envelope)
    return name.encode() + _NAME_ENDS + state
