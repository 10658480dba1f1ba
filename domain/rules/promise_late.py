"""M5: find a delivery that is promised for later than it is needed."""

from dataclasses import dataclass, field
from typing import Any, Final

from domain.commitments.events import EVENTS as COMMITMENT_EVENTS
from domain.kernel.ids import stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.network.project_network import ProjectNetwork
from domain.network.supplies import Supply
from domain.rules.finding import Cleared, Finding, Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import severity_of
from domain.rules.parameters import Parameter
from domain.rules.waiting import day_end, impact_of, late_days, names_waiting
from domain.rules.watched import Watched

NAME: Final[str] = "promise_late"
VERSION: Final[int] = 1


@dataclass(slots=True)
class DeliveriesState:
    """What was last found of a project's commitments, by their id."""

    found: dict[str, Finding] = field(default_factory=dict)


class PromiseLate:
    """DOMAIN M5: promised later than need_by, in working days of the project's calendar.

    The impact on the promise to the customer is the working days by which the delivery is late,
    less the total float of the phases that wait for it; where none is named there is no float. It
    is looked at whenever something happens to the commitment, and told again when it differs.

    Both dates are days that people name, so there is no margin to restore: the finding is cleared
    as soon as the promise is not later than the need, or nothing more is to come.
    """

    name = NAME
    version = VERSION
    code = "M5"
    title = "A delivery is promised for later than it is needed."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact = True
    at_once = False
    due = staticmethod(never)
    heeds = Heeds.of(*COMMITMENT_EVENTS)

    def initial(self) -> DeliveriesState:
        """Return a project that nothing has happened to."""
        return DeliveriesState()

    def fold(
        self,
        state: DeliveriesState,
        recorded: Recorded[Any],
        project: Watched,
        *,
        more: bool = False,
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        del more
        if not project.changed or subject_of(recorded.stream).category != "commitment":
            return ()
        # The float that a late delivery eats up is the float without it.
        network = project.without_material
        supply = network.supplies.get(recorded.subject_id)
        if supply is None:
            return ()
        before = state.found.get(supply.id)
        found = _finding(network, supply, recorded.position, before)
        if found is None:
            if before is None:
                return ()
            del state.found[supply.id]
            return (Cleared(NAME, before.subjects, _because(supply)),)
        if before is not None and _weighs_alike(found, before):
            return ()
        state.found[supply.id] = found
        return (found,)


def _finding(
    network: ProjectNetwork, supply: Supply, position: int, before: Finding | None
) -> Finding | None:
    promised, need_by = supply.promised, supply.need_by
    if not supply.is_open or promised is None or promised <= need_by:
        return None
    until = day_end(promised, network)
    late, impact = late_days(network, need_by, until), impact_of(network, supply, until)
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        kind="vendor",
        subjects=(stream_of("commitment", supply.id),),
        severity=severity_of(impact),
        impact_days=impact,
        summary=(
            f"{supply.vendor} promises {supply.item} ({supply.id}) for {promised}, {late} working "
            f"days after {need_by}, when {names_waiting(network, supply)} need it"
        ),
        evidence=tuple(sorted({supply.need_position, supply.promise_position})),
        first_position=position if before is None else before.first_position,
    )


def _weighs_alike(found: Finding, before: Finding) -> bool:
    return (found.severity, found.impact_days, found.summary, found.evidence) == (
        before.severity,
        before.impact_days,
        before.summary,
        before.evidence,
    )


def _because(supply: Supply) -> str:
    if not supply.is_open:
        return f"{supply.id} is {supply.status.replace('_', ' ')}"
    return f"{supply.id} is promised for {supply.promised}, needed by {supply.need_by}"
