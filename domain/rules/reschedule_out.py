"""M9: find a delivery that comes long before it is needed, since the plan has slipped."""

from typing import Any, Final

from domain.commitments.events import EVENTS as COMMITMENT_EVENTS
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import instant_of
from domain.rules.by_need import ByNeed
from domain.rules.by_subject import Judgement
from domain.rules.finding import Finding
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, working_days
from domain.rules.parameters import Parameter
from domain.rules.spells import Spells
from domain.rules.waiting import day_end, first_need
from domain.rules.watched import Watched

NAME: Final[str] = "reschedule_out"
EARLY: Final = Parameter(
    "early", 10, "working days", "A delivery that comes by more before its need is told of."
)


class RescheduleOut(ByNeed[Spells]):
    """DOMAIN M9: promised more than ten working days before its need, after the schedule slipped.

    The need is that of the first phase that waits and has not started, less its offset, in the
    network in which nothing waits for goods; the schedule has slipped where that is later than the
    day we asked for. The days are working days of the project's calendar from the end of the
    promised day; the inventory is what is still to come, for so long. It moves no date. It clears
    when it comes less than nine days early, or has come.
    """

    name = NAME
    code = "M9"
    title = "A delivery comes long before it is needed, since the plan has slipped."
    parameters: tuple[Parameter, ...] = (EARLY,)
    heeds = Heeds.of(*COMMITMENT_EVENTS, network=True)

    def initial(self) -> Spells:
        """Return a project that nothing has happened to."""
        return Spells()

    def matters(self, state: Spells, key: str, project: Watched) -> bool:
        """Tell whether a delivery is promised and still to come."""
        del state
        supply = project.network.supplies.get(key)
        return supply is not None and supply.is_open and supply.promised is not None

    def judge(
        self, state: Spells, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Compare the promise of a commitment with when its first phase needs it."""
        network = project.without_material
        supply = network.supplies.get(key)
        if supply is None or not supply.is_open or supply.promised is None:
            return Judgement(because=f"Nothing more is to come of {key}")
        first = first_need(network, supply)
        if first is None or first[1] <= day_end(supply.need_by, network):
            return Judgement(because=f"{key} is needed when we asked for it")
        line, needed = first
        early = working_days(network.calendar, day_end(supply.promised, network), needed)
        margin = 1 if key in state.found else 0
        if early <= project.number(NAME, EARLY) - margin:
            return Judgement(because=f"{key} comes {early} working days before its need")
        left = supply.standing.ordered_qty - supply.standing.good_qty
        day = instant_of(needed).astimezone(network.zone).date()
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="material",
            subjects=(stream_of("commitment", key),),
            severity="low",
            impact_days=NOTHING,
            summary=(
                f"{left} of {supply.item} ({key}) are promised for {supply.promised}; {line.name} "
                f"needs them on {day}: {early} working days of inventory"
            ),
            evidence=tuple(sorted({supply.need_position, supply.promise_position})),
            first_position=recorded.position,
            act_by=supply.promised,
            remedies=(
                f"Ask {supply.vendor} to deliver for {day}",
                "Give it to another requirement that needs it sooner",
            ),
        )
        return Judgement(found)
