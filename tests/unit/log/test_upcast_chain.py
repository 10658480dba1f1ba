"""A worked example: an event in its third shape, and the bytes of the first two read as today's.

1. `part.painted.v1` had the colour as a word and the thickness in millimetres.
2. v2 named the colour by its RAL number, and said who painted.
3. v3, today's, has the thickness in micrometres, and may say which coats there were.

Each release added one upcast, from its predecessor to itself, and left the older ones alone.
"""

from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Final

import pytest

from domain.kernel.messages import DomainEvent, MessageClass
from domain.kernel.registry import CatalogueGap, Registry, StoredData, Upcast
from domain.kernel.values import Name
from domain.log.mapper import EventMapper
from domain.log.open_log import open_log
from domain.log.port import MessageKey, Proposed, Submission, Unreadable
from tests.simulation.memory_log import MemoryLog, Tables
from tests.unit.log.samples import MES, START, digest, envelope

RAL: Final = {"red": 3020, "blue": 5010}


class PartPainted(DomainEvent):
    """A part was painted."""

    type_name = "part.painted.v3"
    message_class: ClassVar[MessageClass] = "progress"

    ral: int
    by: Name | None = None
    thickness_um: int
    coats: tuple[Name, ...] = ()


def to_v2(stored: StoredData) -> StoredData:
    """Turn the word for the colour into its RAL number."""
    return {"ral": RAL[stored["colour"]], "thickness_mm": stored["thickness_mm"]}


def to_v3(stored: StoredData) -> StoredData:
    """Turn the thickness into a whole number of micrometres."""
    kept = {name: value for name, value in stored.items() if name != "thickness_mm"}
    return {**kept, "thickness_um": int(Decimal(stored["thickness_mm"]) * 1000)}


UPCASTS: Final = {
    "part.painted.v1": Upcast("part.painted.v2", to_v2),
    "part.painted.v2": Upcast("part.painted.v3", to_v3),
}
REGISTRY: Final = Registry([PartPainted], UPCASTS)

ENVELOPE: Final = (
    b'{"recorded_at":"2026-03-02T08:00:00Z","effective_at":"2026-03-02T08:00:00Z",'
    b'"intake":"fact","actor":"press line","role":"plant_system","source":"mes-1",'
    b'"message_id":"m-1","causation_id":"m-1","correlation_id":"m-1","data":'
)
GOLDEN: Final = {
    "part.painted.v1": ENVELOPE + b'{"colour":"red","thickness_mm":"0.120"}}',
    "part.painted.v2": ENVELOPE + b'{"ral":3020,"by":"anna","thickness_mm":"0.120"}}',
    "part.painted.v3": ENVELOPE + b'{"ral":3020,"by":"anna","thickness_um":120,"coats":["base"]}}',
}
"""The bytes as each release wrote them; never edited."""
TODAY: Final = {
    "part.painted.v1": PartPainted(ral=3020, thickness_um=120),
    "part.painted.v2": PartPainted(ral=3020, by="anna", thickness_um=120),
    "part.painted.v3": PartPainted(ral=3020, by="anna", thickness_um=120, coats=("base",)),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_the_bytes_of_every_release_read_as_todays_event(name: str) -> None:
    (recorded,) = EventMapper(REGISTRY).decode([(7, "part-1", 3, name, GOLDEN[name])])
    assert recorded.event == TODAY[name]
    assert type(recorded.event) is PartPainted
    assert (recorded.envelope.message_id, recorded.envelope.actor) == ("m-1", "press line")


def test_what_is_written_today_is_todays_shape() -> None:
    event = TODAY["part.painted.v3"]
    encoded = EventMapper(REGISTRY).encode(Proposed("part-1", event, envelope("m-1")))
    assert (encoded.topic, encoded.state) == ("part.painted.v3", GOLDEN["part.painted.v3"])


def test_a_log_with_all_three_is_read_in_order_and_its_bytes_are_left_as_they_were() -> None:
    tables = Tables()
    log = MemoryLog(tables, REGISTRY)
    for number, event in enumerate(TODAY.values()):
        key = MessageKey(MES, f"m-{number}")
        proposed = Proposed("part-1", event, envelope(f"m-{number}"))
        log.append([Submission(key, digest(f"m-{number}"), START, (proposed,))])
    for number, (name, state) in enumerate(GOLDEN.items()):
        position, row = tables.events[number]
        tables.events[number] = (position, row._replace(topic=name, state=state))
    assert [one.event for one in log.read(0, 10)] == list(TODAY.values())
    assert [row.state for _, row in tables.events] == list(GOLDEN.values())


def test_an_upcast_that_makes_no_valid_event_says_where() -> None:
    thick = GOLDEN["part.painted.v1"].replace(b'"0.120"', b'"-"')
    broken = {**UPCASTS, "part.painted.v2": Upcast("part.painted.v3", lambda stored: stored)}
    mapper = EventMapper(Registry([PartPainted], broken))
    with pytest.raises(Unreadable, match=r"part\.painted\.v1 at part-1:3 cannot be read"):
        mapper.decode([(7, "part-1", 3, "part.painted.v1", thick)])


@pytest.mark.parametrize(
    "data", [b'{"thickness_mm":"0.120"}', b'{"colour":"red","thickness_mm":"thin"}']
)
def test_what_an_upcast_cannot_read_is_unreadable_and_no_other_error(data: bytes) -> None:
    state = ENVELOPE + data + b"}"
    with pytest.raises(Unreadable, match=r"part\.painted\.v1 is not what its upcast reads"):
        EventMapper(REGISTRY).decode([(7, "part-1", 3, "part.painted.v1", state)])


def test_a_program_that_has_forgotten_the_first_release_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(CatalogueGap, match=r"part\.painted\.v1 is not"):
        open_log(
            tmp_path / "takt.db",
            registry=Registry([PartPainted], {"part.painted.v2": UPCASTS["part.painted.v2"]}),
        )
