"""Hold a department's day sheet to a small plant: its own work, and who waits for whom, by name."""

import json
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
from tests.unit.consumers.systems import StandingClock, ask, report, system_in

PROJECT = "MIX-1"
DAYS = [{"day": day, "windows": [["08:00", "12:00"], ["13:00", "17:00"]]} for day in range(1, 6)]
MONDAY_NIGHT = datetime(2026, 3, 2, 18, tzinfo=UTC)


def phase(name: str, days: int, department: str) -> dict[str, Any]:
    return {
        "id": name, "wbs": name, "name": name.title(), "kind": "task", "department": department,
        "duration_min": days * 480,
    }  # fmt: skip


def link(pred: str, succ: str, kind: str = "FS") -> dict[str, str]:
    return {"pred": pred, "succ": succ, "type": kind}


PLAN = {
    "format": "takt.plan/1",
    "project": {
        "id": PROJECT, "name": "Mixer", "start": "2026-03-02T08:00:00Z", "zone": "UTC",
        "calendar": "plant",
    },
    "calendars": [{"id": "plant", "weekly": DAYS}],
    "phases": [
        phase("draw", 2, "design"), phase("cut", 1, "shop"), phase("weld", 3, "shop"),
        phase("paint", 2, "paint shop"), phase("wire", 1, "electric"), phase("pack", 1, "shop"),
    ],
    "links": [
        link("draw", "weld"), link("cut", "weld"), link("weld", "paint", "SS"),
        link("weld", "wire"), link("wire", "pack"), link("paint", "pack"),
        link("weld", "pack"),
    ],
}  # fmt: skip

PEOPLE = [
    ("register", {"department_id": "shop", "name": "Shop"}),
    ("appoint_supervisor", {"department_id": "shop", "party": "l.ito", "first_day": "2026-03-01"}),
    (
        "appoint_supervisor_delegate",
        {
            "department_id": "shop", "party": "p.roy",
            "first_day": "2026-03-03", "last_day": "2026-03-03",
        },
    ),
    ("register", {"department_id": "design", "name": "Design"}),
    (
        "appoint_supervisor",
        {"department_id": "design", "party": "m.kaya", "first_day": "2026-02-01"},
    ),
]  # fmt: skip


REPORTS: list[tuple[str, str, dict[str, object]]] = [
    ("phase.started.v1", "cut", {"actual_start": "2026-03-02T08:00:00Z"}),
    ("phase.finished.v1", "cut", {"actual_finish": "2026-03-02T17:00:00Z"}),
    ("phase.started.v1", "draw", {"actual_start": "2026-03-02T08:00:00Z"}),
    ("phase.progress_recorded.v1", "draw", {"remaining_min": 480, "basis": "report"}),
]
SHEET = """\
Mixer: shop on Tue 2026-03-03, led by l.ito (acting: p.roy)
To start: nothing
In progress: nothing
Awaited until 2026-03-17:
  Tue 03-03 17:00  finish of Draw (draw) from design, m.kaya; for Weld (weld) on Wed 03-04 08:00
  Thu 03-05 17:00  finish of Paint (paint) from paint shop, nobody appointed; for Pack (pack) \
on Tue 03-10 08:00
  Mon 03-09 17:00  finish of Wire (wire) from electric, nobody appointed; for Pack (pack) \
on Tue 03-10 08:00
Deliveries: nothing
Others await until 2026-03-17:
  Wed 03-04 08:00  start of Weld (weld) for paint shop, nobody appointed: Paint (paint) \
on Wed 03-04 08:00
  Fri 03-06 17:00  finish of Weld (weld) for electric, nobody appointed: Wire (wire) \
on Mon 03-09 08:00
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home in which cutting is done and drawing has begun; it is Monday night."""
    home, plan_file = tmp_path / "home", tmp_path / "plan.json"
    home.mkdir()
    plan_file.write_text(json.dumps(PLAN))
    imported = takt(home, "import", "plan", str(plan_file))
    assert imported.exit_code == 0, imported.output
    with system_in(home, StandingClock(MONDAY_NIGHT)) as system:
        for number, (name, body) in enumerate(PEOPLE):
            told = ask(system, f"department.{name}.v1", json.dumps(body), message_id=f"p{number}")
            assert told.kind == "recorded", told
        for number, (name, subject, data) in enumerate(REPORTS):
            told = report(system, name, f"phase-{PROJECT}/{subject}", data, message_id=f"f{number}")
            assert told.kind == "recorded", told
    asked(home, "project.advance_data_date.v1", data_date="2026-03-03T08:00:00Z")
    return home


def asked(home: Path, command: str, **body: object) -> None:
    """Ask for a change of the project."""
    with system_in(home) as system:
        told = ask(system, command, json.dumps({"project_id": PROJECT, **body}), message_id=command)
        assert told.kind == "recorded", told
        system.settle()


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def sheet(home: Path, department: str, *words: str) -> Any:  # noqa: ANN401  A JSON document.
    result = takt(home, "daysheet", PROJECT, department, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def hand_offs(rows: list[dict[str, Any]]) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            row["from"]["phase"],
            row["to"]["phase"],
            row["awaited"],
            row["due"][:16],
            row["needed"][:16],
        )
        for row in rows
    ]


def test_the_day_is_that_of_the_data_date_unless_one_is_named(home: Path) -> None:
    assert sheet(home, "shop")["day"] == "2026-03-03"
    assert sheet(home, "shop", "--day", "2026-03-05")["day"] == "2026-03-05"


