"""Give a plan away as takt.plan/1 and as Microsoft Project's XML, and take it in again."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import etree
from typer.testing import CliRunner, Result

from consumers.cli import app
from consumers.gateways.mspdi import read_mspdi
from consumers.gateways.plan_file import PlanFile, plan_of, read_plan
from consumers.plan_export import exported_plan
from projections.reports.as_mspdi import NAMESPACE, left_out, plan_mspdi
from tests.unit.consumers.systems import ask, report, system_in

ROOT = Path(__file__).parents[3]
PRESS_LINE = ROOT / "deploy" / "examples" / "press-line.plan.json"


def takt(home: Path, *words: str) -> Result:
    result = CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def planned(tmp_path: Path) -> Path:
    takt(tmp_path / "one", "import", "plan", str(PRESS_LINE))
    return tmp_path


def plan_in(home: Path, *, branch: str | None = None) -> dict[str, Any]:
    with system_in(home) as system:
        system.settle()
        return exported_plan(system.views, "PRJ-7", branch)


def test_a_plan_comes_back_as_it_was_planned(planned: Path) -> None:
    before, after = read_plan(PRESS_LINE), plan_of(plan_in(planned / "one"))
    assert after.project.model_dump(exclude={"dialect"}) == before.project.model_dump(
        exclude={"dialect"}
    )
    for part in ("phases", "links", "resources"):
        assert getattr(after, part) == getattr(before, part)
    zone = before.project.zone
    assert [each.working(zone) for each in after.calendars] == [
        each.working(zone) for each in before.calendars
    ]
    assert after.notes == ()


@pytest.mark.parametrize("ending", [".json", ".xml"])
def test_the_verb_writes_a_plan_that_has_the_same_dates_elsewhere(
    planned: Path, ending: str
) -> None:
    with system_in(planned / "one") as system:
        begun = {"actual_start": "2026-03-02T07:00:00Z"}
        report(system, "phase.started.v1", "phase-PRJ-7/cut", begun, message_id="m1")
        left = '{"project_id":"PRJ-7","phase_id":"cut","remaining_min":700,"physical_bp":2500}'
        ask(system, "phase.record_progress.v1", left, message_id="m2")
    file = planned / f"plan{ending}"
    told = takt(planned / "one", "schedule", "PRJ-7", "--to", str(file)).stdout
    assert told.splitlines()[0] == f"{file}: 5 phases"
    again = takt(planned / "two", "import", "plan", str(file), "--json")
    assert json.loads(again.stdout)["differences"] == {
        "compared": 10,
        "differing": 0,
        "rows": [],
    }
    assert json.loads(again.stdout)["actuals"] == 2


def test_a_plan_in_xml_is_read_back_by_its_numbers(planned: Path) -> None:
    plan = plan_in(planned / "one")
    read = read_mspdi(plan_mspdi(plan), zone="Europe/Berlin")
    before = plan_of(plan)
    numbers = {each.id: str(place) for place, each in enumerate(before.phases, 1)}
    assert [each.id for each in read.phases] == list(numbers.values())
    for one, other in zip(before.phases, read.phases, strict=True):
        kept = {"name", "wbs", "duration_min", "constraint", "deadline"}
        assert one.model_dump(include=kept) == other.model_dump(include=kept)
        assert other.parent == (None if one.parent is None else numbers[one.parent])
    assert [(each.pred, each.succ, each.type, each.lag) for each in read.links] == [
        (numbers[each.pred], numbers[each.succ], each.type, each.lag) for each in before.links
    ]
    (calendar,) = read.calendars
    assert calendar.working("Europe/Berlin") == before.calendars[0].working("Europe/Berlin")
    assert [each.resource for each in read.phases[1].requires] == ["1"]
    assert read.stored["3"].start == before.stored["weld"].start


def test_the_same_plan_gives_the_same_bytes(planned: Path) -> None:
    assert plan_mspdi(plan_in(planned / "one")) == plan_mspdi(plan_in(planned / "one"))


def test_a_branch_gives_its_own_plan_away(planned: Path) -> None:
    home = planned / "one"
    takt(home, "branch", "open", "PRJ-7", "b1", "--title", "Longer")
    longer = (
        '{"project_id":"PRJ-7","phase_id":"weld","duration_min":2400,"reason":{"code":"weather"}}'
    )
    takt(home, "branch", "add", "PRJ-7", "b1", "--command", "plan.revise_duration.v1", "--data",
         longer)  # fmt: skip
    durations = {
        branch: {
            each["id"]: each["duration_min"] for each in plan_in(home, branch=branch)["phases"]
        }
        for branch in (None, "b1")
    }
    assert (durations[None]["weld"], durations["b1"]["weld"]) == (1440, 2400)


def plan(**parts: Any) -> dict[str, Any]:  # noqa: ANN401  Whatever a plan holds.
    head = {"id": "P", "name": "Press", "start": "2026-03-02T08:00:00+01:00",
            "zone": "Europe/Berlin", "calendar": "c"}  # fmt: skip
    calendar = {"id": "c", "zone": "Europe/Berlin", "exceptions": [],
                "weekly": [{"day": 1, "windows": [["08:00", "24:00"]]}]}  # fmt: skip
    return {
        "format": "takt.plan/1", "project": head, "calendars": [calendar], "resources": [],
        "phases": [], "links": [], "stored": {}, "notes": [],
    } | parts  # fmt: skip


def phase(phase_id: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"id": phase_id, "wbs": "", "name": phase_id, "kind": "task", "department": "Works",
            "duration_min": 480} | fields  # fmt: skip


def read(written: dict[str, Any]) -> PlanFile:
    return read_mspdi(plan_mspdi(written), zone=written["project"]["zone"])


def test_ids_that_are_numbers_stay_and_others_get_those_that_are_free() -> None:
    rows = [phase("2"), phase("weld"), phase("007"), phase("1"), phase(str(2**31))]
    assert [each.id for each in read(plan(phases=rows)).phases] == ["2", "3", "4", "1", "5"]


def test_what_is_below_a_summary_comes_after_it_whatever_the_order() -> None:
    rows = [phase("1", parent="3"), phase("2", parent="3"), phase("3", duration_min=0), phase("4")]
    found = read(plan(phases=rows)).phases
    assert [(each.id, each.parent, each.wbs) for each in found] == [
        ("3", None, "1"), ("1", "3", "1.1"), ("2", "3", "1.2"), ("4", None, "2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lag", "comes_back"),
    [
        ({"value": -90, "unit": "working_min"}, (-90, "working_min", None)),
        ({"value": 90, "unit": "elapsed_min"}, (90, "elapsed_min", None)),
        ({"value": 90, "unit": "working_min", "calendar": "24h"}, (90, "elapsed_min", None)),
        ({"value": 5000, "unit": "percent_of_pred"}, (5000, "percent_of_pred", None)),
        ({"value": 5000, "unit": "percent_of_pred", "calendar": "24h"},
         (5000, "percent_of_pred", "24h")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("link_type", ["FS", "SS", "FF", "SF"])
def test_links_keep_their_type_and_lag(
    link_type: str, lag: dict[str, Any], comes_back: tuple[object, ...]
) -> None:
    links = [{"pred": "1", "succ": "2", "type": link_type, "lag": lag}]
    (link,) = read(plan(phases=[phase("1"), phase("2")], links=links)).links
    assert link.lag is not None
    assert (link.type, (link.lag.value, link.lag.unit, link.lag.calendar)) == (
        link_type,
        comes_back,
    )


@pytest.mark.parametrize("kind", ["ALAP", "SNET", "SNLT", "FNET", "FNLT", "MSO", "MFO"])
def test_constraints_keep_their_kind_and_moment(kind: str) -> None:
    at = {} if kind == "ALAP" else {"at": "2026-07-01T08:30:00+02:00"}
    (found,) = read(plan(phases=[phase("1", constraint={"kind": kind, **at})])).phases
    assert found.constraint is not None
    told = found.constraint.at
    assert found.constraint.kind == kind
    assert (None if told is None else told.astimezone(ZoneInfo("Europe/Berlin")).isoformat()) == (
        at.get("at")
    )


def test_what_is_done_and_what_remains_is_told() -> None:
    start, finish = "2026-03-02T08:00:00+01:00", "2026-03-02T16:00:00+01:00"
    rows = [
        phase("1", actual_start=start, actual_finish=finish),
        phase("2", actual_start=start, remaining_min=1, physical_bp=9_999),
        phase("3", actual_start=start, remaining_min=960),
        phase("4", kind="finish_ms", duration_min=0),
    ]
    written = plan_mspdi(plan(phases=rows))
    tasks = etree.fromstring(written).iterfind(f"{{{NAMESPACE}}}Tasks/{{{NAMESPACE}}}Task")
    assert [
        [task.findtext(f"{{{NAMESPACE}}}{name}") for name in
         ("PercentComplete", "RemainingDuration", "PhysicalPercentComplete", "Milestone")]
        for task in tasks
    ] == [
        ["100", "PT0H0M0S", None, "0"],
        ["99", "PT0H1M0S", "99", "0"],
        ["0", "PT16H0M0S", None, "0"],
        ["0", "PT0H0M0S", None, "1"],
    ]  # fmt: skip


def test_words_that_xml_cannot_hold_are_replaced() -> None:
    (found,) = read(plan(phases=[phase("1", name="A\x01 <b> & c")])).phases
    assert found.name == "A\ufffd <b> & c"


def test_what_has_no_place_there_is_told() -> None:
    night = {"id": "n", "zone": "Asia/Kathmandu", "exceptions": [],
             "weekly": [{"day": 7, "windows": [["08:00", "12:00"]]}]}  # fmt: skip
    links = [
        {"pred": "1", "succ": "2", "type": "FS", "lag": {"value": 50, "unit": "percent_of_pred"}},
        {"pred": "1", "succ": "2", "type": "SS",
         "lag": {"value": 60, "unit": "working_min", "calendar": "pred"}},
    ]  # fmt: skip
    written = plan(phases=[phase("1"), phase("2")], links=links, notes=["goods are left out"])
    written["calendars"].append(night)
    assert list(left_out(written)) == [
        "goods are left out",
        "phases have no department there",
        "calendar n is of Asia/Kathmandu: its times stand there as if they were of Europe/Berlin",
        "the lag of 1 to 2 is rounded to a whole per cent",
        "the lag of 1 to 2 is counted by the successor's calendar there",
    ]
