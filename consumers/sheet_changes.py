"""Say what an edited sheet of phases asks for: its difference to the position it was exported at.

Each cell is held to three things: what was exported, what the sheet says, and what stands there
now. What was not edited asks for nothing. What was edited, and has become something else meanwhile,
is a conflict that a person settles. Dates are computed, so nobody can type them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from consumers.gateways.sheet_file import Sheet, SheetCell, SheetRow
from consumers.sheet_cells import EDITABLE, CellValue, is_same, read_cell
from domain.kernel.ids import ID_PATTERN
from projections.reports.grid import Grid, GridCell

OF_THE_SHEET: Final = frozenset({"project", "branch", "position", "true_at", "zone", "id"})
_ID: Final = re.compile(ID_PATTERN)
_BY_EVENT: Final = {"actual_start": "phase.started.v1", "actual_finish": "phase.finished.v1"}
_CLEARED: Final = {
    "name": "a phase has a name",
    "department": "a phase has a department",
    "kind": "a phase is a task, a milestone or of another kind",
    "duration_min": "a phase has a duration; 0 for a milestone",
    "remaining_min": "say 0 where nothing is left",
    "parent": "a sheet moves a phase below another one, not to the top",
    "calendar": "name the calendar it is to have, as the project's own",
}


class Edit(NamedTuple):
    """A cell that asks for something else: what was exported, what it says, what stands now."""

    row: int
    phase: str
    column: str
    was: GridCell
    sheet: SheetCell
    now: GridCell


class Wrong(NamedTuple):
    """What cannot be taken from a row, and what to do; a column of None means the whole row."""

    row: int
    column: str | None
    text: str


class PhaseEdits(NamedTuple):
    """What a row asks for of one phase: the columns edited, and what they say."""

    row: int
    phase: str
    values: Mapping[str, CellValue]
    """Of a new phase all that stands in its row."""
    is_new: bool


@dataclass(slots=True)
class Changes:
    """What a whole sheet asks for."""

    phases: list[PhaseEdits] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    conflicts: list[Edit] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Phases of the position exported that are on no row: a sheet removes none."""


class Stood(NamedTuple):
    """What a grid shows of each phase, by its id and the column's title."""

    phases: Mapping[str, Mapping[str, GridCell]]

    @classmethod
    def of(cls, grid: Grid) -> "Stood":
        """Return a grid's rows by their phase."""
        at = grid.columns.index("id")
        rows = (dict(zip(grid.columns, row, strict=True)) for row in grid.rows)
        return cls({str(row[grid.columns[at]]): row for row in rows})


