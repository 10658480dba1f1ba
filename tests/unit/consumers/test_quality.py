"""Hold the assessment to a plan from a file: over both doors, with a baseline of any position."""

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


def phase(name: str, days: int, kind: str = "task") -> dict[str, Any]:
    needs = [{"resource": "press", "milli": 1000}] if days else []
    return {
        "id": name, "wbs": name, "name": name.title(), "kind": kind, "department": "shop",
        "duration_min": days * 480, "requires": needs,
    }  # fmt: skip


PLAN = {
    "format": "takt.plan/1",
    "project": {
        "id": PROJECT, "name": "Mixer", "start": "2026-03-02T08:00:00Z", "zone": "UTC",
        "calendar": "plant", "promise": "2026-03-13T00:00:00Z",
    },
    "calendars": [{"id": "plant", "weekly": DAYS}],
    "resources": [{"id": "press", "name": "Press", "department": "shop", "capacity_milli": 1000}],
    "phases": [phase("go", 0, "start_ms"), phase("cut", 2), phase("weld", 3),
               phase("done", 0, "finish_ms")],
    "links": [
        {"pred": "go", "succ": "cut", "type": "FS"}, {"pred": "cut", "succ": "weld", "type": "FS"},
        {"pred": "weld", "succ": "done", "type": "FS"},
    ],
}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with the plan in it."""
    home, plan_file = tmp_path / "home", tmp_path / "plan.json"
    home.mkdir()
    plan_file.write_text(json.dumps(PLAN))
    imported = takt(home, "import", "plan", str(plan_file))
    assert imported.exit_code == 0, imported.output
    return home


def asked(home: Path, command: str, **body: object) -> None:
    """Ask for a change of the project."""
    with system_in(home) as system:
        told = ask(system, command, json.dumps({"project_id": PROJECT, **body}), message_id=command)
        assert told.kind == "recorded", told
        system.settle()


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def quality(home: Path, *words: str) -> tuple[int, Any]:
    result = takt(home, "quality", PROJECT, *words, "--json")
    return result.exit_code, json.loads(result.stdout)


def named(told: Any) -> dict[str, tuple[bool | None, list[str]]]:  # noqa: ANN401
    """Return by check whether it passed, and the phases it found."""
    return {
        check["check"]: (check["passed"], [each["id"] for each in check["phases"]])
        for check in told["checks"]
    }


def test_a_sound_plan_passes_and_says_what_cannot_be_judged_yet(home: Path) -> None:
    code, told = quality(home)
    assert (code, told["passed"], told["problem"]) == (0, True, None)
    assert [check["number"] for check in told["checks"]] == list(range(1, 15))
    undefined = {check["check"]: check["undefined"] for check in told["checks"]}
    assert {name: why for name, why in undefined.items() if why} == {
        "invalid_dates": "there is no data date",
        "missed_tasks": "no baseline is approved",
        "bei": "no baseline is approved",
    }
    assert all(check["figure"] is None for check in told["checks"] if check["undefined"])


def test_a_plan_with_a_lead_fails_names_its_phase_and_was_sound_before(home: Path) -> None:
    with system_in(home) as system:
        before = system.log.head()
    asked(
        home, "plan.link_phases.v1", link_id="L-lead", pred="go", succ="weld",
        lag={"value": -60, "unit": "working_min"},
    )  # fmt: skip
    code, told = quality(home)
    assert (code, named(told)["leads"]) == (1, (False, ["weld"]))
    (lead,) = [check for check in told["checks"] if check["check"] == "leads"]
    assert lead["links"] == [{"id": "L-lead", "pred": "go", "succ": "weld", "type": "FS"}]
    assert (lead["numerator"], lead["denominator"], lead["figure"]) == (1, 4, 0.25)
    text = takt(home, "quality", PROJECT).stdout
    assert "Mixer: 10 checks passed, 1 failed, 3 undefined" in text
    assert "FAIL   2  Leads" in text
    assert "Weld (weld)" in text
    assert quality(home, "--as-of", str(before))[0] == 0


def test_a_baseline_of_an_older_position_is_what_tasks_are_held_against(home: Path) -> None:
    with system_in(home) as system:
        planned = system.log.head()
    asked(
        home,
        "plan.revise_duration.v1",
        phase_id="weld",
        duration_min=4_800,
        reason={"code": "quality_rework"},
    )
    asked(home, "project.approve_baseline.v1", name="first", at_position=planned)
    asked(home, "project.advance_data_date.v1", data_date="2026-03-09T08:00:00Z")
    code, told = quality(home)
    # Both were to be done by Friday 6 March, and neither has begun.
    assert (code, named(told)["missed_tasks"]) == (1, (False, ["cut", "weld"]))
    assert named(told)["bei"] == (False, ["cut", "weld"])


def test_the_api_answers_as_the_verb_does(home: Path) -> None:
    with system_in(home) as system:
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            answered = client.get(f"/v1/projects/{PROJECT}/quality")
    assert (answered.status_code, answered.json()) == (200, quality(home)[1])


def test_a_project_that_is_not_there_is_wrong_use(home: Path) -> None:
    assert takt(home, "quality", "nobody").exit_code == 2
