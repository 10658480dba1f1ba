"""Bring the messages of a generated plant into a log, through the doors they are for."""

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from consumers.deciding import Ask, Request
from consumers.demo.plant import Message
from consumers.dispatch import Dispatcher
from consumers.gateways.plan_file import read_plan
from consumers.intake import FactDoor, judge_fact
from consumers.kafka.json_format import read_event
from consumers.plan_import import take_plan
from domain.kernel.messages import COORDINATOR, PLANT_SYSTEM, Principal
from domain.log.catalogue import catalogue
from domain.log.port import EventLog, MessageKey, Original, Submission

PLANT = Principal(party_id="mes", role=PLANT_SYSTEM)
COORDINATION = Principal(party_id="coordination", role=COORDINATOR)

AFTER_FACTS = (
    "report.accept.",
    "contract.",
    "meeting.",
    "inquiry.",
    "estimate.",
    "project.approve",
    "item.",
    "request.",
    "branch.",
)
"""What is asked of facts, or of the log's end, so that the facts must be there."""


class Doors:
    """Take messages in; facts wait for each other so that many of them are one append.

    With `batch` 1 the log has them in the order of their time. Otherwise requests go ahead of the
    facts that wait, which a plant's coordinator would not notice. What is published is computed
    where the dispatcher is that of a whole system.
    """

    def __init__(
        self, event_log: EventLog, batch: int = 1, dispatcher: Dispatcher | None = None
    ) -> None:
        self._log = event_log
        self._batch = batch
        self._dispatcher = dispatcher or Dispatcher(event_log)
        self._door = FactDoor(catalogue())
        self._waiting: list[Submission] = []
        self.outcomes: Counter[str] = Counter()
        """How the log answered, by kind; of refusals by code."""
        self.plans = 0

    def take(self, messages: Iterable[Message]) -> int:
        """Take all messages in; return how many events they make."""
        events = 0
        for message in messages:
            events += message.events
            if message.kind == "fact":
                self._waiting.append(self.judged(message))
                if len(self._waiting) >= self._batch:
                    self._flush()
            elif message.kind == "plan":
                self._plan(message)
            else:
                self._ask(message)
        self._flush()
        return events

    def judged(self, message: Message) -> Submission:
        return judge_fact(
            read_event(message.body),
            door=self._door,
            principal=PLANT,
            received_at=message.at,
            original=Original("file", f"plant/{message.id}", message.body),
        )

    def _flush(self) -> None:
        if self._waiting:
            self.outcomes.update(_kind(each) for each in self._log.append(self._waiting))
            self._waiting = []

    def _plan(self, message: Message) -> None:
        taken = take_plan(
            read_plan(message.body),
            sha256(message.body).digest(),
            dispatcher=self._dispatcher,
            event_log=self._log,
            ask_at=message.at,
            principal=COORDINATION,
        )
        self.outcomes[_kind(taken.outcome)] += 1
        self.plans += 1

    def _ask(self, message: Message) -> None:
        if any(name.startswith(AFTER_FACTS) for name, _ in message.commands(0)):
            self._flush()
        commands = message.commands(self._log.head())
        requests = [Request(name, body) for name, body in commands]
        ask = Ask(MessageKey(message.source, message.id), COORDINATION, message.at)
        self.outcomes[_kind(self._dispatcher.dispatch_batch(requests, ask))] += 1


def _kind(outcome: object) -> str:
    kind = str(outcome.kind)  # type: ignore[attr-defined]
    return f"{kind} {outcome.code}: {outcome.text}" if kind != "recorded" else kind  # type: ignore[attr-defined]
