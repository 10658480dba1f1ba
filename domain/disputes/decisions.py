"""Decide on disputes: what names a reason can be contested, once at a time, and is then settled."""

from dataclasses import dataclass
from typing import Final

from domain.disputes.commands import COMMANDS, DisputeCommand, DisputeReason, SettleDispute
from domain.disputes.events import EVENTS, DisputeSettled, ReasonDisputed
from domain.disputes.state import Disputed, evolve
from domain.kernel.decider import Decider, Events
from domain.kernel.messages import COORDINATOR, Asked, Envelope
from domain.kernel.refusals import AlreadyOpen, InvalidTransition, NotAuthorised, UnknownSubject


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What decisions need to know of the event that is disputed: what its envelope says.

    None where the project has no such event, or believes in it no more.
    """

    target: Envelope | None


def decide(
    command: DisputeCommand, disputed: Disputed, asked: Asked, others: Surroundings
) -> Events:
    """Return the events of a request on a dispute, `()` for a repeat; raises Rejected.

    A dispute is of how it came about, not of what will be: it is open to closed projects too.
    """
    match command:
        case DisputeReason():
            return _dispute(command, disputed, asked, others.target)
        case SettleDispute():
            return _settle(command, disputed, asked)
        case _:
            raise AssertionError(type(command).__name__)


def _dispute(
    command: DisputeReason, disputed: Disputed, asked: Asked, target: Envelope | None
) -> Events:
    if target is None:
        msg = f"project {command.project_id} has no event {command.target}: see the audit trail"
        raise UnknownSubject(msg)
    if target.reason is None and target.responsible is None:
        msg = f"{command.target} names neither a reason nor who answers for it: nothing to dispute"
        raise InvalidTransition(msg)
    wanted = ReasonDisputed(
        target=command.target,
        by=asked.principal.decides_as,
        proposed_reason=command.proposed_reason,
        proposed_responsible=command.proposed_responsible,
        why=command.why,
    )
    last = disputed.last
    if last is None or not last.is_open:
        return (wanted,)
    if last.proposal == wanted:
        return ()
    msg = (
        f"{last.proposal.by} disputes the reason of {command.target} already and proposes"
        f" {last.proposal.proposed_reason.code}: settle that first"
    )
    raise AlreadyOpen(msg)


def _settle(command: SettleDispute, disputed: Disputed, asked: Asked) -> Events:
    by, last = asked.principal.decides_as, disputed.last
    if last is None or last.raised.project_id != command.project_id:
        msg = f"nobody disputes the reason of {command.target}: there is nothing to settle"
        raise InvalidTransition(msg)
    wanted = DisputeSettled(
        target=command.target, outcome=command.outcome, by=by, text=command.text
    )
    if last.settled is not None:
        if last.settled.event == wanted:
            return ()
        msg = f"the dispute about {command.target} was {last.state}: dispute it anew, if need be"
        raise InvalidTransition(msg)
    if asked.principal.role != COORDINATOR and (
        command.outcome != "withdrawn" or last.proposal.by != by
    ):
        msg = f"a coordinator settles what {last.proposal.by} disputes; one's own one may withdraw"
        raise NotAuthorised(msg)
    return (wanted,)


DECIDER: Final[Decider[Disputed, Surroundings]] = Decider(
    category="dispute",
    commands=COMMANDS,
    events=EVENTS,
    initial=Disputed,
    evolve=evolve,
    decide=decide,
)
