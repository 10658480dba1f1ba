"""A task of Microsoft Project is worked when the people assigned to it work."""

from consumers.gateways.plan_file import PlanFile
from tests.unit.consumers.test_mspdi import calendars, read, task, tasks

MONDAY, TUESDAY = 2, 3


def week(uid: int, *days: tuple[int, str, str]) -> str:
    """Return a calendar that works on the days told and on no other."""
    told = {day: (begin, end) for day, begin, end in days}
    rows = "".join(
        f"<WeekDay><DayType>{day}</DayType><DayWorking>{int(day in told)}</DayWorking>"
        + (
            f"<WorkingTimes><WorkingTime><FromTime>{told[day][0]}:00</FromTime>"
            f"<ToTime>{told[day][1]}:00</ToTime></WorkingTime></WorkingTimes>"
            if day in told
            else ""
        )
        + "</WeekDay>"
        for day in range(1, 8)
    )
    return f"<UID>{uid}</UID><Name>Calendar {uid}</Name><WeekDays>{rows}</WeekDays>"


PROJECT = week(1, (MONDAY, "08:00", "16:00"), (TUESDAY, "08:00", "16:00"))
EARLY = week(3, (MONDAY, "06:00", "14:00"), (TUESDAY, "06:00", "14:00"))
LATE = week(4, (MONDAY, "14:00", "22:00"))
HEAD = "<StartDate>2026-03-02T06:00:00</StartDate><CalendarUID>1</CalendarUID>"


def planned(*rows: str, assigned: tuple[tuple[int, int], ...]) -> PlanFile:
    """Read a plan of which resources 3 and 4 work early and late, 9 as the project does."""
    resources = "".join(
        f"<Resource><UID>{uid}</UID><Name>R{uid}</Name><Type>1</Type>{calendar}</Resource>"
        for uid, calendar in (
            (3, "<CalendarUID>3</CalendarUID>"), (4, "<CalendarUID>4</CalendarUID>"), (9, ""),
        )
    )  # fmt: skip
    assignments = "".join(
        f"<Assignment><UID>{number}</UID><TaskUID>{task_uid}</TaskUID>"
        f"<ResourceUID>{resource}</ResourceUID><Units>1</Units></Assignment>"
        for number, (task_uid, resource) in enumerate(assigned, start=1)
    )
    return read(
        calendars(PROJECT, EARLY, LATE),
        tasks(*rows),
        f"<Resources>{resources}</Resources>",
        f"<Assignments>{assignments}</Assignments>",
        head=HEAD,
    )


def windows_of(plan: PlanFile, calendar: str | None) -> dict[int, tuple[tuple[int, int], ...]]:
    (found,) = [each for each in plan.calendars if each.id == calendar]
    return {day.day: day.windows for day in found.weekly if day.windows}


def test_a_task_of_one_person_is_worked_by_that_persons_calendar() -> None:
    plan = planned(task(1), assigned=((1, 4),))
    assert plan.phases[0].calendar == "4"


def test_a_task_of_two_shifts_goes_on_through_both() -> None:
    plan = planned(task(1), task(2), assigned=((1, 3), (1, 4), (2, 4), (2, 3)))
    assert [phase.calendar for phase in plan.phases] == ["shifts-1", "shifts-1"]
    assert windows_of(plan, "shifts-1") == {1: ((360, 1320),), 2: ((360, 840),)}


def test_someone_without_a_calendar_works_as_the_project_does() -> None:
    plan = planned(task(1), assigned=((1, 9),))
    assert plan.phases[0].calendar is None


def test_a_task_with_its_own_calendar_is_worked_when_both_work() -> None:
    own = "<CalendarUID>1</CalendarUID>"
    plan = planned(task(1, own), assigned=((1, 3),))
    assert windows_of(plan, plan.phases[0].calendar) == {1: ((480, 840),), 2: ((480, 840),)}


def test_a_task_that_ignores_its_resources_keeps_its_calendar() -> None:
    own = "<CalendarUID>1</CalendarUID><IgnoreResourceCalendar>1</IgnoreResourceCalendar>"
    plan = planned(task(1, own), assigned=((1, 3),))
    assert plan.phases[0].calendar == "1"


def test_nobody_who_works_when_the_task_does_is_told_and_the_tasks_calendar_stays() -> None:
    own = "<CalendarUID>3</CalendarUID>"
    plan = planned(task(1, own), assigned=((1, 4),))
    assert plan.phases[0].calendar == "3"
    assert "nobody assigned to task 1 works when it does" in plan.notes


def test_a_plan_is_scheduled_as_microsoft_project_schedules() -> None:
    assert planned(task(1), assigned=()).project.dialect == "msproject"
