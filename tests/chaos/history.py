"""Write down what clients did and were told, and hold a log, its letters and its outbox to it.

Every message is invoked once or more often, and each try ends: `ok` (acknowledged), `fail` (known
to have had no effect) or `info` (nobody knows); a try without an end is one of which nobody knows.
Times are the machine's monotonic clock, so histories of several processes can be laid together.
"""

import hashlib
import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Self

Ending = Literal["ok", "fail", "info"]
Fate = Literal["recorded", "parked", "dead"]
"""What an acknowledged message must have become; a parked one may be recorded by now."""

SHOWN_MAX: Final = 5
TORN: Final = "<torn>\n"
"""Ends a line whose writer was killed in it, once another one goes on with the file."""


class Identity(NamedTuple):
    """What a message is known by for ever."""

    source: str
    id: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a history."""

    at_ns: int
    client: str
    what: Literal["invoke", "ok", "fail", "info"]
    source: str
    id: str
    key: str
    """What the order is kept by: a project, a stream."""
    body: str
    """Digest of what the event must say."""
    position: int = 0
    """Where it was acknowledged to lie in the log; 0 where the answer does not tell."""
    fate: Fate = "recorded"

    @property
    def identity(self) -> Identity:
        return Identity(self.source, self.id)


class History:
    """A file that one client or several write their tries to; what was noted survives a kill."""

    def __init__(self, path: Path) -> None:
        """Go on with a file; a line that the one before was killed in is marked as torn."""
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        self._file = path.open("a", encoding="utf-8")
        if before and not before.endswith("\n"):
            self._file.write(TORN)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def invoke(self, client: str, message: Identity, key: str, body: str) -> Entry:
        """Note that a message is about to be sent."""
        entry = Entry(time.monotonic_ns(), client, "invoke", *message, key, body)
        self._write(entry)
        return entry

    def ended(self, tried: Entry, how: Ending, position: int = 0, fate: Fate = "recorded") -> Entry:
        """Note what became of it, as far as the client was told."""
        entry = Entry(
            time.monotonic_ns(), tried.client, how, tried.source, tried.id, tried.key, tried.body,
            position, fate,
        )  # fmt: skip
        self._write(entry)
        return entry

    def _write(self, entry: Entry) -> None:
        line = json.dumps(asdict(entry)) + "\n"
        with self._lock:
            self._file.write(line)
            self._file.flush()


def read_history(*paths: Path) -> list[Entry]:
    """Return the entries of all files in the order of their moments; torn lines are left."""
    entries = [
        Entry(**json.loads(line))
        for path in paths
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True)
        if line.endswith("\n") and not line.endswith(TORN)
    ]
    return sorted(entries, key=lambda entry: entry.at_ns)


def digest_of_body(stream: str, type_name: str, data: Mapping[str, Any]) -> str:
    """Return what tells one body from another: of what was sent as of what is in the log."""
    whole = json.dumps([stream, type_name, data], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(whole.encode()).hexdigest()


class Stored(NamedTuple):
    """An event as it lies in the log."""

    position: int
    source: str
    id: str
    key: str
    body: str
    event_id: str = ""


class Letter(NamedTuple):
    """A message that was set aside, or waits in a lane."""

    source: str
    id: str


class Published(NamedTuple):
    """A record of the outbox topic, in the order of its partition."""

    key: str
    event_id: str
    position: int


@dataclass(slots=True)
class Told:
    """All that was tried and told under one identity."""

    first_ns: int
    invoked: set[str] = field(default_factory=set)
    endings: dict[str, Counter[Ending]] = field(default_factory=lambda: defaultdict(Counter))
    """By body."""
    tries: Counter[str] = field(default_factory=Counter)
    positions: set[int] = field(default_factory=set)
    fates: set[Fate] = field(default_factory=set)

    def sure(self, body: str) -> bool:
        """Whether every try with this body is known to have had no effect."""
        return self.endings[body]["fail"] == self.tries[body]

    @property
    def acknowledged(self) -> list[str]:
        return [body for body, ends in self.endings.items() if ends["ok"]]


@dataclass(slots=True)
class Report:
    """What the checker found: sentences, and the figures they rest on."""

    faults: list[str] = field(default_factory=list)
    acknowledged: int = 0
    unknown: int = 0
    """Messages of which no client knows what became of them."""
    refused: int = 0
    lost: int = 0
    doubled: int = 0

    @property
    def figures(self) -> str:
        """Say how much there was, for the end of a run."""
        return (
            f"{self.acknowledged} acknowledged, {self.unknown} unknown, "
            f"{self.lost} lost, {self.doubled} doubled"
        )

    def tell(self, found: Iterable[object], sentence: str) -> int:
        """Add a fault about what was found, with the first of it; return how many there are."""
        items = list(found)
        if items:
            shown = ", ".join(str(item) for item in items[:SHOWN_MAX])
            self.faults.append(f"{len(items)} {sentence}: {shown}")
        return len(items)


def check(
    history: Sequence[Entry],
    stored: Sequence[Stored],
    *,
    letters: Iterable[Letter] = (),
    waiting: Iterable[Letter] = (),
    others: frozenset[str] = frozenset(),
) -> Report:
    """Hold what is in the log to what the clients were told.

    `others` are sources that are no client's: ticks, policies, the plan.
    """
    told = _told(history)
    by_identity: dict[Identity, list[Stored]] = defaultdict(list)
    for event in stored:
        if event.source not in others:
            by_identity[Identity(event.source, event.id)].append(event)
    report = Report()
    _check_positions(report, stored)
    report.tell(by_identity.keys() - told.keys(), "events that nobody sent")
    report.doubled = report.tell(
        (name for name, events in by_identity.items() if len(events) > 1), "messages count twice"
    )
    dead = Counter(Identity(*letter) for letter in letters)
    parked = Counter(Identity(*letter) for letter in waiting)
    for ends in told.values():
        if ends.acknowledged:
            report.acknowledged += 1
        elif all(ends.sure(body) for body in ends.invoked):
            report.refused += 1
        else:
            report.unknown += 1
    _check_fates(report, told, by_identity, dead, parked)
    _check_bodies(report, told, by_identity)
    _check_order(report, history, by_identity)
    return report


def _told(history: Sequence[Entry]) -> dict[Identity, Told]:
    told: dict[Identity, Told] = {}
    for entry in history:
        about = told.setdefault(entry.identity, Told(entry.at_ns))
        about.invoked.add(entry.body)
        if entry.what == "invoke":
            about.tries[entry.body] += 1
            continue
        about.endings[entry.body][entry.what] += 1
        if entry.what == "ok":
            about.fates.add(entry.fate)
            if entry.position:
                about.positions.add(entry.position)
    return told


def _check_positions(report: Report, stored: Sequence[Stored]) -> None:
    positions = [event.position for event in stored]
    report.tell(
        (after for before, after in pairwise(positions) if after <= before),
        "positions that do not ascend",
    )


def _check_fates(
    report: Report,
    told: Mapping[Identity, Told],
    by_identity: Mapping[Identity, Sequence[Stored]],
    dead: Counter[Identity],
    parked: Counter[Identity],
) -> None:
    """Look for each message where it was said to be, and nowhere else besides."""
    lost, misplaced, undead = [], [], []
    for name, ends in told.items():
        there = len(by_identity.get(name, ())) + parked[name]
        if "dead" in ends.fates:
            if dead[name] != 1:
                lost.append(name)
            if there:
                undead.append(name)
        elif ends.acknowledged and not there:
            lost.append(name)
        if "recorded" in ends.fates and parked[name]:
            misplaced.append(name)
    report.lost = report.tell(lost, "acknowledged messages are lost")
    report.tell(undead, "messages are both set aside and counted")
    report.tell(misplaced, "messages wait though they were said to be recorded")
    moved = [
        f"{name} at {[event.position for event in by_identity[name]]}, not {ends.positions}"
        for name, ends in told.items()
        if ends.positions
        and by_identity.get(name)
        and ends.positions != {event.position for event in by_identity[name]}
    ]
    report.tell(moved, "messages are not where they were acknowledged")


def _check_bodies(
    report: Report,
    told: Mapping[Identity, Told],
    by_identity: Mapping[Identity, Sequence[Stored]],
) -> None:
    changed, effective = [], []
    for name, events in by_identity.items():
        if name not in told:
            continue
        ends = told[name]
        for event in events:
            if event.body not in ends.invoked or any(
                body != event.body for body in ends.acknowledged
            ):
                changed.append(name)
            elif ends.sure(event.body):
                effective.append(name)
    report.tell(changed, "events do not say what was sent")
    report.tell(effective, "refused messages had an effect")


def _check_order(
    report: Report,
    history: Sequence[Entry],
    by_identity: Mapping[Identity, Sequence[Stored]],
) -> None:
    """Expect what was acknowledged before another was begun to lie before it, whoever sent them."""
    begun: dict[Identity, int] = {}
    for entry in history:
        if entry.what == "invoke":
            begun.setdefault(entry.identity, entry.at_ns)
    swapped = []
    highest, highest_name = 0, ""
    moments = sorted(
        [(at_ns, 1, name) for name, at_ns in begun.items()]
        + [(at_ns, 0, name) for name, at_ns in _answered(history).items()]
    )
    for _, is_begin, name in moments:
        events = by_identity.get(name)
        if not events:
            continue
        position = events[0].position
        if is_begin and position < highest:
            swapped.append(f"{name} lies before {highest_name}")
        elif not is_begin and position > highest:
            highest, highest_name = position, str(name)
    report.tell(swapped, "messages lie before what was acknowledged earlier")


def _answered(history: Iterable[Entry]) -> dict[Identity, int]:
    """Return when each message was first acknowledged with its place in the log."""
    answered: dict[Identity, int] = {}
    for entry in history:
        if entry.what == "ok" and entry.position:
            answered.setdefault(entry.identity, entry.at_ns)
    return answered


def check_topic_order(produced: Iterable[tuple[str, Identity]], stored: Sequence[Stored]) -> Report:
    """Hold each key's events to the order in which a topic has its messages: (key, identity)."""
    position = {Identity(event.source, event.id): event.position for event in stored}
    report = Report()
    last: dict[str, int] = {}
    seen: set[Identity] = set()
    swapped = []
    for key, name in produced:
        if name in seen or name not in position:
            continue
        seen.add(name)
        if position[name] < last.get(key, 0):
            swapped.append(name)
        last[key] = max(position[name], last.get(key, 0))
    report.tell(swapped, "messages lie before what stood before them in the topic")
    return report


