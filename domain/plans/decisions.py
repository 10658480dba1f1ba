"""Decide on a project's network: which edits keep it a network that can be worked to."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.messages import Asked
from domain.kernel.refusals import ProjectClosed, UnknownSubject
from domain.plans.commands import (
    COMMANDS,
    AddGate,
    AdjustCompletionDate,
    Constrain,
    LinkPhases,
    PlanCommand,
    PlanPhase,
    ProposeCompletionDate,
    RejectCompletionDate,
    RemovePhase,
    Require,
    ReviseDuration,
    RevisePhase,
    SatisfyGate,
    SetDeadline,
    UnlinkPhases,
    WaiveGate,
)
from domain.plans.dates import adjust, constrain, propose, reject, set_deadline
from domain.plans.events import EVENTS
from domain.plans.gates import add_gate, satisfy_gate, waive_gate
from domain.plans.links import link, unlink
from domain.plans.phases import plan_phase, remove, require, revise, revise_duration
from domain.plans.state import Plan, evolve
from domain.plans.surroundings import Surroundings

# Each takes the command of its own key, which no type can say.
_Decision: TypeAlias = Callable[[Any, Plan, Asked, Surroundings], Events]

_DECISIONS: Final[Mapping[type[PlanCommand], _Decision]] = {
    PlanPhase: plan_phase,
    RevisePhase: revise,
    ReviseDuration: revise_duration,
    LinkPhases: link,
    UnlinkPhases: unlink,
    Constrain: constrain,
    SetDeadline: set_deadline,
    Require: require,
    AddGate: add_gate,
    WaiveGate: waive_gate,
    SatisfyGate: satisfy_gate,
    ProposeCompletionDate: propose,
    AdjustCompletionDate: adjust,
    RejectCompletionDate: reject,
    RemovePhase: remove,
}


def decide(command: PlanCommand, plan: Plan, asked: Asked, others: Surroundings) -> Events:
    """Return the edits a request leads to, `()` for a repeat; raises Rejected or UnknownSubject."""
    require_reason(command)
    if not others.project_exists:
        msg = f"there is no project {command.project_id}: open it before planning it"
        raise UnknownSubject(msg)
    if others.project_closed:
        msg = f"project {command.project_id} is closed: its plan stays as it is"
        raise ProjectClosed(msg)
    return _DECISIONS[type(command)](command, plan, asked, others)


DECIDER: Final[Decider[Plan, Surroundings]] = Decider(
    category="plan",
    commands=COMMANDS,
    events=EVENTS,
    initial=Plan,
    evolve=evolve,
    decide=decide,
    fork=Plan.fork,
)
