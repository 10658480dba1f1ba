"""Back-test the rules on a log: over the verb, of one project or all, and what it says then."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from consumers.cli import app
from consumers.demo.plant import Plant
from consumers.timers import Ticker
from domain.rules import RULES
from tests.plants import Doors
from tests.unit.consumers.systems import StandingClock, system_in

PLANT = Plant(seed=5, at_once=2, phases=(12, 14), reporting=True)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill a log with small projects, and a tick before each message half a day on."""
    home = tmp_path_factory.mktemp("plant")
    clock = StandingClock(PLANT.begin)
    with system_in(home, clock) as system:
        doors = Doors(system.log)
        ticker = Ticker(
            system.log, clock, due_by=lambda _: (), cadence=timedelta(hours=12),
            parking_limit=timedelta(days=1),
        )  # fmt: skip
        for message in PLANT.messages(500):
            clock.at = message.at
            ticker.look()
            doors.take([message])
    assert set(doors.outcomes) == {"recorded"}
    return home


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def scores(home: Path, *words: str) -> dict[str, Any]:
    result = takt(home, "rules", "backtest", *words, "--json")
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_every_rule_is_tested_on_every_project(home: Path) -> None:
    document = scores(home)
    assert {rule["rule"] for rule in document["rules"]} == {rule.name for rule in RULES}
    assert document["horizon_days"] == 60
    assert len(document["projects"]) >= 2
    for rule in document["rules"]:
        assert rule["fired"] == rule["true"] + rule["false"]
    assert any(rule["fired"] for rule in document["rules"])


def test_projects_add_up(home: Path) -> None:
    projects = scores(home)["projects"]
    each = [scores(home, "M5", "--project", project)["rules"][0] for project in projects]
    together = scores(home, "promise_late")["rules"][0]
    for count in ("fired", "true", "false", "missed", "undecided"):
        assert together[count] == sum(one[count] for one in each)


def test_the_table_has_a_line_for_each_rule_and_says_what_is_undefined(home: Path) -> None:
    head, names, line = takt(home, "rules", "backtest", "M5", "--to", "1").stdout.splitlines()
    assert head.startswith("4 projects, positions 1 to 1, horizon 60 working days")
    assert names.split()[1:] == [
        "fired", "true", "false", "missed", "undecided", "precision", "recall", "lead",
    ]  # fmt: skip
    assert line.split() == ["M5", "promise_late", "0", "0", "0", "0", "0", "none", "none", "none"]


def test_the_same_log_gives_the_same_scores(home: Path) -> None:
    assert scores(home) == scores(home)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("S99",), "there is no rule S99"),
        (("--project", "nowhere"), "there is no project nowhere"),
        (("--from", "9", "--to", "8"), "nothing from position 9 to 8"),
        (("--to", "yesterday"), "yesterday"),
    ],
)
def test_what_cannot_be_tested_is_said(home: Path, words: tuple[str, ...], said: str) -> None:
    result = takt(home, "rules", "backtest", *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_an_empty_log_has_nothing_to_test(tmp_path: Path) -> None:
    result = takt(tmp_path, "rules", "backtest")
    assert result.exit_code == 2
    assert "nothing" in result.stderr
