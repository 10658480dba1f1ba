"""Say what a project needs and what covers it, what is short and why: `takt material`."""

from collections.abc import Iterator, Mapping
from typing import Any

import typer

from consumers.verbs.terminal import EXIT_NO, AsJson, AsOf, opened, show
from consumers.verbs.texts import weekday_moment
from domain.kernel.wording import counted
from projections.material_words import ACTIONS, lateness
from projections.teller import quantity


def material(project: str, as_of: AsOf = None, *, as_json: AsJson = False) -> None:
    """Plan the material: needs from the schedule, stock, orders, what is short and since when."""
    from consumers.planning_material import material as planned  # noqa: PLC0415

    with opened() as system:
        document = planned(system.views, project, {} if as_of is None else {"as_of": as_of})
        show(document, as_json=as_json, text=material_text)
        if document["problem"] is not None:
            raise typer.Exit(EXIT_NO)


def material_text(document: Mapping[str, Any]) -> str:
    """Return the shortages first, then each item with its demands and what to do."""
    name = document["name"]
    if document["problem"] is not None:
        return f"The material of {name} cannot be planned: {document['problem']}."
    items, short = document["items"], document["shortages"]
    when = weekday_moment(document["as_of"])
    if not items:
        return f"{name} needs no item that was recorded."
    lines = [f"{name}: {counted(len(items), 'item')}, {len(short)} short, as of {when}."]
    for shortage in short:
        lines += _shortage(shortage, {each["item"]: each for each in items})
    for item in items:
        lines += ["", *_item(item)]
    return "\n".join(lines)


def _shortage(shortage: Mapping[str, Any], items: Mapping[str, Any]) -> Iterator[str]:
    missing = quantity(shortage["qty"], items[shortage["item"]]["uom"])
    cost = shortage["cost_days"]
    costs = "nobody can tell the cost" if cost is None else f"costs {cost} days of the promise"
    first = weekday_moment(shortage["first_at"])
    yield f"  SHORT  {shortage['item']}: {missing} from {first} on; {costs}"
    cause = shortage["cause"]
    if cause is None:
        yield f"         since before position {shortage['looked_back_to']}"
    else:
        kind = cause["kind"].replace("_", " ")
        yield f"         since {cause['position']} ({kind}): {cause['text']}"
    for each in shortage["held_up"]:
        late = lateness(each["push_days"])
        needed = weekday_moment(each["need_at"])
        yield f"         {each['requirement']} for {each['name']}, needed {needed}: {late}"


def _item(item: Mapping[str, Any]) -> Iterator[str]:
    uom = item["uom"]
    differ = "; its units differ, so its figures mean nothing" if item["units_differ"] else ""
    kept = f", {item['reserved']} reserved" if item["reserved"] != "0" else ""
    yield f"{item['item']}: {quantity(item['on_hand'], uom)} on hand{kept}{differ}"
    for demand in item["demands"]:
        needed, at = quantity(demand["qty"], uom), weekday_moment(demand["need_at"])
        whom = demand["phase"] or demand["order"]
        pegs = [f"{quantity(peg['qty'], uom)} of {peg['supply']}" for peg in demand["pegs"]]
        yield f"  {at}  {needed} for {whom} ({demand['id']}): {', '.join(pegs) or 'nothing'}"
    for message in item["messages"]:
        to = f" → {weekday_moment(message['to'])}" if message["to"] is not None else ""
        limit = f" ({message['limit']})" if message["limit"] is not None else ""
        order = f"{message['order']}, {quantity(message['qty'], uom)}"
        at = weekday_moment(message["at"])
        yield f"  {ACTIONS[message['kind']]}: {order}, {at}{to}{limit}"
