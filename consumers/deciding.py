"""Decide requests on what the log says, or on what it would say after others; append nothing."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from threading import Lock
from typing import Any, Final, TypeAlias

from consumers.acting import acting
from consumers.branch_effects import effect_of, moved_since
from consumers.deciders import AGGREGATES, Aggregate, following_commands
from consumers.others import Others
from consumers.recomputing import Nowhere, Recomputing
from consumers.requests import accompanied, admit, authorise, read_command
from consumers.states import Known, PastStates, States
from domain.branches.decisions import merge_refused
from domain.branches.state import Branch
from domain.kernel import corrections
from domain.kernel.corrections import CorrectionCommand
from domain.kernel.ids import subject_of
from domain.kernel.messages import SYSTEM, Asked, Command, Envelope, Principal, Recorded
from domain.kernel.refusals import DomainError
from domain.log.port import MessageKey, Proposed
from domain.publications.decisions import Computed
from domain.special_requests.decisions import Effect

REHEARSALS_KEPT_MAX: Final = 8
NOWHERE: Final = Nowhere()

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
    looked_at: int | None = None
    """The position at which was seen what the requests rest on: nothing they write may have moved
    since. None: they are decided on what is there."""


@dataclass(slots=True)
class Decision:
    """What a batch of commands reads and writes while it is being decided."""

    read: dict[str, Known] = field(default_factory=dict)
    working: dict[str, Known] = field(default_factory=dict)
    proposed: list[Proposed] = field(default_factory=list)
    refusal: tuple[str, str] | None = None
    """Code and text, where it is refused: then nothing is proposed."""
    grounds: dict[str, int] = field(default_factory=dict)
    """The versions of the streams by which who asks may act for another; empty: for nobody."""


class Deciding:
    """Decide commands on the states given, each on what those before it decided.

    Thread-safe: what is being decided is the caller's, in a `Decision`.
    """

    def __init__(self, states: States, recomputing: Recomputing = NOWHERE) -> None:
        self.states = states
        self.recomputing = recomputing
        self._rehearsals: OrderedDict[WhatIf, Rehearsal] = OrderedDict()
        self._lock = Lock()

    def at(self, project_id: str, position: int) -> "Deciding":
        """Return the same on a project as the log had it at a position."""
        return Deciding(PastStates(self.states, project_id, position), self.recomputing)

    def rehearse(self, commands: Sequence[Command], ask: Ask) -> Sequence[Proposed]:
        """Decide without appending: return what would be recorded; raises the refusal."""
        rehearsal = self.rehearsal()
        rehearsal.ask_in_person(commands, ask)
        return rehearsal.decision.proposed

    def rehearse_freely(self, commands: Sequence[Command], ask: Ask) -> Sequence[Proposed]:
        """Rehearse whatever the principal's role: what others asked for is looked at, not done."""
        rehearsal = self.rehearsal()
        rehearsal.ask_for(commands, ask)
        return rehearsal.decision.proposed

    def rehearsal(self) -> "Rehearsal":
        """Return a rehearsal that goes on: what is asked of it is decided on what was before."""
        return Rehearsal(self, Decision())

    def decide(self, commands: Sequence[Command], ask: Ask, decision: Decision) -> None:
        """Decide what somebody asks for, for himself or for another; raises the refusal.

        Who acts for another does it in that one's role, and as long as a delegation says so.
        """
        if ask.principal.on_behalf_of is not None:
            reader = Reader(self, decision, ask)
            principal = acting(commands, ask.principal, ask.received_at, reader)
            decision.grounds |= reader.seen
            ask = replace(ask, principal=principal)
        self.decide_all(commands, ask, decision)

    def decide_all(self, commands: Sequence[Command], ask: Ask, decision: Decision) -> None:
        """Decide commands and what accompanies them into a decision; raises the refusal."""
        asked = Asked(at=ask.received_at, principal=ask.principal)
        for command in commands:
            for each, place in accompanied(command, Reader(self, decision, ask).state):
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
        reader = Reader(self, decision, ask)
        others = aggregate.others(command, reader)
        known = self._writable(stream, aggregate, decision)
        events = aggregate.decider.decide(command, known.state, asked, others)
        seen = decision.grounds | reader.seen
        decided_on = {name: version for name, version in seen.items() if name != stream}
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
        history = list(self.states.recorded(stream))[: decision.read[stream].version]
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

    def _writable(self, stream: str, aggregate: Aggregate, decision: Decision) -> Known:
        """Return the state to decide on, forked once per batch so that it may be changed."""
        known = decision.working.get(stream)
        if known is None:
            base = decision.read.get(stream) or self.states.load(stream)
            decision.read[stream] = base
            known = Known(aggregate.decider.fork(base.state), base.version)
            decision.working[stream] = known
        return known

    def rehearsed(self, what_if: WhatIf, ask: Ask) -> "Rehearsal":
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

    def go_on_with(self, what_if: WhatIf, rehearsal: "Rehearsal") -> None:
        """Keep a rehearsal that may be gone on with: of the past it says the same for ever."""
        with self._lock:
            self._rehearsals[what_if] = rehearsal
            while len(self._rehearsals) > REHEARSALS_KEPT_MAX:
                self._rehearsals.popitem(last=False)


