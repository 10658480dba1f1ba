"""Propose dates that keep to the capacity of resources: `takt level`."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

import typer

from consumers.verbs.terminal import EXIT_NO, AsJson, AsOf, opened, show
from consumers.verbs.texts import weekday_moment
from domain.kernel.wording import counted

DAY_MIN: Final = 1440
SECONDS_MAX: Final = 24 * 3600.0


def level(  # noqa: PLR0913  Each is an option of the verb.
    project: str,
    seconds: Annotated[
        float | None, typer.Option(help="Search so long; without it a fixed effort.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the search.")] = None,
    method: Annotated[str, typer.Option(help="serial, improve, or cpsat.")] = "improve",
    fence: Annotated[
        int | None, typer.Option(min=0, help="Days after the data date moved last; 7.")
    ] = None,
    as_of: AsOf = None,
    branch: Annotated[
        str | None, typer.Option(help="Put what it needs on a new branch of this id.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Propose dates at which no resource is asked for too much, and say what each phase waits for.

    Nothing is changed; a branch holds what would have to be asked for, until somebody merges it.
    """
    from consumers.levelled_branch import on_branch  # noqa: PLC0415
    from consumers.levelling import levelled  # noqa: PLC0415

    given = {"seconds": seconds, "seed": seed, "method": method, "fence": fence, "as_of": as_of}
    asked = {name: str(value) for name, value in given.items() if value is not None}
    with opened() as system:
        document = levelled(system.views, project, asked, SECONDS_MAX)
        if branch is not None:
            opened_branch = on_branch(system, document, branch) if document["requests"] else None
            document = {**document, "branch": opened_branch}
        show(document, as_json=as_json, text=level_text)
        if document["problem"] is not None or not _is_put(document):
            raise typer.Exit(EXIT_NO)


def _is_put(document: Mapping[str, Any]) -> bool:
    """Return whether the branch that was asked for, if any, is there."""
    if "branch" not in document:
        return True
    branch = document["branch"]
    return branch is not None and branch["code"] is None


def level_text(document: Mapping[str, Any]) -> str:
    """Return the proposal as one reads it aloud: the finish, then who waits for what."""
    problem = document["problem"]
    if problem is not None:
        return f"{document['name']} cannot be levelled: {problem['text']}"
    return "\n".join([*_lines(document), *_branch(document)])


def _branch(document: Mapping[str, Any]) -> Iterator[str]:
    if "branch" not in document:
        return
    branch = document["branch"]
    if branch is None:
        yield "No branch was opened: nothing would have to be asked for."
    elif branch["code"] is not None:
        yield f"No branch was opened: {branch['text']} ({branch['code']})"
    else:
        phases = counted(len(document["requests"]), "phase")
        yield (
            f"Branch {branch['id']} asks for a start no earlier than proposed of {phases};"
            " nothing changes until it is merged."
        )
        for each in document["unasked"]:
            yield f"  {each['phase']} is not in it: {each['text']}"
        if document["elsewhere"]:
            others = ", ".join(each["phase"] for each in document["elsewhere"])
            yield f"  Other dates than proposed come out for {others}"


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    finish, days = weekday_moment(document["finish"]), document["later_min"] / DAY_MIN
    moved = [phase for phase in document["phases"] if phase["later_min"] and not phase["summary"]]
    if not (moved or document["shortages"] or document["overbooked"]):
        yield f"{document['name']} finishes {finish}: no resource is asked for too much."
        return
    yield (
        f"{document['name']} finishes {finish} where resources suffice, "
        f"{days:+.1f} days ({_effort(document)})."
    )
    for over in document["overbooked"]:
        missing = over["missing_milli"] / 1000
        yield (
            f"  {missing:g} of {over['name']} is missing from {weekday_moment(over['from'])} to"
            f" {weekday_moment(over['to'])}, for work that runs or has a date typed by hand"
        )
    for phase in moved:
        start, finish = weekday_moment(phase["start"]), weekday_moment(phase["finish"])
        why = "; ".join(phase["because"]) or "follows others that wait"
        yield f"  {phase['id']}  {start} to {finish}  {phase['name']} {why}"
    for short in document["shortages"]:
        needs, most = short["needs_milli"] / 1000, short["most_milli"] / 1000
        yield f"  {short['phase']} needs {needs:g} of {short['name']}, of which there is {most:g}"
    if document["without_capacity"]:
        yield f"Nobody said how much there is of: {', '.join(document['without_capacity'])}"


def _effort(document: Mapping[str, Any]) -> str:
    tried, stopped_by = document["schedules_tried"], document["stopped_by"]
    ended = {
        "optimal": "until nothing better exists",
        "limit": "as many as were asked for",
        "time": "until time was up",
    }
    return f"{tried} tried, {ended[stopped_by]}"
