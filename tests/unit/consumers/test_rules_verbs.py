"""Ask which rules there are over the verb and over HTTP, and set one otherwise."""

import json
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.cli import app
from consumers.http.app import create_app
from consumers.running import services_of
from consumers.supervision import Workers
from domain.rules import RULES
from tests.unit.consumers.systems import OPEN, StandingClock, ask, system_in


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def listed(home: Path, *words: str) -> dict[str, Any]:
    result = takt(home, "rules", "list", *words, "--json")
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_every_rule_is_listed_with_a_code_and_a_sentence(tmp_path: Path) -> None:
    rules = listed(tmp_path)["rules"]
    assert {rule["name"] for rule in rules} == {rule.name for rule in RULES}
    codes = [rule["code"] for rule in rules]
    assert codes == sorted(codes, key=lambda code: (code[0], int(code[1:])))
    assert len(set(codes)) == len(codes)
    assert all(rule["title"].endswith(".") for rule in rules)
    assert [number["value"] for number in listed(tmp_path)["noise"]] == [50, 15, 30]


def test_no_two_rules_share_a_name_and_no_number_has_two_meanings() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert len({number.name for number in rule.parameters}) == len(rule.parameters)


def test_a_rule_is_explained_by_its_name_or_its_code(tmp_path: Path) -> None:
    by_code = takt(tmp_path, "rules", "explain", "S2", "--json")
    by_name = takt(tmp_path, "rules", "explain", "finish_after_promise", "--json")
    assert by_code.stdout == by_name.stdout
    assert "working days of the" in json.loads(by_code.stdout)["text"]


def test_a_rule_that_there_is_not_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    result = takt(tmp_path, "rules", "explain", "S99")
    assert result.exit_code != 0
    assert "there is no rule S99; there are " in result.stderr
    assert "S2 finish_after_promise" in result.stderr


def test_a_project_shows_the_numbers_it_set_as_of_any_moment(tmp_path: Path) -> None:
    set_rule = '{"project_id":"P","rule":"noise","parameters":{"min_age":60}}'
    off = '{"project_id":"P","rule":"finish_after_promise","on":false}'
    with system_in(tmp_path, StandingClock()) as system:
        ask(system, *OPEN, message_id="1")
        before = system.log.head()
        ask(system, "project.set_rule.v1", set_rule, message_id="2")
        ask(system, "project.set_rule.v1", off, message_id="3")
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            over_http = client.get("/v1/projects/P/rules").json()
    now, then = listed(tmp_path, "P"), listed(tmp_path, "P", "--as-of", str(before))
    assert over_http == now
    assert now["noise"][1] | {"text": ""} == {
        "name": "min_age", "value": 60, "default": 15, "unit": "minutes", "text": "",
    }  # fmt: skip
    assert [rule["name"] for rule in now["rules"] if not rule["on"]] == ["finish_after_promise"]
    assert then["noise"][1]["value"] == 15
    assert all(rule["on"] for rule in then["rules"])
    assert "min_age: 60 minutes (else 15)" in takt(tmp_path, "rules", "list", "P").stdout


def test_a_number_that_no_rule_goes_by_is_refused(tmp_path: Path) -> None:
    body = '{"project_id":"P","rule":"noise","parameters":{"min_aeg":60}}'
    with system_in(tmp_path, StandingClock()) as system:
        ask(system, *OPEN, message_id="1")
        refused = ask(system, "project.set_rule.v1", body, message_id="2")
    assert refused.kind == "refused"
    assert refused.text == (
        "rule noise has no number min_aeg; it goes by debounce, min_age, min_impact"
    )
