"""Bring a request to the decision it is for, and what was decided into the log, once."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from threading import Lock
from typing import Any, Final, TypeAlias

import structlog

from consumers.branch_effects import effect_of, moved_since
from consumers.deciders import AGGREGATES, Aggregate, Others, following_commands
from consumers.requests import accompanied, authorise, digest_of, read_command
from domain.branches.decisions import merge_refused
from domain.branches.state import Branch
from domain.kernel import corrections
from domain.kernel.corrections import CorrectionCommand
from domain.kernel.ids import subject_of
from domain.kernel.messages import SYSTEM, Asked, Command, Envelope, Principal, Recorded
from domain.kernel.refusals import (
    DomainError,
    IdempotencyConflict,
    Malformed,
    StaleVersion,
)
from domain.log.port import EventLog, MessageKey, Outcome, Proposed, Submission
from domain.special_requests.decisions import Effect

ATTEMPTS_MAX: Final = 20
STATES_KEPT_MAX: Final = 2_000
TURNS: Final = 256
REHEARSALS_KEPT_MAX: Final = 8
PAST_STATES_KEPT_MAX: Final = 8
"""States as of an earlier version: of a large plan each takes megabytes."""
BATCH_COMMANDS_MAX: Final = 1_000_000
PAGE: Final = 5_000

log = structlog.get_logger(__name__)


WhatIf: TypeAlias = tuple[str, int, tuple[tuple[str, str], ...]]
"""A project, a position of the log, and requests (name, body) that are rehearsed from there."""


@dataclass(frozen=True, slots=True)
class Request:
    """One command as it came in: its catalogue name, its body, and who is behind it."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Ask:
    """The circumstances of one request or batch, set at the edge."""

    key: MessageKey
    principal: Principal
    received_at: datetime
    causation_id: str | None = None
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A stream's folded state and the version it was folded to."""

    state: Any
    version: int


@dataclass(slots=True)
class Decision:
    """What a batch of commands reads and writes while it is being decided."""

    read: dict[str, Known] = field(default_factory=dict)
    working: dict[str, Known] = field(default_factory=dict)
    proposed: list[Proposed] = field(default_factory=list)


