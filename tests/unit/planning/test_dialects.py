"""Where planning tools differ, the dialect decides: Microsoft Project's dates beside P6's."""

from domain.planning.critical_path import schedule
from domain.planning.network import Activity, Constraint, Dialect, Link, Policy, Schedule
from tests.unit.planning.networks import DAY, at, dates, network, shown

PROJECT = Policy(dialect="msproject")
P6 = Policy(dialect="p6")
A, B = Activity("a", 3 * DAY), Activity("b", 2 * DAY)
A_THEN_B = Link("l", "a", "b")


def in_dialect(dialect: Dialect, *items: Activity | Link, data_date: str | None = None) -> Schedule:
    date = None if data_date is None else at(data_date)
    return schedule(network(*items, data_date=date, policy=Policy(dialect=dialect)))


def test_an_unnamed_lag_runs_on_the_successors_calendar_in_project_and_the_predecessors_in_p6() -> (
    None
):
    pred = Activity("a", 5 * DAY)
    succ = Activity("b", DAY, calendar="six")
    lag = Link("l", "a", "b", lag=DAY)
    assert dates(in_dialect("msproject", pred, succ, lag), "b")[0] == "2026-03-09 08:00"
    assert dates(in_dialect("p6", pred, succ, lag), "b")[0] == "2026-03-10 08:00"


def test_a_latest_start_is_honoured_in_project_and_only_told_as_float_in_p6() -> None:
    held = Activity("b", 2 * DAY, constraint=Constraint("SNLT", at("2026-03-03 08:00")))
    project = in_dialect("msproject", A, held, A_THEN_B)
    primavera = in_dialect("p6", A, held, A_THEN_B)
    assert dates(project, "b") == ("2026-03-03 08:00", "2026-03-04 17:00")
    assert project.phases["b"].driver == ("constraint", "SNLT")
    assert dates(primavera, "b") == ("2026-03-05 08:00", "2026-03-06 17:00")
    assert [each.phases["a"].total_float_min for each in (project, primavera)] == [
        -2 * DAY, -2 * DAY,
    ]  # fmt: skip
    assert project.phases["b"].total_float_min == 0
    assert primavera.phases["b"].total_float_min == -2 * DAY


def test_a_latest_finish_is_honoured_in_project() -> None:
    held = Activity("b", 2 * DAY, constraint=Constraint("FNLT", at("2026-03-05 17:00")))
    project = in_dialect("msproject", A, held, A_THEN_B)
    assert dates(project, "b") == ("2026-03-04 08:00", "2026-03-05 17:00")
    assert project.phases["b"].driver == ("constraint", "FNLT")
    assert project.phases["a"].total_float_min == -DAY


def test_a_latest_start_that_is_kept_anyway_changes_nothing() -> None:
    free = Activity("b", 2 * DAY, constraint=Constraint("SNLT", at("2026-03-09 08:00")))
    project = in_dialect("msproject", A, free, A_THEN_B)
    assert dates(project, "b") == ("2026-03-05 08:00", "2026-03-06 17:00")
    assert project.phases["b"].driver == ("predecessor", "l")


def test_a_deadline_lowers_float_in_project_alone_and_moves_no_date() -> None:
    missed = Activity("b", 2 * DAY, deadline=at("2026-03-04 17:00"))
    project = in_dialect("msproject", A, missed, A_THEN_B)
    assert dates(project, "b") == ("2026-03-05 08:00", "2026-03-06 17:00")
    assert project.phases["b"].total_float_min == -2 * DAY
    assert project.phases["a"].total_float_min == -2 * DAY
    assert in_dialect("p6", A, missed, A_THEN_B).phases["b"].total_float_min == 0


def test_as_late_as_possible_takes_total_float_in_project_and_free_float_in_p6() -> None:
    late = Activity("late", DAY, constraint=Constraint("ALAP"))
    after = Activity("after", DAY)
    long = Activity("long", 5 * DAY)
    items = (late, after, long, Link("l", "late", "after"))
    project, primavera = in_dialect("msproject", *items), in_dialect("p6", *items)

    assert dates(project, "late") == ("2026-03-05 08:00", "2026-03-05 17:00")
    assert dates(project, "after") == ("2026-03-06 08:00", "2026-03-06 17:00")
    row = project.phases["late"]
    assert (shown(row.early_start), row.total_float_min, row.critical) == (
        "2026-03-02 08:00", 0, True,
    )  # fmt: skip
    assert row.driver == ("constraint", "ALAP")

    assert dates(primavera, "late") == ("2026-03-02 08:00", "2026-03-02 17:00")
    assert dates(primavera, "after") == ("2026-03-03 08:00", "2026-03-03 17:00")


def test_the_data_date_moves_nothing_in_project() -> None:
    begun = Activity("a", 3 * DAY, actual_start=at("2026-03-02 08:00"), remaining_min=2 * DAY)
    items = (begun, B, A_THEN_B)
    project = in_dialect("msproject", *items, data_date="2026-03-09 08:00")
    assert dates(project, "a") == ("2026-03-02 08:00", "2026-03-04 17:00")
    assert dates(project, "b") == ("2026-03-05 08:00", "2026-03-06 17:00")
    primavera = in_dialect("p6", *items, data_date="2026-03-09 08:00")
    assert dates(primavera, "a") == ("2026-03-02 08:00", "2026-03-10 17:00")


def test_what_has_started_waits_for_nothing_in_project() -> None:
    begun = Activity("b", 2 * DAY, actual_start=at("2026-03-03 08:00"))
    project = in_dialect("msproject", A, begun, A_THEN_B)
    assert dates(project, "b") == ("2026-03-03 08:00", "2026-03-04 17:00")
    assert project.phases["b"].driver == ("actual", "")
    assert dates(in_dialect("p6", A, begun, A_THEN_B), "b") == (
        "2026-03-03 08:00", "2026-03-06 17:00",
    )  # fmt: skip


def test_more_remaining_work_than_was_planned_makes_a_started_phase_longer_in_project() -> None:
    begun = Activity("a", DAY, actual_start=at("2026-03-02 08:00"), remaining_min=3 * DAY)
    project = in_dialect("msproject", begun)
    assert dates(project, "a") == ("2026-03-02 08:00", "2026-03-04 17:00")


def test_the_dialect_alone_says_where_a_lag_runs_that_the_policy_leaves_open() -> None:
    assert (PROJECT.lags_run_on, P6.lags_run_on) == ("succ", "pred")
    assert Policy(dialect="msproject", lag_calendar="24h").lags_run_on == "24h"
