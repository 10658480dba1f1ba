"""Microsoft Project's files: every row is read, and its rules give its dates to the minute."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from consumers.gateways.plan_file import PlanFile, read_plan
from domain.kernel.minutes import instant_of
from domain.planning.critical_path import schedule
from domain.planning.network import Schedule
from tests.unit.planning.plans import network_of

RULES = (
    "01-single-task",
    "02-link-fs",
    "03-link-ss",
    "04-link-ff",
    "06-lag",
    "08-milestone",
    "09-constraint-snet",
    "10-summary",
    "12-calendar-6day",
)
SAMPLES = ("sample", "mspdirelations")
NAMESPACE = "{http://schemas.microsoft.com/project}"


def differing(plan: PlanFile, planned: Schedule) -> Iterator[tuple[str, str]]:
    """Yield each phase and field whose computed instant is not the stored one."""
    for phase, stored in plan.stored.items():
        row = planned.phases[phase]
        if instant_of(row.start) != stored.start:
            yield phase, "start"
        if instant_of(row.finish) != stored.finish:
            yield phase, "finish"


@pytest.mark.parametrize("rule", RULES)
def test_every_stored_start_and_finish_is_computed_to_the_minute(rule: str, shared: Path) -> None:
    plan = read_plan(shared / "data" / "mspdi" / "docxy" / f"{rule}.xml")
    assert plan.stored
    assert list(differing(plan, schedule(network_of(plan)))) == []


def test_every_published_rule_is_run(shared: Path) -> None:
    files = (shared / "data" / "mspdi" / "docxy").glob("*.xml")
    assert {path.stem for path in files} == set(RULES)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_row_of_a_real_file_arrives(name: str, shared: Path) -> None:
    path = shared / "data" / "mspdi" / "mpxj" / f"{name}.xml"
    plan = read_plan(path)
    root = ET.parse(path).getroot()  # noqa: S314  A published file, read to count its rows.

    def values(section: str, field: str) -> list[str]:
        found = root.iterfind(f"{NAMESPACE}{section}s/{NAMESPACE}{section}/{NAMESPACE}{field}")
        return [each.text or "" for each in found]

    tasks = [uid for uid in values("Task", "UID") if uid != "0"]
    assert [phase.id for phase in plan.phases] == tasks
    made = {phase.calendar for phase in plan.phases if (phase.calendar or "").startswith("shifts-")}
    assert {calendar.id for calendar in plan.calendars} - made == set(values("Calendar", "UID"))
    assert [resource.id for resource in plan.resources] == values("Resource", "UID")
    assert [each.id for each in plan.assignments] == values("Assignment", "UID")
    assert [each.phase for each in plan.assignments] == values("Assignment", "TaskUID")
    links = [
        (
            link.findtext(f"{NAMESPACE}PredecessorUID"),
            task.findtext(f"{NAMESPACE}UID"),
            ("FF", "FS", "SF", "SS")[int(link.findtext(f"{NAMESPACE}Type") or "1")],
            int(link.findtext(f"{NAMESPACE}LinkLag") or "0") // 10,
        )
        for task in root.iterfind(f"{NAMESPACE}Tasks/{NAMESPACE}Task")
        for link in task.iterfind(f"{NAMESPACE}PredecessorLink")
    ]
    assert [
        (link.pred, link.succ, link.type, link.lag.value if link.lag else 0) for link in plan.links
    ] == links
    named = {
        task.findtext(f"{NAMESPACE}UID"): task.findtext(f"{NAMESPACE}Name")
        for task in root.iterfind(f"{NAMESPACE}Tasks/{NAMESPACE}Task")
    }
    assert [phase.name for phase in plan.phases] == [named[phase.id] for phase in plan.phases]


def test_the_four_link_types_give_the_dates_that_project_had_computed(shared: Path) -> None:
    plan = read_plan(shared / "data" / "mspdi" / "mpxj" / "mspdirelations.xml")
    planned = schedule(network_of(plan))
    assert list(differing(plan, planned)) == []
    assert {phase: planned.phases[phase].total_float_min for phase in plan.stored} == {
        phase: stored.total_slack_min for phase, stored in plan.stored.items()
    }


def test_the_sample_has_every_date_that_project_had_let_resources_set(shared: Path) -> None:
    plan = read_plan(shared / "data" / "mspdi" / "mpxj" / "sample.xml")
    assert list(differing(plan, schedule(network_of(plan)))) == []
