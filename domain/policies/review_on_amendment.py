"""Whenever a contract is amended, then a review that looked at what is changed counts no more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.contracts.commands import InvalidateReview
from domain.contracts.events import ContractAmended
from domain.kernel.ids import derived_id
from domain.kernel.messages import Recorded
from domain.policies.policy import Request, nothing_else
from domain.rules.watched import Watched


class ReviewOnAmendment:
    """Ask to invalidate the review at each amendment; the contract knows whether it is touched."""

    name = "review_on_amendment"
    instead = staticmethod(nothing_else)

    def initial(self) -> None:
        """Remember nothing."""

    def fold(
        self, state: None, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Request]:
        """Return what is asked for at an amendment, nothing at any other event."""
        del state, more
        if not isinstance(recorded.event, ContractAmended):
            return ()
        command = InvalidateReview(project_id=project.project_id, contract_id=recorded.subject_id)
        return (Request(derived_id("", command.command_name, recorded.event_id), command),)

    def due(self, state: None, project: Watched) -> datetime | None:
        """Wait for no moment: an amendment is what it reacts to."""
        del state, project
        return None
