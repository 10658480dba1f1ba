"""Hold reporting periods to the calendar: names, days of occurrence, and clocks put forward."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reports.periods import (
    local_instant,
    period_named,
    periods_between,
    recurrence_of,
)

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAYS = recurrence_of("FREQ=WEEKLY;BYDAY=FR")


def due_days(rule: str, first: str, last: str) -> dict[str, str]:
    found = periods_between(
        recurrence_of(rule), date.fromisoformat(first), date.fromisoformat(last)
    )
    return {period.id: period.due_day.isoformat() for period in found}


def test_a_weekly_report_is_of_an_iso_week_and_due_on_its_day() -> None:
    week = period_named(FRIDAYS, "2026-W47")
    assert week is not None
    days = (week.first, week.last, week.due_day)
    assert days == (date(2026, 11, 16), date(2026, 11, 22), date(2026, 11, 20))


def test_the_week_of_new_year_has_the_year_that_iso_gives_it() -> None:
    assert due_days("FREQ=WEEKLY;BYDAY=FR", "2026-12-21", "2027-01-10") == {
        "2026-W52": "2026-12-25",
        "2026-W53": "2027-01-01",
        "2027-W01": "2027-01-08",
    }
    assert period_named(FRIDAYS, "2027-W53") is None


def test_a_daily_report_is_due_on_the_weekdays_named() -> None:
    assert due_days("FREQ=DAILY;BYDAY=MO,FR", "2026-11-20", "2026-11-27") == {
        day: day for day in ("2026-11-20", "2026-11-23", "2026-11-27")
    }
    assert len(due_days("FREQ=DAILY", "2026-11-20", "2026-11-26")) == 7


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2028-02-29"),
        ("FREQ=MONTHLY;BYMONTHDAY=10", "2028-02-10"),
        ("FREQ=MONTHLY;BYDAY=1MO", "2028-02-07"),
        ("FREQ=MONTHLY;BYDAY=4TU", "2028-02-22"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2028-02-25"),
    ],
)
def test_a_monthly_report_is_due_once_in_every_month(rule: str, day: str) -> None:
    assert due_days(rule, "2028-02-01", "2028-02-29") == {"2028-02": day}
    assert len(due_days(rule, "2026-01-01", "2027-12-31")) == 24


def test_no_period_comes_after_the_last_day_of_the_rule() -> None:
    rule = "FREQ=WEEKLY;BYDAY=FR;UNTIL=20261120"
    assert due_days(rule, "2026-11-09", "2026-12-31") == {
        "2026-W46": "2026-11-13",
        "2026-W47": "2026-11-20",
    }


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("", "NAME=value"),
        ("FREQ=WEEKLY;BYDAY=FR;BYDAY=MO", "each once"),
        ("FREQ=YEARLY", "DAILY, WEEKLY or MONTHLY"),
        ("BYDAY=FR", "say which as FREQ"),
        ("FREQ=WEEKLY", "one day"),
        ("FREQ=WEEKLY;BYDAY=MO,FR", "one day"),
        ("FREQ=WEEKLY;BYDAY=XX", "'XX' is no weekday"),
        ("FREQ=WEEKLY;BYDAY=FR;INTERVAL=2", "INTERVAL: reports recur by"),
        ("FREQ=WEEKLY;BYDAY=FR;COUNT=3", "COUNT: reports recur by"),
        ("FREQ=WEEKLY;BYDAY=FR;UNTIL=20261120T120000Z", "YYYYMMDD"),
        ("FREQ=MONTHLY", "one day"),
        ("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=1", "not both"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "a day every month has"),
        ("FREQ=MONTHLY;BYDAY=5FR", "1MO to 4SU"),
        ("FREQ=MONTHLY;BYDAY=FR", "1MO to 4SU"),
    ],
)
def test_a_rule_that_reports_do_not_need_is_refused_with_what_to_write(
    rule: str, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        recurrence_of(rule)


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("FREQ=WEEKLY;BYDAY=FR", "2026-11"),
        ("FREQ=WEEKLY;BYDAY=FR", "2026-W00"),
        ("FREQ=MONTHLY;BYMONTHDAY=1", "2026-13"),
        ("FREQ=DAILY;BYDAY=MO", "2026-11-20"),
        ("FREQ=DAILY", "2026-02-29"),
        ("FREQ=DAILY", "2026-W47"),
        ("FREQ=MONTHLY;BYMONTHDAY=1", "2026-11-01"),
    ],
)
def test_a_name_that_is_no_period_of_the_rule_is_none(rule: str, name: str) -> None:
    assert period_named(recurrence_of(rule), name) is None


@pytest.mark.parametrize(
    ("day", "clock_min", "utc"),
    [
        (date(2026, 3, 27), 17 * 60, "2026-03-27T16:00"),  # A Friday in winter.
        (date(2026, 4, 3), 17 * 60, "2026-04-03T15:00"),  # The Friday after, in summer.
        (date(2026, 3, 28), 41 * 60, "2026-03-29T15:00"),  # 17:00 next day, across the change.
        (date(2026, 3, 29), 150, "2026-03-29T01:30"),  # 2:30 is skipped: read as before.
        (date(2026, 10, 25), 150, "2026-10-25T00:30"),  # 2:30 comes twice: the first.
    ],
)
def test_a_report_is_due_by_the_clock_on_the_wall(day: date, clock_min: int, utc: str) -> None:
    due = local_instant(day, clock_min, BERLIN)
    assert due == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@given(
    st.sampled_from(["FREQ=DAILY;BYDAY=MO,TH", "FREQ=WEEKLY;BYDAY=SU", "FREQ=MONTHLY;BYDAY=-1FR"]),
    st.dates(date(1971, 1, 1), date(2199, 1, 1)),
    st.integers(0, 400),
)
def test_every_period_is_found_again_by_its_name_and_none_is_left_out(
    rule: str, first: date, length: int
) -> None:
    recurrence, last = recurrence_of(rule), first + timedelta(days=length)
    found = list(periods_between(recurrence, first, last))
    assert [period_named(recurrence, each.id) for each in found] == found
    by_day = []
    for offset in range(length + 1):
        day = first + timedelta(days=offset)
        year, week, _ = day.isocalendar()
        names = (day.isoformat(), f"{year:04d}-W{week:02d}", f"{day.year:04d}-{day.month:02d}")
        by_day += [
            name
            for name in names
            if (named := period_named(recurrence, name)) is not None and named.due_day == day
        ]
    assert [each.id for each in found] == by_day
