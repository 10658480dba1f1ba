"""Summaries and level of effort: dates that come from others."""

import pytest

from domain.planning.critical_path import schedule
from domain.planning.network import Activity, Constraint, Driver, Link, PlanningError
from tests.unit.planning.networks import DAY, at, dates, dates_of, network, shown

SUMMARY = Activity("s", 0)
A = Activity("a", DAY, parent="s")
B = Activity("b", 2 * DAY, parent="s")


def test_a_summary_lasts_from_its_first_start_to_its_last_finish() -> None:
    planned = schedule(network(SUMMARY, A, B, Link("l", "a", "b")))
    assert dates(planned, "s") == ("2026-03-02 08:00", "2026-03-04 17:00")
    row = planned.phases["s"]
    assert row.summary
    assert row.driver == ("child", "b")
    assert (row.critical, row.total_float_min) == (True, 0)


def test_summaries_in_summaries_count_up_and_an_own_duration_counts_nothing() -> None:
    top, middle = Activity("t", 99 * DAY), Activity("s", 7, parent="t")
    planned = dates_of(top, middle, A, B)
    assert planned["t"] == planned["s"] == ("2026-03-02 08:00", "2026-03-03 17:00")


def test_a_successor_of_a_summary_waits_for_the_last_of_its_children() -> None:
    planned = schedule(network(SUMMARY, A, B, Activity("z", DAY), Link("l", "s", "z")))
    assert dates(planned, "z")[0] == "2026-03-04 08:00"
    floats = {each: row.total_float_min for each, row in planned.phases.items()}
    assert floats == {"a": DAY, "b": 0, "s": 0, "z": 0}
    assert {each for each, row in planned.phases.items() if row.on_longest_path} == {"b", "s", "z"}


def test_a_link_onto_a_summary_holds_back_all_below_it_and_names_itself() -> None:
    inner = Activity("i", 0, parent="s")
    deep = Activity("d", DAY, parent="i")
    planned = schedule(
        network(SUMMARY, A, inner, deep, Activity("y", DAY), Link("l", "y", "s", lag=DAY))
    )
    assert dates(planned, "a")[0] == dates(planned, "d")[0] == "2026-03-04 08:00"
    assert planned.phases["d"].driver == ("predecessor", "l")
    assert planned.phases["y"].total_float_min == 0
    assert planned.phases["y"].on_longest_path


def test_float_before_a_summary_is_what_its_first_child_allows() -> None:
    # a needs one day, b two: whoever waits for the summary may lose nothing.
    planned = schedule(
        network(
            SUMMARY, A, B, Activity("y", DAY), Link("l", "y", "s"),
            promise=at("2026-03-06 17:00"),
        )
    )  # fmt: skip
    assert planned.phases["y"].total_float_min == 2 * DAY
    assert planned.phases["a"].total_float_min == 3 * DAY


def test_start_to_start_from_a_summary_follows_its_first_start() -> None:
    late = Activity("b", DAY, parent="s", constraint=Constraint("SNET", at("2026-03-05 08:00")))
    planned = schedule(
        network(SUMMARY, A, late, Activity("z", 4 * DAY), Link("l", "s", "z", "SS", DAY))
    )
    assert dates(planned, "z") == ("2026-03-03 08:00", "2026-03-06 17:00")
    # Only the child that starts the summary owes its start to the successor.
    assert planned.phases["a"].total_float_min == 0
    assert planned.phases["b"].total_float_min == DAY


def test_finish_to_finish_onto_a_summary_holds_the_children_that_end_it() -> None:
    planned = dates_of(
        SUMMARY, A, B, Activity("y", 5 * DAY), Link("1", "a", "b"), Link("2", "y", "s", "FF")
    )
    assert planned["a"] == ("2026-03-02 08:00", "2026-03-02 17:00")
    assert planned["b"] == ("2026-03-05 08:00", "2026-03-06 17:00")


def test_dates_typed_on_a_summary_hold_for_its_children() -> None:
    held = Activity("s", 0, constraint=Constraint("SNET", at("2026-03-04 08:00")))
    planned = schedule(network(held, A))
    assert dates(planned, "a")[0] == "2026-03-04 08:00"
    assert planned.phases["a"].driver == ("parent", "s")
    due = Activity("s", 0, constraint=Constraint("FNLT", at("2026-03-02 17:00")))
    assert schedule(network(due, B)).phases["b"].total_float_min == -DAY
    ends = Activity("s", 0, constraint=Constraint("FNET", at("2026-03-05 17:00")))
    last = schedule(network(ends, A, B, Link("l", "a", "b")))
    assert dates(last, "b") == ("2026-03-04 08:00", "2026-03-05 17:00")
    assert last.phases["b"].driver == ("parent", "s")
    assert dates(last, "a")[0] == "2026-03-02 08:00"


def test_a_share_of_a_summary_is_of_its_span() -> None:
    planned = dates_of(
        SUMMARY, A, B, Activity("z", DAY), Link("l", "s", "z", "SS", 5000, "percent_of_pred")
    )
    assert planned["z"][0] == "2026-03-03 08:00"


def test_a_summary_of_finished_phases_is_done() -> None:
    finished = Activity("a", DAY, parent="s", actual_start=at("2026-03-02 09:00"),
                        actual_finish=at("2026-03-02 18:00"))  # fmt: skip
    row = schedule(network(SUMMARY, finished, data_date=at("2026-03-04 08:00"))).phases["s"]
    assert (shown(row.start), shown(row.finish)) == ("2026-03-02 09:00", "2026-03-02 18:00")
    assert (row.critical, row.total_float_min) == (False, 0)


@pytest.mark.parametrize("link", [Link("l", "a", "s"), Link("l", "s", "a", "SS")])
def test_a_link_between_a_phase_and_its_summary_is_a_circle(link: Link) -> None:
    with pytest.raises(PlanningError) as refused:
        schedule(network(SUMMARY, A, link))
    assert refused.value.code == "cycle"


def test_level_of_effort_spans_what_it_follows() -> None:
    care = Activity("l", 0, "level_of_effort")
    planned = schedule(
        network(
            Activity("a", DAY), Activity("b", 2 * DAY), care,
            Link("1", "a", "b"), Link("2", "a", "l", "SS"), Link("3", "b", "l", "FF"),
        )
    )  # fmt: skip
    row = planned.phases["l"]
    assert dates(planned, "l") == ("2026-03-02 08:00", "2026-03-04 17:00")
    assert not row.critical
    assert row.driver == ("predecessor", "2")


def test_level_of_effort_drives_nothing_not_even_the_finish() -> None:
    care = Activity("l", 30 * DAY, "level_of_effort")
    planned = schedule(network(Activity("a", DAY), care, Link("1", "l", "a")))
    assert dates(planned, "a")[0] == "2026-03-02 08:00"
    assert shown(planned.finish) == "2026-03-02 17:00"
    assert planned.phases["a"].driver == Driver("project_start")
    assert planned.phases["a"].total_float_min == 0
