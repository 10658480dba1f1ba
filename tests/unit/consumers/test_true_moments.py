"""Ask what was true at a moment, over verbs and over HTTP: reports of Monday come on Friday."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.cli import app
from consumers.http.app import create_app
from consumers.running import services_of
from consumers.supervision import Workers
from tests.unit.consumers.systems import (
    OPEN,
    StandingClock,
    ask_all,
    link,
    plan_phase,
    report,
    system_in,
)

MONDAY = datetime(2026, 3, 2, 7, tzinfo=UTC)
FRIDAY = datetime(2026, 3, 6, 7, tzinfo=UTC)
TUESDAY = "2026-03-03T12:00:00Z"
ENDED = "2026-03-02T12:00:00+00:00"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home in which the weld was done on Monday, and nobody said so until Friday."""
    home, clock = tmp_path_factory.mktemp("home"), StandingClock(MONDAY)
    with system_in(home, clock) as system:
        requests = [OPEN, plan_phase("weld"), plan_phase("paint"), link("weld", "paint")]
        assert ask_all(system, requests, message_id="plan").kind == "recorded"
        clock.at = FRIDAY
        for name, field, hour in (
            ("phase.started.v1", "actual_start", 8),
            ("phase.finished.v1", "actual_finish", 12),
        ):
            when = MONDAY.replace(hour=hour)
            told = {field: when.isoformat()}
            report(system, name, "phase-P/weld", told, message_id=name, true_at=when)
        system.settle()
    return home


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with system_in(home, StandingClock(FRIDAY)) as system:
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            yield client


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def asked(home: Path, *words: str) -> Any:  # noqa: ANN401  Whatever JSON was printed.
    result = takt(home, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def weld(schedule: Any) -> Any:  # noqa: ANN401
    return next(each for each in schedule["phases"] if each["id"] == "weld")


def test_a_late_report_is_in_tuesday_by_truth_and_not_by_knowledge(home: Path) -> None:
    true = asked(home, "schedule", "P", "--true-at", TUESDAY)
    known = asked(home, "schedule", "P", "--as-of", TUESDAY)
    both = asked(home, "schedule", "P", "--true-at", TUESDAY, "--as-of", TUESDAY)
    assert weld(true)["actual_finish"] == ENDED
    assert weld(known)["actual_finish"] is None
    assert weld(both)["actual_finish"] is None
    assert (true["true_at"], "true_at" in known) == (TUESDAY, False)
    assert true["position"] == asked(home, "schedule", "P")["position"] > known["position"]
    assert both["position"] == known["position"]


def test_what_ends_on_monday_is_not_ended_on_monday_morning(home: Path) -> None:
    morning = asked(home, "schedule", "P", "--true-at", "2026-03-02T10:00:00+01:00")
    assert weld(morning)["actual_start"] == "2026-03-02T08:00:00+00:00"
    assert weld(morning)["actual_finish"] is None


def test_the_status_counts_what_was_true(home: Path) -> None:
    told = asked(home, "status", "--true-at", TUESDAY)
    (project,) = told["projects"]
    assert project["finished"] == 1
    assert (told["true_at"], told["position"]) == (TUESDAY, project["position"])
    assert asked(home, "status", "P", "--true-at", TUESDAY) == {**project, "true_at": TUESDAY}
    known = asked(home, "status", "P", "--true-at", TUESDAY, "--as-of", TUESDAY)
    assert known["finished"] == 0


def test_why_and_slips_tell_what_had_become_true(home: Path) -> None:
    before, after = "2026-03-02T10:00:00Z", TUESDAY
    planned = str(asked(home, "schedule", "P", "--as-of", TUESDAY)["position"])
    for when, finish, events in ((before, "17:00", 1), (after, "12:00", 2)):
        told = asked(home, "why", "P", "weld", "--from", planned, "--true-at", when)
        assert told["after"] == f"2026-03-02T{finish}:00+00:00"
        assert told["true_at"] == when
        assert sum(move["minutes"] for move in told["moves"]) == told["moved_min"]
        assert len(told["chain"][0]["events"]) == events
        slips = asked(home, "why", "P", "weld", "--history", "--true-at", when)
        assert slips["dates"][-1]["date"] == told["after"]
    chain = asked(home, "why", "P", "weld", "--true-at", before)
    assert (chain["date"], chain["true_at"]) == ("2026-03-02T17:00:00+00:00", before)


def test_a_moment_by_truth_is_compared_with_one_by_knowledge(
    home: Path, client: TestClient
) -> None:
    true = f"true:{TUESDAY}"
    told = asked(home, "compare", "P", TUESDAY, true)
    assert [each["id"] for each in told["moved"]] == ["paint", "weld"]
    assert (told["to_true_at"], "from_true_at" in told) == (TUESDAY, False)
    over_http = client.get("/v1/projects/P/compare", params={"from": TUESDAY, "to": true})
    assert over_http.json() == told
    text = takt(home, "compare", "P", TUESDAY, true).stdout
    head = told["to"]
    assert text.startswith(
        f"Press, between position {told['from']} and what was true at {TUESDAY}"
        f" as known at position {head}:"
    )
    assert asked(home, "compare", "P", TUESDAY, f"{true}@{TUESDAY}")["same"]
    assert asked(home, "compare", "P", true, f"{true}@now")["same"]


def test_http_answers_as_the_verbs_do(home: Path, client: TestClient) -> None:
    for view in ("schedule", "status"):
        answer = client.get(f"/v1/projects/P/{view}", params={"true_at": TUESDAY})
        assert answer.status_code == 200, answer.text
        assert answer.json() == asked(home, view, "P", "--true-at", TUESDAY)
    answer = client.get("/v1/projects/P/why", params={"phase": "weld", "true_at": TUESDAY})
    assert answer.json() == asked(home, "why", "P", "weld", "--true-at", TUESDAY)
    (listed,) = client.get("/v1/projects", params={"true_at": TUESDAY}).json()["items"]
    assert listed["id"] == "P"
    assert (
        client.get("/v1/projects", params={"true_at": "2026-01-01T00:00:00Z"}).json()["items"] == []
    )


def test_each_moment_by_truth_is_an_answer_of_its_own(client: TestClient) -> None:
    path = "/v1/projects/P/schedule"
    first = client.get(path, params={"true_at": TUESDAY}).headers["etag"]
    again = client.get(path, params={"true_at": TUESDAY}, headers={"If-None-Match": first})
    assert again.status_code == 304
    for other in ({"true_at": "2026-03-02T10:00:00Z"}, {"as_of": again.headers["x-takt-position"]}):
        assert client.get(path, params=other, headers={"If-None-Match": first}).status_code == 200
    # A plus sign in a query is read as a space.
    offset = client.get(
        f"{path}?true_at=2026-03-03T13:00:00+01:00", headers={"If-None-Match": first}
    )
    assert offset.status_code == 304


def test_before_it_was_opened_there_is_no_project(home: Path, client: TestClient) -> None:
    early = "2026-03-01T00:00:00Z"
    result = takt(home, "schedule", "P", "--true-at", early)
    said = f"there is no project P by {early}; it may have been opened later"
    assert (result.exit_code, result.stderr) == (2, f"takt: unknown_subject: {said}\n")
    for question in ("schedule", "status", "why", "slips"):
        answer = client.get(f"/v1/projects/P/{question}", params={"true_at": early})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_subject")
    compared = client.get("/v1/projects/P/compare", params={"from": f"true:{early}"})
    assert compared.status_code == 404


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yesterday", "write the time as RFC 3339 with an offset"),
        ("2026-03-02T08:00:00", "write the time as RFC 3339 with an offset"),
        ("17", "write the time as RFC 3339 with an offset"),
        ("2500-01-01T00:00:00Z", "the year must lie in 1970 to 2200"),
        ("2026-02-30T00:00:00Z", "day"),
    ],
)
def test_a_text_that_is_no_time_is_refused_with_what_to_write(
    home: Path, client: TestClient, text: str, said: str
) -> None:
    for verb in (("schedule", "P"), ("status",), ("status", "P"), ("why", "P")):
        result = takt(home, *verb, "--true-at", text)
        assert result.exit_code == 2
        assert result.stderr.startswith(f"takt: --true-at {text}: no time by which something was")
        assert said in result.stderr
    assert takt(home, "compare", "P", f"true:{text}").exit_code == 2
    for view in ("schedule", "status", "why", "slips"):
        answer = client.get(f"/v1/projects/P/{view}", params={"true_at": text})
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
        assert said in answer.json()["detail"]


@pytest.mark.parametrize("known", ["", "soon", "99"])
def test_a_moment_by_truth_as_known_at_nothing_is_refused(home: Path, known: str) -> None:
    result = takt(home, "compare", "P", f"true:{TUESDAY}@{known}")
    assert result.exit_code == 2
    assert result.stderr.startswith("takt: ")


def test_what_is_not_told_by_truth_does_not_take_the_parameter(client: TestClient) -> None:
    answer = client.get("/v1/projects/P/audit", params={"true_at": TUESDAY})
    assert answer.status_code == 400
    assert "there is no query parameter 'true_at' here" in answer.json()["detail"]
