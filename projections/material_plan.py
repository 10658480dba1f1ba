"""Write a project's material plan as a document: records, pegs both ways, messages, shortages.

Instants are RFC 3339 in the project's zone, quantities decimal texts in the item's unit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from domain.kernel.minutes import DAY_MIN, Minute, instant_of
from domain.material.causes import Cause
from domain.material.known import KnownMaterial
from domain.material.problem import MaterialProblem
from domain.material.shortages import HeldUp, Shortage
from domain.network.project_network import ProjectNetwork
from domain.planning.action_messages import ActionMessage, Tolerance, messages
from domain.planning.material import STOCK, ItemPlan, MaterialPlan, Peg
from domain.planning.promising import Promises
from projections.latest import sentence
from projections.moments import Moments

TOLERANCE: Final = Tolerance(earlier_min=DAY_MIN, later_min=14 * DAY_MIN, release_min=7 * DAY_MIN)
"""Nobody is told of a day too late or two weeks too early; a release is told a week ahead."""

HUNDREDTH: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was planned, and how far it can be kept."""

    problem: MaterialProblem
    plan: MaterialPlan
    promises: Promises
    shortages: Sequence[Shortage]
    causes: Mapping[str, Cause]
    looked_back_to: int
    """The position before which no cause was looked for."""


def material_document(
    network: ProjectNetwork, known: KnownMaterial, position: int, answer: Answer
) -> dict[str, Any]:
    """Return the whole plan."""
    moments = Moments(network.zone)
    problem = answer.problem
    told = _Told(network, known, moments, answer)
    return {
        **_head(network, position),
        "as_of": moments.at(problem.now),
        "problem": None,
        "items": [told.item(plan) for _, plan in sorted(answer.plan.items())],
        "shortages": [told.shortage(each) for each in answer.shortages],
    }


def no_plan_document(network: ProjectNetwork, position: int, why: str) -> dict[str, Any]:
    """Return the document of a project whose material cannot be planned, and why."""
    head = _head(network, position)
    return {**head, "as_of": None, "problem": why, "items": [], "shortages": []}


def _head(network: ProjectNetwork, position: int) -> dict[str, Any]:
    return {"project": network.project_id, "name": network.name, "position": position}


