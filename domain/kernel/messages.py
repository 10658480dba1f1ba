"""Say what an event and a command are, and the envelope that the log puts around an event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from domain.kernel.ids import Id, MessageId, Subject, subject_of
from domain.kernel.values import Instant, Name, Reason, Text, ZoneName

MessageClass: TypeAlias = Literal[
    "progress", "revision", "external", "correction", "communication", "clock"
]
"""What kind of change an event is; half-step analysis applies them in this order of classes."""

Mark: TypeAlias = Literal["fact", "request", "both"]
"""Through which door an event comes: reported as done, decided here, or either."""

Intake: TypeAlias = Literal["fact", "request", "policy"]
"""The door one recorded event came through."""

COORDINATOR: Final = "coordinator"
DEPARTMENT_HEAD: Final = "department_head"
PLANT_SYSTEM: Final = "plant_system"
VENDOR: Final = "vendor"
AUDITOR: Final = "auditor"
SYSTEM: Final = "system"


class DomainEvent(BaseModel):
    """Something that became true; past tense, immutable, its name is for ever.

    The stream says whom it is about, so no event repeats its subject's id. Who, when, why and
    where in the log are the envelope's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    type_name: ClassVar[str]
    message_class: ClassVar[MessageClass]
    mark: ClassVar[Mark] = "request"

    def introduces(self, stream: str) -> tuple[str, ...]:
        """Return the streams whose subject becomes known when this event is recorded."""
        del stream
        return ()


class Command(BaseModel):
    """A request to change Takt's record; imperative, and it may be refused.

    Who asks and when is never in it: the edge sets the principal and the clock (`Asked`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    command_name: ClassVar[str]
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR})
    needs_reason: ClassVar[bool] = False

    reason: Reason | None = None
    responsible: Name | None = None

    def stream(self) -> str:
        """Return the stream that this request is decided on."""
        raise AssertionError(type(self).__name__)  # Each command says it; a test holds them to it.

    def true_at(self) -> datetime | None:
        """Return the moment of which the request speaks; None: of the moment it is asked."""
        return None


class Principal(BaseModel):
    """Who asks: set at the edge from the credential, never from a body."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    party_id: Name
    role: Name
    on_behalf_of: Name | None = None
    projects: frozenset[str] | None = None
    """The projects it may see and change; None: all."""
    disclosure: Literal["public", "customer", "internal"] = "internal"

    @property
    def decides_as(self) -> str:
        """The party whose say it is: the one acted for, else who asks."""
        return self.party_id if self.on_behalf_of is None else self.on_behalf_of

    @property
    def is_inside(self) -> bool:
        """Whether what is internal is for it to see; customers and vendors are outside."""
        return self.disclosure == "internal"

    def may_see(self, project_id: str | None) -> bool:
        """Tell whether rows and events of the project are this principal's to see."""
        return self.projects is None or (project_id is not None and project_id in self.projects)


class Asked(BaseModel):
    """The circumstances of one request: who asks, and when it was taken in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Instant
    principal: Principal


class Envelope(BaseModel):
    """Who, when (true and known), why and through which door; stored flat beside the event."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    recorded_at: Instant
    effective_at: Instant
    zone: ZoneName | None = None
    intake: Intake
    actor: Name
    role: Name
    on_behalf_of: Name | None = None
    source: Name
    """The system the message came from; message ids are unique inside it."""
    message_id: MessageId
    external_ref: Text | None = None
    causation_id: MessageId
    correlation_id: MessageId
    project_id: Id | None = None
    responsible: Name | None = None
    reason: Reason | None = None
    decided_on: dict[str, int] | None = Field(default=None)


E_co = TypeVar("E_co", bound=DomainEvent, covariant=True)


class Recorded(Generic[E_co]):
    """An event in its place in the log: its envelope, its stream and version, its position."""

    __slots__ = ("envelope", "event", "position", "stream", "version")

    def __init__(
        self, event: E_co, envelope: Envelope, stream: str, version: int, position: int
    ) -> None:
        self.event = event
        self.envelope = envelope
        self.stream = stream
        self.version = version
        self.position = position

    @property
    def event_id(self) -> str:
        """`<stream>:<version>`, derived, nothing random."""
        return f"{self.stream}:{self.version}"

    @property
    def subject(self) -> Subject:
        return subject_of(self.stream)

    @property
    def subject_id(self) -> str:
        """The innermost id of the stream: of `phase-PRJ-7/weld` it is `weld`."""
        return subject_of(self.stream).ids[-1]

    @property
    def project_id(self) -> str | None:
        return self.envelope.project_id

    @property
    def about(self) -> Mapping[str, Any]:
        """The envelope as plain JSON values, as it is stored: without fields that have no value."""
        return self.envelope.model_dump(mode="json", exclude_none=True)

    @property
    def effective_at(self) -> datetime:
        return self.envelope.effective_at

    @property
    def recorded_at(self) -> datetime:
        return self.envelope.recorded_at

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recorded) and (
            (self.stream, self.version, self.position, self.event, self.envelope)
            == (other.stream, other.version, other.position, other.event, other.envelope)
        )

    def __hash__(self) -> int:
        return hash((self.stream, self.version))

    def __repr__(self) -> str:
        return f"Recorded({self.event_id} @ {self.position}: {self.event!r})"
