"""The same bad input has the same outcome at every edge, and the next good message is stored."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from consumers.gateways.event_file import Report, import_events
from domain.kernel.messages import Recorded
from domain.kernel.values import rfc3339
from domain.log.port import EventLog
from tests.bad_inputs.cases import CASES, Case, written
from tests.bad_inputs.edges import (
    DOOR,
    MES,
    Edge,
    ThroughFile,
    ThroughKafka,
    clock,
    log_that_knows_one_phase,
)
from tests.bad_inputs.http_edge import ThroughHttp

EDGES: dict[str, Callable[[EventLog], Edge]] = {
    "file": ThroughFile,
    "kafka": ThroughKafka,
    "http": ThroughHttp,
}


@pytest.fixture(scope="module", params=sorted(EDGES))
def edge(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Edge]:
    log = log_that_knows_one_phase(tmp_path_factory.mktemp(request.param))
    yield EDGES[request.param](log)
    log.close()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_bad_input_has_its_outcome_and_the_next_message_is_stored(case: Case, edge: Edge) -> None:
    before = edge.log.head()
    unique = f"case-{CASES.index(case)}"
    steps = case.steps(unique)
    assert [edge.send(message) for message, _ in steps] == [outcome for _, outcome in steps]
    stored = edge.log.read(before, 100)
    assert len(stored) == [outcome for _, outcome in steps].count("recorded")
    if case.stored:
        assert said_by(stored[-1], case.stored) == case.stored
    assert edge.send(written(f"{unique}-next")) == "recorded"
    assert edge.log.read(before, 100)[-1].envelope.message_id == f"{unique}-next"


def said_by(recorded: Recorded[Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Return what the event and its envelope say under the names that are asked for."""
    everything = {
        "effective_at": rfc3339(recorded.envelope.effective_at),
        "actor": recorded.envelope.actor,
        **{
            name: rfc3339(value) if isinstance(value, datetime) else value
            for name, value in recorded.event.model_dump(mode="json").items()
        },
    }
    return {name: everything[name] for name in wanted}


def test_every_class_that_touches_messages_has_a_case() -> None:
    covered = {case.number for case in CASES}
    elsewhere = {
        23,  # Compressed bodies: the HTTP edge only.
        30, 36,  # Many at once, and a whole topic again: tests of their own.
        35,  # Expected versions belong to requests.
        52,  # A change of zone rules changes nothing that is stored: instants are in UTC.
    }  # fmt: skip
    assert set(range(1, 53)) - elsewhere - covered == set()
    assert covered - set(range(1, 53)) == {56, 57}


def test_no_two_cases_share_a_name() -> None:
    assert len({str(case) for case in CASES}) == len(CASES)


def test_one_message_sent_a_thousand_times_at_once_is_one_event(tmp_path: Path) -> None:
    log = log_that_knows_one_phase(tmp_path)
    message = written("at-once")

    def send(_: int) -> Report:
        return import_events(
            [message], name="x", event_log=log, door=DOOR, principal=MES, clock=clock
        )

    with ThreadPoolExecutor(32) as threads:
        reports = list(threads.map(send, range(1_000)))
    assert sum(report.recorded for report in reports) == 1
    assert sum(report.repeated for report in reports) == 999
    assert len(log.read(1, 100)) == 1
    log.close()
