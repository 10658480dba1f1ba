"""Hold the sweep of load against capacity to intervals and amounts worked out by hand."""

from domain.planning.load import (
    Cell,
    Demand,
    Overload,
    cells,
    joined,
    larger,
    only_in,
    overloads,
    stretches,
)

ONE = ((0, 1_000),)


def test_two_that_fit_beside_each_other_are_no_overload() -> None:
    demands = [Demand(0, 60, 400, "cut"), Demand(30, 90, 600, "weld")]
    assert overloads(stretches(demands, ONE)) == []


def test_an_overload_begins_and_ends_with_the_minute() -> None:
    demands = [Demand(0, 61, 500, "cut"), Demand(30, 90, 600, "weld"), Demand(59, 60, 100, "mark")]
    assert overloads(stretches(demands, ONE)) == [
        Overload(30, 61, 31, peak_milli=1_200, excess_milli=200, by=("cut", "mark", "weld"))
    ]


def test_three_and_more_at_once_are_all_counted() -> None:
    demands = [Demand(0, 100, 400, name) for name in ("a", "b", "c", "d")]
    assert overloads(stretches(demands, ONE)) == [
        Overload(0, 100, 100, peak_milli=1_600, excess_milli=600, by=("a", "b", "c", "d"))
    ]


def test_an_outage_reduces_the_capacity_for_its_time() -> None:
    out = ((0, 1_000), (40, 0), (50, 1_000))
    assert overloads(stretches([Demand(0, 100, 300, "cut")], out)) == [
        Overload(40, 50, 10, peak_milli=300, excess_milli=300, by=("cut",))
    ]


def test_where_nothing_is_there_all_that_is_asked_for_is_too_much() -> None:
    assert overloads(stretches([Demand(5, 9, 1, "cut")], ())) == [Overload(5, 9, 4, 1, 1, ("cut",))]


def test_idle_time_inside_an_overload_is_not_counted_and_does_not_end_it() -> None:
    days = only_in([(0, 10), (20, 30), (40, 50)], ONE, -1)
    work = [Demand(*day, 1_500, "weld") for day in ((0, 10), (20, 30))]
    later = [Demand(40, 50, 900, "cut")]
    assert overloads(stretches([*work, *later], days)) == [
        Overload(0, 30, 20, 1_500, 500, ("weld",))
    ]


def test_capacity_before_the_first_step_is_that_of_the_first() -> None:
    assert overloads(stretches([Demand(0, 10, 800, "cut")], ((5, 1_000), (7, 500)))) == [
        Overload(7, 10, 3, 800, 300, ("cut",))
    ]


def test_a_bucket_holds_what_falls_in_it_and_who() -> None:
    demands = [Demand(0, 15, 1_000, "cut"), Demand(5, 12, 500, "weld")]
    edges = (0, 10, 20, 30)
    swept = stretches(demands, only_in([(0, 18)], ONE, -1), edges)
    assert cells(swept, edges) == [
        Cell(0, 10, 12_500, 10_000, 5, ("cut", "weld")),
        Cell(10, 20, 6_000, 8_000, 2, ("cut", "weld")),
        Cell(20, 30, 0, 0, 0, ()),
    ]


def test_what_is_required_and_what_is_allocated_are_one_need() -> None:
    required = [Demand(0, 20, 500, "r")]
    allocated = [Demand(10, 15, 800, "a"), Demand(15, 30, 300, "a")]
    assert larger(required, allocated, "cut") == [
        Demand(0, 10, 500, "cut"),
        Demand(10, 15, 800, "cut"),
        Demand(15, 20, 500, "cut"),
        Demand(20, 30, 300, "cut"),
    ]


def test_steps_outside_intervals_are_nothing() -> None:
    steps = ((0, 1_000), (15, 2_000))
    assert only_in([(5, 10), (12, 20)], steps, -1) == [
        (-1, 0), (5, 1_000), (10, 0), (12, 1_000), (15, 2_000), (20, 0),
    ]  # fmt: skip
    assert only_in([(5, 10)], (), -1) == [(-1, 0)]
    assert only_in([(5, 10)], ((50, 700),), -1) == [(-1, 0), (5, 700), (10, 0)]


def test_intervals_that_touch_or_overlap_are_one() -> None:
    assert joined([(5, 9), (0, 3), (3, 4), (8, 12), (20, 20)]) == [(0, 4), (5, 12)]
