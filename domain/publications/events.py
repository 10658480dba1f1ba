"""What can become true of a project's publications (stream `publication-<project>`)."""

from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from domain.kernel.messages import DomainEvent, MessageClass
from domain.kernel.values import Digest, Name

Position: TypeAlias = Annotated[int, Field(ge=0)]
EngineVersion: TypeAlias = Annotated[int, Field(ge=1)]
"""Which version of the computation gave the digest: of the schedule, or of the status report."""


class PublicationEvent(DomainEvent):
    """Something was given out as it was computed at a position of the log."""

    message_class: ClassVar[MessageClass] = "communication"


class SchedulePublished(PublicationEvent):
    """The schedule as it stood at a position is what everybody it is for goes by.

    `policy` is how the schedule was computed, `digest` the SHA-256 of its canonical document.
    """

    type_name = "publication.schedule_published.v1"

    at_position: Position
    engine_version: EngineVersion
    policy: dict[Name, str | int | bool]
    digest: Digest
    audience: Name


class StatusReportIssued(PublicationEvent):
    """The status report for an audience, as of a position, was given out.

    `previous` is the position of the report that this one goes on from; without it, it goes on from
    the begin of the project.
    """

    type_name = "publication.status_report_issued.v1"

    at_position: Position
    engine_version: EngineVersion
    digest: Digest
    audience: Name
    previous: Position | None = None


EVENTS: tuple[type[DomainEvent], ...] = (SchedulePublished, StatusReportIssued)
