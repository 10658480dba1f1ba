"""Take commands from a terminal: the verbs of `takt`, their output and their exit codes.

Exit codes: 0 done · 1 the answer is no, or a check failed · 2 wrong use or wrong input · 3 a
service cannot be reached. With `--json` one JSON document goes to stdout; progress and logs go to
stderr. Modules are imported where they are used: `takt --help` answers at once.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from consumers.verbs.branch import branch_app
from consumers.verbs.command import command_app
from consumers.verbs.compare import compare
from consumers.verbs.conflicts import conflicts
from consumers.verbs.contracts import contracts
from consumers.verbs.cost import cost
from consumers.verbs.day_sheet import day_sheet
from consumers.verbs.disputes import disputes
from consumers.verbs.forecast import forecast
from consumers.verbs.handover import handover
from consumers.verbs.imports import import_app
from consumers.verbs.inquiries import inquiries
from consumers.verbs.level import level
from consumers.verbs.load import load
from consumers.verbs.material import material
from consumers.verbs.meetings import meetings
from consumers.verbs.notices import notices
from consumers.verbs.publish import publish, published
from consumers.verbs.quality import quality
from consumers.verbs.report import report
from consumers.verbs.reports import reports
from consumers.verbs.requests import requests
from consumers.verbs.rules import rules_app
from consumers.verbs.schedule import schedule
from consumers.verbs.terminal import (
    EXIT_INTERRUPTED,
    EXIT_NO,
    EXIT_WRONG,
    AsJson,
    AsOf,
    TrueAt,
    clear_errors,
    fail,
    opened,
    show,
)
from consumers.verbs.vendors import vendors
from consumers.verbs.why import why

SCHEMAS: Final = Path("deploy/schemas")
ROLES: Final = ("all", "api", "intake", "projector", "policies", "relay")

app = typer.Typer(
    name="takt",
    help="Keep production projects in takt: schedule, audit trail and status from one log.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
audit_app = typer.Typer(help="Ask who changed what, when and why.", no_args_is_help=True)
letters_app = typer.Typer(
    help="Look at messages that could not become events.", no_args_is_help=True
)
schema_app = typer.Typer(
    help="Write the schemas of all messages, and say who still reads whose.", no_args_is_help=True
)
topics_app = typer.Typer(help="Hold the broker's topics to what Takt needs.", no_args_is_help=True)
quarantine_app = typer.Typer(
    help="Look at keys that stand still because of an event, and let them go on.",
    no_args_is_help=True,
)
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(import_app, name="import")
app.add_typer(rules_app, name="rules")
app.add_typer(audit_app, name="audit")
app.add_typer(letters_app, name="dlq")
app.add_typer(schema_app, name="schema")
app.add_typer(topics_app, name="topics")
app.add_typer(branch_app, name="branch")
app.add_typer(command_app, name="command")


def main() -> None:
    """Run the verb on the command line; every expected failure is one clear line."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


@app.command()
def run(
    role: Annotated[str, typer.Argument(help=f"One of {', '.join(ROLES)}.")] = "all",
    *,
    demo: Annotated[bool, typer.Option("--demo", help="With a project that lives.")] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0: a free one.")] = None,
) -> None:
    """Run everything in one process, or one role of it."""
    if role not in ROLES:
        fail(f"there is no role {role!r}; the roles are {', '.join(ROLES)}", EXIT_WRONG)
    from consumers.observability import set_up_logging  # noqa: PLC0415
    from consumers.running import run_system  # noqa: PLC0415
    from consumers.settings import read_settings  # noqa: PLC0415

    with clear_errors():
        settings = read_settings()
        changed: dict[str, object] = {}
        if host is not None:
            changed["http_host"] = host
        if port is not None:
            changed["http_port"] = port
        settings = settings.model_copy(update=changed)
        set_up_logging(settings)
        run_system(settings, role=role, demo=demo, tell=typer.echo)


app.command()(schedule)


