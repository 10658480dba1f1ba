"""Take estimates in from a sheet: rows add up, what is wrong is told, all of it or nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from consumers.bootstrap import System
from consumers.cli import app
from consumers.estimate_import import import_estimates_file
from tests.edited_sheets import workbook
from tests.unit.consumers.systems import OPEN, ask_all, plan_phase, system_in

HEAD = ("id", "element", "skill", "hours", "amount", "rate", "currency", "method")


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with system_in(tmp_path) as opened:
        requests = [OPEN, plan_phase("cut"), plan_phase("weld")]
        assert ask_all(opened, requests, message_id="plan").kind == "recorded"
        opened.settle()
        yield opened


def sheet(tmp_path: Path, *rows: tuple[object, ...]) -> Path:
    return workbook(tmp_path / "estimates.xlsx", [HEAD, *rows])


def taken(system: System, file: Path, *, dry_run: bool = False) -> dict[str, Any]:
    return import_estimates_file(system, file, "P", dry_run=dry_run)


ROWS: list[tuple[object, ...]] = [
    ("cut", "labour", "fitter", 12.5, 500, None, "EUR", None),
    ("cut", None, "sawyer", 4, None, 61.35, "eur", "bottom_up"),
    ("cut", "material", None, None, "1250,50", None, "EUR", "analogous"),
    ("weld", "labour", "welder", "0.25", None, 47.99, "EUR", None),
]


def test_rows_of_a_phase_and_element_are_one_estimate(system: System, tmp_path: Path) -> None:
    head = system.log.head()
    found = taken(system, sheet(tmp_path, *ROWS))
    assert (found["outcome"], found["events"]) == ("recorded", 3)
    told = {
        (each.stream, each.event.element): (
            {one.skill: one.effort_min for one in each.event.effort},
            each.event.money.minor,
            each.event.method,
            each.event.by,
        )
        for each in system.log.read(head, 10)
    }
    assert told == {
        ("estimate-P/cut", "labour"): (
            {"fitter": 750, "sawyer": 240}, 50_000 + 24_540, "bottom_up", "local",
        ),
        ("estimate-P/cut", "material"): ({}, 125_050, "analogous", "local"),
        ("estimate-P/weld", "labour"): ({"welder": 15}, 1_200, "bottom_up", "local"),
    }  # fmt: skip


def test_what_was_estimated_alike_before_changes_nothing(system: System, tmp_path: Path) -> None:
    taken(system, sheet(tmp_path, *ROWS))
    head = system.log.head()
    assert taken(system, sheet(tmp_path, *ROWS))["outcome"] == "unchanged"
    other = ("weld", "labour", "welder", 1, 60, None, "EUR", None)
    assert taken(system, sheet(tmp_path, *ROWS[:3], other))["events"] == 1
    assert [each.stream for each in system.log.read(head, 10)] == ["estimate-P/weld"]


def test_a_dry_run_records_nothing(system: System, tmp_path: Path) -> None:
    head = system.log.head()
    found = taken(system, sheet(tmp_path, *ROWS), dry_run=True)
    assert (found["outcome"], found["events"], system.log.head()) == ("planned", 3, head)


@pytest.mark.parametrize(
    ("row", "column", "text"),
    [
        (("cut", "labor", "fitter", 1, 1, None, "EUR", None), "element",
         "'labor' is none of labour, material, subcontract, equipment, other"),
        (("cut", None, "fitter", 1, 1, None, None, None), "currency",
         "a row needs the column 'currency'"),
        ((None, None, "fitter", 1, 1, None, "EUR", None), "id", "a row needs the column 'id'"),
        (("cut", None, None, 1, 1, None, "EUR", None), "skill",
         "hours are of a skill: name it"),
        (("cut", None, "fitter", None, 1, None, "EUR", None), "hours",
         "say how many hours of fitter"),
        (("cut", None, "fitter", 0.001, 1, None, "EUR", None), "hours",
         "0.001 hours are no whole minutes"),
        (("cut", None, "fitter", -1, 1, None, "EUR", None), "hours",
         "'-1' is no number: write it as 1250 or 1250.50, without a sign, a currency or thousands"),
        (("cut", None, None, None, "1,250", None, "EUR", None), "amount",
         ("'1,250' is no number: write it as 1250 or 1250.50, without a sign, a currency or"
         " thousands")),
        (("cut", None, None, None, "9.999", None, "EUR", None), "amount",
         "9.999 has more digits than EUR has"),
        (("cut", None, None, None, "0.5", None, "JPY", None), "amount",
         "0.5 has more digits than JPY has"),
        (("cut", None, "fitter", 1, 1, 1, "EUR", None), "rate",
         "a row has an amount or a rate, not both"),
        (("cut", None, "fitter", 1, None, None, "EUR", None), "amount",
         "a row needs an amount, or hours and their rate"),
        (("weld", None, None, None, 1, None, "USD", None), "currency",
         "weld labour is by EUR on row 2"),
        (("weld", None, None, None, 1, None, "EUR", "analogous"), "method",
         "weld labour is by bottom_up on row 2"),
        (("cut", None, None, None, 1, None, "EUR", "guess"), "method",
         "'guess' is none of bottom_up, analogous, parametric"),
        (("cut", None, "two words", 1, 1, None, "EUR", None), None,
         "estimate.submit.v1: String should match pattern '^[A-Za-z0-9._:\\-]{1,64}$'"),
        (("cut", None, None, None, 1, None, "EURO", None), None,
         "estimate.submit.v1: String should match pattern '^[A-Z]{3}$'"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_told_with_its_row_and_nothing_is_recorded(
    system: System, tmp_path: Path, row: tuple[object, ...], column: str | None, text: str
) -> None:
    head = system.log.head()
    good = ("weld", "labour", "welder", 1, 60, None, "EUR", None)
    found = taken(system, sheet(tmp_path, good, row))
    assert found["wrong"] == [{"row": 3, "column": column, "text": text}]
    assert (found["outcome"], system.log.head()) == ("wrong", head)


def test_a_phase_there_is_not_is_refused_with_its_row(system: System, tmp_path: Path) -> None:
    head = system.log.head()
    rows = (*ROWS, ("sand", "labour", "fitter", 1, 60, None, "EUR", None))
    found = taken(system, sheet(tmp_path, *rows))
    assert (found["outcome"], found["code"], found["row"]) == ("refused", "not_in_plan", 6)
    assert system.log.head() == head


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def test_the_verb_takes_values_of_a_semicolon_dialect(tmp_path: Path) -> None:
    with system_in(tmp_path) as opened:
        ask_all(opened, [OPEN, plan_phase("cut")], message_id="plan")
        opened.settle()
    file = tmp_path / "e.csv"
    file.write_text("id;skill;hours;rate;currency\ncut;fitter;7,5;40,10;EUR\n", "utf-8")
    result = takt(tmp_path, "import", "estimates", str(file), "--project", "P")
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            "recorded: P: 1 estimate of 1 row, 1 event",
            "  cut labour: 300.75 EUR (fitter 7.5 h)",
            "note: read as values separated by semicolons",
        ],
    )
    file.write_text("id;skill;hours;rate;currency\ncut;fitter;seven;40,10;EUR\n", "utf-8")
    result = takt(tmp_path, "import", "estimates", str(file), "--project", "P")
    assert (result.exit_code, result.stdout.splitlines()[1][:40]) == (
        2,
        "  row 2, hours: 'seven' is no number: wr",
    )
    told = takt(tmp_path, "import", "estimates", str(file), "--project", "P", "--json")
    assert json.loads(told.stdout)["outcome"] == "wrong"
