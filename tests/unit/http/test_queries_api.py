"""Reading over HTTP: documents, entity tags, as of, waiting, pages of the trail."""

from typing import NoReturn

import pytest
from starlette.testclient import TestClient

from domain.log.port import LogUnavailable
from projections.contract import RowsUnavailable
from tests.fakes_http import Fakes

HEADER = {"project": "PRJ-7", "name": "Bottling <b>line</b>"}
WELD = {"id": "weld", "wbs": "1", "name": "Welding"}
SCHEDULE = "/v1/projects/PRJ-7/schedule"


@pytest.fixture(autouse=True)
def _rows(world: Fakes) -> None:
    world.schedule.put(3, "PRJ-7", {"/project": HEADER, "weld": WELD})
    world.schedule.put(5, "PRJ-8", {"/project": {**HEADER, "project": "PRJ-8"}})
    world.status.put(5, "PRJ-7", {"/project": HEADER})
    trail = {str(n): {"position": n, "what": f"change {n}"} for n in range(1, 6)}
    for number, (row_id, row) in enumerate(trail.items(), start=1):
        world.audit.put(number, "PRJ-7", {row_id: row})


def test_the_schedule_is_one_document_with_its_position(client: TestClient) -> None:
    told = client.get(SCHEDULE).json()
    assert told["project"] == "PRJ-7"
    assert told["position"] == 5
    assert [phase["id"] for phase in told["phases"]] == ["weld"]


def test_an_answer_is_not_sent_again_to_one_who_has_it(client: TestClient) -> None:
    first = client.get(SCHEDULE)
    tag = first.headers["etag"]
    again = client.get(SCHEDULE, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


def test_a_new_position_is_a_new_answer(world: Fakes, client: TestClient) -> None:
    tag = client.get(SCHEDULE).headers["etag"]
    world.schedule.put(6, "PRJ-7", {"weld": {**WELD, "name": "Welding again"}})
    again = client.get(SCHEDULE, headers={"If-None-Match": tag})
    assert again.status_code == 200


def test_two_readers_have_two_tags(client: TestClient) -> None:
    tag = client.get(SCHEDULE).headers["etag"]
    headers = {"If-None-Match": tag, "Authorization": "Bearer bert"}
    assert client.get(SCHEDULE, headers=headers).status_code == 200


def test_nonsense_in_if_none_match_counts_as_absent(client: TestClient) -> None:
    assert client.get(SCHEDULE, headers={"If-None-Match": "nonsense"}).status_code == 200


def test_an_earlier_position_shows_what_was_known_then(world: Fakes, client: TestClient) -> None:
    world.schedule.put(6, "PRJ-7", {"weld": {**WELD, "name": "Welding again"}})
    _give_the_log_a_head(world, client, 6)
    told = client.get(SCHEDULE, params={"as_of": "4"}).json()
    assert (told["position"], told["phases"][0]["name"]) == (4, "Welding")


def test_a_position_beyond_the_log_cannot_be_asked_for(client: TestClient) -> None:
    answer = client.get(SCHEDULE, params={"as_of": "4"})
    assert (answer.status_code, answer.json()["detail"]) == (400, "the log ends at position 0")


@pytest.mark.parametrize(
    "as_of", ["2026-03-02T08:00:00Z", "2026-03-02T08:00:00%2B01:00", "2026-03-02T08:00:00+01:00"]
)
def test_a_time_is_taken_as_the_last_position_before_it(client: TestClient, as_of: str) -> None:
    answer = client.get(f"{SCHEDULE}?as_of={as_of}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_subject")


@pytest.mark.parametrize("as_of", ["-1", "yesterday", "2026-03-02T08:00:00", "1e3", "٣"])
def test_an_as_of_that_is_neither_is_malformed(client: TestClient, as_of: str) -> None:
    assert client.get(SCHEDULE, params={"as_of": as_of}).status_code == 400


def test_a_reader_waits_for_a_write_of_its_own_or_is_told_to_come_back(client: TestClient) -> None:
    assert client.get(SCHEDULE, params={"min_position": "5"}).status_code == 200
    answer = client.get(SCHEDULE, params={"min_position": "6", "wait": "50ms"})
    assert (answer.status_code, answer.json()["code"]) == (503, "not_yet")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("wait", ["long", "-1", "1m", "²"])
def test_a_wait_that_is_no_time_is_malformed(client: TestClient, wait: str) -> None:
    answer = client.get(SCHEDULE, params={"min_position": "5", "wait": wait})
    assert answer.status_code == 400


def test_head_answers_like_get_without_a_body(client: TestClient) -> None:
    got, head = client.get(SCHEDULE), client.head(SCHEDULE)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]
    assert head.headers["content-length"] == got.headers["content-length"]


