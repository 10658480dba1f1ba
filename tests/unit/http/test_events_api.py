"""Facts over HTTP: single in both modes, batches item by item, repeats and conflicts."""

import gzip
import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.fakes_http import Fakes

EVENTS = "/v1/events"
STRUCTURED = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}


def fact(message_id: str = "m-1", **changed: object) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": message_id,
        "source": "/plant/mes",
        "type": "phase.started.v1",
        "subject": "phase-PRJ-7/weld",
        "time": "2026-03-02T09:00:00Z",
        "data": {"actual_start": "2026-03-02T09:00:00Z"},
        **changed,
    }


def test_a_fact_about_something_unknown_waits_for_it(client: TestClient) -> None:
    answer = client.post(EVENTS, json=fact(), headers=STRUCTURED)
    assert (answer.status_code, answer.json()) == (202, {"outcome": "parked", "position": 0})


def test_a_repeat_gets_the_first_answer_again_and_is_told_as_one(client: TestClient) -> None:
    first = client.post(EVENTS, json=fact(), headers=STRUCTURED)
    again = client.post(EVENTS, content=json.dumps(fact(), indent=2), headers=STRUCTURED)
    assert (again.status_code, again.json()) == (200, {**first.json(), "repeated": True})
    assert again.headers["idempotency-replayed"] == "true"


def test_binary_mode_says_the_same_as_structured_mode(client: TestClient) -> None:
    client.post(EVENTS, json=fact(), headers=STRUCTURED)
    attributes = {f"ce-{name}": value for name, value in fact().items() if name != "data"}
    answer = client.post(EVENTS, json=fact()["data"], headers=attributes)
    assert answer.headers["idempotency-replayed"] == "true"


def test_another_body_under_a_known_id_is_a_conflict(client: TestClient) -> None:
    client.post(EVENTS, json=fact(), headers=STRUCTURED)
    other = fact(data={"actual_start": "2026-03-02T09:30:00Z"})
    answer = client.post(EVENTS, json=other, headers=STRUCTURED)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_conflict")


def test_a_fact_from_the_future_is_refused_and_kept(world: Fakes, client: TestClient) -> None:
    answer = client.post(EVENTS, json=fact(time="2026-03-02T13:00:00Z"), headers=STRUCTURED)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/time")
    assert [kept.letter.code for kept in world.log.dead_letters()] == ["malformed"]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"type": "phase.exploded.v1"}, "/type"),
        ({"type": "project.hold.v1"}, "/type"),
        ({"subject": "plan-PRJ-7"}, "/subject"),
        ({"data": {"actual_start": "yesterday"}}, "/data/actual_start"),
        ({"data": {"actual_start": "2026-03-02T09:00:00Z", "who": "me"}}, "/data/who"),
    ],
)
def test_an_event_that_cannot_be_taken_is_told_with_the_place(
    client: TestClient, changed: dict[str, Any], pointer: str
) -> None:
    answer = client.post(EVENTS, json=fact(**changed), headers=STRUCTURED)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'{"id": "\\ud800"}', b"{}\x00"])
def test_what_is_no_event_is_malformed(client: TestClient, body: bytes) -> None:
    answer = client.post(EVENTS, content=body, headers=STRUCTURED)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_a_body_that_is_no_cloudevent_is_another_media_type(client: TestClient) -> None:
    assert client.post(EVENTS, json={"a": 1}).status_code == 415


def test_a_message_of_more_than_a_mebibyte_is_too_large(client: TestClient) -> None:
    large = fact(data={"actual_start": "x" * (1 << 20)})
    answer = client.post(EVENTS, json=large, headers=STRUCTURED)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.headers["connection"] == "close"


def test_a_packed_body_is_unpacked(client: TestClient) -> None:
    packed = gzip.compress(json.dumps(fact()).encode())
    answer = client.post(EVENTS, content=packed, headers={**STRUCTURED, "Content-Encoding": "gzip"})
    assert answer.status_code == 202


def test_a_packed_body_is_unpacked_no_further_than_its_limit(client: TestClient) -> None:
    bomb = gzip.compress(b" " * (64 << 20))
    answer = client.post(EVENTS, content=bomb, headers={**STRUCTURED, "Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "x"])
def test_other_encodings_are_not_read(client: TestClient, encoding: str) -> None:
    headers = {**STRUCTURED, "Content-Encoding": encoding}
    assert client.post(EVENTS, content=b"x", headers=headers).status_code == 415


@pytest.mark.parametrize(
    "packed",
    # Without a time of packing, or the test would have another name each second.
    [b"no gzip", gzip.compress(b"{}", mtime=0)[:-4], gzip.compress(b"", mtime=0) * 2],
)
def test_a_broken_packing_is_malformed(client: TestClient, packed: bytes) -> None:
    headers = {**STRUCTURED, "Content-Encoding": "gzip"}
    assert client.post(EVENTS, content=packed, headers=headers).status_code == 400


# Batches


def test_each_fact_of_a_batch_has_its_own_outcome(client: TestClient) -> None:
    client.post(EVENTS, json=fact("m-1"), headers=STRUCTURED)
    conflicting = fact("m-1", data={"actual_start": "2026-03-02T09:30:00Z"})
    batch = [fact("m-1"), fact("m-2"), conflicting, fact("m-3", type="nothing.v1"), 7]
    answer = client.post(EVENTS, json=batch, headers=BATCH)
    assert answer.status_code == 200
    told = answer.json()
    assert told["counts"] == {"conflict": 1, "parked": 1, "refused": 2, "repeated": 1}
    assert [(each["index"], each["outcome"]) for each in told["results"]] == [
        (0, "parked"), (1, "parked"), (2, "conflict"), (3, "refused"), (4, "refused")
    ]  # fmt: skip
    assert [each.get("repeated", False) for each in told["results"]] == [
        True, False, False, False, False
    ]  # fmt: skip
    assert told["results"][3]["pointer"] == "/type"


def test_an_empty_batch_changes_nothing(world: Fakes, client: TestClient) -> None:
    answer = client.post(EVENTS, json=[], headers=BATCH)
    assert answer.json() == {"position": 0, "counts": {}, "results": []}
    assert world.log.head() == 0


def test_a_batch_may_be_larger_than_one_message(client: TestClient) -> None:
    batch = [fact(f"m-{number}", externalref="x" * 6_000) for number in range(300)]
    answer = client.post(EVENTS, json=batch, headers=BATCH)
    assert answer.json()["counts"] == {"parked": 300}


def test_a_batch_that_is_no_array_is_malformed(client: TestClient) -> None:
    assert client.post(EVENTS, json=fact(), headers=BATCH).status_code == 400
