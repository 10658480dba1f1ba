"""Show what is short and since when, what is to be done, and what covers each need."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from domain.kernel.wording import counted
from projections.contract import Row
from projections.material_words import ACTIONS, lateness
from projections.teller import quantity
from projections.web.tables import BoardView, Cell, Column, Entry, Line, Table, lines
from projections.web.words import NOTHING, written_day, written_moment

SHORT: Final = (
    Column("Item"),
    Column("Short", numeric=True),
    Column("From", narrow=True),
    Column("Costs", numeric=True),
    Column("Holds up"),
    Column("Since"),
)
TO_DO: Final = (
    Column("Item"),
    Column("To do"),
    Column("Order"),
    Column("Quantity", numeric=True),
    Column("Date", narrow=True),
    Column("Better", narrow=True),
)
COVERAGE: Final = (
    Column("Need"),
    Column("Item"),
    Column("Quantity", numeric=True),
    Column("Needed", narrow=True),
    Column("Covered by"),
    Column("There", narrow=True),
)
ROWS_MAX: Final = 200
"""So many needs and actions are listed, the first by date."""
URGENT: Final = frozenset({"release_past_due", "time_fence_conflict", "expedite", "past_due"})


def material_view(document: Mapping[str, Any]) -> BoardView:
    """Return the page of `material_document`, or of `no_plan_document`."""
    if document["problem"] is not None:
        told = "The material cannot be planned."
        return BoardView(told, (), problem=document["problem"])
    items, short = document["items"], document["shortages"]
    when = written_moment(document["as_of"])
    sentence = f"{counted(len(items), 'item')}, {len(short)} short, as planned on {when}."
    units = {item["item"]: item["uom"] for item in items}
    shortages = Table(
        "What is short",
        SHORT,
        tuple(_shortage(each, units) for each in short),
        none="Nothing is short.",
    )
    return BoardView(sentence, (shortages, _actions(items), _coverage(items)))


def _shortage(row: Row, units: Mapping[str, str | None]) -> Entry:
    cost, cause = row["cost_days"], row["cause"]
    if cause is None:
        since = Cell(f"before #{row['looked_back_to']}", tone="quiet")
    else:
        reason = None if cause["reason"] is None else f"reason: {cause['reason']}"
        kind = cause["kind"].replace("_", " ")
        since = Cell(f"#{cause['position']} {kind}", lines((cause["text"], cause["by"], reason)))
    never = cost is None
    return Entry(
        (
            Cell(row["item"]),
            Cell(quantity(row["qty"], units.get(row["item"])), tone="bad"),
            Cell(written_day(row["first_at"])),
            Cell(
                "not known" if never else f"{cost} d",
                tone="bad" if never or Decimal(cost) else "plain",
            ),
            Cell(counted(len(row["held_up"]), "need"), tuple(map(_held_up, row["held_up"]))),
            since,
        )
    )


def _held_up(row: Row) -> Line:
    late = lateness(row["push_days"])
    return Line(f"{row['name']}, needed {written_day(row['need_at'])}: {late}")


def _actions(items: list[Row]) -> Table:
    found = [(message["at"], item, message) for item in items for message in item["messages"]]
    return _by_date("What is to be done", TO_DO, found, _action, "action", "Nothing is to be done.")


def _coverage(items: list[Row]) -> Table:
    found = [(demand["need_at"], item, demand) for item in items for demand in item["demands"]]
    return _by_date("What covers each need", COVERAGE, found, _need, "need", "Nothing is needed.")


def _by_date(
    title: str,
    columns: tuple[Column, ...],
    found: list[tuple[str, Row, Row]],
    entry: Callable[[Row, Row], Entry],
    what: str,
    none: str,
) -> Table:
    """Return a table of what falls on dates, the first of it where there is much."""
    found.sort(key=lambda each: each[0])
    left = len(found) - ROWS_MAX
    return Table(
        title,
        columns,
        tuple(entry(item, row) for _, item, row in found[:ROWS_MAX]),
        none=none,
        note=f"{counted(left, f'{what} more is', f'{what}s more are')} not listed."
        if left > 0
        else None,
    )


def _action(item: Row, message: Row) -> Entry:
    kind = message["kind"]
    return Entry(
        (
            Cell(item["item"]),
            Cell(ACTIONS.get(kind, kind), tone="bad" if kind in URGENT else "plain"),
            Cell(message["order"]),
            Cell(
                quantity(message["qty"], item["uom"]),
                lines((None if message["limit"] is None else f"limit {message['limit']}",)),
            ),
            Cell(written_day(message["at"])),
            Cell(written_day(message["to"])),
        )
    )


def _need(item: Row, demand: Row) -> Entry:
    unit = item["uom"]
    late = [peg for peg in demand["pegs"] if not peg["in_time"]]
    is_short = bool(Decimal(demand["short"]))
    covered = "short" if is_short else "late" if late else "in time"
    return Entry(
        (
            Cell(demand["phase"] or demand["order"] or NOTHING, lines((demand["id"],))),
            Cell(item["item"]),
            Cell(quantity(demand["qty"], unit)),
            Cell(written_day(demand["need_at"])),
            Cell(
                covered,
                lines(tuple(_pegs(demand, unit))),
                tone="bad" if is_short or late else "good",
            ),
            Cell(written_day(demand["available_at"])),
        )
    )


def _pegs(demand: Row, unit: str | None) -> Iterator[str]:
    for peg in demand["pegs"]:
        at = "" if peg["at"] is None else f", {written_day(peg['at'])}"
        yield f"{quantity(peg['qty'], unit)} of {peg['supply']}{at}"
    if Decimal(demand["short"]):
        yield f"{quantity(demand['short'], unit)} of nothing"
