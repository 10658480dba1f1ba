"""Bring a request to the decision it is for, and what was decided into the log, once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import Any, Final, TypeAlias

import structlog

from consumers.deciders import following_commands
from consumers.deciding import NOWHERE, Ask, Deciding, Decision, Request
from consumers.recomputing import Recomputing
from consumers.requests import admit, digest_of, read_command
from consumers.states import Known, States
from domain.kernel.messages import Command, Principal
from domain.kernel.refusals import DomainError, IdempotencyConflict, Malformed, StaleVersion
from domain.log.port import EventLog, MessageKey, Outcome, Submission

ATTEMPTS_MAX: Final = 20
TURNS: Final = 256
BATCH_COMMANDS_MAX: Final = 1_000_000

log = structlog.get_logger(__name__)


Asking: TypeAlias = tuple[Command, Ask, bytes]
"""A typed command, its circumstances, and the digest that tells a repeat from a conflict."""


class Dispatcher:
    """Load, decide, append; decide again when another was faster.

    A request's answer is given once for ever: the same id and body get it again, another body
    is refused. Thread-safe.
    """

    def __init__(self, event_log: EventLog, recomputing: Recomputing = NOWHERE) -> None:
        self._log = event_log
        self._states = States(event_log)
        self.deciding = Deciding(self._states, recomputing)
        """Decides as this does, and appends nothing: for rehearsals."""
        self._turn = [Lock() for _ in range(TURNS)]

    def dispatch(  # noqa: PLR0913  One request has this many circumstances.
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
        """Decide one request and return its outcome.

        Raises Malformed (the body cannot be read), NotAuthorised, UnknownSubject (no such
        command), StaleVersion (`expected_version` is not the stream's) and IdempotencyConflict;
        these are not remembered, so the same id may be used again once mended. A refusal by the
        domain is an outcome of kind `refused` and is remembered.
        """
        ask = Ask(key, principal, received_at, causation_id, correlation_id)
        command = read_command(command_name, body)
        digest = digest_of([(command_name, body)])
        return self.settle([command], ask, digest, expected_version)

    def dispatch_batch(self, requests: Sequence[Request], ask: Ask) -> Outcome:
        """Decide several requests as one: all of them, or none.

        Raises as `dispatch`; the pointer of Malformed begins with the request's place.
        """
        if not requests:
            msg = "a batch holds at least one command"
            raise Malformed(msg)
        if len(requests) > BATCH_COMMANDS_MAX:
            msg = f"a batch holds at most {BATCH_COMMANDS_MAX} commands"
            raise Malformed(msg)
        commands = []
        for place, request in enumerate(requests):
            try:
                commands.append(read_command(request.name, request.body))
            except Malformed as wrong:
                raise Malformed(str(wrong), f"/{place}{wrong.pointer}") from wrong
        digest = digest_of([(request.name, request.body) for request in requests])
        return self.settle(commands, ask, digest, None)

    def settle(
        self, commands: Sequence[Command], ask: Ask, digest: bytes, expected_version: int | None
    ) -> Outcome:
        """Decide typed commands as one request and append what was decided."""
        for command in commands:
            admit(command, ask.principal)
        with self._turns(commands):
            return self._settle(commands, ask, digest, expected_version)

    @contextmanager
    def _turns(self, commands: Sequence[Command]) -> Iterator[None]:
        """Hold the turn on the streams written: threads of one process need not race for them."""
        streams = {
            each.stream()
            for command in commands
            for each in (command, *following_commands(command))
        }
        with ExitStack() as held:
            for place in sorted({hash(stream) % TURNS for stream in streams}):
                held.enter_context(self._turn[place])
            yield

    def settle_each(self, asked: Sequence[Asking]) -> Sequence[Outcome]:
        """Decide requests one by one, and append together what has nothing to do with each other.

        Each is a request of its own, with the outcome that `settle` would give it in this order:
        one that reads a stream which another one before it writes waits until that is recorded.
        """
        for command, ask, _ in asked:
            admit(command, ask.principal)
        with self._turns([command for command, _, _ in asked]):
            known = self._log.answers([ask.key for _, ask, _ in asked])
            outcomes: list[Outcome] = []
            together: list[tuple[Asking, Decision | None]] = []
            written: set[str] = set()
            for each in asked:
                command, ask, digest = each
                decision = None
                if (known.get(ask.key) or (None,))[0] != digest:
                    decision = self._decided([command], ask)
                    if written & decision.read.keys():
                        outcomes += self._append(together, known)
                        together, written = [], set()
                        decision = self._decided([command], ask)
                    written.update(event.stream for event in decision.proposed)
                together.append((each, decision))
            return [*outcomes, *self._append(together, known)]

    def _append(
        self,
        together: Sequence[tuple[Asking, Decision | None]],
        known: Mapping[MessageKey, tuple[bytes, Outcome]],
    ) -> Iterator[Outcome]:
        """Append what was decided, and yield each outcome; without a decision it is known."""
        submissions = [
            _submission(ask, digest, decision)
            for (_, ask, digest), decision in together
            if decision is not None
        ]
        outcomes = iter(self._log.append(submissions) if submissions else ())
        for (command, ask, digest), decision in together:
            if decision is None:
                yield replace(known[ask.key][1], repeated=True)
                continue
            settled = self._settled(next(outcomes), decision, ask)
            yield settled or self._settle([command], ask, digest, None)

    def _settle(
        self, commands: Sequence[Command], ask: Ask, digest: bytes, expected_version: int | None
    ) -> Outcome:
        for _ in range(ATTEMPTS_MAX):
            if expected_version is not None:
                answered = self._check_version(commands[0], expected_version, ask.key, digest)
                if answered is not None:
                    return answered
            decision = self._decided(commands, ask)
            if ask.looked_at is not None:
                answered = self._check_unmoved(decision, ask.looked_at, ask.key, digest)
                if answered is not None:
                    return answered
            (outcome,) = self._log.append([_submission(ask, digest, decision)])
            settled = self._settled(outcome, decision, ask)
            if settled is not None:
                return settled
        msg = "the subject changes faster than the request can be decided; try again"
        raise StaleVersion(msg, 0)

    def _decided(self, commands: Sequence[Command], ask: Ask) -> Decision:
        """Return what is decided, or why nothing is."""
        decision = Decision()
        try:
            self.deciding.decide(commands, ask, decision)
        except DomainError as refused:
            decision.refusal = (refused.code, str(refused))
            decision.proposed.clear()
        return decision

    def _settled(self, outcome: Outcome, decision: Decision, ask: Ask) -> Outcome | None:
        """Return an outcome, its states known; None where another was faster: decide again."""
        if outcome.kind == "stale":
            self._forget(decision.read)
            log.info("dispatch.append_conflict", streams=sorted(outcome.versions))
            return None
        if outcome.kind == "conflict":
            msg = f"the id {ask.key.id} was used before with another body; take a new id"
            raise IdempotencyConflict(msg)
        if outcome.kind == "recorded" and not outcome.repeated:
            self._remember(decision, outcome)
        return outcome

    def head(self) -> int:
        """Return the last position that decisions know of."""
        return self._states.head()

    def state_of(self, stream: str) -> tuple[Any, int]:
        """Return a stream's folded state and its version; version 0: nothing recorded."""
        known = self._states.load(stream)
        return known.state, known.version

    def kept(self) -> Sequence[str]:
        """Return the streams whose states are kept, the one used longest ago first."""
        return self._states.kept()

    def _check_version(
        self, command: Command, expected: int, key: MessageKey, digest: bytes
    ) -> Outcome | None:
        stream = command.stream()
        current = self._states.load(stream, fresh=True).version
        if current == expected:
            return None
        msg = f"{stream} is at version {current}, not {expected}: read it again and decide anew"
        return self._answered(key, digest, StaleVersion(msg, current))

    def _check_unmoved(
        self, decision: Decision, looked_at: int, key: MessageKey, digest: bytes
    ) -> Outcome | None:
        """Return the answer of before where a stream has moved since; raises StaleVersion."""
        for stream in sorted({event.stream for event in decision.proposed}):
            version = decision.read[stream].version
            last = self._log.read_stream(stream, version - 1)[:1] if version else ()
            if last and last[0].position > looked_at:
                msg = f"{stream} has moved on since position {looked_at}: look again"
                return self._answered(key, digest, StaleVersion(msg, version))
        return None

    def _answered(self, key: MessageKey, digest: bytes, stale: StaleVersion) -> Outcome:
        """Return the answer that the same message got before; raises `stale` where it has none."""
        answer = self._log.answers([key]).get(key)
        if answer is not None and answer[0] == digest:
            return answer[1]
        raise stale

    def _remember(self, decision: Decision, outcome: Outcome) -> None:
        """Keep what the commit made true; a state nobody committed is never kept."""
        self._states.keep(
            {
                stream: known
                for stream, known in decision.working.items()
                if outcome.versions.get(stream, decision.read[stream].version) == known.version
            }
        )

    def _forget(self, streams: Mapping[str, Known]) -> None:
        for stream in streams:
            self._states.load(stream, fresh=True)


def _submission(ask: Ask, digest: bytes, decision: Decision) -> Submission:
    return Submission(
        key=ask.key,
        digest=digest,
        received_at=ask.received_at,
        events=tuple(decision.proposed),
        expected={stream: known.version for stream, known in decision.read.items()},
        refusal=decision.refusal,
    )
