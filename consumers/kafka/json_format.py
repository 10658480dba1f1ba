"""Read and write CloudEvents in their JSON format, one at a time or as a batch."""

import base64
import binascii
from typing import Any, Final

from pydantic import ValidationError

from consumers.canonical_json import canonical_of_parsed
from consumers.kafka.envelope import (
    RESERVED,
    SPECVERSION,
    CloudEvent,
    is_extension_name,
    is_json,
    plain_event,
)
from consumers.strict_json import (
    BATCH_LIMITS,
    MESSAGE_LIMITS,
    Limits,
    check,
    parse,
    parse_object,
    refusal_of,
    token,
)
from domain.kernel.refusals import Malformed

MEDIA_TYPE: Final = "application/cloudevents+json"
BATCH_MEDIA_TYPE: Final = "application/cloudevents-batch+json"
BATCH_EVENTS_MAX: Final = 10_000

_CORE: Final = ("id", "source", "type", "subject", "time", "datacontenttype", "dataschema")


def read_event(raw: bytes, limits: Limits = MESSAGE_LIMITS) -> CloudEvent:
    """Return the event a JSON text holds; raises Malformed."""
    return event_of(parse_object(raw, limits))


def batch_items(raw: bytes) -> list[object]:
    """Return the values of a batch, not yet looked at, so that each can be judged alone.

    Raises Malformed where the text is no JSON array of at most BATCH_EVENTS_MAX values. Give each
    value to `event_of_item`.
    """
    value = parse(raw, BATCH_LIMITS)
    if not isinstance(value, list):
        msg = "a batch is a JSON array of events"
        raise Malformed(msg)
    if len(value) > BATCH_EVENTS_MAX:
        msg = f"a batch may hold {BATCH_EVENTS_MAX} events, this one holds {len(value)}"
        raise Malformed(msg)
    return value


def event_of_item(value: object) -> CloudEvent:
    """Return one event of a batch, held to the limits of a message; the pointer is inside it."""
    check(value, MESSAGE_LIMITS)
    if len(canonical_of_parsed(value)) > MESSAGE_LIMITS.bytes_max:
        msg = f"an event of a batch may have {MESSAGE_LIMITS.bytes_max} bytes"
        raise Malformed(msg)
    if not isinstance(value, dict):
        msg = "an event is a JSON object"
        raise Malformed(msg)
    return event_of(value)


def event_of(members: dict[str, Any]) -> CloudEvent:
    """Return the event that a JSON object says; a null attribute is an absent one."""
    return _plainly(members) or _carefully(members)


def _plainly(members: dict[str, Any]) -> CloudEvent | None:
    """Return the event where it is of the usual form: JSON data, nothing null, nothing odd."""
    attributes = members.copy()
    data = attributes.pop("data", None)
    if (
        attributes.pop("specversion", None) != SPECVERSION
        or data is None
        or "datacontenttype" in attributes
    ):
        return None
    return plain_event(attributes, data)


def _carefully(members: dict[str, Any]) -> CloudEvent:
    present = {name: value for name, value in members.items() if value is not None}
    if present.get("specversion") != SPECVERSION:
        msg = f'specversion must be "{SPECVERSION}"'
        raise Malformed(msg, "/specversion")
    attributes: dict[str, Any] = {name: present[name] for name in _CORE if name in present}
    attributes["data"] = _data_of(present)
    extensions = {name: value for name, value in present.items() if name not in RESERVED}
    for name, value in extensions.items():
        if not isinstance(value, str | int):
            msg = "an attribute is a text, a whole number or true or false; put data under data"
            raise Malformed(msg, f"/{token(name)}")
    attributes["extensions"] = extensions
    return validated(attributes)


def validated(attributes: dict[str, Any]) -> CloudEvent:
    """Return the event, or raise Malformed with the place of its first fault."""
    try:
        return CloudEvent.model_validate(attributes)
    except ValidationError as wrong:
        for name in attributes.get("extensions", ()):
            if not is_extension_name(name):
                msg = f"{name[:40]!r} is no attribute: a name is 1 to 40 of a-z and 0-9"
                raise Malformed(msg, f"/{token(name)}") from None
        refusal = refusal_of(wrong)
        # In no form on the wire do extensions lie in a member of their own.
        pointer = refusal.pointer.removeprefix("/extensions")
        raise Malformed(str(refusal), pointer) from None


def write_event(event: CloudEvent) -> bytes:
    """Return the event as a JSON text, in canonical form."""
    return canonical_of_parsed(json_of(event))


def json_of(event: CloudEvent) -> dict[str, Any]:
    """Return the event as the JSON object that `event_of` reads back unchanged."""
    members: dict[str, Any] = {"specversion": SPECVERSION, **event.attributes()}
    if event.data is None:
        return members
    if is_json(event.datacontenttype):
        members["data"] = event.data
        return members
    try:
        members["data"] = event.data.decode()
    except UnicodeDecodeError:
        members["data_base64"] = base64.b64encode(event.data).decode("ascii")
    return members


def data_from_bytes(raw: bytes | None, content_type: str | None) -> object:
    """Return the data that the bytes of a body are under a content type; none: no data.

    Raises Malformed for JSON that is none, and for JSON said to be in another charset than UTF-8.
    """
    if not raw:
        return None
    if not is_json(content_type):
        return raw
    check_charset(content_type)
    try:
        return parse(raw)
    except Malformed as wrong:
        raise type(wrong)(str(wrong), f"/data{wrong.pointer}") from None


def data_to_bytes(event: CloudEvent) -> bytes | None:
    """Return the data as the body that `data_from_bytes` reads back; None where there is none."""
    if event.data is None:
        return None
    if is_json(event.datacontenttype):
        return canonical_of_parsed(event.data)
    raw: bytes = event.data
    return raw


def check_charset(content_type: str | None) -> None:
    """Refuse a charset parameter that names anything but UTF-8; raises Malformed."""
    for parameter in (content_type or "").split(";")[1:]:
        name, _, value = parameter.partition("=")
        charset = value.strip().strip('"').lower()
        if name.strip().lower() == "charset" and charset not in {"utf-8", "utf8"}:
            msg = f"JSON is sent in UTF-8, not in {charset[:40]!r}"
            raise Malformed(msg, "/datacontenttype")


def _data_of(present: dict[str, Any]) -> object:
    content_type = present.get("datacontenttype")
    if not isinstance(content_type, str):
        content_type = None  # If it is anything else, the model says so.
    if "data_base64" in present:
        if "data" in present:
            msg = "an event has data or data_base64, never both"
            raise Malformed(msg, "/data_base64")
        return data_from_bytes(_unbase64(present["data_base64"]), content_type)
    data = present.get("data")
    if data is None or is_json(content_type):
        return data
    if not isinstance(data, str):
        msg = f"data of the type {content_type!r} is a text, or data_base64"
        raise Malformed(msg, "/data")
    return data.encode()


def _unbase64(text: object) -> bytes:
    msg = (
        "data_base64 must be base64 (RFC 4648, section 4) with its padding and without white space"
    )
    if not isinstance(text, str):
        raise Malformed(msg, "/data_base64")
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(msg, "/data_base64") from None
    if base64.b64encode(raw).decode("ascii") != text:
        raise Malformed(msg, "/data_base64")
    return raw
