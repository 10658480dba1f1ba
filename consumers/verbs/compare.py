"""Say what differs between two moments of a project: `takt compare`."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from consumers.verbs.terminal import AsJson, OnBranch, opened, show
from consumers.verbs.texts import weekday_moment

DAY_MIN = 480


def compare(
    project: str,
    before: Annotated[
        str, typer.Argument(help="A position, a time, now, baseline, or true:TIME[@X].")
    ],
    after: Annotated[str, typer.Argument(help="The same.")] = "now",
    branch: OnBranch = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Compare two moments: what was added, removed, moved, linked otherwise, worked otherwise."""
    from consumers.comparing import compare as compared  # noqa: PLC0415
    from consumers.on_branch import asked_of  # noqa: PLC0415

    with opened() as system:
        asked = {"from": before, "to": after}
        document = asked_of(system.views, project, branch, lambda on: compared(on, project, asked))
        show(document, as_json=as_json, text=compare_text)


def compare_text(document: Mapping[str, Any]) -> str:
    """Return the differences as lines a person reads, the project's dates first."""
    moments = _moments(document)
    if document["same"]:
        return f"{document['name']} is the same at {moments}."
    return "\n".join([f"{document['name']}, between {moments}:", *difference_lines(document)])


def _moments(document: Mapping[str, Any]) -> str:
    """Return the names of the two moments; a position says what is known, a time what is true."""
    if "from_true_at" not in document and "to_true_at" not in document:
        return f"positions {document['from']} and {document['to']}"
    told = []
    for end in ("from", "to"):
        true_at = document.get(f"{end}_true_at")
        known = f"position {document[end]}"
        told.append(known if true_at is None else f"what was true at {true_at} as known at {known}")
    return " and ".join(told)


def difference_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield each difference, the project's dates first."""
    yield from _dates(document)
    for name in ("added", "removed"):
        yield from (f"  {name}: {each['name']} ({each['id']})" for each in document[name])
    for each in document["edited"]:
        yield from _edit(each["name"], each["changes"])
    yield from _links(document["links"])
    for calendar in document["calendars"]:
        yield from _edit(f"calendar {calendar['id'] or 'assumed'}", calendar["changes"])
    yield from _edit("policy", document["policy"])
    yield from map(_moved, document["moved"])


def _dates(document: Mapping[str, Any]) -> Iterator[str]:
    for which in ("before", "after"):
        if document[f"problem_{which}"]:
            yield f"  no schedule {which}: {document[f'problem_{which}']}"
    for name in ("finish", "promise", "data_date"):
        dates = document[name]
        if dates["before"] != dates["after"]:
            told = f"{_moment(dates['before'])} → {_moment(dates['after'])}"
            yield f"  {name.replace('_', ' ')}: {told}{_clock_days(dates['moved_min'])}"


def _links(links: Mapping[str, Any]) -> Iterator[str]:
    for name in ("added", "removed"):
        for link in links[name]:
            yield f"  link {name}: {link['pred']} → {link['succ']} ({link['type']})"
    for link in links["changed"]:
        yield from _edit(f"link {link['id']}", link["changes"])


def _moved(each: Mapping[str, Any]) -> str:
    start, finish, slack = each["start"], each["finish"], each["total_float_min"]
    critical = " now critical" if each["critical"] == {"before": False, "after": True} else ""
    if not (start["moved_min"] or finish["moved_min"]):
        days = f"{slack['before'] / DAY_MIN:.1f} → {slack['after'] / DAY_MIN:.1f} days"
        return f"  float: {each['name']} ({each['id']}) {days}{critical}"
    return (
        f"  moved: {each['name']} ({each['id']})"
        f" finish {_moment(finish['before'])} → {_moment(finish['after'])}"
        f" ({each['worked_min'] / DAY_MIN:+.1f} working days){critical}"
    )


def _edit(name: str, changes: list[Mapping[str, Any]]) -> Iterator[str]:
    for change in changes:
        yield f"  {name}: {change['name']} {_said(change['before'])} → {_said(change['after'])}"


def _said(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case []:
            return "no work"
        case list():
            return ", ".join(f"{begin}-{end}" for begin, end in value)
        case {"kind": kind, "at": at}:
            return f"{kind} {_moment(at)}" if at else str(kind)
        case _:
            return str(value)


def _clock_days(minutes: int | None) -> str:
    return "" if minutes is None else f" ({minutes / 1440:+.1f} days)"


def _moment(text: str | None) -> str:
    return weekday_moment(text, "none")
