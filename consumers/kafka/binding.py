"""Turn Kafka records and HTTP requests into CloudEvents and back, in binary and structured mode.

The receiver decides the mode by the content type alone (Kafka binding 3, HTTP binding 3): an
event in structured mode may carry the same attributes as headers too. Nothing here modifies an
event, and no bytes raise anything but Malformed.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import quote, unquote_to_bytes

from consumers.kafka.envelope import (
    PARTITION_KEY,
    SPECVERSION,
    CloudEvent,
    attribute_text,
    is_json,
    plain_event,
)
from consumers.kafka.json_format import (
    BATCH_MEDIA_TYPE,
    MEDIA_TYPE,
    check_charset,
    data_from_bytes,
    data_to_bytes,
    read_event,
    validated,
    write_event,
)
from consumers.strict_json import MESSAGE_LIMITS, TooLarge, token
from domain.kernel.refusals import Malformed

KafkaHeaders: TypeAlias = Sequence[tuple[str, bytes | None]]
HttpHeaders: TypeAlias = Iterable[tuple[bytes, bytes]]
Mode: TypeAlias = Literal["binary", "structured", "batch"]

HEADERS_MAX: Final = 100
HEADER_BYTES_MAX: Final = 64 * 1024
KAFKA_PREFIX: Final = "ce_"
HTTP_PREFIX: Final = b"ce-"
CONTENT_TYPE: Final = "content-type"

_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED: Final = re.compile(r"\\(.)")
# HTTP binding 3.1.3.2: what is not one of these printable characters is percent-encoded.
_HTTP_SAFE: Final = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')


class UnsupportedMediaType(Malformed):
    """The content type names nothing that is read here; only the edge's answer differs."""


# Kafka


def from_kafka(headers: KafkaHeaders, value: bytes | None) -> CloudEvent:
    """Return the event a Kafka record holds.

    The key plays no part: it is opaque, and `partitionkey` stays what the event says it is.
    Raises Malformed; TooLarge, which is one, for a value above the limit of a message.
    """
    content_type = _kafka_content_type(headers, value)
    match mode_of(content_type):
        case "structured":
            if value is None:
                msg = "a structured event is the value of its record, and this record has none"
                raise Malformed(msg)
            check_charset(content_type)
            return read_event(value)
        case "batch":
            msg = "a Kafka record holds one event: send each as a record of its own"
            raise UnsupportedMediaType(msg)
        case "binary":
            return _binary_event(_kafka_attributes(headers), content_type, value)


def to_kafka(event: CloudEvent) -> tuple[list[tuple[str, bytes]], bytes | None]:
    """Return headers and value of the event in binary mode; no data is no value."""
    headers = [(f"{KAFKA_PREFIX}specversion", SPECVERSION.encode())]
    for name, attribute in event.attributes().items():
        header = CONTENT_TYPE if name == "datacontenttype" else f"{KAFKA_PREFIX}{name}"
        headers.append((header, attribute_text(attribute).encode()))
    return headers, data_to_bytes(event)


def to_kafka_structured(event: CloudEvent) -> tuple[list[tuple[str, bytes]], bytes]:
    """Return headers and value of the event in structured mode."""
    return [(CONTENT_TYPE, f"{MEDIA_TYPE}; charset=utf-8".encode())], write_event(event)


def key_of(event: CloudEvent) -> bytes | None:
    """Return the record key that the event asks for by `partitionkey`."""
    wanted = event.extension(PARTITION_KEY)
    return None if wanted is None else wanted.encode()


def _kafka_content_type(headers: KafkaHeaders, value: bytes | None) -> str | None:
    """Hold the record to the limits of a message and return its content type."""
    if value is not None and len(value) > MESSAGE_LIMITS.bytes_max:
        msg = f"a message may have {MESSAGE_LIMITS.bytes_max} bytes, this one has {len(value)}"
        raise TooLarge(msg)
    if len(headers) > HEADERS_MAX:
        msg = f"a record may have {HEADERS_MAX} headers, this one has {len(headers)}"
        raise Malformed(msg)
    size = 0
    found = []
    for name, content in headers:
        size += len(name) + len(content or b"")
        if len(name) == len(CONTENT_TYPE) and name.lower() == CONTENT_TYPE:
            found.append(content)
    if size > HEADER_BYTES_MAX:
        msg = f"headers may have {HEADER_BYTES_MAX} bytes in all, these have {size}"
        raise Malformed(msg)
    if not found:
        return None
    if len(found) > 1:
        msg = "content-type stands twice among the headers"
        raise Malformed(msg, "/datacontenttype")
    return _kafka_text(found[0], "datacontenttype")


def _kafka_attributes(headers: KafkaHeaders) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, content in headers:
        if name.startswith(KAFKA_PREFIX):
            attribute = name[len(KAFKA_PREFIX) :]
            if attribute in found:
                raise _twice(attribute)
            found[attribute] = _kafka_text(content, attribute)
    return found


def _kafka_text(content: bytes | None, attribute: str) -> str:
    if content is None:
        msg = f"the header of {attribute[:40]!r} has no value: leave it out instead"
        raise Malformed(msg, f"/{token(attribute)}")
    try:
        return content.decode()
    except UnicodeDecodeError:
        msg = f"the header of {attribute[:40]!r} is not UTF-8"
        raise Malformed(msg, f"/{token(attribute)}") from None


# HTTP


