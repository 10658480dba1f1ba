"""Plans over HTTP: taken whole or not at all, tried first, exported ones as well as others."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from consumers.bootstrap import System
from consumers.http.app import create_app
from consumers.http.services import Credential
from consumers.running import services_of
from consumers.supervision import Workers
from domain.kernel.messages import COORDINATOR, DEPARTMENT_HEAD, Principal
from tests.unit.consumers.systems import system_in
from tests.unit.consumers.test_plan_import import PLAN, clock

ANNA = Principal(party_id="anna", role=COORDINATOR)
BY_TOKEN = {
    "Bearer acme": Principal(party_id="ACME", role="customer", disclosure="customer"),
    "Bearer carl": Principal(party_id="carl", role=COORDINATOR, projects=frozenset({"Q"})),
    "Bearer head": Principal(party_id="Works", role=DEPARTMENT_HEAD),
}


def principal_of(credential: Credential) -> Principal:
    return BY_TOKEN.get(credential.authorization or "", ANNA)


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with system_in(tmp_path, clock()) as opened:
        yield opened


@pytest.fixture
def client(system: System) -> Iterator[TestClient]:
    services = replace(services_of(system, Workers({})), principal_of=principal_of)
    with TestClient(create_app(services), base_url="http://localhost") as made:
        yield made


def sent(
    client: TestClient,
    plan: object,
    query: str = "",
    kind: str = "application/json",
    **headers: str,
) -> Any:  # noqa: ANN401  The client has an answer of its own kind.
    body = plan if isinstance(plan, bytes) else json.dumps(plan).encode()
    told = {"Content-Type": kind, **headers}
    return client.post(f"/v1/plans{query}", content=body, headers=told)


def test_a_plan_is_tried_then_taken_with_its_actuals_and_once(
    client: TestClient, system: System
) -> None:
    tried = sent(client, PLAN, "?dry_run=true")
    assert (tried.status_code, tried.json()["outcome"], tried.json()["events"]) == (
        200,
        "planned",
        13,
    )
    assert system.log.head() == 0
    taken = sent(client, PLAN)
    assert (taken.status_code, taken.json()["outcome"], taken.json()["actuals"]) == (
        201,
        "recorded",
        2,
    )
    assert {each.envelope.actor for each in system.log.read(0, 15)} == {"anna"}
    head = system.log.head()
    again = sent(client, PLAN)
    assert (again.status_code, again.json()["outcome"]) == (200, "repeated")
    assert again.headers["idempotency-replayed"] == "true"
    assert sent(client, PLAN, "?dry_run=true").json()["outcome"] == "repeated"
    assert system.log.head() == head


@pytest.mark.parametrize(
    ("name", "kind"), [("plan.xml", "application/xml"), ("plan.json", "application/json")]
)
def test_what_was_exported_is_taken_in_as_another_project(
    client: TestClient, system: System, name: str, kind: str
) -> None:
    sent(client, PLAN)
    system.settle()
    exported = client.get(f"/v1/projects/PRJ-7/files/{name}").content
    taken = sent(client, exported, "?project=PRJ-8", kind)
    assert (taken.status_code, taken.json()["project"]) == (201, "PRJ-8")
    system.settle()
    # By the clock on the wall: Microsoft's XML says nothing of a zone.
    then, now = (
        sorted(each["start"][:16] for each in system.views.schedule(project, None)["phases"])
        for project in ("PRJ-7", "PRJ-8")
    )
    assert (now, len(now)) == (then, 3)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"format": "takt.plan/2"}, 400, "malformed"),
        ({"links": [{"pred": "cut", "succ": "nobody"}]}, 400, "malformed"),
        (
            {"links": [{"pred": "cut", "succ": "weld"}, {"pred": "weld", "succ": "cut"}]},
            422,
            "cycle",
        ),
    ],
)
def test_a_wrong_plan_is_refused_and_nothing_is_recorded(
    client: TestClient, system: System, change: dict[str, Any], status: int, code: str
) -> None:
    for query in ("", "?dry_run=true"):
        answer = sent(client, PLAN | change, query)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert system.log.head() == 0


@pytest.mark.parametrize(
    ("body", "query", "kind", "status", "detail"),
    [
        (b"{", "", "application/json", 400, ""),
        (b"<Project", "", "application/xml", 400, ""),
        (b"id,name", "", "text/csv", 415, "send the plan as application/json, application/xml"),
        (b"{}", "?dry_run=perhaps", "application/json", 400, "dry_run is true or false"),
        (b"{}", "?dryrun=true", "application/json", 400, "no query parameter 'dryrun'"),
    ],
)
def test_what_is_no_plan_is_refused(
    client: TestClient, body: bytes, query: str, kind: str, status: int, detail: str
) -> None:
    answer = sent(client, body, query, kind)
    assert (answer.status_code, detail in answer.json()["detail"]) == (status, True), answer.text


@pytest.mark.parametrize(("token", "status"), [("acme", 403), ("carl", 404), ("head", 403)])
def test_only_who_plans_the_project_may_send_one(
    client: TestClient, system: System, token: str, status: int
) -> None:
    for query in ("", "?dry_run=true"):
        answer = sent(client, PLAN, query, Authorization=f"Bearer {token}")
        assert answer.status_code == status, answer.text
    assert system.log.head() == 0
