"""M3: find what must be ordered by now, or soon, and is not on order."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from domain.conflicts.events import Severity
from domain.items.events import EVENTS as ITEM_EVENTS
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute, instant_of, minute_of
from domain.material.known import Need
from domain.network.calendars import standard_day_min
from domain.network.project_network import end_of_day
from domain.planning.material import ItemPlan, PlannedOrder
from domain.rules.by_item import ByItem
from domain.rules.by_subject import Judgement
from domain.rules.finding import Finding
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, days_of, severity_of, working_days
from domain.rules.parameters import Parameter
from domain.rules.spells import Spells
from domain.rules.watched import Watched

NAME: Final[str] = "not_ordered"
WARN: Final = Parameter(
    "warn", 3, "working days", "So long before an order must go out it is told that none has."
)


class NotOrdered(ByItem[Spells]):
    """DOMAIN M3: a net requirement without an order, and now is past need - lead time.

    A net requirement is what stock and open orders do not cover of an item that is bought; its lead
    time is the one last told, none where none was. Warned of from three working days before; grave
    once the time to order is over. The impact is by how much an order that goes out now comes later
    than needed, less the float of the phase that needs it: from then on it grows and is told again
    by the working day. It ends when the need is on order or gone, and when the order may go out a
    working day later than it was warned for.
    """

    name = NAME
    code = "M3"
    title = "What is needed is not on order, and the time to order it is here."
    parameters: tuple[Parameter, ...] = (WARN,)
    heeds = Heeds.of(*ITEM_EVENTS, network=True)

    def initial(self) -> Spells:
        """Return a project that nothing has happened to."""
        return Spells()

    def judge(
        self, state: Spells, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Compare what time it is with the first order that has to go out."""
        planned, now = project.stock.planned(key), project.now
        orders = () if planned is None or planned.item.item.components else planned.item.planned
        if planned is None or not orders:
            return Judgement(because=f"All that is needed of {key} is there or on order")
        order = min(orders, key=lambda each: (each.release, each.id))
        calendar = project.network.calendar
        days = project.number(NAME, WARN) + (key in state.found)
        warn = instant_of(calendar.axis.subtract(order.release, days * standard_day_min(calendar)))
        if now is None or now < warn:
            return Judgement(because=f"{key} need not be ordered yet", again=warn)
        is_past = minute_of(now) > order.release
        impact = NOTHING
        if is_past:
            comes = planned.item.item.lead_time.receipt(minute_of(now), order.qty)
            impact = _impact(planned.item, order, comes, project)
        zone = project.network.zone
        release = instant_of(order.release).astimezone(zone).date()
        needed = instant_of(order.needed).astimezone(zone).date()
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="material",
            subjects=(stream_of("item", project.project_id, key),),
            severity=_severity(impact, is_past=is_past),
            impact_days=impact,
            summary=(
                f"{order.qty} of {key}, needed on {needed}, are not on order; the time to order "
                f"{'was' if is_past else 'is'} {release}"
            ),
            evidence=_evidence(planned.item, order, project),
            first_position=recorded.position,
            act_by=release,
            remedies=(
                f"Order {order.qty} of {key} now",
                "Ask for a shorter lead time, or another vendor's",
                "Approve a substitute",
            ),
        )
        return Judgement(found, again=_again(order, is_past=is_past, project=project))


def _severity(impact: Decimal, *, is_past: bool) -> Severity:
    if not is_past:
        return "medium"
    return "critical" if severity_of(impact) == "critical" else "high"


def _evidence(plan: ItemPlan, order: PlannedOrder, project: Watched) -> tuple[int, ...]:
    """Return the positions that say what is needed, and how long it takes to come."""
    positions = {each.position for each in _needs(plan, order, project)}
    told = project.material.standing(plan.item.id).lead_time
    return tuple(sorted(positions if told is None else {*positions, told.position}))


def _needs(plan: ItemPlan, order: PlannedOrder, project: Watched) -> list[Need]:
    """Return the requirements that an order is for."""
    needs = project.material.needs
    pegged = (needs.get(each.demand) for each in plan.pegs if each.supply == order.id)
    return [each for each in pegged if each is not None]


def _again(order: PlannedOrder, *, is_past: bool, project: Watched) -> datetime:
    """Return when it becomes grave, from then on the end of each working day."""
    network, now = project.network, project.now
    if not is_past or now is None:
        return instant_of(order.release + 1)
    works_next = instant_of(network.calendar.axis.next_start(minute_of(now)))
    return end_of_day(works_next.astimezone(network.zone).date(), network.zone)


def _impact(plan: ItemPlan, order: PlannedOrder, comes: Minute, project: Watched) -> Decimal:
    """Return what a late order moves the promise by, through the requirements it is for."""
    network = project.without_material
    schedule = network.schedule()
    late = working_days(network.calendar, order.needed, comes)
    spare = []
    for need in _needs(plan, order, project):
        if schedule is not None and need.phase in schedule.phases:
            calendar = network.calendar_of(network.lines[need.phase])
            spare.append(days_of(schedule.phases[need.phase].total_float_min, calendar))
    return max(NOTHING, late - max(NOTHING, min(spare, default=NOTHING)))
