"""X1: find facts that contradict the plan, or each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from domain.commitments.facts import Contradiction as DeliveryContradiction
from domain.conflicts.events import ConflictKind, Severity
from domain.contracts.facts import Contradiction as ContractContradiction
from domain.contracts.facts import Paper
from domain.items.facts import Contradiction as StockContradiction
from domain.kernel.clock import ClockAdvanced
from domain.kernel.corrections import is_correction
from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.network.project_network import ProjectNetwork
from domain.phases.contradictions import Accounting, Circumstances, Contradiction
from domain.phases.facts import FACTS
from domain.plans.events import GateAdded, GateSatisfied, GateWaived
from domain.reports.facts import Contradiction as ReportContradiction
from domain.rules.finding import Cleared, Finding, Found, never
from domain.rules.impact import NOTHING
from domain.rules.parameters import Parameter
from domain.rules.reporting import ReportBook
from domain.rules.watched import Watched

NAME: Final[str] = "contradiction"
VERSION: Final[int] = 1

AnyContradiction: TypeAlias = (
    Contradiction
    | DeliveryContradiction
    | StockContradiction
    | ContractContradiction
    | ReportContradiction
)

_CODES: Final[Mapping[str, tuple[ConflictKind, Severity, str]]] = {
    "not_in_plan": ("schedule", "high", "is reported although it is not in the plan"),
    "gate_open": ("schedule", "high", "was started although a gate is open"),
    "project_held": ("schedule", "high", "was started although the project is held"),
    "not_released": ("schedule", "medium", "was started without a release"),
    "not_started": ("schedule", "low", "is reported although nobody reported its start"),
    "already_started": ("schedule", "low", "was reported started twice, at different times"),
    "while_interrupted": ("schedule", "low", "is reported although it stands still"),
    "not_interrupted": ("schedule", "low", "was reported resumed although it did not stand still"),
    "already_ended": ("schedule", "medium", "is reported although it has ended"),
    "finish_before_start": ("schedule", "medium", "was reported finished before it started"),
    "old_revision": ("vendor", "medium", "was answered for a revision that is not the present one"),
    "outside_period": ("communication", "low", "is as of a moment outside its period"),
    "over_issue": ("material", "medium", "was issued in a larger quantity than lay there free"),
    "unreviewed": ("contract", "high", "was signed without a review that accepted it"),
    "over_receipt": ("material", "medium", "was delivered in a larger quantity than ordered"),
}
"""Of each code of DOMAIN 9.3 the kind of conflict, how grave it is, and what it says."""


@dataclass(slots=True)
class FactsState:
    """What plan and project said when each fact was recorded, and what was found of it."""

    gates: dict[str, str] = field(default_factory=dict)
    """The phases of the gates that are open, by the gates' ids."""
    gates_of: dict[str, set[str]] = field(default_factory=dict)
    """The ids of those gates by phase."""
    circumstances: dict[str, dict[int, Circumstances]] = field(default_factory=dict)
    """By phase, and by the version of the fact."""
    books: dict[str, Accounting] = field(default_factory=dict)
    """What each phase's history adds up to so far."""
    found: dict[str, dict[str, Finding]] = field(default_factory=dict)
    """By stream and code."""
    reports: ReportBook = field(default_factory=ReportBook)


