"""Hold each check of how a plan is kept to a plan made to fail it, and to one that passes."""

from collections.abc import Callable

import pytest

from domain.network.project_network import ProjectNetwork
from domain.plans.events import ConstraintSet, PhaseRemoved
from domain.quality.assessment import CHECKS, assess
from domain.quality.check import Check
from domain.quality.executed import (
    SLIP_DAYS,
    baseline_execution_index,
    critical_path_length_index,
    critical_path_test,
    missed_tasks,
)
from domain.quality.plan import Plan
from tests.property.random_histories import network_at
from tests.unit.projections.histories import DAY, History, at


def a_plan() -> History:
    """Return two tasks in a row that end on Friday 6 March, promised for Friday 13 March."""
    history = History().opened().calendar("plant").promise("2026-03-13")
    return history.phase("cut", 2).phase("weld", 3).link("cut", "weld")


def network_of(history: History) -> ProjectNetwork:
    return network_at(history, len(history.events))


PLANNED = network_of(a_plan()).schedule()
BASELINE = {row.id: (row.start, row.finish) for row in PLANNED.phases.values()} if PLANNED else {}


def checked(check: Callable[[Plan], Check], history: History) -> Check:
    return check(Plan.of(network_of(history), BASELINE))


def done(history: History, phase: str, begin: str, end: str) -> History:
    return history.started(phase, f"2026-03-{begin} 08:00").finished(phase, f"2026-03-{end} 17:00")


def test_a_task_done_on_its_last_day_is_not_missed() -> None:
    found = checked(missed_tasks, done(a_plan(), "cut", "02", "03").data_date("2026-03-04 08:00"))
    assert (found.passed, found.numerator, found.denominator) == (True, 0, 1)


def test_tasks_done_late_and_tasks_not_done_are_missed() -> None:
    history = done(a_plan(), "cut", "02", "04").data_date("2026-03-09 08:00")
    found = checked(missed_tasks, history)
    assert (found.passed, found.phases, found.denominator) == (False, ("cut", "weld"), 2)


@pytest.mark.parametrize("check", [missed_tasks, baseline_execution_index])
def test_nothing_is_missed_where_nothing_was_due_or_nobody_said_when(
    check: Callable[[Plan], Check],
) -> None:
    early = a_plan().data_date("2026-03-02 08:00")
    assert checked(check, early).undefined == "nothing was to be done by the data date"
    assert checked(check, a_plan()).undefined == "there is no data date"
    without = check(Plan.of(network_of(early), None))
    assert (without.passed, without.undefined) == (None, "no baseline is approved")


def test_a_phase_removed_since_the_baseline_is_not_due() -> None:
    history = a_plan().plan(PhaseRemoved(phase_id="weld", links=("L1",)))
    history = done(history, "cut", "02", "03").data_date("2026-03-09 08:00")
    assert checked(missed_tasks, history).denominator == 1


def test_the_critical_path_holds_where_600_days_more_move_the_finish_by_600() -> None:
    found = checked(critical_path_test, a_plan())
    assert (found.passed, found.figure, found.phases) == (True, 1.0, ())
    assert found.numerator == found.denominator == SLIP_DAYS * DAY


def test_the_critical_path_is_broken_by_a_date_that_nothing_moves() -> None:
    history = a_plan().phase("ship", 1).link("weld", "ship")
    assert checked(critical_path_test, history).passed is True
    history.plan(ConstraintSet(phase_id="ship", kind="MFO", at=at("2026-04-01 17:00")))
    found = checked(critical_path_test, history)
    assert (found.passed, found.figure, found.phases) == (False, 0.0, ("ship",))


def test_a_phase_that_is_running_is_lengthened_by_what_remains_of_it() -> None:
    history = a_plan().started("cut", "2026-03-02 08:00").progressed("cut", 60, "2026-03-03 08:00")
    assert checked(critical_path_test, history.data_date("2026-03-03 08:00")).figure == 1.0


def test_with_everything_done_there_is_no_path_to_test() -> None:
    history = done(done(a_plan(), "cut", "02", "03"), "weld", "04", "06")
    found = checked(critical_path_test, history)
    assert found.undefined == "nothing on the critical path is open"


def test_the_critical_path_length_index_counts_float_to_the_promise() -> None:
    found = checked(critical_path_length_index, a_plan())
    # Five days of path and five of float.
    assert (found.numerator, found.denominator) == (10 * DAY, 5 * DAY)
    assert (found.passed, found.phases) == (True, ())


def test_the_critical_path_length_index_falls_below_one_where_the_promise_is_missed() -> None:
    found = checked(critical_path_length_index, a_plan().phase("ship", 10).link("weld", "ship"))
    # Fifteen days of path, of which five lie behind the promise.
    assert (found.numerator, found.denominator) == (10 * DAY, 15 * DAY)
    assert (found.passed, found.phases) == (False, ("cut", "ship", "weld"))


def test_without_a_promise_there_is_no_length_index() -> None:
    history = History().opened().calendar("plant").phase("cut", 2)
    assert checked(critical_path_length_index, history).undefined == "nothing is promised"


def test_the_execution_index_is_what_was_done_for_what_was_due() -> None:
    history = done(a_plan(), "cut", "02", "04").data_date("2026-03-09 08:00")
    found = checked(baseline_execution_index, history)
    assert (found.passed, found.figure, found.phases) == (False, 0.5, ("weld",))
    found = checked(baseline_execution_index, done(history, "weld", "05", "08"))
    assert (found.passed, found.figure) == (True, 1.0)


def test_work_done_ahead_and_work_added_since_count_as_done() -> None:
    ahead = done(done(a_plan(), "cut", "02", "02"), "weld", "03", "03")
    assert checked(baseline_execution_index, ahead.data_date("2026-03-04 08:00")).figure == 2.0
    added = done(done(a_plan(), "cut", "02", "03").phase("new", 1), "new", "02", "02")
    found = checked(baseline_execution_index, added.data_date("2026-03-04 08:00"))
    assert (found.numerator, found.denominator) == (2, 2)


def test_the_checks_are_the_fourteen_in_order() -> None:
    found = assess(network_of(a_plan()), BASELINE)
    assert [check.number for check in found] == list(range(1, 15))
    assert len(CHECKS) == len({check.name for check in found}) == 14
