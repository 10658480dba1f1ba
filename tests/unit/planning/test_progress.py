"""Progress: actual dates, remaining work, the data date, work out of sequence."""

import pytest

from domain.planning.critical_path import schedule
from domain.planning.network import Activity, Bound, Constraint, Driver, Link, Policy
from tests.unit.planning.networks import DAY, at, dates, dates_of, network, shown

WEDNESDAY = at("2026-03-04 08:00")
MONDAY_EVENING = at("2026-03-02 17:00")


def done(phase: str, start: str, finish: str, length: int = DAY) -> Activity:
    return Activity(phase, length, actual_start=at(start), actual_finish=at(finish))


def running(phase: str, start: str, remaining: int | None, length: int = DAY) -> Activity:
    return Activity(phase, length, actual_start=at(start), remaining_min=remaining)


def test_nothing_unfinished_is_planned_before_the_data_date() -> None:
    planned = schedule(network(Activity("a", DAY), data_date=WEDNESDAY))
    assert dates(planned, "a") == ("2026-03-04 08:00", "2026-03-04 17:00")
    assert planned.phases["a"].driver == Driver("data_date")


def test_actual_dates_stand_even_on_a_free_day() -> None:
    weekend = done("a", "2026-03-07 09:13", "2026-03-08 11:47")
    planned = schedule(network(weekend, Activity("b", DAY), Link("l", "a", "b")))
    row = planned.phases["a"]
    assert dates(planned, "a") == ("2026-03-07 09:13", "2026-03-08 11:47")
    assert row.driver == Driver("actual")
    assert (row.total_float_min, row.critical) == (0, False)
    assert dates(planned, "b") == ("2026-03-09 08:00", "2026-03-09 17:00")


def test_remaining_work_goes_on_at_the_data_date() -> None:
    planned = schedule(network(running("a", "2026-03-02 08:00", 120, 2 * DAY), data_date=WEDNESDAY))
    assert dates(planned, "a") == ("2026-03-02 08:00", "2026-03-04 10:00")
    assert planned.phases["a"].driver == Driver("data_date")


def test_without_a_report_the_whole_duration_remains() -> None:
    planned = dates_of(running("a", "2026-03-02 08:00", None), data_date=WEDNESDAY)
    assert planned["a"] == ("2026-03-02 08:00", "2026-03-04 17:00")


def test_an_expected_finish_sets_what_remains() -> None:
    expected = Activity(
        "a", DAY, actual_start=at("2026-03-02 08:00"), expected_finish=at("2026-03-05 12:00")
    )
    assert dates_of(expected, data_date=WEDNESDAY)["a"][1] == "2026-03-05 12:00"


def test_nothing_left_to_do_ends_at_the_data_date_and_not_before() -> None:
    planned = dates_of(running("a", "2026-03-02 08:00", 0), data_date=at("2026-03-07 12:00"))
    assert planned["a"] == ("2026-03-02 08:00", "2026-03-09 08:00")
    inside = dates_of(running("a", "2026-03-02 08:00", 0), data_date=at("2026-03-04 10:00"))
    assert inside["a"] == ("2026-03-02 08:00", "2026-03-04 10:00")


def test_a_started_phase_forgets_its_start_constraint() -> None:
    typed = Constraint("SNET", at("2026-03-09 08:00"))
    started = Activity("a", DAY, constraint=typed, actual_start=at("2026-03-02 08:00"))
    assert dates_of(started)["a"] == ("2026-03-02 08:00", "2026-03-02 17:00")


def test_a_milestone_that_was_reached_is_done() -> None:
    reached = Activity("m", 0, "finish_ms", actual_start=at("2026-03-03 10:30"))
    planned = dates_of(reached, Activity("b", DAY), Link("l", "m", "b"), data_date=MONDAY_EVENING)
    assert planned["m"] == ("2026-03-03 10:30", "2026-03-03 10:30")
    assert planned["b"][0] == "2026-03-03 10:30"


def test_a_finish_without_a_start_is_taken_to_have_begun_its_work_before() -> None:
    only_finish = Activity("a", DAY, actual_finish=at("2026-03-04 12:00"))
    assert dates_of(only_finish)["a"] == ("2026-03-03 13:00", "2026-03-04 12:00")


def test_a_lag_after_an_actual_finish_runs_on_from_there() -> None:
    planned = dates_of(
        done("a", "2026-03-02 08:00", "2026-03-02 15:00"),
        Activity("b", DAY),
        Link("l", "a", "b", lag=DAY),
        data_date=at("2026-03-03 10:00"),
    )
    assert planned["b"][0] == "2026-03-03 15:00"


