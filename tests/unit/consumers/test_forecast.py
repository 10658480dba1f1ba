"""Hold the forecast to the demo's story: dates in order, the same over both doors, kept or not."""

import json
import shutil
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
WEEKS = timedelta(weeks=8)
PLANNED = "212"
"""The position at which the demo's plan was in, and nothing had happened yet."""


NEW_PLAN = {
    "format": "takt.plan/1",
    "project": {
        "id": "NEW-1", "name": "New", "start": "2026-03-09T08:00:00Z", "zone": "UTC",
        "calendar": "plant",
    },
    "calendars": [
        {"id": "plant",
         "weekly": [{"day": day, "windows": [["08:00", "16:00"]]} for day in range(1, 6)]},
    ],
    "resources": [],
    "phases": [
        {"id": name, "wbs": name, "name": name, "kind": "task", "department": "assembly",
         "duration_min": 4_800}
        for name in ("first", "second")
    ],
    "links": [{"pred": "first", "succ": "second", "type": "FS"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home in which eight weeks of the demo's story have been played."""
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


def forecast(home: Path, *words: str) -> Any:  # noqa: ANN401  Whatever JSON was printed.
    result = takt(home, "forecast", PROJECT_ID, "--runs", "60", *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_dates_are_in_order_and_shares_are_shares(home: Path) -> None:
    told = forecast(home)
    for each in (told, *told["phases"]):
        moments = [datetime.fromisoformat(each[name]) for name in ("p50", "p80", "p95")]
        assert moments == sorted(moments)
    assert all(0 <= each["criticality"] <= 1 for each in told["phases"])
    assert 0 < told["promise_kept"] < 1
    last = next(each for each in told["phases"] if each["name"] == "Handed over")
    assert (last["milestone"], last["criticality"], last["p80"]) == (True, 1.0, told["p80"])


def test_the_same_position_runs_and_seed_give_the_same_bytes_and_another_seed_other_dates(
    home: Path,
) -> None:
    words = ("forecast", PROJECT_ID, "--runs", "60", "--json")
    assert takt(home, *words).stdout == takt(home, *words).stdout
    one, other = forecast(home), forecast(home, "--seed", "7")
    assert (one["seed"], other["seed"]) == (1, 7)
    assert one["phases"] != other["phases"]


def test_the_api_answers_as_the_verb_does(home: Path, client: TestClient) -> None:
    answered = client.get(f"/v1/projects/{PROJECT_ID}/forecast", params={"runs": "60"})
    assert answered.status_code == 200
    assert answered.json() == forecast(home)
    refused = client.get(f"/v1/projects/{PROJECT_ID}/forecast", params={"runs": "many"})
    assert (refused.status_code, "runs is a whole number from 1" in refused.text) == (400, True)


def test_it_says_what_it_rests_on_and_how_such_dates_were_kept(home: Path) -> None:
    told = forecast(home)
    basis, kept = told["basis"], told["calibration"]
    assert sum(each["finished_phases"] for each in basis["groups"]) == basis["finished_phases"] > 5
    assert sum(each["receipts"] for each in basis["vendors"]) == basis["receipts"] > 5
    assert {"vendor": "Fluxtec", "receipts": 2, "median_slip_days": -1} in basis["vendors"]
    assert kept["moments"] > 1
    for name in ("p50", "p80", "p95"):
        assert kept[name]["share"] == round(kept[name]["kept"] / kept[name]["due"], 4)
    assert kept["p50"]["share"] <= kept["p80"]["share"] <= kept["p95"]["share"]
    text = takt(home, "forecast", PROJECT_ID, "--runs", "60").stdout
    assert f"({kept['p80']['kept']} of {kept['p80']['due']})" in text


def test_before_five_phases_are_finished_no_date_is_told(home: Path) -> None:
    result = takt(home, "forecast", PROJECT_ID, "--as-of", PLANNED, "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["problem"]) == (1, "too few finished phases: 0 of 5")
    assert (told["p80"], told["promise_kept"], told["phases"]) == (None, None, [])
    assert told["calibration"] is None


def test_a_new_project_is_forecast_by_what_came_of_the_others(home: Path, tmp_path: Path) -> None:
    both = tmp_path / "home"
    shutil.copytree(home, both)
    plan_file = tmp_path / "plan.json"
    plan_file.write_text(json.dumps(NEW_PLAN))
    assert takt(both, "import", "plan", str(plan_file)).exit_code == 0
    told = json.loads(takt(both, "forecast", "NEW-1", "--json").stdout)
    assert told["basis"] == forecast(home)["basis"] | {"projects": 2, "projects_known": 2}
    assert told["p50"] < told["p95"]
    assert told["calibration"]["p80"] == {
        "kept": 0, "due": 0, "share": None, "too_few": "too few: 0 of 5",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--runs", "0"), "runs is a whole number from 1 to 10000, not '0'"),
        (("--seed", "-1"), "seed is a whole number from 0"),
        (("--as-of", "99999"), "there is no 99999 yet"),
    ],
)
def test_what_means_nothing_is_wrong_use(home: Path, words: tuple[str, str], said: str) -> None:
    result = takt(home, "forecast", PROJECT_ID, *words)
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_a_project_that_is_not_there_is_wrong_use(home: Path) -> None:
    assert takt(home, "forecast", "nobody").exit_code == 2
