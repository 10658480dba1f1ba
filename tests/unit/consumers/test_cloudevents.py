"""CloudEvents are read and written as the specification says, also where its SDK does not."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cloudevents.core.bindings import kafka as sdk_kafka
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent as SdkEvent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from consumers.canonical_json import canonical
from consumers.kafka.binding import (
    UnsupportedMediaType,
    from_http,
    from_kafka,
    http_content_type,
    key_of,
    to_http,
    to_kafka,
    to_kafka_structured,
)
from consumers.kafka.envelope import CloudEvent, plain_event
from consumers.kafka.json_format import batch_items, event_of_item, read_event, write_event
from consumers.strict_json import MIB, TooLarge
from domain.kernel.refusals import Malformed

MONDAY = datetime(2026, 3, 2, 7, tzinfo=UTC)
STARTED = CloudEvent(
    id="mes-17",
    source="/acme/berlin/hall-1",
    type="phase.started.v1",
    subject="phase-PRJ-7/weld",
    time=MONDAY,
    data={"actual_start": "2026-03-02T08:00:00+01:00"},
    extensions={"partitionkey": "PRJ-7", "reasoncode": "weather"},
)
BINARY: list[tuple[str, bytes | None]] = [
    ("ce_specversion", b"1.0"),
    ("ce_id", b"mes-17"),
    ("ce_source", b"/acme/berlin/hall-1"),
    ("ce_type", b"phase.started.v1"),
    ("ce_subject", b"phase-PRJ-7/weld"),
    ("ce_time", b"2026-03-02T07:00:00Z"),
    ("ce_partitionkey", b"PRJ-7"),
    ("ce_reasoncode", b"weather"),
]
BODY = b'{"actual_start":"2026-03-02T08:00:00+01:00"}'
STRUCTURED = [("content-type", b"application/cloudevents+json; charset=utf-8")]


def event(**changes: Any) -> CloudEvent:  # noqa: ANN401
    return CloudEvent.model_validate(
        {"id": "1", "source": "/s", "type": "phase.started.v1", **changes}
    )


def members(**changes: object) -> dict[str, object]:
    return {"specversion": "1.0", "id": "1", "source": "/s", "type": "a.b.v1", **changes}


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


# HTTP


def http(*changes: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    plain = [(b"ce-specversion", b"1.0"), (b"ce-id", b"1"), (b"ce-source", b"/s")]
    return [*plain, (b"ce-type", b"phase.started.v1"), *changes]


JSON_TYPE = (b"content-type", b"application/json")


def test_an_http_request_in_binary_mode_is_read() -> None:
    read = from_http(http((b"CE-Subject", b"caf%C3%A9%20%22x%22"), JSON_TYPE), b'{"a":1}')
    assert read == event(subject='café "x"', datacontenttype="application/json", data={"a": 1})


def test_a_quoted_header_is_unquoted() -> None:
    assert from_http(http((b"ce-subject", rb'"a \"b\""')), b"") == event(subject='a "b"')


def test_an_http_request_in_structured_mode_is_read() -> None:
    headers = [(b"content-type", b"application/cloudevents+json"), (b"ce-id", b"other")]
    assert from_http(headers, write_event(STARTED)) == STARTED


def test_http_headers_are_percent_encoded_and_read_back() -> None:
    said = event(subject="Prüfung 5 % 🌎", data={"a": 1}, datacontenttype="application/json")
    headers, body = to_http(said)
    assert ("ce-subject", "Pr%C3%BCfung%205%20%25%20%F0%9F%8C%8E") in headers
    raw = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers]
    assert from_http(raw, body) == said


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([], b"{}"),
        ([JSON_TYPE], b'{"specversion":"1.0"}'),
        (http(), b"{}"),
        (http(JSON_TYPE, JSON_TYPE), b"{}"),
        (http((b"content-type", b"application/json, text/plain")), b"{}"),
        (http((b"content-type", b"application/json; charset=utf-16")), b"{}"),
        (http((b"content-type", b"application/j\xe9son")), b"{}"),
        ([(b"content-type", b"application/cloudevents-batch+json")], b"[]"),
        ([(b"content-type", b"application/cloudevents+xml")], b"<x/>"),
    ],
)
def test_an_unknown_media_type_is_told_apart(
    headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    with pytest.raises(UnsupportedMediaType):
        from_http(headers, body)


@pytest.mark.parametrize("value", [b"\xff", b"%FF", b'"open', b"a%00b", b"a%0Ab"])
def test_a_header_that_holds_no_text_is_refused(value: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        from_http(http((b"ce-subject", value)), b"")
    assert refused.value.pointer == "/subject"


def test_the_content_type_of_a_batch_is_found() -> None:
    found = http_content_type([(b"Content-Type", b"application/cloudevents-batch+json")])
    assert found == "application/cloudevents-batch+json"


# JSON format


def test_each_event_of_a_batch_is_judged_alone() -> None:
    good, bad = batch_items(canonical([members(), members(id="")]))
    assert event_of_item(good).id == "1"
    with pytest.raises(Malformed) as refused:
        event_of_item(bad)
    assert refused.value.pointer == "/id"


def test_an_event_of_a_batch_has_the_limits_of_a_message() -> None:
    deep: object = 1
    for _ in range(32):
        deep = [deep]
    with pytest.raises(Malformed, match="32 deep"):
        event_of_item(batch_items(canonical([members(data=deep)]))[0])
    large = [members(data={str(n): "x" * 65_000 for n in range(17)})]
    with pytest.raises(Malformed, match="1048576 bytes"):
        event_of_item(batch_items(canonical(large))[0])
    many = [members(data=[0] * 10_000)]
    with pytest.raises(Malformed, match="10000 values"):
        event_of_item(batch_items(canonical(many))[0])


@pytest.mark.parametrize("raw", [b"{}", b"null", b"[" + b"0," * 10_000 + b"0]"])
def test_what_is_no_batch_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        batch_items(raw)


@pytest.mark.parametrize("item", [None, 1, "x", []])
def test_what_is_no_event_in_a_batch_is_refused(item: object) -> None:
    with pytest.raises(Malformed, match="an event is a JSON object"):
        event_of_item(item)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"specversion": "1.1"}, "/specversion"),
        ({"specversion": 1}, "/specversion"),
        ({"source": ""}, "/source"),
        ({"source": "a\nb"}, "/source"),
        ({"type": None}, "/type"),
        ({"id": 7}, "/id"),
        ({"time": 1_700_000_000}, "/time"),
        ({"time": "1700000000"}, "/time"),
        ({"time": "2026-03-02T08:00:00"}, "/time"),
        ({"time": "2026-03-02T08:00:00.0000001Z"}, "/time"),
        ({"subject": {"a": 1}}, "/subject"),
        ({"zone": {"a": 1}}, "/zone"),
        ({"reason_code": "x"}, "/reason_code"),
        ({"": "x"}, "/"),
        ({"data_base64": "AA==", "data": 1}, "/data_base64"),
        ({"data_base64": "AA=", "datacontenttype": "a/b"}, "/data_base64"),
        ({"data_base64": "A A==", "datacontenttype": "a/b"}, "/data_base64"),
        ({"data_base64": "AB==", "datacontenttype": "a/b"}, "/data_base64"),
        ({"data_base64": 7}, "/data_base64"),
        ({"data_base64": "AA=="}, "/data"),
        ({"data": 7, "datacontenttype": "text/plain"}, "/data"),
    ],
)
def test_an_event_with_a_wrong_member_is_refused(changes: dict[str, object], pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        read_event(canonical(members(**changes)))
    assert refused.value.pointer == pointer


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-02T07:00:00Z", MONDAY),
        ("2026-03-02t07:00:00z", MONDAY),
        ("2026-03-02T07:00:00-00:00", MONDAY),
        ("2026-03-02T08:00:00+01:00", MONDAY),
        ("2026-03-02T07:00:00.123000000Z", MONDAY + timedelta(milliseconds=123)),
    ],
)
def test_a_time_is_an_instant_however_it_is_written(written: str, meant: datetime) -> None:
    assert read_event(canonical(members(time=written))).time == meant


def test_base64_json_data_is_json_all_the_same() -> None:
    encoded = base64.b64encode(b'{"a":1}').decode()
    assert read_event(canonical(members(data_base64=encoded))).data == {"a": 1}


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