def from_http(headers: HttpHeaders, body: bytes) -> CloudEvent:
    """Return the event an HTTP request holds in binary or structured mode.

    `headers` are pairs of raw bytes, as ASGI gives them. Raises Malformed; UnsupportedMediaType
    and TooLarge, which are Malformed too, for 415 and 413. A batch goes to `batch_items`.
    """
    pairs = [(name.lower(), content) for name, content in headers]
    if len(body) > MESSAGE_LIMITS.bytes_max:
        msg = f"a message may have {MESSAGE_LIMITS.bytes_max} bytes, this one has {len(body)}"
        raise TooLarge(msg)
    content_type = http_content_type(pairs)
    match mode_of(content_type):
        case "structured":
            return read_event(body)
        case "batch":
            msg = f"one event is expected here, not {BATCH_MEDIA_TYPE}"
            raise UnsupportedMediaType(msg)
        case "binary":
            found = _http_attributes(pairs)
            if not found:
                msg = f"send {MEDIA_TYPE}, {BATCH_MEDIA_TYPE} or the ce- headers of binary mode"
                raise UnsupportedMediaType(msg)
            if content_type is None and body:
                msg = "say by Content-Type what the body is"
                raise UnsupportedMediaType(msg)
            return _binary_event(found, content_type, body)


def http_content_type(headers: HttpHeaders) -> str | None:
    """Return the one Content-Type of a request; raises UnsupportedMediaType for two or a wrong one.

    A charset other than UTF-8 is wrong for JSON of any kind.
    """
    found = [content for name, content in headers if name.lower() == CONTENT_TYPE.encode()]
    if not found:
        return None
    if len(found) > 1 or b"," in found[0]:
        msg = "a request has one Content-Type"
        raise UnsupportedMediaType(msg)
    try:
        content_type = found[0].decode("ascii").strip()
    except UnicodeDecodeError:
        msg = "Content-Type must be ASCII"
        raise UnsupportedMediaType(msg) from None
    try:
        if is_json(content_type):
            check_charset(content_type)
    except Malformed as wrong:
        raise UnsupportedMediaType(str(wrong)) from None
    return content_type


def to_http(event: CloudEvent) -> tuple[list[tuple[str, str]], bytes]:
    """Return headers and body of the event in binary mode, values percent-encoded."""
    headers = [("ce-specversion", SPECVERSION)]
    for name, attribute in event.attributes().items():
        if name == "datacontenttype":
            headers.append((CONTENT_TYPE, attribute_text(attribute)))
        else:
            headers.append((f"ce-{name}", quote(attribute_text(attribute), safe=_HTTP_SAFE)))
    return headers, data_to_bytes(event) or b""


def _http_attributes(headers: HttpHeaders) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, content in headers:
        if name.startswith(HTTP_PREFIX):
            attribute = name[len(HTTP_PREFIX) :].decode("latin-1")
            if attribute in found:
                raise _twice(attribute)
            found[attribute] = _http_text(content, attribute)
    return found


def _http_text(content: bytes, attribute: str) -> str:
    pointer = f"/{token(attribute)}"
    try:
        text = content.decode("ascii").strip(" \t")
    except UnicodeDecodeError:
        msg = f"the header of {attribute[:40]!r} is not ASCII: percent-encode its UTF-8"
        raise Malformed(msg, pointer) from None
    if text.startswith('"'):
        quoted = _QUOTED.fullmatch(text)
        if quoted is None:
            msg = f"the header of {attribute[:40]!r} begins a quoted text and does not end it"
            raise Malformed(msg, pointer)
        text = _ESCAPED.sub(r"\1", quoted[1])
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        msg = f"the header of {attribute[:40]!r} is not percent-encoded UTF-8"
        raise Malformed(msg, pointer) from None


# Both


def mode_of(content_type: str | None) -> Mode:
    """Return how the event lies in its message; raises UnsupportedMediaType for other formats."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if not media_type.startswith("application/cloudevents"):
        return "binary"
    if media_type == MEDIA_TYPE:
        return "structured"
    if media_type == BATCH_MEDIA_TYPE:
        return "batch"
    msg = f"events are read in the JSON format only ({MEDIA_TYPE})"
    raise UnsupportedMediaType(msg)


def _binary_event(
    found: dict[str, str], content_type: str | None, body: bytes | None
) -> CloudEvent:
    if found.pop("specversion", None) != SPECVERSION:
        msg = f"specversion must be {SPECVERSION}: is this a CloudEvent?"
        raise Malformed(msg, "/specversion")
    misplaced = _NOT_IN_HEADERS.intersection(found)
    if misplaced:
        msg = f"{min(misplaced)} is no attribute of a header"
        raise Malformed(msg, f"/{min(misplaced)}")
    data = data_from_bytes(body, content_type)
    plain = plain_event(
        found if content_type is None else {**found, "datacontenttype": content_type}, data
    )
    if plain is not None:
        return plain
    attributes: dict[str, Any] = {name: found.pop(name) for name in _IN_HEADERS if name in found}
    if content_type is not None:
        attributes["datacontenttype"] = content_type
    attributes["data"] = data
    attributes["extensions"] = found
    return validated(attributes)


def _twice(attribute: str) -> Malformed:
    return Malformed(f"the header of {attribute[:40]!r} stands twice", f"/{token(attribute)}")


_IN_HEADERS: Final = ("id", "source", "type", "subject", "time", "dataschema")
_NOT_IN_HEADERS: Final = frozenset({"data", "data_base64", "datacontenttype"})