class FactContradicts:
    """DOMAIN X1: one finding per code of DOMAIN 9.3 and subject, while a fact shows it.

    Subjects are phases, commitments, items, contracts and reports. The finding is told again when
    one more fact shows it, and cleared when none does any more, as when the start of a phase
    arrives after its progress. Its impact is nothing: what it does to the dates other rules find.
    """

    name = NAME
    version = VERSION
    code = "X1"
    title = "A recorded fact contradicts the plan, or another fact."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact = False
    at_once = True
    due = staticmethod(never)

    def initial(self) -> FactsState:
        """Return a project that nothing has happened to."""
        return FactsState()

    def fold(
        self, state: FactsState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the findings it brings about, changes or ends."""
        del more
        if state.reports.take(recorded):
            return _of_report(state, recorded)
        match recorded.event:
            case GateAdded(gate_id=gate_id, phase_id=phase_id):
                _close(state, gate_id)
                state.gates[gate_id] = phase_id
                state.gates_of.setdefault(phase_id, set()).add(gate_id)
            case GateWaived(gate_id=gate_id) | GateSatisfied(gate_id=gate_id):
                _close(state, gate_id)
            case event if not project.is_repeated and not isinstance(event, ClockAdvanced):
                return _of_subject(state, recorded, project)
            case _:
                pass
        return ()


def _close(state: FactsState, gate_id: str) -> None:
    phase_id = state.gates.pop(gate_id, None)
    if phase_id is not None:
        state.gates_of[phase_id].discard(gate_id)


def _of_subject(state: FactsState, recorded: Recorded[Any], project: Watched) -> tuple[Found, ...]:
    category, network = subject_of(recorded.stream).category, project.network
    subject_id = recorded.subject_id
    if category == "phase":
        return _told(state, recorded, *_of_phase(state, recorded, network))
    if category == "commitment":
        supply = network.supplies.get(subject_id)
        if supply is not None:
            return _told(state, recorded, supply.id, supply.standing.contradictions)
    if category == "item":
        return _told(
            state, recorded, subject_id, project.material.standing(subject_id).contradictions
        )
    if category == "contract":
        paper = project.papers.get(subject_id, Paper())
        return _told(state, recorded, subject_id, paper.standing().contradictions)
    return ()


def _of_report(state: FactsState, recorded: Recorded[Any]) -> tuple[Found, ...]:
    stream = recorded.stream
    _, department, period = subject_of(stream).ids
    contradictions = state.reports.of(stream).contradictions(state.reports.asked(stream))
    return _told(state, recorded, f"{department} {period}", contradictions)


def _of_phase(
    state: FactsState, recorded: Recorded[Any], network: ProjectNetwork
) -> tuple[str, Sequence[AnyContradiction]]:
    phase_id = recorded.subject_id
    line = network.line(phase_id)
    known = state.circumstances.setdefault(phase_id, {})
    if isinstance(recorded.event, FACTS):
        known[recorded.version] = Circumstances(
            in_plan=line.planned,
            open_gates=tuple(sorted(state.gates_of.get(phase_id, ()))),
            project_held=network.standing == "held",
        )
    book = state.books.get(phase_id)
    if book is not None and is_correction(recorded):  # What it is about was folded as corrected.
        return line.name, book.found
    if book is None or not book.comes_last(recorded):
        book = state.books[phase_id] = Accounting(line.execution, known)
    else:
        book.take(recorded, known.get(recorded.version, Circumstances()))
    return line.name, book.found


def _told(
    state: FactsState,
    recorded: Recorded[Any],
    name: str,
    contradictions: Sequence[AnyContradiction],
) -> tuple[Found, ...]:
    """Compare what contradicts now with what did before, code by code."""
    stream = recorded.stream
    known = state.found.get(stream, {})
    if not contradictions and not known:
        return ()
    by_code: dict[str, set[int]] = {}
    for each in contradictions:
        evidence = by_code.setdefault(each.code, set())
        evidence.add(each.fact.position)
        if not isinstance(each, ContractContradiction) and each.against is not None:
            evidence.add(each.against.position)
    told: list[Found] = []
    for code in sorted(by_code.keys() | known.keys()):
        before = known.get(code)
        if code in by_code:
            first = recorded.position if before is None else before.first_position
            found = _finding(name, stream, code, by_code[code], first)
            if before is None or not by_code[code] <= set(before.evidence):
                told.append(found)
            known[code] = found
        elif before is not None:
            del known[code]
            told.append(Cleared(before.rule, before.subjects, "No fact says so any more"))
    state.found[stream] = known
    return tuple(told)


def _finding(name: str, stream: str, code: str, evidence: set[int], first: int) -> Finding:
    kind, severity, says = _CODES[code]
    return Finding(
        rule=f"{NAME}.{code}",
        rule_version=VERSION,
        kind=kind,
        subjects=(stream,),
        severity=severity,
        impact_days=NOTHING,
        summary=f"“{name}” {says}",
        evidence=tuple(sorted(evidence)),
        first_position=first,
    )
