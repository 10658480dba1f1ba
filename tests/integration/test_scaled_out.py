"""However many projectors share the shards, and whatever befalls them, the rows are the same."""

import http.client
import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.integration.scaled import DEADLINE_S, PARTITIONS, ScaledOut
from tests.served import EventReader, Picture
from tests.services.kafka import KafkaServer
from tests.services.waiting import wait_until

FACTS: Final = 800

pytestmark = [pytest.mark.integration, pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture
def scaled(kafka: KafkaServer, pg_url: str, tmp_path: Path) -> Iterator[ScaledOut]:
    takt = ScaledOut(pg_url, kafka, f"{tmp_path.parent.name}-{tmp_path.name}", tmp_path)
    takt.introduce()
    try:
        with takt.relaying():
            yield takt
    finally:
        takt.close()


def all_taken(scaled: ScaledOut) -> bool:
    standings = [rows.standings() for rows in scaled.rows.values()]
    return all(len(each) == PARTITIONS and all(s.epoch for s in each) for each in standings)


@pytest.mark.parametrize("processes", [1, 2, 4])
def test_so_many_projectors_make_the_rows_that_one_makes_from_the_log(
    scaled: ScaledOut, processes: int
) -> None:
    members = [scaled.start_projector() for _ in range(processes)]
    scaled.facts(FACTS)
    scaled.wait_for(scaled.log.head())
    for member in members:
        member.must_live()
    assert scaled.differing() == []


def test_one_killed_and_one_that_joins_while_events_flow_change_nothing(scaled: ScaledOut) -> None:
    doomed, staying = scaled.start_projector(), scaled.start_projector()
    wait_until(lambda: all_taken(scaled), "every shard taken", deadline_s=DEADLINE_S)
    flowing = threading.Thread(target=scaled.facts, args=(FACTS,))
    flowing.start()
    begun = scaled.watermark()
    wait_until(lambda: scaled.watermark() > begun, "a beginning", deadline_s=DEADLINE_S)
    doomed.kill()
    joining = scaled.start_projector()
    flowing.join(DEADLINE_S)
    scaled.facts(FACTS // 2)
    scaled.wait_for(scaled.log.head())
    staying.must_live()
    joining.must_live()
    assert scaled.differing() == []


def test_one_that_slept_past_its_session_is_fenced_and_doubles_nothing(scaled: ScaledOut) -> None:
    sleeper = scaled.start_projector()
    wait_until(lambda: all_taken(scaled), "every shard taken", deadline_s=DEADLINE_S)
    taken = scaled.epochs()
    successor = scaled.start_projector()
    wait_until(lambda: scaled.epochs() > taken, "a share for the second", deadline_s=DEADLINE_S)
    flowing = threading.Thread(target=scaled.facts, args=(FACTS,))
    flowing.start()
    os.kill(sleeper.pid, signal.SIGSTOP)
    # The second gets to the end alone only once the session of the first is over.
    flowing.join(DEADLINE_S)
    scaled.wait_for(scaled.log.head())
    os.kill(sleeper.pid, signal.SIGCONT)
    taken = scaled.epochs()
    scaled.facts(FACTS // 2)
    wait_until(lambda: scaled.epochs() > taken, "the first back", deadline_s=DEADLINE_S)
    scaled.wait_for(scaled.log.head())
    sleeper.must_live()
    successor.must_live()
    assert scaled.differing() == []


def test_an_api_in_another_process_serves_and_streams_what_shards_write(
    scaled: ScaledOut,
) -> None:
    scaled.start_projector()
    port = scaled.start_api()
    scaled.wait_for(scaled.log.head())
    scaled.facts(100)
    asked = f"/v1/projects/PRJ-1/schedule?min_position={scaled.log.head()}"

    def as_new_as_asked() -> bool:
        status, body = get(port, asked)
        return status == 200 and json.loads(body)["position"] >= scaled.log.head()

    wait_until(as_new_as_asked, "one's own writes", deadline_s=DEADLINE_S)
    reader, picture = EventReader(port, "/v1/stream?types=schedule"), Picture()
    told = iter(reader)
    while ("schedule", "PRJ-1", "p0") not in picture.rows:
        picture.take(next(told))
    scaled.facts(400)
    head = scaled.log.head()
    while max(picture.positions, default=0) < head:
        picture.take(next(told))
    reader.close()
    scaled.wait_for(head)
    rows = scaled.rows["schedule"]
    present = {
        ("schedule", each.key, each.row_id): each.row
        for key in rows.keys()  # noqa: SIM118  Rows are no mapping.
        for each in rows.of_key(key)
    }
    assert {place: row for place, row in picture.rows.items() if present[place] != row} == {}
    _, figures = get(port, "/metrics")
    shards = [line for line in figures.splitlines() if line.startswith("takt_shard_lag_positions")]
    assert len(shards) == 3 * PARTITIONS
    assert {line.rpartition(" ")[2] for line in shards} == {"0.0"}


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
