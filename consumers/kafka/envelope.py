"""Hold one CloudEvent as every edge sees it, whatever bytes it came in."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeAlias, cast

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from domain.kernel.filled import filled
from domain.kernel.ids import MESSAGE_ID_PATTERN, MessageId
from domain.kernel.values import instant, rfc3339

SPECVERSION: Final = "1.0"

REASON_CODE: Final = "reasoncode"
REASON_TEXT: Final = "reasontext"
RESPONSIBLE: Final = "responsible"
ZONE: Final = "zone"
EXTERNAL_REF: Final = "externalref"
PROJECT: Final = "project"
EXPECTED_VERSION: Final = "expectedversion"
CAUSATION_ID: Final = "causationid"
CORRELATION_ID: Final = "correlationid"
RECORDED_TIME: Final = "recordedtime"
SEQUENCE: Final = "sequence"
PARTITION_KEY: Final = "partitionkey"
TRACING: Final = frozenset({"traceparent", "tracestate"})
"""Each hop writes its own, so they are no part of what a message says."""

RESERVED: Final = frozenset(
    {
        "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema",
        "data", "data_base64",
    }
)  # fmt: skip

_NAME: Final = re.compile(r"[a-z0-9]{1,40}", re.ASCII)
_NO_MICROSECONDS_LOST: Final = re.compile(r"(\.\d{6})0+(?=[Zz+-])", re.ASCII)
_MICROSECONDS_LENGTH: Final = len("2026-03-02T07:00:00.000000Z")
_LINE: Final = r"^[^\x00-\x1f\x7f-\x9f]+$"
_LINE_TEXT: Final = re.compile(_LINE)
_LINE_MAX: Final = 500
_ID_TEXT: Final = re.compile(MESSAGE_ID_PATTERN)
_VALUE_MAX: Final = 64 * 1024

Line: TypeAlias = Annotated[str, StringConstraints(pattern=_LINE, max_length=_LINE_MAX)]
"""Text of one line: an attribute may end up in a header, so no control character is in it."""

ExtensionValue: TypeAlias = str | int | bool


def is_extension_name(name: str) -> bool:
    """Tell whether an attribute that the specification does not know may be called so."""
    return _NAME.fullmatch(name) is not None and name not in RESERVED


def _event_time(value: object) -> object:
    """Drop the zeros beyond a microsecond: they say nothing that would be lost."""
    if isinstance(value, str) and len(value) > _MICROSECONDS_LENGTH:
        value = _NO_MICROSECONDS_LOST.sub(r"\1", value)
    return instant(value)


def _extensions(values: Mapping[str, ExtensionValue]) -> Mapping[str, ExtensionValue]:
    for name, value in values.items():
        if not is_extension_name(name):
            msg = f"{name[:40]!r} is no name of an extension"
            raise ValueError(msg)
        if isinstance(value, str) and ("\x00" in value or len(value) > _VALUE_MAX):
            msg = f"the value of {name} holds NUL or more than {_VALUE_MAX} characters"
            raise ValueError(msg)
    return MappingProxyType(dict(values))


@lru_cache(maxsize=8192)
def _is_line(text: str) -> bool:
    """Tell whether a short text is a Line; sources, types and subjects come again and again."""
    return _LINE_TEXT.fullmatch(text) is not None


NO_EXTENSIONS: Final[Mapping[str, ExtensionValue]] = MappingProxyType({})


class CloudEvent(BaseModel):
    """An event of CloudEvents 1.0 with what Takt asks of its attributes.

    `data` is the JSON value where the content type is JSON or absent, bytes under any other
    content type, None where there is no data. Unknown extensions are kept and mean nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: MessageId
    source: Line
    type: Line
    subject: Line | None = None
    time: Annotated[AwareDatetime, BeforeValidator(_event_time)] | None = None
    datacontenttype: Line | None = None
    dataschema: Line | None = None
    data: Any = None
    extensions: Annotated[Mapping[str, ExtensionValue], AfterValidator(_extensions)] = Field(
        default_factory=lambda: NO_EXTENSIONS
    )

    def extension(self, name: str) -> str | None:
        """Return an extension's value as the text it is in a header, None where it is absent."""
        value = self.extensions.get(name)
        return None if value is None else attribute_text(value)

    def attributes(self) -> dict[str, ExtensionValue]:
        """Return every attribute but `specversion`, as JSON has them; absent ones are left out."""
        present: dict[str, ExtensionValue] = {
            "id": self.id,
            "source": self.source,
            "type": self.type,
        }
        if self.subject is not None:
            present["subject"] = self.subject
        if self.time is not None:
            present["time"] = rfc3339(self.time)
        if self.datacontenttype is not None:
            present["datacontenttype"] = self.datacontenttype
        if self.dataschema is not None:
            present["dataschema"] = self.dataschema
        present.update(self.extensions)
        return present


def plain_event(attributes: Mapping[str, Any], data: Any) -> CloudEvent | None:  # noqa: ANN401
    """Return the event of attributes that are plainly right, None where the model has to look.

    `attributes` are all but `specversion` and the data, as JSON or headers gave them. The rules
    are those of `CloudEvent`, in a third of its time; a test holds the two to each other.
    """
    fields: dict[str, Any] = dict(_ABSENT)
    extensions: dict[str, ExtensionValue] = {}
    for name, value in attributes.items():
        plain = _PLAIN.get(name)
        if plain is not None:
            fields[name] = read = plain(value)
            if read is None:
                return None
        elif is_extension_name(name) and _is_extension_value(value):
            extensions[name] = value
        else:
            return None
    if fields["id"] is None or fields["source"] is None or fields["type"] is None:
        return None
    given = {*attributes, "data", "extensions"}
    if extensions:
        given -= extensions.keys()
        fields["extensions"] = MappingProxyType(extensions)
    fields["data"] = data
    return filled(CloudEvent, fields, given)


def _plain_line(value: object) -> str | None:
    # The length comes first: what is too long must not be remembered either.
    is_line = type(value) is str and len(value) <= _LINE_MAX and _is_line(value)
    return cast("str", value) if is_line else None


def _plain_id(value: object) -> str | None:
    return value if type(value) is str and _ID_TEXT.fullmatch(value) is not None else None


def _plain_time(value: object) -> object:
    try:
        return _event_time(value)
    except ValueError:
        return None


def _is_extension_value(value: object) -> bool:
    if type(value) is str:
        return "\x00" not in value and len(value) <= _VALUE_MAX
    return type(value) is int or type(value) is bool


_PLAIN: Final[Mapping[str, Callable[[object], object]]] = {
    "id": _plain_id,
    "time": _plain_time,
    **dict.fromkeys(("source", "type", "subject", "datacontenttype", "dataschema"), _plain_line),
}
_ABSENT: Final = {**dict.fromkeys(CloudEvent.model_fields), "extensions": NO_EXTENSIONS}


def attribute_text(value: ExtensionValue) -> str:
    """Return the canonical text of an attribute (CloudEvents 1.0, type system)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def is_json(content_type: str | None) -> bool:
    """Tell whether data under the content type is JSON; without one it is (JSON format, 3.1)."""
    if content_type is None:
        return True
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type.endswith(("/json", "+json"))
