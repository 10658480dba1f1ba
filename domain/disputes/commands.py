"""What may be asked about the reason that a recorded event names."""

from typing import ClassVar

from domain.disputes.events import Outcome, stream_of_dispute
from domain.kernel.corrections import EventId
from domain.kernel.ids import Id
from domain.kernel.messages import COORDINATOR, DEPARTMENT_HEAD, Command
from domain.kernel.values import Name, Reason, Text


class DisputeCommand(Command):
    """A request about the reason of one event of a project, `target` its id."""

    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, DEPARTMENT_HEAD})

    project_id: Id
    target: EventId

    def stream(self) -> str:
        return stream_of_dispute(self.target)


class DisputeReason(DisputeCommand):
    """Contest the reason that an event names, or who answers for it, and propose another.

    Without a proposed responsible party the one that the event names is not contested.
    """

    command_name = "dispute.dispute_reason.v1"

    proposed_reason: Reason
    proposed_responsible: Name | None = None
    why: Text


class SettleDispute(DisputeCommand):
    """Uphold what the event says, change it to the proposal, or withdraw one's own dispute."""

    command_name = "dispute.settle.v1"

    outcome: Outcome
    text: Text | None = None


COMMANDS: tuple[type[Command], ...] = (DisputeReason, SettleDispute)
