"""Commands over HTTP: versions, keys, refusals and their problem documents."""

import json

import pytest
from starlette.testclient import TestClient

from consumers.http.commands import answer_of
from domain.log.port import Outcome
from tests.fakes_http import Fakes

OPEN = "/v1/commands/project.open.v1"
HOLD = "/v1/commands/project.hold.v1"
PROJECT = {
    "project_id": "PRJ-7",
    "name": "Bottling line",
    "zone": "Europe/Berlin",
    "calendar_id": "std",
    "start": "2026-03-02T08:00:00+01:00",
}
HELD = {"project_id": "PRJ-7", "reason": {"code": "customer_request"}}


def opened(client: TestClient, key: str = "k-1") -> None:
    assert client.post(OPEN, json=PROJECT, headers={"Idempotency-Key": key}).status_code == 201


def test_a_command_that_creates_answers_with_position_and_version(client: TestClient) -> None:
    answer = client.post(OPEN, json=PROJECT, headers={"Idempotency-Key": "k-1"})
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert answer.json() == {
        "outcome": "recorded",
        "changed": True,
        "position": 1,
        "first_position": 1,
        "versions": {"project-PRJ-7": 1},
    }


def test_a_creating_command_without_a_key_is_refused(client: TestClient) -> None:
    answer = client.post(OPEN, json=PROJECT)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "idempotency_key_missing"


def test_the_same_key_and_body_get_the_first_answer_again(client: TestClient) -> None:
    first = client.post(OPEN, json=PROJECT, headers={"Idempotency-Key": "k-1"})
    again = client.post(
        OPEN, content=json.dumps(PROJECT, indent=3), headers={
            "Idempotency-Key": '"k-1"', "Content-Type": "application/json"
        },
    )  # fmt: skip
    assert again.status_code == 200
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == {**first.json(), "repeated": True}


def test_a_command_that_changed_nothing_says_so() -> None:
    answer = answer_of(Outcome("recorded"), "project-PRJ-7")
    assert (answer.status_code, json.loads(bytes(answer.body))) == (
        200,
        {
            "outcome": "recorded",
            "changed": False,
            "position": 0,
            "first_position": 0,
            "versions": {},
        },
    )


