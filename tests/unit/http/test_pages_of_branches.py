"""Pages of a branch, and of what was true: they say so, lead on in the same state, and stay put."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient

from consumers.http.app import create_app
from consumers.http.shown import page_or_message
from consumers.running import services_of
from consumers.supervision import Workers
from domain.kernel.refusals import MergeRefused
from projections.web.boards import BOARDS
from tests.unit.consumers.systems import COORDINATES, StandingClock, report, system_in
from tests.unit.consumers.what_if import a_branch, a_project, longer
from tests.unit.web.boards import text_of, tree_of

WHAT_IF = "what if: branch B (B), from position 4; none of it has happened"
NAMES = ["", "/why", *(f"/{board.name}" for board in BOARDS)]
EVERY_PAGE = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with two phases, and a branch that lets the first of them take a week."""
    home, clock = tmp_path_factory.mktemp("home"), StandingClock()
    with system_in(home, clock) as system:
        a_project(system)
        a_branch(system, "B", longer("cut", 2_400))
        clock.advance(timedelta(hours=2))
        started = {"actual_start": "2026-03-02T08:00:00Z"}
        told = report(system, "phase.started.v1", "phase-P/cut", started, message_id="started")
        assert told.kind == "recorded", told
        system.settle()
    return home


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with system_in(home, StandingClock()) as system:
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as made:
            yield made


@EVERY_PAGE
def test_a_page_of_a_branch_says_so_and_shows_its_base(client: TestClient, name: str) -> None:
    answer = client.get(f"/projects/P{name}", params={"branch": "B"})
    assert answer.status_code == 200, answer.text
    tree = tree_of(answer.text)
    assert text_of(tree.find(".//*[@id='shown']")) == WHAT_IF
    assert not tree.xpath("//script")
    assert not tree.xpath("//input[@name='as_of' or @name='to']")
    assert tree.xpath("//*[@class='position']/text()") in (["4"], [])


def test_the_pages_of_a_branch_are_what_would_be(client: TestClient) -> None:
    now, then = (client.get("/projects/P", params=params).text for params in ({}, {"branch": "B"}))
    assert "3 Mar 2026" in now
    assert "9 Mar 2026" in then
    moved = client.get("/projects/P/why", params={"branch": "B", "from": "4"}).text
    assert "phase duration revised" in moved
    told = client.get("/projects/P/report", params={"branch": "B"}).text
    assert "what if: branch B (B); none of it has happened" in told
    assert "2026-03-09" in told


@EVERY_PAGE
def test_every_page_of_a_branch_leads_to_its_other_pages(client: TestClient, name: str) -> None:
    page = tree_of(client.get(f"/projects/P{name}", params={"branch": "B"}).text)
    ways = page.xpath("//nav//a/@href")
    assert len(ways) == len(NAMES) + 1
    assert {way.partition("?")[2] for way in ways} == {"branch=B"}
    assert all(client.get(way).status_code == 200 for way in ways)
    served = [each for each in page.xpath("//footer//a/@href") if each.startswith("/v1/")]
    assert served
    assert all("branch=B" in each and client.get(each).status_code == 200 for each in served)


@EVERY_PAGE
@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ({"branch": "none"}, 404, "project P has no branch none"),
        ({"branch": "B", "as_of": "3"}, 400, "leave out either the moment or the branch"),
    ],
)
def test_a_branch_that_cannot_be_shown_is_said_on_a_page(
    client: TestClient, name: str, asked: dict[str, str], status: int, says: str
) -> None:
    if name == "/why" and "as_of" in asked:
        asked = {"branch": "B", "to": "3"}
    answer = client.get(f"/projects/P{name}", params=asked)
    assert (answer.status_code, says in answer.text) == (status, True), answer.text


def test_what_was_true_is_shown_as_the_past(client: TestClient) -> None:
    true = "2026-03-02T07:30:00Z"
    for name, ways in (("", "true_at=2026-03-02T07%3A30%3A00Z"), ("/why", "true_at=2026")):
        answer = client.get(f"/projects/P{name}", params={"true_at": true})
        assert answer.status_code == 200, answer.text
        tree = tree_of(answer.text)
        assert text_of(tree.find(".//*[@id='shown']")) == f"the past, what was true at {true}"
        assert not tree.xpath("//script")
        overview, why, *others = tree.xpath("//nav//a/@href")
        assert ways in overview
        assert "true_at" in why
        assert not any("true_at" in each for each in others)
    assert client.get("/projects/P", params={"true_at": "soon"}).status_code == 400


def test_a_branch_that_the_project_refuses_by_now_is_said_on_a_page() -> None:
    def refused() -> Response:
        msg = "request 1 is refused: phase cut has ended"
        raise MergeRefused(msg, 1, "invalid_transition")

    answer = page_or_message(COORDINATES, "P", "Not that", refused)
    assert answer.status_code == 409
    assert b"request 1 is refused: phase cut has ended" in answer.body
