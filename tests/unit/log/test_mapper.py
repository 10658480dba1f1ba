"""The stored form: what it looks like, and what becomes of older shapes and of broken bytes."""

import json
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, model_validator

from domain.kernel.messages import DomainEvent, MessageClass
from domain.kernel.registry import Registry
from domain.kernel.values import Reason
from domain.log.mapper import EventMapper, Placed, micros_of
from domain.log.port import Unreadable
from domain.log.stored_form import envelope_of, stored_form
from tests.unit.log.samples import (
    REGISTRY,
    START,
    PartAdded,
    PartCounted,
    at,
    envelope,
    proposed,
)


@pytest.fixture
def mapper() -> EventMapper:
    return EventMapper(REGISTRY)


def row(topic: str, state: bytes) -> tuple[int, str, int, str, bytes]:
    return (7, "part-1", 3, topic, state)


def test_the_stored_state_is_flat_without_nulls_and_begins_with_recorded_at(
    mapper: EventMapper,
) -> None:
    encoded = mapper.encode(
        proposed("part-1", PartCounted(count=2, weight=Decimal("0.50")), "m-1", project_id="P")
    )
    assert encoded.state == (
        b'{"recorded_at":"2026-03-02T08:00:00Z","effective_at":"2026-03-02T08:00:00Z",'
        b'"intake":"fact","actor":"press line","role":"plant_system","source":"mes-1",'
        b'"message_id":"m-1","causation_id":"m-1","correlation_id":"m-1","project_id":"P",'
        b'"data":{"count":2,"weight":"0.50"}}'
    )
    assert (encoded.topic, encoded.project_id) == ("part.counted.v2", "P")


def test_recorded_at_can_be_set_without_encoding_again(mapper: EventMapper) -> None:
    first = mapper.encode(proposed("part-1", PartAdded(), recorded_at=at(0)))
    second = mapper.encode(proposed("part-1", PartAdded(), recorded_at=at(1.000001)))
    assert first.state_at(second.at_us) == second.state
    assert second.state_at(first.at_us) == first.state
    assert first.state_at(first.at_us) is first.state


def test_an_older_name_is_read_as_todays_event(mapper: EventMapper) -> None:
    state = mapper.encode(proposed("part-1", PartCounted(count=2))).state
    older = state.replace(b'"data":{"count":2}', b'"data":{"qty":5}')
    (recorded,) = mapper.decode([row("part.counted.v1", older)])
    assert recorded.event == PartCounted(count=5)
    assert recorded.envelope == envelope("m")
    assert (recorded.position, recorded.stream, recorded.version) == (7, "part-1", 3)


@pytest.mark.parametrize("topic", ["os:system", "part.counted.v3", ""])
def test_a_name_in_no_catalogue_is_refused_and_never_imported(
    mapper: EventMapper, topic: str
) -> None:
    state = mapper.encode(proposed("part-1", PartAdded())).state
    with pytest.raises(Unreadable, match="is no name of the catalogue"):
        mapper.decode([row(topic, state)])


@pytest.mark.parametrize(
    "data", [b'{"count":"2"}', b'{"count":2.5}', b"{}", b"[]", b'{"count":2', b'{"count":2}}']
)
def test_broken_bytes_are_refused_where_they_stand(mapper: EventMapper, data: bytes) -> None:
    state = mapper.encode(proposed("part-1", PartCounted(count=2))).state
    broken = state.replace(b'{"count":2}', data)
    with pytest.raises(Unreadable, match=r"part\.counted\.v2 at part-1:3"):
        mapper.decode([row("part.counted.v2", broken)])


def test_a_broken_envelope_is_refused_when_it_is_asked_for(mapper: EventMapper) -> None:
    state = mapper.encode(proposed("part-1", PartAdded())).state
    (recorded,) = mapper.decode([row("part.added.v1", state.replace(b'"fact"', b'"rumour"'))])
    with pytest.raises(Unreadable, match="envelope of part-1:3"):
        _ = recorded.effective_at


