"""CloudEvents come over HTTP, alone and in batches, as the specification says."""

import pytest

from consumers.kafka.binding import (
    UnsupportedMediaType,
    from_http,
    http_content_type,
    to_http,
)
from consumers.kafka.json_format import write_event
from domain.kernel.refusals import Malformed
from tests.unit.consumers.started import STARTED, event


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
