"""Let customers and vendors read the report that is theirs, and nothing that the house keeps."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from consumers.http.app import create_app
from consumers.http.services import Credential
from consumers.running import services_of
from consumers.supervision import Workers
from domain.kernel.messages import COORDINATOR, VENDOR, Principal
from tests.unit.consumers.systems import StandingClock, ask, system_in
from tests.unit.consumers.test_branch_verb import PROMISE, planned

OUTSIDERS = {
    "Bearer acme": Principal(
        party_id="ACME", role="customer", projects=frozenset({"P"}), disclosure="customer"
    ),
    "Bearer fluxtec": Principal(
        party_id="Fluxtec", role=VENDOR, projects=frozenset({"P"}), disclosure="customer"
    ),
    "Bearer nobody": Principal(
        party_id="Nobody", role=VENDOR, projects=frozenset({"P"}), disclosure="customer"
    ),
    "Bearer web": Principal(
        party_id="web", role="visitor", projects=frozenset({"P"}), disclosure="public"
    ),
}
OPEN_TO_ALL = {
    "/livez", "/readyz", "/version", "/metrics", "/v1/schemas", "/schemas/{name}",
    "/problems/{code}", "/openapi.json", "/static/{name}",
}  # fmt: skip
"""What says nothing of any project."""
ORDER = """{
    "project_id": "P", "commitment_id": "PO-1", "vendor": "Fluxtec", "kind": "goods",
    "item": "valve", "qty": "1", "uom": "H87", "need_by": "2026-03-04", "for_phases": ["paint"]
}"""
REPORT = "/v1/projects/P/report"


def principal_of(credential: Credential) -> Principal:
    anna = Principal(party_id="anna", role=COORDINATOR)
    return OUTSIDERS.get(credential.authorization or "", anna)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = planned(tmp_path_factory.mktemp("home"))
    with system_in(home, StandingClock()) as system:
        ask(system, "project.set_promise.v1", json.dumps(PROMISE), message_id="promise")
        ask(system, "commitment.request.v1", ORDER, message_id="order")
        system.settle()
        services = replace(services_of(system, Workers({})), principal_of=principal_of)
        with TestClient(create_app(services), base_url="http://localhost") as made:
            yield made


def reading_paths(client: TestClient) -> list[str]:
    app: Any = client.app
    return sorted(
        route.path
        for route in app.routes
        if isinstance(route, APIRoute)
        and "GET" in (route.methods or ())
        and route.path not in OPEN_TO_ALL
    )


def test_every_way_to_read_is_closed_to_those_outside(client: TestClient) -> None:
    filled = {"project_id": "P", "branch": "B", "names": "head", "letter_id": "1"}
    paths = reading_paths(client)
    assert len(paths) > 30
    for path in paths:
        asked = re.sub(r"{(\w+)(?::\w+)?}", lambda found: filled.get(found[1], "plan-P"), path)
        for token in OUTSIDERS:
            answer = client.get(asked, headers={"Authorization": token}, follow_redirects=False)
            assert answer.status_code == 403, (path, token, answer.status_code, answer.text[:200])
            assert "Cut" not in answer.text


def test_what_would_be_is_closed_as_well(client: TestClient) -> None:
    batch = {"commands": [{"name": "project.set_promise.v1", "data": PROMISE}]}
    answer = client.post("/v1/previews", json=batch, headers={"Authorization": "Bearer acme"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("token", "audience", "status"),
    [
        ("Bearer acme", "customer", 200),
        ("Bearer acme", "management", 403),
        ("Bearer acme", "vendor:Fluxtec", 403),
        ("Bearer acme", "department:hall", 403),
        ("Bearer fluxtec", "vendor:Fluxtec", 200),
        ("Bearer fluxtec", "vendor:Other", 403),
        ("Bearer fluxtec", "customer", 403),
        ("Bearer web", "customer", 403),
        ("Bearer nobody", "vendor:Nobody", 400),
    ],
)
def test_the_report_that_is_theirs_is_theirs(
    client: TestClient, token: str, audience: str, status: int
) -> None:
    answer = client.get(REPORT, params={"for": audience}, headers={"Authorization": token})
    assert answer.status_code == status, answer.text
    assert ("Fluxtec" in answer.text) is (status == 200 and audience == "vendor:Fluxtec")


def test_a_what_if_is_not_reported_outside(client: TestClient) -> None:
    asked = {"for": "customer", "branch": "B"}
    answer = client.get(REPORT, params=asked, headers={"Authorization": "Bearer acme"})
    assert answer.status_code == 403


def test_those_inside_read_everything(client: TestClient) -> None:
    for path in ("/v1/projects/P/schedule", "/v1/projects/P/vendors", REPORT, "/projects/P"):
        assert client.get(path).status_code == 200
