"""What can become true of one branch (stream `branch-<id>`); what it would do is never stored."""

from typing import Annotated, ClassVar

from pydantic import Field

from domain.kernel.messages import DomainEvent, MessageClass
from domain.kernel.values import Name, Text

Position = Annotated[int, Field(ge=0)]


class BranchEvent(DomainEvent):
    """A step in the life of a branch."""

    message_class: ClassVar[MessageClass] = "revision"


class BranchOpened(BranchEvent):
    """Somebody asks what if: of the project as it stood at a position of the log."""

    type_name = "branch.opened.v1"

    title: Name
    base_position: Position

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class BranchRequestAdded(BranchEvent):
    """The branch would also ask for this: a command's catalogue name and its body as JSON."""

    type_name = "branch.request_added.v1"

    ordinal: Annotated[int, Field(ge=1)]
    command: Name
    data: Text


class BranchMerged(BranchEvent):
    """Every request of the branch was decided on the project itself, in this commit.

    `events` are the events that came of it, each as `stream@version`.
    """

    type_name = "branch.merged.v1"

    events: tuple[Name, ...] = ()


class BranchDropped(BranchEvent):
    """Nobody asks any more."""

    type_name = "branch.dropped.v1"


EVENTS: tuple[type[DomainEvent], ...] = (
    BranchOpened,
    BranchRequestAdded,
    BranchMerged,
    BranchDropped,
)
