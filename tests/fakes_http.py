"""Stand in for what the HTTP edge is given: rows in memory, a dispatcher with a script."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Condition
from typing import Any

from consumers.branching import Branches
from consumers.deciding import Ask, Request
from consumers.dispatch import Dispatcher
from consumers.http.services import Credential, Health, Services
from consumers.intake import FactDoor
from consumers.requests import digest_of
from consumers.views import Views
from domain.calendars.commands import COMMANDS as CALENDAR_COMMANDS
from domain.kernel.ids import stream_of
from domain.kernel.messages import COORDINATOR, Command, Envelope, Principal
from domain.kernel.refusals import IdempotencyConflict, NotAuthorised, StaleVersion
from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from domain.log.port import EventLog, MessageKey, Outcome, Proposed, Submission
from domain.plans.commands import COMMANDS as PLAN_COMMANDS
from domain.projects.commands import COMMANDS as PROJECT_COMMANDS
from domain.projects.events import DataDateAdvanced
from projections.contract import Change, Row
from projections.schedule import ScheduleProjection
from projections.stores.memory import MemoryRows

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
COMMANDS: Mapping[str, type[Command]] = {
    command.command_name: command
    for command in (*PROJECT_COMMANDS, *PLAN_COMMANDS, *CALENDAR_COMMANDS)
}
ANNA = Principal(party_id="anna", role=COORDINATOR)
BERT = Principal(party_id="bert", role=COORDINATOR, projects=frozenset({"PRJ-7"}))
TOKENS = {"Bearer bert": BERT}


class FakeRows(MemoryRows):
    """Rows in memory that remember how they were, and say when they move."""

    def __init__(self, name: str, moved: Condition) -> None:
        super().__init__(name)
        self.name = name
        self.moved = moved
        self.history: list[Change] = []

    def put(self, position: int, key: str, rows: Mapping[str, Row | None]) -> None:
        """Let rows of a key become true at a position."""
        changes = [Change(self.name, key, row_id, row, position) for row_id, row in rows.items()]
        with self.moved:
            self.write(changes, position)
            self.history += changes
            self.moved.notify_all()

    def as_of(self, key: str, position: int) -> list[Change]:
        """Return the rows of a key as they stood."""
        found: dict[str, Change] = {}
        for change in self.history:
            if change.key == key and change.position <= position:
                found[change.row_id] = change
        return [change for _, change in sorted(found.items()) if change.row is not None]


@dataclass
class FakeDispatcher:
    """Record each command as one event of its stream, or refuse it as the script says."""

    versions: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, tuple[str, str]] = field(default_factory=dict)
    answers: dict[MessageKey, tuple[bytes, Outcome]] = field(default_factory=dict)
    position: int = 0
    asked: list[tuple[str, Principal]] = field(default_factory=list)

    def dispatch(  # noqa: PLR0913  As the port has it.
        self,
        command_name: str,
        body: bytes,
        *,
        key: MessageKey,
        principal: Principal,
        received_at: datetime,
        expected_version: int | None = None,
        causation_id: str | None = None,
        correlation_id: str | None = None,
    ) -> Outcome:
        del received_at, causation_id, correlation_id
        self.asked.append((command_name, principal))
        stream = COMMANDS[command_name].model_validate_json(body).stream()
        digest = digest_of([(command_name, body)])
        if (known := self._known(key, digest)) is not None:
            return known
        current = self.versions.get(stream, 0)
        if expected_version is not None and expected_version != current:
            raise StaleVersion("moved", current)
        return self._settle(key, digest, [command_name], [stream])

    def dispatch_batch(self, requests: Sequence[Request], ask: Ask) -> Outcome:
        digest = digest_of([(request.name, request.body) for request in requests])
        if (known := self._known(ask.key, digest)) is not None:
            return known
        streams = [
            COMMANDS[request.name].model_validate_json(request.body).stream()
            for request in requests
        ]
        return self._settle(ask.key, digest, [request.name for request in requests], streams)

    def settle(
        self, commands: Sequence[Command], ask: Ask, digest: bytes, expected_version: int | None
    ) -> Outcome:
        del expected_version
        streams = [command.stream() for command in commands]
        known = self._known(ask.key, digest)
        return known or self._settle(
            ask.key, digest, [each.command_name for each in commands], streams
        )

    def _known(self, key: MessageKey, digest: bytes) -> Outcome | None:
        known = self.answers.get(key)
        if known is None:
            return None
        if known[0] != digest:
            raise IdempotencyConflict("known with another body")
        first = known[1]
        return Outcome(
            first.kind, first.position, first.first_position, first.versions, first.code,
            first.text, repeated=True,
        )  # fmt: skip

    def _settle(
        self, key: MessageKey, digest: bytes, names: Sequence[str], streams: Sequence[str]
    ) -> Outcome:
        refusal = next((self.refusals[name] for name in names if name in self.refusals), None)
        if refusal is not None:
            outcome = Outcome("refused", code=refusal[0], text=refusal[1])
        else:
            first = self.position + 1
            for stream in streams:
                self.versions[stream] = self.versions.get(stream, 0) + 1
                self.position += 1
            written = {stream: self.versions[stream] for stream in streams}
            outcome = Outcome("recorded", self.position, first, written)
        self.answers[key] = (digest, outcome)
        return outcome


class LogWithAnswers:
    """The real log, knowing also what the scripted dispatcher has answered."""

    def __init__(self, log: EventLog, dispatcher: FakeDispatcher) -> None:
        self._log = log
        self._dispatcher = dispatcher

    def answers(self, keys: Iterable[MessageKey]) -> Mapping[MessageKey, tuple[bytes, Outcome]]:
        wanted = list(keys)
        scripted = {
            key: self._dispatcher.answers[key] for key in wanted if key in self._dispatcher.answers
        }
        return {**self._log.answers(wanted), **scripted}

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  Everything else is the real log's.
        return getattr(self._log, name)


@dataclass
class Fakes:
    """The services with the parts a test turns the screws of."""

    services: Services
    dispatcher: FakeDispatcher
    schedule: FakeRows
    status: FakeRows
    audit: FakeRows
    log: EventLog


def fakes(folder: Path) -> Fakes:
    """Return services over a real SQLite log in the folder, rows in memory, and a script."""
    dispatcher = FakeDispatcher()
    real = open_log(folder / "takt.db", registry=catalogue())
    log: Any = LogWithAnswers(real, dispatcher)
    moved = Condition()
    schedule, status, audit = (FakeRows(name, moved) for name in ("schedule", "status", "audit"))
    rows = {each.name: each for each in (schedule, status, audit)}

    def wait_for(position: int, timeout_s: float) -> bool:
        with moved:
            return moved.wait_for(
                lambda: all(each.position() >= position for each in rows.values()), timeout_s
            )

    services = Services(
        log=log,
        dispatcher=dispatcher,
        door=FactDoor(catalogue()),
        rows=rows,
        wait_for=wait_for,
        as_of=lambda projection, key, position, _: rows[projection].as_of(key, position),
        views=Views(
            log, {"schedule": ScheduleProjection()}, rows, Branches(real, Dispatcher(real))
        ),
        version_of=lambda stream: dispatcher.versions.get(stream, 0),
        clock=lambda: NOON,
        principal_of=principal_of,
        registry=catalogue(),
        commands=COMMANDS,
        health=lambda: Health(ready=True, checks={"log": "answers"}),
        deployment="test",
        hosts=frozenset({"testserver", "localhost", "127.0.0.1"}),
    )
    return Fakes(services, dispatcher, schedule, status, audit, real)


def principal_of(credential: Credential) -> Principal:
    """Return Anna, who needs no credential, or the owner of a token."""
    if credential.authorization is None:
        return ANNA
    try:
        return TOKENS[credential.authorization]
    except KeyError:
        msg = "the credential is not known here"
        raise NotAuthorised(msg) from None


PLAN = stream_of("plan", "PRJ-7")


def open_project_in(log: EventLog, project_id: str, events: int) -> None:
    """Give the log a project with so many events."""
    for number in range(events):
        envelope = Envelope(
            recorded_at=NOON,
            effective_at=NOON,
            intake="request",
            actor="anna",
            role=COORDINATOR,
            source="test",
            message_id=f"{project_id}-{number}",
            causation_id="c",
            correlation_id="c",
            project_id=project_id,
        )
        event = DataDateAdvanced(data_date=NOON)
        stream = stream_of("project", project_id)
        key = MessageKey("test", f"{project_id}-{number}")
        proposed = (Proposed(stream, event, envelope),)
        log.append([Submission(key, sha256(key.id.encode()).digest(), NOON, proposed)])
