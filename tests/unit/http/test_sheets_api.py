"""Edited sheets over HTTP: tried, taken, refused by row and column, and never twice."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from consumers.bootstrap import System
from consumers.gateways.sheet_file import Sheet, sheet_of
from consumers.http.app import create_app
from consumers.http.bodies import Bounds
from consumers.http.services import Credential
from consumers.http.sheets import CSV, XLSX
from consumers.running import services_of
from consumers.supervision import Workers
from domain.kernel.messages import COORDINATOR, Principal
from tests.edited_sheets import Edits, edit_values, edit_workbook
from tests.unit.consumers.systems import OPEN, ask, ask_all, link, plan_phase, system_in

DAY = 480
PATIENCE_S = 60.0
ACME = Principal(party_id="ACME", role="customer", projects=frozenset({"P"}), disclosure="customer")
CARL = Principal(party_id="carl", role=COORDINATOR, projects=frozenset({"Q"}))
BY_TOKEN = {"Bearer acme": ACME, "Bearer carl": CARL}


def principal_of(credential: Credential) -> Principal:
    anna = Principal(party_id="anna", role=COORDINATOR)
    return BY_TOKEN.get(credential.authorization or "", anna)


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with system_in(tmp_path) as opened:
        plan = [OPEN, *(plan_phase(each, DAY) for each in ("cut", "weld")), link("cut", "weld")]
        assert ask_all(opened, plan, message_id="plan").kind == "recorded"
        opened.settle()
        yield opened


@pytest.fixture
def client(system: System) -> Iterator[TestClient]:
    services = replace(services_of(system, Workers({})), principal_of=principal_of)
    with TestClient(create_app(services), base_url="http://localhost") as made:
        yield made


def edited(client: TestClient, folder: Path, name: str, edits: Edits) -> bytes:
    """Fetch the schedule as a file, and type into it."""
    file = folder / name
    file.write_bytes(client.get(f"/v1/projects/P/files/{name}").content)
    change = edit_values if name.endswith(".csv") else edit_workbook
    return change(file, edits).read_bytes()


def sent(
    client: TestClient,
    body: bytes,
    query: str = "?reason=labour_short",
    kind: str = CSV,
    **headers: str,
) -> Any:  # noqa: ANN401  The client has an answer of its own kind.
    told = {"Content-Type": kind, **headers}
    return client.post(f"/v1/projects/P/sheets{query}", content=body, headers=told)


def told(system: System, after: int) -> list[tuple[str, str, str | None]]:
    recorded = system.log.read(after, 100)
    return [
        (each.event.type_name, each.envelope.actor, each.envelope.on_behalf_of) for each in recorded
    ]


@pytest.mark.parametrize(("name", "kind"), [("schedule.csv", CSV), ("schedule.xlsx", XLSX)])
def test_a_sheet_that_was_fetched_and_edited_is_decided_as_one(
    client: TestClient, system: System, tmp_path: Path, name: str, kind: str
) -> None:
    head = system.log.head()
    edits: Edits = {("cut", "duration_min"): 2 * DAY, ("weld", "department"): "Hall 2"}
    body = edited(client, tmp_path, name, edits)
    tried = sent(client, body, "?dry_run=true", kind)
    assert (tried.status_code, tried.json()["outcome"]) == (200, "planned")
    assert [each["column"] for each in tried.json()["edits"]] == ["duration_min", "department"]
    assert system.log.head() == head
    taken = sent(client, body, kind=kind)
    assert (taken.status_code, taken.json()["outcome"], taken.json()["requests"]) == (
        201,
        "recorded",
        2,
    )
    assert told(system, head) == [
        ("plan.phase_details_revised.v1", "anna", None),
        ("plan.phase_duration_revised.v1", "anna", None),
    ]
    again = sent(client, body, kind=kind)
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    assert system.log.head() == taken.json()["position"]


def test_what_cannot_be_typed_is_a_problem_that_names_row_and_column(
    client: TestClient, system: System, tmp_path: Path
) -> None:
    head = system.log.head()
    edits: Edits = {("cut", "deadline"): "next Friday", ("weld", "start"): "2026-01-01 08:00"}
    answer = sent(client, edited(client, tmp_path, "schedule.csv", edits))
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/2/deadline", "/3/start"]
    assert system.log.head() == head


def test_a_cell_that_changed_since_is_a_conflict_until_somebody_insists(
    client: TestClient, system: System, tmp_path: Path
) -> None:
    body = edited(client, tmp_path, "schedule.csv", {("cut", "duration_min"): 2 * DAY})
    other = '{"project_id":"P","phase_id":"cut","duration_min":1440,"reason":{"code":"weather"}}'
    assert ask(system, "plan.revise_duration.v1", other, message_id="other").kind == "recorded"
    head = system.log.head()
    answer = sent(client, body)
    assert (answer.status_code, answer.json()["code"]) == (409, "sheet_conflict")
    assert answer.json()["errors"] == [
        {"pointer": "/2/duration_min", "detail": "480 when exported, 1440 now"}
    ]
    assert system.log.head() == head
    assert sent(client, body, "?reason=labour_short&insist=true").status_code == 201


def test_a_refusal_names_the_row(client: TestClient, system: System, tmp_path: Path) -> None:
    head = system.log.head()
    body = edited(client, tmp_path, "schedule.csv", {("cut", "predecessors"): "weld FS"})
    answer = sent(client, body, "")
    assert (answer.status_code, answer.json()["code"]) == (422, "cycle")
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/2"]
    assert system.log.head() == head


@pytest.mark.parametrize(
    ("query", "kind", "status", "detail"),
    [
        ("", CSV, 400, "row 2 changes a duration: say why by a reason"),
        ("?reason=other", CSV, 400, "'other' is no reason: write a code such as"),
        ("?because=nobody+came", CSV, 400, "words say more of a reason: name its code as well"),
        ("?dry_run=perhaps", CSV, 400, "dry_run is true or false, not 'perhaps'"),
        ("?dryrun=true", CSV, 400, "there is no query parameter 'dryrun' here"),
        ("", "application/json", 415, "send the sheet as text/csv or"),
    ],
)
def test_what_is_said_wrongly_is_refused_and_nothing_is_recorded(
    client: TestClient,
    system: System,
    tmp_path: Path,
    query: str,
    kind: str,
    status: int,
    detail: str,
) -> None:
    head = system.log.head()
    body = edited(client, tmp_path, "schedule.csv", {("cut", "duration_min"): 2 * DAY})
    answer = sent(client, body, query, kind)
    assert (answer.status_code, detail in answer.json()["detail"]) == (status, True), answer.text
    assert system.log.head() == head


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "there is no row below its head"),
        (b"id,name\n", "there is no row below its head"),
        (b"\xff\x00", "it is neither a workbook nor text in UTF-8"),
        (b"PK\x03\x04 and nothing more", "it is no workbook that can be read"),
        (b"id,project,name\ncut,Q,x\n", "the sheet is of the project Q, not of P"),
    ],
)
def test_what_is_no_sheet_of_the_project_is_refused(
    client: TestClient, body: bytes, detail: str
) -> None:
    answer = sent(client, body)
    assert (answer.status_code, detail in answer.json()["detail"]) == (400, True), answer.text


def test_sheets_are_read_one_after_the_other_and_few_wait(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workbook may hold a quarter of a gigabyte: what comes at once is put off, and told."""
    go_on, at_once, most = threading.Event(), [0], [0]

    def slow(raw: bytes) -> Sheet:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        assert go_on.wait(PATIENCE_S)
        at_once[0] -= 1
        return sheet_of(raw)

    monkeypatch.setattr("consumers.http.sheets.sheet_of", slow)
    services = replace(services_of(system, Workers({})), principal_of=principal_of)
    app = create_app(services, Bounds(files_waiting_max=1))
    with TestClient(app, base_url="http://localhost") as client, ThreadPoolExecutor(3) as senders:
        body = edited(client, tmp_path, "schedule.csv", {("weld", "name"): "Weld it"})
        three = [senders.submit(sent, client, body) for _ in range(3)]
        told, waiting = wait(three, PATIENCE_S, FIRST_COMPLETED)
        (refused,) = (each.result() for each in told)
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert client.get("/v1/projects").status_code == 200
        go_on.set()
        answers = [each.result(PATIENCE_S).status_code for each in waiting]
    assert (sorted(answers), most) == ([200, 201], [1])


