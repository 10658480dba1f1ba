"""Say what must hold in every world, whatever the seed let happen."""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from consumers.deciders import AGGREGATES
from consumers.dispatch import Dispatcher
from consumers.kafka.envelope import SEQUENCE
from consumers.kafka.event_record import is_control
from consumers.kafka.outbound import published
from consumers.policy_runner import POLICY_SOURCE, PolicyRunner
from consumers.published import verified
from consumers.publishing import recomputed
from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.log.kept import SUBJECT_UNKNOWN
from domain.log.port import MessageKey
from projections.rebuilding import verify
from tests.simulation.faults import MAPPER
from tests.simulation.memory_log import MemoryLog
from tests.simulation.processes import API_SOURCE, EVENTS, PARTS
from tests.simulation.story import Sent

if TYPE_CHECKING:
    from tests.simulation.world import World

_UNSEEN: Final = re.compile(r" @ \d+|TzInfo\(0\)|datetime\.timezone\.utc")


def plain_log(world: "World") -> MemoryLog:
    """Return the log as it is, without faults or defects."""
    return MemoryLog(world.tables, MAPPER.registry, MAPPER)


def check_views(world: "World") -> None:
    """Rows equal a clean rebuild of the position they are at."""
    log = plain_log(world)
    for name, projection in world.projections.items():
        verdict = verify(projection, log, world.rows[name])
        assert verdict.equal, f"{name} at {verdict.position} differs in {verdict.differing}"


def check_at_rest(world: "World") -> None:
    """All that is promised once nothing moves any more."""
    log = plain_log(world)
    events = list(log.read(0, 100_000))
    _check_order(events)
    _check_inbox(world, events)
    _check_requests(world)
    _check_records(world, events)
    _check_lanes(world)
    check_views(world)
    if any(process.name == "policies" for process in world.processes):
        _check_publications(log)
        _check_policies(world, log)
    _check_caches(world, log)
    _check_relay(world, events)
    _check_readers(world, events)


def _check_order(events: list[Recorded[Any]]) -> None:
    """Positions ascend, versions have no gap, `recorded_at` never falls."""
    versions: Counter[str] = Counter()
    before: Recorded[Any] | None = None
    for recorded in events:
        versions[recorded.stream] += 1
        assert recorded.version == versions[recorded.stream], f"{recorded.event_id} after a gap"
        if before is not None:
            assert recorded.position > before.position, f"{recorded.event_id} goes back"
            assert recorded.recorded_at >= before.recorded_at, f"{recorded.event_id} is too old"
        before = recorded


def _check_inbox(world: "World", events: list[Recorded[Any]]) -> None:
    """Every message's events lie side by side, once, where its answer says."""
    placed: dict[MessageKey, list[int]] = defaultdict(list)
    for number, recorded in enumerate(events):
        envelope = recorded.envelope
        placed[MessageKey(envelope.source, envelope.message_id)].append(number)
    answered = {
        key: answer for key, answer in world.tables.inbox.items() if answer.kind == "recorded"
    }
    for key, numbers in placed.items():
        assert key in answered, f"{key} is in the log and not in the inbox"
        answer = answered[key]
        found = (events[numbers[0]].position, events[numbers[-1]].position)
        assert found == (answer.first, answer.last), f"{key} lies at {found}, answered {answer}"
        assert numbers == list(range(numbers[0], numbers[-1] + 1)), f"{key} is torn apart"
        streams = Counter(events[number].stream for number in numbers)
        assert streams.keys() == answer.versions.keys(), f"{key} wrote {streams}, said {answer}"
    for key, answer in answered.items():
        assert key in placed or not answer.last, f"{key} was answered {answer} and is not there"


def _check_requests(world: "World") -> None:
    """Every answer given is the one kept, and nothing is there that nobody asked for."""
    coordinator = world.coordinator
    assert coordinator.done, "the coordinator has not got all answers"
    inbox = {key.id: one for key, one in world.tables.inbox.items() if key.source == API_SOURCE}
    assert inbox.keys() == coordinator.asked
    for message_id, outcome in coordinator.answers.items():
        kept = inbox[message_id]
        assert (kept.kind, kept.last, kept.code) == (outcome.kind, outcome.position, outcome.code)


def _check_records(world: "World", events: list[Recorded[Any]]) -> None:
    """Every record ended as an event, a repeat, a parked fact or exactly one dead letter."""
    letters = [kept.letter for kept in world.tables.letters.values()]
    expired = {letter.key for letter in letters if letter.code == SUBJECT_UNKNOWN}
    fates = _Fates(world, expired)
    for place, sent in sorted(world.sent.items(), key=itemgetter(0)):
        fates.expect("/".join(map(str, place)), sent)
    found = Counter(
        (letter.original.place, letter.code)
        for letter in letters
        if letter.code != SUBJECT_UNKNOWN and letter.key not in expired
    )
    assert found == Counter(fates.letters), f"dead letters differ: {set(found) ^ fates.letters}"
    recorded: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in events:
        key = MessageKey(one.envelope.source, one.envelope.message_id)
        if one.envelope.intake == "fact" and key not in expired:
            recorded[key.source, one.stream].append(key.id)
    waiting = {one.answer.key for one in world.tables.lanes.values()}
    for (source, stream), ids in fates.order.items():
        come = [each for each in ids if MessageKey(source, each) not in waiting]
        assert recorded[source, stream] == come, f"{stream} of {source} is not in its order"


