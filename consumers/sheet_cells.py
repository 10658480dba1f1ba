"""Read what stands in one cell of an edited sheet, and hold it to what was exported there."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from consumers.gateways.plan_form import local_instant
from consumers.gateways.sheet_file import BLANK, SheetCell
from projections.reports.grid import GridCell
from projections.reports.office import words

TEXTS: Final = ("wbs", "name", "department", "kind", "parent", "calendar", "constraint")
MINUTES: Final = ("duration_min", "remaining_min")
SHARES: Final = ("physical_bp",)
DEADLINE: Final = "deadline"
MOMENTS: Final = (DEADLINE, "constraint_at")
LINKS: Final = "predecessors"
EDITABLE: Final = (*TEXTS, *MINUTES, *SHARES, *MOMENTS, LINKS)
"""The columns by which a sheet can ask for a change."""

_WHOLE: Final = re.compile(r"\d{1,16}", re.ASCII)
_LINK: Final = re.compile(
    r"(?P<pred>[A-Za-z0-9._:\-]{1,64})"
    r"(?:\s+(?P<type>FS|SS|FF|SF))?"
    r"(?:\s+(?P<value>[+-]\d{1,12})\s*(?P<unit>working_min|elapsed_min|percent_of_pred))?",
    re.ASCII,
)


class LinkCell(NamedTuple):
    """A link as planners write it: `weld FS +480 working_min`; without a lag `value` is 0."""

    pred: str
    type: str
    value: int
    unit: str


CellValue: TypeAlias = str | int | datetime | tuple[LinkCell, ...] | None
"""What a cell that can be edited says; None where it is empty."""


def is_same(column: str, one: SheetCell | GridCell, other: SheetCell | GridCell,
            zone: ZoneInfo) -> bool:  # fmt: skip
    """Tell whether two cells show the same, however the file has it: as words, or as a moment."""
    return one == other or _shown(column, one, zone) == _shown(column, other, zone)


def read_cell(column: str, cell: SheetCell, zone: ZoneInfo) -> CellValue:
    """Return what a cell of a column that can be edited says; raises ValueError that tells it.

    A moment without an offset is one of the project's zone; a deadline that is a date is its end.
    """
    if cell is None:
        return None
    if column in MINUTES or column in SHARES:
        return _whole(cell)
    if column in MOMENTS:
        return _moment(cell, zone, end_of_day=column == DEADLINE)
    if column == LINKS:
        return links_of(str(cell))
    return str(cell)


def links_of(text: str) -> tuple[LinkCell, ...]:
    """Return the links that stand in a cell, `;` between them; raises ValueError."""
    found: dict[tuple[str, str], LinkCell] = {}
    for part in text.split(";"):
        told = part.strip()
        if not told:
            continue
        match = _LINK.fullmatch(told)
        if match is None:
            msg = f"{told[:60]!r} is no link: write e.g. 'weld FS' or 'weld SS +480 working_min'"
            raise ValueError(msg)
        link_type, unit = match["type"] or "FS", match["unit"] or "working_min"
        link = LinkCell(match["pred"], link_type, int(match["value"] or 0), unit)
        if (link.pred, link.type) in found:
            msg = f"{link.pred} {link.type} is there twice"
            raise ValueError(msg)
        found[link.pred, link.type] = link
    return tuple(found.values())


def link_cells(links: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return the links of a phase's row by what tells them apart on a sheet."""
    return {(each["pred"], each["type"]): each for each in links}


def _whole(cell: str | int | datetime) -> int:
    if isinstance(cell, int):
        if cell >= 0:
            return cell
    elif isinstance(cell, str) and _WHOLE.fullmatch(cell):
        return int(cell)
    msg = f"{str(cell)[:40]!r} is no whole number from 0 on"
    raise ValueError(msg)


def _moment(cell: str | int | datetime, zone: ZoneInfo, *, end_of_day: bool) -> datetime:
    if isinstance(cell, int):
        msg = f"{cell} is a number: give the cell a date format, or write 2026-03-02T08:00"
        raise ValueError(msg)  # noqa: TRY004  It is the value that is wrong, for whoever typed it.
    if isinstance(cell, datetime):
        # A workbook counts days in floating point, so a moment comes back a little off.
        return local_instant(_to_the_second(cell).isoformat(), zone)
    return local_instant(cell.replace(" ", "T", 1), zone, end_of_day=end_of_day)


def _shown(column: str, cell: SheetCell | GridCell, zone: ZoneInfo) -> object:
    """Return what two cells that show the same have in common."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, datetime):
        at = cell if cell.tzinfo is None else cell.astimezone(zone).replace(tzinfo=None)
        return _to_the_second(at)
    text = _ESCAPED.sub(_unescaped, words(cell)).replace("\r\n", "\n").strip(BLANK)
    if column == LINKS:
        try:
            return frozenset(links_of(text))
        except ValueError:
            return text
    if not text:
        return None
    if _LIKE_A_MOMENT.match(text):
        try:
            return _shown(column, local_instant(text.replace(" ", "T", 1), zone), zone)
        except ValueError:
            return text
    return text


def _unescaped(found: re.Match[str]) -> str:
    return words(chr(int(found[1], 16)))


_ESCAPED: Final = re.compile("_x([0-9A-Fa-f]{4})_")
"""How a workbook keeps what its XML cannot hold, as the end of a line from another machine."""
_LIKE_A_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", re.ASCII)


def _to_the_second(moment: datetime) -> datetime:
    return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
