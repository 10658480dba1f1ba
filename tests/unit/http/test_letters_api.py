"""Dead letters over HTTP: shown to who may see all, mended and taken in again once."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from consumers.kafka.json_format import MEDIA_TYPE
from domain.kernel.messages import Envelope
from domain.log.port import DeadLetter, MessageKey, Original, Proposed, Submission
from domain.plans.events import PhasePlanned
from tests.fakes_http import NOON, Fakes

BERT = {"Authorization": "Bearer bert"}


def event(message_id: str, **changes: Any) -> bytes:  # noqa: ANN401
    said = {
        "specversion": "1.0",
        "id": message_id,
        "source": "/plant/mes",
        "type": "phase.started.v1",
        "subject": "phase-PRJ-7/weld",
        "time": "2026-03-02T08:00:00Z",
        "data": {"actual_start": "2026-03-02T08:00:00Z"},
        **changes,
    }
    return json.dumps(said).encode()


def plan_weld(world: Fakes) -> None:
    """Let the phase that the letter is about become known."""
    planned = PhasePlanned(
        phase_id="weld", wbs="1", name="Weld", department_id="w", kind="task", duration_min=480
    )
    envelope = Envelope(
        recorded_at=NOON,
        effective_at=NOON,
        intake="request",
        actor="anna",
        role="coordinator",
        source="test",
        message_id="plan",
        causation_id="plan",
        correlation_id="plan",
        project_id="PRJ-7",
    )
    proposed = Proposed("plan-PRJ-7", planned, envelope)
    world.log.append([Submission(MessageKey("test", "plan"), b"plan", NOON, (proposed,))])


@pytest.fixture
def letter(world: Fakes) -> str:
    """Leave a letter that is no JSON; return its path."""
    headers = (("content-type", MEDIA_TYPE.encode()),)
    original = Original("kafka", "takt.plant.events.v1/0/7", event("m-1")[:-1], None, headers)
    world.log.append([DeadLetter(original, "malformed", "no JSON", NOON)])
    (kept,) = world.log.dead_letters()
    return f"/v1/dead-letters/{kept.id}"


def test_a_letter_is_shown_with_its_message(client: TestClient, letter: str) -> None:
    shown = client.get(letter).json()
    assert (shown["place"], shown["code"]) == ("takt.plant.events.v1/0/7", "malformed")
    assert shown["value"]["text"].encode() == event("m-1")[:-1]


def test_a_mended_letter_is_taken_in_once(world: Fakes, client: TestClient, letter: str) -> None:
    refused = client.post(f"{letter}/redrive")
    assert (refused.status_code, refused.json()["code"]) == (422, "malformed")
    waits = client.post(f"{letter}/redrive", content=event("m-1"))
    assert (waits.status_code, waits.json()["result"]) == (202, "parked")
    assert client.get(letter).json()["redriven_at"] is None
    plan_weld(world)
    taken = client.post(f"{letter}/redrive", content=event("m-1"))
    assert (taken.status_code, taken.json()["result"]) == (200, "repeated")
    again = client.post(f"{letter}/redrive", content=event("m-2"))
    assert (again.status_code, again.json()["result"]) == (200, "redriven")
    assert [one.envelope.message_id for one in world.log.read_stream("phase-PRJ-7/weld")] == ["m-1"]


def test_an_id_that_is_taken_is_a_conflict(world: Fakes, client: TestClient, letter: str) -> None:
    plan_weld(world)
    assert client.post(f"{letter}/redrive", content=event("plan", source="test")).status_code == 422
    other = event("plan", source="test", data={"actual_start": "2026-03-02T07:00:00Z"})
    answer = client.post(f"{letter}/redrive", content=other)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_conflict")


def test_who_sees_one_project_only_gets_none_of_it(client: TestClient, letter: str) -> None:
    assert client.get(letter, headers=BERT).status_code == 403
    assert client.post(f"{letter}/redrive", headers=BERT).status_code == 403


@pytest.mark.parametrize(("letter_id", "status"), [("99", 404), ("x", 400), ("-1", 400)])
def test_a_letter_that_is_none_is_told_so(client: TestClient, letter_id: str, status: int) -> None:
    assert client.get(f"/v1/dead-letters/{letter_id}").status_code == status
    assert client.post(f"/v1/dead-letters/{letter_id}/redrive").status_code == status
