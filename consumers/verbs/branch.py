"""Ask what if: `takt branch open|add|compare|merge|drop|list|show`."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from consumers.verbs.compare import difference_lines
from consumers.verbs.terminal import EXIT_NO, EXIT_WRONG, ActingFor, AsJson, fail, opened, show
from domain.kernel.wording import amount_text, counted

if TYPE_CHECKING:
    from consumers.bootstrap import System
    from consumers.deciding import Request

UNIT_MILLI: Final = 1_000
HOUR_MIN: Final = 60
CODES_OF_WRONG_USE: Final = frozenset({"malformed", "unknown_subject"})

BranchId = Annotated[str, typer.Argument(metavar="BRANCH", help="Id of the branch.")]

branch_app = typer.Typer(
    help="Ask what if: a branch holds requests, and changes nothing before it is merged.",
    no_args_is_help=True,
)


@branch_app.command("open")
def open_branch(
    project: str,
    branch: BranchId,
    title: Annotated[str | None, typer.Option(help="What it asks; its id if left out.")] = None,
    at: Annotated[
        str | None, typer.Option(help="Position or time it starts from; the project as it is.")
    ] = None,
    acting_for: ActingFor = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Open a branch: a place for requests that are only looked at."""
    from consumers.branch_requests import request  # noqa: PLC0415

    with opened() as system:
        base = system.views.position_of(at)
        said = {"title": branch if title is None else title, "base_position": base}
        requests = [request("open", project, branch, **said)]
        _ask(system, project, branch, "opened", requests, acting_for, as_json=as_json)