def test_a_successor_of_a_start_follows_the_actual_start() -> None:
    planned = dates_of(
        running("a", "2026-03-03 10:00", DAY),
        Activity("b", DAY),
        Link("l", "a", "b", "SS", 60),
        data_date=at("2026-03-03 10:00"),
    )
    assert planned["b"][0] == "2026-03-03 11:00"


OUT_OF_SEQUENCE = (
    Activity("a", 3 * DAY),
    running("b", "2026-03-02 08:00", DAY // 2),
    Link("l", "a", "b"),
)


def test_retained_logic_lets_the_rest_wait_for_the_predecessor() -> None:
    planned = schedule(network(*OUT_OF_SEQUENCE, data_date=at("2026-03-03 08:00")))
    assert dates(planned, "b") == ("2026-03-02 08:00", "2026-03-06 12:00")
    assert planned.phases["b"].driver == ("predecessor", "l")
    assert planned.phases["a"].total_float_min == 0


@pytest.mark.parametrize("rule", ["progress_override", "actual_dates"])
def test_otherwise_the_rest_goes_on_at_the_data_date(rule: str) -> None:
    policy = Policy(out_of_sequence=rule)  # type: ignore[arg-type]  # One of the two above.
    planned = schedule(network(*OUT_OF_SEQUENCE, data_date=at("2026-03-03 08:00"), policy=policy))
    assert dates(planned, "b") == ("2026-03-02 08:00", "2026-03-03 12:00")
    assert planned.phases["b"].total_float_min == 2 * DAY + DAY // 2


def test_only_actual_dates_forget_a_link_to_the_finish_of_an_open_phase() -> None:
    items = (OUT_OF_SEQUENCE[0], OUT_OF_SEQUENCE[1], Link("l", "a", "b", "FF"))
    data_date = at("2026-03-03 08:00")
    override = Policy(out_of_sequence="progress_override")
    actual = Policy(out_of_sequence="actual_dates")
    assert dates_of(*items, data_date=data_date, policy=override)["b"][1] == "2026-03-05 17:00"
    assert dates_of(*items, data_date=data_date, policy=actual)["b"][1] == "2026-03-03 12:00"


def test_progress_override_still_waits_for_the_lag_of_a_finished_phase() -> None:
    planned = dates_of(
        done("a", "2026-03-02 08:00", "2026-03-02 17:00"),
        running("b", "2026-03-02 13:00", 60),
        Link("l", "a", "b", lag=2 * DAY),
        data_date=at("2026-03-03 08:00"),
        policy=Policy(out_of_sequence="progress_override"),
    )
    assert planned["b"] == ("2026-03-02 13:00", "2026-03-05 09:00")


def test_an_outage_holds_what_remains() -> None:
    outage = Bound(at("2026-03-05 08:00"), "resource", "press")
    started = Activity(
        "a", DAY, actual_start=at("2026-03-02 08:00"), remaining_min=60, earliest=(outage,)
    )
    planned = schedule(network(started, data_date=WEDNESDAY))
    assert dates(planned, "a")[1] == "2026-03-05 09:00"
    assert planned.phases["a"].driver == ("resource", "press")


def test_a_started_phase_keeps_its_start_in_every_date_and_has_the_float_of_its_finish() -> None:
    planned = schedule(
        network(running("a", "2026-03-02 08:00", DAY), Activity("b", 3 * DAY), data_date=WEDNESDAY)
    )
    row = planned.phases["a"]
    assert shown(row.early_start) == shown(row.late_start) == "2026-03-02 08:00"
    assert shown(row.late_finish) == "2026-03-06 17:00"
    assert row.total_float_min == row.free_float_min == 2 * DAY


def test_a_finished_successor_asks_nothing_of_an_open_phase() -> None:
    planned = schedule(
        network(
            Activity("a", DAY), done("b", "2026-03-02 08:00", "2026-03-02 17:00"),
            Activity("c", 5 * DAY), Link("l", "a", "b"), data_date=WEDNESDAY,
        )
    )  # fmt: skip
    assert planned.phases["a"].total_float_min == 4 * DAY


def test_the_longest_path_goes_no_further_back_than_what_is_done() -> None:
    planned = schedule(
        network(
            done("a", "2026-03-02 08:00", "2026-03-03 17:00"), Activity("b", DAY),
            Link("l", "a", "b"),
        )
    )  # fmt: skip
    assert {each for each, row in planned.phases.items() if row.on_longest_path} == {"b"}