def test_projects_of_others_are_not_listed_and_not_found(client: TestClient) -> None:
    bert = {"Authorization": "Bearer bert"}
    everything = client.get("/v1/projects").json()
    assert [each["id"] for each in everything["items"]] == ["PRJ-7", "PRJ-8"]
    own = client.get("/v1/projects", headers=bert).json()
    assert [each["id"] for each in own["items"]] == ["PRJ-7"]
    hidden = client.get("/v1/projects/PRJ-8/schedule", headers=bert)
    absent = client.get("/v1/projects/PRJ-9/schedule", headers=bert)
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.json()["detail"].replace("8", "9") == absent.json()["detail"]


# The trail


def test_the_trail_is_paged_by_a_cursor(client: TestClient) -> None:
    seen, cursor = [], None
    for _ in range(3):
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        answer = client.get("/v1/projects/PRJ-7/audit", params=params)
        seen.append([each["position"] for each in answer.json()["items"]])
        cursor = answer.json().get("next_cursor")
    assert (seen, cursor) == ([[1, 2], [3, 4], [5]], None)


def test_the_next_page_can_be_followed_as_a_link(client: TestClient) -> None:
    answer = client.get("/v1/projects/PRJ-7/audit", params={"limit": "2"})
    link = answer.headers["link"]
    assert link.endswith('>; rel="next"')
    following = client.get(link[1:].partition(">")[0]).json()
    assert [each["position"] for each in following["items"]] == [3, 4]


def test_a_cursor_of_another_list_or_a_forged_one_is_refused(client: TestClient) -> None:
    own = client.get("/v1/projects/PRJ-7/audit", params={"limit": "2"}).json()["next_cursor"]
    other = {"Authorization": "Bearer bert"}
    for cursor, headers in [(own, other), (own[:-2] + "AA", {}), ("x", {}), ("é", {})]:
        answer = client.get("/v1/projects/PRJ-7/audit", params={"cursor": cursor}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "two", "1e2"])
def test_a_limit_that_is_none_is_malformed(client: TestClient, limit: str) -> None:
    assert client.get("/v1/projects/PRJ-7/audit", params={"limit": limit}).status_code == 400


# Streams and dead letters


def test_a_stream_tells_its_version(world: Fakes, client: TestClient) -> None:
    world.dispatcher.versions["phase-PRJ-7/weld"] = 4
    answer = client.get("/v1/streams/phase-PRJ-7/weld")
    assert (answer.json()["version"], answer.headers["etag"]) == (4, '"4"')


@pytest.mark.parametrize("stream", ["plan-PRJ-9", "nonsense", "phase-PRJ-8/weld"])
def test_a_stream_that_is_absent_wrong_or_hidden_is_not_found(
    world: Fakes, client: TestClient, stream: str
) -> None:
    world.dispatcher.versions["phase-PRJ-8/weld"] = 4
    answer = client.get(f"/v1/streams/{stream}", headers={"Authorization": "Bearer bert"})
    assert answer.status_code == 404


def test_dead_letters_are_for_those_who_see_every_project(client: TestClient) -> None:
    assert client.get("/v1/dead-letters").json() == {"items": [], "parked": []}
    answer = client.get("/v1/dead-letters", headers={"Authorization": "Bearer bert"})
    assert answer.status_code == 403


def _give_the_log_a_head(world: Fakes, client: TestClient, head: int) -> None:
    """Let facts about a known project make positions, so that as-of may name them."""
    from tests.fakes_http import open_project_in  # noqa: PLC0415

    open_project_in(world.log, "PRJ-7", events=head)
    assert client.get("/metrics").status_code == 200


@pytest.mark.parametrize("path", ["/v1/projects", "/v1/projects/PRJ-7/schedule", "/projects/PRJ-7"])
@pytest.mark.parametrize(
    "away",
    [
        RowsUnavailable("the rows cannot be reached: connection refused"),
        LogUnavailable("the log cannot be read: connection refused"),
    ],
    ids=["rows away", "log away"],
)
def test_a_database_that_is_away_is_no_mistake_of_takt_and_may_be_asked_again(
    world: Fakes, client: TestClient, monkeypatch: pytest.MonkeyPatch, path: str, away: Exception
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise away

    for name in ("keys", "of_key", "position"):
        monkeypatch.setattr(world.schedule, name, refuse)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["code"] == "unavailable"
    assert answer.json()["detail"] == "the database does not answer"
