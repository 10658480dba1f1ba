"""Let policies react to events, findings and time: whenever … then …, asked once, in order.

Each project's policies fold its events one by one, and the ticks they are due at. What they ask for
are commands whose message ids derive from the event that brought them about, so a restart that
reads an event again asks the same thing again and gets the first answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from threading import Event
from typing import Any, Final

import structlog

from consumers.deciding import Ask
from consumers.dispatch import Asking, Dispatcher
from consumers.requests import digest_of_command
from domain.kernel.corrections import corrected, is_correction
from domain.kernel.ids import subject_of
from domain.kernel.messages import SYSTEM, Principal, Recorded
from domain.log.port import EventLog, MessageKey, Tracked
from domain.policies import POLICIES, Policy, Reacting, Request
from domain.policies.shared_subjects import taking
from domain.projects.commands import TakeReference
from domain.references.shared import SHARED_CATEGORIES, is_shared
from projections.clock import Clock
from projections.replay import history, is_tick, messages_of, whole_page

POLICY_SOURCE: Final = "takt/policies"
PAGE: Final = 500
ASKED_MAX: Final = 100
"""What so many requests come to is in one commit, or what one message asks for."""
WAIT_S: Final = 1.0
PROJECTS_KEPT_MAX: Final = 500
PRINCIPAL: Final = Principal(party_id="takt", role=SYSTEM)

log = structlog.get_logger(__name__)


class PolicyRunner:
    """Read the log, fold the policies, ask for what they say; one runner a log.

    Which projects wait for a moment is known once every project was folded, at the first tick
    after a start; those that are not kept in memory are folded again when their moment comes.
    """

    def __init__(
        self,
        event_log: EventLog,
        dispatcher: Dispatcher,
        policies: Sequence[Policy[Any]] = POLICIES,
    ) -> None:
        self._log = event_log
        self._dispatcher = dispatcher
        self._policies = policies
        self._clock = Clock(event_log)
        self._reacting: dict[str, Reacting] = {}
        self._dues: dict[str, datetime | None] = {}
        """When each project is due; complete once `_knows_all`."""
        self._using: dict[str, AbstractSet[str]] = {}
        """The shared subjects that each project names; complete once `_knows_all`."""
        self._knows_all = False
        self._asked: list[Asking] = []
        """What the messages of a page asked for that is not decided yet, in order."""
        self._shared = {
            stream
            for category in SHARED_CATEGORIES
            for stream in event_log.subjects(category)
            if is_shared(stream)
        }
        """The shared subjects there are; what is not there yet is taken over once it comes."""
        self.position = event_log.tracked(POLICY_SOURCE).get(POLICY_SOURCE, 0)

    def catch_up(self) -> bool:
        """React to all there is; True if anything was read.

        What fails in the middle leaves nothing in memory: the same runner may be asked again.
        """
        moved = False
        while page := whole_page(self._log, self.position, PAGE):
            self._clock.reach(page[-1].position)
            try:
                for message in messages_of(page):
                    self._react(message)
                    if len(self._asked) >= ASKED_MAX:
                        self._settle()
                self._settle()
            except Exception:
                # The page is read again, and an event folded twice hides what it brings about.
                self._forget()
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

    def due_by(self, moment: datetime) -> Iterable[str]:
        """Return the projects that wait for a moment no later than this one, as far as known."""
        dues = list(self._dues.items())
        return [project_id for project_id, due in dues if due is not None and due <= moment]

    def _react(self, message: Sequence[Recorded[Any]]) -> None:
        """Fold one message; a policy looks at a whole message, never at the half of a decision."""
        if is_tick(message):
            self._tick(message[0])
            return
        project_id = message[0].project_id
        if project_id is not None:
            reacting = self._of(project_id, message[0].position)
            if any(map(is_correction, message)):
                self._correct(project_id, reacting, message[-1])
            else:
                self._ask_all(project_id, reacting, message)
        for recorded in {each.stream: each for each in message if is_shared(each.stream)}.values():
            self._share(recorded)

    def _share(self, last: Recorded[Any]) -> None:
        """Have each project take over what was said of a shared subject that it uses."""
        self._shared.add(last.stream)
        self._know_all(last.position)
        for project_id in sorted(self._using):
            if last.stream in self._using[project_id]:
                self._ask(taking(project_id, last.stream, last), last)

    def _correct(self, project_id: str, earlier: Reacting, last: Recorded[Any]) -> None:
        """Fold a project anew, as it is believed since a correction; ask for what is otherwise."""
        reacting = self._folded(project_id, last.position + 1)
        for request in reacting.instead_of(earlier, last):
            self._ask(request, last)
        self._keep(project_id, reacting)

    def _tick(self, tick: Recorded[Any]) -> None:
        """Hand a tick to the projects that are due; time never goes back."""
        last = self._clock.last(tick.position)
        if last is None or last.position != tick.position:
            return
        self._know_all(tick.position)
        for project_id in sorted(self.due_by(tick.event.to)):
            self._ask_all(project_id, self._of(project_id, tick.position), [tick])

    def _know_all(self, before: int) -> None:
        """Fold every project once that was not folded since the start."""
        if self._knows_all:
            return
        for stream in self._log.subjects("project"):
            (project_id,) = subject_of(stream).ids
            if project_id not in self._dues:
                self._of(project_id, before)
        self._knows_all = True

    def _ask_all(
        self, project_id: str, reacting: Reacting, message: Sequence[Recorded[Any]]
    ) -> None:
        for recorded, requests in self._told(reacting, message):
            for request in requests:
                self._ask(request, recorded)
        self._dues[project_id] = reacting.due()

    def _told(
        self, reacting: Reacting, message: Sequence[Recorded[Any]]
    ) -> Iterator[tuple[Recorded[Any], Sequence[Request]]]:
        """Yield each event with what is asked for because of it; time has come to it before."""
        now = self._clock.last(message[0].position - 1)
        if now is not None:
            reacting.advance(now.event.to)
        last = len(message) - 1
        for place, recorded in enumerate(message):
            yield recorded, reacting.take(recorded, more=place < last)

    def _of(self, project_id: str, before: int) -> Reacting:
        """Return a project's policies as they were just before a position."""
        reacting = self._reacting.get(project_id)
        if reacting is None:
            reacting = self._folded(project_id, before)
            self._keep(project_id, reacting)
        return reacting

    def _keep(self, project_id: str, reacting: Reacting) -> None:
        if project_id not in self._reacting and len(self._reacting) >= PROJECTS_KEPT_MAX:
            self._reacting.pop(next(iter(self._reacting)))
        self._reacting[project_id] = reacting
        self._using[project_id] = reacting.using
        self._dues[project_id] = reacting.due()

    def _folded(self, project_id: str, before: int) -> Reacting:
        """Fold a project's policies up to a position, as its history is believed there."""
        reacting, done = Reacting(project_id, self._policies), 0
        for message in messages_of(corrected(history(self._log, project_id, before - 1))):
            self._pass_ticks(reacting, done, message[0].position)
            for _ in self._told(reacting, message):
                pass  # It was asked for when the event was read first.
            done = message[-1].position
        self._pass_ticks(reacting, done, before)
        return reacting

    def _pass_ticks(self, reacting: Reacting, after: int, before: int) -> None:
        """Hand over the ticks between two positions that the project was due at."""
        while (due := reacting.due()) is not None:
            tick = self._clock.first(due, after, before)
            if tick is None:
                return
            for _ in self._told(reacting, [tick]):
                pass
            after = tick.position

    def _forget(self) -> None:
        self._reacting.clear()
        self._dues.clear()
        self._using.clear()
        self._knows_all = False
        self._asked.clear()

    def _ask(self, request: Request, because: Recorded[Any]) -> None:
        command = request.command
        if isinstance(command, TakeReference) and command.subject not in self._shared:
            return
        cause = request.cause or because
        ask = Ask(
            key=MessageKey(POLICY_SOURCE, request.message_id),
            principal=PRINCIPAL,
            received_at=because.recorded_at,
            causation_id=cause.event_id[:255],
            correlation_id=cause.envelope.correlation_id,
        )
        self._asked.append((command, ask, digest_of_command(command)))

    def _settle(self) -> None:
        """Have decided what was asked for since the last time."""
        asked, self._asked = self._asked, []
        outcomes = self._dispatcher.settle_each(asked) if asked else ()
        for (_, ask, _), outcome in zip(asked, outcomes, strict=True):
            if outcome.kind == "refused" and not outcome.repeated:
                # A refusal of a policy's request is a no-op that stays in the inbox.
                log.info("policies.request_refused", code=outcome.code, message_id=ask.key.id)
