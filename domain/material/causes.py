"""Name the event after which a shortage appeared: a count, scrap, a bill, a vendor, the plan."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from domain.commitments import events as commitments
from domain.items import events as items
from domain.kernel.ids import subject_of
from domain.kernel.messages import DomainEvent, Recorded
from domain.material.known import KnownMaterial
from domain.material.problem import problem_of
from domain.material.shortages import short_of
from domain.network.fold import fold
from domain.network.project_network import ProjectNetwork
from domain.phases.events import EVENTS as PHASE_EVENTS
from domain.planning.material import MaterialError
from domain.planning.netting import plan_material
from domain.projects.events import DataDateAdvanced
from domain.requirements import events as requirements

CauseKind: TypeAlias = Literal[
    "count",
    "scrap",
    "issue",
    "return",
    "bom_change",
    "lead_time",
    "planning_rules",
    "reservation",
    "vendor_slip",
    "order_changed",
    "inspection",
    "requirement",
    "time",
    "pull_in",
]

_KINDS: Final[Mapping[type[DomainEvent], CauseKind]] = {
    items.StockCounted: "count",
    items.StockAdjusted: "scrap",
    items.IssuedToPhase: "issue",
    items.ReturnedFromPhase: "return",
    items.BomRevised: "bom_change",
    items.LeadTimeRevised: "lead_time",
    items.PlanningRulesSet: "planning_rules",
    items.Reserved: "reservation",
    items.Unreserved: "reservation",
    commitments.CommitmentAcknowledged: "vendor_slip",
    commitments.PromiseDateMoved: "vendor_slip",
    commitments.ExpediteAnswered: "vendor_slip",
    commitments.ShipmentNotified: "vendor_slip",
    commitments.ReceiptPosted: "vendor_slip",
    commitments.CommitmentRevised: "order_changed",
    commitments.CommitmentShortClosed: "order_changed",
    commitments.CommitmentCancelled: "order_changed",
    commitments.InspectionFailed: "inspection",
    requirements.RequirementIdentified: "requirement",
    requirements.RequirementChanged: "requirement",
    DataDateAdvanced: "time",
}
"""What an event is as a cause; any other is one of the plan, that needs the material sooner."""


class Cause(NamedTuple):
    """The event after which an item was short and before which it was not."""

    kind: CauseKind
    recorded: Recorded[Any]


def causes_of(
    network: ProjectNetwork,
    known: KnownMaterial,
    history: Iterable[Recorded[Any]],
    short: frozenset[str],
) -> Mapping[str, Cause]:
    """Return the cause of each item's shortage; an item short before the history has none.

    Network and material are as before the history and are folded through it. Each event is looked
    at by itself, also where one message brought several: it is asked what it changed of the items
    it is about and of their parts, or of all where it moved the schedule.
    """
    found: dict[str, Cause] = {}
    before, scheduled = _short(network, known, short), network.schedule()
    for recorded in history:
        touched = _parts(known, _touched(network, known, recorded))
        fold(network, recorded)
        known.fold(recorded)
        touched |= _parts(known, _touched(network, known, recorded))
        schedule = network.schedule()
        if schedule is not scheduled or isinstance(recorded.event, PHASE_EVENTS):
            touched = short
        scheduled = schedule
        looked_at = touched & short
        if not looked_at:
            continue
        now = _short(network, known, looked_at)
        for item_id in now - before:
            found[item_id] = Cause(_KINDS.get(type(recorded.event), "pull_in"), recorded)
        for item_id in (before & looked_at) - now:
            found.pop(item_id, None)
        before = (before - looked_at) | now
    return found


def _touched(
    network: ProjectNetwork, known: KnownMaterial, recorded: Recorded[Any]
) -> frozenset[str]:
    """Return the items that an event is about, as far as they are known."""
    category, named = subject_of(recorded.stream).category, recorded.subject_id
    if category == "item":
        return frozenset({named})
    if category == "requirement":
        return frozenset({known.needs[named].item}) if named in known.needs else frozenset()
    supply = network.supplies.get(named) if category == "commitment" else None
    item_id = None if supply is None else known.item_of(supply.item, supply.for_requirements)
    return frozenset() if item_id is None else frozenset({item_id})


def _parts(known: KnownMaterial, items: frozenset[str]) -> frozenset[str]:
    """Return items with everything they are made of."""
    return _reached(items, known.parts_of)


def _short(network: ProjectNetwork, known: KnownMaterial, of: frozenset[str]) -> frozenset[str]:
    """Return which of some items are short; only they and what they go into are planned."""
    users = known.users()
    above = _reached(of, lambda item_id: users.get(item_id, ()))
    problem = problem_of(network, known, only=above)
    if problem is None:
        return frozenset()
    try:
        plan = plan_material(problem.items, problem.demands, problem.receipts, problem.now)
    except MaterialError:
        return frozenset()
    return frozenset(
        item_id
        for item_id in of
        if item_id in plan and short_of(plan[item_id], problem.now) is not None
    )


def _reached(items: frozenset[str], further: Callable[[str], Iterable[str]]) -> frozenset[str]:
    seen, waiting = set(items), list(items)
    while waiting:
        for each in further(waiting.pop()):
            if each not in seen:
                seen.add(each)
                waiting.append(each)
    return frozenset(seen)
