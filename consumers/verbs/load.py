"""Say where resources are asked for more than there is: `takt load`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from consumers.verbs.terminal import EXIT_NO, AsJson, AsOf, opened, show
from consumers.verbs.texts import weekday_moment
from domain.kernel.wording import counted

NAMED_MAX: Final = 6
"""So many phases of an overload are named; all are in --json."""
OVERLOADS_MAX: Final = 8
CELLS_MAX: Final = 12
"""So many cells of the heat map fit into a line."""
MARKS: Final = {"red": "!", "amber": "+", "ok": "", "none": "?"}


def load(
    project: str,
    bucket: Annotated[str, typer.Option(help="A cell of the heat map: day or week.")] = "week",
    as_of: AsOf = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Hold load against capacity from the data date on; 1 where there is no schedule."""
    from consumers.loading import load as loaded  # noqa: PLC0415

    asked = {"bucket": bucket} | ({} if as_of is None else {"as_of": as_of})
    with opened() as system:
        document = loaded(system.views, project, asked)
        show(document, as_json=as_json, text=load_text)
        if document["from"] is None:
            raise typer.Exit(EXIT_NO)


def load_text(document: Mapping[str, Any]) -> str:
    """Return each resource with its overloads, the heat map, and the manpower that is lacking."""
    return "\n".join(_lines(document))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    if document["from"] is None:
        problem = document["problem"] or "the project has no start"
        yield f"{document['name']} has no load: {problem}"
        return
    over = [each for each in document["resources"] if each["overloads"]]
    span = f"{weekday_moment(document['from'])} to {weekday_moment(document['to'])}"
    of = counted(len(document["resources"]), "resource")
    told = f"{len(over)} of {of} {'is' if len(over) == 1 else 'are'} asked for too much"
    yield f"{document['name']}, {span}: {told}."
    for each in over:
        yield from _overloads(each)
    yield from _heat(document)
    unknown = [each["name"] for each in document["resources"] if _is_uncounted(each)]
    if unknown:
        yield f"Nobody said how much there is of: {', '.join(unknown)}"
    yield from _manpower(document["manpower"])


def _is_uncounted(resource: Mapping[str, Any]) -> bool:
    return not resource["has_capacity"] and resource["class"] != "material"


def _overloads(resource: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {resource['name']} ({resource['id']}): {_hours(resource['overload_min'])} too much"
    for each in resource["overloads"][:OVERLOADS_MAX]:
        yield (
            f"    {weekday_moment(each['from'])} to {weekday_moment(each['to'])}  up to"
            f" {_units(each['peak_milli'])}, {_units(each['excess_milli'])} too much for"
            f" {_hours(each['overload_min'])}: {_names(each['phases'])}"
        )
    left = len(resource["overloads"]) - OVERLOADS_MAX
    if left > 0:
        yield f"    and {left} more (--json)"


def _heat(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table of load as a share of capacity: a row for each resource, a column per cell."""
    starts = sorted({cell["from"] for each in document["resources"] for cell in each["cells"]})
    shown = starts[:CELLS_MAX]
    if not shown:
        return
    width = max(len(each["name"]) for each in document["resources"])
    yield f"Load by {document['bucket']}, % of capacity (! above 100, + above 85):"
    days = "".join(f"{datetime.fromisoformat(start):%m-%d}".rjust(8) for start in shown)
    yield f"  {'':{width}}{days}"
    for each in document["resources"]:
        by_start = {cell["from"]: cell for cell in each["cells"]}
        told = "".join(_share(by_start.get(start)).rjust(8) for start in shown)
        yield f"  {each['name']:<{width}}{told}".rstrip()
    if len(starts) > len(shown):
        yield f"  and {len(starts) - len(shown)} more {document['bucket']}s (--json)"


def _share(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return "."
    mark = MARKS[cell["level"]]
    return mark if cell["ratio_bp"] is None else f"{cell['ratio_bp'] // 100}{mark}"


def _manpower(manpower: Mapping[str, Any] | None) -> Iterator[str]:
    if manpower is None or not manpower["skills"]:
        return
    yield f"Manpower until {weekday_moment(manpower['until'])}:"
    for each in manpower["skills"]:
        needed = f"  {each['skill']}: {_hours(each['needed_min'])} to do"
        if each["free_min"] is None:
            yield f"{needed}, and nobody said how much there is of {', '.join(each['resources'])}"
        elif each["gap_min"] > 0:
            people = "" if each["fte_milli"] is None else f", {_units(each['fte_milli'])} people"
            lacking = f"{_hours(each['gap_min'])} lacking{people}"
            yield f"{needed}, {_hours(each['free_min'])} free: {lacking}"
        else:
            yield f"{needed}, {_hours(each['free_min'])} free: enough"


def _names(phases: Sequence[Mapping[str, Any]]) -> str:
    told = ", ".join(f"{each['name']} ({each['id']})" for each in phases[:NAMED_MAX])
    left = len(phases) - NAMED_MAX
    return f"{told} and {left} more" if left > 0 else told


def _units(milli: int) -> str:
    return f"{milli / 1000:g}"


def _hours(minutes: int) -> str:
    return f"{minutes / 60:.1f} h"
