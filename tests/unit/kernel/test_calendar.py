"""Working calendars: windows, exceptions, daylight saving, and what no one can work by."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from domain.kernel.calendar import ELAPSED, STANDARD_WEEK, WorkingCalendar, weekly_windows
from domain.kernel.minutes import instant_of, minute_of
from domain.kernel.work_axis import ROUND_THE_CLOCK, CalendarError, WorkAxis

STANDARD = WorkingCalendar("UTC", STANDARD_WEEK)
BERLIN_NIGHTS = WorkingCalendar.of("Europe/Berlin", {day: [(60, 240)] for day in range(1, 8)})
"""Every night from 01:00 to 04:00 local time, over the hour that changes."""


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_an_instant_before_1970_has_a_negative_minute_and_comes_back() -> None:
    assert minute_of(utc("1969-12-31T23:59")) == -1
    assert instant_of(-1) == utc("1969-12-31T23:59")


def test_a_fraction_of_a_minute_is_dropped() -> None:
    assert minute_of(utc("1970-01-01T00:01:59.999999")) == 1


def test_an_instant_counts_the_same_in_every_offset() -> None:
    here = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=1)))
    assert minute_of(here) == minute_of(utc("2026-03-02T08:00"))


def test_a_day_of_work_ends_at_the_end_of_the_day() -> None:
    assert STANDARD.add(utc("2026-03-02T08:00"), 480) == utc("2026-03-02T17:00")


def test_work_goes_over_lunch_and_over_the_weekend() -> None:
    assert STANDARD.add(utc("2026-03-02T11:30"), 60) == utc("2026-03-02T13:30")
    assert STANDARD.add(utc("2026-03-06T16:00"), 120) == utc("2026-03-09T09:00")


def test_work_counted_backwards_is_shown_at_the_beginning_of_a_window() -> None:
    assert STANDARD.subtract(utc("2026-03-09T08:00"), 480) == utc("2026-03-06T08:00")
    assert STANDARD.subtract(utc("2026-03-03T17:00"), 480) == utc("2026-03-03T08:00")


def test_no_minutes_leave_an_instant_where_it_is() -> None:
    saturday = utc("2026-03-07T10:00")
    assert STANDARD.add(saturday, 0) == saturday


def test_the_end_of_a_window_and_the_start_of_the_next_are_one_point() -> None:
    evening, morning = utc("2026-03-06T17:00"), utc("2026-03-09T08:00")
    assert STANDARD.between(evening, morning) == 0
    assert STANDARD.next_start(evening) == morning
    assert STANDARD.previous_finish(morning) == evening


def test_a_start_and_a_finish_inside_a_window_stay() -> None:
    noon = utc("2026-03-02T10:15")
    assert STANDARD.next_start(noon) == noon
    assert STANDARD.previous_finish(noon) == noon


def test_time_between_counts_backwards_as_negative() -> None:
    assert STANDARD.between(utc("2026-03-03T08:00"), utc("2026-03-02T08:00")) == -480


def test_a_holiday_is_not_worked_and_a_worked_saturday_is() -> None:
    calendar = WorkingCalendar.of(
        "UTC",
        {day: [(480, 720), (780, 1020)] for day in range(1, 6)},
        {date(2026, 3, 3): [], date(2026, 3, 7): [(480, 720)]},
    )
    assert calendar.add(utc("2026-03-02T08:00"), 481) == utc("2026-03-04T08:01")
    assert calendar.add(utc("2026-03-06T13:00"), 480) == utc("2026-03-07T12:00")
    assert calendar.between(utc("2026-03-02T00:00"), utc("2026-03-09T00:00")) == 4 * 480 + 240


def test_an_hour_that_daylight_saving_leaves_out_has_no_working_time() -> None:
    # 29 March 2026, 02:00 becomes 03:00.
    assert BERLIN_NIGHTS.between(utc("2026-03-28T12:00"), utc("2026-03-29T12:00")) == 120
    assert BERLIN_NIGHTS.add(utc("2026-03-29T00:00"), 60) == utc("2026-03-29T01:00")
    assert BERLIN_NIGHTS.add(utc("2026-03-29T00:00"), 61) == utc("2026-03-29T01:01")


def test_an_hour_that_daylight_saving_repeats_counts_twice() -> None:
    # 25 October 2026, 03:00 becomes 02:00.
    assert BERLIN_NIGHTS.between(utc("2026-10-24T12:00"), utc("2026-10-25T12:00")) == 240
    assert BERLIN_NIGHTS.add(utc("2026-10-24T23:00"), 240) == utc("2026-10-25T03:00")


def test_a_window_that_begins_inside_the_repeated_hour_is_worked_in_both() -> None:
    calendar = WorkingCalendar.of("Europe/Berlin", {7: [(150, 180)]})
    worked = calendar.between(utc("2026-10-25T00:00"), utc("2026-10-26T00:00"))
    assert worked == 60
    first, second = utc("2026-10-25T00:30"), utc("2026-10-25T01:30")
    assert calendar.next_start(utc("2026-10-25T00:00")) == first
    assert calendar.next_start(utc("2026-10-25T01:00")) == second


def test_working_hours_follow_local_time_over_the_change() -> None:
    berlin = WorkingCalendar("Europe/Berlin", STANDARD_WEEK)
    assert berlin.next_start(utc("2026-03-27T20:00")) == utc("2026-03-30T06:00")
    assert berlin.next_start(utc("2026-10-23T20:00")) == utc("2026-10-26T07:00")


def test_a_day_that_a_zone_left_out_has_no_working_time() -> None:
    # Samoa went from 29 to 31 December 2011.
    samoa = WorkingCalendar("Pacific/Apia", ROUND_THE_CLOCK)
    skipped = WorkingCalendar.of("Pacific/Apia", {5: [(0, 1440)]})
    assert samoa.between(utc("2011-12-30T00:00"), utc("2011-12-31T00:00")) == 1440
    assert skipped.between(utc("2011-12-28T00:00"), utc("2012-01-03T00:00")) == 0


def test_elapsed_time_counts_every_minute() -> None:
    assert ELAPSED.add(utc("2026-03-06T17:00"), 1440) == utc("2026-03-07T17:00")
    assert ELAPSED.axis.continuous


def test_round_the_clock_with_one_free_day_is_one_window_on_either_side() -> None:
    calendar = WorkingCalendar("UTC", ROUND_THE_CLOCK, ((date(2026, 5, 1), ()),))
    assert calendar.add(utc("2026-04-30T00:00"), 1441) == utc("2026-05-02T00:01")


def test_years_are_compiled_as_they_are_asked_for_in_any_order() -> None:
    late, early = utc("2031-06-02T08:00"), utc("2001-06-04T08:00")
    calendar = WorkingCalendar("America/New_York", STANDARD_WEEK)
    fresh = WorkingCalendar("America/New_York", STANDARD_WEEK, ((date(2399, 1, 1), ()),))
    assert calendar.add(late, 480) == utc("2031-06-02T21:00")
    assert calendar.between(early, late) == fresh.between(early, late)
    assert calendar.add(early, calendar.between(early, late) + 480) == utc("2031-06-02T21:00")
    assert fresh.subtract(late, fresh.between(early, late)) == utc("2001-06-04T12:00")


def test_equal_calendars_are_equal_and_share_one_axis() -> None:
    one = WorkingCalendar.of("UTC", {1: [(780, 1020), (480, 720)]}, {date(2026, 1, 5): []})
    other = WorkingCalendar(
        "UTC", weekly_windows({1: ((480, 720), (780, 1020))}), ((date(2026, 1, 5), ()),)
    )
    assert one == other
    assert hash(one) == hash(other)
    assert one.axis is other.axis


@pytest.mark.parametrize(
    ("windows", "code"),
    [
        ([(480, 720), (700, 1020)], "window_overlap"),
        ([(480, 480)], "window_out_of_day"),
        ([(720, 480)], "window_out_of_day"),
        ([(-1, 480)], "window_out_of_day"),
        ([(480, 1441)], "window_out_of_day"),
        ([], "no_working_time"),
    ],
)
def test_a_week_nobody_can_work_is_refused(windows: list[tuple[int, int]], code: str) -> None:
    with pytest.raises(CalendarError) as refused:
        WorkingCalendar.of("UTC", {1: windows})
    assert refused.value.code == code


def test_touching_windows_do_not_overlap() -> None:
    calendar = WorkingCalendar.of("UTC", {1: [(480, 720), (720, 1020)]})
    assert calendar.add(utc("2026-03-02T08:00"), 540) == utc("2026-03-02T17:00")


def test_an_exception_with_overlapping_windows_is_refused() -> None:
    with pytest.raises(CalendarError, match="before the one ahead of it") as refused:
        WorkingCalendar("UTC", STANDARD_WEEK, ((date(2026, 3, 2), ((0, 60), (30, 90))),))
    assert refused.value.code == "window_overlap"


def test_four_hundred_days_without_a_window_are_refused_and_one_day_less_is_not() -> None:
    daily = {day: [(480, 960)] for day in range(1, 8)}
    first = date(2026, 1, 1)
    idle: dict[date, list[tuple[int, int]]] = {
        first + timedelta(days=number): [] for number in range(400)
    }
    with pytest.raises(CalendarError, match="400 days") as refused:
        WorkingCalendar.of("UTC", daily, idle)
    assert refused.value.code == "no_working_time"
    del idle[first]
    assert WorkingCalendar.of("UTC", daily, idle).zone == "UTC"


def test_one_weekday_shut_for_over_a_year_is_refused() -> None:
    first = date(2026, 1, 5)
    mondays: dict[date, list[tuple[int, int]]] = {
        first + timedelta(weeks=number): [] for number in range(57)
    }
    with pytest.raises(CalendarError) as refused:
        WorkingCalendar.of("UTC", {1: [(480, 960)]}, mondays)
    assert refused.value.code == "no_working_time"


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", "Europe", "/UTC"])
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(CalendarError) as refused:
        WorkingCalendar(zone, STANDARD_WEEK)
    assert refused.value.code == "malformed"


def test_a_date_with_two_exceptions_is_refused() -> None:
    with pytest.raises(CalendarError, match="2026-03-02 has two exceptions"):
        WorkingCalendar("UTC", STANDARD_WEEK, ((date(2026, 3, 2), ()), (date(2026, 3, 2), ())))


def test_no_year_is_compiled_twice_for_what_lies_beyond_the_last() -> None:
    compiled: list[int] = []

    class Watched(WorkAxis):
        def _years(self, since: int, until: int) -> list[tuple[int, int]]:
            compiled.extend(range(since, until))
            return super()._years(since, until)

    axis = Watched(STANDARD.zone, STANDARD.weekly, STANDARD.exceptions)
    for _ in range(3):
        with pytest.raises(CalendarError, match="outside the years 1900 to 2400"):
            axis.finish_at(10**9)
    assert len(compiled) == len(set(compiled)) > 0


def test_a_weekday_outside_one_to_seven_is_refused() -> None:
    with pytest.raises(CalendarError, match="weekday 0"):
        weekly_windows({0: [(480, 960)]})


def test_work_that_would_never_end_is_refused_instead_of_searched_for() -> None:
    with pytest.raises(CalendarError, match="outside the years 1900 to 2400"):
        STANDARD.add(utc("2026-03-02T08:00"), 10**9)
    with pytest.raises(CalendarError, match="outside the years 1900 to 2400"):
        STANDARD.axis.work_at(10**12)
    with pytest.raises(CalendarError, match="outside the years 1900 to 2400"):
        STANDARD.subtract(utc("1899-12-31T08:00"), 1)
