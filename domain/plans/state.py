"""Know of a plan what its decisions need: phases, links, gates and the network they form.

A plan is changed in place by `evolve` and copied by `fork`, so that a batch of ten thousand edits
costs ten thousand steps and one copy.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, get_args

from domain.kernel.messages import Recorded
from domain.plans.events import (
    CompletionDateAdjusted,
    CompletionDateProposed,
    CompletionDateRejected,
    ConstraintCleared,
    ConstraintSet,
    DeadlineCleared,
    DeadlineSet,
    DependencyAdded,
    DependencyChanged,
    DependencyRemoved,
    GateAdded,
    GateKind,
    GateSatisfied,
    GateWaived,
    Lag,
    LinkType,
    PhaseDetailsRevised,
    PhaseDurationRevised,
    PhaseKind,
    PhasePlanned,
    PhaseRemoved,
    ResourceRequirementCleared,
    ResourceRequirementSet,
    Strength,
)
from domain.plans.network import PlanNetwork


@dataclass(frozen=True, slots=True)
class Proposal:
    """The last completion date proposed for a phase, and what became of it."""

    new: datetime
    by: str
    answer: Literal["adjusted", "rejected"] | None = None


@dataclass(frozen=True, slots=True)
class PlannedPhase:
    """One phase of the network; its parent stands in the network alone."""

    wbs: str
    name: str
    department_id: str
    kind: PhaseKind
    duration_min: int
    calendar_id: str | None
    constraint: ConstraintSet | None = None
    deadline: DeadlineSet | None = None
    requirements: tuple[ResourceRequirementSet, ...] = ()
    gates: tuple[str, ...] = ()
    proposal: Proposal | None = None
    adjusted: CompletionDateAdjusted | None = None

    def requirement(self, resource_id: str) -> ResourceRequirementSet | None:
        return next((need for need in self.requirements if need.resource_id == resource_id), None)


@dataclass(frozen=True, slots=True)
class PlannedLink:
    """One link of the network."""

    pred: str
    succ: str
    link_type: LinkType
    lag: Lag | None
    strength: Strength

    @property
    def twin_key(self) -> tuple[str, str, str]:
        """What no two links share: the ends and the type."""
        return self.pred, self.succ, self.link_type


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that bars a phase's release until it is there or waived."""

    phase_id: str
    kind: GateKind
    ref: str | None
    waived: bool = False
    satisfied: bool = False

    @property
    def open(self) -> bool:
        return not (self.waived or self.satisfied)


class Plan:
    """The network of one project as far as decisions care."""

    __slots__ = ("evidence", "gates", "links", "network", "phases", "removed", "twins", "unlinked")

    def __init__(self) -> None:
        self.phases: dict[str, PlannedPhase] = {}
        self.links: dict[str, PlannedLink] = {}
        self.twins: dict[tuple[str, str, str], str] = {}
        self.gates: dict[str, Gate] = {}
        self.evidence: set[str] = set()
        """Gates whose evidence was reported before they were added."""
        self.removed: set[str] = set()
        self.unlinked: set[str] = set()
        self.network = PlanNetwork()

    def fork(self) -> "Plan":
        """Return a copy that can be changed alone."""
        copy = Plan()
        copy.phases = self.phases.copy()
        copy.links = self.links.copy()
        copy.twins = self.twins.copy()
        copy.gates = self.gates.copy()
        copy.evidence = self.evidence.copy()
        copy.removed = self.removed.copy()
        copy.unlinked = self.unlinked.copy()
        copy.network = self.network.fork()
        return copy

    def open_gates(self, phase_id: str) -> tuple[str, ...]:
        """Return the ids of the gates that bar the phase's release, in the order they were set."""
        phase = self.phases.get(phase_id)
        gates = phase.gates if phase is not None else ()
        return tuple(gate_id for gate_id in gates if self.gates[gate_id].open)

    def links_of(self, phase_id: str) -> tuple[str, ...]:
        """Return the ids of the links that begin or end at the phase, sorted."""
        found = {
            self.twins.get((*ends, link_type))
            for other in self.network.linked_to(phase_id)
            for ends in ((phase_id, other), (other, phase_id))
            for link_type in get_args(LinkType)
        }
        return tuple(sorted(link_id for link_id in found if link_id is not None))

    def revise(self, phase_id: str, **changes: Any) -> None:  # noqa: ANN401  Fields of a phase.
        """Replace fields of a phase."""
        self.phases[phase_id] = replace(self.phases[phase_id], **changes)


