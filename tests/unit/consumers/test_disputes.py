"""Contest a reason and settle it: what `why` charges, what is shown, by verb and over HTTP."""

import json
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.bootstrap import System
from consumers.cli import app
from consumers.http.app import create_app
from consumers.running import services_of
from consumers.supervision import Workers
from tests.unit.consumers.systems import OPEN, ask, ask_all, link, plan_phase, system_in

Body: TypeAlias = dict[str, object]
MESSAGES = count()
REVISED: Body = {
    "project_id": "P", "phase_id": "a", "duration_min": 1_440,
    "reason": {"code": "labour_short"}, "responsible": "Works",
}  # fmt: skip
PROPOSAL: Body = {
    "project_id": "P", "target": "plan-P:4", "proposed_reason": {"code": "material_late"},
    "proposed_responsible": "Norva", "why": "The plates came on Thursday",
}  # fmt: skip


def asked(system: System, name: str, body: Body) -> tuple[str, str]:
    outcome = ask(system, name, json.dumps(body), message_id=f"m-{next(MESSAGES)}")
    return outcome.kind, outcome.code


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home in which a phase takes two days more since position 5, for want of labour."""
    with system_in(tmp_path) as system:
        ask_all(system, [OPEN, plan_phase("a"), plan_phase("b"), link("a", "b")], message_id="plan")
        assert asked(system, "plan.revise_duration.v1", REVISED) == ("recorded", "")
        system.settle()
    return tmp_path


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def sent(home: Path, name: str, body: Body) -> Result:
    return takt(home, "command", "send", name, json.dumps(body))


def document(home: Path, *words: str) -> Any:  # noqa: ANN401  Whatever JSON was printed.
    result = takt(home, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def charged(home: Path, *words: str) -> tuple[str, str, str | None]:
    """Return the reason and the party that the one move is charged to, and its dispute's state."""
    told = document(home, "why", "P", "--from", "4", *words)
    (move,) = told["moves"]
    assert [each["name"] for each in told["by"]["party"]] == [move["party"]]
    assert [each["name"] for each in told["by"]["reason"]] == [move["reason"]]
    assert sum(each["minutes"] for each in told["by"]["party"]) == told["moved_min"] != 0
    return move["reason"], move["party"], (move["dispute"] or {}).get("state")


def settle(outcome: str) -> Body:
    return {"project_id": "P", "target": "plan-P:4", "outcome": outcome}


def test_a_dispute_is_shown_and_what_was_stated_counts_until_it_is_settled(home: Path) -> None:
    assert charged(home) == ("labour_short", "Works", None)
    assert sent(home, "dispute.dispute_reason.v1", PROPOSAL).exit_code == 0
    assert charged(home) == ("labour_short", "Works", "open")
    text = "disputed by local: proposes material_late, Norva answers"
    assert text in takt(home, "why", "P", "--from", "4").stdout
    assert text in takt(home, "why", "P", "--history").stdout
    assert f"The reason of plan-P:4 is {text}" in takt(home, "audit", "trail", "P").stdout
    (point,) = document(home, "handover", "P", "--role", "coordinator")["points"]
    assert (point["kind"], point["ref"], point["position"]) == ("dispute", "plan-P:4", 6)


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        ("upheld", ("labour_short", "Works")),
        ("withdrawn", ("labour_short", "Works")),
        ("changed", ("material_late", "Norva")),
    ],
)
def test_what_is_settled_is_charged_and_both_are_shown(
    home: Path, outcome: str, counts: tuple[str, str]
) -> None:
    sent(home, "dispute.dispute_reason.v1", PROPOSAL)
    before = charged(home)
    assert sent(home, "dispute.settle.v1", settle(outcome)).exit_code == 0
    assert charged(home) == (*counts, outcome)
    assert charged(home, "--method", "shapley") == (*counts, outcome)
    assert charged(home, "--to", "6") == before, "as it was known then"
    (shown,) = document(home, "disputes", "P")["disputes"]
    stated = (shown["stated_reason"], shown["stated_responsible"])
    assert stated == ("labour_short", "Works")
    assert (shown["counts_reason"], shown["counts_responsible"]) == counts
    assert (shown["state"], shown["settled_by"], shown["position"]) == (outcome, "local", 6)
    last = document(home, "why", "P", "--history")["dates"][-1]
    assert (last["reason"], last["dispute"]["state"]) == (counts[0], outcome)
    assert document(home, "handover", "P")["kinds"] == {}


