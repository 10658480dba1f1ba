"""Ask what if in a small project: two phases in a row, and branches that would change them."""

import json
from collections.abc import Mapping
from typing import Any

from consumers.bootstrap import System
from domain.log.port import Outcome
from tests.unit.consumers.systems import OPEN, ask, ask_all, link, plan_phase

BECAUSE = {"code": "estimate_wrong"}


def a_project(system: System) -> None:
    """Plan cut and weld, a day each, one after the other."""
    requests = [OPEN, plan_phase("cut"), plan_phase("weld"), link("cut", "weld")]
    assert ask_all(system, requests, message_id="plan").kind == "recorded"
    system.settle()


def longer(phase_id: str, minutes: int) -> tuple[str, Mapping[str, Any]]:
    """Return the request to plan a phase for so long."""
    body = {
        "project_id": "P",
        "phase_id": phase_id,
        "duration_min": minutes,
        "reason": BECAUSE,
    }
    return "plan.revise_duration.v1", body


def linked(pred: str, succ: str) -> tuple[str, Mapping[str, Any]]:
    """Return the request to let one phase wait for another."""
    name, body = link(pred, succ)
    return name, json.loads(body)


def a_branch(system: System, branch_id: str, *asked: tuple[str, Mapping[str, Any]]) -> None:
    """Open a branch on the project as it is, and let it ask for this."""
    assert on_branch(system, branch_id, "open", title=branch_id).kind == "recorded"
    for number, (command, data) in enumerate(asked):
        added = on_branch(system, branch_id, "add_request", str(number), command=command, data=data)
        assert added.kind == "recorded", added


def on_branch(
    system: System, branch_id: str, verb: str, message: str = "", /, **said: object
) -> Outcome:
    """Ask something of a branch."""
    body = {"project_id": "P", "branch_id": branch_id, **said}
    message_id = f"{branch_id}-{verb}-{message}"
    return ask(system, f"branch.{verb}.v1", json.dumps(body), message_id=message_id)


def changed(system: System, command: str, data: Mapping[str, Any], message_id: str) -> Outcome:
    """Ask for a change of the project itself."""
    return ask(system, command, json.dumps(data), message_id=message_id)
