"""Show load against capacity as a heat map, and beneath it the manpower that is lacking."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from domain.kernel.wording import counted
from projections.contract import Row
from projections.web.tables import BoardView, Cell, Column, Entry, Line, Table, Tone, lines
from projections.web.words import NOTHING, hours, number, short_day, weekday_of
from projections.web.words import written_day as day_of

CELLS_MAX: Final = 53
"""So many weeks or days are shown: a year of weeks."""
RESOURCES_MAX: Final = 100
PHASES_MAX: Final = 12
"""So many phases of a cell are named."""
MILLI: Final = 1_000
TONES: Final[Mapping[str, Tone]] = {"red": "bad", "amber": "watch", "ok": "good"}
OVER: Final = "\N{BLACK UP-POINTING TRIANGLE}"

LEGEND: Final = (
    f"Amber is more than 85 %, red with {OVER} more than 100 %; hours stand where nobody said how "
    "much there is, or there is none. Open a cell for its phases."
)


def load_view(document: Mapping[str, Any]) -> BoardView:
    """Return the page of `load_document`."""
    if document["from"] is None:
        why = document["problem"] or "the project has no start"
        return BoardView("There is no load to show.", (), problem=why)
    over = sum(bool(each["overloads"]) for each in document["resources"])
    total = counted(len(document["resources"]), "resource")
    until = f"{day_of(document['from'])} to {day_of(document['to'])}"
    sentence = f"{over} of {total} {'is' if over == 1 else 'are'} asked for too much, {until}."
    return BoardView(sentence, (_heat(document), *_manpower(document)))


def _heat(document: Mapping[str, Any]) -> Table:
    resources = sorted(document["resources"], key=lambda each: (-each["overload_min"], each["id"]))
    starts = sorted({cell["from"] for each in resources for cell in each["cells"]})
    shown, rows = starts[:CELLS_MAX], resources[:RESOURCES_MAX]
    names = _names(document)
    project = quote(document["project"], safe="")
    return Table(
        title=f"Load by {document['bucket']}, as a share of capacity",
        columns=(
            Column("Resource"),
            Column("Too much", numeric=True),
            *(Column(_head(start, document["bucket"]), numeric=True) for start in shown),
        ),
        entries=tuple(_resource(each, shown, names, project) for each in rows),
        none="No phase asks for a resource.",
        note=_note(document["bucket"], len(starts) - len(shown), len(resources) - len(rows)),
        heat=True,
    )


def _head(start: str, bucket: str) -> str:
    day = datetime.fromisoformat(start)
    return f"{weekday_of(day)} {short_day(day)}" if bucket == "day" else short_day(day)


def _note(bucket: str, cells: int, resources: int) -> str:
    told = [LEGEND]
    if cells:
        told.append(f"{counted(cells, bucket)} more are not shown.")
    if resources:
        told.append(f"{counted(resources, 'resource')} with less too much are not shown.")
    return " ".join(told)


def _names(document: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the names of phases, as far as the document has them."""
    skills = document["manpower"]["skills"] if document["manpower"] else ()
    told = [over["phases"] for each in document["resources"] for over in each["overloads"]]
    told += [each["phases"] for each in skills]
    return {phase["id"]: phase["name"] for phases in told for phase in phases}


def _resource(
    resource: Row, starts: Sequence[str], names: Mapping[str, str], project: str
) -> Entry:
    by_start = {cell["from"]: cell for cell in resource["cells"]}
    out = [f"{each['kind']} from {day_of(each['from'])}" for each in resource["outages"]]
    overload = resource["overload_min"]
    return Entry(
        (
            Cell(resource["name"], lines((resource["department"], *out))),
            Cell(hours(overload) if overload else NOTHING, tone="bad" if overload else "quiet"),
            *(_cell(by_start.get(start), names, project) for start in starts),
        ),
        anchor=f"resource-{resource['id']}",
    )


def _cell(cell: Row | None, names: Mapping[str, str], project: str) -> Cell:
    if cell is None:
        return Cell("")
    level, ratio, asked = cell["level"], cell["ratio_bp"], hours(cell["load_milli_min"] // MILLI)
    there = hours(cell["capacity_milli_min"] // MILLI)
    known = level != "none"
    # Of what is not there at all a share cannot be told, hours can.
    text = asked if ratio is None or not known else f"{ratio // 100} %"
    return Cell(
        f"{OVER} {text}" if level == "red" else text,
        folded=tuple(_phases(cell["phases"], names, project)),
        tone=TONES.get(level, "plain") if cell["load_milli_min"] else "quiet",
        spoken=f"{asked} of {there}, {counted(len(cell['phases']), 'phase')}" if known else asked,
    )


def _phases(ids: Sequence[str], names: Mapping[str, str], project: str) -> Iterator[Line]:
    for each in ids[:PHASES_MAX]:
        yield Line(names.get(each, each), f"/projects/{project}#phase-{each}")
    if len(ids) > PHASES_MAX:
        yield Line(f"and {len(ids) - PHASES_MAX} more")


def _manpower(document: Mapping[str, Any]) -> Iterable[Table]:
    manpower = document["manpower"]
    if manpower is None:
        return ()
    return (
        Table(
            title=f"Manpower until {day_of(manpower['until'])}",
            columns=(
                Column("Skill"),
                Column("To do", numeric=True),
                Column("Free", numeric=True),
                Column("Lacking", numeric=True),
                Column("Phases"),
            ),
            entries=tuple(map(_skill, manpower["skills"])),
            none="No phase asks for a skill.",
        ),
    )


def _skill(skill: Row) -> Entry:
    free, gap, people = skill["free_min"], skill["gap_min"], skill["fte_milli"]
    names = [phase["name"] for phase in skill["phases"]]
    if free is None:
        lacking = Cell("unknown", lines(("nobody said how much there is",)), tone="watch")
    elif gap:
        told = None if people is None else f"{number(Decimal(people) / MILLI)} people"
        lacking = Cell(hours(gap), lines((told,)), tone="bad")
    else:
        lacking = Cell("enough", tone="good")
    return Entry(
        (
            Cell(skill["skill"], lines((", ".join(skill["resources"]),))),
            Cell(hours(skill["needed_min"])),
            Cell(NOTHING if free is None else hours(free)),
            lacking,
            Cell(counted(len(names), "phase"), folded=lines(names)),
        )
    )
