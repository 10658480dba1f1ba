"""M1: find a requirement whose material is confirmed for later than its phase needs it."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from domain.items.events import EVENTS as ITEM_EVENTS
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute, instant_of
from domain.material.known import Need
from domain.planning.material import NOTHING as NO_QUANTITY
from domain.planning.material import ItemPlan
from domain.rules.by_item import ByItem
from domain.rules.by_subject import Judgement
from domain.rules.finding import Finding
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, days_of, severity_of, working_days
from domain.rules.spells import MARGIN_DAYS, Spells
from domain.rules.watched import Watched

NAME: Final[str] = "material_after_start"


class MaterialAfterStart(ByItem[Spells]):
    """DOMAIN M1: A(r) is later than the start of the phase less the offset of the requirement.

    A(r) is the earliest time at which what lies there and what vendors confirmed adds up to all
    that is needed of the item up to and including this requirement, in the order of need dates; an
    order is confirmed where the vendor answered its present revision with yes. Where they never add
    up nothing is found here: M2, M3 and M4 say what is missing. The days are working days of the
    phase's calendar, the impact what its total float leaves of them, both in the network in which
    nothing waits for goods. It clears when the material is there a working day before its need,
    or nothing is needed any more.
    """

    name = NAME
    code = "M1"
    title = "Material is confirmed for later than the phase that needs it starts."
    weighs_impact = True
    heeds = Heeds.of(*ITEM_EVENTS, network=True)

    def initial(self) -> Spells:
        """Return a project that nothing has happened to."""
        return Spells()

    def concerned(self, state: Spells, recorded: Recorded[Any], project: Watched) -> Iterable[str]:
        """Return the requirements of the items whose plan the event changes."""
        return _requirements(super().concerned(state, recorded, project), project)

    def moved(self, state: Spells, project: Watched) -> Iterable[str]:
        """Return the requirements of items that are needed at another time."""
        return _requirements(super().moved(state, project), project)

    def judge(
        self, state: Spells, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Compare when a requirement's material is there with when it is needed."""
        network, need = project.without_material, project.material.needs.get(key)
        planned = None if need is None else project.stock.planned(need.item)
        if need is None or planned is None:
            return Judgement(because=f"{key} needs nothing")
        at = next((each.at for each in planned.item.demands if each.id == key), None)
        line, schedule = network.lines.get(need.phase), network.schedule()
        if at is None or line is None or schedule is None or line.known.has_started:
            return Judgement(because=f"{need.item} is waited for by nobody now")
        there, orders = _available(planned.item, key, project)
        if there is None:
            return Judgement(because=f"Not all of {need.item} is confirmed")
        calendar = network.calendar_of(line)
        late = working_days(calendar, at, there)
        if there <= at and (key not in state.found or -late >= MARGIN_DAYS or not orders):
            return Judgement(because=f"{need.item} is there when {line.name} needs it")
        spare = days_of(schedule.phases[line.id].total_float_min, calendar)
        impact = max(NOTHING, late - max(NOTHING, spare))
        evidence = {need.position} | {
            position
            for each in orders
            if (supply := network.supplies.get(each)) is not None
            for position in (supply.need_position, supply.promise_position)
        }
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="material",
            subjects=(stream_of("requirement", key),),
            severity=severity_of(impact),
            impact_days=impact,
            summary=(
                f"{_words(need)} for {line.name} is there on {_day(there, project)}, {late} "
                f"working days after it is needed on {_day(at, project)}"
            ),
            evidence=tuple(sorted(evidence)),
            first_position=recorded.position,
            act_by=_day(at, project),
            remedies=(
                f"Ask for {', '.join(orders)} to come sooner" if orders else "Count the stock",
                f"Start {line.name} later",
                "Take it from a requirement that has float, or approve a substitute",
            ),
        )
        return Judgement(found)


def _requirements(items: Iterable[str], project: Watched) -> list[str]:
    return [need.id for each in items for need in project.material.needs_of(each)]


def _available(
    plan: ItemPlan, requirement: str, project: Watched
) -> tuple[Minute | None, tuple[str, ...]]:
    """Return when confirmed supply covers all needs up to one, None: never; and the last order."""
    wanted = NO_QUANTITY
    for demand in plan.demands:  # In the order of their dates.
        wanted += demand.qty
        if demand.id == requirement:
            break
    supply = plan.item.on_hand
    if supply >= wanted:
        return 0, ()  # It lies there.
    for receipt in plan.receipts:
        line = project.without_material.supplies.get(receipt.id)
        if line is not None and line.is_confirmed:
            supply += receipt.qty
            if supply >= wanted:
                return receipt.at, (receipt.id,)
    return None, ()


def _words(need: Need) -> str:
    return f"{need.qty} {need.uom} of {need.item}"


def _day(minute: Minute, project: Watched) -> date:
    return instant_of(minute).astimezone(project.network.zone).date()
