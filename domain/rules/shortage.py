"""M2: find an item of which stock and open orders leave less than is needed, or kept in safety."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from domain.items.events import EVENTS as ITEM_EVENTS
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import instant_of, minute_of
from domain.material.shortages import Shortage, short_of, shortages
from domain.planning.promising import promise
from domain.rules.by_item import ByItem
from domain.rules.by_subject import Judgement
from domain.rules.finding import Finding
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, severity_of
from domain.rules.parameters import Parameter
from domain.rules.spells import Spells
from domain.rules.stock import Planned
from domain.rules.watched import Watched

NAME: Final[str] = "shortage"
HORIZON: Final = Parameter("horizon", 90, "days", "A shortage further away is not told of yet.")


class ShortOfItem(ByItem[Spells]):
    """DOMAIN M2: PA(x) = on hand + receipts up to x - needs up to x is below the safety stock.

    x runs through the horizon from now. Receipts count on the day they are expected, else promised,
    else needed; what is reserved covers whom it is reserved for. An item that is made is short only
    where its order can no longer be released in time. The impact is the longest of the delays of
    the requirements it holds up, less the float of their phases, if the rest is ordered now; where
    nobody can tell, none. It clears when the stock never falls short, so its margin is the safety
    stock.
    """

    name = NAME
    code = "M2"
    title = "An item will be short of what is needed or of its safety stock."
    parameters: tuple[Parameter, ...] = (HORIZON,)
    heeds = Heeds.of(*ITEM_EVENTS, network=True)

    def initial(self) -> Spells:
        """Return a project that nothing has happened to."""
        return Spells()

    def judge(
        self, state: Spells, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Look for the first time at which an item is short."""
        del state
        planned = project.stock.planned(key)
        short = None if planned is None else short_of(planned.item, planned.problem.now)
        if planned is None or short is None:
            return Judgement(because=f"{key} is not short")
        first, now = instant_of(short.first), project.now
        begin = first - timedelta(days=project.number(NAME, HORIZON))
        if minute_of(begin) > planned.problem.now and (now is None or now < begin):
            return Judgement(because=f"{key} is not short soon", again=begin)
        impact, waiting = _held_up(short, planned, project)
        day = first.astimezone(project.network.zone).date()
        names = sorted({project.network.name_of(each) for each in waiting})
        supplies = project.without_material.supplies
        orders = [supplies.get(each.id) for each in planned.item.receipts]
        positions = {each.promise_position for each in orders if each is not None}
        ids = (project.material.needs.get(each.id) for each in planned.item.demands)
        positions |= {each.position for each in ids if each is not None}
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="material",
            subjects=(stream_of("item", project.project_id, key),),
            severity=severity_of(impact) if impact else "medium",
            impact_days=impact,
            summary=(
                f"{short.qty} of {key} are short, first on {day}"
                f"{'; ' + ', '.join(names) + ' wait for it' if names else ''}"
            ),
            evidence=tuple(sorted(positions)),
            first_position=recorded.position,
            act_by=day,
            remedies=(
                f"Order {short.qty} of {key}",
                "Have open orders come sooner",
                "Approve a substitute, or count the stock",
            ),
        )
        return Judgement(found)


def _held_up(short: Shortage, planned: Planned, project: Watched) -> tuple[Decimal, list[str]]:
    """Return the working days that the promise moves by, and the phases that wait."""
    problem = planned.problem
    promises = promise(problem.items, problem.demands, problem.receipts, problem.now)
    network = project.without_material
    found = shortages(network, project.material, problem, planned.plan, promises)
    held_up = [each for of in found if of.item == short.item for each in of.held_up]
    days = [
        (Decimal(each.cost_min) / each.day_min).quantize(Decimal("0.01"))
        for each in held_up
        if each.cost_min is not None
    ]
    return max(days, default=NOTHING), [each.phase for each in held_up]
