"""What may be asked of one commitment; a vendor's answers and receipts come in as facts."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.commitments.events import Revision
from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import Command
from domain.kernel.values import CalendarDate, Name, Quantity, Text, UnitCode


class CommitmentCommand(Command):
    """A request on one commitment; the project it serves is named with each."""

    project_id: Id
    commitment_id: Id

    def stream(self) -> str:
        return stream_of("commitment", self.commitment_id)


class RequestCommitment(CommitmentCommand):
    """Ask a vendor for something by a date."""

    command_name = "commitment.request.v1"

    vendor: Name
    kind: Literal["goods", "service", "subcontract"]
    item: Name
    qty: Annotated[Quantity, Field(gt=0)]
    uom: UnitCode
    need_by: CalendarDate
    order_ref: Text | None = None
    for_phases: tuple[Id, ...] = ()
    for_requirements: tuple[Id, ...] = ()


class ReviseCommitment(CommitmentCommand):
    """Ask for another date or quantity; a new revision that must be sent and acknowledged."""

    command_name = "commitment.revise.v1"
    needs_reason: ClassVar[bool] = True

    need_by: CalendarDate | None = None
    qty: Annotated[Quantity, Field(gt=0)] | None = None


class SendCommitment(CommitmentCommand):
    """Record that a revision went out to the vendor."""

    command_name = "commitment.send.v1"

    revision: Revision
    channel: Name


class RequestExpedite(CommitmentCommand):
    """Ask the vendor to come sooner; what we need and what he promises stay as they are."""

    command_name = "commitment.request_expedite.v1"

    wanted: CalendarDate


class ShortCloseCommitment(CommitmentCommand):
    """Expect nothing more."""

    command_name = "commitment.short_close.v1"
    needs_reason: ClassVar[bool] = True


class CancelCommitment(CommitmentCommand):
    """Give the commitment up."""

    command_name = "commitment.cancel.v1"
    needs_reason: ClassVar[bool] = True


COMMANDS: tuple[type[Command], ...] = (
    RequestCommitment,
    ReviseCommitment,
    SendCommitment,
    RequestExpedite,
    ShortCloseCommitment,
    CancelCommitment,
)
