"""Let policies react to events and findings: whenever … then …, asked once, in order.

Each project's rules fold its events one by one. What they find becomes commands whose message ids
derive from the rule, its subjects and the event that brought it about, so a restart that reads an
event again asks the same thing again and gets the first answer.
"""

from collections.abc import Iterator, Sequence
from threading import Event
from typing import Any, Final

import structlog

from consumers.dispatch import Ask, Dispatcher
from consumers.requests import digest_of_command
from domain.kernel.messages import SYSTEM, Principal, Recorded
from domain.log.port import EventLog, MessageKey, Tracked
from domain.policies import Request, requests_of
from domain.rules import RULES
from projections.replay import history, messages_of, whole_page

POLICY_SOURCE: Final = "takt/policies"
PAGE: Final = 500
WAIT_S: Final = 1.0
PROJECTS_KEPT_MAX: Final = 500
PRINCIPAL: Final = Principal(party_id="takt", role=SYSTEM)

log = structlog.get_logger(__name__)


class PolicyRunner:
    """Read the log, fold the rules, ask for what the policies say; one runner a log."""

    def __init__(self, event_log: EventLog, dispatcher: Dispatcher) -> None:
        self._log = event_log
        self._dispatcher = dispatcher
        self._states: dict[str, dict[str, Any]] = {}
        self.position = event_log.tracked(POLICY_SOURCE).get(POLICY_SOURCE, 0)

    def catch_up(self) -> bool:
        """React to all there is; True if anything was read.

        What fails in the middle leaves nothing in memory: the same runner may be asked again.
        """
        moved = False
        while page := whole_page(self._log, self.position, PAGE):
            try:
                for message in messages_of(page):
                    self._react(message)
            except Exception:
                # The page is read again, and an event folded twice hides what it brings about.
                self._states.clear()
                raise
            self.position = page[-1].position
            self._log.append([], [Tracked(POLICY_SOURCE, self.position)])
            moved = True
        return moved

    def run(self, stop: Event) -> None:
        """React until told to stop."""
        while not stop.is_set():
            if not self.catch_up():
                self._log.wait(self.position, WAIT_S)

    def _react(self, message: Sequence[Recorded[Any]]) -> None:
        """Fold one message; a rule looks at a whole message, never at the half of a decision."""
        project_id = message[0].project_id
        if project_id is None:
            return
        states = self._states_of(project_id, message[0].position)
        for recorded, more in _with_more(message):
            for rule in RULES:
                states[rule.name], found = rule.fold(states[rule.name], recorded, more=more)
                for finding in found:
                    for request in requests_of(finding, recorded):
                        self._ask(request, recorded)

    def _states_of(self, project_id: str, before: int) -> dict[str, Any]:
        """Return the rules' states of a project as they were just before a position."""
        states = self._states.get(project_id)
        if states is None:
            if len(self._states) >= PROJECTS_KEPT_MAX:
                self._states.pop(next(iter(self._states)))
            states = {rule.name: rule.initial(project_id) for rule in RULES}
            for message in messages_of(history(self._log, project_id, before - 1)):
                for recorded, more in _with_more(message):
                    for rule in RULES:
                        states[rule.name], _ = rule.fold(states[rule.name], recorded, more=more)
            self._states[project_id] = states
        return states

    def _ask(self, request: Request, because: Recorded[Any]) -> None:
        ask = Ask(
            key=MessageKey(POLICY_SOURCE, request.message_id),
            principal=PRINCIPAL,
            received_at=because.recorded_at,
            causation_id=because.event_id[:255],
            correlation_id=because.envelope.correlation_id,
        )
        outcome = self._dispatcher.settle(
            [request.command], ask, digest_of_command(request.command), None
        )
        if outcome.kind == "refused" and not outcome.repeated:
            # A refusal of a policy's request is a no-op that stays in the inbox.
            log.info("policies.request_refused", code=outcome.code, message_id=request.message_id)


def _with_more(message: Sequence[Recorded[Any]]) -> Iterator[tuple[Recorded[Any], bool]]:
    """Yield the events of a message, and for each whether another follows."""
    last = len(message) - 1
    return ((recorded, place < last) for place, recorded in enumerate(message))