def test_what_should_begin_by_a_day_is_on_its_sheet_and_what_has_ended_is_not(home: Path) -> None:
    assert ids(sheet(home, "shop")["start"]) == []
    (weld,) = sheet(home, "shop", "--day", "2026-03-04")["start"]
    assert (weld["id"], weld["start"][:16], weld["released"]) == ("weld", "2026-03-04T08:00", False)
    asked(home, "phase.release.v1", phase_id="weld")
    (weld,) = sheet(home, "shop", "--day", "2026-03-04")["start"]
    assert weld["released"]


def test_what_runs_says_whether_it_should_end_that_day(home: Path) -> None:
    (draw,) = sheet(home, "design")["run"]
    assert (draw["id"], draw["remaining_min"], draw["should_finish"]) == ("draw", 480, True)
    assert draw["finish"][:16] == "2026-03-03T17:00"
    (draw,) = sheet(home, "design", "--day", "2026-03-02")["run"]
    assert not draw["should_finish"]


def test_what_is_awaited_names_the_owners_on_both_sides(home: Path) -> None:
    told = sheet(home, "shop")["awaited"]
    assert hand_offs(told) == [
        ("draw", "weld", "finish", "2026-03-03T17:00", "2026-03-04T08:00"),
        ("paint", "pack", "finish", "2026-03-05T17:00", "2026-03-10T08:00"),
        ("wire", "pack", "finish", "2026-03-09T17:00", "2026-03-10T08:00"),
    ]
    first = told[0]
    assert first["from"] == {
        "phase": "draw", "name": "Draw", "department": "design", "supervisor": "m.kaya",
        "delegates": [],
    }  # fmt: skip
    assert first["to"] == {
        "phase": "weld", "name": "Weld", "department": "shop", "supervisor": "l.ito",
        "delegates": ["p.roy"],
    }  # fmt: skip
    # Nobody can be registered under a name that is no id.
    assert (told[1]["from"]["department"], told[1]["from"]["supervisor"]) == ("paint shop", None)


def test_what_others_await_is_what_they_wait_for_in_turn(home: Path) -> None:
    assert hand_offs(sheet(home, "shop")["awaited_by_others"]) == [
        ("weld", "paint", "start", "2026-03-04T08:00", "2026-03-04T08:00"),
        ("weld", "wire", "finish", "2026-03-06T17:00", "2026-03-09T08:00"),
    ]
    assert hand_offs(sheet(home, "design")["awaited_by_others"]) == [
        ("draw", "weld", "finish", "2026-03-03T17:00", "2026-03-04T08:00")
    ]


def test_a_sheet_looks_as_far_ahead_as_it_is_asked_to(home: Path) -> None:
    near = sheet(home, "shop", "--ahead", "1")
    assert [each["to"]["phase"] for each in near["awaited"]] == ["weld"]
    assert near["until"] == "2026-03-04"


def test_what_a_vendor_owes_to_a_phase_in_sight_is_awaited_too(home: Path) -> None:
    asked(
        home, "commitment.request.v1", commitment_id="PO-1", vendor="Fluxtec", kind="goods",
        item="Rods", qty="4", uom="H87", need_by="2026-03-03", for_phases=["weld"],
    )  # fmt: skip
    (rods,) = sheet(home, "shop")["deliveries"]
    assert (rods["id"], rods["vendor"], rods["need_by"]) == ("PO-1", "Fluxtec", "2026-03-03")
    assert (rods["confirmed"], ids(rods["phases"])) == (False, ["weld"])
    assert sheet(home, "electric")["deliveries"] == []


def test_a_delegate_is_named_on_the_days_of_the_delegation_alone(home: Path) -> None:
    owner = {"department": "shop", "supervisor": "l.ito", "delegates": ["p.roy"]}
    assert sheet(home, "shop")["owner"] == owner
    assert sheet(home, "shop", "--day", "2026-03-04")["owner"] == {**owner, "delegates": []}


def test_an_older_position_knows_neither_the_people_nor_the_progress(home: Path) -> None:
    with system_in(home) as system:
        first = system.log.read_stream("department-shop")[0].position
    then = sheet(home, "shop", "--as-of", str(first - 1))
    assert then["owner"]["supervisor"] is None
    assert (then["day"], ids(then["start"])) == ("2026-03-02", ["cut"])


def test_the_text_reads_as_one_says_it_in_the_morning(home: Path) -> None:
    text = takt(home, "daysheet", PROJECT, "shop").stdout
    assert text == SHEET
    design = takt(home, "daysheet", PROJECT, "design").stdout
    assert "Draw (draw) critical: 1.0 d left, should finish today" in design


def test_the_api_answers_as_the_verb_does(home: Path) -> None:
    with system_in(home) as system:
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            path = f"/v1/projects/{PROJECT}/daysheet"
            answered = client.get(path, params={"department": "shop"})
            refused = [
                client.get(path, params=params).status_code
                for params in (
                    {},
                    {"department": "nowhere"},
                    {"department": "shop", "day": "tomorrow"},
                    {"department": "shop", "ahead_days": "a lot"},
                    {"department": "shop", "ahead_days": "367"},
                )
            ]
    assert (answered.status_code, answered.json()) == (200, sheet(home, "shop"))
    assert refused == [400, 404, 400, 400, 400]


def test_a_department_without_phases_is_wrong_use_and_the_others_are_named(home: Path) -> None:
    wrong = takt(home, "daysheet", PROJECT, "nowhere")
    assert wrong.exit_code == 2
    assert "its phases belong to design, electric, paint shop, shop" in wrong.stderr
