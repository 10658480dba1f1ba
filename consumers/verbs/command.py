"""Ask for changes: `takt command send|preview|list|show`."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from consumers.verbs.branch import CODES_OF_WRONG_USE, effect_lines
from consumers.verbs.terminal import EXIT_NO, EXIT_WRONG, ActingFor, AsJson, fail, opened, show
from domain.kernel.wording import counted

if TYPE_CHECKING:
    from consumers.deciding import Request
    from domain.kernel.messages import Command

SOURCE: Final = "takt/command"

Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="E.g. plan.revise_duration.v1.")]
Data = Annotated[str | None, typer.Argument(metavar="[DATA]", help="Its body, a JSON object.")]
File = Annotated[
    str | None,
    typer.Option(help='In their place requests, one {"command": …, "data": …} a line; - is stdin.'),
]

command_app = typer.Typer(
    help="Ask for changes: one, or a file of them, decided as one.", no_args_is_help=True
)


@command_app.command("send")
def send(
    name: Name = None,
    data: Data = None,
    file: File = None,
    key: Annotated[
        str | None, typer.Option(help="Identity of the message: again, it changes nothing.")
    ] = None,
    acting_for: ActingFor = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Have requests decided: all of them are recorded, or none; 1 where one is refused."""
    from consumers.asking import asked  # noqa: PLC0415

    with opened() as system:
        requests = _requests(name, data, file)
        settled(asked(system, requests, SOURCE, key, acting_for), as_json=as_json)


@command_app.command("preview")
def preview(
    name: Name = None,
    data: Data = None,
    file: File = None,
    acting_for: ActingFor = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say which dates requests would move, and record nothing; 1 where one would be refused."""
    from consumers.asking import ask_now  # noqa: PLC0415
    from consumers.previewing import preview as previewed  # noqa: PLC0415

    with opened() as system:
        requests = _requests(name, data, file)
        report = previewed(
            system.views, requests, ask_now(system, requests, SOURCE, acting_for=acting_for)
        )
        if report["possible"] or as_json:
            show(report, as_json=as_json, text=preview_text)
        if not report["possible"]:
            _refused(report)


@command_app.command("list")
def list_commands(
    beginning: Annotated[str, typer.Argument(help="Only names that begin so.")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """List what can be asked for."""
    from consumers.requests import COMMANDS  # noqa: PLC0415
    from consumers.verb_texts import table  # noqa: PLC0415

    found = [
        {"name": name, "does": _first_line(model)}
        for name, model in sorted(COMMANDS.items())
        if name.startswith(beginning)
    ]
    if not found:
        fail(f"no command begins with {beginning!r}: see `takt command list`", EXIT_NO)
    rows = [(each["name"], each["does"]) for each in found]
    show(found, as_json=as_json, text=lambda _: table(("name", "does"), rows))


@command_app.command("show")
def show_command(name: str, *, as_json: AsJson = False) -> None:
    """Show what a request says: its fields, which of them may be left out, and who may ask."""
    from consumers.requests import COMMANDS  # noqa: PLC0415

    model = COMMANDS.get(name)
    if model is None:
        fail(f"there is no command {name!r}: see `takt command list`", EXIT_WRONG)
    schema = model.model_json_schema()
    roles = sorted(model.roles)
    document = {"name": name, "roles": roles, "schema": schema}
    show(document, as_json=as_json, text=command_text)


def command_text(document: Mapping[str, Any]) -> str:
    """Return a command's fields as a table, with what it does above and who may ask below."""
    from consumers.verb_texts import table  # noqa: PLC0415

    schema = document["schema"]
    required = set(schema.get("required", ()))
    rows = [
        (field, "yes" if field in required else "", _kind(about, schema))
        for field, about in schema.get("properties", {}).items()
    ]
    return "\n".join(
        [
            f"{document['name']}: {schema.get('description', '')}",
            table(("field", "required", "what"), rows),
            f"asked for by {', '.join(document['roles'])}",
        ]
    )


def settled(report: Mapping[str, Any], *, as_json: bool) -> None:
    """Show what became of requests, and end with 1 where one is refused, 2 where it is wrong."""
    if report["outcome"] != "refused":
        show(report, as_json=as_json, text=_sent_text)
        return
    if as_json:
        show(report, as_json=True, text=str)
    _refused(report)


def preview_text(report: Mapping[str, Any]) -> str:
    """Return what would be recorded, and what that changes."""
    events = report["events"]
    if not events:
        return "nothing would be recorded: it is so already"
    kinds = {each["type"]: 0 for each in events}
    for each in events:
        kinds[each["type"]] += 1
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    lines = [f"{counted(report['requests'], 'request')} would record {told}:"]
    if report["effect"] is None:
        return "\n".join([*lines, "  no project's dates are concerned"])
    return "\n".join([*lines, *effect_lines(report["effect"])])


def _requests(name: str | None, data: str | None, file: str | None) -> "Sequence[Request]":
    from pathlib import Path  # noqa: PLC0415

    from consumers.asking import of_lines  # noqa: PLC0415
    from consumers.deciding import Request  # noqa: PLC0415
    from consumers.dispatch import BATCH_COMMANDS_MAX  # noqa: PLC0415
    from consumers.gateways.event_file import lines_of  # noqa: PLC0415

    if name is not None and data is not None and file is None:
        return [Request(name, data.encode())]
    if name is not None or data is not None or file is None:
        fail("say either the NAME of a command and its DATA, or --file FILE", EXIT_WRONG)
    if file == "-":
        return of_lines("stdin", lines_of(sys.stdin.buffer), BATCH_COMMANDS_MAX)
    with Path(file).open("rb") as stream:
        return of_lines(file, lines_of(stream), BATCH_COMMANDS_MAX)


def _sent_text(report: Mapping[str, Any]) -> str:
    asked = counted(report["requests"], "request")
    if report["repeated"]:
        return f"{asked} came before under this key, and had been decided: nothing new is recorded"
    if report["changed"]:
        return f"{asked} recorded, up to position {report['position']}"
    return f"{asked} changed nothing: it is so already"


def _refused(report: Mapping[str, Any]) -> None:
    place = f"request {report['place']} of {report['requests']}: " if report["requests"] > 1 else ""
    wrong = report["code"] in CODES_OF_WRONG_USE
    fail(f"{report['code']}: {place}{report['text']}", EXIT_WRONG if wrong else EXIT_NO)


def _first_line(model: "type[Command]") -> str:
    return (model.__doc__ or "").strip().partition("\n")[0]


def _kind(about: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return what a field holds in a few words: its type, its choices or its parts."""
    if "$ref" in about:
        about = schema["$defs"][about["$ref"].rpartition("/")[2]]
    if "anyOf" in about:
        return " or ".join(_kind(each, schema) for each in about["anyOf"] if each != NOTHING)
    if "enum" in about:
        return " · ".join(map(str, about["enum"]))
    if "const" in about:
        return str(about["const"])
    if about.get("type") == "array":
        return f"list of {_kind(about.get('items', {}), schema)}"
    if "properties" in about:
        return f"object: {', '.join(about['properties'])}"
    return str(about.get("format") or about.get("type") or "any")


NOTHING: Final = {"type": "null"}
