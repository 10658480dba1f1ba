"""Say what a value in a message may be: instants, quantities, minutes, shares, text, reasons."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Final, Self, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    model_validator,
)

YEAR_MIN: Final = 1970
YEAR_MAX: Final = 2200
INTEGER_MAX: Final = 2**53 - 1
DIGITS_MAX: Final = 38
TEXT_BYTES_MAX: Final = 64 * 1024

_RFC_3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DECIMAL: Final = re.compile(r"-?\d{1,38}(\.\d{1,38})?", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def instant(value: object) -> datetime:
    """Return the instant an RFC 3339 text with offset names, in UTC; refuse all other forms.

    The years 1970 to 2200 are allowed, offsets up to 18 hours, six digits of a second.
    """
    if isinstance(value, str):
        if _RFC_3339.fullmatch(value) is None:
            msg = "write the time as RFC 3339 with an offset, e.g. 2026-03-02T08:00:00+01:00"
            raise ValueError(msg)
        value = datetime.fromisoformat(value.upper())
    if not isinstance(value, datetime):
        msg = "a time is a text in RFC 3339 form with an offset, not a number"
        raise ValueError(msg)  # noqa: TRY004  A ValueError is what pydantic reports with its place.
    if value.tzinfo is not UTC:  # Most times are, and then there is nothing to convert.
        value = _in_utc(value)
    if not YEAR_MIN <= value.year <= YEAR_MAX:
        msg = f"the year must lie in {YEAR_MIN} to {YEAR_MAX}"
        raise ValueError(msg)
    return value


def _in_utc(value: datetime) -> datetime:
    offset = value.utcoffset()
    if offset is None:
        msg = "the time needs an offset (or Z): a local time alone is not an instant"
        raise ValueError(msg)
    if abs(offset.total_seconds()) >= 18 * 3600:
        msg = "an offset of 18 hours or more exists nowhere"
        raise ValueError(msg)
    # The year is looked at first: at either end of the calendar the offset itself overflows.
    in_range = YEAR_MIN - 1 <= value.year <= YEAR_MAX + 1
    return value.astimezone(UTC) if in_range else value


def rfc3339(moment: datetime) -> str:
    """Write an instant in Takt's one form: UTC, `Z`, a fraction only where there is one."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _calendar_date(value: object) -> object:
    if isinstance(value, str):
        if _DATE.fullmatch(value) is None:
            msg = "write the date as YYYY-MM-DD"
            raise ValueError(msg)
        value = date.fromisoformat(value)
    if isinstance(value, date) and not YEAR_MIN <= value.year <= YEAR_MAX:
        msg = f"the year must lie in {YEAR_MIN} to {YEAR_MAX}"
        raise ValueError(msg)
    return value


def _decimal(value: object) -> object:
    if isinstance(value, str):
        if _DECIMAL.fullmatch(value) is None or sum(map(str.isdigit, value)) > DIGITS_MAX:
            msg = f"write the number as a decimal text of at most {DIGITS_MAX} digits"
            raise ValueError(msg)
        return Decimal(value)
    if isinstance(value, Decimal):
        return value
    msg = 'a quantity travels as a text, e.g. "2.50", so that no digit is lost'
    raise ValueError(msg)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        msg = f"{name!r} is no IANA time zone; write e.g. Europe/Berlin or UTC"
        raise ValueError(msg) from unknown
    return name


def _text(value: str) -> str:
    if "\x00" in value:
        msg = "a text may not hold the NUL character"
        raise ValueError(msg)
    if len(value) > TEXT_BYTES_MAX // 4 and len(value.encode()) > TEXT_BYTES_MAX:
        msg = "a text holds at most 64 KiB"
        raise ValueError(msg)
    return value


Instant: TypeAlias = Annotated[
    AwareDatetime, BeforeValidator(instant), PlainSerializer(rfc3339, when_used="json")
]
"""A moment in UTC, microseconds; read from RFC 3339 with an offset, written with `Z`."""

CalendarDate: TypeAlias = Annotated[date, BeforeValidator(_calendar_date)]
"""A day, ISO 8601, without a zone: the zone is that of the calendar or project it belongs to."""

Quantity: TypeAlias = Annotated[
    Decimal, BeforeValidator(_decimal), PlainSerializer(str, when_used="json"), Field(ge=0)
]
"""A decimal number of units, never negative; on the wire a text of at most 38 digits."""

SignedQuantity: TypeAlias = Annotated[
    Decimal, BeforeValidator(_decimal), PlainSerializer(str, when_used="json")
]
"""A decimal number of units that something changes by; on the wire a text, as a quantity is."""

WorkingDays: TypeAlias = SignedQuantity
"""Working days of a calendar, negative where something comes earlier; a text like a quantity."""

Text: TypeAlias = Annotated[str, AfterValidator(_text)]
"""A text of people: at most 64 KiB of UTF-8, no NUL."""

Name: TypeAlias = Annotated[
    str, StringConstraints(min_length=1, max_length=500), AfterValidator(_text)
]
"""A short text that must say something."""

ZoneName: TypeAlias = Annotated[str, AfterValidator(_zone)]
"""A name of the IANA time zone database."""

WorkingMinutes: TypeAlias = Annotated[int, Field(ge=0, le=10 * 366 * 1440)]
"""Working minutes of a named calendar, at most ten years of them."""

Milli: TypeAlias = Annotated[int, Field(ge=0, le=INTEGER_MAX)]
"""Capacity in thousandths: 1000 is one person or machine."""

BasisPoints: TypeAlias = Annotated[int, Field(ge=0, le=10_000)]
"""A share in hundredths of a per cent."""

Digest: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 in hexadecimal."""

UnitCode: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,3}$")]
"""A unit of measure, UN/ECE Recommendation 20 code, e.g. H87 (piece), KGM, MTR."""

CurrencyCode: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""A currency, ISO 4217 code, e.g. EUR."""


class Money(BaseModel):
    """An amount in whole minor units of a currency (cents of EUR); a credit is negative."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    minor: Annotated[int, Field(ge=-INTEGER_MAX, le=INTEGER_MAX)]
    currency: CurrencyCode


def _not_negative(money: Money) -> Money:
    if money.minor < 0:
        msg = "what something costs is not negative"
        raise ValueError(msg)
    return money


Cost: TypeAlias = Annotated[Money, AfterValidator(_not_negative)]
"""What something costs: money that is not negative."""

ReasonCode: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""Why a date moved; the list is open, `REASON_CODES` holds those Takt groups by."""

REASON_CODES: Final = (
    "material_late", "material_short", "vendor_moved", "contractor_moved", "machine_down",
    "labour_short", "quality_rework", "drawing_missing", "engineering_change", "customer_request",
    "customer_input_late", "contract_open", "permit", "weather", "priority_change",
    "estimate_wrong", "calendar_change", "transport", "data_error", "other",
)  # fmt: skip


class Reason(BaseModel):
    """Why something changed: a code to group by, and words where the code is `other`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    code: ReasonCode
    text: Text | None = None

    @model_validator(mode="after")
    def _other_is_explained(self) -> Self:
        if self.code == "other" and not (self.text or "").strip():
            msg = "the reason code other needs a text"
            raise ValueError(msg)
        if self.code == "predecessor_late":
            msg = "predecessor_late is never a root cause: name what made the predecessor late"
            raise ValueError(msg)
        return self
