"""Decide on delegates and hand-overs: who may act for whom, and what is open for a role."""

from domain.kernel.decider import Events
from domain.kernel.messages import COORDINATOR, Asked
from domain.kernel.refusals import (
    DigestMismatch,
    InvalidTransition,
    NotAuthorised,
    UnknownSubject,
)
from domain.projects.commands import AcceptHandover, AppointDelegate, IssueHandover
from domain.projects.events import DelegateAppointed, HandoverAccepted, HandoverIssued
from domain.projects.state import Project


def appoint(command: AppointDelegate, project: Project, asked: Asked) -> Events:
    """Decide on letting a party act for another; who acts for another appoints nobody."""
    if asked.principal.on_behalf_of is not None:
        msg = (
            f"{asked.principal.party_id} is a delegate himself and passes nothing on: let"
            f" {asked.principal.on_behalf_of} appoint {command.to_party}"
        )
        raise NotAuthorised(msg)
    appointed = DelegateAppointed(
        role=command.role,
        from_party=command.from_party,
        to_party=command.to_party,
        first_day=command.first_day,
        last_day=command.last_day,
    )
    return () if appointed in project.delegations.appointed else (appointed,)


def issue(
    command: IssueHandover,
    project: Project,
    asked: Asked,
    digest: str,
    engine_version: int,
) -> Events:
    """Decide on handing a role over; the digest is the one computed of the pack as it is."""
    from_party = _own(command.from_party, asked, "hands over")
    if from_party == command.to_party:
        msg = f"{from_party} has the role {command.role} already: hand it over to somebody else"
        raise InvalidTransition(msg)
    if command.digest is not None and command.digest != digest:
        raise DigestMismatch(command.digest, digest, command.at_position, engine_version)
    issued = HandoverIssued(
        role=command.role,
        from_party=from_party,
        to_party=command.to_party,
        at_position=command.at_position,
        digest=digest,
        engine_version=engine_version,
    )
    key = (issued.role, from_party, issued.to_party)
    return () if project.handovers.issued.get(key) == issued else (issued,)


def accept(command: AcceptHandover, project: Project, asked: Asked) -> Events:
    """Decide on taking a role on: the last hand-over of it to who accepts, with the same pack."""
    to_party = _own(command.to_party, asked, "accepts")
    key = (command.role, command.from_party, to_party)
    issued = project.handovers.issued.get(key)
    if issued is None or issued.at_position != command.at_position:
        last = "" if issued is None else f"; the last one is of position {issued.at_position}"
        msg = (
            f"{command.from_party} has not handed {command.role} over to {to_party} as of position"
            f" {command.at_position}{last}: accept what `takt handover` lists as issued"
        )
        raise UnknownSubject(msg)
    if command.digest is not None and command.digest != issued.digest:
        version = issued.engine_version
        raise DigestMismatch(command.digest, issued.digest, issued.at_position, version)
    accepted = HandoverAccepted(**issued.model_dump())
    return () if project.handovers.accepted.get(key) == accepted else (accepted,)


def _own(named: str | None, asked: Asked, does: str) -> str:
    """Return for whom a step is taken: only a coordinator takes it for another than himself."""
    own = asked.principal.decides_as
    if named in {None, own} or asked.principal.role == COORDINATOR:
        return named or own
    msg = f"{named} {does}, and you decide as {own}: leave the party out, or ask a coordinator"
    raise NotAuthorised(msg)
