"""Decide on a commitment: what we ask a vendor for, in which revision, and when we stop asking."""

from dataclasses import dataclass
from typing import Final

from domain.commitments.commands import (
    COMMANDS,
    CancelCommitment,
    CommitmentCommand,
    RequestCommitment,
    RequestExpedite,
    ReviseCommitment,
    SendCommitment,
    ShortCloseCommitment,
)
from domain.commitments.events import (
    EVENTS,
    CommitmentCancelled,
    CommitmentRequested,
    CommitmentRevised,
    CommitmentSent,
    CommitmentShortClosed,
    ExpediteRequested,
)
from domain.commitments.facts import Status
from domain.commitments.state import Commitment, evolve
from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.ids import stream_of
from domain.kernel.messages import Asked
from domain.kernel.refusals import (
    AlreadyClosed,
    AlreadyExists,
    InvalidTransition,
    OldRevision,
    ProjectClosed,
    UnknownSubject,
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a commitment's decisions need to know of the project the request names."""

    project_exists: bool
    project_closed: bool = False


def reads(command: CommitmentCommand) -> tuple[str, ...]:
    """Return the stream beside the commitment's own that decides the request: the project's."""
    return (stream_of("project", command.project_id),)


def decide(
    command: CommitmentCommand, commitment: Commitment, asked: Asked, others: Surroundings
) -> Events:
    """Return the events of a request on a commitment, `()` for a repeat; raises Rejected.

    A commitment of a closed project can still be ended, for goods may be on their way.
    """
    del asked
    require_reason(command)
    ends = isinstance(command, ShortCloseCommitment | CancelCommitment)
    if others.project_closed and not ends:
        msg = f"project {command.project_id} is closed: nothing more is asked for"
        raise ProjectClosed(msg)
    if isinstance(command, RequestCommitment):
        return _request(command, commitment, others)
    if not commitment.exists or commitment.project_id != command.project_id:
        msg = f"project {command.project_id} has no commitment {command.commitment_id}"
        raise UnknownSubject(msg)
    match command:
        case ReviseCommitment():
            return _revise(command, commitment)
        case SendCommitment():
            return _send(command, commitment)
        case RequestExpedite():
            return _expedite(command, commitment)
        case ShortCloseCommitment():
            return _short_close(command, commitment)
        case CancelCommitment():
            return _cancel(command, commitment)
        case _:
            raise AssertionError(type(command).__name__)


def _request(command: RequestCommitment, commitment: Commitment, others: Surroundings) -> Events:
    if not others.project_exists:
        msg = f"there is no project {command.project_id}: open it before ordering for it"
        raise UnknownSubject(msg)
    requested = CommitmentRequested(
        vendor=command.vendor,
        kind=command.kind,
        item=command.item,
        qty=command.qty,
        uom=command.uom,
        need_by=command.need_by,
        order_ref=command.order_ref,
        for_phases=command.for_phases,
        for_requirements=command.for_requirements or None,
    )
    if not commitment.exists:
        return (requested,)
    if (commitment.project_id, commitment.line.requested) == (command.project_id, requested):
        return ()
    msg = f"commitment {command.commitment_id} was requested before: revise it, or take another id"
    raise AlreadyExists(msg)


def _revise(command: ReviseCommitment, commitment: Commitment) -> Events:
    now = commitment.standing
    _is_not_closed(command, commitment)
    need_by = None if command.need_by == now.need_by else command.need_by
    qty = None if command.qty == now.ordered_qty else command.qty
    if need_by is None and qty is None:
        return ()
    return (CommitmentRevised(revision=now.revision + 1, need_by=need_by, qty=qty),)


def _send(command: SendCommitment, commitment: Commitment) -> Events:
    if commitment.was_sent(command.revision, command.channel):
        return ()
    _is_not_closed(command, commitment)
    latest = commitment.standing.revision
    if command.revision > latest:
        msg = f"commitment {command.commitment_id} has no revision {command.revision} yet"
        raise UnknownSubject(msg)
    if command.revision < latest:
        msg = f"revision {command.revision} is replaced by {latest}: send that one"
        raise OldRevision(msg)
    return (CommitmentSent(revision=command.revision, channel=command.channel),)


def _expedite(command: RequestExpedite, commitment: Commitment) -> Events:
    now = commitment.standing
    if now.expedite_wanted == command.wanted:
        return ()
    _is_not_closed(command, commitment)
    if now.status is Status.RECEIVED:
        msg = f"all of commitment {command.commitment_id} came: nothing is left to hasten"
        raise AlreadyClosed(msg)
    return (ExpediteRequested(wanted=command.wanted),)


def _short_close(command: ShortCloseCommitment, commitment: Commitment) -> Events:
    status = commitment.standing.status
    if status is Status.SHORT_CLOSED:
        return ()
    _is_not_closed(command, commitment)
    if status is Status.RECEIVED:
        msg = f"all of commitment {command.commitment_id} came: nothing is left to close"
        raise AlreadyClosed(msg)
    return (CommitmentShortClosed(),)


def _cancel(command: CancelCommitment, commitment: Commitment) -> Events:
    now = commitment.standing
    if now.status is Status.CANCELLED:
        return ()
    _is_not_closed(command, commitment)
    if now.received_qty > 0:
        msg = f"{now.received_qty} of {command.commitment_id} came already: short-close the rest"
        raise InvalidTransition(msg)
    return (CommitmentCancelled(),)


def _is_not_closed(command: CommitmentCommand, commitment: Commitment) -> None:
    now = commitment.standing
    if now.closed is not None:
        msg = f"commitment {command.commitment_id} is closed ({now.closed}): request a new one"
        raise AlreadyClosed(msg)


DECIDER: Final[Decider[Commitment, Surroundings]] = Decider(
    category="commitment",
    commands=COMMANDS,
    events=EVENTS,
    initial=Commitment,
    evolve=evolve,
    decide=decide,
)
