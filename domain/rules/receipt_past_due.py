"""M7: find a delivery that has not come by the day it is promised for."""

from typing import Any, Final

from domain.commitments.events import EVENTS as COMMITMENT_EVENTS
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import instant_of, minute_of
from domain.network.project_network import end_of_day
from domain.network.supplies import Supply
from domain.rules.by_subject import BySubject, Judgement
from domain.rules.finding import Finding
from domain.rules.heeding import Heeds
from domain.rules.impact import severity_of
from domain.rules.spells import Spells
from domain.rules.waiting import impact_of, names_waiting
from domain.rules.watched import Watched

NAME: Final[str] = "receipt_past_due"


class ReceiptPastDue(BySubject[Spells]):
    """DOMAIN M7: now is after the promised day, in the project's zone, and something is to come.

    The days are working days of the project's calendar from the end of the promised day. The impact
    is what it comes too late for its need as things stand: as if it came now, less the float of the
    phases that wait. It is looked at again at the end of every working day, and told again when
    one was lost. Both dates are named by people, so there is no margin to restore.
    """

    name = NAME
    code = "M7"
    title = "A delivery has not come by the day it was promised for."
    weighs_impact = True
    category = "commitment"
    heeds = Heeds.of(*COMMITMENT_EVENTS)

    def initial(self) -> Spells:
        """Return a project that nothing has happened to."""
        return Spells()

    def judge(
        self, state: Spells, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Compare the promised day of a commitment with what time it is."""
        del state
        network = project.without_material
        supply, now = network.supplies.get(key), project.now
        if supply is None or supply.promised is None or not supply.is_open:
            return Judgement(because="" if supply is None else _over(supply))
        end = end_of_day(supply.promised, network.zone)
        if now is None or now < end:
            return Judgement(because=f"{key} is promised for {supply.promised}", again=end)
        impact = impact_of(network, supply, minute_of(now))
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="vendor",
            subjects=(stream_of("commitment", key),),
            severity=severity_of(impact),
            impact_days=impact,
            summary=(
                f"{supply.vendor} promised {supply.item} ({key}) for {supply.promised}, and it "
                f"has not come; {names_waiting(network, supply)} need it by {supply.need_by}"
            ),
            evidence=tuple(sorted({supply.need_position, supply.promise_position})),
            first_position=recorded.position,
            act_by=supply.need_by,
            remedies=(
                f"Ask {supply.vendor} for the day it comes, and record it",
                "Post the receipt if it is here",
                "Order what is lacking elsewhere",
            ),
        )
        works_next = instant_of(network.calendar.axis.next_start(minute_of(now)))
        next_day = works_next.astimezone(network.zone).date()
        return Judgement(found, again=end_of_day(next_day, network.zone))


def _over(supply: Supply) -> str:
    if supply.promised is None:
        return f"{supply.id} is promised for no day"
    return f"{supply.id} is {supply.status.replace('_', ' ')}"
