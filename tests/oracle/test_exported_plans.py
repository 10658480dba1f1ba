"""Another program reads the plans that are given away as they are meant, and dates them alike."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from consumers.bootstrap import System
from consumers.demo.project import PROJECT_ID
from consumers.plan_export import exported_plan
from consumers.running import begin_demo
from projections.reports.as_mspdi import plan_mspdi
from tests.oracle.mpxj_side import has_java
from tests.services.availability import absent
from tests.unit.consumers.systems import ask, system_in

SECONDS_MAX = 120


@pytest.fixture
def java() -> None:
    """Skip where MPXJ cannot be asked."""
    if not has_java():
        absent("java", "no Java machine, so MPXJ cannot read what is written")


def read_by_mpxj(folder: Path, plan: dict[str, Any]) -> dict[str, Any]:
    file = folder / "plan.xml"
    file.write_bytes(plan_mspdi(plan))
    answered = subprocess.run(
        [sys.executable, "-m", "tests.oracle.mpxj_reading", str(file)],
        capture_output=True, text=True, timeout=SECONDS_MAX, check=False,
    )  # fmt: skip
    assert answered.returncode == 0, answered.stderr[-2000:]
    found: dict[str, Any] = json.loads(answered.stdout)
    return found


def planned(system: System) -> dict[str, Any]:
    """Take the demo's plan in as if Microsoft Project was to be followed, and give it away."""
    begin_demo(system, system.clock().date())
    policy = f'{{"project_id":"{PROJECT_ID}","dialect":"msproject"}}'
    done = ask(system, "project.set_scheduling_policy.v1", policy, message_id="policy")
    assert done.kind == "recorded"
    system.settle()
    return exported_plan(system.views, PROJECT_ID)


def local(moment: str | None) -> str:
    """Return a moment as Java writes a local one: without seconds that are 0."""
    return "None" if moment is None else moment[:16]


@pytest.mark.usefixtures("java")
def test_mpxj_reads_and_dates_every_task_as_takt_does(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        plan = planned(system)
    numbers = {each["id"]: str(place) for place, each in enumerate(plan["phases"], 1)}
    theirs = read_by_mpxj(tmp_path, plan)
    assert [theirs[numbers[each["id"]]]["name"] for each in plan["phases"]] == [
        each["name"] for each in plan["phases"]
    ]
    for phase in plan["phases"]:
        task, stored = theirs[numbers[phase["id"]]], plan["stored"][phase["id"]]
        dates = [local(stored["start"]), local(stored["finish"])]
        assert task["stored"] == dates
        assert task["scheduled"] == dates, phase
        assert task["parent"] == numbers.get(phase.get("parent", ""))
        assert task["deadline"] == local(phase.get("deadline"))
    links = {(numbers[each["pred"]], numbers[each["succ"]], each["type"]) for each in plan["links"]}
    assert links == {
        (pred, uid, link_type)
        for uid, task in theirs.items()
        for pred, link_type, _ in task["preds"]
    }
    assert len(theirs) == len(plan["phases"])
