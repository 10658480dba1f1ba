"""What may be asked of one inquiry; that somebody asked comes in as a fact."""

from typing import ClassVar

from domain.inquiries.events import DisclosureLevel, Evidence, Position
from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import COORDINATOR, DEPARTMENT_HEAD, Command
from domain.kernel.values import Instant, Name, Text


class InquiryCommand(Command):
    """A request on one inquiry about a project."""

    project_id: Id
    inquiry_id: Id

    def stream(self) -> str:
        return stream_of("inquiry", self.inquiry_id)


class AssignInquiry(InquiryCommand):
    """Say who answers it."""

    command_name = "inquiry.assign.v1"

    owner: Name
    department_id: Name | None = None


class DraftAnswer(InquiryCommand):
    """Write down what the answer would be, and what it rests on; without a position, as of now."""

    command_name = "inquiry.draft_answer.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, DEPARTMENT_HEAD})

    text: Text
    as_of_position: Position | None = None
    evidence: tuple[Evidence, ...] = ()


class ApproveAnswer(InquiryCommand):
    """Let the answer as drafted last go to an audience."""

    command_name = "inquiry.approve_answer.v1"

    disclosure: DisclosureLevel


class AnswerInquiry(InquiryCommand):
    """Note by which notice the answer went out."""

    command_name = "inquiry.answer.v1"

    notice: Name


class CloseInquiry(InquiryCommand):
    """Say that nothing more is to be said; one that was not answered needs a reason."""

    command_name = "inquiry.close.v1"


class ReopenInquiry(InquiryCommand):
    """Ask for another answer."""

    command_name = "inquiry.reopen.v1"
    needs_reason: ClassVar[bool] = True

    due: Instant | None = None


COMMANDS: tuple[type[Command], ...] = (
    AssignInquiry,
    DraftAnswer,
    ApproveAnswer,
    AnswerInquiry,
    CloseInquiry,
    ReopenInquiry,
)
