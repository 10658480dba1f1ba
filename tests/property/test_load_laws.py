"""Hold the exact sweep of load against capacity to counting minute by minute."""

from bisect import bisect_right

from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.calendar import ELAPSED, STANDARD_WEEK, WorkingCalendar
from domain.planning.load import (
    Demand,
    Overload,
    Steps,
    cells,
    joined,
    larger,
    only_in,
    overloads,
    stretches,
)

END = 60
minutes = st.integers(0, END)
intervals = st.tuples(minutes, minutes).map(lambda pair: (min(pair), max(pair)))
demands = st.lists(
    st.builds(
        lambda span, milli, by: Demand(span[0], span[1], milli, by),
        intervals,
        st.integers(0, 4).map(lambda units: units * 500),
        st.sampled_from("abcd"),
    ),
    max_size=8,
)
capacities = st.dictionaries(minutes, st.integers(0, 3).map(lambda units: units * 500), max_size=6)
steps = capacities.map(lambda known: tuple(sorted(known.items())))


def there(capacity: Steps, minute: int) -> int:
    if not capacity:
        return 0
    return capacity[max(bisect_right([at for at, _ in capacity], minute) - 1, 0)][1]


def asked(needs: list[Demand], minute: int) -> int:
    return sum(milli for start, finish, milli, _ in needs if start <= minute < finish)


def who(needs: list[Demand], minute: int) -> set[str]:
    return {by for start, finish, milli, by in needs if milli and start <= minute < finish}


def by_the_minute(needs: list[Demand], capacity: Steps) -> list[Overload]:
    """Return the overloads as one counts them who looks at every minute by itself."""
    runs: list[list[int]] = []
    is_open = False
    for minute in range(END):
        load, cap = asked(needs, minute), there(capacity, minute)
        if load > cap:
            runs = runs if is_open else [*runs, []]
            runs[-1].append(minute)
            is_open = True
        elif load or cap:
            is_open = False
    return [
        Overload(
            run[0],
            run[-1] + 1,
            len(run),
            max(asked(needs, minute) for minute in run),
            max(asked(needs, minute) - there(capacity, minute) for minute in run),
            tuple(sorted(set().union(*(who(needs, minute) for minute in run)))),
        )
        for run in runs
    ]


@given(demands, steps)
def test_the_sweep_finds_what_counting_every_minute_finds(
    needs: list[Demand], capacity: Steps
) -> None:
    assert overloads(stretches(needs, capacity)) == by_the_minute(needs, capacity)


@given(demands, steps, st.sets(minutes, min_size=2))
def test_buckets_add_up_to_what_their_minutes_do(
    needs: list[Demand], capacity: Steps, instants: set[int]
) -> None:
    edges = sorted(instants)
    for cell in cells(stretches(needs, capacity, edges), edges):
        inside = range(cell.start, cell.finish)
        assert cell.load_milli_min == sum(asked(needs, minute) for minute in inside)
        assert cell.capacity_milli_min == sum(there(capacity, minute) for minute in inside)
        over = [m for m in inside if asked(needs, m) > there(capacity, m)]
        assert cell.overload_min == len(over)
        assert set(cell.by) == set().union(*(who(needs, minute) for minute in inside))


@given(demands, steps)
def test_stretches_lie_side_by_side_and_add_up_to_the_whole(
    needs: list[Demand], capacity: Steps
) -> None:
    found = list(stretches(needs, capacity))
    assert [one.finish for one in found[:-1]] == [other.start for other in found[1:]]
    total = sum(each.load_milli * (each.finish - each.start) for each in found)
    assert total == sum((finish - start) * milli for start, finish, milli, _ in needs)


@given(demands, demands)
def test_the_larger_of_two_needs_is_the_larger_at_every_minute(
    one: list[Demand], other: list[Demand]
) -> None:
    both = larger(one, other, "cut")
    for minute in range(END):
        assert asked(both, minute) == max(asked(one, minute), asked(other, minute))


@given(st.lists(intervals, max_size=5), steps)
def test_steps_are_kept_in_intervals_and_nothing_is_outside(
    worked: list[tuple[int, int]], capacity: Steps
) -> None:
    kept = only_in(joined(worked), capacity, -1)
    for minute in range(END):
        is_inside = any(start <= minute < finish for start, finish in worked)
        assert there(kept, minute) == (there(capacity, minute) if is_inside else 0)


@given(st.integers(0, 20_000), st.integers(0, 20_000))
def test_the_windows_between_two_instants_hold_the_working_time_between_them(
    one: int, other: int
) -> None:
    begin, end = 29_540_000 + min(one, other), 29_540_000 + max(one, other)
    for calendar in (WorkingCalendar("Europe/Berlin", STANDARD_WEEK), ELAPSED):
        windows = calendar.axis.windows(begin, end)
        worked = sum(finish - start for start, finish in windows)
        assert worked == calendar.axis.between(begin, end)
        assert windows == joined(windows)
