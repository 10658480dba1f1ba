"""Rule S12 against published starts that were moved, by days counted by hand."""

from decimal import Decimal

from domain.plans.events import PhaseDurationRevised, PhaseRemoved
from domain.projects.events import RuleSet
from domain.publications.events import SchedulePublished
from domain.rules import Cleared, Finding
from domain.rules.date_churn import DateChurn
from domain.rules.published import Published
from domain.rules.watched import Watched
from tests.unit.projections.histories import PROJECT, History
from tests.unit.rules.findings import last, told
from tests.unit.rules.publications import a_plan, lasts, published

RULE = DateChurn()
SUBJECTS = ("phase-PRJ-7/weld",)


def thrice() -> History:
    """Welding is published for March the 30th, then on three Mondays for 31st, 1st and 31st."""
    history = published(a_plan())
    for monday, days in (("02-02", 21), ("02-09", 22), ("02-16", 21)):
        published(lasts(history.tick(f"2026-{monday} 09:00"), days))
    return history


def test_three_moves_of_a_published_start_in_twenty_working_days_are_found() -> None:
    assert told(RULE, thrice()) == [
        Finding(
            rule="date_churn",
            rule_version=1,
            kind="schedule",
            subjects=SUBJECTS,
            severity="medium",
            impact_days=Decimal(0),
            summary=(
                "The published start of Weld was moved 3 times in 20 working days, by 3.00 in all"
            ),
            evidence=(9, 12, 15),
            first_position=15,
            remedies=(
                "Ask why it moved, and settle that before it is published again",
                "Keep its start as published and let what follows give way",
            ),
        )
    ]


def test_what_moved_and_was_not_published_is_no_move() -> None:
    history = published(a_plan())
    for days in (21, 22, 23, 24):
        lasts(history, days)
    assert told(RULE, published(history)) == []


def test_it_ends_when_the_first_move_is_twenty_working_days_old() -> None:
    """Four weeks after Monday the 2nd of February at nine it is Monday the 2nd of March at nine."""
    assert len(told(RULE, thrice().tick("2026-03-02 08:59"))) == 1
    history = thrice().tick("2026-03-02 09:00")
    assert told(RULE, history)[1:] == [Cleared("date_churn", SUBJECTS, "Weld was moved seldom")]


def test_it_ends_when_the_phase_begins_or_leaves_the_plan() -> None:
    begun = thrice().started("weld", "2026-02-17 08:00")
    assert told(RULE, begun)[1:] == [Cleared("date_churn", SUBJECTS, "Weld has begun")]
    gone = thrice().plan(PhaseRemoved(phase_id="weld", links=()))
    assert told(RULE, gone)[1:] == [Cleared("date_churn", SUBJECTS, "Weld is not in the plan")]


def test_a_move_inside_the_frozen_fence_is_found_at_once() -> None:
    """Five working days after Monday the 23rd at nine is Monday the 30th at nine."""
    inside = published(a_plan()).tick("2026-03-23 09:00")
    found = last(RULE, published(lasts(inside, 21)))
    assert found.severity == "medium"
    assert found.summary == (
        "The published start of Weld was moved once in 20 working days, by 1.00 in all, "
        "1 of them less than 5 before it"
    )
    at_the_fence = published(a_plan()).tick("2026-03-23 08:00")
    assert told(RULE, published(lasts(at_the_fence, 21))) == []
    outside = published(a_plan()).tick("2026-03-20 09:00")
    assert told(RULE, published(lasts(outside, 21))) == []


def test_pulled_into_the_fence_is_inside_it_as_well() -> None:
    """Without a day of cutting welding would start on the 27th, less than five days after."""
    history = published(a_plan()).tick("2026-03-20 09:00")
    assert "1 of them less than 5 before it" in last(RULE, published(lasts(history, 19))).summary


def test_often_and_inside_the_fence_is_graver() -> None:
    history = thrice().project(RuleSet(rule="date_churn", parameters={"window": 40}))
    history.tick("2026-03-25 09:00")
    assert last(RULE, published(lasts(history, 22))).severity == "high"


def test_three_times_are_often_inside_the_fence_as_well() -> None:
    history = published(a_plan()).project(RuleSet(rule="date_churn", parameters={"window": 40}))
    for day, days in (("02-02", 21), ("02-09", 22)):
        published(lasts(history.tick(f"2026-{day} 09:00"), days))
    found = last(RULE, published(lasts(history.tick("2026-03-25 09:00"), 21)))
    assert (found.severity, "moved 3 times" in found.summary) == ("high", True)


def test_small_moves_add_up_until_they_are_a_day() -> None:
    history = published(a_plan()).project(RuleSet(rule="date_churn", parameters={"moves": 1}))
    for hours in (163, 166):
        history.plan(PhaseDurationRevised(phase_id="cut", old_min=0, new_min=hours * 60))
        assert told(RULE, published(history)) == []
    history.plan(PhaseDurationRevised(phase_id="cut", old_min=0, new_min=168 * 60))
    assert "by 1.00 in all" in last(RULE, published(history)).summary


def test_a_publication_of_an_older_position_moves_only_what_had_moved_by_then() -> None:
    """Between the 21 days and the publication of them cutting is put at 25."""
    history = published(a_plan()).project(RuleSet(rule="date_churn", parameters={"moves": 2}))
    then = len(lasts(history, 21).events)
    lasts(history, 25)
    assert told(RULE, published(history, then)) == []
    assert "2 times in 20 working days, by 5.00 in all" in last(RULE, published(history)).summary


def test_a_publication_older_than_the_last_says_nothing_new() -> None:
    history = published(a_plan()).project(RuleSet(rule="date_churn", parameters={"moves": 1}))
    published(lasts(history, 21))
    assert len(told(RULE, history)) == 1
    assert len(told(RULE, published(history, 5))) == 1
    assert len(told(RULE, published(history))) == 1


def test_a_first_publication_of_what_is_no_more_is_not_compared_with() -> None:
    """What stood at position 5 is not known any more; the next publication is the first."""
    history = a_plan().project(RuleSet(rule="date_churn", parameters={"moves": 1}))
    lasts(history, 21)
    published(history, 5)
    assert told(RULE, published(history)) == []
    assert len(told(RULE, published(lasts(history, 22)))) == 1


def moves_of(history: History) -> list[tuple[str, str, Decimal]]:
    """Return what each publication moves, told event by event."""
    project, known = Watched(PROJECT), Published()
    found: list[tuple[str, str, Decimal]] = []
    for recorded in history.events:
        project.take(recorded)
        if isinstance(recorded.event, SchedulePublished):
            moves = known.publish(recorded.event, project.network)
            found += [(move.key, move.edge, move.days) for move in moves]
        if project.changed:
            known.follow(project.network, recorded.position)
    return found


def test_a_publication_moves_starts_and_finishes_of_phases_and_the_project() -> None:
    history = published(lasts(published(a_plan()), 21))
    one = Decimal("1.00")
    assert moves_of(history) == [
        ("/project", "start", one),
        ("/project", "finish", one),
        ("cut", "finish", one),
        ("weld", "start", one),
        ("weld", "finish", one),
    ]


def test_a_phase_that_is_new_or_gone_moved_nowhere() -> None:
    history = published(a_plan()).phase("paint", 3)
    assert moves_of(published(history)) == []
    history.plan(PhaseRemoved(phase_id="paint", links=()))
    assert moves_of(published(history)) == []
    assert moves_of(published(history.phase("paint", 30))) == [
        ("/project", "start", Decimal("8.00")),
        ("/project", "finish", Decimal("8.00")),
    ]