def test_a_dispute_is_of_an_event_that_is_there_and_names_a_reason(home: Path) -> None:
    wrong: list[tuple[Body, str]] = [
        ({"target": "plan-P:9"}, "unknown_subject"),
        ({"target": "nothing-P:1"}, "unknown_subject"),
        ({"target": "plan-P:1"}, "invalid_transition"),
    ]
    with system_in(home) as system:
        for changed, code in wrong:
            body = {**PROPOSAL, **changed}
            assert asked(system, "dispute.dispute_reason.v1", body) == ("refused", code), changed
        another = '{"project_id":"Q","name":"Q","zone":"UTC","calendar_id":"std",'
        opening = another + '"start":"2026-03-02T08:00:00Z"}'
        ask_all(system, [("project.open.v1", opening)], message_id="Q")
        of_another = {**PROPOSAL, "project_id": "Q"}
        told = asked(system, "dispute.dispute_reason.v1", of_another)
        assert told == ("refused", "unknown_subject"), "an event of another project is not there"


def test_a_dispute_of_what_is_voided_since_is_still_listed_and_settled(home: Path) -> None:
    sent(home, "dispute.dispute_reason.v1", PROPOSAL)
    void: Body = {"project_id": "P", "target": "plan-P:4", "why": "Typed in error"}
    assert sent(home, "event.void.v1", void).exit_code == 0
    assert takt(home, "disputes", "P").stdout == (
        "Press: 1 open.\n"
        "  plan-P:4  voided since (no reason)\n"
        "      disputed by local: proposes material_late, Norva answers: The plates came on"
        " Thursday\n"
    )
    elsewhere = sent(home, "dispute.settle.v1", {**settle("upheld"), "project_id": "Q"})
    assert "invalid_transition: nobody disputes the reason of plan-P:4" in elsewhere.stderr
    assert sent(home, "dispute.settle.v1", settle("withdrawn")).exit_code == 0
    assert sent(home, "dispute.dispute_reason.v1", PROPOSAL).exit_code == 2


def test_the_terminal_and_http_say_the_same(home: Path) -> None:
    assert takt(home, "disputes", "P").stdout == "No reason in Press is disputed.\n"
    sent(home, "dispute.dispute_reason.v1", PROPOSAL)
    sent(home, "dispute.settle.v1", settle("changed"))
    lines = takt(home, "disputes", "P").stdout.splitlines()
    assert lines[0] == "Press: 0 open."
    assert lines[1].endswith("(labour_short, Works answers)")
    assert lines[2].endswith(
        "proposes material_late, Norva answers; changed: The plates came on Thursday"
    )
    with system_in(home) as system:
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            answer = client.get("/v1/projects/P/disputes")
    assert answer.status_code == 200, answer.text
    assert answer.json() == document(home, "disputes", "P")


def test_a_dispute_that_is_voided_later_is_known_as_of_before_and_not_after(home: Path) -> None:
    sent(home, "dispute.dispute_reason.v1", PROPOSAL)
    (known,) = document(home, "disputes", "P")["disputes"]
    position = document(home, "disputes", "P")["position"]
    with system_in(home) as system:
        (stream,) = system.log.subjects("dispute", "P")
    void: Body = {"project_id": "P", "target": f"{stream}:1", "why": "Not ours to dispute"}
    assert sent(home, "event.void.v1", void).exit_code == 0
    assert document(home, "disputes", "P")["disputes"] == []
    assert document(home, "disputes", "P", "--as-of", str(position))["disputes"] == [known]
