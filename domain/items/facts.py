"""Add up what is known of one item: what lies where, what is reserved, how it is planned.

Everything is taken by (effective time, version), so facts add up to the same in whatever order
they arrive. Stock is counted or moved: a count says what lies at its location then, a movement
changes it. Source of the rules: DOMAIN 3.10.
"""

from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

from domain.items.events import (
    BomRevised,
    IssuedToPhase,
    LeadTimeRevised,
    PlanningRulesSet,
    Reserved,
    ReturnedFromPhase,
    StockAdjusted,
    StockCounted,
    SubstituteApproved,
    Unreserved,
)
from domain.kernel.messages import Recorded

ContradictionCode: TypeAlias = Literal["over_issue"]
NOTHING: Final = Decimal(0)
NOWHERE: Final = ""
"""Where something is moved before any location was counted."""

FACTS: Final = (
    StockCounted,
    BomRevised,
    LeadTimeRevised,
    IssuedToPhase,
    ReturnedFromPhase,
    StockAdjusted,
)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A fact that contradicts what else is known; the fact stays, rule X1 reports it."""

    code: ContradictionCode
    fact: Recorded[Any]
    against: Recorded[Any] | None = None
    """The last count before it, where there is one."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an item's history adds up to; quantities in the item's unit."""

    stock: Mapping[str, Decimal] = field(default_factory=dict)
    """By location; below zero where more was issued than lay there."""
    counted: Recorded[Any] | None = None
    """The last count."""
    reserved: Mapping[str, Decimal] = field(default_factory=dict)
    """What is still kept for each requirement; what was issued to it is no longer kept."""
    issued: Mapping[str, Decimal] = field(default_factory=dict)
    """What each requirement has been given, less what it gave back."""
    bom: Recorded[Any] | None = None
    """The revision that holds."""
    lead_time: Recorded[Any] | None = None
    """What was last said of the time from order to receipt."""
    rules: PlanningRulesSet | None = None
    substitutes: tuple[SubstituteApproved, ...] = ()
    reserved_last: Recorded[Any] | None = None
    """The last reservation."""
    contradictions: tuple[Contradiction, ...] = ()

    @property
    def on_hand(self) -> Decimal:
        """What lies at all locations together."""
        return sum(self.stock.values(), NOTHING)

    @property
    def reserved_in_all(self) -> Decimal:
        """What is kept for requirements."""
        return sum(self.reserved.values(), NOTHING)

    @property
    def free(self) -> Decimal:
        """What nobody has reserved; below zero where a count found less than is reserved."""
        return self.on_hand - self.reserved_in_all


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything recorded of one item, by (effective time, version)."""

    entries: tuple[Recorded[Any], ...] = ()

    def after(self, recorded: Recorded[Any]) -> "Timeline":
        """Return the timeline with one more event in its place; never raises."""
        placed = list(self.entries)
        insort(placed, recorded, key=_place)
        return Timeline(tuple(placed))

    def standing(self) -> Standing:
        """Return what it adds up to."""
        now = Standing()
        for known in self.entries:
            now = _after(now, known)
        return now


def timeline_of(history: Iterable[Recorded[Any]]) -> Timeline:
    """Return what is recorded of an item by its history."""
    return Timeline(tuple(sorted(history, key=_place)))


def _place(known: Recorded[Any]) -> tuple[datetime, int]:
    return known.effective_at, known.version


def _after(now: Standing, known: Recorded[Any]) -> Standing:
    match known.event:
        case StockCounted(location=location, qty=qty):
            stock = {place: lies for place, lies in now.stock.items() if place != NOWHERE}
            return replace(now, stock={**stock, location: qty}, counted=known)
        case StockAdjusted(delta=delta, location=location):
            return _moved(now, delta, location)
        case IssuedToPhase() as issue:
            return _issued(now, issue, known)
        case ReturnedFromPhase(requirement=requirement, qty=qty, location=location):
            issued = now.issued.get(requirement, NOTHING) - qty
            back = replace(now, issued={**now.issued, requirement: max(NOTHING, issued)})
            return _moved(back, qty, location)
        case Reserved(requirement=requirement, qty=qty):
            kept = now.reserved.get(requirement, NOTHING) + qty
            return replace(now, reserved={**now.reserved, requirement: kept}, reserved_last=known)
        case Unreserved(requirement=requirement, qty=qty):
            return _kept(now, requirement, now.reserved.get(requirement, NOTHING) - qty)
        case _:
            return _planned(now, known)


def _planned(now: Standing, known: Recorded[Any]) -> Standing:
    match known.event:
        case BomRevised():
            return replace(now, bom=known)
        case LeadTimeRevised():
            return replace(now, lead_time=known)
        case PlanningRulesSet() as rules:
            return replace(now, rules=rules)
        case SubstituteApproved() as approved:
            other = tuple(
                each
                for each in now.substitutes
                if (each.item, each.for_requirement) != (approved.item, approved.for_requirement)
            )
            return replace(now, substitutes=(*other, approved))
        case other_event:
            raise AssertionError(other_event)  # Every event of an item is one of these.


def _issued(now: Standing, issue: IssuedToPhase, known: Recorded[Any]) -> Standing:
    """Take an issue out of what is reserved for it first, then out of what is free."""
    kept = now.reserved.get(issue.requirement, NOTHING)
    beyond = issue.qty > kept + now.free
    given = now.issued.get(issue.requirement, NOTHING) + issue.qty
    after = _moved(now, -issue.qty, issue.location)
    after = _kept(after, issue.requirement, kept - issue.qty)
    after = replace(after, issued={**now.issued, issue.requirement: given})
    if not beyond:
        return after
    found = Contradiction("over_issue", known, now.counted)
    return replace(after, contradictions=(*now.contradictions, found))


def _kept(now: Standing, requirement: str, qty: Decimal) -> Standing:
    reserved = {each: kept for each, kept in now.reserved.items() if each != requirement}
    if qty > 0:
        reserved[requirement] = qty
    return replace(now, reserved=reserved)


def _moved(now: Standing, delta: Decimal, location: str | None) -> Standing:
    """Return the stock after a movement; one that names no place is at the one counted last."""
    if location is None:
        location = NOWHERE if now.counted is None else now.counted.event.location
    lies = now.stock.get(location, NOTHING) + delta
    return replace(now, stock={**now.stock, location: lies})
