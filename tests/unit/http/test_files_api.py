"""Files over HTTP: the bytes that the verbs write, under a name, to those who may read them."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from consumers.cli import app
from consumers.files import FILES, MEDIA_TYPES
from consumers.http.app import create_app
from consumers.http.services import Credential
from consumers.running import services_of
from consumers.supervision import Workers
from domain.kernel.messages import COORDINATOR, Principal
from tests.office_files import paragraphs
from tests.unit.consumers.systems import StandingClock, ask, system_in
from tests.unit.consumers.test_letters import moved
from tests.unit.web.boards import tree_of

CUSTOMER = Principal(
    party_id="Brauhaus", role="customer", projects=frozenset({"P"}), disclosure="customer"
)
MEETING = {
    "project_id": "P", "meeting_id": "M-1", "purpose": "Frames are late",
    "start": "2026-03-04T09:00:00Z", "duration_min": 60, "place": "Hall 2",
}  # fmt: skip
LATER = {"project_id": "P", "meeting_id": "M-2", "why": "A date is in doubt"}
BRANCH = {"project_id": "P", "branch_id": "B", "title": "A quicker cut"}
QUICKER = {
    "project_id": "P", "branch_id": "B", "command": "plan.revise_duration.v1",
    "data": {"project_id": "P", "phase_id": "cut", "duration_min": 240,
             "reason": {"code": "overtime_added"}},
}  # fmt: skip


def principal_of(credential: Credential) -> Principal:
    if credential.authorization is not None:
        return CUSTOMER
    return Principal(party_id="anna", role=COORDINATOR)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with a moved project, a notice, two meetings and a branch."""
    home = tmp_path_factory.mktemp("home")
    with system_in(home, StandingClock()) as system:
        moved(system)
        for name, body in (
            ("meeting.plan.v1", MEETING),
            ("meeting.anticipate.v1", LATER),
            ("branch.open.v1", BRANCH),
            ("branch.add_request.v1", QUICKER),
        ):
            told = ask(system, name, json.dumps(body), message_id=f"{name}-{body['project_id']}")
            assert told.kind == "recorded", told.text
        system.settle()
    return home


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    with system_in(home, StandingClock()) as system:
        services = replace(services_of(system, Workers({})), principal_of=principal_of)
        with TestClient(create_app(services), base_url="http://localhost") as made:
            yield made


@pytest.fixture(scope="module")
def notice(client: TestClient) -> str:
    document = client.get("/v1/projects/P/notices?party=Brauhaus").json()
    found: str = document["notices"][0]["notice"]
    return found


def file(client: TestClient, name: str, query: str = "", **headers: str) -> bytes:
    answer = client.get(f"/v1/projects/P/files/{name}{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.parametrize(
    ("verb", "query", "names"),
    [
        ("schedule P", "", ["schedule.xlsx", "schedule.csv", "schedule.ics"]),
        ("schedule P --branch B", "?branch=B", ["schedule.csv"]),
        ("schedule P --as-of 6", "?as_of=6", ["schedule.csv", "plan.xml"]),
        ("schedule P", "", ["plan.xml", "plan.json"]),
        ("schedule P --branch B", "?branch=B", ["plan.json"]),
        (
            "report P --for customer",
            "?for=customer",
            ["report.html", "report.txt", "report.docx", "report.xlsx", "report.pptx"],
        ),
        ("cost P", "", ["cost.xlsx", "cost.csv"]),
        ("meetings P", "", ["meetings.ics"]),
        ("meetings P --meeting M-1", "?meeting=M-1", ["minutes.html", "minutes.txt"]),
        ("notices P --notice {notice}", "?notice={notice}", ["notice.docx", "notice.txt"]),
    ],
)
def test_a_file_is_what_the_verb_writes(
    client: TestClient, home: Path, notice: str, verb: str, query: str, names: list[str]
) -> None:
    for name in names:
        written = home / name
        words = [*verb.format(notice=notice).split(), "--to", str(written)]
        env = {"TAKT_HOME": str(home), "COLUMNS": "200"}
        done = CliRunner().invoke(app, words, env=env)
        assert done.exit_code == 0, done.output
        assert file(client, name, query.format(notice=notice)) == written.read_bytes()