def evolve(plan: Plan, recorded: Recorded[Any]) -> Plan:
    """Change the plan by an event and return it; what no decision makes here is a corrupt log."""
    event = recorded.event
    if isinstance(event, GateSatisfied) and event.gate_id not in plan.gates:
        if recorded.envelope.intake != "fact":
            raise AssertionError(_impossible(event))
        plan.evidence.add(event.gate_id)
        return plan
    try:
        _EVOLVE[type(event)](plan, event)
    except KeyError as unknown:
        raise AssertionError(_impossible(event)) from unknown
    return plan


def _impossible(event: object) -> str:
    # `decide` never lets this event through; a log that contains it is corrupt.
    return f"{type(event).__name__} cannot follow here: {event!r}"


def _hold(condition: object, event: object) -> None:
    if not condition:
        raise AssertionError(_impossible(event))


def _planned(plan: Plan, event: PhasePlanned) -> None:
    _hold(event.phase_id not in plan.phases, event)
    _hold(event.parent is None or event.parent in plan.phases, event)
    plan.phases[event.phase_id] = PlannedPhase(
        event.wbs, event.name, event.department_id, event.kind, event.duration_min,
        event.calendar_id,
    )  # fmt: skip
    plan.network.add(event.phase_id, event.parent)
    plan.removed.discard(event.phase_id)


def _revised(plan: Plan, event: PhaseDetailsRevised) -> None:
    details = {"wbs", "name", "department_id", "kind", "calendar_id"}
    plan.revise(event.phase_id, **event.model_dump(include=details, exclude_none=True))
    if event.parent is not None:
        _hold(event.parent in plan.phases, event)
        plan.network.move(event.phase_id, event.parent)


def _duration(plan: Plan, event: PhaseDurationRevised) -> None:
    _hold(plan.phases[event.phase_id].duration_min == event.old_min, event)
    plan.revise(event.phase_id, duration_min=event.new_min)


def _linked(plan: Plan, event: DependencyAdded) -> None:
    link = PlannedLink(event.pred, event.succ, event.link_type, event.lag, event.strength)
    _hold(event.link_id not in plan.links and link.twin_key not in plan.twins, event)
    _hold(event.pred in plan.phases and event.succ in plan.phases, event)
    plan.network.link(event.pred, event.succ)
    plan.links[event.link_id] = link
    plan.twins[link.twin_key] = event.link_id
    plan.unlinked.discard(event.link_id)


def _relinked(plan: Plan, event: DependencyChanged) -> None:
    old = plan.links[event.link_id]
    new = replace(old, link_type=event.link_type, lag=event.lag, strength=event.strength)
    del plan.twins[old.twin_key]
    _hold(new.twin_key not in plan.twins, event)
    plan.links[event.link_id] = new
    plan.twins[new.twin_key] = event.link_id


def _unlinked(plan: Plan, event: DependencyRemoved) -> None:
    _drop_link(plan, event.link_id)


def _drop_link(plan: Plan, link_id: str) -> None:
    link = plan.links.pop(link_id)
    del plan.twins[link.twin_key]
    plan.network.unlink(link.pred, link.succ)
    plan.unlinked.add(link_id)


def _constrained(plan: Plan, event: ConstraintSet) -> None:
    plan.revise(event.phase_id, constraint=event)


