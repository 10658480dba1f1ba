"""What may be asked of one notice; that it went out, arrived and was read comes in as facts."""

from typing import Annotated, ClassVar

from pydantic import Field

from domain.kernel.corrections import EventId
from domain.kernel.ids import Id, StreamName, stream_of
from domain.kernel.messages import COORDINATOR, SYSTEM, Command
from domain.kernel.values import Digest, Name, Text
from domain.notices.events import DateChange, NoticeKind, Stake


class NoticeCommand(Command):
    """A request on one notice of a project."""

    project_id: Id
    notice_id: Id

    def stream(self) -> str:
        return stream_of("notice", self.notice_id)


class PrepareNotice(NoticeCommand):
    """Say what is to be told to whom."""

    command_name = "notice.prepare.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, SYSTEM})

    kind: NoticeKind
    recipients: Annotated[tuple[Name, ...], Field(min_length=1)]
    stake: Stake | None = None
    refs: tuple[StreamName, ...] = ()
    cause_events: tuple[EventId, ...] = ()
    content_hash: Digest
    summary: Text
    changes: tuple[DateChange, ...] = ()
    changes_count: Annotated[int, Field(ge=0)] = 0


class LinkMessage(NoticeCommand):
    """Say that a message that came in belongs to this notice."""

    command_name = "notice.link_message.v1"

    inbound_ref: Name
    about: tuple[StreamName, ...] = ()


COMMANDS: tuple[type[Command], ...] = (PrepareNotice, LinkMessage)
