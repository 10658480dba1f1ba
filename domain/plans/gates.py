"""Decide on the gates of a plan: what must be settled before a phase is released."""

from domain.kernel.decider import Events
from domain.kernel.messages import Asked
from domain.kernel.refusals import DuplicateId, UnknownSubject
from domain.plans.commands import AddGate, SatisfyGate, WaiveGate
from domain.plans.events import GateAdded, GateSatisfied, GateWaived
from domain.plans.phases import phase_of
from domain.plans.state import Gate, Plan
from domain.plans.surroundings import Surroundings


def add_gate(command: AddGate, plan: Plan, asked: Asked, others: Surroundings) -> Events:
    """Decide on a new gate; the same gate again changes nothing, whatever became of it."""
    del asked, others
    phase_of(plan, command.phase_id)
    present = plan.gates.get(command.gate_id)
    if present is not None:
        if (present.phase_id, present.kind, present.ref) == (
            command.phase_id,
            command.kind,
            command.ref,
        ):
            return ()
        msg = f"gate {command.gate_id} bars {present.phase_id} already: take another id"
        raise DuplicateId(msg)
    return (
        GateAdded(
            gate_id=command.gate_id,
            phase_id=command.phase_id,
            kind=command.kind,
            ref=command.ref,
        ),
    )


def waive_gate(command: WaiveGate, plan: Plan, asked: Asked, others: Surroundings) -> Events:
    """Decide on releasing without a gate; one that is settled needs no waiver."""
    del others
    if not _gate_of(plan, command.gate_id).open:
        return ()
    by = asked.principal.party_id
    return (GateWaived(gate_id=command.gate_id, by=by, why=command.why),)


def satisfy_gate(command: SatisfyGate, plan: Plan, asked: Asked, others: Surroundings) -> Events:
    """Decide on evidence for a gate; it is worth recording after a waiver too."""
    del asked, others
    if _gate_of(plan, command.gate_id).satisfied:
        return ()
    return (GateSatisfied(gate_id=command.gate_id, evidence=command.evidence),)


def _gate_of(plan: Plan, gate_id: str) -> Gate:
    gate = plan.gates.get(gate_id)
    if gate is None:
        msg = f"there is no gate {gate_id} in the plan: add it first"
        raise UnknownSubject(msg)
    return gate