class Dispatcher:
    """Load, decide, append; decide again when another was faster.

    A request's answer is given once for ever: the same id and body get it again, another body
    is refused. Thread-safe.
    """

    def __init__(self, event_log: EventLog) -> None:
        self._log = event_log
        self._states: OrderedDict[str, Known] = OrderedDict()
        self._lock = Lock()
        self._turn = [Lock() for _ in range(TURNS)]
        self._past: OrderedDict[tuple[str, int], Known] = OrderedDict()
        self._rehearsals: OrderedDict[WhatIf, Rehearsal] = OrderedDict()

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
            authorise(command, ask.principal)
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

    def _settle(
        self, commands: Sequence[Command], ask: Ask, digest: bytes, expected_version: int | None
    ) -> Outcome:
        for _ in range(ATTEMPTS_MAX):
            decision = Decision()
            refusal: tuple[str, str] | None = None
            if expected_version is not None:
                answered = self._check_version(commands[0], expected_version, ask.key, digest)
                if answered is not None:
                    return answered
            try:
                self._decide_all(commands, ask, decision)
            except DomainError as refused:
                refusal = (refused.code, str(refused))
                decision.proposed.clear()
            submission = Submission(
                key=ask.key,
                digest=digest,
                received_at=ask.received_at,
                events=tuple(decision.proposed),
                expected={stream: known.version for stream, known in decision.read.items()},
                refusal=refusal,
            )
            (outcome,) = self._log.append([submission])
            if outcome.kind == "stale":
                self._forget(decision.read)
                log.info("dispatch.append_conflict", streams=sorted(decision.read))
                continue
            if outcome.kind == "conflict":
                msg = f"the id {ask.key.id} was used before with another body; take a new id"
                raise IdempotencyConflict(msg)
            if outcome.kind == "recorded" and not outcome.repeated:
                self._remember(decision, outcome)
            return outcome
        msg = "the subject changes faster than the request can be decided; try again"
        raise StaleVersion(msg, 0)

    def rehearse(self, commands: Sequence[Command], ask: Ask) -> Sequence[Proposed]:
        """Decide without appending: return what would be recorded; raises the refusal."""
        for command in commands:
            authorise(command, ask.principal)
        return self.rehearse_freely(commands, ask)

    def rehearse_freely(self, commands: Sequence[Command], ask: Ask) -> Sequence[Proposed]:
        """Rehearse whatever the principal's role: what others asked for is looked at, not done."""
        rehearsal = self.rehearsal()
        rehearsal.ask_for(commands, ask)
        return rehearsal.decision.proposed

    def rehearsal(self) -> "Rehearsal":
        """Return a rehearsal that goes on: what is asked of it is decided on what was before."""
        return Rehearsal(self, Decision())

    def at(self, project_id: str, position: int) -> "Dispatcher":
        """Return a dispatcher for rehearsals on a project as the log had it at a position."""
        return _Past(self, project_id, position)

    def head(self) -> int:
        """Return the last position that decisions know of."""
        return self._log.head()

    def state_of(self, stream: str) -> tuple[Any, int]:
        """Return a stream's folded state and its version; version 0: nothing recorded."""
        known = self._load(stream)
        return known.state, known.version

    def kept(self) -> Sequence[str]:
        """Return the streams whose states are kept, the one used longest ago first."""
        with self._lock:
            return tuple(self._states)

    def _check_version(
        self, command: Command, expected: int, key: MessageKey, digest: bytes
    ) -> Outcome | None:
        stream = command.stream()
        current = self._load(stream, fresh=True).version
        if current == expected:
            return None
        answer = self._log.answers([key]).get(key)
        if answer is not None and answer[0] == digest:
            return answer[1]
        msg = f"{stream} is at version {current}, not {expected}: read it again and decide anew"
        raise StaleVersion(msg, current)

    def _decide_all(self, commands: Sequence[Command], ask: Ask, decision: Decision) -> None:
        asked = Asked(at=ask.received_at, principal=ask.principal)
        for command in commands:
            for each, place in accompanied(command, lambda name: self._load(name).state):
                if place is None:
                    self._decide_one(each, asked, ask, decision)
                    continue
                known_as = ask.correlation_id or ask.causation_id or ask.key.id
                caused = replace(ask, causation_id=place.cause, correlation_id=known_as)
                try:
                    authorise(each, ask.principal)
                    for also in (each, *following_commands(each)):
                        self._decide_one(also, asked, caused, decision)
                except DomainError as inner:
                    raise merge_refused(place.added, inner) from inner

    def _decide_one(self, command: Command, asked: Asked, ask: Ask, decision: Decision) -> None:
        stream = command.stream()
        aggregate = AGGREGATES[subject_of(stream).category]
        if isinstance(command, CorrectionCommand):
            self._correct(command, ask, aggregate, decision)
            return
        reader = _Reader(self, decision, ask)
        others = aggregate.others(command, reader)
        known = self._writable(stream, aggregate, decision)
        events = aggregate.decider.decide(command, known.state, asked, others)
        decided_on = {name: version for name, version in reader.seen.items() if name != stream}
        for event in events:
            envelope = _envelope(command, ask, decided_on)
            version = known.version + 1
            recorded = Recorded(event, envelope, stream, version, 0)
            known = Known(aggregate.decider.evolve(known.state, recorded), version)
            decision.proposed.append(Proposed(stream, event, envelope))
        decision.working[stream] = known

    def _correct(
        self, command: CorrectionCommand, ask: Ask, aggregate: Aggregate, decision: Decision
    ) -> None:
        """Decide a correction on the stream of its target, with what the batch wrote there."""
        stream, decider = command.stream(), aggregate.decider
        self._writable(stream, aggregate, decision)  # So that its version is checked.
        history = list(self._recorded(stream))[: decision.read[stream].version]
        for each in decision.proposed:
            if each.stream == stream:
                version = len(history) + 1
                history.append(Recorded(each.event, each.envelope, stream, version, 0))
        for event in corrections.decide(command, history, decider.fold):
            envelope = _envelope(command, ask, {})
            decision.proposed.append(Proposed(stream, event, envelope))
            history.append(Recorded(event, envelope, stream, len(history) + 1, 0))
        state = decider.fold(corrections.believed(history))
        decision.working[stream] = Known(state, len(history))

    def _recorded(self, stream: str) -> Sequence[Recorded[Any]]:
        """Return a stream as recorded, as far as decisions here know of it."""
        return self._log.read_stream(stream)

    def _writable(self, stream: str, aggregate: Aggregate, decision: Decision) -> Known:
        """Return the state to decide on, forked once per batch so that it may be changed."""
        known = decision.working.get(stream)
        if known is None:
            base = decision.read.get(stream) or self._load(stream)
            decision.read[stream] = base
            known = Known(aggregate.decider.fork(base.state), base.version)
            decision.working[stream] = known
        return known

    def _load(self, stream: str, *, fresh: bool = False) -> Known:
        with self._lock:
            known = self._states.get(stream)
            if known is not None:
                self._states.move_to_end(stream)
        if known is not None and not fresh:
            return known
        decider = AGGREGATES[subject_of(stream).category].decider
        after = known.version if known is not None else 0
        history = self._log.read_stream(stream, after)
        if any(map(corrections.is_correction, history)):
            # What was folded before may be believed otherwise now.
            history, known = self._log.read_stream(stream), None
        if known is None:
            state = decider.fold(corrections.believed(history))
            known = Known(state, history[-1].version if history else 0)
        elif history:
            known = Known(decider.fold(history, known.state), history[-1].version)
        self._keep({stream: known})
        return known

    def _rehearsed(self, what_if: WhatIf, ask: Ask) -> "Rehearsal":
        """Return a rehearsal that has come so far: the one that did, or else a new one.

        It is the caller's alone. Raises the refusal.
        """
        with self._lock:
            known = self._rehearsals.pop(what_if, None)
        if known is not None:
            return known
        project_id, position, requests = what_if
        rehearsal = self.at(project_id, position).rehearsal()
        rehearsal.ask_for([read_command(name, body.encode()) for name, body in requests], ask)
        return rehearsal

    def _go_on_with(self, what_if: WhatIf, rehearsal: "Rehearsal") -> None:
        """Keep a rehearsal that may be gone on with: of the past it says the same for ever."""
        with self._lock:
            self._rehearsals[what_if] = rehearsal
            while len(self._rehearsals) > REHEARSALS_KEPT_MAX:
                self._rehearsals.popitem(last=False)

    def _at_version(self, stream: str, version: int) -> Known:
        """Return a stream's state as of an earlier version."""
        with self._lock:
            known = self._past.get((stream, version))
            if known is not None:
                self._past.move_to_end((stream, version))
                return known
        decider = AGGREGATES[subject_of(stream).category].decider
        history = self._log.read_stream(stream)[:version]
        known = Known(decider.fold(corrections.believed(history)), version)
        with self._lock:
            self._past[stream, version] = known
            while len(self._past) > PAST_STATES_KEPT_MAX:
                self._past.popitem(last=False)
        return known

    def _keep(self, states: Mapping[str, Known]) -> None:
        with self._lock:
            for stream, known in states.items():
                present = self._states.get(stream)
                if present is None or present.version <= known.version:
                    self._states[stream] = known
                    self._states.move_to_end(stream)
            while len(self._states) > STATES_KEPT_MAX:
                self._states.popitem(last=False)

    def _remember(self, decision: Decision, outcome: Outcome) -> None:
        """Keep what the commit made true; a state nobody committed is never kept."""
        self._keep(
            {
                stream: known
                for stream, known in decision.working.items()
                if outcome.versions.get(stream, decision.read[stream].version) == known.version
            }
        )

    def _forget(self, streams: Mapping[str, Known]) -> None:
        for stream in streams:
            self._load(stream, fresh=True)