class _Told:
    """Tell the parts of one plan."""

    def __init__(
        self, network: ProjectNetwork, known: KnownMaterial, moments: Moments, answer: Answer
    ) -> None:
        self._network = network
        self._known = known
        self._at = moments.at
        self._answer = answer
        self._last: dict[str, Minute] = {}
        for each in answer.promises.deliveries:
            self._last[each.demand] = max(each.at, self._last.get(each.demand, each.at))

    def item(self, plan: ItemPlan) -> dict[str, Any]:
        item_id, stock = plan.item.id, self._known.standing(plan.item.id)
        problem = self._answer.problem
        pegs_of: dict[str, list[Peg]] = {}
        pegs_on: dict[str, list[Peg]] = {}
        for peg in plan.pegs:
            pegs_of.setdefault(peg.demand, []).append(peg)
            pegs_on.setdefault(peg.supply, []).append(peg)
        return {
            "item": item_id,
            "uom": problem.units.get(item_id),
            "units_differ": item_id in problem.other_units,
            "on_hand": str(plan.item.on_hand),
            "counted_at": None
            if stock.counted is None
            else self._at_instant(stock.counted.effective_at),
            "received_since": str(problem.received.get(item_id, Decimal(0))),
            "reserved": str(stock.reserved_in_all),
            "safety_stock": [
                {"since": self._at(max(since, problem.now)), "qty": str(qty)}
                for since, qty in plan.item.safety
            ],
            "parts": [
                {"item": part.item, "qty_per": str(part.qty_per)} for part in plan.item.components
            ],
            "record": [
                {
                    "at": self._at(line.at),
                    "gross": str(line.gross),
                    "scheduled_receipts": str(line.scheduled),
                    "projected_available": str(line.available),
                    "net": str(line.net),
                    "planned_receipts": str(line.planned_receipt),
                    "planned_releases": str(line.planned_release),
                }
                for line in plan.lines
            ],
            "demands": [self._demand(plan, each.id, pegs_of) for each in plan.demands],
            "supplies": self._supplies(plan, pegs_on),
            "messages": [self._message(each) for each in messages(plan, problem.now, TOLERANCE)],
            "substitutes": [self._substitute(each) for each in stock.substitutes],
        }

    def _demand(
        self, plan: ItemPlan, name: str, pegs: Mapping[str, Sequence[Peg]]
    ) -> dict[str, Any]:
        demand = next(each for each in plan.demands if each.id == name)
        need = self._known.needs.get(name) if demand.order is None else None
        return {
            "id": name,
            "for": "requirement" if demand.order is None else "planned_order",
            "phase": None if need is None else need.phase,
            "order": demand.order,
            "qty": str(demand.qty),
            "need_at": self._at(demand.at),
            "priority": demand.priority,
            "reserved": str(demand.reserved),
            "available_at": self._available(name) if demand.order is None else None,
            "short": str(plan.short.get(name, Decimal(0))),
            "pegs": [
                {
                    "supply": peg.supply,
                    "qty": str(peg.qty),
                    "at": None if peg.at is None else self._at(peg.at),
                    "in_time": peg.at is None or peg.at <= demand.at,
                }
                for peg in pegs.get(name, ())
            ],
        }

    def _available(self, demand: str) -> str | None:
        if demand in self._answer.promises.short or demand not in self._last:
            return None
        return self._at(self._last[demand])

    def _supplies(
        self, plan: ItemPlan, pegs: Mapping[str, Sequence[Peg]]
    ) -> Sequence[dict[str, Any]]:
        rows: list[dict[str, Any]] = [
            {
                "id": STOCK, "kind": "stock", "qty": str(plan.item.on_hand), "at": None,
                "released_at": None, "needed_at": None,
            }
        ]  # fmt: skip
        for receipt in plan.receipts:
            needed = plan.needed[receipt.id]
            rows.append({
                "id": receipt.id, "kind": "commitment", "qty": str(receipt.qty),
                "at": self._at(receipt.at), "released_at": None,
                "needed_at": None if needed is None else self._at(needed),
            })  # fmt: skip
        rows += [
            {
                "id": order.id, "kind": "planned_order", "qty": str(order.qty),
                "at": self._at(order.receipt), "released_at": self._at(order.release),
                "needed_at": self._at(order.needed),
            }
            for order in plan.planned
        ]  # fmt: skip
        for row in rows:
            row["pegs"] = [
                {"demand": peg.demand, "qty": str(peg.qty)} for peg in pegs.get(row["id"], ())
            ]
        return rows

    def _message(self, message: ActionMessage) -> dict[str, Any]:
        return {
            "kind": message.kind,
            "order": message.order,
            "qty": str(message.qty),
            "at": self._at(message.at),
            "to": None if message.to is None else self._at(message.to),
            "limit": None if message.limit is None else str(message.limit),
        }

    def _substitute(self, approved: Any) -> dict[str, Any]:  # noqa: ANN401  As the item's events have it.
        today = instant_of(self._answer.problem.now).astimezone(self._network.zone).date()
        until = approved.until
        return {
            "item": approved.item,
            "ratio": str(approved.ratio),
            "by": approved.by,
            "for_requirement": approved.for_requirement,
            "until": None if until is None else until.isoformat(),
            "expired": until is not None and until < today,
        }

    def shortage(self, shortage: Shortage) -> dict[str, Any]:
        cause = self._answer.causes.get(shortage.item)
        held_up = [self._held_up(each) for each in shortage.held_up]
        known = [row["cost_days"] for row in held_up if row["cost_days"] is not None]
        never = any(each.available is None for each in shortage.held_up)
        return {
            "item": shortage.item,
            "qty": str(shortage.qty),
            "first_at": self._at(shortage.first),
            "cost_days": None if never else max(known, default="0.00", key=Decimal),
            "cause": None if cause is None else self._cause(cause),
            "looked_back_to": self._answer.looked_back_to,
            "held_up": held_up,
        }

    def _held_up(self, held_up: HeldUp) -> dict[str, Any]:
        return {
            "requirement": held_up.requirement,
            "phase": held_up.phase,
            "name": self._network.name_of(held_up.phase),
            "need_at": self._at(held_up.need),
            "available_at": None if held_up.available is None else self._at(held_up.available),
            "push_days": _days(held_up.push_min, held_up.day_min),
            "cost_days": _days(held_up.cost_min, held_up.day_min),
        }

    def _cause(self, cause: Cause) -> dict[str, Any]:
        recorded = cause.recorded
        reason = recorded.envelope.reason
        return {
            "kind": cause.kind,
            "event": recorded.event_id,
            "type": recorded.event.type_name,
            "position": recorded.position,
            "text": sentence(recorded, self._network.name_of, self._network.zone),
            "reason": None if reason is None else reason.code,
            "by": recorded.envelope.actor,
        }

    def _at_instant(self, moment: Any) -> str:  # noqa: ANN401
        return Moments(self._network.zone).of(moment)


def _days(minutes: int | None, day_min: int) -> str | None:
    if minutes is None:
        return None
    return str((Decimal(minutes) / day_min).quantize(HUNDREDTH, ROUND_HALF_UP))
