"""Hold the load of a plan from a file to figures worked out by hand, over both doors."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.cli import app
from consumers.http.app import create_app
from consumers.running import services_of
from consumers.supervision import Workers
from tests.unit.consumers.systems import ask, system_in

PROJECT = "MIX-1"
DAYS = [{"day": day, "windows": [["08:00", "12:00"], ["13:00", "17:00"]]} for day in range(1, 6)]


def phase(name: str, days: int, *needs: str) -> dict[str, Any]:
    requires = [{"resource": each, "milli": 1000} for each in needs]
    return {
        "id": name, "wbs": name, "name": name.title(), "kind": "task", "department": "shop",
        "duration_min": days * 480, "requires": requires,
    }  # fmt: skip


PLAN = {
    "format": "takt.plan/1",
    "project": {
        "id": PROJECT, "name": "Mixer", "start": "2026-03-02T08:00:00Z", "zone": "UTC",
        "calendar": "plant", "promise": "2026-03-05T00:00:00Z",
    },
    "calendars": [{"id": "plant", "weekly": DAYS}],
    "resources": [{"id": "press", "name": "Press", "department": "shop", "capacity_milli": 1000}],
    "phases": [phase("cut", 2, "press"), phase("weld", 3, "press"), phase("pack", 1)],
    "links": [{"pred": "weld", "succ": "pack", "type": "FS"}],
}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with the plan in it: two phases want the press from Monday on."""
    home, plan_file = tmp_path / "home", tmp_path / "plan.json"
    home.mkdir()
    plan_file.write_text(json.dumps(PLAN))
    imported = takt(home, "import", "plan", str(plan_file))
    assert imported.exit_code == 0, imported.output
    return home


def asked(home: Path, command: str, **body: object) -> int:
    """Ask for a change of the project; return the position of the log after it."""
    with system_in(home) as system:
        told = ask(system, command, json.dumps({"project_id": PROJECT, **body}), message_id=command)
        assert told.kind == "recorded", told
        system.settle()
        return system.log.head()


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def load(home: Path, *words: str) -> Any:  # noqa: ANN401  A JSON document.
    result = takt(home, "load", PROJECT, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_an_overload_is_told_to_the_minute_with_the_phases_in_it(home: Path) -> None:
    (press,) = load(home)["resources"]
    assert (press["overload_min"], press["peak_milli"], press["has_capacity"]) == (960, 2000, True)
    assert press["overloads"] == [
        {
            "from": "2026-03-02T08:00:00+00:00",
            "to": "2026-03-03T17:00:00+00:00",
            "overload_min": 960,
            "peak_milli": 2000,
            "excess_milli": 1000,
            "phases": [{"id": "cut", "name": "Cut"}, {"id": "weld", "name": "Weld"}],
        }
    ]


def test_a_heat_map_has_a_cell_for_each_day_or_week_with_its_phases(home: Path) -> None:
    (press,) = load(home, "--bucket", "day")["resources"]
    cells = [
        (cell["from"][:10], cell["ratio_bp"], cell["level"], cell["overload_min"], cell["phases"])
        for cell in press["cells"]
    ]
    assert cells == [
        ("2026-03-02", 20_000, "red", 480, ["cut", "weld"]),
        ("2026-03-03", 20_000, "red", 480, ["cut", "weld"]),
        ("2026-03-04", 10_000, "amber", 0, ["weld"]),
        ("2026-03-05", 0, "ok", 0, []),
    ]
    assert load(home)["cells_to"] == "2026-03-09T00:00:00+00:00"
    (week,) = load(home)["resources"][0]["cells"]
    assert (week["from"][:10], week["to"][:10]) == ("2026-03-02", "2026-03-09")
    # Five days are asked for, of the four until the last phase is done.
    assert (week["load_milli_min"], week["capacity_milli_min"]) == (2_400_000, 1_920_000)
    assert (week["ratio_bp"], week["level"]) == (12_500, "red")


def test_a_heat_map_of_very_much_ends_early_and_says_where(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.capacity.CELLS_MAX", 2)
    told = load(home, "--bucket", "day")
    assert told["cells_to"] == "2026-03-04T00:00:00+00:00"
    assert [cell["from"][:10] for cell in told["resources"][0]["cells"]] == [
        "2026-03-02", "2026-03-03",
    ]  # fmt: skip
    assert told["resources"][0]["overload_min"] == 960


def test_an_outage_and_a_second_press_change_what_there_is_and_not_what_there_was(
    home: Path,
) -> None:
    with system_in(home) as system:
        before = system.log.head()
    asked(home, "resource.set_capacity.v1", resource_id="press", milli_units=2000)
    assert load(home)["resources"][0]["overloads"] == []
    (press,) = load(home, "--as-of", str(before))["resources"]
    assert press["overload_min"] == 960


def test_what_is_held_for_a_phase_is_part_of_the_load(home: Path) -> None:
    asked(
        home, "resource.make_allocation.v1", resource_id="press", allocation_id="A1",
        phase_id="pack", since="2026-03-05T08:00:00Z", until="2026-03-05T12:00:00Z",
        milli_units=500,
    )  # fmt: skip
    (press,) = load(home, "--bucket", "day")["resources"]
    assert press["cells"][-1]["phases"] == ["pack"]
    assert press["cells"][-1]["ratio_bp"] == 2_500


def test_manpower_by_skill_is_held_against_what_is_free_until_the_promise(home: Path) -> None:
    asked(
        home, "plan.require.v1", phase_id="weld", resource_id="press", milli=1000,
        effort_min=1440, skill="welding",
    )  # fmt: skip
    manpower = load(home)["manpower"]
    assert manpower["until"] == "2026-03-05T00:00:00+00:00"
    # Until Wednesday night there are three days, of which cutting takes two.
    assert manpower["skills"] == [
        {
            "skill": "welding",
            "needed_min": 1440,
            "free_min": 480,
            "gap_min": 960,
            "fte_milli": 667,
            "resources": ["press"],
            "phases": [{"id": "weld", "name": "Weld"}],
        }
    ]


def test_the_text_says_what_a_person_asks(home: Path) -> None:
    text = takt(home, "load", PROJECT, "--bucket", "day").stdout
    assert "1 of 1 resource is asked for too much" in text
    assert "Press (press): 16.0 h too much" in text
    assert "up to 2, 1 too much for 16.0 h: Cut (cut), Weld (weld)" in text
    assert "   03-02   03-03   03-04   03-05" in text
    assert "  Press    200!    200!    100+       0" in text


def test_the_api_answers_as_the_verb_does(home: Path) -> None:
    with system_in(home) as system:
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            answered = client.get(f"/v1/projects/{PROJECT}/load", params={"bucket": "day"})
            wrong = client.get(f"/v1/projects/{PROJECT}/load", params={"bucket": "year"})
    assert (answered.status_code, answered.json()) == (200, load(home, "--bucket", "day"))
    assert wrong.status_code == 400


def test_wrong_use_ends_with_a_sentence(home: Path) -> None:
    assert takt(home, "load", "nobody").exit_code == 2
    wrong = takt(home, "load", PROJECT, "--bucket", "year")
    assert wrong.exit_code == 2
    assert "bucket is one of day, week" in wrong.stderr
