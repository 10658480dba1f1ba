"""Edit sheets as people do in an office program, or make ones that no program would."""

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

Edits = Mapping[tuple[str, str], str | int | float | datetime | None]
"""What is typed into a cell, by its phase and the title of its column; a formula begins with =."""


def edit_workbook(file: Path, edits: Edits) -> Path:
    """Type into cells of a workbook and save it, as an office program would."""
    book = load_workbook(file)
    sheet = book["Schedule"]
    head = [cell.value for cell in sheet[1]]
    rows = {row[head.index("id")].value: row for row in sheet.iter_rows(min_row=2)}
    for (phase, column), value in edits.items():
        rows[phase][head.index(column)].value = value
    book.save(file)
    return file


def edit_values(file: Path, edits: Edits, separator: str = ",") -> Path:
    """Type into cells of comma-separated values and save them, with another separator perhaps."""
    lines = list(csv.reader(StringIO(file.read_text("utf-8-sig"), newline="")))
    head = lines[0]
    rows = {line[head.index("id")]: line for line in lines[1:]}
    for (phase, column), value in edits.items():
        rows[phase][head.index(column)] = "" if value is None else str(value)
    text = StringIO()
    csv.writer(text, delimiter=separator).writerows(lines)
    file.write_text(text.getvalue(), "utf-8-sig")
    return file


def workbook(
    file: Path,
    rows: Sequence[Sequence[object]],
    change: Callable[[Workbook, Worksheet], object] | None = None,
) -> Path:
    """Write rows to the one sheet of a new workbook, and change what else there is."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in rows:
        sheet.append(list(row))
    if change is not None:
        change(book, sheet)
    book.save(file)
    return file


def with_part(file: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """Change one part of a workbook's package, or add it, past every program."""
    with ZipFile(file) as package:
        parts = {each: package.read(each) for each in package.namelist()}
    parts[name] = change(parts.get(name, b""))
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as package:
        for each, content in parts.items():
            package.writestr(each, content)
    file.write_bytes(written.getvalue())
    return file
