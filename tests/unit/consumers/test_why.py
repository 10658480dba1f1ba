"""Hold the answer to why a date moved to the demo's story: over a verb and over HTTP, adding up."""

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.cli import app
from consumers.demo.player import Player
from consumers.demo.project import PROJECT_ID, plan, project_start
from consumers.demo.story import story
from consumers.http.app import create_app
from consumers.running import begin_demo, services_of
from consumers.supervision import Workers
from tests.unit.consumers.systems import StandingClock, system_in

TODAY = date(2026, 3, 4)
MONDAY = datetime(2026, 1, 5, 6, tzinfo=UTC)
WEEKS = timedelta(weeks=4)
WHY = f"/v1/projects/{PROJECT_ID}/why"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home in which four weeks of the demo's story have been played."""
    home, clock = tmp_path_factory.mktemp("home"), StandingClock(MONDAY)
    with system_in(home, clock) as system:
        system.lease.take()
        begin_demo(system, TODAY)
        beats = story(plan(project_start(TODAY)))
        player = Player(beats, system.dispatcher, system.log, system.door, clock)
        clock.at = MONDAY + WEEKS
        player.play_until(clock.at)
        system.settle()
    return home


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with system_in(home, StandingClock(MONDAY + WEEKS)) as system:
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            yield client


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def why(home: Path, *words: str) -> Any:  # noqa: ANN401  Whatever JSON was printed.
    result = takt(home, "why", PROJECT_ID, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def minutes_between(first: str, last: str) -> int:
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)) // timedelta(minutes=1)


@pytest.mark.parametrize("method", ["recorded", "half-step"])
def test_every_sum_is_the_move(home: Path, method: str) -> None:
    told = why(home, "--from", "begin", "--method", method)
    assert told["moved_min"] == minutes_between(told["before"], told["after"]) != 0
    assert sum(move["minutes"] for move in told["moves"]) == told["moved_min"]
    for sums in told["by"].values():
        assert sum(each["minutes"] for each in sums) == told["moved_min"]
        assert round(sum(each["days"] for each in sums), 1) == told["moved_days"]
    assert sum(hop["own_min"] for hop in told["chain"]) == told["moved_min"]
    assert told["lost_min"] - told["won_min"] == told["moved_min"]


def test_the_vendor_who_moved_his_date_is_named_with_his_days(home: Path) -> None:
    told = why(home, "--from", "begin")
    vendors = {each["name"]: each["minutes"] for each in told["by"]["vendor"]}
    assert vendors["Fluxtec"] == 379
    reasons = {each["name"]: each["minutes"] for each in told["by"]["reason"]}
    assert reasons["material_short"] == 379


def test_the_answer_begins_with_a_sentence_and_ends_adding_up(home: Path) -> None:
    result = takt(home, "why", PROJECT_ID, "--from", "begin")
    assert result.exit_code == 0, result.output
    sentence, *lines = result.stdout.splitlines()
    assert sentence.startswith(
        "The finish of Bottling line BL-200 moved from Tue 2026-03-24 11:00 to "
    )
    assert sentence.endswith(" won back).")
    total = next(line for line in lines if line.strip().startswith("together"))
    told = why(home, "--from", "begin")
    assert total.split()[1:] == [f"{told['moved_days']:+.1f}", "d"]


def test_phases_and_what_happened_to_them_are_told_by_name_and_in_words(home: Path) -> None:
    lines = takt(home, "why", PROJECT_ID, "--from", "begin").stdout.splitlines()
    chain, moves = lines.index("Because:"), lines.index("What moved it, in the order of the log:")
    assert "waits for Site acceptance test (sat), FS" in lines[chain + 1]
    told = "\n".join(lines[moves + 1 :])
    assert "progress recorded" in told
    assert ".v1" not in told
    assert "_" not in told


def test_shares_over_all_orders_add_up_in_days(home: Path) -> None:
    told = why(home, "--from", "450", "--method", "shapley")
    assert round(sum(share["days"] for share in told["shares"]), 1) == told["moved_days"]