def test_only_who_sees_the_project_may_send_one(
    client: TestClient, system: System, tmp_path: Path
) -> None:
    head = system.log.head()
    body = edited(client, tmp_path, "schedule.csv", {("weld", "name"): "Weld it"})
    assert sent(client, body, Authorization="Bearer acme").status_code == 403
    assert sent(client, body, Authorization="Bearer carl").status_code == 404
    assert system.log.head() == head


def test_a_deputy_sends_it_for_another_as_far_as_a_delegation_goes(
    client: TestClient, system: System, tmp_path: Path
) -> None:
    head = system.log.head()
    body = edited(client, tmp_path, "schedule.csv", {("weld", "name"): "Weld it"})
    answer = sent(client, body, "", **{"X-Takt-Acting-For": "paul"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_authorised")
    assert system.log.head() == head


def test_a_server_without_the_extra_reads_values_and_says_what_workbooks_need(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body: Any = edited(client, tmp_path, "schedule.xlsx", {("weld", "name"): "Weld it"})
    monkeypatch.delitem(sys.modules, "consumers.gateways.sheet_workbook", raising=False)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    answer = sent(client, body, "", XLSX)
    assert (answer.status_code, answer.json()["detail"]) == (
        501,
        ".xlsx needs openpyxl: install takt[office]",
    )