def test_a_file_comes_under_a_name_and_is_kept_by_nobody_on_the_way(client: TestClient) -> None:
    answer = client.get("/v1/projects/P/files/schedule.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="P-schedule.csv"'
    assert answer.headers["cache-control"] == "no-store"


def test_a_branch_is_given_away_as_it_would_be(client: TestClient) -> None:
    now, then = (
        json.loads(file(client, "plan.json", query))["phases"] for query in ("", "?branch=B")
    )
    durations = [{each["id"]: each["duration_min"] for each in phases} for phases in (now, then)]
    assert durations == [{"cut": 960, "weld": 480}, {"cut": 240, "weld": 480}]


@pytest.mark.parametrize("query", ["", "?as_of=6", "?branch=B", "?true_at=2026-03-03T12:00:00Z"])
def test_the_page_of_a_project_leads_to_its_files_in_the_state_it_shows(
    client: TestClient, query: str
) -> None:
    page = tree_of(client.get(f"/projects/P{query}").text)
    links = [each for each in page.xpath("//footer//a/@href") if "/files/" in each]
    assert [each.partition("/files/")[2].partition("?")[0] for each in links] == [
        "report.docx", "report.pptx", "schedule.xlsx", "schedule.csv", "schedule.ics",
        "plan.xml", "plan.json",
    ]  # fmt: skip
    assert [client.get(each).status_code for each in links] == [200] * 7
    assert client.get(links[3]).content == file(client, "schedule.csv", query)
    assert json.loads(client.get(links[6]).content) == json.loads(file(client, "plan.json", query))


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("minutes.docx", 400, "say which meeting by meeting=ID"),
        ("notice.docx", 400, "say which notice by notice=ID"),
        ("minutes.docx?meeting=M-2", 404, "M-2 is not planned yet, so there are no minutes"),
        ("minutes.docx?meeting=M-9", 404, "P has no meeting M-9"),
        ("schedule.csv?branch=B&as_of=3", 400, "leave out either the moment or the branch"),
        ("report.txt?branch=B&as_of=3", 400, "leave out either the moment or the branch"),
        ("schedule.csv?notice=1", 400, "there is no query parameter 'notice' here"),
        ("schedule.pdf", 404, "there is no such page"),
    ],
)
def test_what_cannot_be_a_file_is_refused(
    client: TestClient, path: str, status: int, detail: str
) -> None:
    answer = client.get(f"/v1/projects/P/files/{path}")
    assert (answer.status_code, detail in answer.json()["detail"]) == (status, True)


def test_a_project_that_is_not_there_has_no_files(client: TestClient) -> None:
    answer = client.get("/v1/projects/Q/files/schedule.csv")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_subject")


def test_a_customer_saves_the_report_that_is_his_and_no_other(client: TestClient) -> None:
    own = file(client, "report.docx", "?for=customer", Authorization="Bearer him")
    assert paragraphs(own)
    for path in ("report.docx", "report.docx?for=management", "schedule.csv", "plan.xml",
                 "report.docx?for=customer&branch=B"):  # fmt: skip
        answer = client.get(f"/v1/projects/P/files/{path}", headers={"Authorization": "Bearer him"})
        assert answer.status_code == 403, path


def test_a_server_without_the_extra_says_what_to_install(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "projections.reports.as_docx", raising=False)
    monkeypatch.setitem(sys.modules, "docx", None)
    answer = client.get("/v1/projects/P/files/report.docx")
    assert answer.status_code == 501
    assert answer.json()["code"] == "not_installed"
    assert answer.json()["detail"] == ".docx needs python-docx: install takt[office]"


def test_every_kind_of_file_has_a_media_type() -> None:
    assert {kind for each in FILES for kind in each.forms} <= MEDIA_TYPES.keys()
