"""Pages that show answers, over HTTP: now, in the past, for whom, and what is said instead."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from consumers.http.app import create_app
from consumers.http.services import Credential
from consumers.http.shown import POLICY
from consumers.running import services_of
from consumers.supervision import Workers
from domain.kernel.messages import COORDINATOR, Principal
from projections.reports.as_html import report_html
from projections.web.boards import BOARDS
from tests.unit.consumers.systems import (
    OPEN,
    StandingClock,
    ask_all,
    link,
    plan_phase,
    report,
    system_in,
)
from tests.unit.web.boards import tables_of, text_of, tree_of

ANNA = Principal(party_id="anna", role=COORDINATOR)
CARL = Principal(party_id="carl", role=COORDINATOR, projects=frozenset({"Q"}))
EVERY_PAGE = pytest.mark.parametrize("name", [board.name for board in BOARDS])


def principal_of(credential: Credential) -> Principal:
    return ANNA if credential.authorization is None else CARL


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with a project of sixty phases in a row, and a question about it."""
    home = tmp_path_factory.mktemp("home")
    names = [f"phase{number}" for number in range(60)]
    with system_in(home, StandingClock()) as system:
        chain = [link(pred, succ) for pred, succ in pairwise(names)]
        plan = [OPEN, *map(plan_phase, names), *chain]
        assert ask_all(system, plan, message_id="plan").kind == "recorded"
        question = {
            "from_party": "ACME",
            "channel": "email",
            "text": "When does it come?",
            "due": "2026-03-05T12:00:00Z",
        }
        told = report(system, "inquiry.received.v1", "inquiry-Q-1", question, message_id="asked",
                      project="P")  # fmt: skip
        assert told.kind == "recorded"
        system.settle()
    return home


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    """Give a client of a whole system."""
    with system_in(home, StandingClock()) as system:
        services = replace(services_of(system, Workers({})), principal_of=principal_of)
        with TestClient(create_app(services), base_url="http://localhost") as made:
            yield made


@EVERY_PAGE
def test_a_page_shows_the_position_of_its_answer_and_may_load_only_our_files(
    client: TestClient, name: str
) -> None:
    answer = client.get(f"/projects/P/{name}")
    assert (answer.status_code, answer.headers["content-security-policy"]) == (200, POLICY)
    head = client.get("/v1/projects/P/conflicts").json()["position"]
    assert tree_of(answer.text).xpath("//*[@class='position']/text()") == [str(head)]


@EVERY_PAGE
def test_a_page_of_the_past_is_of_the_position_that_was_asked_for(
    client: TestClient, name: str
) -> None:
    answer = client.get(f"/projects/P/{name}", params={"as_of": "2"})
    assert answer.status_code == 200
    assert tree_of(answer.text).xpath("//*[@class='position']/text()") == ["2"]


def test_all_answers_on_a_page_are_of_the_same_position(client: TestClient) -> None:
    head = client.get("/v1/projects/P/meetings").json()["position"]
    then = client.get("/projects/P/meetings", params={"as_of": str(head - 1)}).text
    assert "Nobody waits for an answer." in then
    assert tables_of(client.get("/projects/P/meetings").text)["Open inquiries"][0][:2] == [
        "When does it come? Q-1",
        "ACME email",
    ]


@EVERY_PAGE
@pytest.mark.parametrize("as_of", ["tomorrow", "9999"])
def test_a_moment_that_cannot_be_shown_is_said_on_a_page(
    client: TestClient, name: str, as_of: str
) -> None:
    answer = client.get(f"/projects/P/{name}", params={"as_of": as_of})
    assert answer.status_code == 400
    assert text_of(tree_of(answer.text).find(".//h1")) == "That cannot be shown"


@EVERY_PAGE
def test_an_absent_and_a_hidden_project_are_said_on_the_same_page(
    client: TestClient, name: str
) -> None:
    carl = {"Authorization": "Bearer carl"}
    hidden = client.get(f"/projects/P/{name}", headers=carl)
    absent = client.get(f"/projects/X/{name}", headers=carl)
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.text.replace("project P", "project X") == absent.text
    assert client.get(f"/projects/X/{name}").status_code == 404


@EVERY_PAGE
def test_a_parameter_that_is_not_known_is_refused(client: TestClient, name: str) -> None:
    assert client.get(f"/projects/P/{name}", params={"asof": "2"}).status_code == 400


def test_every_page_of_the_project_leads_to_them_all(client: TestClient) -> None:
    overview = client.get("/projects/P").text
    ways = tree_of(overview).xpath("//nav//a/@href")
    assert ways[:2] == ["/projects/P", "/projects/P/why"]
    assert {f"/projects/P/{board.name}" for board in BOARDS} <= set(ways)
    assert ways[-1] == "/projects/P/report"
    for way in ways[:-1]:
        answer = client.get(way)
        assert answer.status_code == 200, way
        assert tree_of(answer.text).xpath("//nav//a/@href") == ways


def test_what_an_answer_does_not_take_is_said_on_a_page(client: TestClient) -> None:
    answer = client.get("/projects/P/load", params={"bucket": "month"})
    assert answer.status_code == 400
    assert "bucket is one of day, week" in answer.text


def test_the_report_is_the_page_that_is_given_out_and_only_its_own_style_is_obeyed(
    client: TestClient,
) -> None:
    answer = client.get("/projects/P/report", params={"for": "customer"})
    assert answer.status_code == 200
    document = client.get("/v1/projects/P/report", params={"for": "customer"}).json()
    assert answer.text == report_html(document)
    style = tree_of(answer.text).findtext(".//style")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert answer.headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


def test_a_report_of_the_past_is_of_that_position(client: TestClient) -> None:
    answer = client.get("/projects/P/report", params={"as_of": "2", "for": "management"})
    assert "P, for management. As of position 2," in answer.text


@pytest.mark.parametrize("asked", [{"as_of": "9999"}, {"for": "nobody"}, {"for": "vendor:Acme"}])
def test_a_report_that_cannot_be_given_is_said_on_a_page(
    client: TestClient, asked: dict[str, str]
) -> None:
    answer = client.get("/projects/P/report", params=asked)
    assert answer.status_code == 400
    assert text_of(tree_of(answer.text).find(".//h1")) == "That cannot be reported"


def test_a_report_of_a_project_that_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.get("/projects/X/report").status_code == 404


@pytest.mark.parametrize("as_of", [None, "3"])
def test_the_project_page_leads_to_the_report_for_each_of_those_it_is_for(
    client: TestClient, as_of: str | None
) -> None:
    overview = client.get("/projects/P", params={} if as_of is None else {"as_of": as_of}).text
    reports = tree_of(overview).xpath("//footer//a[contains(@href, '/report?')]/@href")
    assert [each.rpartition("for=")[2] for each in reports] == [
        "coordinator", "management", "customer",
    ]  # fmt: skip
    for address in reports:
        assert ("as_of=3&" in address) is (as_of == "3")
        assert client.get(address).status_code == 200
