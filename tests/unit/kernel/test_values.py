"""Hold the values of messages to what may go over the wire."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.kernel.values import (
    CalendarDate,
    Instant,
    Quantity,
    Reason,
    Text,
    ZoneName,
    rfc3339,
)

INSTANT = TypeAdapter(Instant)
QUANTITY = TypeAdapter(Quantity)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T08:00:00Z",
        "2026-03-02T08:00:00+00:00",
        "2026-03-02T08:00:00-00:00",
        "2026-03-02t08:00:00z",
        "2026-03-02T09:00:00+01:00",
        "2026-03-02T08:00:00.000000Z",
    ],
)
def test_every_way_to_write_an_instant_gives_one_normal_form(text: str) -> None:
    assert rfc3339(INSTANT.validate_python(text)) == "2026-03-02T08:00:00Z"


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02T08:00:00",
        "2026-03-02T08:00:00+18:00",
        "2026-03-02T08:00:00-18:00",
        "2026-03-02T08:00:00+25:00",
        "2026-03-02T23:59:60Z",
        "2026-03-02T24:00:00Z",
        "0000-03-02T08:00:00Z",
        "0001-03-02T08:00:00Z",
        "1969-12-31T23:59:59Z",
        "2201-01-01T00:00:00Z",
        "9999-12-31T08:00:00Z",
        "10000-01-01T00:00:00Z",
        "-2026-03-02T08:00:00Z",
        "2026-03-02T08:00:00.1234567Z",
        "2026-03-02T08:00:00,5Z",
        "1700000000",
        "1700000000000",
        1700000000,
        1700000000.5,
        "2026-W10-1T08:00:00Z",
        "2026-061T08:00:00Z",
        "2026-02-30T08:00:00Z",
        "2026-03-02 08:00:00Z",
        "٢٠٢٦-03-02T08:00:00Z",
        None,
        "",
    ],
)
def test_what_is_no_instant_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        INSTANT.validate_python(value)


def test_an_instant_keeps_its_microseconds() -> None:
    read = INSTANT.validate_python("2026-03-02T08:00:00.123456+01:00")
    assert read == datetime(2026, 3, 2, 7, 0, 0, 123456, tzinfo=UTC)
    assert INSTANT.dump_json(read) == b'"2026-03-02T07:00:00.123456Z"'


def test_an_instant_inside_a_daylight_saving_gap_is_fine_with_an_offset() -> None:
    assert rfc3339(INSTANT.validate_python("2026-03-29T02:30:00+01:00")) == "2026-03-29T01:30:00Z"


@pytest.mark.parametrize("text", ["0", "2.50", "99.999999999999999999999999999999999999"])
def test_a_quantity_keeps_every_digit(text: str) -> None:
    assert QUANTITY.dump_json(QUANTITY.validate_python(text)) == f'"{text}"'.encode()


@pytest.mark.parametrize(
    "value",
    ["-1", "1e3", "NaN", "Infinity", "", " 1", "1,5", ".5", "5.", 1, 1.5, True, None, "9" * 39],
)
def test_what_is_no_quantity_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        QUANTITY.validate_python(value)


def test_a_quantity_made_in_the_program_is_taken_as_it_is() -> None:
    assert QUANTITY.validate_python(Decimal("2.50")) == Decimal("2.50")


@pytest.mark.parametrize("text", ["2026-3-2", "2026-W10-1", "2026-061", "20260302", "1969-01-01"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(CalendarDate).validate_python(text)


def test_a_zone_must_be_in_the_database() -> None:
    assert TypeAdapter(ZoneName).validate_python("Europe/Berlin") == "Europe/Berlin"
    for name in ("Mars/Base", "../etc/passwd", "", "/etc/localtime"):
        with pytest.raises(ValidationError):
            TypeAdapter(ZoneName).validate_python(name)


def test_a_text_may_hold_any_script_but_no_nul_and_64_kib_at_most() -> None:
    text = TypeAdapter(Text)
    assert text.validate_python("Überprüfung 検査 🏭") == "Überprüfung 検査 🏭"
    assert len(text.validate_python("x" * 65_536)) == 65_536
    for bad in ("a\x00b", "x" * 65_537, "ü" * 32_769):
        with pytest.raises(ValidationError):
            text.validate_python(bad)


def test_the_reason_other_needs_words_and_a_late_predecessor_is_never_a_root() -> None:
    assert Reason(code="vendor_moved").text is None
    assert Reason(code="other", text="a flood").code == "other"
    for code in ("other", "predecessor_late", "Vendor Moved"):
        with pytest.raises(ValidationError):
            Reason.model_validate({"code": code})
