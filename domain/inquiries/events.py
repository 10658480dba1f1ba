"""What can become true of one inquiry (stream `inquiry-<id>`)."""

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from domain.kernel.ids import StreamName
from domain.kernel.messages import DomainEvent, Mark, MessageClass
from domain.kernel.values import Instant, Name, Text

DisclosureLevel: TypeAlias = Literal["public", "customer", "internal"]
"""Who may know: anybody, the customer too, or the plant alone."""
Position: TypeAlias = Annotated[int, Field(ge=0)]


class Evidence(BaseModel):
    """Something an answer rests on, and who may know it; nobody outside unless somebody says so."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    ref: Name
    disclosure: DisclosureLevel = "internal"


class InquiryStep(DomainEvent):
    """A step of our own towards an answer."""

    message_class: ClassVar[MessageClass] = "communication"


class InquiryReceived(DomainEvent):
    """Somebody asks something about these subjects, and wants to know by a moment."""

    type_name = "inquiry.received.v1"
    message_class: ClassVar[MessageClass] = "communication"
    mark: ClassVar[Mark] = "fact"

    from_party: Name
    channel: Name
    text: Text
    due: Instant
    about: tuple[StreamName, ...] = ()

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class InquiryAssigned(InquiryStep):
    """Somebody is to answer it."""

    type_name = "inquiry.assigned.v1"

    owner: Name
    department_id: Name | None = None


class AnswerDrafted(InquiryStep):
    """What would be the answer, as of a position, resting on this evidence."""

    type_name = "inquiry.answer_drafted.v1"

    text: Text
    as_of_position: Position
    evidence: tuple[Evidence, ...] = ()


class AnswerApproved(InquiryStep):
    """The answer as drafted last may go to this audience."""

    type_name = "inquiry.answer_approved.v1"

    disclosure: DisclosureLevel
    by: Name


class InquiryAnswered(InquiryStep):
    """Who asked has the answer, by this notice."""

    type_name = "inquiry.answered.v1"

    notice: Name


class InquiryClosed(InquiryStep):
    """Nothing more is to be said."""

    type_name = "inquiry.closed.v1"


class InquiryReopened(InquiryStep):
    """The answer did not do: another one is wanted, by a moment if one is named."""

    type_name = "inquiry.reopened.v1"

    due: Instant | None = None


EVENTS: tuple[type[DomainEvent], ...] = (
    InquiryReceived,
    InquiryAssigned,
    AnswerDrafted,
    AnswerApproved,
    InquiryAnswered,
    InquiryClosed,
    InquiryReopened,
)