@app.command()
def status(
    project: Annotated[str | None, typer.Argument()] = None,
    as_of: AsOf = None,
    true_at: TrueAt = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show how a project and its departments stand; without a project, all of them."""
    from consumers.verb_texts import status_text  # noqa: PLC0415

    with opened() as system:
        document = system.views.status(project, as_of, true_at)
        show(document, as_json=as_json, text=status_text)


app.command()(why)
app.command()(compare)
app.command()(level)
app.command()(forecast)
app.command()(quality)
app.command()(report)
app.command()(publish)
app.command()(published)
app.command()(reports)
app.command()(cost)
app.command()(load)
app.command("daysheet")(day_sheet)
app.command()(vendors)
app.command()(contracts)
app.command()(conflicts)
app.command()(requests)
app.command()(material)
app.command()(meetings)
app.command()(inquiries)
app.command()(notices)
app.command()(handover)
app.command()(disputes)


@audit_app.command("trail")
def audit_trail(
    project: Annotated[str | None, typer.Argument()] = None,
    as_of: AsOf = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 1000,
    *,
    as_json: AsJson = False,
) -> None:
    """Show who changed what, when and why, newest last."""
    from consumers.verb_texts import trail_text  # noqa: PLC0415

    with opened() as system:
        document = system.views.trail(project, as_of, limit)
        show(document, as_json=as_json, text=trail_text)


@app.command()
def rebuild(
    name: Annotated[str | None, typer.Argument(help="One projection; all when left out.")] = None,
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare live rows with a clean rebuild.")
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin again instead of going on where one stopped.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Rebuild projections beside those that are read, or prove that these equal a clean rebuild.

    Ctrl-C ends a rebuild between two pages; the next one goes on from there.
    """
    from consumers.rebuilds import Meter, silent, until_a_signal  # noqa: PLC0415
    from consumers.verb_texts import rebuild_text  # noqa: PLC0415
    from projections.rebuilding import Interrupted  # noqa: PLC0415

    with opened() as system:
        meter = silent if as_json else Meter().begin
        if verify:
            document = system.verify(name, meter=meter)
        else:
            try:
                with until_a_signal() as cancelled:
                    document = system.rebuild(
                        name, restart=restart, meter=meter, cancelled=cancelled
                    )
            except Interrupted as interrupted:
                fail(f"{interrupted}; `takt rebuild` goes on from there", EXIT_INTERRUPTED)
        show(document, as_json=as_json, text=rebuild_text)
        if verify and not all(row["equal"] for row in document["projections"]):
            raise typer.Exit(EXIT_NO)


@quarantine_app.command("list")
def quarantined(*, as_json: AsJson = False) -> None:
    """List the keys that stand still, with the event each of them waits at."""
    from consumers.verb_texts import quarantine_text  # noqa: PLC0415

    with opened() as system:
        show(system.quarantined(), as_json=as_json, text=quarantine_text)


@quarantine_app.command("release")
def release(projection: str, key: str, *, as_json: AsJson = False) -> None:
    """Fold a key's history again; exit code 1 where it still stands still, or never did."""
    with opened() as system:
        document = {"projection": projection, "key": key}
        released = system.release(projection, key)
        words = "goes on" if released else "does not go on: see `takt quarantine list`"
        show(
            {**document, "released": released},
            as_json=as_json,
            text=lambda _: f"{key} of {projection} {words}",
        )
        if not released:
            raise typer.Exit(EXIT_NO)


@letters_app.command("list")
def dead_letters(*, as_json: AsJson = False) -> None:
    """List dead letters and facts that wait for their subject."""
    from consumers.verb_texts import letters, letters_text  # noqa: PLC0415

    with opened() as system:
        show(letters(system), as_json=as_json, text=letters_text)


@letters_app.command("show")
def dead_letter(
    letter_id: Annotated[int, typer.Argument(metavar="ID", min=1)], *, as_json: AsJson = False
) -> None:
    """Show a dead letter with its message as it came, byte for byte."""
    from consumers.dead_letters import Redriver, letter_document, letter_text  # noqa: PLC0415

    with opened() as system:
        redriver = Redriver(system.log, system.door, system.dispatcher, system.clock)
        show(letter_document(redriver.letter(letter_id)), as_json=as_json, text=letter_text)


@letters_app.command("redrive")
def redrive(
    letter_id: Annotated[int | None, typer.Argument(metavar="[ID]", min=1)] = None,
    *,
    all_letters: Annotated[bool, typer.Option("--all", help="Every one still open.")] = False,
    edit: Annotated[
        Path | None, typer.Option(help="Judge this file's bytes in the place of the letter's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take dead letters in again, once each; 1 where one of them is still refused."""
    from consumers.dead_letters import (  # noqa: PLC0415
        Redriver,
        redriven_document,
        redriven_text,
    )

    if (letter_id is None) is not all_letters or (edit is not None and all_letters):
        fail(
            "say either the ID of a letter (and --edit FILE, if it is mended) or --all", EXIT_WRONG
        )
    with opened() as system:
        redriver = Redriver(system.log, system.door, system.dispatcher, system.clock)
        mended = None if edit is None else edit.read_bytes()
        letters = redriver.waiting() if letter_id is None else [redriver.letter(letter_id)]
        results = [redriver.redrive(letter, mended) for letter in list(letters)]
        system.settle()
        document = redriven_document(results)
        show(document, as_json=as_json, text=redriven_text)
        if document["not_taken_in"]:
            raise typer.Exit(EXIT_NO)


@schema_app.command("export")
def schema_export(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]")] = SCHEMAS, *, as_json: AsJson = False
) -> None:
    """Write the JSON Schema of every event and command, one file each."""
    from consumers.schemas import export, export_text, schemas_of  # noqa: PLC0415
    from domain.log.catalogue import catalogue  # noqa: PLC0415

    with clear_errors():
        show(export(schemas_of(catalogue()), folder), as_json=as_json, text=export_text)


@schema_app.command("check")
def schema_check(
    against: Annotated[Path, typer.Option(help="Schemas that were exported.")] = SCHEMAS,
    *,
    as_json: AsJson = False,
) -> None:
    """Say how messages differ from a set of schemas; 1 where what is stored cannot be read."""
    from consumers.schemas import (  # noqa: PLC0415
        check,
        check_document,
        check_text,
        read,
        schemas_of,
    )
    from domain.log.catalogue import catalogue  # noqa: PLC0415

    with clear_errors():
        registry = catalogue()
        found = check(read(against), schemas_of(registry), frozenset(registry.upcasts))
    document = check_document(found)
    show(document, as_json=as_json, text=check_text)
    if not document["readable"]:
        raise typer.Exit(EXIT_NO)


@topics_app.command("plan")
def topics_plan(*, as_json: AsJson = False) -> None:
    """Say how the broker's topics differ from what Takt needs; 1 where they do."""
    differences = _topics(apply=False)
    show(differences, as_json=as_json, text=_topics_text)
    if differences["changes"]:
        raise typer.Exit(EXIT_NO)


@topics_app.command("apply")
def topics_apply(*, as_json: AsJson = False) -> None:
    """Create and configure what is missing; nothing is ever deleted or shrunk."""
    show(_topics(apply=True), as_json=as_json, text=_topics_text)


def _topics(*, apply: bool) -> dict[str, Any]:
    from consumers.bootstrap import projections_of_today  # noqa: PLC0415
    from consumers.kafka.client import KafkaTopics  # noqa: PLC0415  Slow to import.
    from consumers.kafka.topics import (  # noqa: PLC0415
        TOPICS,
        ensure_topics,
        plan_topics,
        view_topics,
    )
    from consumers.running import connection_of  # noqa: PLC0415
    from consumers.settings import read_settings  # noqa: PLC0415

    with clear_errors():
        settings = read_settings()
        if settings.kafka_bootstrap is None:
            fail("no broker is set: say where it is in TAKT_KAFKA_BOOTSTRAP", EXIT_WRONG)
        admin = KafkaTopics(connection_of(settings))
        topics = [*TOPICS, *view_topics((p.name, p.version) for p in projections_of_today())]
        changes = ensure_topics(admin, topics) if apply else plan_topics(admin, topics)
    return {
        "applied": apply,
        "changes": [{"topic": c.topic.name, "kind": c.kind, "text": c.text} for c in changes],
    }


def _topics_text(differences: Mapping[str, Any]) -> str:
    done = "done: " if differences["applied"] else ""
    changes = [f"{done}{change['text']}" for change in differences["changes"]]
    return "\n".join(changes) or "the topics are as they ought to be"


@app.command()
def doctor(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Only what a health check needs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check every part Takt stands on: one line each, with the way to mend it."""
    from consumers.doctor import examine  # noqa: PLC0415

    with clear_errors():
        findings = examine(quick=quick)
    show(findings, as_json=as_json, text=_doctor_text)
    if not all(finding["ok"] for finding in findings["checks"]):
        raise typer.Exit(EXIT_NO)


def _doctor_text(findings: Mapping[str, Any]) -> str:
    return "\n".join(
        f"{'ok  ' if check['ok'] else 'FAIL'} {check['name']}: {check['found']}"
        + ("" if check["ok"] else f"  → {check['mend']}")
        for check in findings["checks"]
    )


if __name__ == "__main__":
    main()