class _Fates:
    """What must have become of each record, by what stands in the topics alone.

    A message whose subject did not come in time is out of this: it is judged anew when it comes
    again, so only that it counts once at most is held of it (`_check_inbox`).
    """

    def __init__(self, world: "World", expired: Container[MessageKey | None]) -> None:
        self._inbox = world.tables.inbox
        self._expired = expired
        self._bodies: dict[MessageKey, int] = {}
        self.letters: set[tuple[str, str]] = set()
        self.order: dict[tuple[str, str], list[str]] = defaultdict(list)

    def expect(self, place: str, sent: Sent) -> None:
        """Take the next record of a partition in."""
        key = MessageKey(sent.source, sent.message_id)
        if sent.nature in {"broken", "ahead"}:
            self.letters.add((place, "malformed"))
            return
        if key in self._expired:
            return
        assert key in self._inbox, f"{place} ({key}) was not taken in"
        if sent.nature == "request":
            if self._inbox[key].kind == "refused":
                self.letters.add((place, self._inbox[key].code))
            return
        if key not in self._bodies:
            self.order[sent.source, sent.stream].append(sent.message_id)
        if self._bodies.setdefault(key, sent.body) != sent.body:
            self.letters.add((place, "idempotency_conflict"))


def _check_lanes(world: "World") -> None:
    """Nobody waits for what is known, and the inbox says of who waits that he does."""
    for waiting in world.tables.lanes.values():
        assert waiting.lane not in world.tables.subjects, f"{waiting.lane} is known, one waits"
        assert world.tables.inbox[waiting.answer.key].kind == "parked"
    parked = [key for key, answer in world.tables.inbox.items() if answer.kind == "parked"]
    assert sorted(parked) == sorted(one.answer.key for one in world.tables.lanes.values())


def _check_policies(world: "World", log: MemoryLog) -> None:
    """Policies that read the whole log again ask for nothing that was not asked for."""
    head = log.head()
    world.tables.offsets.pop(POLICY_SOURCE, None)
    PolicyRunner(log, Dispatcher(log)).catch_up()
    again = [f"{one.event_id} {one.event.type_name}" for one in log.read(head, 100)]
    assert not again, f"a clean run of the policies adds {again}"


def _check_publications(log: MemoryLog) -> None:
    """Nothing was published that a clean log does not say of its position, to the byte."""
    views = recomputed(log, PARTS).views
    if log.subjects("project"):
        for each in views.publications("P", log.head()):
            verdict = verified(views, "P", each)
            assert verdict.verifies, f"{each.event_id} of {each.event.at_position}: {verdict}"


def _check_caches(world: "World", log: MemoryLog) -> None:
    """Each state that a process remembers is the one its stream had at that version."""
    for stream in sorted(world.tables.streams):
        category = subject_of(stream).category
        if category not in AGGREGATES:
            continue
        decider = AGGREGATES[category].decider
        for api in world.apis:
            state, version = api.dispatcher.state_of(stream)
            past = [one for one in log.read_stream(stream) if one.version <= version]
            assert len(past) == version, f"{api.name} knows {stream} at {version}, ahead of it"
            fresh = decider.fold(past)
            assert _said(state) == _said(fresh), f"{api.name} knows {stream} otherwise than it is"


def _said(state: Any) -> str:  # noqa: ANN401  Each category has its own state.
    """Return a state in a form that compares, without what no decision looks at.

    A plan's network follows from its links. An event that a decision has just made has no position
    yet, in the state that is remembered, and UTC is UTC whichever class says so.
    """
    seen = (state.phases, state.links, state.gates) if hasattr(state, "links") else state
    return _UNSEEN.sub("", repr(seen))


def _check_relay(world: "World", events: list[Recorded[Any]]) -> None:
    """Every event was published under its own id; without repeats each partition is in order."""
    expected = {one.position: one for one in events}
    at: set[int] = set()
    by_key: dict[bytes | None, list[int]] = defaultdict(list)
    for records in world.broker.topics[EVENTS]:
        last = 0
        for record in records:
            if is_control(record):
                continue  # A watermark, or a copy for projectors: no event.
            position = int(dict(record.headers)[f"ce_{SEQUENCE}"] or 0)
            event = published(expected[position], "/takt/simulated")
            assert dict(record.headers)["ce_id"] == event.id.encode()
            if position <= last:
                continue  # What a consumer skips.
            last = position
            at.add(position)
            by_key[record.key].append(position)
    assert at == set(expected), f"not published: {sorted(set(expected) - at)}"
    for positions in by_key.values():
        assert positions == sorted(positions)


def _check_readers(world: "World", events: list[Recorded[Any]]) -> None:
    """Each event was followed once, and every subscriber holds the rows as they are."""
    assert world.follower.seen == [(one.position, one.event_id) for one in events]
    rows = dict(_present(world))
    for subscriber in world.subscribers:
        told = subscriber.told.rows
        differing = sorted(
            key for key in rows.keys() | told.keys() if rows.get(key) != told.get(key)
        )
        assert not differing, f"{subscriber.name} holds other rows: {differing[:5]}"


def _present(world: "World") -> Iterator[tuple[tuple[str, str, str], tuple[Any, int]]]:
    for name, rows in world.rows.items():
        for key in list(rows.keys()):
            for change in rows.of_key(key):
                yield (name, key, change.row_id), (change.row, change.position)
