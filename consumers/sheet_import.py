"""Take an edited sheet of phases back: what it asks for, what that would move, and the decision."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol
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
from consumers.views import Views
from domain.kernel.refusals import StaleVersion
from domain.kernel.values import REASON_CODES, Reason
from projections.reports.grid import GridCell, grid_of

if TYPE_CHECKING:
    from consumers.bootstrap import System

SHEET_SOURCE: Final = "takt/sheet"
ATTEMPTS_MAX: Final = 5
ONLY_TRIED: Final = Reason(code="other", text="not said yet: the sheet is only tried")


class Terms(NamedTuple):
    """What is said of a sheet beside what stands in it."""

    project_id: str | None = None
    reason: Reason | None = None
    insist: bool = False
    """Whether the sheet's word goes where cells became something else since it was exported."""
    dry_run: bool = False


class Asking(Protocol):
    """Somebody in whose name a sheet's requests are asked."""

    def tried(self, requests: Sequence[Request]) -> Mapping[str, Any]:
        """Return what requests would come to, as `preview` tells it."""

    def decided(self, requests: Sequence[Request], key: str, looked_at: int) -> Mapping[str, Any]:
        """Return what became of requests, as `asked` tells it.

        Raises StaleVersion where something they write has moved on since `looked_at`.
        """


def take_back(
    views: Views, sheet: Sheet, digest: str, terms: Terms, asking: Asking
) -> dict[str, Any]:
    """Take a sheet's changes in as one decision, or say what they would be; all or nothing.

    `digest` names the file: the same one again, on the same state, is the same message. The report
    is plain JSON values. `outcome` is `planned` (a dry run), `recorded`, `repeated`, `unchanged`,
    or why nothing was recorded: `wrong` (rows that cannot be taken), `conflicting` (cells that
    became something else since the sheet was exported; with `insist` the sheet's word goes) or
    `refused`. Raises WrongInput for what is no such sheet, UnknownSubject for a project there is
    not, and StaleVersion where others change the same again and again while it is held to theirs.
    """
    project = _project(sheet, terms.project_id)
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            return _taken(views, sheet, project, digest, terms, asking)
        except StaleVersion:  # Somebody was faster: it may conflict with that now.
            if attempt == ATTEMPTS_MAX:
                raise
    raise AssertionError


def _taken(
    views: Views, sheet: Sheet, project: str, digest: str, terms: Terms, asking: Asking
) -> dict[str, Any]:
    # As the log has it: the rows that readers use may be a moment behind.
    now = views.schedule(project, str(views.feed.head()))
    position = _position(sheet, now["position"])
    exported = views.schedule(project, str(position))
    zone = ZoneInfo(now["zone"])
    grid = grid_of(now)
    changes = changes_of(
        sheet, Stood.of(grid_of(exported)), Stood.of(grid), zone, insist=terms.insist
    )
    known = {phase["id"]: phase for phase in now["phases"]}
    reason = ONLY_TRIED if terms.dry_run and terms.reason is None else terms.reason
    requests, wrong = requests_of(project, changes.phases, known, reason)
    if reason is None:
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
    if terms.dry_run:
        return report | _tried(requests, asking)
    key = f"{digest[:40]}:{now['position']}"
    return report | _decided(requests, asking, key, now["position"])


def import_sheet_file(
    system: "System", file: Path, terms: Terms, *, acting_for: str | None = None
) -> dict[str, Any]:
    """Take a file's changes in as the coordinator of this machine; see `take_back`.

    Raises OSError for a file there is not.
    """
    sheet = read_sheet(file)
    digest = sha256(file.read_bytes()).hexdigest()
    return take_back(system.views, sheet, digest, terms, _HereAndNow(system, acting_for))


class _HereAndNow:
    """Asks at this machine, perhaps for another."""

    def __init__(self, system: "System", acting_for: str | None) -> None:
        self._system = system
        self._acting_for = acting_for

    def tried(self, requests: Sequence[Request]) -> Mapping[str, Any]:
        ask = ask_now(self._system, requests, SHEET_SOURCE, acting_for=self._acting_for)
        return preview(self._system.views, requests, ask)

    def decided(self, requests: Sequence[Request], key: str, looked_at: int) -> Mapping[str, Any]:
        return asked(self._system, requests, SHEET_SOURCE, key, self._acting_for, looked_at)


def reason_of(code: str | None, words: str | None) -> Reason | None:
    """Return the reason that was said by code and in words; raises WrongInput for half of one."""
    if code is None:
        if words is not None:
            msg = "words say more of a reason: name its code as well (--reason CODE)"
            raise WrongInput(msg)
        return None
    try:
        return Reason(code=code, text=words)
    except ValueError:
        told = ", ".join(REASON_CODES)
        msg = f"{code[:40]!r} is no reason: write a code such as {told}; 'other' needs words too"
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
        msg = "the sheet has no column 'project': name the project (--project)"
        raise WrongInput(msg)
    if told is not None and named is not None and str(told) != named:
        msg = f"the sheet is of the project {told}, not of {named}"
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
            why = f"say why by a reason (--reason CODE), such as {told}"
            msg = f"row {each.row} changes a duration: {why}"
            raise WrongInput(msg)


def _stopped(changes: Changes, requests: Sequence[RowRequest]) -> str | None:
    if changes.wrong:
        return "wrong"
    if changes.conflicts:
        return "conflicting"
    return None if requests else "unchanged"


def _tried(requests: Sequence[RowRequest], asking: Asking) -> dict[str, Any]:
    tried = asking.tried(_bare(requests))
    return {
        "outcome": "planned" if tried["possible"] else "refused",
        "code": tried["code"],
        "text": tried["text"],
        "row": _row(requests, tried["place"]),
        "effect": tried["effect"],
    }


def _decided(
    requests: Sequence[RowRequest], asking: Asking, key: str, looked_at: int
) -> dict[str, Any]:
    done = asking.decided(_bare(requests), key, looked_at)
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
