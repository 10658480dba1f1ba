"""Every figure that Microsoft Project stored is computed, or the page says why not."""

from pathlib import Path

from consumers.gateways.plan_file import read_plan
from tests.published.microsoft_page import (
    FIELDS,
    PAGE,
    figures,
    files,
    in_page,
    table,
)
from tests.unit.planning.plans import network_of


def test_the_page_says_what_is_computed_today(shared: Path) -> None:
    assert PAGE.read_text(encoding="utf-8") == in_page(table(shared))


def test_every_file_is_in_the_table(shared: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(files(shared)) == 11
    assert all(f"| {path.parent.name}/{path.stem} |" in page for path in files(shared))


def test_dates_floats_and_critical_flags_equal_the_stored_ones(shared: Path) -> None:
    compared = {}
    for path in files(shared):
        plan = read_plan(path)
        found = list(figures(plan, network_of(plan)))
        assert [each for each in found if not each.equal] == [], path.stem
        compared[path.stem] = len(found)
    assert compared["sample"] == 19 * len(FIELDS)
    assert compared["mspdirelations"] == 5 * len(FIELDS)
    assert min(compared.values()) == 2  # Start and finish of the only task.


def test_a_task_of_a_day_and_a_night_shift_goes_on_through_both(shared: Path) -> None:
    (path,) = [each for each in files(shared) if each.stem == "sample"]
    plan = read_plan(path)
    (task,) = [phase for phase in plan.phases if phase.id == "2"]
    (shifts,) = [each for each in plan.calendars if each.id == task.calendar]
    assert task.calendar == "shifts-1"
    tuesday = {day.day: day.windows for day in shifts.weekly}[2]
    assert tuesday == ((0, 180), (240, 720), (780, 1020), (1380, 1440))
