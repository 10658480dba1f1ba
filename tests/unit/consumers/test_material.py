"""Hold the material plan to a project told over the doors: decisions, the verb and the API."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.cli import app
from consumers.http.app import create_app
from consumers.planning_material import LOOKED_BACK_MAX
from consumers.running import services_of
from consumers.supervision import Workers
from domain.kernel.refusals import (
    InvalidTransition,
    NotInPlan,
    OverIssue,
    OverReservation,
    StockSet,
    UnknownSubject,
)
from tests.unit.consumers.systems import ask, report, system_in

PROJECT = "MIX-1"
ROD = f"item-{PROJECT}/rod"
DAYS = [{"day": day, "windows": [["08:00", "12:00"], ["13:00", "17:00"]]} for day in range(1, 6)]
MONDAY_EVENING, TUESDAY = "2026-03-03T00:00:00+00:00", "2026-03-03T08:00:00+00:00"
REASON = {"code": "material_short"}


def phase(name: str, days: int) -> dict[str, Any]:
    return {
        "id": name, "wbs": name, "name": name.title(), "kind": "task", "department": "shop",
        "duration_min": days * 480,
    }  # fmt: skip


PLAN = {
    "format": "takt.plan/1",
    "project": {
        "id": PROJECT, "name": "Mixer", "start": "2026-03-02T08:00:00Z", "zone": "UTC",
        "calendar": "plant", "promise": "2026-03-10T00:00:00Z",
    },
    "calendars": [{"id": "plant", "weekly": DAYS}],
    "resources": [],
    "phases": [phase("cut", 2), phase("weld", 3)],
    "links": [{"pred": "cut", "succ": "weld", "type": "FS"}],
}  # fmt: skip


class Door:
    """One system and the messages it was sent, each with an id of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._sent = 0

    def ask(self, command: str, **body: object) -> str:
        """Ask for a change; return what became of it: recorded, or the code of the refusal."""
        self._sent += 1
        with system_in(self.home) as system:
            text = json.dumps({"project_id": PROJECT, **body})
            told = ask(system, command, text, message_id=f"c{self._sent}")
            system.settle()
        return told.code or told.kind

    def report(self, name: str, subject: str, **data: object) -> str:
        """Report what happened."""
        self._sent += 1
        with system_in(self.home) as system:
            told = report(system, name, subject, data, message_id=f"f{self._sent}")
            system.settle()
        return told.kind

    def takt(self, *words: str) -> Result:
        env = {"TAKT_HOME": str(self.home), "COLUMNS": "200"}
        return CliRunner().invoke(app, list(words), env=env)

    def material(self, *words: str) -> Any:  # noqa: ANN401
        result = self.takt("material", PROJECT, *words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def head(self) -> int:
        with system_in(self.home) as system:
            return system.log.head()


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """Return a home with the plan in it, ten rods that welding needs, and four that lie there."""
    home, plan_file = tmp_path / "home", tmp_path / "plan.json"
    home.mkdir()
    plan_file.write_text(json.dumps(PLAN))
    door = Door(home)
    imported = door.takt("import", "plan", str(plan_file))
    assert imported.exit_code == 0, imported.output
    assert need(door, "R-1", 10, offset_min=480) == "recorded"
    assert count(door, 4) == "recorded"
    assert door.report("item.lead_time_revised.v1", ROD, value=3, unit="days") == "recorded"
    return door


def need(door: Door, name: str, qty: int, **more: object) -> str:
    wanted: dict[str, object] = {
        "requirement_id": name, "phase": "weld", "item": "rod", "qty": str(qty), "uom": "H87",
    }  # fmt: skip
    return door.ask("requirement.identify.v1", **{**wanted, **more})


def count(door: Door, qty: int) -> str:
    return door.report(
        "item.stock_counted.v1", ROD, location="main", qty=str(qty), at="2026-03-01T08:00:00Z"
    )


def order(door: Door, name: str, qty: int, need_by: str) -> str:
    return door.ask(
        "commitment.request.v1", commitment_id=name, vendor="Fluxtec", kind="goods", item="rod",
        qty=str(qty), uom="H87", need_by=need_by,
    )  # fmt: skip


def reserve(door: Door, requirement: str, qty: int) -> str:
    return door.ask("item.reserve.v1", item_id="rod", requirement=requirement, qty=str(qty))


def test_what_is_short_is_told_with_its_cause_and_its_cost(door: Door) -> None:
    (short,) = door.material()["shortages"]
    assert (short["item"], short["qty"], short["first_at"]) == ("rod", "6", TUESDAY)
    # Ordered now the rods come on Thursday, two days after they are needed; the float is one.
    assert short["cost_days"] == "1.00"
    assert short["cause"]["type"] == "requirement.identified.v1"
    assert short["held_up"] == [
        {
            "requirement": "R-1",
            "phase": "weld",
            "name": "Weld",
            "need_at": TUESDAY,
            "available_at": "2026-03-05T08:00:00+00:00",
            "push_days": "2.00",
            "cost_days": "1.00",
        }
    ]
    text = door.takt("material", PROJECT).stdout
    assert "Mixer: 1 item, 1 short, as of Mon 2026-03-02 08:00." in text
    assert "SHORT  rod: 6 pcs from Tue 2026-03-03 08:00 on; costs 1.00 days of the promise" in text
    assert "order now, late: rod#1, 6 pcs, Sat 2026-02-28 08:00 → Tue 2026-03-03 08:00" in text


def test_an_order_that_comes_in_time_ends_the_shortage_and_a_slip_brings_it_back(
    door: Door,
) -> None:
    assert order(door, "PO-1", 6, "2026-03-02") == "recorded"
    before = door.head()
    plan = door.material()
    assert plan["shortages"] == []
    (rod,) = plan["items"]
    assert rod["demands"][0]["pegs"] == [
        {"supply": "stock", "qty": "4", "at": None, "in_time": True},
        {"supply": "PO-1", "qty": "6", "at": MONDAY_EVENING, "in_time": True},
    ]
    assert [(each["id"], each["pegs"]) for each in rod["supplies"]] == [
        ("stock", [{"demand": "R-1", "qty": "4"}]),
        ("PO-1", [{"demand": "R-1", "qty": "6"}]),
    ]
    assert [(line["at"], line["projected_available"]) for line in rod["record"]] == [
        (MONDAY_EVENING, "10"),
        (TUESDAY, "0"),
    ]
    told = door.report(
        "commitment.promise_date_moved.v1", "commitment-PO-1", new="2026-03-05",
        told_by="desk", channel="phone",
    )  # fmt: skip
    assert told == "recorded"
    (short,) = door.material()["shortages"]
    assert (short["cause"]["kind"], short["cause"]["position"]) == ("vendor_slip", before + 1)
    (message,) = door.material()["items"][0]["messages"]
    assert (message["kind"], message["order"], message["to"]) == ("expedite", "PO-1", TUESDAY)
    assert door.material("--as-of", str(before))["shortages"] == []


def test_goods_that_hold_a_phase_back_are_late_all_the_same(door: Door) -> None:
    """Where material drives, the phase waits for them; needed they were when it could start."""
    assert door.ask("project.set_scheduling_policy.v1", material_drives=True) == "recorded"
    told = door.ask(
        "commitment.request.v1", commitment_id="PO-1", vendor="Fluxtec", kind="goods",
        item="rods", qty="6", uom="H87", need_by="2026-03-04", for_requirements=["R-1"],
    )  # fmt: skip
    assert told == "recorded"
    schedule = json.loads(door.takt("schedule", PROJECT, "--json").stdout)
    weld = next(each for each in schedule["phases"] if each["id"] == "weld")
    assert weld["driver"] == {"kind": "commitment", "ref": "PO-1"}
    assert weld["start"] == "2026-03-06T08:00:00+00:00"
    (short,) = door.material()["shortages"]
    (held_up,) = short["held_up"]
    assert (held_up["need_at"], held_up["push_days"], held_up["cost_days"]) == (
        TUESDAY, "2.00", "1.00",
    )  # fmt: skip


def test_a_second_requirement_takes_nothing_that_is_reserved(door: Door) -> None:
    assert reserve(door, "R-1", 4) == "recorded"
    assert reserve(door, "R-1", 1) == OverReservation.code
    assert need(door, "R-2", 4, phase="cut", priority=1) == "recorded"
    assert reserve(door, "R-2", 1) == OverReservation.code
    (rod,) = door.material()["items"]
    pegs = {each["id"]: each["pegs"] for each in rod["demands"]}
    assert pegs["R-1"][0] == {"supply": "stock", "qty": "4", "at": None, "in_time": True}
    assert all(peg["supply"] != "stock" for peg in pegs["R-2"])


def test_what_is_held_for_a_requirement_is_settled_before_it_ends(door: Door) -> None:
    ends = {"requirement_id": "R-1", "reason": REASON}
    assert reserve(door, "R-1", 4) == "recorded"
    assert door.ask("requirement.cancel.v1", **ends) == InvalidTransition.code
    issued = door.report("item.issued_to_phase.v1", ROD, requirement="R-1", qty="3")
    assert issued == "recorded"
    assert door.ask("requirement.cancel.v1", **ends) == OverIssue.code
    assert door.ask("requirement.change.v1", qty="2", **ends) == OverIssue.code
    back = door.report("item.returned_from_phase.v1", ROD, requirement="R-1", qty="3")
    assert back == "recorded"
    free = {"item_id": "rod", "requirement": "R-1"}
    assert door.ask("item.unreserve.v1", qty="1", **free) == "recorded"
    assert door.ask("requirement.cancel.v1", **ends) == "recorded"
    assert reserve(door, "R-1", 1) == UnknownSubject.code


def test_stock_is_counted_or_moved_and_never_set(door: Door) -> None:
    delta = {"delta": "3", "reason": REASON}
    assert door.ask("item.adjust_stock.v1", item_id="bolt", **delta) == StockSet.code
    assert door.ask("item.adjust_stock.v1", item_id="rod", **delta) == "recorded"
    assert door.material()["items"][0]["on_hand"] == "7"


def test_a_phase_that_is_not_planned_needs_nothing(door: Door) -> None:
    assert need(door, "R-2", 1, phase="paint") == NotInPlan.code


def test_a_fact_of_an_item_nobody_knows_makes_it_known(door: Door) -> None:
    told = door.report("item.issued_to_phase.v1", f"item-{PROJECT}/bolt", requirement="R", qty="1")
    assert told == "recorded"
    assert [each["item"] for each in door.material()["items"]] == ["bolt", "rod"]


def test_items_that_are_made_of_each_other_are_not_planned(door: Door) -> None:
    line = {"item": "rod", "qty_per": "1", "uom": "H87"}
    told = door.report("item.bom_revised.v1", ROD, revision="A", lines=[line])
    assert told == "recorded"
    result = door.takt("material", PROJECT)
    assert result.exit_code == 1
    assert "cannot be planned: rod: made of themselves" in result.stdout


def test_a_shortage_older_than_what_is_looked_at_says_so(door: Door) -> None:
    requests = [
        {"command": "item.set_planning_rules.v1", "item_id": "bolt", "safety_stock": str(each)}
        for each in range(LOOKED_BACK_MAX + 1)
    ]
    with system_in(door.home) as system:
        for number, body in enumerate(requests):
            name = body.pop("command")
            text = json.dumps({"project_id": PROJECT, **body})
            ask(system, name, text, message_id=f"rules{number}")
        system.settle()
    short = {each["item"]: each for each in door.material()["shortages"]}
    assert short["rod"]["cause"] is None
    assert short["rod"]["looked_back_to"] > 0
    assert (
        f"since before position {short['rod']['looked_back_to']}"
        in door.takt("material", PROJECT).stdout
    )


def test_the_api_answers_as_the_verb_does(door: Door) -> None:
    with system_in(door.home) as system:
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            answered = client.get(f"/v1/projects/{PROJECT}/material")
    assert (answered.status_code, answered.json()) == (200, door.material())


def test_a_project_that_is_not_there_is_wrong_use(door: Door) -> None:
    assert door.takt("material", "nobody").exit_code == 2
