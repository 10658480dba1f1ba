"""Send one message through Kafka or a file into a log, and say what became of it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from consumers.gateways.event_file import import_events
from consumers.intake import FactDoor
from consumers.kafka.inbound import judge_record
from consumers.kafka.json_format import MEDIA_TYPE
from consumers.kafka.ports import Place, Record
from domain.kernel.messages import Envelope, Principal
from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from domain.log.port import DeadLetter, EventLog, MessageKey, Proposed, Submission, Tracked
from domain.plans.events import PhasePlanned
from tests.bad_inputs.cases import KNOWN, NOW, PROJECT, Outcome

AT: Final = datetime.fromisoformat(NOW)
MES: Final = Principal(party_id="mes-1", role="plant_system")
DOOR: Final = FactDoor(registry=catalogue())
PLACE: Final = Place("takt.plant.events.v1", 0)
STRUCTURED: Final = (("content-type", MEDIA_TYPE.encode()),)


def clock() -> datetime:
    return AT


def log_that_knows_one_phase(folder: Path) -> EventLog:
    """Open a new log in which a plan has introduced KNOWN."""
    log = open_log(folder / "takt.db", registry=catalogue())
    before = AT - timedelta(days=30)
    planned = PhasePlanned(
        phase_id=KNOWN.rpartition("/")[2],
        wbs="1",
        name="Weld",
        department_id="welding",
        kind="task",
        duration_min=480,
    )
    envelope = Envelope(
        recorded_at=before,
        effective_at=before,
        intake="request",
        actor="coordinator",
        role="coordinator",
        source="/takt/test",
        message_id="plan-1",
        causation_id="plan-1",
        correlation_id="plan-1",
        project_id=PROJECT,
    )
    proposed = Proposed(f"plan-{PROJECT}", planned, envelope)
    key = MessageKey("/takt/test", "plan-1")
    (outcome,) = log.append([Submission(key, b"plan", before, (proposed,))])
    assert outcome.kind == "recorded"
    return log


class Edge(Protocol):
    """A way in."""

    log: EventLog

    def send(self, message: bytes) -> Outcome:
        """Send a message in the JSON format of CloudEvents and say what became of it."""


class ThroughFile:
    """One line of an event file."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self._letters = Letters(log)
        self._sent = 0

    def send(self, message: bytes) -> Outcome:
        self._sent += 1
        report = import_events(
            [message],
            name=f"plant-{self._sent}.jsonl",
            event_log=self.log,
            door=DOOR,
            principal=MES,
            clock=clock,
        )
        assert report.lines == 1
        assert len(report.rows) == report.refused + report.conflicts
        kept = bool(self._letters.new())
        if report.refused:
            (row,) = report.rows
            assert (row.line, row.code) == (1, "malformed")
            assert row.text
            return "kept" if kept else "refused"
        if report.conflicts:
            assert report.rows[0].code == "idempotency_conflict"
            assert kept
            return "conflict"
        if report.repeated:
            return "repeated"
        return "parked" if report.parked else "recorded"


class ThroughKafka:
    """One record as the intake judges it, without a broker."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self._letters = Letters(log)
        self.offset = -1

    def send(self, message: bytes) -> Outcome:
        return self.take_in(STRUCTURED, message)

    def take_in(
        self,
        headers: tuple[tuple[str, bytes | None], ...],
        value: bytes | None,
        key: bytes | None = None,
        timestamp_ms: int = 0,
    ) -> Outcome:
        """Judge a record and commit it with its offset."""
        self.offset += 1
        record = Record(PLACE, self.offset, key, value, headers, timestamp_ms)
        item = judge_record(record, door=DOOR, principal=MES, received_at=AT)
        (outcome,) = self.log.append([item], [Tracked("kafka/test/topic/0", self.offset)])
        if outcome.kind in {"dead", "conflict"}:
            (kept,) = self._letters.new()
            assert kept.original.value == value
            assert kept.original.key == key
            assert kept.original.headers == headers
            assert kept.original.place == f"takt.plant.events.v1/0/{self.offset}"
            assert kept.text
        if outcome.kind == "dead":
            assert outcome.code == "malformed"
            return "kept" if "/time: time lies in the future" in outcome.text else "refused"
        if outcome.repeated:
            return "repeated"
        assert outcome.kind in {"recorded", "parked", "conflict"}
        kind: Any = outcome.kind
        named: Outcome = kind
        return named


class Letters:
    """The dead letters that were added since one looked last."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._seen = 0

    def new(self) -> list[DeadLetter]:
        found = self._log.dead_letters(after=self._seen, limit=1_000)
        self._seen = found[-1].id if found else self._seen
        return [kept.letter for kept in found]