class Rehearsal:
    """Requests decided one after the other, as one batch would be; nothing is ever appended."""

    def __init__(self, dispatcher: Dispatcher, decision: Decision) -> None:
        self._dispatcher = dispatcher
        self.decision = decision

    def ask_for(self, commands: Iterable[Command], ask: Ask) -> None:
        """Decide further requests; raises the refusal, and then the rehearsal is void."""
        self._dispatcher._decide_all(list(commands), ask, self.decision)  # noqa: SLF001

    def recorded(self, after: int) -> Sequence[Recorded[Any]]:
        """Return what was decided as if it stood in the log behind a position."""
        versions = {stream: known.version for stream, known in self.decision.read.items()}
        found = []
        for position, each in enumerate(self.decision.proposed, after + 1):
            versions[each.stream] = version = versions[each.stream] + 1
            found.append(Recorded(each.event, each.envelope, each.stream, version, position))
        return found


class _Past(Dispatcher):
    """Decide on a project as the log had it at a position; what it decides is never appended.

    A stream nobody wrote to since is the one of today, and is not folded again.
    """

    def __init__(self, today: Dispatcher, project_id: str, position: int) -> None:
        super().__init__(today._log)  # noqa: SLF001  It is one of us.
        self._today = today
        self._project_id = project_id
        self._position = self._seen = position
        self._then: dict[str, int] = {}
        """The version as of the position, of each stream that was written to since."""

    def head(self) -> int:
        return self._position

    def _load(self, stream: str, *, fresh: bool = False) -> Known:
        del fresh
        known = self._today._load(stream, fresh=True)  # noqa: SLF001
        self._look_on()
        if stream not in self._then:
            return known
        return self._today._at_version(stream, self._then[stream])  # noqa: SLF001

    def _look_on(self) -> None:
        """Take note of what was written since, up to now: it may have been a moment ago."""
        head = self._today.head()
        while page := self._log.read_project(self._project_id, self._seen, head, PAGE):
            for event in page:
                self._then.setdefault(event.stream, event.version - 1)
            self._seen = page[-1].position
        self._seen = max(self._seen, head)

    def _recorded(self, stream: str) -> Sequence[Recorded[Any]]:
        history = self._log.read_stream(stream)
        return [event for event in history if event.position <= self._position]


