"""Decide on a phase's estimate: what it costs, how it earns, what is budgeted for it."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from domain.estimates.commands import (
    COMMANDS,
    ApproveEstimate,
    BaselineBudget,
    EstimateCommand,
    SubmitEstimate,
)
from domain.estimates.events import (
    EVENTS,
    BudgetBaselined,
    EstimateApproved,
    EstimateSubmitted,
    EvMethod,
    SkillEffort,
)
from domain.estimates.facts import PhaseCost
from domain.estimates.state import Estimate, evolve
from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.messages import Asked
from domain.kernel.refusals import (
    EvMethodFixed,
    InvalidTransition,
    NotInPlan,
    PositionAhead,
    ProjectClosed,
)
from domain.kernel.values import Money

UNLESS_SAID: Final[EvMethod] = "physical_percent"
"""How a phase earns whose method nobody had fixed by its first progress."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an estimate's decisions need to know of the phase and its project.

    `baseline_position` is that of the project's approved baseline, None where there is none.
    """

    in_plan: bool
    progressed: bool = False
    project_closed: bool = False
    head_position: int = 0
    baseline_position: int | None = None


def decide(
    command: EstimateCommand, estimate: Estimate, asked: Asked, others: Surroundings
) -> Events:
    """Return the events of a request on an estimate, `()` for a repeat; raises Rejected."""
    require_reason(command)
    if others.project_closed:
        msg = f"project {command.project_id} is closed: nothing in it is estimated any more"
        raise ProjectClosed(msg)
    if not others.in_plan:
        msg = f"phase {command.phase_id} is not in the plan: plan it first"
        raise NotInPlan(msg)
    match command:
        case SubmitEstimate():
            return _submit(command, estimate.cost, asked)
        case ApproveEstimate():
            return _approve(command, estimate.cost, asked, others)
        case BaselineBudget():
            return _baseline(command, estimate.cost, others)
        case _:
            raise AssertionError(type(command).__name__)


def _submit(command: SubmitEstimate, cost: PhaseCost, asked: Asked) -> Events:
    money = _money_of(command)
    for element, other in cost.elements:
        if element != command.element and other.money.currency != money.currency:
            msg = (
                f"the {element} of phase {command.phase_id} is estimated in "
                f"{other.money.currency}: estimate all of a phase in one currency"
            )
            raise InvalidTransition(msg)
    submitted = EstimateSubmitted(
        element=command.element,
        effort=command.effort,
        money=money,
        method=command.method,
        three_point=command.three_point,
        by=asked.principal.party_id,
    )
    return () if dict(cost.elements).get(command.element) == submitted else (submitted,)


def _money_of(command: SubmitEstimate) -> Money:
    points = command.three_point
    if points is None or command.currency is None:
        assert command.money is not None, "the command holds one or the other"
        return command.money
    six_times = points.optimistic_minor + 4 * points.likely_minor + points.pessimistic_minor
    # To the nearest minor unit, half up: one of them decides nothing, but all must agree on it.
    return Money(minor=(six_times + 3) // 6, currency=command.currency)


def _approve(
    command: ApproveEstimate, cost: PhaseCost, asked: Asked, others: Surroundings
) -> Events:
    if not cost.elements:
        msg = f"nothing is estimated for phase {command.phase_id}: submit an estimate first"
        raise InvalidTransition(msg)
    fixed = UNLESS_SAID if cost.approved is None else cost.approved.ev_method
    if others.progressed and command.ev_method != fixed:
        msg = (
            f"phase {command.phase_id} has progressed and earns by {fixed}: how it earns was to be "
            "fixed before its first progress"
        )
        raise EvMethodFixed(msg)
    estimates = [estimate for _, estimate in cost.elements]
    effort: Counter[str] = Counter()
    for estimate in estimates:
        for each in estimate.effort:
            effort[each.skill] += each.effort_min
    approved = EstimateApproved(
        money=Money(
            minor=sum(estimate.money.minor for estimate in estimates),
            currency=estimates[0].money.currency,
        ),
        effort=tuple(
            SkillEffort(skill=skill, effort_min=minutes)
            for skill, minutes in sorted(effort.items())
        ),
        ev_method=command.ev_method,
        by=asked.principal.party_id,
    )
    return () if cost.approved == approved else (approved,)


def _baseline(command: BaselineBudget, cost: PhaseCost, others: Surroundings) -> Events:
    if cost.approved is None:
        msg = f"no estimate of phase {command.phase_id} is approved: approve it first"
        raise InvalidTransition(msg)
    position = command.at_position
    if position is None:
        position = others.baseline_position
    if position is None:
        msg = f"project {command.project_id} has no approved baseline: name a position"
        raise InvalidTransition(msg)
    if position > others.head_position:
        msg = f"the log ends at {others.head_position}: no schedule is known at {position}"
        raise PositionAhead(msg)
    baselined = BudgetBaselined(money=cost.approved.money, at_position=position)
    return () if cost.baselined == baselined else (baselined,)


DECIDER: Final[Decider[Estimate, Surroundings]] = Decider(
    category="estimate",
    commands=COMMANDS,
    events=EVENTS,
    initial=Estimate,
    evolve=evolve,
    decide=decide,
)
