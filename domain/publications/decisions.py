"""Decide what is published: only what Takt itself computes at that position, by its digest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from domain.kernel.decider import Decider, Events
from domain.kernel.messages import Asked
from domain.kernel.refusals import (
    DigestMismatch,
    DomainError,
    PositionAhead,
    ProjectClosed,
    UnknownSubject,
)
from domain.publications.commands import (
    COMMANDS,
    IssueStatusReport,
    PublicationCommand,
    PublishSchedule,
)
from domain.publications.events import EVENTS, SchedulePublished, StatusReportIssued
from domain.publications.state import Publications, evolve


@dataclass(frozen=True, slots=True)
class Computed:
    """What was asked to be published, as this Takt computes it at the position.

    `policy` is how a schedule was computed; `previous` is the position of the report before.
    """

    digest: str
    engine_version: int
    policy: Mapping[str, str | int | bool] = field(default_factory=dict)
    previous: int | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What decisions need to know of the project and of the log.

    `computed` is what is asked for as computed at the position, or why nobody can compute it; None
    where it lies ahead of the log.
    """

    project_exists: bool
    project_closed: bool = False
    head_position: int = 0
    computed: Computed | DomainError | None = None


def decide(
    command: PublicationCommand, known: Publications, asked: Asked, others: Surroundings
) -> Events:
    """Return what was published, `()` for a repeat; raises Rejected."""
    del asked
    if not others.project_exists:
        msg = f"there is no project {command.project_id}"
        raise UnknownSubject(msg)
    if others.project_closed and isinstance(command, PublishSchedule):
        msg = f"project {command.project_id} is closed: nobody goes by its schedule any more"
        raise ProjectClosed(msg)
    head = others.head_position
    position = head if command.at_position is None else command.at_position
    if position > head:
        msg = f"the log ends at {head}: nothing can be published of {position} yet"
        raise PositionAhead(msg)
    computed = others.computed
    if isinstance(computed, DomainError):
        raise computed
    assert computed is not None  # It is gathered for every position that is there.
    if command.digest is not None and command.digest != computed.digest:
        raise DigestMismatch(command.digest, computed.digest, position, computed.engine_version)
    if isinstance(command, IssueStatusReport):
        issued = StatusReportIssued(
            at_position=position,
            engine_version=computed.engine_version,
            digest=computed.digest,
            audience=command.audience,
            previous=computed.previous,
        )
        return () if known.reports.get(command.audience) == issued else (issued,)
    published = SchedulePublished(
        at_position=position,
        engine_version=computed.engine_version,
        policy=dict(computed.policy),
        digest=computed.digest,
        audience=command.audience,
    )
    return () if known.schedules.get(command.audience) == published else (published,)


DECIDER: Final[Decider[Publications, Surroundings]] = Decider(
    category="publication",
    commands=COMMANDS,
    events=EVENTS,
    initial=Publications,
    evolve=evolve,
    decide=decide,
)
