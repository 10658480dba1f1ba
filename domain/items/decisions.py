"""Decide on an item: stock is counted or moved, never set; only what lies there is reserved."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.items.commands import (
    COMMANDS,
    AdjustStock,
    ApproveSubstitute,
    ItemCommand,
    Reserve,
    SetPlanningRules,
    Unreserve,
)
from domain.items.events import (
    EVENTS,
    PlanningRulesSet,
    Reserved,
    StockAdjusted,
    SubstituteApproved,
    Unreserved,
)
from domain.items.facts import NOTHING, NOWHERE
from domain.items.state import Item, evolve
from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.ids import stream_of
from domain.kernel.messages import Asked
from domain.kernel.refusals import (
    InvalidTransition,
    OverIssue,
    OverReservation,
    ProjectClosed,
    StockSet,
    UnknownSubject,
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an item's decisions need to know of its project and of the requirement they name.

    `needed` is what the requirement asks for in the item's unit; None where the project has no
    such requirement of this item, or has it no more.
    """

    project_exists: bool
    project_closed: bool = False
    needed: Decimal | None = None


def reads(command: ItemCommand) -> tuple[str, ...]:
    """Return the streams beside the item's own that decide the request."""
    project = stream_of("project", command.project_id)
    match command:
        case Reserve(requirement=named) | ApproveSubstitute(for_requirement=str(named)):
            return project, stream_of("requirement", named)
        case _:
            return (project,)


def decide(command: ItemCommand, item: Item, asked: Asked, others: Surroundings) -> Events:
    """Return the events of a request on an item, `()` for a repeat; raises Rejected.

    Quantities that are moved or reserved say how much more: a repeat of them is known by its
    message id alone. What is reserved in a closed project can still be given free.
    """
    require_reason(command)
    if not others.project_exists:
        msg = f"there is no project {command.project_id}: open it before planning its material"
        raise UnknownSubject(msg)
    if others.project_closed and not isinstance(command, Unreserve):
        msg = f"project {command.project_id} is closed: its material stays as it is"
        raise ProjectClosed(msg)
    match command:
        case Reserve():
            return _reserve(command, item, others)
        case Unreserve():
            return _unreserve(command, item)
        case ApproveSubstitute():
            return _approve(command, item, asked, others)
        case AdjustStock():
            return _adjust(command, item)
        case SetPlanningRules():
            return _set_rules(command, item)
        case _:
            raise AssertionError(type(command).__name__)


def _reserve(command: Reserve, item: Item, others: Surroundings) -> Events:
    needed = _needed(command.requirement, command, others)
    now = item.standing
    if command.qty > now.free:
        msg = (
            f"{command.item_id}: {max(NOTHING, now.free)} of {now.on_hand} on hand are free, so "
            f"{command.qty} cannot be reserved; count the stock, or unreserve some"
        )
        raise OverReservation(msg)
    has = now.reserved.get(command.requirement, NOTHING)
    has += now.issued.get(command.requirement, NOTHING)
    if has + command.qty > needed:
        msg = (
            f"{command.requirement} needs {needed} and has {has}: at most "
            f"{max(NOTHING, needed - has)} more can be reserved"
        )
        raise OverReservation(msg)
    return (Reserved(requirement=command.requirement, qty=command.qty),)


def _unreserve(command: Unreserve, item: Item) -> Events:
    now = item.standing
    kept = now.reserved.get(command.requirement, NOTHING)
    if command.qty <= kept:
        return (Unreserved(requirement=command.requirement, qty=command.qty),)
    issued = now.issued.get(command.requirement, NOTHING)
    if issued > 0:
        msg = (
            f"{issued} of {command.item_id} were issued for {command.requirement} and {kept} are "
            f"still reserved: return what was issued, or unreserve at most {kept}"
        )
        raise OverIssue(msg)
    msg = f"only {kept} of {command.item_id} are reserved for {command.requirement}"
    raise InvalidTransition(msg)


def _approve(command: ApproveSubstitute, item: Item, asked: Asked, others: Surroundings) -> Events:
    if command.item == command.item_id:
        msg = f"{command.item_id} needs no approval to stand in for itself: name another item"
        raise InvalidTransition(msg)
    if command.for_requirement is not None:
        _needed(command.for_requirement, command, others)
    approved = SubstituteApproved(
        item=command.item,
        ratio=command.ratio,
        by=asked.principal.party_id,
        for_requirement=command.for_requirement,
        until=command.until,
    )
    return () if approved in item.standing.substitutes else (approved,)


def _adjust(command: AdjustStock, item: Item) -> Events:
    """Adjust what is known: a difference from nothing, or below nothing, would set the stock."""
    now = item.standing
    location = command.location
    if location is None and now.counted is not None:
        location = now.counted.event.location
    lies = now.stock.get(NOWHERE if location is None else location)
    if now.counted is None or lies is None:
        place = f" at {location}" if location else ""
        msg = (
            f"{command.item_id} was never counted{place}: stock is counted or moved, never set; "
            "report a count (item.stock_counted.v1) first"
        )
        raise StockSet(msg)
    if lies + command.delta < min(NOTHING, lies):
        msg = (
            f"{lies} of {command.item_id} lie at {location}, {-command.delta} cannot be taken: "
            "stock is counted or moved, never set; report a count (item.stock_counted.v1)"
        )
        raise StockSet(msg)
    if command.delta == 0:
        return ()
    return (StockAdjusted(delta=command.delta, location=command.location),)


def _set_rules(command: SetPlanningRules, item: Item) -> Events:
    rules = PlanningRulesSet(
        safety_stock=command.safety_stock,
        safety_steps=command.safety_steps,
        safety_time_min=command.safety_time_min,
        lot_minimum=command.lot_minimum,
        lot_multiple=command.lot_multiple,
        lot_maximum=command.lot_maximum,
        fence_days=command.fence_days,
    )
    return () if rules == item.standing.rules else (rules,)


def _needed(requirement: str, command: ItemCommand, others: Surroundings) -> Decimal:
    if others.needed is None:
        msg = (
            f"project {command.project_id} has no open requirement {requirement} of "
            f"{command.item_id}: identify it first"
        )
        raise UnknownSubject(msg)
    return others.needed


DECIDER: Final[Decider[Item, Surroundings]] = Decider(
    category="item",
    commands=COMMANDS,
    events=EVENTS,
    initial=Item,
    evolve=evolve,
    decide=decide,
)
