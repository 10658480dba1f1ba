"""Take an edited sheet of phases back: what it asks for, what that would move, and the decision."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from consumers.asking import ask_now, asked
from consumers.deciding import Request
from consumers.failures import WrongInput
from consumers.gateways.sheet_file import Sheet, SheetCell, read_sheet
from consumers.previewing import preview
from consumers.requests import COMMANDS
from consumers.sheet_changes import (
    Changes,
    Edit,
    Stood,
    Wrong,
    changes_of,
    columns_ignored,
    told_of_sheet,
)
from consumers.sheet_requests import RowRequest, requests_of
from domain.kernel.values import REASON_CODES, Reason
from projections.reports.grid import GridCell, grid_of

if TYPE_CHECKING:
    from consumers.bootstrap import System

SHEET_SOURCE: Final = "takt/sheet"
ONLY_TRIED: Final = Reason(code="other", text="not said yet: the sheet is only tried")


def import_sheet_file(
    system: "System",
    file: Path,
    project_id: str | None,
    *,
    dry_run: bool,
    reason: Reason | None = None,
    insist: bool = False,
    acting_for: str | None = None,
) -> dict[str, Any]:
    """Take a sheet's changes in as one decision, or say what they would be; all or nothing.

    The report is plain JSON values. `outcome` is `planned` (a dry run), `recorded`, `repeated`,
    `unchanged`, or why nothing was recorded: `wrong` (rows that cannot be taken), `conflicting`
    (cells that became something else since the sheet was exported; with `insist` the sheet's word
    goes) or `refused`. Raises OSError and WrongInput for a file that is no such sheet, and
    UnknownSubject for a project there is not.
    """
    sheet = read_sheet(file)
    project = _project(sheet, project_id)
    now = system.views.schedule(project, None)
    position = _position(sheet, now["position"])
    exported = system.views.schedule(project, str(position))
    zone = ZoneInfo(now["zone"])
    grid = grid_of(now)
    changes = changes_of(sheet, Stood.of(grid_of(exported)), Stood.of(grid), zone, insist=insist)
    known = {phase["id"]: phase for phase in now["phases"]}
    requests, wrong = requests_of(
        project, changes.phases, known, ONLY_TRIED if dry_run and reason is None else reason
    )
    if reason is None and not dry_run:
        _ask_for_reason(requests)
    changes.wrong.extend(wrong)
    own = columns_ignored(sheet, grid)
    report = {
        "project": project,
        "sheet_position": position,
        "held_to": now["position"],
        "position": None,
        "rows": len(sheet.rows),
        "requests": len(requests),
        "edits": [_edit(each) for each in changes.edits],
        "conflicts": [_edit(each) for each in changes.conflicts],
        "wrong": [each._asdict() for each in sorted(changes.wrong, key=_by_row)],
        "left_out": changes.left_out,
        "notes": [*sheet.notes, *([f"columns left alone: {', '.join(own)}"] if own else [])],
        "code": None, "text": None, "row": None, "effect": None,
    }  # fmt: skip
    stopped = _stopped(changes, requests)
    if stopped is not None:
        return report | {"outcome": stopped}
    if dry_run:
        return report | _tried(system, requests, acting_for)
    key = f"{sha256(file.read_bytes()).hexdigest()[:40]}:{now['position']}"
    return report | _decided(system, requests, key, acting_for)


def reason_of(code: str | None, words: str | None) -> Reason | None:
    """Return the reason said at the terminal; raises WrongInput for half of one."""
    if code is None:
        if words is not None:
            msg = "--because says more of a reason: name its code with --reason"
            raise WrongInput(msg)
        return None
    try:
        return Reason(code=code, text=words)
    except ValueError:
        told = ", ".join(REASON_CODES)
        msg = f"--reason {code!r}: write a code such as {told}; 'other' needs --because and words"
        raise WrongInput(msg) from None


def _project(sheet: Sheet, named: str | None) -> str:
    for title in ("branch", "true_at"):
        told, _ = told_of_sheet(sheet, title)
        if told is not None:
            what = f"of the branch {told}" if title == "branch" else f"of what was true at {told}"
            msg = f"the sheet is one {what}: only a sheet of the schedule itself can come back"
            raise WrongInput(msg)
    told, otherwise = told_of_sheet(sheet, "project")
    if otherwise is not None:
        msg = f"row {otherwise} is of another project than those above: one project at a time"
        raise WrongInput(msg)
    if told is None and named is None:
        msg = "the sheet has no column 'project': say --project"
        raise WrongInput(msg)
    if told is not None and named is not None and str(told) != named:
        msg = f"the sheet is of {told}, not of {named}: leave --project out"
        raise WrongInput(msg)
    return str(told if named is None else named)


def _position(sheet: Sheet, head: int) -> int:
    """Return the position the sheet was exported at; without one it is held to what stands now."""
    told, otherwise = told_of_sheet(sheet, "position")
    if otherwise is not None:
        msg = (
            f"row {otherwise} was exported at another position than those above: one sheet at once"
        )
        raise WrongInput(msg)
    if told is None:
        return head
    position = _whole(told)
    if not 0 < position <= head:
        msg = (
            f"the sheet says position {told}, and the project stands at {head}: is it of this log?"
        )
        raise WrongInput(msg)
    return position


def _whole(cell: SheetCell) -> int:
    text = str(cell)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < len("9" * 17) else 0


def _ask_for_reason(requests: Sequence[RowRequest]) -> None:
    for each in requests:
        if COMMANDS[each.request.name].needs_reason:
            told = ", ".join(REASON_CODES)
            msg = f"row {each.row} changes a duration: say why with --reason CODE, such as {told}"
            raise WrongInput(msg)


def _stopped(changes: Changes, requests: Sequence[RowRequest]) -> str | None:
    if changes.wrong:
        return "wrong"
    if changes.conflicts:
        return "conflicting"
    return None if requests else "unchanged"


def _tried(
    system: "System", requests: Sequence[RowRequest], acting_for: str | None
) -> dict[str, Any]:
    bare = _bare(requests)
    tried = preview(system.views, bare, ask_now(system, bare, SHEET_SOURCE, acting_for=acting_for))
    return {
        "outcome": "planned" if tried["possible"] else "refused",
        "code": tried["code"],
        "text": tried["text"],
        "row": _row(requests, tried["place"]),
        "effect": tried["effect"],
    }


def _decided(
    system: "System", requests: Sequence[RowRequest], key: str, acting_for: str | None
) -> dict[str, Any]:
    done = asked(system, _bare(requests), SHEET_SOURCE, key, acting_for)
    return {
        "outcome": "repeated" if done["repeated"] else done["outcome"],
        "position": done["position"],
        "code": done["code"],
        "text": done["text"],
        "row": _row(requests, done["place"]),
    }


def _bare(requests: Sequence[RowRequest]) -> Sequence[Request]:
    return [each.request for each in requests]


def _row(requests: Sequence[RowRequest], place: int | None) -> int | None:
    return None if place is None else requests[place - 1].row


def _edit(edit: Edit) -> dict[str, Any]:
    return {**edit._asdict(), "was": _told(edit.was), "sheet": _told(edit.sheet),
            "now": _told(edit.now)}  # fmt: skip


def _told(cell: GridCell | SheetCell) -> str | int | None:
    return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell


def _by_row(wrong: Wrong) -> tuple[int, str]:
    return wrong.row, wrong.column or ""
