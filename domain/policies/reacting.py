"""Have every policy react to one project, event by event and moment by moment."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, Final

from domain.kernel.messages import Recorded
from domain.policies.policy import Policy, Request
from domain.policies.shared_subjects import Using
from domain.references.shared import unwrapped
from domain.rules.watched import Watched

_OVER: Final = frozenset({"completed", "cancelled"})


class Reacting:
    """The policies of one project, each with its state, over what they share of the project."""

    def __init__(self, project_id: str, policies: Sequence[Policy[Any]]) -> None:
        self._project = Watched(project_id)
        self._policies = [(policy, policy.initial()) for policy in policies]

    def advance(self, moment: datetime) -> None:
        """Let it be at least this late: time has come to it before the next event."""
        self._project.advance(moment)

    def take(self, recorded: Recorded[Any], *, more: bool = False) -> Sequence[Request]:
        """Take one event of the project in, or a tick it was due at; return what is asked for."""
        recorded = unwrapped(recorded)
        self._project.take(recorded)
        return [
            request
            for policy, state in self._policies
            for request in policy.fold(state, recorded, self._project, more=more)
        ]

    def instead_of(self, earlier: "Reacting", recorded: Recorded[Any]) -> Sequence[Request]:
        """Return what is asked for when this is known since a correction, in an earlier's place."""
        states = [state for _, state in earlier._policies]  # noqa: SLF001  It is one of us.
        return [
            request
            for (policy, state), before in zip(self._policies, states, strict=True)
            for request in policy.instead(before, state, recorded, self._project)
        ]

    @property
    def using(self) -> AbstractSet[str]:
        """The streams of the shared subjects that the project names, as it goes on."""
        uses = (state.streams for _, state in self._policies if isinstance(state, Using))
        return next(uses, frozenset())

    def due(self) -> datetime | None:
        """Return the next moment at which time alone makes a policy ask for something.

        One that time has passed is not waited for: events since have been judged by that time. A
        project that is over waits for nothing.
        """
        if self._project.network.standing in _OVER:
            return None
        dues = (policy.due(state, self._project) for policy, state in self._policies)
        now = self._project.now
        return min(
            (due for due in dues if due is not None and (now is None or due > now)), default=None
        )