@branch_app.command("add")
def add(
    project: str,
    branch: BranchId,
    file: Annotated[
        str | None,
        typer.Argument(help='Requests, one {"command": …, "data": …} a line; - is stdin.'),
    ] = None,
    command: Annotated[
        str | None, typer.Option(help="Name of one request, e.g. plan.revise_duration.v1.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="Its body, a JSON object.")] = None,
    acting_for: ActingFor = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Let a branch ask for one thing, or for all that a file says; all of it, or nothing."""
    from consumers.branch_requests import typed  # noqa: PLC0415

    one = command is not None and data is not None
    if (file is None) is not one or (file is not None and (command or data)):
        fail("say either a FILE of requests, or one by --command NAME and --data JSON", EXIT_WRONG)
    with opened() as system:
        if command is not None and data is not None:
            requests: Sequence[Request] = [typed(project, branch, command, data)]
        else:
            requests = _of_file(project, branch, file or "-")
        words = f"asks for {len(requests)} more"
        _ask(system, project, branch, words, requests, acting_for, as_json=as_json)


@branch_app.command("merge")
def merge(
    project: str, branch: BranchId, acting_for: ActingFor = None, *, as_json: AsJson = False
) -> None:
    """Decide every request of a branch on the project itself: all of them, or none."""
    from consumers.branch_requests import request  # noqa: PLC0415

    with opened() as system:
        requests = [request("merge", project, branch)]
        _ask(system, project, branch, "merged", requests, acting_for, as_json=as_json)


@branch_app.command("drop")
def drop(
    project: str, branch: BranchId, acting_for: ActingFor = None, *, as_json: AsJson = False
) -> None:
    """Let a branch go; what it asked for stays to be read."""
    from consumers.branch_requests import request  # noqa: PLC0415

    with opened() as system:
        requests = [request("drop", project, branch)]
        _ask(system, project, branch, "dropped", requests, acting_for, as_json=as_json)


@branch_app.command("compare")
def compare(project: str, branch: BranchId, *, as_json: AsJson = False) -> None:
    """Say what a branch changes: dates, floats, load, cost of delay; and if it can be merged."""
    from consumers.branch_answers import comparison  # noqa: PLC0415

    with opened() as system:
        document = comparison(system.views, project, {"branch": branch})
        show(document, as_json=as_json, text=comparison_text)


@branch_app.command("list")
def list_branches(project: str, *, as_json: AsJson = False) -> None:
    """List the branches of a project, those that ended as well."""
    from consumers.branch_answers import branches  # noqa: PLC0415

    with opened() as system:
        show(branches(system.views, project, {}), as_json=as_json, text=branches_text)


@branch_app.command("show")
def show_branch(project: str, branch: BranchId, *, as_json: AsJson = False) -> None:
    """Show a branch and all it asks for."""
    from consumers.branch_answers import branch as told  # noqa: PLC0415

    with opened() as system:
        show(told(system.views, project, {"branch": branch}), as_json=as_json, text=branch_text)


def comparison_text(document: Mapping[str, Any]) -> str:
    """Return what a branch changes on its base, then whether it can be merged, and what then."""
    branch = document["branch"]
    asked = f"{counted(branch['requests'], 'request')} on position {document['from']}"
    lines = [
        f"{branch['title']} ({branch['id']}), {asked} of {document['name']}:",
        *effect_lines(document),
        "",
        _merge(document),
    ]
    if document["now"] is not None:
        lines += [
            f"Merged now, on position {document['position']}:",
            *effect_lines(document["now"]),
        ]
    return "\n".join(lines)


def branches_text(document: Mapping[str, Any]) -> str:
    """Return the branches as a table."""
    from consumers.verb_texts import moment, table  # noqa: PLC0415

    rows = [
        (
            each["id"], each["stage"], each["requests"], each["base_position"],
            each["opened_by"], moment(each["opened_at"]), each["title"],
        )
        for each in document["branches"]
    ]  # fmt: skip
    head = ("id", "stage", "requests", "base", "opened by", "opened (UTC)", "title")
    return table(head, rows) if rows else f"{document['project']} has no branches"


def branch_text(document: Mapping[str, Any]) -> str:
    """Return a branch with its requests, one a line."""
    import json  # noqa: PLC0415

    branch = document["branch"]
    ended = "" if branch["ended_by"] is None else f" by {branch['ended_by']}"
    base, by = branch["base_position"], branch["opened_by"]
    opened = f"on position {base}, opened by {by}: {branch['stage']}{ended}"
    lines = [f"{branch['title']} ({branch['id']}) of {document['project']}, {opened}"]
    for each in document["requests"]:
        data = json.dumps(each["data"], ensure_ascii=False)
        lines.append(f"  {each['ordinal']}. {each['command']} {data} ({each['by']})")
    return "\n".join(lines)


def _ask(
    system: "System",
    project: str,
    branch: str,
    words: str,
    requests: "Sequence[Request]",
    acting_for: str | None,
    *,
    as_json: bool,
) -> None:
    from consumers.branch_requests import asked  # noqa: PLC0415

    report = {"project": project, "branch": branch, **asked(system, requests, acting_for)}
    if report["outcome"] != "refused":
        said = words if report["changed"] else "is as it was"
        show(report, as_json=as_json, text=lambda _: f"branch {branch} of {project} {said}")
        return
    if as_json:
        show(report, as_json=True, text=str)
    place = f"request {report['place']} of {len(requests)}: " if len(requests) > 1 else ""
    wrong = report["code"] in CODES_OF_WRONG_USE
    fail(f"{report['code']}: {place}{report['text']}", EXIT_WRONG if wrong else EXIT_NO)


def _of_file(project: str, branch: str, file: str) -> "Sequence[Request]":
    from pathlib import Path  # noqa: PLC0415

    from consumers.branch_requests import of_lines  # noqa: PLC0415
    from consumers.gateways.event_file import lines_of  # noqa: PLC0415

    if file == "-":
        return of_lines(project, branch, "stdin", lines_of(sys.stdin.buffer))
    with Path(file).open("rb") as stream:
        return of_lines(project, branch, file, lines_of(stream))


def effect_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a what-if changes: dates, links, float, load, promises."""
    if document["same"]:
        yield "  no date, link or calendar is otherwise"
    yield from difference_lines(document)
    for name, values in document["float"].items():
        if values["before"] != values["after"]:
            yield f"  {FLOATS[name]}: {values['before']} → {values['after']}"
    for each in document["load"]:
        if each["before"] != each["after"]:
            yield f"  load of {each['name']}: {_load(each['before'])} → {_load(each['after'])}"
    for each in document["delay"]["promises"]:
        before, after = _missed(each["before"]), _missed(each["after"])
        told = after if before == after else f"{before} → {after}"
        yield f"  {each['deliverable']} for {each['party']}: {told}"


FLOATS: Final = {
    "least_min": "least float, working minutes",
    "critical_phases": "critical phases",
    "negative_phases": "phases with negative float",
}


def _load(load: Mapping[str, Any] | None) -> str:
    if load is None:
        return "nothing"
    peak = f"at most {load['peak_milli'] / UNIT_MILLI:g}"
    if load["overload_min"] is None:
        return f"{peak} of nobody knows how much"
    return f"{peak}, overloaded {load['overload_min'] / HOUR_MIN:g} h"


def _missed(missed: Mapping[str, Any] | None) -> str:
    if missed is None:
        return "no promise"
    if missed["missed_days"] is None:
        return f"{missed['promised']}, no schedule"
    days, cost = missed["missed_days"], missed["cost"]
    if not float(days):
        return f"{missed['promised']} kept"
    return f"{missed['promised']} missed by {days} working days, cost {_money(cost)}"


def _money(cost: Mapping[str, Any] | None) -> str:
    if cost is None:
        return "unknown"
    return f"{amount_text(cost['minor'], cost['currency'])} {cost['currency']}"


def _merge(document: Mapping[str, Any]) -> str:
    merge = document["merge"]
    if not merge["possible"]:
        return f"It cannot be merged: {merge['code']}: {merge['text']}"
    if document["moved_since"]:
        return "It can be merged, though the project has moved on since."
    return "It can be merged, with just this effect: the project has not moved since."
