"""Hold one CloudEvent as every edge sees it, whatever bytes it came in."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeAlias

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from domain.kernel.ids import MessageId
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
_VALUE_MAX: Final = 64 * 1024

Line: TypeAlias = Annotated[str, StringConstraints(pattern=_LINE, max_length=500)]
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