def test_an_envelope_without_a_zone_of_time_is_refused(mapper: EventMapper) -> None:
    naive = envelope("m").model_copy(update={"effective_at": START.replace(tzinfo=None)})
    whole = proposed("part-1", PartAdded())
    with pytest.raises(Unreadable):
        mapper.encode(type(whole)(whole.stream, whole.event, naive))


def test_what_divides_envelope_and_event_may_occur_in_texts_and_names(
    mapper: EventMapper,
) -> None:
    text = '","data":{"count":9}'
    whole = proposed(
        "part-1",
        PartCounted(count=2, note=text),
        actor=text,
        reason=Reason(code="other", text=text),
    )
    (recorded,) = mapper.decode([row("part.counted.v2", mapper.encode(whole).state)])
    assert (recorded.event, recorded.envelope) == (whole.event, whole.envelope)
    with pytest.raises(Unreadable):
        mapper.encode(proposed("part-1", PartAdded(), decided_on={"a": 1, "data": 3}))


def test_an_event_read_back_is_like_one_made_by_hand(mapper: EventMapper) -> None:
    made = PartCounted(count=2, weight=Decimal(1), at=START)
    state = mapper.encode(proposed("part-1", made)).state
    (recorded,) = mapper.decode([row("part.counted.v2", state)])
    read = recorded.event
    assert read == made
    assert repr(recorded.envelope.model_copy(update={"zone": "UTC"})) != repr(recorded.envelope)
    assert read.model_copy(update={"count": 3}) == made.model_copy(update={"count": 3})
    assert read.model_dump_json() == made.model_dump_json()
    assert envelope_of(state) == envelope("m")


class Window(BaseModel):
    """A value with a rule of its own."""

    begin: int
    end: int

    @model_validator(mode="after")
    def _in_order(self) -> "Window":
        if self.end < self.begin:
            raise ValueError("backwards")
        return self


class Planned(DomainEvent):
    """An event with a rule over its fields, which is not what the fast way is for."""

    type_name = "part.planned.v1"
    message_class: ClassVar[MessageClass] = "revision"

    windows: tuple[Window, ...]

    @model_validator(mode="after")
    def _some(self) -> "Planned":
        if not self.windows:
            raise ValueError("no window")
        return self


def test_a_rule_over_fields_is_kept_when_reading() -> None:
    mapper = EventMapper(Registry([Planned]))
    event = Planned(windows=(Window(begin=1, end=2),))
    state = mapper.encode(proposed("part-1", event)).state
    (recorded,) = mapper.decode([row("part.planned.v1", state)])
    assert recorded.event == event
    for broken in (b"[]", b'[{"begin":3,"end":2}]'):
        bad = state.replace(b'[{"begin":1,"end":2}]', broken)
        with pytest.raises(Unreadable):
            mapper.decode([row("part.planned.v1", bad)])


def test_the_library_gets_events_with_its_coordinates(mapper: EventMapper) -> None:
    placed: Any = Placed(PartAdded(), envelope("m"), "part-1", 3, 0)
    stored = mapper.to_stored_event(placed)
    assert (stored.originator_id, stored.originator_version) == ("part-1", 3)
    assert stored.topic == "part.added.v1"
    assert json.loads(stored.state)["data"] == {"name": "bolt"}
    back = mapper.to_domain_event(stored)
    assert (back, back.originator_id, back.originator_version) == (placed, "part-1", 3)
    assert mapper.describe(stored) == mapper.encode(proposed("part-1", PartAdded()))


def test_microseconds_are_counted_exactly() -> None:
    assert micros_of(START.replace(microsecond=1)) - micros_of(START) == 1


def test_every_event_of_the_samples_takes_the_fast_way() -> None:
    for model in REGISTRY.models.values():
        assert stored_form(model).decode.__name__ == "decode"
