"""Rules R1, R2 and R3, and X1 on reports, against weeks of reporting worked out by hand."""

from decimal import Decimal

from domain.phases.events import ProgressRecorded
from domain.projects.events import RuleSet
from domain.rules import Cleared, Finding
from domain.rules.contradiction import FactContradicts
from domain.rules.report_against_plant import ReportAgainstPlant
from domain.rules.report_incomplete import ReportIncomplete
from domain.rules.report_overdue import ReportOverdue
from tests.unit.projections.histories import at
from tests.unit.rules.findings import last, told
from tests.unit.rules.reports import (
    RULE,
    SHOP,
    a_shop,
    accepted,
    corrected,
    line,
    missed,
    requested,
    sent,
    waived,
)

OVERDUE, INCOMPLETE, AGAINST = ReportOverdue(), ReportIncomplete(), ReportAgainstPlant()


def test_a_missed_report_is_found_and_said_to_be_the_departments() -> None:
    history = missed(requested(a_shop(), 10), 10)
    assert told(OVERDUE, history) == [
        Finding(
            rule="report_overdue",
            rule_version=1,
            kind="communication",
            subjects=(SHOP,),
            severity="medium",
            impact_days=Decimal(0),
            summary="shop has not reported for 2026-W10",
            evidence=(8,),
            first_position=8,
            remedies=("Ask shop for the report", "Waive it, with the reason"),
        )
    ]


def test_misses_on_end_are_one_condition_and_weigh_high_from_the_third_on() -> None:
    history = a_shop()
    for week in (10, 11, 12):
        missed(requested(history, week), week)
    found = [each for each in told(OVERDUE, history) if isinstance(each, Finding)]
    assert [each.severity for each in found] == ["medium", "medium", "high"]
    assert {each.first_position for each in found} == {8}
    assert found[-1].evidence == (8, 10, 12)
    assert found[-1].summary == (
        "shop has not reported for 2026-W10, 2026-W11, 2026-W12, the first of them due 14 days "
        "before the last"
    )


def test_a_project_may_weigh_the_first_miss_high() -> None:
    history = a_shop().project(RuleSet(rule="report_overdue", parameters={"misses": 1}))
    assert last(OVERDUE, missed(requested(history, 10), 10)).severity == "high"


def test_it_clears_with_a_later_report_and_not_with_an_earlier_one() -> None:
    history = a_shop()
    for week in (9, 10):
        missed(requested(history, week), week)
    assert isinstance(told(OVERDUE, sent(history, 9))[-1], Finding)
    assert last(OVERDUE, history).summary == "shop has not reported for 2026-W10"
    requested(history, 11)
    assert told(OVERDUE, sent(history, 11))[-1] == Cleared(
        "report_overdue", (SHOP,), "shop has reported, or need not"
    )


def test_a_late_report_and_a_waiver_end_it() -> None:
    assert isinstance(told(OVERDUE, sent(missed(requested(a_shop(), 10), 10), 10))[-1], Cleared)
    assert isinstance(told(OVERDUE, waived(missed(requested(a_shop(), 10), 10), 10))[-1], Cleared)


def test_a_phase_that_runs_and_one_of_the_template_must_be_on_the_report() -> None:
    history = requested(a_shop().started("weld", "2026-03-02 08:00"), 10, "weld", "grind")
    found = last(INCOMPLETE, sent(history, 10, line("grind")))
    assert found.summary == (
        "The report of shop for 2026-W10 is incomplete: phase weld runs or is about to start, and "
        "the report does not mention it"
    )
    assert (found.subjects, found.severity, found.evidence, found.first_position) == (
        (f"{SHOP}/2026-W10",), "low", (9,), 9,
    )  # fmt: skip


def test_a_section_that_is_left_out_makes_it_incomplete() -> None:
    history = a_shop(RULE.model_copy(update={"sections": ("safety",)}))
    assert "the section safety is required" in last(INCOMPLETE, sent(history, 10)).summary


