"""K1: find work that starts soon, or has started, under a contract that nobody accepted."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from domain.contracts.events import EVENTS as CONTRACT_EVENTS
from domain.contracts.facts import Paper, ReviewState, Standing
from domain.kernel.ids import is_id, stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import instant_of, minute_of
from domain.network.calendars import standard_day_min
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork
from domain.plans.events import GateAdded, GateSatisfied, GateWaived
from domain.rules.by_subject import BySubject, Judgement
from domain.rules.finding import Finding
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, days_of, working_days
from domain.rules.parameters import Parameter
from domain.rules.spells import Spells
from domain.rules.watched import Watched

NAME: Final[str] = "contract_unreviewed"
WITHIN: Final = Parameter(
    "within", 10, "working days", "So long before the first gated phase a review is accepted."
)


@dataclass(slots=True)
class ContractGatesState(Spells):
    """What was found, and which phases wait for which contracts."""

    gates: dict[str, Recorded[GateAdded]] = field(default_factory=dict)
    """The gates of contracts that nobody waived, by their ids."""
    of_contract: dict[str, dict[str, None]] = field(default_factory=dict)
    """The ids of those gates by contract, in the order in which they were added."""


class ContractUnreviewed(BySubject[ContractGatesState]):
    """DOMAIN K1: a phase has a gate of a contract whose review accepted nothing, ten days off.

    The gate names the contract (`ref`); words that are no id name none. Found when the first of the
    gated phases is scheduled to start within ten working days of its calendar from now, and grave
    once one has started. Only a review that accepted the present version as it is ends it, or the
    waiver of the gate; a start that moves away ends it when it is a working day further than that.
    A gate reported as satisfied does not, for the paper says otherwise. The impact is what the
    start is past, less its float.
    """

    name = NAME
    code = "K1"
    title = "Work under a contract starts soon, and no review accepted the contract."
    parameters: tuple[Parameter, ...] = (WITHIN,)
    category = "contract"
    heeds = Heeds.of(*CONTRACT_EVENTS, GateAdded, GateWaived, GateSatisfied, network=True)

    def initial(self) -> ContractGatesState:
        """Return a project that nothing has happened to."""
        return ContractGatesState()

    def subjects(self, state: ContractGatesState, project: Watched) -> Iterable[str]:
        """Return every contract that lies before us, or that a gate names."""
        return (*project.papers, *state.of_contract)

    def concerned(
        self, state: ContractGatesState, recorded: Recorded[Any], project: Watched
    ) -> Iterable[str]:
        """Return the contract, or that of the gate, that an event is about."""
        match recorded.event:
            case GateAdded(kind="contract", ref=str(ref), gate_id=gate_id) if is_id(
                contract_id := contract_of(ref)
            ):
                state.gates[gate_id] = recorded
                state.of_contract.setdefault(contract_id, {})[gate_id] = None
                return (contract_id,)
            case GateWaived(gate_id=gate_id) if gate_id in state.gates:
                contract_id = contract_of(state.gates.pop(gate_id).event.ref or "")
                del state.of_contract[contract_id][gate_id]
                return (contract_id,)
            case GateAdded() | GateWaived() | GateSatisfied():
                return ()
            case _:
                return super().concerned(state, recorded, project)

    def reads(self, state: ContractGatesState, key: str, project: Watched) -> Hashable:
        """Return when each gated phase starts, of a contract that is not accepted."""
        gates = state.of_contract.get(key)
        if not gates or _standing(project, key).is_accepted:
            return None
        schedule = project.network.schedule()
        phases = {state.gates[each].event.phase_id for each in gates}
        rows = {} if schedule is None else schedule.phases
        return tuple((each, rows[each].start) for each in sorted(phases) if each in rows)

    def judge(
        self, state: ContractGatesState, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Compare the review of a contract with when work under it starts."""
        contract = _standing(project, key)
        if contract.is_accepted:
            return Judgement(because=f"Version {contract.version} of {key} was accepted")
        network, now = project.network, project.now
        first = _first(network, state, key)
        if first is None:
            return Judgement(because=f"No phase waits for {key}")
        line, start = first
        calendar = network.calendar_of(line)
        within_min = project.number(NAME, WITHIN) * standard_day_min(calendar)
        soon = instant_of(calendar.axis.subtract(start, within_min))
        started = line.known.has_started
        if key in state.found:  # A working day more than it was found with.
            margin_min = within_min + standard_day_min(calendar)
            is_soon = now is not None and _is_past(calendar.axis.subtract(start, margin_min), now)
        else:
            is_soon = now is not None and now >= soon
        if not started and not is_soon:
            return Judgement(because=f"{line.name} starts later than that", again=soon)
        today = start if now is None else minute_of(now)
        left = working_days(calendar, today, start)
        gates = [state.gates[each].position for each in state.of_contract[key]]
        day = instant_of(start).astimezone(network.zone).date()
        begins = "has started" if started else f"starts on {day}"
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="contract",
            subjects=(stream_of("contract", key),),
            severity="high" if started else "medium",
            impact_days=_impact(network, line, left),
            summary=f"{line.name} {begins} under {key}, of which {_says(contract)}",
            evidence=tuple(sorted({*gates, *papers(project.papers.get(key))})),
            first_position=recorded.position,
            act_by=day,
            remedies=(
                f"Complete the review of version {contract.version} of {key}",
                f"Move the start of {line.name}",
                "Waive the gate, and say who answers for it",
            ),
        )
        return Judgement(found)


def contract_of(ref: str) -> str:
    """Return the contract that a gate names, by its id or by its stream."""
    return ref.removeprefix("contract-")


def papers(paper: Paper | None) -> tuple[int, ...]:
    """Return the positions of what brought a contract's last version, and of its last review."""
    if paper is None:
        return ()
    now = paper.standing()
    ended = None if now.review is None else now.review.completed_of
    last = [each.position for each in now.papers[-1:]]
    return (*last, *([] if ended is None else [ended.position]))


def _standing(project: Watched, contract_id: str) -> Standing:
    return project.papers.get(contract_id, Paper()).standing()


def _first(
    network: ProjectNetwork, state: ContractGatesState, contract_id: str
) -> tuple[PhaseLine, int] | None:
    """Return the gated phase that starts first, one that has started before all others."""
    schedule = network.schedule()
    if schedule is None:
        return None
    phases = {state.gates[each].event.phase_id for each in state.of_contract.get(contract_id, ())}
    lines = [network.lines[each] for each in phases if each in schedule.phases]
    if not lines:
        return None
    line = min(lines, key=lambda each: (schedule.phases[each.id].start, each.id))
    line = min(lines, key=lambda each: (not each.known.has_started, each is not line, each.id))
    return line, schedule.phases[line.id].start


def _is_past(minute: int, now: datetime) -> bool:
    return now >= instant_of(minute)


def _impact(network: ProjectNetwork, line: PhaseLine, left: Any) -> Any:  # noqa: ANN401
    schedule = network.schedule()
    if schedule is None or left >= 0 or line.known.has_started:
        return NOTHING
    spare = days_of(schedule.phases[line.id].total_float_min, network.calendar_of(line))
    return max(NOTHING, -left - max(NOTHING, spare))


def _says(contract: Standing) -> str:
    if contract.version == 0:
        return "no version has come"
    version = f"version {contract.version}"
    return {
        ReviewState.NONE: f"{version} was given to nobody for review",
        ReviewState.ASSIGNED: f"the review of {version} is not over",
        ReviewState.REJECTED: f"{version} was rejected",
        ReviewState.INVALIDATED: "a clause that was reviewed says something else since",
    }.get(contract.review_state, f"{version} came after the review")
