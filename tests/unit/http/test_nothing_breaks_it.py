"""Whatever is sent, the answer is one of those documented: never a defect, never silence."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from consumers.http.app import create_app
from consumers.http.bodies import Bounds
from consumers.http.problems import KINDS
from tests.fakes_http import COMMANDS, fakes
from tests.unit.web.rows import phase, schedule, status

pytestmark = pytest.mark.slow

DEFECT = 500
TYPES = ["phase.started.v1", "clock.advanced.v1", "project.open.v1"]
HEADER_TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "specversion": st.just("1.0") | JSON,
        "id": st.just("m-1") | JSON,
        "source": st.just("/plant") | JSON,
        "type": st.sampled_from(["phase.started.v1", "clock.advanced.v1", "project.open.v1"])
        | JSON,
        "subject": st.sampled_from(["phase-P/w", "clock", "plan-P", "phase-P"]) | JSON,
        "time": st.just("2026-03-02T09:00:00Z") | JSON,
        "datacontenttype": st.sampled_from(["application/json", "text/plain"]) | JSON,
        "data": st.just({"actual_start": "2026-03-02T09:00:00Z"}) | JSON,
        "project": JSON,
        "reasoncode": JSON,
    },
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Give one application to all examples: what one leaves behind must not harm the next."""
    folder: Path = tmp_path_factory.mktemp("log")
    world = fakes(folder)
    world.schedule.put(1, "P", schedule(phase("weld")))
    world.status.put(1, "P", status())
    world.audit.put(1, "P", {"1": {"position": 1}})
    app = create_app(world.services, Bounds(wait_max_s=0.01))
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made
    world.log.close()


def documented(answer: Any) -> None:  # noqa: ANN401  A response of the test client.
    """Hold an answer to what the API says it answers."""
    assert answer.status_code < DEFECT or answer.json()["code"] in {"not_yet", "overloaded"}
    if answer.headers.get("content-type") == "application/problem+json":
        assert answer.json()["code"] in KINDS
        assert answer.json()["status"] == answer.status_code


@given(body=st.binary(max_size=200), content_type=st.sampled_from(["", "json", "-batch+json", "x"]))
def test_bytes_as_events(client: TestClient, body: bytes, content_type: str) -> None:
    media_type = f"application/cloudevents{content_type}" if content_type else "application/json"
    documented(client.post("/v1/events", content=body, headers={"Content-Type": media_type}))


@given(event=ATTRIBUTES)
def test_json_as_an_event(client: TestClient, event: dict[str, Any]) -> None:
    headers = {"Content-Type": "application/cloudevents+json"}
    documented(client.post("/v1/events", content=json.dumps(event), headers=headers))


@given(batch=st.lists(ATTRIBUTES | JSON, max_size=4))
def test_json_as_a_batch_of_events(client: TestClient, batch: list[Any]) -> None:
    headers = {"Content-Type": "application/cloudevents-batch+json"}
    documented(client.post("/v1/events", content=json.dumps(batch), headers=headers))


@given(attributes=st.dictionaries(st.from_regex(r"ce-[a-z]{1,12}", fullmatch=True), HEADER_TEXT))
def test_headers_as_an_event(client: TestClient, attributes: dict[str, str]) -> None:
    documented(client.post("/v1/events", content=b"{}", headers={"ce-id": "1", **attributes}))


@given(
    name=st.sampled_from(sorted(COMMANDS)),
    body=JSON,
    if_match=st.none() | HEADER_TEXT,
    key=st.none() | HEADER_TEXT,
)
def test_json_as_a_command(
    client: TestClient, name: str, body: object, if_match: str | None, key: str | None
) -> None:
    headers = {"Content-Type": "application/json"}
    if if_match is not None:
        headers["If-Match"] = if_match
    if key is not None:
        headers["Idempotency-Key"] = key
    documented(client.post(f"/v1/commands/{name}", content=json.dumps(body), headers=headers))


@given(body=JSON | st.fixed_dictionaries({"commands": st.lists(JSON, max_size=3)}))
def test_json_as_a_batch_of_commands(client: TestClient, body: object) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    documented(client.post("/v1/commands", content=json.dumps(body), headers=headers))


@given(
    path=st.sampled_from(["schedule", "status", "audit"]),
    query=st.dictionaries(
        st.sampled_from(["as_of", "true_at", "min_position", "wait", "limit", "cursor", "x"]),
        st.text(max_size=20) | st.integers().map(str),
    ),
    tag=HEADER_TEXT,
)
def test_anything_as_a_query(
    client: TestClient, path: str, query: dict[str, str], tag: str
) -> None:
    headers = {"If-None-Match": tag}
    documented(client.get(f"/v1/projects/P/{path}", params=query, headers=headers))


@given(raw=st.binary(max_size=20), safe=st.sampled_from(["", "/", "/%.", "/.?#"]))
def test_anything_as_a_path(client: TestClient, raw: bytes, safe: str) -> None:
    path = quote(raw, safe=safe)
    for prefix in ("/", "/v1/projects/", "/v1/streams/", "/schemas/", "/problems/", "/static/"):
        documented(client.get(f"{prefix}{path.lstrip('/')}"))
