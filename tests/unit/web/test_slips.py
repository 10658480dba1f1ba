"""Hold the chart of what was known when to the moments and dates it is made of."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from projections.web.slips import Known, last_of_each_day, slip_chart

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)


def told(day: int, finish: int, hour: int = 8, cause: str = "") -> Known:
    at = MONDAY + timedelta(days=day, hours=hour - 8)
    return Known(at, datetime(2026, 3, finish, 15, tzinfo=UTC), day * 100 + hour, cause)


def test_within_a_day_the_last_date_counts() -> None:
    knowns = [told(0, 20), told(1, 21, 8), told(1, 24, 9), told(1, 23, 16)]
    assert [known.date.day for known in last_of_each_day(knowns, BERLIN)] == [20, 23]


def test_a_day_that_ends_as_the_one_before_shows_nothing_new() -> None:
    knowns = [told(0, 20), told(1, 21, 8), told(1, 20, 9), told(2, 22)]
    assert [known.date.day for known in last_of_each_day(knowns, BERLIN)] == [20, 22]


def test_the_day_is_that_of_the_project() -> None:
    late_evening = [told(0, 20, 22), told(0, 21, 23)]  # 23:00 and, in Berlin, the next day.
    assert [known.date.day for known in last_of_each_day(late_evening, BERLIN)] == [20, 21]


def test_one_date_has_no_trend() -> None:
    assert slip_chart([told(0, 20)], None, BERLIN, MONDAY) is None
    assert slip_chart([], date(2026, 3, 20), BERLIN, MONDAY) is None


def test_a_later_date_lies_higher_and_what_is_told_later_lies_further_right() -> None:
    chart = slip_chart([told(0, 20), told(2, 24), told(4, 22)], None, BERLIN, MONDAY)
    assert chart is not None
    first, second, third = chart.points
    assert first.x < second.x < third.x
    assert second.y < third.y < first.y
    assert chart.line.startswith(f"M{first.x} {first.y}H{second.x}V{second.y}H{third.x}V{third.y}")
    assert [point.label for point in chart.points] == ["20 Mar", "24 Mar", "22 Mar"]


def test_the_line_goes_on_to_the_moment_it_holds_until() -> None:
    knowns, until = [told(0, 20), told(1, 21)], MONDAY + timedelta(days=9)
    chart = slip_chart(knowns, None, BERLIN, until)
    assert chart is not None
    assert chart.line.endswith("H1014.0")


def test_the_promise_is_a_line_even_where_no_date_comes_near_it() -> None:
    chart = slip_chart([told(0, 20), told(1, 21)], date(2026, 3, 28), BERLIN, MONDAY)
    assert chart is not None
    assert chart.promise is not None
    assert chart.promise.label == "promised 28 Mar"
    assert chart.promise.y < min(point.y for point in chart.points)


def test_a_point_says_when_it_was_told_what_and_why() -> None:
    chart = slip_chart(
        [told(0, 20), told(1, 21, cause="The laser stood still")], None, BERLIN, MONDAY
    )
    assert chart is not None
    assert chart.points[1].spoken == "Told 3 Mar 2026: 21 Mar 2026. The laser stood still"


def test_axes_have_few_marks_however_long_the_project_is() -> None:
    knowns = [told(0, 20), told(500, 24), told(900, 22)]
    chart = slip_chart(knowns, None, BERLIN, MONDAY)
    assert chart is not None
    assert 2 <= len(chart.told) <= 10
    assert 2 <= len(chart.dates) <= 9