class Rehearsal:
    """Requests decided one after the other, as one batch would be; nothing is ever appended."""

    def __init__(self, deciding: Deciding, decision: Decision) -> None:
        self._deciding = deciding
        self.decision = decision

    def ask_for(self, commands: Iterable[Command], ask: Ask) -> None:
        """Decide further requests; raises the refusal, and then the rehearsal is void."""
        self._deciding.decide_all(list(commands), ask, self.decision)

    def ask_in_person(self, commands: Sequence[Command], ask: Ask) -> None:
        """Decide further requests as one who may ask for them, now; raises the refusal."""
        for command in commands:
            admit(command, ask.principal)
        self._deciding.decide(commands, ask, self.decision)

    def recorded(self, after: int) -> Sequence[Recorded[Any]]:
        """Return what was decided as if it stood in the log behind a position."""
        versions = {stream: known.version for stream, known in self.decision.read.items()}
        found = []
        for position, each in enumerate(self.decision.proposed, after + 1):
            versions[each.stream] = version = versions[each.stream] + 1
            found.append(Recorded(each.event, each.envelope, each.stream, version, position))
        return found


class Reader(Others):
    """Give a decision the other streams it asks for, and note which versions it saw."""

    def __init__(self, deciding: Deciding, decision: Decision, ask: Ask) -> None:
        self._deciding = deciding
        self._decision = decision
        self._ask = ask
        self.seen: dict[str, int] = {}

    def state(self, stream: str) -> Any:  # noqa: ANN401  Each category has its own state.
        known = self._decision.working.get(stream)
        if known is None:
            known = self._decision.read.get(stream)
        if known is None:
            known = self._deciding.states.load(stream)
            self._decision.read[stream] = known
        self.seen[stream] = known.version
        return known.state

    def version(self, stream: str) -> int:
        self.state(stream)
        return self.seen[stream]

    def recorded(self, stream: str) -> Sequence[Recorded[Any]]:
        version = self.version(stream)
        return self._deciding.states.recorded(stream)[:version]

    def head(self) -> int:
        return self._deciding.states.head()

    def asked_on(self) -> date:
        return self._ask.received_at.astimezone(UTC).date()

    def asked_as(self) -> str:
        return self._ask.principal.decides_as

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
            rehearsal = self._deciding.rehearsed((project_id, position, tuple(before)), self._ask)
            rehearsal.ask_for([command], self._ask)
        except DomainError as refused:
            return refused
        self._deciding.go_on_with((project_id, position, tuple(requests)), rehearsal)
        return None

    def effect(self, project_id: str, branch: Branch) -> Effect | DomainError:
        base = branch.base_position
        try:
            commands = [read_command(each.command, each.data.encode()) for each in branch.requests]
            past = self._deciding.at(project_id, base)
            proposed = past.rehearse_freely(commands, self._ask)
            return effect_of(self._deciding.states.log, project_id, base, proposed)
        except DomainError as refused:
            return refused

    def moved(self, project_id: str, phases: Sequence[str], position: int) -> Sequence[str]:
        return moved_since(self._deciding.states.log, project_id, phases, position)

    def schedule_at(self, project_id: str, position: int) -> Computed | DomainError:
        return self._deciding.recomputing.schedule(project_id, position)

    def report_at(self, project_id: str, position: int, audience: str) -> Computed | DomainError:
        return self._deciding.recomputing.report(project_id, position, audience)

    def pack(self, project_id: str, position: int, role: str, party: str) -> Computed | DomainError:
        return self._deciding.recomputing.pack(project_id, position, role, party)

    def streams_of(self, project_id: str, category: str) -> Sequence[str]:
        return self._deciding.states.log.subjects(category, project_id)


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