def test_a_correction_that_has_it_all_clears_it_and_one_that_lacks_as_much_tells_nothing() -> None:
    history = requested(a_shop(), 10, "weld", "grind")
    sent(history, 10, line("grind"))
    corrected(history, 10, line("grind"))
    assert len(told(INCOMPLETE, history)) == 1
    corrected(history, 10, line("grind"), line("weld"))
    assert told(INCOMPLETE, history)[1:] == [
        Cleared("report_incomplete", (f"{SHOP}/2026-W10",), "The version sent last does not say so")
    ]


def test_what_is_accepted_all_the_same_or_waived_is_not_held_against_the_report() -> None:
    by_anna = told(INCOMPLETE, accepted(sent(requested(a_shop(), 10, "weld"), 10), 10, 2))
    assert by_anna[-1] == Cleared(
        "report_incomplete", (f"{SHOP}/2026-W10",), "Version 2 was accepted by anna"
    )
    given_up = told(INCOMPLETE, waived(sent(requested(a_shop(), 10, "weld"), 10), 10))
    assert isinstance(given_up[-1], Cleared)


def test_of_many_phases_left_out_three_are_named() -> None:
    history = requested(a_shop(), 10, "a", "b", "c", "d", "e")
    assert last(INCOMPLETE, sent(history, 10)).summary.endswith("; and 2 more")


def counted(bp: int) -> ProgressRecorded:
    return ProgressRecorded(remaining_min=900, physical_bp=bp, basis="count")


def test_a_share_more_than_a_tenth_from_the_plants_count_is_found_and_one_at_a_tenth_not() -> None:
    history = a_shop().started("weld", "2026-03-02 08:00")
    history.fact("weld", counted(4_000), at("2026-03-05 08:00"))
    assert told(AGAINST, sent(requested(history, 10), 10, line("weld", bp=5_000))) == []
    found = last(AGAINST, corrected(history, 10, line("weld", bp=5_001)))
    assert found.summary == (
        "The report of shop for 2026-W10 contradicts the plant: phase weld: the report says "
        "5001 bp done, the plant 4000 bp counted"
    )
    assert isinstance(told(AGAINST, corrected(history, 10, line("weld", bp=4_000)))[-1], Cleared)


def test_a_finish_that_the_plant_told_must_be_on_the_report() -> None:
    history = a_shop().started("weld", "2026-03-02 08:00").finished("weld", "2026-03-05 17:00")
    found = last(AGAINST, sent(requested(history, 10), 10))
    assert "phase weld finished at 2026-03-05T17:00:00Z" in found.summary
    assert found.severity == "medium"


def test_what_the_plant_counted_after_the_reports_moment_does_not_contradict_it() -> None:
    history = a_shop().started("weld", "2026-03-02 08:00")
    history.fact("weld", counted(4_000), at("2026-03-06 14:01"))
    assert told(AGAINST, sent(requested(history, 10), 10, line("weld", bp=9_000))) == []


def test_a_report_as_of_a_moment_outside_its_period_contradicts_what_was_asked() -> None:
    history = requested(a_shop(), 10)
    sent(history, 10, as_of=at("2026-03-09 00:00"))
    assert told(FactContradicts(), history) == []
    sent(history, 10, as_of=at("2026-03-09 00:01"))
    assert told(FactContradicts(), history) == [
        Finding(
            rule="contradiction.outside_period",
            rule_version=1,
            kind="communication",
            subjects=(f"{SHOP}/2026-W10",),
            severity="low",
            impact_days=Decimal(0),
            summary="“shop 2026-W10” is as of a moment outside its period",
            evidence=(7, 9),
            first_position=9,
        )
    ]


def test_a_report_that_nobody_can_ask_for_is_outside_of_nothing() -> None:
    history = a_shop(RULE.model_copy(update={"rrule": "FREQ=DAILY"}))
    assert told(FactContradicts(), sent(history, 10)) == []
