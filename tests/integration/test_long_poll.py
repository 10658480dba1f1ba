"""Polls say what streams say: the same messages, in the same order, resumed by a cursor."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pytest

from consumers.http.app import create_app
from consumers.http.bodies import Bounds
from tests.fakes_http import Fakes, fakes, open_project_in
from tests.integration.test_sse_resume import put
from tests.served import PATIENCE_S, EventReader, Picture, Served, Told, served
from tests.services.waiting import wait_until

pytestmark = pytest.mark.integration


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Fakes]:
    """Give the fakes behind the server."""
    made = fakes(tmp_path)
    yield made
    made.log.close()


@pytest.fixture
def running(world: Fakes) -> Iterator[Served]:
    """Give a real server over the fakes."""
    with served(create_app(world.services)) as one:
        yield one


def poll(running: Served, wait: str = "5s", who: str = "", **asked: object) -> dict[str, Any]:
    """Return the answer of a poll."""
    status, answer = ask(running, wait, who, **asked)
    assert status == 200, answer
    return answer


def ask(
    running: Served, wait: str | None, who: str = "", **asked: object
) -> tuple[int, dict[str, Any]]:
    """Return status and body of a poll."""
    if wait is not None:
        asked["wait"] = wait
    headers = {"Authorization": f"Bearer {who}"} if who else {}
    query = urlencode({name.rstrip("_"): value for name, value in asked.items()})
    status, body = running.get(f"/v1/stream?{query}", headers)
    told: dict[str, Any] = json.loads(body)
    return status, told


def open_becomes(running: Served, count: int) -> None:
    """Wait until so many streams and polls are open."""
    told = f"takt_http_streams {count}.0\n".encode()
    wait_until(
        lambda: told in running.get("/metrics")[1], f"{count} streams", deadline_s=PATIENCE_S
    )


def kinds(answer: dict[str, Any]) -> list[tuple[str, int]]:
    return [(each["event"], each["position"]) for each in answer["messages"]]


def test_the_first_poll_gives_a_snapshot_and_its_cursor_what_changed_since(
    world: Fakes, running: Served
) -> None:
    open_project_in(world.log, "PRJ-7", events=3)
    put(world, 1, {"weld": {"n": 1}})
    first = poll(running, types="schedule")
    assert kinds(first) == [("snapshot", 1)]
    assert first["messages"][0]["rows"][0]["row"] == {"n": 1}
    put(world, 2, {"weld": {"n": 2}, "paint": {"n": 2}})
    put(world, 3, {"weld": None})
    second = poll(running, types="schedule", cursor=first["next_cursor"])
    assert kinds(second) in ([("change", 2), ("change", 3)], [("change", 2)])
    rows = second["messages"][0]["rows"]
    assert {row["row_id"] for row in rows} >= {"paint"}
    assert second["position"] == second["messages"][-1]["position"]


def test_a_poll_with_nothing_to_tell_waits_until_there_is(world: Fakes, running: Served) -> None:
    open_project_in(world.log, "PRJ-7", events=2)
    put(world, 1, {"weld": {"n": 1}})
    cursor = poll(running, types="schedule")["next_cursor"]
    answers: list[dict[str, Any]] = []
    asking = Thread(target=lambda: answers.append(poll(running, types="schedule", cursor=cursor)))
    asking.start()
    open_becomes(running, 1)
    put(world, 2, {"weld": {"n": 2}})
    asking.join(20)
    assert kinds(answers[0]) == [("change", 2)]


def test_a_poll_that_waited_in_vain_is_answered_with_an_empty_list(
    world: Fakes, running: Served
) -> None:
    open_project_in(world.log, "PRJ-7", events=2)
    put(world, 1, {"weld": {"n": 1}})
    put(world, 2, {"weld": {"n": 2}}, project="PRJ-8")
    first = poll(running, project="PRJ-7", wait="10ms", from_=1)
    assert (first["messages"], first["position"]) == ([], 2)
    again = poll(running, project="PRJ-7", cursor=first["next_cursor"], wait="0")
    assert (again["messages"], again["position"]) == ([], 2)


def test_a_poll_waits_no_longer_than_is_allowed(world: Fakes) -> None:
    open_project_in(world.log, "PRJ-7", events=1)
    put(world, 1, {"weld": {"n": 1}})
    with served(create_app(world.services, Bounds(poll_max_s=0.05))) as running:
        cursor = poll(running)["next_cursor"]
        assert poll(running, wait="9999s", cursor=cursor)["messages"] == []


def test_a_cursor_from_before_a_rebuild_is_told_to_start_over(world: Fakes) -> None:
    open_project_in(world.log, "PRJ-7", events=3)
    for position in (1, 2, 3):
        put(world, position, {f"phase-{position}": {"n": position}})
    services = replace(world.services, reset_at=lambda: 2)
    with served(create_app(services)) as running:
        told = poll(running, types="schedule", from_=2)
        assert kinds(told) == [("reset", 3), ("snapshot", 3)]
        assert poll(running, types="schedule", wait="0", from_=3)["messages"] == []


def test_a_waiting_poll_is_told_when_rows_are_replaced(world: Fakes) -> None:
    open_project_in(world.log, "PRJ-7", events=1)
    put(world, 1, {"weld": {"n": 1}})
    rebuilt_at = [0]
    with served(create_app(replace(world.services, reset_at=lambda: rebuilt_at[0]))) as running:
        cursor = poll(running)["next_cursor"]
        answers: list[dict[str, Any]] = []
        asking = Thread(target=lambda: answers.append(poll(running, "20s", cursor=cursor)))
        asking.start()
        open_becomes(running, 1)
        rebuilt_at[0] = 1
        asking.join(20)
        assert kinds(answers[0]) == [("reset", 1), ("snapshot", 1)]


def test_a_cursor_beyond_the_log_is_a_fork(world: Fakes, running: Served) -> None:
    open_project_in(world.log, "PRJ-7", events=3)
    status, told = ask(running, "1s", from_=4)
    assert (status, told["code"]) == (409, "fork")


@pytest.mark.parametrize(
    "asked",
    [
        {"types": "status"},
        {"project": "PRJ-7"},
        {"who": "bert"},
        {"cursor": "AAAA"},
        {"cursor": "x" * 600},
    ],
)
def test_a_cursor_of_another_question_is_malformed(
    world: Fakes, running: Served, asked: dict[str, str]
) -> None:
    open_project_in(world.log, "PRJ-7", events=1)
    put(world, 1, {"weld": {"n": 1}})
    cursor = poll(running, types="schedule")["next_cursor"]
    status, told = ask(running, "1s", **{"types": "schedule", "cursor": cursor, **asked})
    assert (status, told["code"]) == (400, "malformed")


@pytest.mark.parametrize("wait", ["soon", "-1", "1h", "1e3"])
def test_a_wait_that_is_no_time_is_malformed(running: Served, wait: str) -> None:
    assert ask(running, wait)[0] == 400


def test_a_cursor_without_a_wait_is_malformed(world: Fakes, running: Served) -> None:
    open_project_in(world.log, "PRJ-7", events=1)
    put(world, 1, {"weld": {"n": 1}})
    cursor = poll(running)["next_cursor"]
    assert ask(running, None, cursor=cursor)[0] == 400


def test_a_poll_shows_only_what_its_reader_may_see(world: Fakes, running: Served) -> None:
    put(world, 1, {"weld": {"n": 1}})
    put(world, 2, {"weld": {"n": 2}}, project="PRJ-8")
    assert ask(running, "1s", who="bert", project="PRJ-8")[0] == 404
    (snapshot,) = poll(running, who="bert", types="schedule")["messages"]
    assert [row["key"] for row in snapshot["rows"]] == ["PRJ-7"]


def test_more_changes_than_one_answer_takes_come_with_the_next(world: Fakes) -> None:
    open_project_in(world.log, "PRJ-7", events=9)
    for position in range(1, 10):
        put(world, position, {})
    with served(create_app(world.services, Bounds(poll_changes_max=5))) as running:
        first = poll(running, types="audit", from_=1)
        second = poll(running, types="audit", cursor=first["next_cursor"])
    assert [position for _, position in kinds(first)] == [2, 3, 4, 5, 6]
    assert [position for _, position in kinds(second)] == [7, 8, 9]


def test_a_poller_and_a_stream_are_told_the_same(world: Fakes, running: Served) -> None:
    open_project_in(world.log, "PRJ-7", events=40)
    put(world, 1, {"p0": {"n": 1}})

    def write() -> None:
        for position in range(2, 41):
            row = {"n": position} if position % 5 else None
            put(world, position, {f"p{position % 7}": row})

    writer = Thread(target=write)
    polled, streamed = Picture(), Picture()
    with closing(EventReader(running.port, "/v1/stream?types=schedule,audit")) as reader:
        writer.start()
        answer = poll(running, types="schedule,audit")
        while True:
            for message in answer["messages"]:
                polled.take(Told(message.pop("event"), None, message))
            if answer["position"] == 40:
                break
            answer = poll(running, types="schedule,audit", cursor=answer["next_cursor"])
        for told in reader:
            streamed.take(told)
            if told.id == "40":
                break
    writer.join()
    assert polled.rows == streamed.rows
    assert polled.positions == sorted(set(polled.positions))


def test_a_poller_that_goes_away_is_not_waited_for(world: Fakes, running: Served) -> None:
    open_project_in(world.log, "PRJ-7", events=1)
    put(world, 1, {"weld": {"n": 1}})
    cursor = poll(running)["next_cursor"]
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    connection.request("GET", f"/v1/stream?wait=25s&cursor={cursor}")
    open_becomes(running, 1)
    connection.close()
    open_becomes(running, 0)