def changes_of(
    sheet: Sheet, exported: Stood, now: Stood, zone: ZoneInfo, *, insist: bool
) -> Changes:
    """Return what a sheet asks for, row by row; with `insist`, conflicts go by the sheet."""
    found = Changes()
    seen: dict[str, int] = {}
    for row in sheet.rows:
        phase_id = row.cells.get("id")
        if phase_id is None:
            found.wrong.append(Wrong(row.number, "id", "a row needs the id of its phase"))
            continue
        phase = str(phase_id)
        if _ID.fullmatch(phase) is None:
            told = f"{phase[:70]!r} is no id: 1 to 64 of letters, digits, . _ : -"
            found.wrong.append(Wrong(row.number, "id", told))
            continue
        if phase in seen:
            told = f"the phase {phase} stands on row {seen[phase]} already"
            found.wrong.append(Wrong(row.number, "id", told))
            continue
        seen[phase] = row.number
        edits = _Row(row, phase, exported.phases.get(phase), now.phases.get(phase), zone, insist)
        edits.compare(found)
    found.left_out.extend(each for each in now.phases if each not in seen)
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    """One row, and what is known of its phase: None where there was, or is, no such phase."""

    row: SheetRow
    phase: str
    exported: Mapping[str, GridCell] | None
    now: Mapping[str, GridCell] | None
    zone: ZoneInfo
    insist: bool

    def compare(self, found: Changes) -> None:
        if self.now is None and self.exported is not None:
            if any(True for _ in self._edited(self.exported)):
                told = f"the phase {self.phase} was removed since: take its row out"
                found.wrong.append(Wrong(self.row.number, "id", told))
        elif self.now is None:
            self._is_new(found)
        elif self.exported is None:
            told = f"a phase {self.phase} was added since: export anew, or choose another id"
            found.wrong.append(Wrong(self.row.number, "id", told))
        else:
            self._is_edited(found, self.exported, self.now)

    def _edited(self, exported: Mapping[str, GridCell]) -> Iterator[tuple[str, SheetCell]]:
        """Yield the columns in which the sheet shows something else than was exported."""
        for column, cell in self.row.cells.items():
            if column in OF_THE_SHEET or column not in exported:
                continue
            if not is_same(column, cell, exported[column], self.zone):
                yield column, cell

    def _is_edited(
        self, found: Changes, exported: Mapping[str, GridCell], now: Mapping[str, GridCell]
    ) -> None:
        values: dict[str, CellValue] = {}
        for column, cell in self._edited(exported):
            if is_same(column, cell, now[column], self.zone):
                continue  # Somebody has brought it about meanwhile.
            edit = Edit(self.row.number, self.phase, column, exported[column], cell, now[column])
            wrong = self._read(column, cell, values)
            if wrong is not None:
                found.wrong.append(wrong)
            elif not self.insist and not is_same(column, exported[column], now[column], self.zone):
                found.conflicts.append(edit)
            else:
                found.edits.append(edit)
        if values:
            found.phases.append(PhaseEdits(self.row.number, self.phase, values, is_new=False))

    def _is_new(self, found: Changes) -> None:
        values: dict[str, CellValue] = {}
        wrong = [
            unreadable
            for column, cell in self.row.cells.items()
            if column in EDITABLE and cell is not None
            if (unreadable := self._read(column, cell, values)) is not None
        ]
        missing = [each for each in ("name", "department", "duration_min") if each not in values]
        if missing and not wrong:
            told = f"there is no phase {self.phase} yet, and a new one needs {', '.join(missing)}"
            wrong.append(Wrong(self.row.number, missing[0], told))
        found.wrong.extend(wrong)
        if not wrong:
            for column in values:
                found.edits.append(
                    Edit(self.row.number, self.phase, column, None, self.row.cells[column], None)
                )
            found.phases.append(PhaseEdits(self.row.number, self.phase, values, is_new=True))

    def _read(self, column: str, cell: SheetCell, values: dict[str, CellValue]) -> Wrong | None:
        """Take a cell's value in, or return why it cannot be taken."""
        if column in _BY_EVENT:
            told = f"what happened is told by an event: {_BY_EVENT[column]}"
            return Wrong(self.row.number, column, told)
        if column not in EDITABLE:
            told = "it is computed: change a duration, a link, a constraint or a deadline instead"
            return Wrong(self.row.number, column, told)
        if cell is None and column in _CLEARED:
            return Wrong(self.row.number, column, f"it cannot be empty: {_CLEARED[column]}")
        try:
            values[column] = read_cell(column, cell, self.zone)
        except ValueError as unreadable:
            return Wrong(self.row.number, column, str(unreadable))
        return None


def columns_ignored(sheet: Sheet, grid: Grid) -> Sequence[str]:
    """Return the titles of columns that are the editor's own: they are left alone."""
    return [title for title in sheet.columns if title not in grid.columns]


def told_of_sheet(sheet: Sheet, title: str) -> tuple[SheetCell, int | None]:
    """Return what all rows say in a column about the whole sheet; the row that says otherwise."""
    first: Any = None
    for row in sheet.rows:
        cell = row.cells.get(title)
        if cell is None:
            continue
        if first is None:
            first = cell
        elif str(cell) != str(first):
            return first, row.number
    return first, None
