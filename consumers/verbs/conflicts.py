"""Show the board of a project's conflicts: `takt conflicts`."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from consumers.verbs.terminal import EXIT_WRONG, AsJson, AsOf, OnBranch, fail, opened, show
from domain.kernel.wording import amount_text, counted
from projections.teller import spoken


def conflicts(
    project: Annotated[
        str | None, typer.Argument(help="One project; when left out, what is open in all of them.")
    ] = None,
    as_of: AsOf = None,
    since: Annotated[
        str | None, typer.Option(help="Count what became of conflicts since this position or time.")
    ] = None,
    branch: OnBranch = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the conflicts by state, the greatest expected loss first, with who has each."""
    from consumers.conflicts import conflicts as told  # noqa: PLC0415
    from consumers.on_branch import asked_of, whole  # noqa: PLC0415

    if project is None:
        _of_all(as_of, since, branch, as_json=as_json)
        return
    given = {"as_of": as_of, "since": since}
    asked = {name: text for name, text in given.items() if text is not None}
    with opened() as system:
        whole(branch, as_of)
        document = asked_of(system.views, project, branch, lambda on: told(on, project, asked))
        show(document, as_json=as_json, text=conflicts_text)


def _of_all(as_of: str | None, since: str | None, branch: str | None, *, as_json: bool) -> None:
    from consumers.conflicts import conflicts_of_all  # noqa: PLC0415

    if since is not None or branch is not None:
        fail("say of which project: --since and --branch are of one", EXIT_WRONG)
    with opened() as system:
        keys = list(system.views.stored["status"].keys())
        document = conflicts_of_all(system.views, keys, as_of)
        show(document, as_json=as_json, text=all_conflicts_text)


def all_conflicts_text(document: Mapping[str, Any]) -> str:
    """Return the open conflicts of all projects in one list, each with its project."""
    from consumers.verb_texts import table  # noqa: PLC0415

    if not document["conflicts"]:
        return "no project has an open conflict"
    rows = [
        (
            row["expected_loss"], row["severity"], row["project"], row["act_by"] or "",
            row["owner"] or "nobody", row["summary"],
        )
        for row in document["conflicts"]
    ]  # fmt: skip
    return table(("loss d", "severity", "project", "act by", "owner", "what"), rows)


def conflicts_text(document: Mapping[str, Any]) -> str:
    """Return the columns one under the other, each with its conflicts; what is over is counted."""
    if not document["conflicts"]:
        return f"{document['name']} has no conflicts."
    return "\n".join(_lines(document))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    from consumers.conflicts import OVER  # noqa: PLC0415

    totals = ", ".join(f"{count} {name}" for name, count in document["totals"].items())
    yield f"{document['name']}, since position {document['since']}: {totals}"
    for column, count in document["columns"].items():
        if count and column in OVER:
            yield f"{column}: {count}"
        elif count:
            yield f"{column.replace('_', ' ')}:"
            for row in document["conflicts"]:
                if row["column"] == column:
                    yield from _conflict(row, document["currency"])
                    yield from _together(row)


def _conflict(row: Mapping[str, Any], currency: str | None) -> Iterator[str]:
    loss = f"expected loss {row['expected_loss']} d"
    if row["expected_cost_minor"] is not None and currency is not None:
        loss += f", {amount_text(row['expected_cost_minor'], currency)} {currency}"
    by = "" if row["act_by"] is None else f"; act by {row['act_by']}"
    until = "" if row["dismissed_until"] is None else f"; until {row['dismissed_until'][:10]}"
    weight = f", {loss}" if float(row["expected_loss"]) else ""
    yield f"  {row['severity']}{weight}{by}{until}: {row['summary']}"
    owner = "nobody has it"
    if row["owner"] is not None:
        owner = f"{row['owner']} by {row['due'][:10]}"
    age = "" if row["age_days"] is None else f", {counted(row['age_days'], 'day')} old"
    yield f"      {row['conflict']} ({row['rule'] or row['raised_by']}), {owner}{age}"
    for option in row["options"]:
        on = "" if option["branch"] is None else f" (branch {option['branch']})"
        yield f"      option {option['option']}{on}: {option['effect']}"
    if not row["options"]:
        for remedy in row["remedies"]:
            yield f"      {remedy}"


def _together(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a conflict comes from where others do too, and which these are."""
    if row["parent"] is not None:
        yield f"      same root as {row['parent']}"
    elif row["children"]:
        root = row["root"]
        told = f"{spoken(root['type'])} on {root['stream']} at position {root['position']}"
        yield f"      root of it: {told}"
        yield f"      from the same root: {', '.join(row['children'])}"