class _Reader(Others):
    """Give a decision the other streams it asks for, and note which versions it saw."""

    def __init__(self, dispatcher: Dispatcher, decision: Decision, ask: Ask) -> None:
        self._dispatcher = dispatcher
        self._decision = decision
        self._ask = ask
        self.seen: dict[str, int] = {}

    def state(self, stream: str) -> Any:  # noqa: ANN401  Each category has its own state.
        known = self._decision.working.get(stream)
        if known is None:
            known = self._decision.read.get(stream)
        if known is None:
            known = self._dispatcher._load(stream)  # noqa: SLF001  Two halves of one thing.
            self._decision.read[stream] = known
        self.seen[stream] = known.version
        return known.state

    def version(self, stream: str) -> int:
        self.state(stream)
        return self.seen[stream]

    def head(self) -> int:
        return self._dispatcher.head()

    def asked_on(self) -> date:
        return self._ask.received_at.astimezone(UTC).date()

    def written(self) -> Sequence[str]:
        versions = {stream: known.version for stream, known in self._decision.read.items()}
        names = []
        for each in self._decision.proposed:
            versions[each.stream] = version = versions[each.stream] + 1
            names.append(f"{each.stream}@{version}")
        return names

    def refusal(
        self, project_id: str, position: int, requests: Sequence[tuple[str, str]]
    ) -> DomainError | None:
        *before, (name, body) = requests
        try:
            command = read_command(name, body.encode())
            authorise(command, self._ask.principal)
            rehearsal = self._dispatcher._rehearsed(  # noqa: SLF001
                (project_id, position, tuple(before)), self._ask
            )
            rehearsal.ask_for([command], self._ask)
        except DomainError as refused:
            return refused
        self._dispatcher._go_on_with((project_id, position, tuple(requests)), rehearsal)  # noqa: SLF001
        return None

    def effect(self, project_id: str, branch: Branch) -> Effect | DomainError:
        base = branch.base_position
        try:
            commands = [read_command(each.command, each.data.encode()) for each in branch.requests]
            past = self._dispatcher.at(project_id, base)
            proposed = past.rehearse_freely(commands, self._ask)
            return effect_of(self._dispatcher._log, project_id, base, proposed)  # noqa: SLF001
        except DomainError as refused:
            return refused

    def moved(self, project_id: str, phases: Sequence[str], position: int) -> Sequence[str]:
        return moved_since(self._dispatcher._log, project_id, phases, position)  # noqa: SLF001

    def streams_of(self, project_id: str, category: str) -> Sequence[str]:
        """Return the names of a project's streams of one category, sorted."""
        event_log = self._dispatcher._log  # noqa: SLF001
        prefix = f"{category}-"
        found: set[str] = set()
        after, head = 0, event_log.head()
        while page := event_log.read_project(project_id, after, head, PAGE):
            found |= {event.stream for event in page if event.stream.startswith(prefix)}
            after = page[-1].position
        return sorted(found)


def _envelope(command: Command, ask: Ask, decided_on: Mapping[str, int]) -> Envelope:
    principal = ask.principal
    return Envelope(
        recorded_at=ask.received_at,
        effective_at=command.true_at() or ask.received_at,
        intake="policy" if principal.role == SYSTEM else "request",
        actor=principal.party_id,
        role=principal.role,
        on_behalf_of=principal.on_behalf_of,
        source=ask.key.source,
        message_id=ask.key.id,
        causation_id=ask.causation_id or ask.key.id,
        correlation_id=ask.correlation_id or ask.causation_id or ask.key.id,
        project_id=getattr(command, "project_id", None),
        responsible=command.responsible,
        reason=command.reason,
        decided_on=dict(decided_on) or None,
    )
