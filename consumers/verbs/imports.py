"""Take files in: `takt import plan|estimates|events`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from consumers.file_forms import needs
from consumers.verbs.sheet import Said, import_sheet, is_sheet
from consumers.verbs.terminal import EXIT_NO, EXIT_WRONG, ActingFor, AsJson, fail, opened, show
from domain.kernel.wording import amount_text, counted

HOUR_MIN: Final = 60

import_app = typer.Typer(
    help="Take a plan, a sheet, estimates or events in from a file.", no_args_is_help=True
)


@import_app.command("plan")
def import_plan(  # noqa: PLR0913  One for each option.
    file: Annotated[
        Path,
        typer.Argument(
            help="MSPDI (.xml), takt.plan/1 (.json), or an edited sheet (.xlsx, .csv) of"
            " `takt schedule --to`."
        ),
    ],
    project: Annotated[
        str | None, typer.Option(help="Id of the project, if not the file's.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="Of a sheet: why durations change, e.g. labour_short.")
    ] = None,
    because: Annotated[str | None, typer.Option(help="Of a sheet: the reason in words.")] = None,
    acting_for: ActingFor = None,
    *,
    insist: Annotated[
        bool,
        typer.Option("--insist", help="Of a sheet: its word goes where things changed since."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import a plan, or what was edited on a sheet: all of it, or nothing."""
    said = Said(reason, because, acting_for, insist)
    if is_sheet(file):
        import_sheet(file, project, said, dry_run=dry_run, as_json=as_json)
        return
    if any(said):
        fail("--reason, --because, --acting-for and --insist are said of sheets", EXIT_WRONG)
    from consumers.plan_import import import_plan_file  # noqa: PLC0415
    from consumers.verb_texts import plan_import_text  # noqa: PLC0415

    with opened() as system:
        report = import_plan_file(system, file, project, dry_run=dry_run)
        system.settle()
        show(report, as_json=as_json, text=plan_import_text)
        if report["outcome"] == "refused":
            raise typer.Exit(EXIT_NO)


@import_app.command("estimates")
def import_estimates(
    file: Annotated[
        Path,
        typer.Argument(
            help="A sheet (.xlsx, .csv) with the columns id, element, skill, hours, amount or"
            " rate, currency, method."
        ),
    ],
    project: Annotated[str, typer.Option(help="The project whose phases are estimated.")],
    acting_for: ActingFor = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import estimates of hours and money: all of them, or nothing; 2 where a row is wrong."""
    from consumers.estimate_import import import_estimates_file  # noqa: PLC0415

    with opened() as system, needs(file.suffix.lower()):
        report = import_estimates_file(
            system, file, project, dry_run=dry_run, acting_for=acting_for
        )
        show(report, as_json=as_json, text=estimates_text)
        if report["outcome"] in {"wrong", "refused"}:
            raise typer.Exit(EXIT_WRONG if report["outcome"] == "wrong" else EXIT_NO)


@import_app.command("events")
def import_events(
    file: Annotated[
        str,
        typer.Argument(
            help="CloudEvents, one JSON object a line; - is stdin. Or answers to invitations, .ics."
        ),
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Import facts; the same file again changes nothing."""
    from consumers.verb_texts import event_import_text, event_report  # noqa: PLC0415

    with opened() as system, needs(Path(file).suffix):
        report = event_report(system, file)
        system.settle()
        show(report, as_json=as_json, text=event_import_text)
        if report["refused"] or report["conflicts"]:
            raise typer.Exit(EXIT_NO)


def estimates_text(report: Mapping[str, Any]) -> str:
    """Return what a sheet of estimates asks for, and what became of it."""
    return "\n".join(_estimate_lines(report))


def _estimate_lines(report: Mapping[str, Any]) -> Iterator[str]:
    of = f"{counted(len(report['estimates']), 'estimate')} of {counted(report['rows'], 'row')}"
    yield f"{report['outcome']}: {report['project']}: {of}, {counted(report['events'], 'event')}"
    if report["code"]:
        row = "" if report["row"] is None else f"row {report['row']}: "
        yield f"{row}{report['code']}: {report['text']}"
    for each in report["wrong"]:
        column = "" if each["column"] is None else f", {each['column']}"
        yield f"  row {each['row']}{column}: {each['text']}"
    if report["outcome"] != "wrong":
        for each in report["estimates"]:
            hours = ", ".join(
                f"{skill} {minutes / HOUR_MIN:g} h" for skill, minutes in each["effort_min"].items()
            )
            amount = f"{amount_text(each['minor'], each['currency'])} {each['currency']}"
            yield f"  {each['phase']} {each['element']}: {amount}{hours and f' ({hours})'}"
    yield from (f"note: {note}" for note in report["notes"])
