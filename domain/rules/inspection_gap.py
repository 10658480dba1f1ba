"""M10: find goods that came and are not inspected when the phase that needs them starts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from domain.commitments.events import EVENTS as COMMITMENT_EVENTS
from domain.commitments.events import InspectionFailed, InspectionPassed, ReceiptPosted
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import instant_of, minute_of
from domain.network.project_network import ProjectNetwork, end_of_day
from domain.network.supplies import Supply
from domain.plans.events import GateAdded, GateWaived
from domain.rules.by_need import ByNeed
from domain.rules.by_subject import Judgement
from domain.rules.finding import Finding
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, days_of, severity_of, working_days
from domain.rules.spells import Spells
from domain.rules.waiting import first_need
from domain.rules.watched import Watched

NAME: Final[str] = "inspection_gap"


@dataclass(slots=True)
class InspectionsState(Spells):
    """What was found, and which phases have a gate of inspection."""

    gates: dict[str, str] = field(default_factory=dict)
    """The phase of each such gate that nobody waived, by the gates' ids."""
    received: dict[str, None] = field(default_factory=dict)
    """The commitments of which something came and was not inspected."""


class InspectionGap(ByNeed[InspectionsState]):
    """DOMAIN M10: received, but not passed by the start of the phase less the offset.

    A delivery is inspected where a phase that waits for it has a gate of kind `inspection`, or an
    inspection of it was recorded already. The phase is the one that needs it first and has not
    started, in the network in which nothing waits for goods. The days are working days of that
    phase's calendar from its need until now, the impact what its float leaves of them; it is looked
    at again at the end of every working day. It clears when all that came is passed or failed, or
    the phase moves until after now.
    """

    name = NAME
    code = "M10"
    title = "Goods came and are not inspected by the time they are needed."
    weighs_impact = True
    heeds = Heeds.of(*COMMITMENT_EVENTS, GateAdded, GateWaived, network=True)

    def initial(self) -> InspectionsState:
        """Return a project that nothing has happened to."""
        return InspectionsState()

    def concerned(
        self, state: InspectionsState, recorded: Recorded[Any], project: Watched
    ) -> Iterable[str]:
        """Return the commitment, or those that came and wait for a gate that is set or waived."""
        match recorded.event:
            case GateAdded(kind="inspection", gate_id=gate_id, phase_id=phase_id):
                state.gates[gate_id] = phase_id
            case GateWaived(gate_id=gate_id) if gate_id in state.gates:
                del state.gates[gate_id]
            case _:
                return super().concerned(state, recorded, project)
        return tuple(state.received)

    def matters(self, state: InspectionsState, key: str, project: Watched) -> bool:
        """Tell whether something came and is not inspected."""
        del project
        return key in state.received

    def judge(
        self, state: InspectionsState, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Compare what time it is with when uninspected goods are needed."""
        network, now = project.without_material, project.now
        supply = network.supplies.get(key)
        if supply is None or supply.standing.uninspected_qty <= 0:
            state.received.pop(key, None)
            return Judgement(because=f"All that came of {key} is inspected")
        state.received[key] = None
        first = first_need(network, supply)
        if first is None or not _is_wanted(supply, network, state):
            return Judgement(because=f"No inspection of {key} is waited for")
        line, needed = first
        if now is None or minute_of(now) < needed:
            again = instant_of(needed)
            return Judgement(because=f"{line.name} needs {key} later", again=again)
        calendar = network.calendar_of(line)
        late = working_days(calendar, needed, minute_of(now))
        schedule = network.schedule()
        spare = 0 if schedule is None else schedule.phases[line.id].total_float_min
        impact = max(NOTHING, late - max(NOTHING, days_of(spare, calendar)))
        came = next(each.position for each in reversed(supply.line.facts) if _is_receipt(each))
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="material",
            subjects=(stream_of("commitment", key),),
            severity=severity_of(impact),
            impact_days=impact,
            summary=(
                f"{supply.standing.uninspected_qty} of {supply.item} ({key}) came and are not "
                f"inspected; {line.name} needs them since {late} working days"
            ),
            evidence=tuple(sorted({supply.need_position, came})),
            first_position=recorded.position,
            act_by=instant_of(needed).astimezone(network.zone).date(),
            remedies=("Inspect them now", f"Start {line.name} with what has passed"),
        )
        works_next = instant_of(calendar.axis.next_start(minute_of(now)))
        next_day = works_next.astimezone(network.zone).date()
        return Judgement(found, again=end_of_day(next_day, network.zone))


def _is_receipt(fact: Recorded[Any]) -> bool:
    return isinstance(fact.event, ReceiptPosted)


def _is_wanted(supply: Supply, network: ProjectNetwork, state: InspectionsState) -> bool:
    gated = set(state.gates.values())
    inspected = (InspectionPassed, InspectionFailed)
    return not gated.isdisjoint(network.supplies.waiting_for(supply)) or any(
        isinstance(each.event, inspected) for each in supply.line.facts
    )
