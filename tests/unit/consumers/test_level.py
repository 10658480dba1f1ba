"""Ask for levelled dates over the verb and over HTTP: the same document, and nothing changed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.cli import app
from consumers.http.app import create_app
from consumers.running import services_of
from consumers.supervision import Workers
from tests.unit.consumers.systems import StandingClock, system_in

PLAN = {
    "format": "takt.plan/1",
    "project": {
        "id": "PRJ-7",
        "name": "Mixer",
        "start": "2026-03-02T08:00:00+01:00",
        "zone": "Europe/Berlin",
        "calendar": "day",
    },
    "calendars": [
        {
            "id": "day",
            "weekly": [{"day": day, "windows": [["08:00", "16:00"]]} for day in range(1, 6)],
        }
    ],
    "resources": [{"id": "press", "name": "Press", "department": "hall", "capacity_milli": 1000}],
    "phases": [
        {
            "id": phase_id,
            "wbs": str(number),
            "name": phase_id.title(),
            "kind": "task",
            "department": "hall",
            "duration_min": 480,
            "requires": [{"resource": "press", "milli": 1000}],
        }
        for number, phase_id in enumerate(("cut", "weld", "paint"), 1)
    ],
    "links": [{"pred": "cut", "succ": "paint", "type": "FS"}],
}
LEVELLING = "/v1/projects/PRJ-7/levelling"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    file = home / "plan.json"
    file.write_text(json.dumps(PLAN))
    result = takt(home, "import", "plan", str(file))
    assert result.exit_code == 0, result.output
    return home


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with system_in(home, StandingClock()) as system:
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            yield client


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def level(home: Path, *words: str) -> Any:  # noqa: ANN401  Whatever JSON was printed.
    result = takt(home, "level", "PRJ-7", *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_every_phase_has_dates_and_says_what_it_waits_for(home: Path) -> None:
    document = level(home)
    assert document["project"] == "PRJ-7"
    assert document["finish"] == "2026-03-04T16:00:00+01:00"
    assert document["schedule_finish"] == "2026-03-03T16:00:00+01:00"
    assert document["stopped_by"] == "optimal"
    cut, weld, paint = document["phases"]
    assert cut["waits_for"] == []
    assert (cut["start"], cut["finish"]) == (
        "2026-03-02T08:00:00+01:00", "2026-03-02T16:00:00+01:00",
    )  # fmt: skip
    assert weld["waits_for"] == [
        {
            "resource": "press",
            "name": "Press",
            "held_by": ["cut"],
            "until": "2026-03-02T16:00:00+01:00",
        }
    ]
    assert weld["because"] == ["waits for Press, held by cut until Mon 2026-03-02 16:00"]
    assert weld["start"] == paint["schedule_start"] == "2026-03-03T08:00:00+01:00"
    assert paint["because"] == ["waits for Press, held by weld until Tue 2026-03-03 16:00"]
    assert paint["driver"] == {"kind": "resource", "ref": "press"}


@pytest.mark.parametrize("method", ["serial", "improve"])
def test_the_same_question_has_the_same_answer_to_the_byte(home: Path, method: str) -> None:
    asked = ("level", "PRJ-7", "--method", method, "--seed", "7", "--json")
    assert takt(home, *asked).stdout == takt(home, *asked).stdout


def test_the_solver_answers_in_the_same_form(home: Path) -> None:
    pytest.importorskip("ortools", reason="the optional solver is not installed")
    document = level(home, "--method", "cpsat", "--seconds", "5")
    assert document["finish"] == "2026-03-04T16:00:00+01:00"
    assert document.keys() == level(home).keys()


def test_a_person_reads_who_waits_for_whom(home: Path) -> None:
    result = takt(home, "level", "PRJ-7")
    first, *waiting = result.stdout.splitlines()
    assert first == (
        "Mixer finishes Wed 2026-03-04 16:00 where resources suffice, +1.0 days"
        " (1 tried, until nothing better exists)."
    )
    weld = "  weld  Tue 2026-03-03 08:00 to Tue 2026-03-03 16:00  Weld"
    paint = "  paint  Wed 2026-03-04 08:00 to Wed 2026-03-04 16:00  Paint"
    assert waiting == [
        f"{weld} waits for Press, held by cut until Mon 2026-03-02 16:00",
        f"{paint} waits for Press, held by weld until Tue 2026-03-03 16:00",
    ]


def test_nothing_is_written(home: Path) -> None:
    before = level(home)["position"]
    level(home, "--fence", "3", "--seconds", "0.1")
    assert level(home)["position"] == before


def test_an_earlier_moment_is_levelled_as_it_was_known(home: Path) -> None:
    document = level(home, "--as-of", str(level(home)["position"]))
    assert document["finish"] == "2026-03-04T16:00:00+01:00"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--method", "guess"), "method is one of serial, improve, cpsat"),
        (("--seconds", "0"), "seconds is a number above 0"),
        (("--seconds", "nan"), "seconds is a number above 0"),
        (("--seed", str(2**31)), "seed is a whole number from 0 to"),
        (("--fence", "3651"), "fence is a whole number from 0 to 3650"),
        (("--as-of", "yesterday"), "neither a position nor a time"),
    ],
)
def test_what_means_nothing_is_said_to_be_wrong(
    home: Path, words: tuple[str, ...], told: str
) -> None:
    result = takt(home, "level", "PRJ-7", *words)
    assert result.exit_code == 2
    assert told in result.output


def test_a_project_there_is_not_is_told_as_such(home: Path) -> None:
    result = takt(home, "level", "PRJ-0")
    assert result.exit_code == 2
    assert "there is no project PRJ-0" in result.output


def test_the_verb_and_http_give_one_document(home: Path, client: TestClient) -> None:
    assert client.get(LEVELLING).json() == level(home)


def test_over_http_nobody_searches_for_longer_than_an_answer_may_take(client: TestClient) -> None:
    refused = client.get(LEVELLING, params={"seconds": "11"})
    assert refused.status_code == 400
    assert "at most 10" in refused.json()["detail"]
