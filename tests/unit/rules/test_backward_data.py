"""Rule S11 against shares that fall, actuals of the future and facts that come late."""

from datetime import timedelta

from domain.phases.events import PhaseReopened, ProgressRecorded
from domain.projects.events import RuleSet
from domain.rules import Cleared
from domain.rules.backward_data import BackwardData
from tests.unit.projections.histories import PROJECT, History, at
from tests.unit.rules.findings import last, told
from tests.unit.rules.reports import SHOP, a_shop, line, requested, sent

RULE = BackwardData()
WELD = (f"phase-{PROJECT}/weld",)


def share(history: History, bp: int, when: str) -> History:
    event = ProgressRecorded(remaining_min=900, physical_bp=bp, basis="count")
    return history.fact("weld", event, at(when))


def welding() -> History:
    return a_shop().started("weld", "2026-03-02 08:00")


def test_a_share_that_falls_is_found_with_both_and_cleared_when_it_is_back() -> None:
    history = share(share(welding(), 5_000, "2026-03-03 08:00"), 4_000, "2026-03-04 08:00")
    found = last(RULE, history)
    assert (found.rule, found.subjects, found.severity, found.evidence) == (
        "backward_data.falls", WELD, "medium", (8, 9),
    )  # fmt: skip
    assert found.summary == (
        "“Weld” is told to be 4000 bp done, after 5000 bp, and was not reopened"
    )
    share(history, 4_500, "2026-03-05 08:00")
    assert last(RULE, history).first_position == 9
    share(history, 5_000, "2026-03-06 08:00")
    assert told(RULE, history)[-1] == Cleared(
        "backward_data.falls", WELD, "What was told since does not say so"
    )


def test_a_share_that_comes_late_takes_its_place_and_does_not_fall() -> None:
    history = share(share(welding(), 5_000, "2026-03-04 08:00"), 4_000, "2026-03-03 08:00")
    assert told(RULE, history) == []


def test_rework_may_lower_the_share() -> None:
    history = share(welding(), 10_000, "2026-03-03 08:00").finished("weld", "2026-03-03 08:00")
    stream, moment = WELD[0], at("2026-03-04 08:00")
    history.record(stream, PhaseReopened(), effective_at=moment)
    assert told(RULE, share(history, 6_000, "2026-03-05 08:00")) == []


def test_an_actual_long_after_the_data_date_is_found_until_the_data_date_is_near() -> None:
    history = welding().data_date("2026-03-02 08:00")
    assert told(RULE, share(history, 1_000, "2026-03-08 00:00")) == []
    found = last(RULE, share(history, 2_000, "2026-03-08 00:01"))
    assert (found.rule, found.evidence) == ("backward_data.future", (10,))
    assert found.summary == "“Weld” has actuals of 2026-03-08, and the data date is 2026-03-02"
    assert isinstance(told(RULE, history.data_date("2026-03-03 08:00"))[-1], Cleared)


def test_by_the_letter_no_actual_may_lie_after_the_day_of_the_data_date() -> None:
    history = welding().project(RuleSet(rule="backward_data", parameters={"ahead": 0}))
    history.data_date("2026-03-03 08:00")
    assert told(RULE, share(history, 1_000, "2026-03-04 00:00")) == []
    assert len(told(RULE, share(history, 2_000, "2026-03-04 08:00"))) == 1


def test_a_fact_that_was_learned_two_weeks_late_is_found_until_one_comes_in_time() -> None:
    history = welding()
    known_at = history.events[-1].recorded_at + timedelta(minutes=1)
    in_time = ProgressRecorded(remaining_min=900, basis="count")
    history.fact("weld", in_time, known_at - timedelta(days=14))
    assert told(RULE, history) == []
    history.fact("weld", in_time, known_at - timedelta(days=14))  # A minute later still.
    found = last(RULE, history)
    assert (found.rule, found.summary) == (
        "backward_data.late", "“Weld” was told of 14 days after it was true",
    )  # fmt: skip
    assert isinstance(told(RULE, history.progressed("weld", 800, "2026-03-03 08:00"))[-1], Cleared)


def test_a_report_that_goes_back_is_found_before_it_is_accepted() -> None:
    history = share(welding(), 5_000, "2026-03-05 08:00")
    found = last(RULE, sent(requested(history, 10), 10, line("weld", bp=4_000)))
    assert (found.rule, found.subjects) == ("backward_data.reported", (f"{SHOP}/2026-W10",))
    assert "phase weld was not reopened: 4000 bp done after 5000 bp" in found.summary