def _freed(plan: Plan, event: ConstraintCleared) -> None:
    plan.revise(event.phase_id, constraint=None)


def _deadline(plan: Plan, event: DeadlineSet) -> None:
    plan.revise(event.phase_id, deadline=event)


def _no_deadline(plan: Plan, event: DeadlineCleared) -> None:
    plan.revise(event.phase_id, deadline=None)


def _required(plan: Plan, event: ResourceRequirementSet) -> None:
    others = _requirements_without(plan, event.phase_id, event.resource_id)
    plan.revise(event.phase_id, requirements=(*others, event))


def _not_required(plan: Plan, event: ResourceRequirementCleared) -> None:
    others = _requirements_without(plan, event.phase_id, event.resource_id)
    plan.revise(event.phase_id, requirements=others)


def _requirements_without(
    plan: Plan, phase_id: str, resource_id: str
) -> tuple[ResourceRequirementSet, ...]:
    needs = plan.phases[phase_id].requirements
    return tuple(need for need in needs if need.resource_id != resource_id)


def _gate(plan: Plan, event: GateAdded) -> None:
    _hold(event.gate_id not in plan.gates, event)
    phase = plan.phases[event.phase_id]
    known = event.gate_id in plan.evidence
    plan.evidence.discard(event.gate_id)
    plan.gates[event.gate_id] = Gate(event.phase_id, event.kind, event.ref, satisfied=known)
    plan.revise(event.phase_id, gates=(*phase.gates, event.gate_id))


def _waived(plan: Plan, event: GateWaived) -> None:
    plan.gates[event.gate_id] = replace(plan.gates[event.gate_id], waived=True)


def _satisfied(plan: Plan, event: GateSatisfied) -> None:
    plan.gates[event.gate_id] = replace(plan.gates[event.gate_id], satisfied=True)


def _proposed(plan: Plan, event: CompletionDateProposed) -> None:
    plan.revise(event.phase_id, proposal=Proposal(event.new, event.proposed_by))


def _adjusted(plan: Plan, event: CompletionDateAdjusted) -> None:
    proposal = plan.phases[event.phase_id].proposal
    if proposal is not None and proposal.answer is None:
        proposal = replace(proposal, answer="adjusted")
    plan.revise(event.phase_id, adjusted=event, proposal=proposal)


def _rejected(plan: Plan, event: CompletionDateRejected) -> None:
    proposal = plan.phases[event.phase_id].proposal
    if proposal is None or proposal.answer is not None or proposal.new != event.proposed:
        raise AssertionError(_impossible(event))
    plan.revise(event.phase_id, proposal=replace(proposal, answer="rejected"))


def _removed(plan: Plan, event: PhaseRemoved) -> None:
    _hold(not plan.network.is_summary(event.phase_id), event)
    for link_id in event.links:
        _drop_link(plan, link_id)
    _hold(not any(plan.network.linked_to(event.phase_id)), event)
    for gate_id in plan.phases.pop(event.phase_id).gates:
        del plan.gates[gate_id]
    plan.network.remove(event.phase_id)
    plan.removed.add(event.phase_id)


_EVOLVE: Final[Mapping[type, Callable[[Plan, Any], None]]] = {
    PhasePlanned: _planned,
    PhaseDetailsRevised: _revised,
    PhaseDurationRevised: _duration,
    DependencyAdded: _linked,
    DependencyChanged: _relinked,
    DependencyRemoved: _unlinked,
    ConstraintSet: _constrained,
    ConstraintCleared: _freed,
    DeadlineSet: _deadline,
    DeadlineCleared: _no_deadline,
    ResourceRequirementSet: _required,
    ResourceRequirementCleared: _not_required,
    GateAdded: _gate,
    GateWaived: _waived,
    GateSatisfied: _satisfied,
    CompletionDateProposed: _proposed,
    CompletionDateAdjusted: _adjusted,
    CompletionDateRejected: _rejected,
    PhaseRemoved: _removed,
}
