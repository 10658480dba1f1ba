"""What can become true of one notice (stream `notice-<id>`)."""

from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from domain.kernel.corrections import EventId
from domain.kernel.ids import StreamName
from domain.kernel.messages import DomainEvent, Mark, MessageClass
from domain.kernel.values import Digest, Instant, Name, Text, WorkingDays

CHANGES_MAX: Final = 50
"""So many changes are listed in a notice; how many there are is told, the digest is of all."""
CAUSES_MAX: Final = 20
"""So many events of a message are named as the cause."""

NoticeKind: TypeAlias = Literal["delay", "glitch", "schedule", "report", "request", "reminder"]
Channel: TypeAlias = Literal["email", "im", "portal", "edi", "call"]
Stake: TypeAlias = Literal["customer", "vendor", "department"]
"""What the recipients have to do with it."""
Moved: TypeAlias = Literal["start", "finish", "need", "need_by", "promise", "project_finish"]


class DateChange(BaseModel):
    """One date that moved: of what, from when to when, by how many working days.

    A day is written as one (`2026-03-04`), an instant in RFC 3339 and UTC.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    subject: StreamName
    what: Moved
    old: Name
    new: Name
    days: WorkingDays


class NoticeEvent(DomainEvent):
    """A step of our own with a notice."""

    message_class: ClassVar[MessageClass] = "communication"


class ReportedOfNotice(DomainEvent):
    """What became of a notice on its way, as a channel or its recipient told."""

    message_class: ClassVar[MessageClass] = "communication"
    mark: ClassVar[Mark] = "fact"


class NoticePrepared(NoticeEvent):
    """Something is to be told to these, because of these events; only what changed for them.

    `content_hash` is the digest of all changes, `changes_count` how many there are; `changes` lists
    those that moved furthest.
    """

    type_name = "notice.prepared.v1"

    kind: NoticeKind
    recipients: Annotated[tuple[Name, ...], Field(min_length=1)]
    stake: Stake | None = None
    refs: tuple[StreamName, ...] = ()
    cause_events: tuple[EventId, ...] = ()
    content_hash: Digest
    summary: Text
    changes: tuple[DateChange, ...] = ()
    changes_count: Annotated[int, Field(ge=0)] = 0

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class MessageLinked(NoticeEvent):
    """A message that came in belongs to this notice, and is about these subjects."""

    type_name = "notice.message_linked.v1"

    inbound_ref: Name
    about: tuple[StreamName, ...] = ()


class NoticeSent(ReportedOfNotice):
    """The notice went out."""

    type_name = "notice.sent.v1"

    channel: Channel


class NoticeDelivered(ReportedOfNotice):
    """The notice arrived."""

    type_name = "notice.delivered.v1"


class NoticeBounced(ReportedOfNotice):
    """The notice came back."""

    type_name = "notice.bounced.v1"

    detail: Text | None = None


class NoticeAcknowledged(ReportedOfNotice):
    """Somebody has read it."""

    type_name = "notice.acknowledged.v1"

    by: Name
    at: Instant


EVENTS: tuple[type[DomainEvent], ...] = (
    NoticePrepared,
    MessageLinked,
    NoticeSent,
    NoticeDelivered,
    NoticeBounced,
    NoticeAcknowledged,
)
