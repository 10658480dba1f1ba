"""Microsoft Project's XML: what is carried, and what is refused before it can do harm."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from consumers.gateways.plan_file import PlanFile, PlanFileError, read_plan
from domain.kernel.calendar import STANDARD_WEEK

HEAD = '<Project xmlns="http://schemas.microsoft.com/project"><Name>Line 3</Name>'
START = "<StartDate>2026-03-02T08:00:00</StartDate>"


def project(*sections: str, head: str = START) -> bytes:
    return f"{HEAD}{head}{''.join(sections)}</Project>".encode()


def tasks(*rows: str) -> str:
    return f"<Tasks>{''.join(f'<Task>{row}</Task>' for row in rows)}</Tasks>"


def task(uid: int, more: str = "", *, level: int = 1, duration: str = "PT8H0M0S") -> str:
    return (
        f"<UID>{uid}</UID><Name>Task {uid}</Name><OutlineLevel>{level}</OutlineLevel>"
        f"<Duration>{duration}</Duration>{more}"
    )


def link(pred: int, more: str = "") -> str:
    return f"<PredecessorLink><PredecessorUID>{pred}</PredecessorUID>{more}</PredecessorLink>"


def calendars(*rows: str) -> str:
    return f"<Calendars>{''.join(f'<Calendar>{row}</Calendar>' for row in rows)}</Calendars>"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def refused(raw: bytes) -> PlanFileError:
    with pytest.raises(PlanFileError) as refusal:
        read_plan(raw)
    return refusal.value


def read(*sections: str, head: str = START) -> PlanFile:
    return read_plan(project(*sections, head=head))


def test_a_tasks_uid_is_its_phase_and_the_projects_name_its_id() -> None:
    plan = read(tasks(task(17)))
    assert plan.project.id == "Line-3"
    assert plan.project.start == utc("2026-03-02T08:00")
    assert [(phase.id, phase.name, phase.duration_min) for phase in plan.phases] == [
        ("17", "Task 17", 480)
    ]
    assert read_plan(project(tasks(task(1))), "PRJ-7").project.id == "PRJ-7"


def test_the_outline_becomes_parents_and_a_summary_has_no_duration_of_its_own() -> None:
    plan = read(
        tasks(
            task(0, level=0), task(1), task(2, level=2), task(3, level=3), task(4, level=2),
            task(5),
        )
    )  # fmt: skip
    assert {phase.id: (phase.parent, phase.duration_min) for phase in plan.phases} == {
        "1": (None, 0),
        "2": ("1", 0),
        "3": ("2", 480),
        "4": ("1", 480),
        "5": (None, 480),
    }


def test_links_of_all_types_and_lags_of_every_kind() -> None:
    lags = {
        "<LinkLag>4800</LinkLag><LagFormat>7</LagFormat>": (480, "working_min", None),
        "<LinkLag>-4800</LinkLag><LagFormat>5</LagFormat>": (-480, "working_min", None),
        "<LinkLag>14400</LinkLag><LagFormat>8</LagFormat>": (1440, "elapsed_min", None),
        "<LinkLag>50</LinkLag><LagFormat>19</LagFormat>": (5000, "percent_of_pred", None),
        "<LinkLag>-25</LinkLag><LagFormat>20</LagFormat>": (-2500, "percent_of_pred", "24h"),
    }
    for more, expected in lags.items():
        lag = read(tasks(task(1), task(2, link(1, more)))).links[0].lag
        assert lag is not None
        assert (lag.value, lag.unit, lag.calendar) == expected
    for number, kind in enumerate(("FF", "FS", "SF", "SS")):
        one = read(tasks(task(1), task(2, link(1, f"<Type>{number}</Type>")))).links[0]
        assert (one.pred, one.succ, one.type, one.lag) == ("1", "2", kind, None)


def test_constraints_deadline_and_progress_are_carried() -> None:
    more = (
        "<ConstraintType>5</ConstraintType><ConstraintDate>2026-03-04T08:00:00</ConstraintDate>"
        "<Deadline>2026-03-10T17:00:00</Deadline><ActualStart>2026-03-02T09:00:00</ActualStart>"
        "<RemainingDuration>PT3H30M0S</RemainingDuration>"
        "<PhysicalPercentComplete>40</PhysicalPercentComplete>"
    )
    head = START + "<StatusDate>2026-03-03T17:00:00</StatusDate>"
    plan = read(tasks(task(1, more)), head=head)
    phase = plan.phases[0]
    assert phase.constraint is not None
    assert (phase.constraint.kind, phase.constraint.at) == ("SNLT", utc("2026-03-04T08:00"))
    assert phase.deadline == utc("2026-03-10T17:00")
    assert phase.actual_start == utc("2026-03-02T09:00")
    assert (phase.remaining_min, phase.physical_bp) == (210, 4000)
    assert plan.project.data_date == utc("2026-03-03T17:00")


def test_a_milestone_keeps_its_instant_where_something_comes_before_it() -> None:
    point = "<Milestone>1</Milestone>"
    plan = read(
        tasks(
            task(1, point, duration="PT0H0M0S"),
            task(2, point + link(1), duration="PT0H0M0S"),
            task(3, point),
        )
    )
    assert [phase.kind for phase in plan.phases] == ["start_ms", "finish_ms", "task"]
    assert plan.notes == ("milestone 3 has a duration and is planned as a task",)


def test_an_elapsed_duration_is_worked_round_the_clock() -> None:
    plan = read(tasks(task(1, "<DurationFormat>8</DurationFormat>", duration="PT48H0M0S")))
    assert plan.phases[0].calendar == "24h"
    clock = next(each for each in plan.calendars if each.id == "24h").working("UTC")
    assert clock.axis.continuous


def test_a_file_without_calendars_works_the_standard_week() -> None:
    plan = read(tasks(task(1)))
    assert plan.project.calendar == "standard"
    assert plan.calendars[0].working("UTC").weekly == STANDARD_WEEK


NIGHT = (
    "<WeekDay><DayType>2</DayType><DayWorking>1</DayWorking><WorkingTimes><WorkingTime>"
    "<FromTime>22:00:00</FromTime><ToTime>00:00:00</ToTime></WorkingTime></WorkingTimes></WeekDay>"
)
FREE_SUNDAY = "<WeekDay><DayType>1</DayType><DayWorking>0</DayWorking></WeekDay>"
OLD_HOLIDAY = (
    "<WeekDay><DayType>0</DayType><DayWorking>0</DayWorking><TimePeriod>"
    "<FromDate>2026-05-01T00:00:00</FromDate><ToDate>2026-05-02T23:59:00</ToDate>"
    "</TimePeriod></WeekDay>"
)


def exception(more: str, first: str, last: str, *, working: str = "") -> str:
    period = f"<FromDate>{first}T00:00:00</FromDate><ToDate>{last}T23:59:00</ToDate>"
    return (
        f"<Exceptions><Exception><TimePeriod>{period}</TimePeriod>{more}"
        f"<DayWorking>{int(bool(working))}</DayWorking>{working}</Exception></Exceptions>"
    )


def days_of(calendar: str) -> list[date]:
    plan = read(calendars(f"<UID>1</UID>{calendar}"), tasks(task(1)))
    return [each.date for each in plan.calendars[0].exceptions]


def test_a_resources_calendar_inherits_its_base_and_midnight_ends_a_day() -> None:
    base = f"<UID>1</UID><Name>Base</Name><WeekDays>{FREE_SUNDAY}{NIGHT}{OLD_HOLIDAY}</WeekDays>"
    own = "<UID>2</UID><Name>Ann</Name><BaseCalendarUID>1</BaseCalendarUID>"
    plan = read(calendars(base, own), tasks(task(1)))
    first, second = plan.calendars
    assert second.weekly == first.weekly
    assert second.exceptions == first.exceptions
    assert first.working("UTC").weekly[0] == ((1320, 1440),)
    assert [each.date for each in first.exceptions] == [date(2026, 5, 1), date(2026, 5, 2)]


def test_exceptions_are_daily_weekly_or_yearly() -> None:
    daily = exception("<Type>1</Type>", "2026-12-24", "2026-12-26")
    assert days_of(daily) == [date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 26)]
    every_other = exception("<Type>1</Type><Period>2</Period>", "2026-12-24", "2026-12-26")
    assert days_of(every_other) == [date(2026, 12, 24), date(2026, 12, 26)]
    # Mondays (2) and Fridays (32), every second week.
    weekly = exception(
        "<Type>6</Type><Period>2</Period><DaysOfWeek>34</DaysOfWeek>", "2026-03-02", "2026-03-20"
    )
    assert days_of(weekly) == [date(2026, 3, day) for day in (2, 6, 16, 20)]
    yearly = exception(
        "<Type>2</Type><Month>11</Month><MonthDay>25</MonthDay>", "2026-01-01", "2028-12-31"
    )
    assert days_of(yearly) == [date(year, 12, 25) for year in (2026, 2027, 2028)]


def test_an_exception_that_cannot_be_read_is_said() -> None:
    moving = exception("<Name>Easter</Name><Type>3</Type>", "2026-01-01", "2026-12-31")
    plan = read(calendars(f"<UID>1</UID>{moving}"), tasks(task(1)))
    assert plan.notes == ("exception Easter of calendar 1 recurs in a way not read",)


def test_an_alternative_working_week_becomes_dates() -> None:
    week = (
        "<WorkWeeks><WorkWeek><TimePeriod><FromDate>2026-03-02T00:00:00</FromDate>"
        f"<ToDate>2026-03-10T23:59:00</ToDate></TimePeriod><WeekDays>{NIGHT}</WeekDays>"
        "</WorkWeek></WorkWeeks>"
    )
    assert days_of(week) == [date(2026, 3, 2), date(2026, 3, 9)]


def test_assignments_become_requirements_and_nobodys_work_is_kept() -> None:
    resources = (
        "<Resources><Resource><UID>0</UID><Type>1</Type></Resource>"
        "<Resource><UID>1</UID><Name>Ann</Name><Type>1</Type><MaxUnits>1.5</MaxUnits>"
        "<Group>welding</Group></Resource>"
        "<Resource><UID>2</UID><Name>Steel</Name><Type>0</Type></Resource></Resources>"
    )
    rows = ((1, 1, 1, "0.5"), (2, 1, 2, "3"), (3, 1, -65535, "1"), (4, 1, 1, "0.25"))
    assignments = "".join(
        f"<Assignment><UID>{uid}</UID><TaskUID>{of}</TaskUID><ResourceUID>{by}</ResourceUID>"
        f"<Units>{units}</Units><Work>PT4H0M0S</Work></Assignment>"
        for uid, of, by, units in rows
    )
    plan = read(tasks(task(1)), resources, f"<Assignments>{assignments}</Assignments>")
    assert [(each.id, each.name, each.capacity_milli) for each in plan.resources] == [
        ("0", "Resource 0", 1000), ("1", "Ann", 1500), ("2", "Steel", 1000),
    ]  # fmt: skip
    assert plan.resources[1].department == "welding"
    assert [(each.resource, each.units_milli) for each in plan.assignments] == [
        ("1", 500), ("2", 3000), (None, 1000), ("1", 250),
    ]  # fmt: skip
    needs = plan.phases[0].requires
    assert [(need.resource, need.milli, need.effort_min) for need in needs] == [("1", 750, 480)]


def test_what_is_not_planned_is_said() -> None:
    plan = read(
        tasks(
            task(1),
            "<UID>2</UID><ID>2</ID><IsNull>1</IsNull>",
            task(3, "<Active>0</Active>" + link(1)),
            task(4, "<Notes>Ask Ann</Notes>" + link(3)),
            task(5, "<Manual>1</Manual><ManualStart>2026-03-05T08:00:00</ManualStart>"),
            task(6, link(9, "<CrossProject>1</CrossProject>")),
        )
    )
    assert [phase.id for phase in plan.phases] == ["1", "4", "5", "6"]
    assert plan.links == ()
    assert plan.notes == (
        "row 2 of the task sheet is blank",
        "task 3 is inactive and not planned: Task 3",
        "task 5 is scheduled by hand: it must start on 2026-03-05T08:00:00",
        "task 6 waits for a task of another project: link left out",
        "1 link(s) of tasks that are not planned",
        "Task/Notes: 1 value(s) not taken over",
    )


def test_stored_dates_are_kept_for_comparison_only() -> None:
    more = (
        "<Start>2026-04-01T08:00:00</Start><Finish>2026-04-01T17:00:00</Finish>"
        "<TotalSlack>4800</TotalSlack><Critical>0</Critical>"
    )
    plan = read(tasks(task(1, more)))
    stored = plan.stored["1"]
    assert (stored.start, stored.finish) == (utc("2026-04-01T08:00"), utc("2026-04-01T17:00"))
    assert (stored.total_slack_min, stored.critical) == (480, False)
    assert plan.phases[0].constraint is None


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        ("<UID>x</UID>", "/UID"),
        (task(1, duration="8 hours"), "[UID=1]/Duration"),
        (task(1, "<ConstraintType>9</ConstraintType>"), "[UID=1]/ConstraintType"),
        (task(1, link(1, "<Type>4</Type>")), "[UID=1]/PredecessorLink/Type"),
    ],
)  # fmt: skip
def test_a_value_that_is_none_is_refused_with_its_place(row: str, pointer: str) -> None:
    refusal = refused(project(tasks(row)))
    assert (refusal.code, refusal.pointer) == ("malformed", f"/Project/Tasks/Task{pointer}")


def test_ids_given_twice_and_references_to_nothing_are_refused() -> None:
    assert refused(project(tasks(task(1), task(1)))).code == "duplicate_id"
    assert refused(project(tasks(task(1, link(7))))).code == "unknown_subject"
    assert refused(project(tasks(task(1, "<CalendarUID>7</CalendarUID>")))).code == (
        "unknown_subject"
    )
    assert refused(project(calendars("<UID>1</UID>", "<UID>1</UID>"))).code == "duplicate_id"


def test_a_calendar_nobody_can_work_by_is_refused_where_it_is_used_and_else_left_out() -> None:
    days = "".join(
        f"<WeekDay><DayType>{day}</DayType><DayWorking>0</DayWorking></WeekDay>"
        for day in range(1, 8)
    )
    idle = f"<UID>2</UID><WeekDays>{days}</WeekDays>"
    used = project(calendars("<UID>1</UID>", idle), tasks(task(1, "<CalendarUID>2</CalendarUID>")))
    assert refused(used).code == "no_working_time"
    plan = read(calendars("<UID>1</UID>", idle), tasks(task(1)))
    assert [calendar.id for calendar in plan.calendars] == ["1"]
    assert "calendar 2 is used by no task" in plan.notes[0]


BOMB = '<!DOCTYPE p [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "doctype",
    [
        BOMB,
        "<!DOCTYPE Project>",
        '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE p SYSTEM "http://127.0.0.1:1/p.dtd">',
        '<!DOCTYPE p [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]>',
    ],
)
@pytest.mark.parametrize(
    "before", ["", '<?xml version="1.0"?>', "<!-- first --> <?note x?>\n", "\ufeff"]
)
def test_a_document_type_is_refused_before_it_is_read(doctype: str, before: str) -> None:
    raw = before.encode() + doctype.encode() + project(tasks(task(1, "&b;")))
    refusal = refused(raw)
    assert refusal.code == "malformed"
    assert "document type (DTD) is not accepted" in str(refusal)


def test_an_entity_without_a_definition_is_refused() -> None:
    assert "well-formed" in str(refused(project(tasks(task(1, "&b;")))))


def test_depth_without_end_is_refused() -> None:
    assert "well-formed" in str(refused(project("<a>" * 100_000 + "</a>" * 100_000)))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_an_encoding_that_could_hide_something_is_refused(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.xml"
    file.write_bytes(project(tasks(task(1))).decode().encode(encoding))
    with pytest.raises(PlanFileError) as refusal:
        read_plan(file)
    assert refusal.value.code == "malformed"


def test_a_declared_encoding_other_than_plain_ones_is_refused() -> None:
    raw = b'<?xml version="1.0" encoding="UTF-7"?>' + project(tasks(task(1)))
    assert "save the file as UTF-8, not as UTF-7" in str(refused(raw))
    latin = '<?xml version="1.0" encoding="ISO-8859-1"?>' + project().decode()
    named = latin.replace("Line 3", "Größe").encode("latin-1")
    assert read_plan(named).project.name == "Größe"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<",
        b"<Project/>",
        b'<Project xmlns="http://example.org/other"><Tasks/></Project>',
        b'<Plan xmlns="http://schemas.microsoft.com/project"/>',
        project()[:-4],
        project() + b"<more/>",
    ],
)
def test_a_file_that_is_no_project_is_refused(raw: bytes, tmp_path: Path) -> None:
    file = tmp_path / "plan.xml"
    file.write_bytes(raw)
    with pytest.raises(PlanFileError) as refusal:
        read_plan(file)
    assert refusal.value.code == "malformed"


def test_a_lag_of_ten_years_is_refused() -> None:
    lag = "<LinkLag>60000000</LinkLag>"
    refusal = refused(project(tasks(task(1), task(2, link(1, lag)))))
    assert (refusal.code, refusal.pointer) == ("malformed", "/links/0/lag/value")
