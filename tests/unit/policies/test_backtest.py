"""Back-test rules against histories whose slips, firings and leads were worked out by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.commitments.events import CommitmentCancelled, PromiseDateMoved, ReceiptPosted
from domain.kernel.clock import ClockAdvanced
from domain.kernel.corrections import EventCorrected, EventVoided
from domain.kernel.messages import Recorded
from domain.plans.events import PhaseRemoved
from domain.policies.backtest import HORIZON_DAYS, Period, Score, backtest
from domain.projects.events import ProjectCancelled
from domain.rules import RULES, Cleared, Finding, Found, Rule
from domain.rules.finding import never
from domain.rules.finish_after_promise import FinishAfterPromise
from domain.rules.parameters import Parameter
from domain.rules.promise_late import PromiseLate
from domain.rules.watched import Watched
from tests.unit.projections.histories import DAY, PROJECT, History, at

END = "2026-07-01 08:00"
BUILD = "phase-PRJ-7/build"


class Ticks:
    """The ticks of a history."""

    def __init__(self, history: History) -> None:
        self.ticks = [each for each in history.events if isinstance(each.event, ClockAdvanced)]

    def last(self, position: int) -> Recorded[Any] | None:
        passed = [each for each in self.ticks if each.position <= position]
        return passed[-1] if passed else None

    def first(self, due: datetime, after: int, before: int) -> Recorded[Any] | None:
        reach = (
            each for each in self.ticks if after < each.position < before and each.event.to >= due
        )
        return next(reach, None)


@dataclass
class Says:
    """A rule that says what it was told to at each start of a phase."""

    says: Sequence[Found] = ()
    code: str = "S9"
    name: str = "says"
    version: int = 1
    title: str = "Something is said."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact: bool = False
    at_once: bool = True
    due: Callable[[object, Watched], None] = field(default=never)

    def initial(self) -> list[Found]:
        return list(self.says)

    def fold(
        self, state: list[Found], recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Found]:
        del project, more
        is_start = recorded.event.type_name == "phase.started.v1"
        return (state.pop(0),) if is_start and state else ()


def finding(subject: str = BUILD) -> Finding:
    return Finding(
        rule="says", rule_version=1, kind="schedule", subjects=(subject,), severity="low",
        impact_days=Decimal(0), summary="said", evidence=(1,), first_position=1,
    )  # fmt: skip


def score(
    rule: Rule[Any],
    history: History,
    *,
    first: int = 1,
    end: str = END,
    horizon_days: int = HORIZON_DAYS,
) -> Score:
    """Return the score of one rule; of a history each event is a message."""
    messages = [[each] for each in history.events if not isinstance(each.event, ClockAdvanced)]
    last = len(history.events)
    period = Period(first, last, history.events[first - 1].recorded_at, at(end))
    (found,) = backtest(
        [rule], PROJECT, messages, Ticks(history), period, horizon_days=horizon_days
    )
    return found


def a_project(days: int, promise: str | None = None) -> History:
    """Open a project of one phase that begins on Monday, 2 March 2026, 08:00."""
    history = History().opened().calendar("plant").phase("build", days)
    if promise is not None:
        history.promise(promise)
    return history.tick("2026-03-02 08:00")


def an_order(promised: str) -> History:
    """Order what is needed by Friday, 6 March, and have it promised; time is 3 March, 08:00."""
    history = a_project(10).ordered("PO-1", "2026-03-06", "build")
    history.commitment(
        "PO-1", PromiseDateMoved(new=date.fromisoformat(promised), told_by="desk", channel="mail")
    )
    return history.tick("2026-03-03 08:00")


def came(history: History, when: str) -> History:
    """Have all of it delivered, and posted at once."""
    receipt = ReceiptPosted(qty=Decimal(24), at=at(when))
    history.tick(when)
    return history.record("commitment-PO-1", receipt, effective_at=at(when))


def counts(found: Score) -> tuple[int, int, int, int, int]:
    return found.fired, found.true, found.false, found.missed, found.undecided


# Projects: promised for the 11th, ten days of work from the 2nd on end on the 13th, 17:00.


def test_a_promise_that_is_broken_as_warned_is_true_with_its_lead() -> None:
    """Due at the end of the 11th, late from the 12th, 17:00: nine days after the 2nd, 08:00."""
    history = a_project(10, "2026-03-11").started("build", "2026-03-02 08:00")
    history.finished("build", "2026-03-13 17:00")
    found = score(FinishAfterPromise(), history)
    assert counts(found) == (1, 1, 0, 0, 0)
    assert (found.precision_bp, found.recall_bp) == (10_000, 10_000)
    assert found.lead_days == Decimal("9.00")


def test_a_promise_that_is_kept_after_all_makes_the_warning_false() -> None:
    history = a_project(10, "2026-03-11").finished("build", "2026-03-11 17:00")
    found = score(FinishAfterPromise(), history)
    assert counts(found) == (1, 0, 1, 0, 0)
    assert (found.precision_bp, found.recall_bp, found.lead_days) == (0, None, None)


def test_a_promise_broken_by_less_than_a_working_day_is_no_slip() -> None:
    """Promised for the 11th and done on the 12th, 16:59: 479 minutes late."""
    history = a_project(10, "2026-03-11").finished("build", "2026-03-12 16:59")
    assert counts(score(FinishAfterPromise(), history)) == (1, 0, 1, 0, 0)


def test_a_promise_broken_by_exactly_a_working_day_is_a_slip() -> None:
    history = a_project(10, "2026-03-11").finished("build", "2026-03-12 17:00")
    assert counts(score(FinishAfterPromise(), history)) == (1, 1, 0, 0, 0)


def test_a_slip_that_is_found_when_it_is_there_is_missed_and_the_firing_false() -> None:
    """Promised for the 9th, forecast for the 6th, and reported done on the 11th."""
    history = a_project(5, "2026-03-09").tick("2026-03-11 18:00")
    history.finished("build", "2026-03-11 17:00").tick("2026-03-12 08:00")
    found = score(FinishAfterPromise(), history)
    assert counts(found) == (1, 0, 1, 1, 0)
    assert found.recall_bp == 0


def test_a_rule_that_never_fires_has_no_precision_and_has_missed_what_slips() -> None:
    history = a_project(5, "2026-03-09").finished("build", "2026-03-11 17:00")
    found = score(Says(code="S2"), history)
    assert counts(found) == (0, 0, 0, 1, 0)
    assert (found.precision_bp, found.recall_bp) == (None, 0)


def test_a_rule_that_never_fires_where_nothing_slips_has_neither() -> None:
    history = a_project(5, "2026-03-09").finished("build", "2026-03-06 17:00")
    found = score(Says(code="S2"), history)
    assert (found.precision_bp, found.recall_bp, found.lead_days) == (None, None, None)


def test_a_slip_beyond_the_horizon_was_not_what_the_rule_warned_of() -> None:
    history = a_project(10, "2026-03-11").finished("build", "2026-03-13 17:00")
    assert counts(score(FinishAfterPromise(), history, horizon_days=9)) == (1, 1, 0, 0, 0)
    assert counts(score(FinishAfterPromise(), history, horizon_days=8)) == (1, 0, 1, 0, 0)


def test_what_is_open_at_the_end_is_undecided_until_its_horizon_is_over() -> None:
    history = a_project(10, "2026-03-11")
    rule = FinishAfterPromise()
    assert counts(score(rule, history, end="2026-03-12 16:59")) == (0, 0, 0, 0, 1)
    assert counts(score(rule, history, end="2026-03-12 17:00")) == (1, 1, 0, 0, 0)
    early = score(rule, history, end="2026-03-10 08:00", horizon_days=5)
    assert counts(early) == (1, 0, 1, 0, 0)


def test_what_is_done_in_time_is_decided_before_the_horizon_is_over() -> None:
    history = a_project(10, "2026-03-11").finished("build", "2026-03-11 17:00")
    found = score(FinishAfterPromise(), history, end="2026-03-20 08:00")
    assert counts(found) == (1, 0, 1, 0, 0)


def test_a_cancelled_project_slips_no_more() -> None:
    history = a_project(10, "2026-03-11").tick("2026-03-04 08:00")
    history.project(ProjectCancelled())
    assert counts(score(FinishAfterPromise(), history)) == (1, 0, 1, 0, 0)


# Commitments: needed by Friday the 6th, so late from Monday the 9th, 17:00.


def test_a_late_delivery_that_was_warned_of_is_true() -> None:
    """From Tuesday the 3rd, 08:00, to Monday the 9th, 17:00, there are five working days."""
    found = score(PromiseLate(), came(an_order("2026-03-12"), "2026-03-10 09:00"))
    assert counts(found) == (1, 1, 0, 0, 0)
    assert found.lead_days == Decimal("5.00")


def test_a_delivery_that_comes_in_time_after_all_makes_the_warning_false() -> None:
    """It came an hour before it was a working day late."""
    found = score(PromiseLate(), came(an_order("2026-03-12"), "2026-03-09 16:00"))
    assert counts(found) == (1, 0, 1, 0, 0)


def test_a_late_delivery_without_a_word_of_it_is_missed() -> None:
    found = score(PromiseLate(), came(an_order("2026-03-06"), "2026-03-10 09:00"))
    assert counts(found) == (0, 0, 0, 1, 0)


def test_a_delivery_that_never_comes_is_late_all_the_same() -> None:
    assert counts(score(PromiseLate(), an_order("2026-03-12"))) == (1, 1, 0, 0, 0)


def test_a_commitment_that_is_cancelled_does_not_slip() -> None:
    history = an_order("2026-03-05")
    history.record("commitment-PO-1", CommitmentCancelled(), effective_at=at("2026-03-04 08:00"))
    assert counts(score(PromiseLate(), history)) == (0, 0, 0, 0, 0)


# Phases: two days of work from the 2nd on are forecast to end on the 3rd, 17:00.


@pytest.mark.parametrize(
    ("finished", "expected"),
    [("2026-03-04 16:59", (1, 0, 1, 0, 0)), ("2026-03-04 17:00", (1, 1, 0, 0, 0))],
)
def test_a_phase_slips_against_the_forecast_at_the_firing(
    finished: str, expected: tuple[int, ...]
) -> None:
    history = a_project(2).started("build", "2026-03-02 08:00").finished("build", finished)
    assert counts(score(Says([finding()]), history)) == expected


def test_a_phase_slips_no_more_against_a_forecast_that_knew_it() -> None:
    """Eight hours are found to be left on the 3rd at 17:00: it is forecast for the 4th, 17:00."""
    history = a_project(2).tick("2026-03-03 17:00").progressed("build", DAY, "2026-03-03 17:00")
    history.data_date("2026-03-03 17:00").started("build", "2026-03-02 08:00")
    history.finished("build", "2026-03-04 17:00")
    assert counts(score(Says([finding()]), history)) == (1, 0, 1, 0, 0)


def test_a_phase_that_nothing_was_said_of_is_missed_against_its_forecast_when_work_began() -> None:
    history = a_project(2).started("build", "2026-03-02 08:00")
    history.finished("build", "2026-03-05 17:00")
    assert counts(score(Says(), history)) == (0, 0, 0, 1, 0)


def test_a_phase_that_leaves_the_plan_is_undecided() -> None:
    history = a_project(2).started("build", "2026-03-02 08:00")
    history.plan(PhaseRemoved(phase_id="build"))
    assert counts(score(Says([finding()]), history)) == (0, 0, 0, 0, 1)


def test_of_what_has_no_due_moment_nothing_is_decided() -> None:
    history = a_project(2).started("build", "2026-03-02 08:00")
    history.finished("build", "2026-03-05 17:00")
    found = score(Says([finding("report-PRJ-7/R1")], code="R1"), history)
    assert counts(found) == (0, 0, 0, 0, 1)
    assert found.recall_bp is None


def test_a_conflict_opened_again_is_one_conflict_right_from_its_first_right_opening() -> None:
    """Found on the 2nd, gone on the 3rd, found again on the 4th; late from the 6th, 17:00."""
    gone = Cleared("says", (BUILD,), "gone")
    history = a_project(4).started("build", "2026-03-02 08:00").tick("2026-03-03 08:00")
    history.started("build", "2026-03-02 08:00").tick("2026-03-04 08:00")
    history.started("build", "2026-03-02 08:00").finished("build", "2026-03-09 17:00")
    found = score(Says([finding(), gone, finding()]), history)
    assert counts(found) == (1, 1, 0, 0, 0)
    assert found.lead_days == Decimal("5.00")
    later = score(Says([finding(), gone, finding()]), history, horizon_days=3)
    assert later.lead_days == Decimal("3.00")


# What is judged, and by what.


def test_only_conflicts_opened_in_the_period_are_judged() -> None:
    history = a_project(10, "2026-03-11").started("build", "2026-03-02 08:00")
    history.finished("build", "2026-03-13 17:00")
    found = score(FinishAfterPromise(), history, first=len(history.events))
    assert counts(found) == (0, 0, 0, 0, 0)


def test_a_conflict_that_a_correction_takes_away_was_opened_all_the_same() -> None:
    history = an_order("2026-03-12").tick("2026-03-04 08:00")
    history.record("commitment-PO-1", EventVoided(target="commitment-PO-1:2", why="another line"))
    assert counts(score(PromiseLate(), came(history, "2026-03-05 09:00"))) == (1, 0, 1, 0, 0)


def test_a_conflict_that_a_correction_took_away_may_be_opened_again() -> None:
    """Opened again on the 5th, 08:30: half an hour less than three days before the 9th, 17:00."""
    history = an_order("2026-03-12").tick("2026-03-04 08:00")
    history.record("commitment-PO-1", EventVoided(target="commitment-PO-1:2", why="another line"))
    again = PromiseDateMoved(new=date(2026, 3, 12), told_by="desk", channel="mail")
    history.tick("2026-03-05 08:00").commitment("PO-1", again).tick("2026-03-05 08:30")
    found = score(PromiseLate(), came(history, "2026-03-10 09:00"), horizon_days=3)
    assert counts(found) == (1, 1, 0, 0, 0)
    assert found.lead_days == Decimal("2.94")


def test_a_conflict_that_a_correction_brings_is_opened_at_the_correction() -> None:
    """Corrected on the 4th, 08:00: four working days before the 9th, 17:00."""
    history = an_order("2026-03-06").tick("2026-03-04 08:00")
    wrong = EventCorrected(target="commitment-PO-1:2", fields={"new": "2026-03-12"}, why="misread")
    history.record("commitment-PO-1", wrong)
    found = score(PromiseLate(), came(history, "2026-03-10 09:00"))
    assert counts(found) == (1, 1, 0, 0, 0)
    assert found.lead_days == Decimal("4.00")


def test_scores_of_projects_add_up_and_their_lead_is_the_median_of_all() -> None:
    one = Score("says", "S9", 3, 2, 1, 1, (Decimal(2), Decimal(9)))
    other = Score("says", "S9", 1, 1, 0, 0, (Decimal(4),))
    both = one.plus(other)
    assert (counts(both), both.lead_days) == ((4, 3, 1, 1, 1), Decimal("4.00"))
    assert (both.precision_bp, both.recall_bp) == (7_500, 7_500)
    assert Score("says", "S9", 3, 2, 1).precision_bp == 6_667


def test_rules_that_are_tested_together_score_as_each_alone() -> None:
    history = came(an_order("2026-03-12").promise("2026-03-11"), "2026-03-10 09:00")
    history.tick("2026-03-13 18:00").finished("build", "2026-03-13 17:00")
    messages = [[each] for each in history.events if not isinstance(each.event, ClockAdvanced)]
    period = Period(1, len(history.events), history.events[0].recorded_at, at(END))
    rules = [rule for rule in RULES if rule.code in {"M5", "S2", "S9", "X1"}]
    together = backtest(rules, PROJECT, messages, Ticks(history), period)
    assert together == [score(rule, history) for rule in rules]
    assert {each.code for each in together if each.true} == {"M5", "S2"}
