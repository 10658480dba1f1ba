"""What may be asked of one conflict, by people and by the policies that watch the rules."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from domain.conflicts.events import ConflictKind, Position, ResolutionMode, Severity
from domain.kernel.ids import Id, StreamName, stream_of
from domain.kernel.messages import COORDINATOR, DEPARTMENT_HEAD, SYSTEM, Command
from domain.kernel.values import BasisPoints, Instant, Name, Quantity, Text


class ConflictCommand(Command):
    """A request on one conflict of a project."""

    project_id: Id
    conflict_id: Id

    def stream(self) -> str:
        return stream_of("conflict", self.conflict_id)


class DetectConflict(ConflictCommand):
    """A rule found a condition: opens, updates or reopens the conflict of its fingerprint."""

    command_name = "conflict.detect.v1"
    roles: ClassVar[frozenset[str]] = frozenset({SYSTEM})

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


class ClearConflict(ConflictCommand):
    """A rule found that its condition is gone."""

    command_name = "conflict.clear.v1"
    roles: ClassVar[frozenset[str]] = frozenset({SYSTEM})

    because: Text


class RaiseConflict(ConflictCommand):
    """Say that something does not fit."""

    command_name = "conflict.raise.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, DEPARTMENT_HEAD})

    kind: ConflictKind
    subjects: tuple[StreamName, ...]
    summary: Name
    severity: Severity = "medium"
    impact_days: Quantity | None = None


class AcknowledgeConflict(ConflictCommand):
    """Say that it was seen."""

    command_name = "conflict.acknowledge.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, DEPARTMENT_HEAD})


class AssignConflict(ConflictCommand):
    """Give it an owner and a date."""

    command_name = "conflict.assign.v1"

    owner: Name
    due: Instant


class ProposeOption(ConflictCommand):
    """Offer a way out."""

    command_name = "conflict.propose_option.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, DEPARTMENT_HEAD})

    option_id: Name
    effect: Text
    branch: Text | None = None


class ResolveConflict(ConflictCommand):
    """Decide it; it needs an owner and a decision."""

    command_name = "conflict.resolve.v1"

    mode: ResolutionMode
    decision: Text
    by_events: tuple[Text, ...] = ()


class DismissConflict(ConflictCommand):
    """Leave it be until it gets worse."""

    command_name = "conflict.dismiss.v1"
    needs_reason: ClassVar[bool] = True

    until: Instant | None = None


class ReopenConflict(ConflictCommand):
    """Take a closed conflict up again."""

    command_name = "conflict.reopen.v1"
    needs_reason: ClassVar[bool] = True


COMMANDS: tuple[type[Command], ...] = (
    DetectConflict,
    ClearConflict,
    RaiseConflict,
    AcknowledgeConflict,
    AssignConflict,
    ProposeOption,
    ResolveConflict,
    DismissConflict,
    ReopenConflict,
)
