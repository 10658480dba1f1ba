"""Laws of working time, over random calendars, zones and instants."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.kernel.calendar import WorkingCalendar
from domain.kernel.minutes import instant_of, minute_of
from domain.kernel.work_axis import Window

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
FIRST = date(2026, 1, 1)


@st.composite
def windows(draw: st.DrawFn, *, least: int = 0) -> tuple[Window, ...]:
    edges = sorted(draw(st.sets(st.integers(0, 1440), min_size=2 * least, max_size=6)))
    return tuple(zip(edges[::2], edges[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    week = {day: draw(windows()) for day in range(1, 8)}
    week[draw(st.integers(1, 7))] = draw(windows(least=1))
    days = draw(st.sets(st.integers(0, 365), max_size=4))
    dated = {FIRST + timedelta(days=day): draw(windows()) for day in sorted(days)}
    return WorkingCalendar.of(draw(st.sampled_from(ZONES)), week, dated)


instants = st.integers(29_454_000, 29_985_000)
"""Minutes of 2026."""


def worked(calendar: WorkingCalendar, minute: int) -> bool:
    """Return whether a UTC minute is worked, by asking what the clock on the wall shows."""
    local = instant_of(minute).astimezone(ZoneInfo(calendar.zone))
    dated = dict(calendar.exceptions)
    windows_of_day = dated.get(local.date(), calendar.weekly[local.isoweekday() - 1])
    of_day = local.hour * 60 + local.minute
    return any(begin <= of_day < end for begin, end in windows_of_day)


@given(calendars(), st.data())
def test_working_time_is_what_the_clock_on_the_wall_shows(
    calendar: WorkingCalendar, data: st.DataObject
) -> None:
    # Around the changes of 2026 in Europe, America and Australia, and anywhere else.
    changes = [minute_of(instant_of(0).replace(year=2026, month=m, day=d)) for m, d in CHANGES]
    begin = data.draw(st.one_of(st.sampled_from(changes), instants))
    count = data.draw(st.integers(1, 500))
    assert calendar.axis.between(begin, begin + count) == sum(
        worked(calendar, minute) for minute in range(begin, begin + count)
    )


CHANGES = ((3, 29), (10, 25), (3, 8), (11, 1), (4, 4), (10, 3))


@given(calendars(), instants, st.integers(1, 50_000))
def test_work_added_lies_between_and_subtracted_leads_back(
    calendar: WorkingCalendar, begin: int, minutes: int
) -> None:
    axis = calendar.axis
    end = axis.add(begin, minutes)
    assert axis.between(begin, end) == minutes
    assert axis.subtract(end, minutes) == axis.next_start(begin)
    assert worked(calendar, end - 1)
    assert worked(calendar, axis.subtract(begin, minutes))


@given(calendars(), instants, instants)
def test_working_time_never_runs_backwards(calendar: WorkingCalendar, one: int, other: int) -> None:
    assume(one <= other)
    axis = calendar.axis
    assert 0 <= axis.between(one, other) <= other - one
    assert axis.add(one, 60) <= axis.add(other, 60)


@given(calendars(), instants)
def test_a_start_is_the_latest_and_a_finish_the_earliest_form_of_one_point(
    calendar: WorkingCalendar, at: int
) -> None:
    axis = calendar.axis
    start, finish = axis.next_start(at), axis.previous_finish(at)
    assert finish <= at <= start
    assert axis.between(finish, start) == 0
    assert worked(calendar, start)
    assert worked(calendar, finish - 1)
    assert axis.next_start(finish) == start
    assert axis.previous_finish(start) == finish


@given(calendars(), instants)
def test_a_boundary_is_the_instant_itself_or_the_nearest_edge(
    calendar: WorkingCalendar, at: int
) -> None:
    axis = calendar.axis
    inside = worked(calendar, at) or worked(calendar, at - 1)
    assert axis.next_boundary(at) == (at if inside else axis.next_start(at))
    assert axis.previous_boundary(at) == (at if inside else axis.previous_finish(at))
    assert axis.work_at(axis.start_at(axis.last_start(at))) == axis.last_start(at)
    assert axis.start_at(axis.last_start(at)) <= at < axis.start_at(axis.last_start(at) + 1)
