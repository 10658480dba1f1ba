"""Take an edited sheet back at the terminal: part of `takt import plan`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import typer

from consumers.file_forms import needs
from consumers.verbs.terminal import EXIT_NO, EXIT_WRONG, opened, show
from domain.kernel.wording import counted

SHEETS: Final = frozenset({".xlsx", ".csv"})
LINES_MAX: Final = 50
_WHY_NOT: Final = {
    "wrong": "nothing is recorded: mend these rows",
    "conflicting": "nothing is recorded: these cells became something else since the sheet was"
    " exported; take over what stands there now, or say --insist",
}


def is_sheet(file: Path) -> bool:
    """Tell whether a file's name is that of a sheet."""
    return file.suffix.lower() in SHEETS


class Said(NamedTuple):
    """What is said of a sheet beside its file: why, for whom, and whether its word goes."""

    reason: str | None
    because: str | None
    acting_for: str | None
    insist: bool


def import_sheet(
    file: Path, project: str | None, said: Said, *, dry_run: bool, as_json: bool
) -> None:
    """Have the changes of a sheet decided, or tell them; 1 where the answer is no, 2 for wrong."""
    from consumers.sheet_import import Terms, import_sheet_file, reason_of  # noqa: PLC0415

    with opened() as system, needs(file.suffix.lower()):
        terms = Terms(project, reason_of(said.reason, said.because), said.insist, dry_run)
        report = import_sheet_file(system, file, terms, acting_for=said.acting_for)
        show(report, as_json=as_json, text=sheet_import_text)
        if report["outcome"] == "wrong":
            raise typer.Exit(EXIT_WRONG)
        if report["outcome"] in {"conflicting", "refused"}:
            raise typer.Exit(EXIT_NO)


def sheet_import_text(report: Mapping[str, Any]) -> str:
    """Return what a sheet asks for row by row, and what became of it."""
    of = f"{counted(report['rows'], 'row')} of {report['project']}"
    since = f"exported at {report['sheet_position']}, held to {report['held_to']}"
    lines = [f"{report['outcome']}: {of}, {since}: {counted(report['requests'], 'request')}"]
    if report["code"]:
        row = "" if report["row"] is None else f"row {report['row']}: "
        lines.append(f"{row}{report['code']}: {report['text']}")
    if report["outcome"] in _WHY_NOT:
        lines.append(_WHY_NOT[report["outcome"]])
    lines += _some([_wrong(each) for each in report["wrong"]])
    lines += _some([_edit(each, conflict=True) for each in report["conflicts"]])
    if report["outcome"] in {"planned", "recorded", "refused"}:
        lines += _some([_edit(each, conflict=False) for each in report["edits"]])
    if report["effect"] is not None:
        from consumers.verbs.branch import effect_lines  # noqa: PLC0415

        lines += ["which would come to:", *effect_lines(report["effect"])]
    return "\n".join([*lines, *_notes(report)])


def _notes(report: Mapping[str, Any]) -> Iterator[str]:
    for note in report["notes"]:
        yield f"note: {note}"
    if report["left_out"]:
        told = ", ".join(report["left_out"][:LINES_MAX])
        more = " …" if len(report["left_out"]) > LINES_MAX else ""
        yield f"note: on no row and left as they are; plan.remove_phase.v1 removes: {told}{more}"


def _some(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:LINES_MAX]
    if len(lines) > LINES_MAX:
        yield f"  … and {len(lines) - LINES_MAX} more: --json lists all"


def _wrong(wrong: Mapping[str, Any]) -> str:
    column = "" if wrong["column"] is None else f", {wrong['column']}"
    return f"  row {wrong['row']}{column}: {wrong['text']}"


def _edit(edit: Mapping[str, Any], *, conflict: bool) -> str:
    told = f"  row {edit['row']}, {edit['phase']} {edit['column']}: {_value(edit['was'])}"
    now = f"; stands at {_value(edit['now'])} now" if conflict else ""
    return f"{told} → {_value(edit['sheet'])}{now}"


def _value(value: object) -> str:
    return "nothing" if value is None else str(value)
