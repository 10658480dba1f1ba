"""Bring back sheets that are broken, hostile or odd: each is read as it stands, or told why not."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from consumers.failures import WrongInput
from consumers.gateways import sheet_file, sheet_workbook
from consumers.gateways.sheet_file import COLUMNS_MAX, ROWS_MAX, read_sheet
from consumers.strict_json import MIB
from tests.edited_sheets import with_part, workbook

ROWS: list[tuple[object, ...]] = [("id", "name"), ("cut", "Cut")]
SHEET = "xl/worksheets/sheet1.xml"


def refused(file: Path) -> str:
    with pytest.raises(WrongInput) as wrong:
        read_sheet(file)
    assert str(wrong.value).startswith(f"{file.name}: ")
    return str(wrong.value).removeprefix(f"{file.name}: ")


def cells(file: Path) -> list[dict[str, Any]]:
    return [dict(row.cells) for row in read_sheet(file).rows]


# Workbooks


def test_a_package_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path) -> None:
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as package:
        for number in range(5):
            package.writestr(f"xl/{number}.xml", b"\x20" * (60 * MIB))
    file = tmp_path / "bomb.xlsx"
    file.write_bytes(written.getvalue())
    assert file.stat().st_size < MIB
    assert refused(file) == "it unpacks to 300 MiB in 5 parts; at most 256 MiB in 2,000 are read"


def test_a_package_of_too_many_parts_is_not_unpacked(tmp_path: Path) -> None:
    written = BytesIO()
    with ZipFile(written, "w") as package:
        for number in range(sheet_workbook.PARTS_MAX + 1):
            package.writestr(f"{number}.xml", b"")
    file = tmp_path / "parts.xlsx"
    file.write_bytes(written.getvalue())
    assert refused(file).startswith("it unpacks to 0 MiB in 2,001 parts;")


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_file, "FILE_BYTES_MAX", MIB)
    file = tmp_path / "large.csv"
    file.write_bytes(b"id\n" + b"x" * MIB)
    assert refused(file) == "the file is larger than 1 MiB"


@pytest.mark.parametrize(("row", "column"), [(1_048_576, 2), (1_048_576, 16_384)])
def test_a_cell_at_the_far_end_of_a_sheet_costs_nothing_and_is_told(
    tmp_path: Path, row: int, column: int
) -> None:
    file = workbook(tmp_path / "far.xlsx", ROWS, lambda _, sheet: sheet.cell(row, column, "far"))
    assert refused(file) == f"something stands below row {ROWS_MAX + 1:,}: delete it"


def test_a_sheet_may_declare_any_size(tmp_path: Path) -> None:
    def declare(part: bytes) -> bytes:
        assert b'<dimension ref="A1:B2"' in part
        return part.replace(b'"A1:B2"', b'"A1:XFD1048576"')

    file = with_part(workbook(tmp_path / "size.xlsx", ROWS), SHEET, declare)
    assert cells(file) == [{"id": "cut", "name": "Cut"}]


def test_more_columns_than_are_read_are_told(tmp_path: Path) -> None:
    wide = [("id", *(f"c{number}" for number in range(COLUMNS_MAX))), ("cut",)]
    file = workbook(tmp_path / "wide.xlsx", wide)
    assert refused(file) == f"row 1 has more than {COLUMNS_MAX} columns"


@pytest.mark.parametrize(
    "begin", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xd0\xcf\x11\xe0 anything"]
)
def test_a_password_or_an_old_kind_is_told(tmp_path: Path, begin: bytes) -> None:
    file = tmp_path / "locked.xlsx"
    file.write_bytes(begin + b"\x00" * 512)
    assert refused(file) == "it has a password or is of an old kind: save it as .xlsx without one"


def test_parts_with_a_password_are_told(tmp_path: Path) -> None:
    raw = bytearray(workbook(tmp_path / "locked.xlsx", ROWS).read_bytes())
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1  # In the directory of the package, the flag of the first part.
    (tmp_path / "locked.xlsx").write_bytes(raw)
    assert refused(tmp_path / "locked.xlsx") == "it has a password: save it without one"


@pytest.mark.parametrize("declared", [b"<!DOCTYPE x>", b'<!ENTITY a "b">'])
def test_a_part_that_declares_entities_is_not_parsed(tmp_path: Path, declared: bytes) -> None:
    file = with_part(workbook(tmp_path / "dtd.xlsx", ROWS), SHEET, lambda part: declared + part)
    assert refused(file) == f"{SHEET} declares entities, which no program writes there"


@pytest.mark.parametrize(
    "change",
    [
        lambda part: part.decode().encode("utf-16"),
        lambda part: b'<?xml version="1.0" encoding="cp037"?>' + part,
        lambda part: b"<?xml version='1.0' encoding = 'UTF-7' ?>" + part,
    ],
)
def test_a_part_in_another_encoding_is_not_parsed(
    tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    file = with_part(workbook(tmp_path / "e.xlsx", ROWS), SHEET, change)
    assert refused(file) == f"{SHEET} is not in UTF-8: save it anew as .xlsx"


def test_the_value_a_formula_showed_last_is_taken_and_noted(tmp_path: Path) -> None:
    file = workbook(tmp_path / "f.xlsx", [("id", "duration_min"), ("cut", "=60*8")])
    file = with_part(
        file, SHEET, lambda part: part.replace(b"<f>60*8</f><v></v>", b"<f>60*8</f><v>480</v>")
    )
    sheet = read_sheet(file)
    assert dict(sheet.rows[0].cells) == {"id": "cut", "duration_min": 480}
    assert sheet.notes == ("of formulas, what they showed when the file was saved is taken: B2",)


def test_a_formula_nobody_has_computed_is_told_and_not_taken_for_an_empty_cell(
    tmp_path: Path,
) -> None:
    file = workbook(tmp_path / "f.xlsx", [("id", "deadline"), ("cut", "=TODAY()")])
    assert refused(file) == ("B2 is a formula nobody has computed: save the file in a spreadsheet")


def test_merged_cells_are_told(tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "m.xlsx", [*ROWS, ("weld", None)], lambda _, sheet: sheet.merge_cells("B2:B3")
    )
    assert refused(file) == (
        "it has merged cells: undo that, for what stands in those below cannot be known"
    )


def test_dates_are_read_by_the_calendar_of_the_workbook(tmp_path: Path) -> None:
    def since_1904(book: Any, sheet: Any) -> None:  # noqa: ANN401
        book.epoch = CALENDAR_MAC_1904
        sheet.cell(2, 2, 44_621.5).number_format = "yyyy-mm-dd hh:mm"

    rows: list[tuple[object, ...]] = [("id", "deadline"), ("cut", None)]
    (row,) = cells(workbook(tmp_path / "1904.xlsx", rows, since_1904))
    assert row["deadline"].isoformat() == "2026-03-02T12:00:00"


def test_a_hidden_sheet_is_not_read_and_of_several_the_one_named(tmp_path: Path) -> None:
    def hide(book: Any, _: Any) -> None:  # noqa: ANN401
        book.create_sheet("Lists", 0).sheet_state = "hidden"

    def add(book: Any, sheet: Any) -> None:  # noqa: ANN401
        book.create_sheet("Notes", 0)
        sheet.title = "Schedule"

    def only_add(book: Any, _: Any) -> None:  # noqa: ANN401
        book.create_sheet("Notes")

    assert cells(workbook(tmp_path / "h.xlsx", ROWS, hide)) == [{"id": "cut", "name": "Cut"}]
    assert cells(workbook(tmp_path / "n.xlsx", ROWS, add)) == [{"id": "cut", "name": "Cut"}]
    assert refused(workbook(tmp_path / "s.xlsx", ROWS, only_add)) == (
        "it has several sheets or none to be seen ('Sheet', 'Notes'): name the one meant 'Schedule'"
    )


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("change", [lambda part: part[: len(part) // 2], lambda _: b"<x/>"])
def test_a_broken_workbook_is_told(
    tmp_path: Path, part: str, change: Callable[[bytes], bytes]
) -> None:
    file = with_part(workbook(tmp_path / "broken.xlsx", ROWS), part, change)
    assert refused(file)


def test_a_package_cut_off_anywhere_is_told(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "whole.xlsx", ROWS).read_bytes()
    for length in range(2, len(whole), 97):
        (tmp_path / "cut.xlsx").write_bytes(whole[:length])
        assert refused(tmp_path / "cut.xlsx").startswith("it is no workbook that can be read")


# Separated values


@pytest.mark.parametrize(
    ("raw", "note"),
    [
        (b"\xef\xbb\xbfid,name\r\ncut,Cut\r\n", "commas"),
        (b"id;name\ncut;Cut", "semicolons"),
        (b"id\tname\rcut\tCut\r", "tabs"),
        ("id;name\r\ncut;Cut\r\n".encode("utf-16"), "semicolons"),
        (b'ID ,"Name"\n\n cut ,Cut\n,\n', "commas"),
    ],
)
def test_values_are_read_in_the_dialect_they_are_in_and_it_is_told(
    tmp_path: Path, raw: bytes, note: str
) -> None:
    file = tmp_path / "v.csv"
    file.write_bytes(raw)
    assert cells(file) == [{"id": "cut", "name": "Cut"}]
    assert read_sheet(file).notes == (f"read as values separated by {note}",)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", "there is no row below its head"),
        (b"id,name\r\n", "there is no row below its head"),
        (b"name\ncut\n", "its first row has no column 'id': the first row names the columns"),
        (b"id,name,Name\ncut,a,b\n", "the column 'name' is there twice"),
        (b'id,name\ncut,"open\n' + b"x" * 200_000,
         "row 2: field larger than field limit (131072)"),
        (b'id,name\ncut,"open\n', "row 2: unexpected end of data"),
        (b"id,name\ncut,a\x00b\n", "there are NUL characters in it: it is no text"),
        (b"id,name\ncut,M\xfcller\n", "it is neither a workbook nor text in UTF-8 (byte 13)"),
        (b"id" + b",x" * 100_000 + b"\n", "row 1 has more than 200 columns"),
        (b"id,name\ncut\n", "row 2 has 1 cells where the head names 2"),
        (b"id,name\ncut,a,b\n", "row 2: 'b' stands in a column that has no title"),
        (b"id\n" + b"x\n" * (ROWS_MAX + 1),
         "it has more than 100,000 rows: delete what stands below the table"),
    ],
)  # fmt: skip
def test_values_that_cannot_be_read_are_told(tmp_path: Path, raw: bytes, text: str) -> None:
    file = tmp_path / "v.csv"
    file.write_bytes(raw)
    assert refused(file) == text


def test_what_was_kept_from_running_comes_back_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "v.csv"
    file.write_text("id,name\ncut,'=1+1\nweld,''=x\npaint,'quoted'\n", "utf-8")
    assert [each["name"] for each in cells(file)] == ["=1+1", "'=x", "'quoted'"]
