"""Read the rows of a workbook (.xlsx), whoever made it: nothing in it is run, followed or guessed.

The package is looked through before the library sees it: how much it unpacks to, and that no part
declares entities.
"""

import re
import warnings
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Final, TypeAlias
from zipfile import BadZipFile, ZipFile, ZipInfo

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from consumers.failures import WrongInput
from consumers.gateways.sheet_file import COLUMNS_MAX, NOTES_MAX, ROWS_MAX, Lines, SheetCell
from consumers.strict_json import MIB

UNPACKED_BYTES_MAX: Final = 256 * MIB
PARTS_MAX: Final = 2_000
SHEET: Final = "Schedule"
"""The sheet that is read where there are several: the one that Takt writes."""

_Line: TypeAlias = tuple[int, Sequence[Any]]
"""A row by its number, as the library's cells."""

_ENCRYPTED: Final = 1
_ENCODING: Final = re.compile(rb"""\A[^>]{0,200}?encoding\s*=\s*["']([^"']*)""")
_BROKEN: Final = (
    AttributeError, BadZipFile, EOFError, IndexError, InvalidFileException, KeyError, OSError,
    OverflowError, RuntimeError, SyntaxError, TypeError, ValueError, zlib.error,
)  # fmt: skip
"""What the library lets through of a package that is no workbook."""


def workbook_lines(raw: bytes) -> Lines:
    """Return the lines of a workbook's sheet; raises WrongInput for what cannot be read safely."""
    try:
        _look_through(raw)
        with warnings.catch_warnings():
            # It warns of what it leaves out, as styles and checks; neither is read here.
            warnings.simplefilter("ignore")
            shown = list(_lines(raw, formulas=False))
            written = list(_lines(raw, formulas=True))
    except _BROKEN as broken:
        msg = f"it is no workbook that can be read ({broken}): save it anew as .xlsx"
        raise WrongInput(msg) from broken
    return Lines(_taken(shown), tuple(_notes(shown, written)))


def _look_through(raw: bytes) -> None:
    with ZipFile(BytesIO(raw)) as package:
        parts = package.infolist()
        unpacked = sum(part.file_size for part in parts)
        if len(parts) > PARTS_MAX or unpacked > UNPACKED_BYTES_MAX:
            msg = (
                f"it unpacks to {unpacked // MIB:,} MiB in {len(parts):,} parts;"
                f" at most {UNPACKED_BYTES_MAX // MIB} MiB in {PARTS_MAX:,} are read"
            )
            raise WrongInput(msg)
        for part in parts:
            _look_at(package, part)


def _look_at(package: ZipFile, part: ZipInfo) -> None:
    if part.flag_bits & _ENCRYPTED:
        msg = "it has a password: save it without one"
        raise WrongInput(msg)
    if not part.filename.lower().endswith((".xml", ".rels", ".vml")):
        return
    text = package.read(part)
    declared = _ENCODING.match(text)
    if b"\x00" in text[:4] or (declared and declared[1].lower() not in {b"utf-8", b"us-ascii"}):
        msg = f"{part.filename} is not in UTF-8: save it anew as .xlsx"
        raise WrongInput(msg)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        msg = f"{part.filename} declares entities, which no program writes there"
        raise WrongInput(msg)
    if "worksheets/" in part.filename and b"<mergeCell " in text:
        msg = "it has merged cells: undo that, for what stands in those below cannot be known"
        raise WrongInput(msg)


def _lines(raw: bytes, *, formulas: bool) -> Iterator[_Line]:
    """Yield the cells of each row, with formulas as they are written or as what they showed."""
    book = load_workbook(BytesIO(raw), read_only=True, data_only=not formulas, keep_links=False)
    shown = [each for each in book.worksheets if each.sheet_state == "visible"]
    named = [each for each in shown if each.title == SHEET]
    found = shown if len(shown) == 1 else named
    if len(found) != 1:
        told = ", ".join(repr(each.title) for each in shown[:NOTES_MAX]) or "none"
        msg = f"it has several sheets or none to be seen ({told}): name the one meant {SHEET!r}"
        raise WrongInput(msg)
    # Two cells at the far ends of a sheet are a million rows: nothing beyond the limits is read.
    rows = found[0].iter_rows(max_row=ROWS_MAX + 2, max_col=COLUMNS_MAX + 1)
    for number, row in enumerate(rows, 1):
        if number > ROWS_MAX + 1:
            msg = f"something stands below row {ROWS_MAX + 1:,}: delete it"
            raise WrongInput(msg)
        width = len(row)
        while width and row[width - 1].value is None:
            width -= 1
        yield number, row[:width]


def _taken(lines: Sequence[_Line]) -> Iterator[tuple[int, Sequence[SheetCell]]]:
    for number, row in lines:
        yield number, [_cell(each.value) for each in row]


def _cell(value: object) -> SheetCell:
    match value:
        case None | str():
            return value
        case bool():
            return "yes" if value else "no"
        case int():
            return value
        case float() if value.is_integer():
            return int(value)
        case datetime():
            return value
        case _:
            return str(value)


def _notes(shown: Sequence[_Line], written: Sequence[_Line]) -> Iterator[str]:
    """Tell of formulas; raises WrongInput for one of which nobody knows what it comes to."""
    values = {
        each.coordinate: each.value for _, row in shown for each in row if each.value is not None
    }
    formulas = [each.coordinate for _, row in written for each in row if each.data_type == "f"]
    for coordinate in formulas:
        if coordinate not in values:
            msg = f"{coordinate} is a formula nobody has computed: save the file in a spreadsheet"
            raise WrongInput(msg)
    if formulas:
        told = ", ".join(formulas[:NOTES_MAX]) + (" …" if len(formulas) > NOTES_MAX else "")
        yield f"of formulas, what they showed when the file was saved is taken: {told}"
