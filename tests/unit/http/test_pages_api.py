"""Pages over HTTP: policy, one project's page, parts of it, the past, static files."""

import pytest
from starlette.testclient import TestClient

from tests.fakes_http import Fakes, open_project_in
from tests.unit.web.rows import EVIL, phase, schedule, status

PAGE = "/projects/PRJ-7"


@pytest.fixture(autouse=True)
def _rows(world: Fakes) -> None:
    world.schedule.put(3, "PRJ-7", schedule(phase("weld")))
    world.status.put(3, "PRJ-7", status())
    world.audit.put(3, "PRJ-7", {"3": {"position": 3}})


def test_one_project_is_gone_to_at_once(client: TestClient) -> None:
    answer = client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)


def test_several_projects_are_listed_and_only_those_one_may_see(
    world: Fakes, client: TestClient
) -> None:
    world.schedule.put(4, "PRJ-8", schedule(phase("cut"), name="Second line"))
    world.status.put(4, "PRJ-8", status())
    assert "Second line" in client.get("/").text
    answer = client.get("/", headers={"Authorization": "Bearer bert"}, follow_redirects=False)
    assert answer.headers["location"] == PAGE


def test_a_page_may_load_only_what_this_server_gives(client: TestClient) -> None:
    policy = client.get(PAGE).headers["content-security-policy"]
    assert policy == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def test_a_page_knows_the_position_it_shows(client: TestClient) -> None:
    assert 'data-position="3"' in client.get(PAGE).text


def test_names_are_escaped_all_the_way(world: Fakes, client: TestClient) -> None:
    world.schedule.put(4, "PRJ-7", schedule(phase("weld", name=EVIL), name=EVIL))
    assert "<b>" not in client.get(PAGE).text
    assert "<script>alert" not in client.get(PAGE).text


def test_parts_of_a_page_are_given_alone_or_together(client: TestClient) -> None:
    two = client.get(f"{PAGE}/fragments/needs,departments").text
    assert (two.count("data-fragment"), two.count("<html")) == (2, 0)
    assert client.get(f"{PAGE}/fragments/all").text.count("data-fragment") == 7
    assert client.get(f"{PAGE}/fragments/secrets").status_code == 404


def test_parts_wait_for_the_position_they_are_asked_for(client: TestClient) -> None:
    answer = client.get(f"{PAGE}/fragments/all", params={"min_position": "4", "wait": "10ms"})
    assert (answer.status_code, answer.json()["code"]) == (503, "not_yet")


def test_the_past_is_shown_as_it_was_and_not_live(world: Fakes, client: TestClient) -> None:
    world.schedule.put(4, "PRJ-7", schedule(phase("weld", name="Later name")))
    world.status.put(4, "PRJ-7", status())
    open_project_in(world.log, "PRJ-7", events=4)
    then = client.get(PAGE, params={"as_of": "3"}).text
    assert "Later name" not in then
    assert "<script" not in then
    assert "Later name" in client.get(PAGE).text


@pytest.mark.parametrize("as_of", ["tomorrow", "99"])
def test_a_moment_that_cannot_be_shown_is_said_on_a_page(client: TestClient, as_of: str) -> None:
    answer = client.get(PAGE, params={"as_of": as_of})
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")


def test_an_absent_and_a_hidden_project_are_said_on_the_same_page(
    world: Fakes, client: TestClient
) -> None:
    world.schedule.put(4, "PRJ-8", schedule(phase("cut")))
    bert = {"Authorization": "Bearer bert"}
    hidden, absent = (client.get(f"/projects/PRJ-{n}", headers=bert) for n in (8, 9))
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.text.replace("PRJ-8", "PRJ-9") == absent.text


def test_static_files_are_kept_for_ever_under_their_digest(client: TestClient) -> None:
    page = client.get(PAGE).text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    named = client.get(address)
    assert "immutable" in named.headers["cache-control"]
    plain = client.get("/static/takt.css")
    assert plain.headers["cache-control"] == "no-cache"
    again = client.get("/static/takt.css", headers={"If-None-Match": plain.headers["etag"]})
    assert again.status_code == 304
    assert client.get("/static/pages.py").status_code == 404
