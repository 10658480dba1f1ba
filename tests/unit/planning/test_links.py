"""Links: four types, lags of every kind, calendars between."""

import pytest

from domain.planning.critical_path import schedule
from domain.planning.network import Activity, Link, PlanningError, Policy
from tests.unit.planning.networks import DAY, at, dates, dates_of, network

A = Activity("a", DAY)
B = Activity("b", DAY)


def b_after(link: Link, pred: Activity = A, succ: Activity = B) -> tuple[str, str]:
    return dates_of(pred, succ, link)["b"]


def test_finish_to_start_begins_on_the_next_morning() -> None:
    assert b_after(Link("l", "a", "b")) == ("2026-03-03 08:00", "2026-03-03 17:00")


def test_start_to_start_begins_together() -> None:
    assert b_after(Link("l", "a", "b", "SS")) == ("2026-03-02 08:00", "2026-03-02 17:00")


def test_finish_to_finish_ends_together() -> None:
    half = Activity("b", DAY // 2)
    assert b_after(Link("l", "a", "b", "FF"), succ=half) == ("2026-03-02 13:00", "2026-03-02 17:00")


def test_start_to_finish_may_not_end_before_the_other_starts() -> None:
    late = Activity("a", DAY, calendar="six")
    link, before = Link("l", "a", "b", "SF"), Link("k", "x", "a")
    planned = dates_of(Activity("x", 2 * DAY), late, B, link, before)
    assert planned["a"] == ("2026-03-04 08:00", "2026-03-04 17:00")
    # The work is done on Tuesday evening, the end is shown where the other starts.
    assert planned["b"] == ("2026-03-03 08:00", "2026-03-04 08:00")


def test_a_lag_of_two_days_is_worked_time() -> None:
    link = Link("l", "a", "b", lag=2 * DAY)
    friday = Activity("a", 3 * DAY)
    assert b_after(link, friday) == ("2026-03-09 08:00", "2026-03-09 17:00")


def test_a_lead_overlaps() -> None:
    link = Link("l", "a", "b", lag=-DAY)
    assert b_after(link, Activity("a", 2 * DAY)) == ("2026-03-03 08:00", "2026-03-03 17:00")


def test_an_elapsed_lag_runs_through_the_night_and_the_weekend() -> None:
    link = Link("l", "a", "b", lag=1440, unit="elapsed_min")
    assert b_after(link, Activity("a", 4 * DAY)) == ("2026-03-09 08:00", "2026-03-09 17:00")
    assert b_after(link) == ("2026-03-04 08:00", "2026-03-04 17:00")


def test_a_share_of_the_predecessor_is_its_duration_in_basis_points() -> None:
    link = Link("l", "a", "b", "SS", 2500, "percent_of_pred")
    assert b_after(link, Activity("a", 4 * DAY)) == ("2026-03-03 08:00", "2026-03-03 17:00")
    lead = Link("l", "a", "b", "FS", -5000, "percent_of_pred")
    assert b_after(lead, Activity("a", 4 * DAY)) == ("2026-03-04 08:00", "2026-03-04 17:00")


def test_a_lag_runs_on_the_calendar_that_the_link_or_the_policy_names() -> None:
    pred = Activity("a", 5 * DAY, calendar="standard")
    succ = Activity("b", DAY, calendar="six")
    starts = {
        calendar: b_after(Link("l", "a", "b", lag=DAY, calendar=calendar), pred, succ)[0]
        for calendar in ("pred", "succ", "project", "24h")
    }
    assert starts == {
        "pred": "2026-03-10 08:00",
        "succ": "2026-03-09 08:00",
        "project": "2026-03-10 08:00",
        "24h": "2026-03-07 08:00",
    }
    by_policy = dates_of(
        pred, succ, Link("l", "a", "b", lag=DAY), policy=Policy(lag_calendar="succ")
    )
    assert by_policy["b"][0] == "2026-03-09 08:00"


def test_a_successor_starts_by_its_own_calendar() -> None:
    pred, succ = Activity("a", 5 * DAY), Activity("b", DAY, calendar="six")
    assert b_after(Link("l", "a", "b"), pred, succ) == ("2026-03-07 08:00", "2026-03-07 17:00")


def test_a_finish_is_never_shown_before_one_it_must_follow() -> None:
    # a works round the clock and ends on Saturday, when b cannot work.
    pred = Activity("a", at("2026-03-07 12:00") - at("2026-03-02 08:00"), calendar="24h")
    planned = schedule(network(pred, B, Link("l", "a", "b", "FF")))
    assert dates(planned, "b") == ("2026-03-06 08:00", "2026-03-09 08:00")


def test_a_start_milestone_moves_to_work_and_a_finish_milestone_stays() -> None:
    start, end = Activity("s", 0, "start_ms"), Activity("f", 0, "finish_ms")
    planned = dates_of(A, start, end, Link("1", "a", "s"), Link("2", "a", "f"))
    assert planned["s"] == ("2026-03-03 08:00", "2026-03-03 08:00")
    assert planned["f"] == ("2026-03-02 17:00", "2026-03-02 17:00")


def test_a_finish_milestone_on_a_free_day_passes_its_instant_on() -> None:
    pred = Activity("a", at("2026-03-07 12:00") - at("2026-03-02 08:00"), calendar="24h")
    end, after = Activity("f", 0, "finish_ms"), Activity("z", 60, calendar="24h")
    planned = dates_of(pred, end, after, Link("1", "a", "f"), Link("2", "f", "z"))
    assert planned["f"] == ("2026-03-07 12:00", "2026-03-07 12:00")
    assert planned["z"] == ("2026-03-07 12:00", "2026-03-07 13:00")


def test_the_latest_of_several_predecessors_drives_and_ties_go_to_the_first_name() -> None:
    planned = schedule(
        network(
            A, Activity("c", DAY), Activity("d", DAY // 2), B,
            Link("l3", "d", "b"), Link("l2", "c", "b"), Link("l1", "a", "b"),
        )
    )  # fmt: skip
    assert planned.phases["b"].driver == ("predecessor", "l1")


def test_a_circle_is_refused_and_named_in_order() -> None:
    circle = (Link("1", "a", "b"), Link("2", "b", "c"), Link("3", "c", "a"))
    with pytest.raises(PlanningError) as refused:
        schedule(network(A, B, Activity("c", DAY), *circle))
    assert refused.value.code == "cycle"
    assert set(refused.value.ids) == {"a", "b", "c"}
    ends = {(link.pred, link.succ) for link in circle}
    named = refused.value.ids
    assert set(zip(named, named[1:] + named[:1], strict=True)) == ends


def test_a_link_to_a_phase_that_is_not_there_is_refused() -> None:
    with pytest.raises(PlanningError, match="the successor of link l, z") as refused:
        schedule(network(A, Link("l", "a", "z")))
    assert (refused.value.code, refused.value.ids) == ("unknown_subject", ("z",))


def test_an_unknown_calendar_or_parent_is_refused() -> None:
    with pytest.raises(PlanningError, match="calendar nights") as refused:
        schedule(network(Activity("a", 1, calendar="nights")))
    assert refused.value.code == "unknown_subject"
    with pytest.raises(PlanningError, match="the parent of a, s"):
        schedule(network(Activity("a", 1, parent="s")))


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(PlanningError, match="two phases are called a") as refused:
        schedule(network(A, A))
    assert refused.value.code == "duplicate_id"
    with pytest.raises(PlanningError, match="two links are called l"):
        schedule(network(A, B, Link("l", "a", "b"), Link("l", "a", "b", "SS")))


def test_a_plan_without_phases_finishes_where_it_starts() -> None:
    assert schedule(network()).finish == at("2026-03-02 08:00")
