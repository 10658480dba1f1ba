"""Decide on a special request: nothing is applied that was not approved, nor on an old impact."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

from domain.kernel.decider import Decider, Events
from domain.kernel.messages import Asked
from domain.kernel.refusals import (
    AssessmentStale,
    DomainError,
    InvalidTransition,
    ProjectClosed,
    Unapproved,
    UnknownSubject,
)
from domain.special_requests.commands import (
    COMMANDS,
    ApplyRequest,
    ApproveRequest,
    AssessImpact,
    ClassifyRequest,
    InformCustomer,
    QuoteRequest,
    RejectRequest,
    RequestCommand,
    VerifyRequest,
)
from domain.special_requests.events import (
    EVENTS,
    CustomerInformed,
    ImpactAssessed,
    RequestApplied,
    RequestApproved,
    RequestClassified,
    RequestQuoted,
    RequestRejected,
    RequestVerified,
)
from domain.special_requests.facts import OVER, Stage, Standing
from domain.special_requests.state import SpecialRequest, evolve

NAMED_MAX: Final = 8
"""So many of the phases that moved are named in a refusal."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a branch would do: working days later, working minutes more, and the phases it moves."""

    days: Decimal
    effort_min: int
    phases: tuple[str, ...]
    base_position: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a special request's decisions need to know of its project and of its branch.

    `effect` is what the branch to assess would do, or why nobody can say. `moved` are the affected
    phases that are not where they were when the impact was assessed. `merged`
    tells whether the branch was merged in this very commit, or there is none; `written` names the
    events that came of it on the project.
    """

    project_closed: bool = False
    effect: Effect | DomainError | None = None
    moved: tuple[str, ...] = ()
    merged: bool = False
    written: tuple[str, ...] = ()


def decide(
    command: RequestCommand, request: SpecialRequest, asked: Asked, others: Surroundings
) -> Events:
    """Return the events of a step on a special request, `()` for a repeat; raises Rejected."""
    if not request.exists or request.project_id != command.project_id:
        msg = (
            f"project {command.project_id} has no request {command.request_id}: "
            "report request.identified.v1 first, with its project"
        )
        raise UnknownSubject(msg)
    if others.project_closed and not isinstance(command, VerifyRequest | InformCustomer):
        msg = f"project {command.project_id} is closed: nothing in it is decided any more"
        raise ProjectClosed(msg)
    return _DECISIONS[type(command)](command, request.standing, asked, others)


def _classify(command: ClassifyRequest, now: Standing, *_: object) -> Events:
    if now.kind == command.kind:
        return ()
    _is_undecided(command, now)
    return (RequestClassified(kind=command.kind),)


def _assess(command: AssessImpact, now: Standing, asked: Asked, others: Surroundings) -> Events:
    del asked
    if now.stage is not Stage.APPROVED:  # What was approved may have to be assessed again.
        _is_undecided(command, now)
    effect = others.effect
    if isinstance(effect, DomainError):
        raise effect
    assert effect is not None  # It is gathered for this very command.
    assessed = ImpactAssessed(
        branch=command.branch,
        days=effect.days,
        effort_min=effect.effort_min if command.effort_min is None else command.effort_min,
        money=command.money,
        materials=command.materials,
        phases=effect.phases,
        assessed_at_position=effect.base_position,
    )
    if now.impact == assessed:
        return ()
    _is_fresh(others, "the branch")
    return (assessed,)


def _quote(command: QuoteRequest, now: Standing, asked: Asked, others: Surroundings) -> Events:
    del asked
    quoted = RequestQuoted(money=command.money, valid_until=command.valid_until)
    if now.quoted is not None and now.quoted.event == quoted:
        return ()
    _is_undecided(command, now)
    _is_assessed(command, now)
    _is_fresh(others, "the assessment")
    return (quoted,)


def _reject(command: RejectRequest, now: Standing, asked: Asked, others: Surroundings) -> Events:
    del others
    if now.rejected is not None:
        return ()
    if now.stage is not Stage.APPROVED:
        _is_undecided(command, now)
    return (RequestRejected(by=asked.principal.party_id),)


def _approve(command: ApproveRequest, now: Standing, asked: Asked, others: Surroundings) -> Events:
    if now.is_approved:
        return ()
    if now.stage is not Stage.APPROVED:  # Approved, but not the impact as assessed last.
        _is_undecided(command, now)
    _is_assessed(command, now)
    _is_fresh(others, "the assessment")
    return (RequestApproved(by=asked.principal.party_id),)


def _apply(command: ApplyRequest, now: Standing, asked: Asked, others: Surroundings) -> Events:
    del asked
    if now.applied is not None:
        return ()
    if not now.is_approved or now.withdrawn is not None:
        msg = f"request {command.request_id} is {now.stage.value}: {_lacking(now)}"
        raise Unapproved(msg)
    _is_fresh(others, "the assessment")
    if not others.merged:
        msg = f"the branch of {command.request_id} is not open any more: assess another one"
        raise InvalidTransition(msg)
    return (RequestApplied(events=others.written),)


def _lacking(now: Standing) -> str:
    if now.withdrawn is not None:
        return "the customer does not want it any more"
    if now.approval is None:
        return "have it approved before it is applied"
    return "its impact is another than the one approved: have that approved as well"


def _verify(command: VerifyRequest, now: Standing, *_: object) -> Events:
    verified = RequestVerified(evidence=command.evidence)
    if now.verified == verified:
        return ()
    if now.applied is None:
        msg = f"request {command.request_id} was not applied: there is nothing to see yet"
        raise InvalidTransition(msg)
    return (verified,)


def _inform(command: InformCustomer, now: Standing, *_: object) -> Events:
    if command.notice in now.notices:
        return ()
    return (CustomerInformed(notice=command.notice),)


def _is_undecided(command: RequestCommand, now: Standing) -> None:
    if now.stage in OVER or now.stage is Stage.APPROVED:
        msg = f"request {command.request_id} is {now.stage.value}: it is decided"
        raise InvalidTransition(msg)


def _is_assessed(command: RequestCommand, now: Standing) -> None:
    if now.impact is None:
        msg = f"nobody knows what request {command.request_id} would do: assess its impact first"
        raise InvalidTransition(msg)


def _is_fresh(others: Surroundings, what: str) -> None:
    if others.moved:
        more = len(others.moved) - NAMED_MAX
        named = ", ".join(others.moved[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
        msg = f"{what} is of a plan in which {named} stood elsewhere: assess it on a new branch"
        raise AssessmentStale(msg)


# Each takes the command of its own key, which no type can say.
_Decision: TypeAlias = Callable[[Any, Standing, Asked, Surroundings], Events]
_DECISIONS: Final[Mapping[type[RequestCommand], _Decision]] = {
    ClassifyRequest: _classify,
    AssessImpact: _assess,
    QuoteRequest: _quote,
    RejectRequest: _reject,
    ApproveRequest: _approve,
    ApplyRequest: _apply,
    VerifyRequest: _verify,
    InformCustomer: _inform,
}

DECIDER: Final[Decider[SpecialRequest, Surroundings]] = Decider(
    category="request",
    commands=COMMANDS,
    events=EVENTS,
    initial=SpecialRequest,
    evolve=evolve,
    decide=decide,
)