def test_the_same_key_with_another_body_is_a_conflict(client: TestClient) -> None:
    opened(client)
    other = {**PROJECT, "name": "Another line"}
    answer = client.post(OPEN, json=other, headers={"Idempotency-Key": "k-1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_conflict")


def test_the_same_key_for_another_command_is_a_conflict(client: TestClient) -> None:
    opened(client)
    answer = client.post(HOLD, json=HELD, headers={"Idempotency-Key": "k-1", "If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_conflict")


def test_another_principal_may_use_the_same_key(world: Fakes, client: TestClient) -> None:
    opened(client)
    headers = {"Idempotency-Key": "k-1", "Authorization": "Bearer bert", "If-Match": "*"}
    answer = client.post(HOLD, json=HELD, headers=headers)
    assert answer.status_code == 201
    assert [principal.party_id for _, principal in world.dispatcher.asked] == ["anna", "bert"]


def test_a_command_on_what_exists_needs_the_version_it_was_decided_on(client: TestClient) -> None:
    opened(client)
    answer = client.post(HOLD, json=HELD, headers={"Idempotency-Key": "k-2"})
    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")
    assert answer.json()["detail"] == (
        "project-PRJ-7 exists: send in If-Match the version that the command was decided on, "
        "which GET /v1/streams/project-PRJ-7 tells in ETag"
    )
    assert answer.headers["etag"] == '"1"'


def test_a_stale_version_is_told_with_the_present_one(client: TestClient) -> None:
    opened(client)
    assert client.post(HOLD, json=HELD, headers={"If-Match": '"1"'}).status_code == 201
    answer = client.post(HOLD, json=HELD, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (412, "stale_version")
    assert answer.headers["etag"] == '"2"'


def test_the_right_version_needs_no_key(client: TestClient) -> None:
    opened(client)
    answer = client.post(HOLD, json=HELD, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["etag"]) == (201, '"2"')


def test_one_of_several_versions_will_do(client: TestClient) -> None:
    opened(client)
    assert client.post(HOLD, json=HELD, headers={"If-Match": '"7", "1"'}).status_code == 201
    assert client.post(HOLD, json=HELD, headers={"If-Match": '"7", "9"'}).status_code == 412


def test_what_must_not_exist_yet_is_refused_where_it_does(client: TestClient) -> None:
    fresh = {"Idempotency-Key": "k-1", "If-None-Match": "*"}
    assert client.post(OPEN, json=PROJECT, headers=fresh).status_code == 201
    again = client.post(
        OPEN, json=PROJECT, headers={"Idempotency-Key": "k-2", "If-None-Match": "*"}
    )
    assert again.status_code == 412


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("1", 400),
        ('"1', 400),
        ('"-1"', 400),
        ('"99999999999999999999999"', 400),
        ('"abc"', 412),
        ('W/"1"', 400),
        ('"1", W/"1"', 400),
        ('"0"', 412),
    ],
)
def test_nonsense_in_if_match_is_told_apart_from_a_wrong_version(
    client: TestClient, value: str, status: int
) -> None:
    opened(client)
    headers = {"If-Match": value, "Idempotency-Key": "k-2"}
    assert client.post(HOLD, json=HELD, headers=headers).status_code == status


def test_a_weak_tag_is_told_as_such(client: TestClient) -> None:
    opened(client)
    answer = client.post(HOLD, json=HELD, headers={"If-Match": 'W/"1"'})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert answer.json()["detail"] == 'If-Match takes no weak tags: write "1" without W/'


@pytest.mark.parametrize("key", [b"", b"with space", b"\xe9", b"x" * 256])
def test_a_key_that_is_no_key_is_refused(client: TestClient, key: bytes) -> None:
    answer = client.post(OPEN, json=PROJECT, headers={b"Idempotency-Key": key})
    assert answer.status_code == 400


def test_a_refusal_of_the_domain_is_a_problem_with_its_code(
    world: Fakes, client: TestClient
) -> None:
    opened(client)
    world.dispatcher.refusals["project.hold.v1"] = ("reason_required", "say why")
    answer = client.post(HOLD, json=HELD, headers={"If-Match": '"1"', "X-Request-Id": "r-9"})
    assert answer.status_code == 422
    assert answer.json() == {
        "type": "/problems/reason_required",
        "title": "Reason required",
        "status": 422,
        "detail": "say why",
        "code": "reason_required",
        "correlation_id": "r-9",
    }


def test_every_fault_of_a_body_is_named_by_its_place(client: TestClient) -> None:
    wrong = {**PROJECT, "zone": "Mars", "start": 1_700_000_000, "principal": "anna"}
    answer = client.post(OPEN, json=wrong, headers={"Idempotency-Key": "k-1"})
    assert answer.status_code == 422
    assert sorted(fault["pointer"] for fault in answer.json()["errors"]) == [
        "/principal",
        "/start",
        "/zone",
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b"  ", b"null", b"[]", b'"x"', b"{} {}", b"\xef\xbb\xbf{}", b'{"a":1,"a":2}', b"{'a':1}"],
)
def test_what_is_no_json_object_is_malformed(client: TestClient, body: bytes) -> None:
    headers = {"Idempotency-Key": "k-1", "Content-Type": "application/json"}
    answer = client.post(OPEN, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/json; charset=latin-1", "application/xml", None]
)
def test_another_content_type_is_not_read(client: TestClient, content_type: str | None) -> None:
    headers = {"Idempotency-Key": "k-1"}
    if content_type is not None:
        headers["Content-Type"] = content_type
    answer = client.post(OPEN, content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_command_of_another_project_is_told_as_an_absent_one(client: TestClient) -> None:
    headers = {"Authorization": "Bearer bert", "Idempotency-Key": "k-1"}
    answer = client.post(OPEN, json={**PROJECT, "project_id": "PRJ-8"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_subject")


def test_an_unknown_credential_is_told_so(client: TestClient) -> None:
    answer = client.post(OPEN, json=PROJECT, headers={"Authorization": "Bearer who"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_command_that_is_none_is_not_found(client: TestClient) -> None:
    assert client.post("/v1/commands/project.explode.v1", json={}).status_code == 404


# Batches


BATCH = {
    "commands": [
        {"name": "project.open.v1", "data": PROJECT},
        {"name": "project.hold.v1", "data": HELD},
    ]
}


def test_a_batch_is_one_decision_with_one_answer(client: TestClient) -> None:
    answer = client.post("/v1/commands", json=BATCH, headers={"Idempotency-Key": "b-1"})
    assert answer.status_code == 201
    assert answer.json()["versions"] == {"project-PRJ-7": 2}
    again = client.post("/v1/commands", json=BATCH, headers={"Idempotency-Key": "b-1"})
    assert (again.status_code, again.json()) == (200, {**answer.json(), "repeated": True})


def test_a_batch_without_a_key_is_refused(client: TestClient) -> None:
    answer = client.post("/v1/commands", json=BATCH)
    assert answer.json()["code"] == "idempotency_key_missing"


def test_a_batch_takes_no_version(client: TestClient) -> None:
    headers = {"Idempotency-Key": "b-1", "If-Match": '"1"'}
    assert client.post("/v1/commands", json=BATCH, headers=headers).status_code == 400


def test_a_fault_in_a_batch_is_named_by_its_place(world: Fakes, client: TestClient) -> None:
    wrong = {"commands": [BATCH["commands"][0], {"name": "project.hold.v1", "data": {}}]}
    answer = client.post("/v1/commands", json=wrong, headers={"Idempotency-Key": "b-1"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/commands/1/data/project_id"
    assert world.dispatcher.versions == {}


@pytest.mark.parametrize("body", [{}, {"commands": []}, {"commands": [1]}, {"commands": [{}]}])
def test_a_batch_without_commands_is_malformed(client: TestClient, body: object) -> None:
    answer = client.post("/v1/commands", json=body, headers={"Idempotency-Key": "b-1"})
    assert answer.json()["code"] == "malformed"
