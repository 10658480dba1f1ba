"""What can become true of one conflict (stream `conflict-<fingerprint or id>`)."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.kernel.ids import StreamName
from domain.kernel.messages import DomainEvent, MessageClass
from domain.kernel.values import BasisPoints, Instant, Name, Quantity, Text

Severity = Literal["low", "medium", "high", "critical"]
ConflictKind = Literal[
    "schedule",
    "resource",
    "material",
    "vendor",
    "contract",
    "request",
    "cost",
    "communication",
    "priority",
    "technical_opinion",
    "responsibility",
]
ResolutionMode = Literal["collaborate", "compromise", "accommodate", "direct", "withdraw"]
Position = Annotated[int, Field(ge=0)]


class ConflictEvent(DomainEvent):
    """A step in the life of a conflict."""

    message_class: ClassVar[MessageClass] = "communication"


class ConflictDetected(ConflictEvent):
    """A rule found that something does not fit; the evidence is named by log positions."""

    type_name = "conflict.detected.v1"

    rule: Name
    rule_version: Annotated[int, Field(ge=1)]
    kind: ConflictKind
    subjects: tuple[StreamName, ...]
    summary: Text
    severity: Severity
    impact_days: Quantity
    probability_bp: BasisPoints = 10_000
    evidence: tuple[Position, ...] = ()
    first_position: Position
    act_by: date | None = None
    remedies: tuple[Text, ...] | None = None


class ConflictUpdated(ConflictEvent):
    """The same condition weighs more or less than it did.

    How likely it is and by when to act are as before where they are left out; `act_by_dropped` says
    that there is no latest day any more.
    """

    type_name = "conflict.updated.v1"

    severity: Severity
    impact_days: Quantity
    summary: Text
    probability_bp: BasisPoints | None = None
    act_by: date | None = None
    act_by_dropped: bool | None = None


class ConflictCleared(ConflictEvent):
    """The condition is gone by itself."""

    type_name = "conflict.cleared.v1"

    because: Text


class ConflictReopened(ConflictEvent):
    """The condition is back, or worse than when it was dismissed."""

    type_name = "conflict.reopened.v1"

    because: Text
    severity: Severity
    impact_days: Quantity


class ConflictRaised(ConflictEvent):
    """Somebody says that something does not fit."""

    type_name = "conflict.raised.v1"

    kind: ConflictKind
    subjects: tuple[StreamName, ...]
    summary: Name
    severity: Severity
    impact_days: Quantity | None = None


class ConflictAcknowledged(ConflictEvent):
    """Somebody has seen it."""

    type_name = "conflict.acknowledged.v1"

    by: Name


class ConflictAssigned(ConflictEvent):
    """Somebody owns it, until a date."""

    type_name = "conflict.assigned.v1"

    owner: Name
    due: Instant


class OptionProposed(ConflictEvent):
    """A way out, with what it would do."""

    type_name = "conflict.option_proposed.v1"

    option_id: Name
    effect: Text
    branch: Text | None = None


class ConflictResolved(ConflictEvent):
    """It was decided, in this mode; the events that carry the decision out are named."""

    type_name = "conflict.resolved.v1"

    mode: ResolutionMode
    decision: Text
    by_events: tuple[Text, ...] = ()


class ConflictDismissed(ConflictEvent):
    """It is not worth acting on, until it gets worse or the date is past."""

    type_name = "conflict.dismissed.v1"

    until: Instant | None = None


EVENTS: tuple[type[DomainEvent], ...] = (
    ConflictDetected,
    ConflictUpdated,
    ConflictCleared,
    ConflictReopened,
    ConflictRaised,
    ConflictAcknowledged,
    ConflictAssigned,
    OptionProposed,
    ConflictResolved,
    ConflictDismissed,
)