def check_outbox(published: Sequence[Published], stored: Sequence[Stored], up_to: int) -> Report:
    """Hold the outbox topic to the log: all there, in order per key, repeats the very same.

    `published` are the records, each partition in its order. Consumers skip what is at or below
    the last position of a key; what is left must be the log's order.
    """
    report = Report()
    log = {event.position: event for event in stored}
    wrong = [
        record
        for record in published
        if record.position not in log or log[record.position].event_id != record.event_id
    ]
    report.tell(wrong, "records are not what the log has at their position")
    report.tell(
        (
            position
            for position in sorted(log.keys() - {record.position for record in published})
            if position <= up_to
        ),
        "positions were never published",
    )
    report.tell(_out_of_order(published), "records were first published out of order")
    keys: dict[str, set[str]] = defaultdict(set)
    for record in published:
        keys[record.event_id].add(record.key)
    report.tell((name for name, many in keys.items() if len(many) > 1), "events have two keys")
    return report


def _out_of_order(published: Sequence[Published]) -> Iterator[Published]:
    seen: set[int] = set()
    last: dict[str, int] = {}
    for record in published:
        if record.position in seen:
            continue
        seen.add(record.position)
        if record.position < last.get(record.key, 0):
            yield record
        last[record.key] = max(record.position, last.get(record.key, 0))
