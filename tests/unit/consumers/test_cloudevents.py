"""CloudEvents are read and written as the specification says, also where its SDK does not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cloudevents.core.bindings import kafka as sdk_kafka
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent as SdkEvent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from consumers.kafka.binding import (
    from_http,
    from_kafka,
    key_of,
    to_kafka,
    to_kafka_structured,
)
from consumers.kafka.envelope import CloudEvent, plain_event
from consumers.kafka.json_format import event_of_item, write_event
from consumers.strict_json import MIB, TooLarge
from domain.kernel.refusals import Malformed
from tests.unit.consumers.started import BINARY, BODY, STARTED, STRUCTURED, event, members

# Binary mode on Kafka


def test_a_binary_record_is_read() -> None:
    assert from_kafka([*BINARY, ("content-type", b"application/json")], BODY) == (
        STARTED.model_copy(update={"datacontenttype": "application/json"})
    )


def test_without_a_content_type_the_data_is_json() -> None:
    assert from_kafka(BINARY, BODY) == STARTED


def test_a_binary_record_is_written() -> None:
    assert to_kafka(STARTED) == (BINARY, BODY)


def test_a_json_array_goes_out_as_json_text() -> None:
    # CE-1: the SDK writes Python's repr.
    array: Any = [{"a": "x"}]
    assert to_kafka(event(data=array))[1] == b'[{"a":"x"}]'
    theirs = SdkEvent({"type": "t", "source": "/s", "id": "1", "specversion": "1.0"}, array)
    assert sdk_kafka.to_binary(theirs, JSONFormat()).value == b"[{'a': 'x'}]"


def test_a_structured_record_with_headers_too_is_structured() -> None:
    # CE-2: the SDK takes it as binary.
    assert from_kafka([*STRUCTURED, *BINARY], write_event(STARTED)) == STARTED


@pytest.mark.parametrize(
    "content_type",
    [b"application/cloudevents+json", b"Application/CloudEvents+JSON;charset=UTF-8"],
)
def test_the_content_type_decides_whatever_its_case(content_type: bytes) -> None:
    assert from_kafka([("Content-Type", content_type)], write_event(STARTED)) == STARTED


def test_a_null_attribute_header_is_refused_and_a_foreign_null_header_kept_out() -> None:
    # CE-3: the SDK raises AttributeError.
    with pytest.raises(Malformed, match="has no value") as refused:
        from_kafka([*BINARY, ("ce_externalref", None)], BODY)
    assert refused.value.pointer == "/externalref"
    assert from_kafka([*BINARY, ("x-hop", None)], BODY) == STARTED


def test_a_header_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(Malformed, match="not UTF-8") as refused:
        from_kafka([*BINARY, ("ce_zone", b"\xff")], BODY)
    assert refused.value.pointer == "/zone"


def test_the_partition_key_stays_what_the_event_says() -> None:
    # CE-4, CE-5, CE-9: the key is opaque; only what is sent has the key of the event.
    assert from_kafka(BINARY, BODY).extension("partitionkey") == "PRJ-7"
    assert key_of(STARTED) == b"PRJ-7"
    assert key_of(event()) is None


def test_what_the_caller_hands_over_is_not_changed() -> None:
    # CE-6: the SDK adds attributes to the caller's dictionary.
    given_attributes = members(data={"a": [1]})
    event_of_item(given_attributes)
    assert given_attributes == members(data={"a": [1]})
    extensions = {"a": "1"}
    made = event(extensions=extensions)
    extensions["b"] = "2"
    assert dict(made.extensions) == {"a": "1"}


def test_a_missing_time_stays_missing() -> None:
    # CE-7: the SDK puts in the present.
    assert from_kafka([pair for pair in BINARY if pair[0] != "ce_time"], BODY).time is None


def test_an_attribute_that_stands_twice_is_refused() -> None:
    # CE-8: the SDK keeps the last.
    with pytest.raises(Malformed, match="stands twice") as refused:
        from_kafka([*BINARY, ("ce_id", b"mes-17")], BODY)
    assert refused.value.pointer == "/id"
    with pytest.raises(Malformed, match="content-type stands twice"):
        from_kafka([*STRUCTURED, *STRUCTURED], write_event(STARTED))


def test_a_foreign_header_may_stand_twice() -> None:
    assert from_kafka([*BINARY, ("x-hop", b"1"), ("x-hop", b"2")], BODY) == STARTED


def test_structured_values_keep_their_content_type() -> None:
    # CE-10: the SDK's first layer dropped it.
    said = event(datacontenttype="application/json", data={"a": 1})
    headers, value = to_kafka_structured(said)
    assert from_kafka(headers, value) == said


def test_no_data_is_no_value_and_back() -> None:
    headers, value = to_kafka(event())
    assert value is None
    assert from_kafka(headers, None) == event()
    assert from_kafka(headers, b"") == event()


def test_data_of_another_type_stays_bytes() -> None:
    said = event(datacontenttype="application/octet-stream", data=b"\x00\xff")
    assert from_kafka(*to_kafka(said)) == said
    assert from_kafka(*to_kafka_structured(said)) == said
    assert b'"data_base64":"AP8="' in write_event(said)


@pytest.mark.parametrize(
    ("headers", "value", "pointer"),
    [
        ([], BODY, "/specversion"),
        ([("ce_specversion", b"0.3"), *BINARY[1:]], BODY, "/specversion"),
        (BINARY[:1] + BINARY[2:], BODY, "/id"),
        ([*BINARY[:1], ("ce_id", b""), *BINARY[2:]], BODY, "/id"),
        ([*BINARY[:1], ("ce_id", b"a b"), *BINARY[2:]], BODY, "/id"),
        ([*BINARY[:1], ("ce_id", b"a" * 256), *BINARY[2:]], BODY, "/id"),
        ([*BINARY, ("ce_Zone", b"x")], BODY, "/Zone"),
        ([*BINARY, ("ce_data", b"x")], BODY, "/data"),
        ([*BINARY, ("ce_datacontenttype", b"application/json")], BODY, "/datacontenttype"),
        (
            [*BINARY, ("content-type", b"application/json; charset=latin-1")],
            BODY,
            "/datacontenttype",
        ),
        ([*BINARY, ("content-type", b"application/avro")], b"\x00", None),
        (BINARY, b"\x00\x00\x00\x00\x07{}", "/data"),
        (BINARY, b'{"a":{"b":1,"b":2}}', "/data/a/b"),
        ([*BINARY, *[("x", b"")] * 93], BODY, ""),
        ([*BINARY, ("x", b"y" * 65_536)], BODY, ""),
        (STRUCTURED, None, ""),
        (STRUCTURED, b"[]", ""),
        ([("content-type", b"application/cloudevents+avro")], BODY, ""),
        ([("content-type", b"application/cloudevents")], BODY, ""),
        ([("content-type", b"application/cloudevents-batch+json")], b"[]", ""),
    ],
)
def test_a_record_that_is_no_event_is_refused(
    headers: list[tuple[str, bytes | None]], value: bytes | None, pointer: str | None
) -> None:
    if pointer is None:  # Well-formed for CloudEvents; only intake asks for JSON.
        assert from_kafka(headers, value).data == value
        return
    with pytest.raises(Malformed) as refused:
        from_kafka(headers, value)
    assert refused.value.pointer == pointer


def test_a_value_above_one_mebibyte_is_too_large() -> None:
    with pytest.raises(TooLarge):
        from_kafka(BINARY, b'{"a":"' + b"x" * MIB)


def test_the_headers_may_be_a_hundred() -> None:
    assert from_kafka([*BINARY, *[("x", b"")] * 92], BODY) == STARTED


# Against the SDK, where it is right

SDK_RIGHT = st.fixed_dictionaries(
    {
        "id": st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1),
        "source": st.text(st.sampled_from("/abcäß🌎%"), min_size=1),
        "type": st.just("phase.started.v1"),
    },
    optional={
        "subject": st.text(st.sampled_from("-/abcÄ€"), min_size=1),
        "time": st.integers(1, 7_000_000_000_000_000).map(
            lambda microseconds: (
                datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
            )
        ),
        "dataschema": st.just("/schemas/phase.started.v1.json"),
        "responsible": st.text(st.sampled_from("abc"), min_size=1),
    },
)
DATA = st.dictionaries(
    st.text(st.sampled_from("abcä"), max_size=3), st.integers(0, 9) | st.text("xyzß"), min_size=1
)


def _ours(attributes: dict[str, Any], data: dict[str, Any]) -> CloudEvent:
    extra = {name: attributes[name] for name in ("responsible",) if name in attributes}
    core = {name: value for name, value in attributes.items() if name not in extra}
    return CloudEvent.model_validate(
        {**core, "datacontenttype": "application/json", "extensions": extra, "data": data}
    )


@given(SDK_RIGHT, DATA)
def test_what_the_sdk_writes_is_read_alike(
    attributes: dict[str, Any], data: dict[str, Any]
) -> None:
    theirs = SdkEvent(
        {**attributes, "specversion": "1.0", "datacontenttype": "application/json"}, data
    )
    expected = _ours(attributes, data)
    if "time" not in attributes:  # CE-7: it would be the present.
        theirs._attributes.pop("time", None)  # noqa: SLF001
    for write in (sdk_kafka.to_binary, sdk_kafka.to_structured):
        message = write(theirs, JSONFormat())
        assert from_kafka(list(message.headers.items()), message.value) == expected


@given(SDK_RIGHT, DATA)
def test_what_we_write_the_sdk_reads_alike(
    attributes: dict[str, Any], data: dict[str, Any]
) -> None:
    ours = _ours(attributes, data)
    for headers, value in (to_kafka(ours), to_kafka_structured(ours)):
        theirs = sdk_kafka.from_kafka(
            sdk_kafka.KafkaMessage(headers=dict(headers), key=None, value=value or b""),
            JSONFormat(),
        )
        assert theirs.get_data() == data
        for name, value_ in attributes.items():
            assert theirs.get_attributes()[name] == value_


# Whatever comes

ANY_HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            ["ce_id", "ce_source", "ce_type", "ce_time", "ce_specversion", "content-type", "ce_"]
        )
        | st.text(max_size=6),
        st.none()
        | st.binary(max_size=20)
        | st.sampled_from([b"1.0", b"application/cloudevents+json", b"application/json"]),
    ),
    max_size=8,
)


@given(ANY_HEADERS, st.none() | st.binary(max_size=60))
def test_no_record_raises_anything_but_a_refusal(
    headers: list[tuple[str, bytes | None]], value: bytes | None
) -> None:
    try:
        read = from_kafka(headers, value)
    except Malformed:
        return
    assert from_kafka(*to_kafka_structured(read)) == read


@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"ce-id", b"ce-source", b"ce-type", b"content-type", b"ce-"])
            | st.binary(max_size=6),
            st.binary(max_size=30),
        )
    ),
    st.binary(max_size=60),
)
def test_no_request_raises_anything_but_a_refusal(
    headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    try:
        read = from_http([(b"ce-specversion", b"1.0"), *headers], body)
    except Malformed:
        return
    assert read.id


LINES = st.sampled_from(
    ["", "/s", "é", "a\n", "\x7f", "\x9f", "x" * 500, "x" * 501, " ", "\U0001f600", 5, None, True]
)
TIMES = st.sampled_from(
    [
        "2026-03-02T07:00:00Z", "2026-03-02T08:00:00.123456000+01:00", "2026-03-02T07:00:00", 17,
        "1969-12-31T23:59:59Z", "2026-03-02T07:00:00.1234567Z", "2026-02-30T07:00:00Z", None,
    ]
)  # fmt: skip
VALUES: st.SearchStrategy[object] = st.sampled_from(
    ["", "v", "a\x00b", "x" * 65_537, 0, True, 2**60, None, 1.5, [], {}]
)
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["1", "", "a b", "é", "x" * 255, "x" * 256, "1\n", 7, None]),
        "source": LINES, "type": LINES, "subject": LINES, "dataschema": LINES,
        "datacontenttype": LINES, "time": TIMES,
        "partitionkey": VALUES, "Reason": VALUES, "x" * 41: VALUES, "data_base64": VALUES,
    },
)  # fmt: skip


@given(ATTRIBUTES)
def test_an_event_made_of_plain_attributes_is_the_one_the_model_makes(
    attributes: dict[str, Any],
) -> None:
    plain = plain_event(attributes, {"count": 3})
    if plain is None:
        return
    core = {name: value for name, value in attributes.items() if name in CloudEvent.model_fields}
    extensions = {name: value for name, value in attributes.items() if name not in core}
    checked = CloudEvent.model_validate({**core, "data": {"count": 3}, "extensions": extensions})
    assert plain == checked
    assert vars(plain).keys() == vars(checked).keys()
    assert plain.model_fields_set == checked.model_fields_set


def test_an_event_of_usual_attributes_needs_no_second_look() -> None:
    attributes = {**STARTED.attributes()}
    assert plain_event(attributes, STARTED.data) == STARTED


@given(ATTRIBUTES)
def test_what_the_model_refuses_is_never_plain(attributes: dict[str, Any]) -> None:
    core = {name: value for name, value in attributes.items() if name in CloudEvent.model_fields}
    extensions = {name: value for name, value in attributes.items() if name not in core}
    try:
        CloudEvent.model_validate({**core, "extensions": extensions})
    except ValidationError:
        assert plain_event(attributes, None) is None