def test_without_an_earlier_moment_the_chain_alone_is_told(home: Path) -> None:
    told = why(home, "pack", "--of", "start")
    assert told["chain"][0]["phase"] == "pack"
    assert told["chain"][0]["date"] == told["date"]
    assert "moves" not in told
    assert told["chain"][-1]["link"] is None


def test_every_date_that_was_ever_told_ends_with_the_one_of_now(home: Path) -> None:
    told = why(home, "--history")
    dates = [each["date"] for each in told["dates"]]
    assert dates[-1] == why(home)["date"]
    assert all(one != other for one, other in itertools.pairwise(dates))


def test_http_answers_as_the_verb_does(home: Path, client: TestClient) -> None:
    answer = client.get(WHY, params={"from": "begin"})
    assert answer.status_code == 200, answer.text
    assert answer.json() == why(home, "--from", "begin")
    assert answer.headers["x-takt-position"] == str(answer.json()["position"])
    slips = client.get(f"/v1/projects/{PROJECT_ID}/slips", params={"phase": "pack"})
    assert slips.json() == why(home, "pack", "--history")


@pytest.mark.parametrize(
    ("parameters", "status", "said"),
    [
        ({"method": "guess"}, 400, "method is one of recorded, half-step, shapley"),
        ({"of": "middle"}, 400, "of is one of start, finish"),
        ({"of": "start"}, 400, "say the phase whose start is meant"),
        ({"from": "9", "to": "8"}, 400, "turn them round"),
        ({"from": "yesterday"}, 400, "neither a position nor a time"),
        ({"to": "999999"}, 400, "the log ends at position"),
        ({"phase": "nobody"}, 404, "there is no phase nobody"),
        ({"to": "1"}, 404, "there is no project"),
        ({"frm": "1"}, 400, "there is no query parameter"),
        ({"from": "begin", "method": "shapley"}, 200, "shares"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(
    client: TestClient, parameters: dict[str, str], status: int, said: str
) -> None:
    answer = client.get(WHY, params=parameters)
    assert answer.status_code == status
    assert said in answer.text


def test_a_project_that_is_not_there_cannot_be_asked_about(client: TestClient) -> None:
    assert client.get("/v1/projects/PRJ-0/why").status_code == 404
    assert client.get("/v1/projects/PRJ-0/slips").status_code == 404


def test_two_moments_are_compared_over_the_verb_and_over_http(
    home: Path, client: TestClient
) -> None:
    result = takt(home, "compare", PROJECT_ID, "300", "now", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    over_http = client.get(f"/v1/projects/{PROJECT_ID}/compare", params={"from": "300"})
    assert over_http.json() == document
    moved = {each["id"]: each for each in document["moved"]}
    assert moved["pack"]["worked_min"] > 0
    text = takt(home, "compare", PROJECT_ID, "300").stdout
    assert text.startswith("Bottling line BL-200, between positions 300 and ")
    assert "  data date: " in text
    assert f"({document['finish']['moved_min'] / 1440:+.1f} days)" in text


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({}, "say from which moment"),
        ({"from": "soon"}, "neither a position nor a time"),
    ],
)
def test_moments_that_mean_nothing_cannot_be_compared(
    client: TestClient, parameters: dict[str, str], said: str
) -> None:
    answer = client.get(f"/v1/projects/{PROJECT_ID}/compare", params=parameters)
    assert (answer.status_code, said in answer.text) == (400, True)


def test_the_same_moment_twice_has_no_differences(home: Path) -> None:
    result = takt(home, "compare", PROJECT_ID, "400", "400")
    assert result.stdout == "Bottling line BL-200 is the same at positions 400 and 400.\n"


def test_the_page_tells_the_story_as_the_verb_does(home: Path, client: TestClient) -> None:
    page = client.get(f"/projects/{PROJECT_ID}/why")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    told = why(home, "--from", "begin")
    assert f"{told['moved_days']:g} days later" in page.text
    assert "Fluxtec" in page.text
    assert "What was known when" in page.text
    assert client.get("/projects/PRJ-0/why").status_code == 404
    wrong = client.get(f"/projects/{PROJECT_ID}/why", params={"from": "yesterday"})
    assert (wrong.status_code, "neither a position nor a time" in wrong.text) == (400, True)
