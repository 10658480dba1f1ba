"""Rule S3 against projects whose past leaves one outcome, which was worked out by hand."""

from decimal import Decimal

from domain.projects.events import RuleSet
from domain.rules import Cleared, Finding
from domain.rules.promise_unlikely import PromiseUnlikely, draws
from tests.unit.projections.histories import History
from tests.unit.rules.findings import last, told

RULE = PromiseUnlikely()
SUBJECTS = ("project-PRJ-7",)
TOOK_TWO_DAYS = (
    ("2026-03-02", "2026-03-03"),
    ("2026-03-04", "2026-03-05"),
    ("2026-03-06", "2026-03-09"),
    ("2026-03-10", "2026-03-11"),
    ("2026-03-12", "2026-03-13"),
)


def a_project(promise: str, finished: int = 5) -> History:
    """Plan five phases of a day in a row, each of which took two, and five days after them."""
    history = History().opened().calendar("plant").promise(promise)
    for number in range(5):
        history.phase(f"p{number}", 1)
        if number:
            history.link(f"p{number - 1}", f"p{number}")
    history.phase("rest", 5).link("p4", "rest")
    for number, (begin, end) in enumerate(TOOK_TWO_DAYS[:finished]):
        history.started(f"p{number}", f"{begin} 08:00").finished(f"p{number}", f"{end} 17:00")
    return history


def test_a_promise_that_the_past_contradicts_is_unlikely() -> None:
    """Five days become ten: from Monday the 16th to Friday the 27th, two after the promise."""
    history = a_project("2026-03-25").data_date("2026-03-16 08:00")
    assert told(RULE, history) == [
        Finding(
            rule="promise_unlikely",
            rule_version=1,
            kind="schedule",
            subjects=SUBJECTS,
            severity="medium",
            impact_days=Decimal("2.00"),
            summary=(
                "100 of 100 runs finish after the promised day 2026-03-25: half of them by "
                "2026-03-27, four fifths by 2026-03-27"
            ),
            evidence=(3, len(history.events)),
            first_position=len(history.events),
            remedies=(
                "shorten the longest path: overtime, a second shift, expediting",
                "re-sequence",
                "agree on another date",
            ),
        )
    ]


def test_a_promise_that_the_past_keeps_is_no_finding() -> None:
    assert told(RULE, a_project("2026-03-27").data_date("2026-03-16 08:00")) == []


def test_too_little_past_says_nothing() -> None:
    assert told(RULE, a_project("2026-03-16", finished=4).data_date("2026-03-12 08:00")) == []


def test_events_between_two_weeks_are_not_simulated() -> None:
    history = a_project("2026-03-25").data_date("2026-03-16 08:00")
    history.phase("more", 5).link("rest", "more").data_date("2026-03-20 08:00")
    assert len(told(RULE, history)) == 1
    again = last(RULE, history.data_date("2026-03-23 08:00"))
    assert again.impact_days > Decimal(2)


def test_it_clears_with_a_working_day_of_margin() -> None:
    history = a_project("2026-03-25").data_date("2026-03-16 08:00")
    history.promise("2026-04-06").progressed("rest", 480, "2026-03-20 17:00")
    assert told(RULE, history.data_date("2026-03-23 08:00"))[1:] == [
        Cleared(
            "promise_unlikely",
            SUBJECTS,
            "Four fifths of the runs keep the promise by a working day",
        )
    ]


def test_it_clears_when_the_work_is_done() -> None:
    history = a_project("2026-03-25").data_date("2026-03-16 08:00")
    history.started("rest", "2026-03-16 08:00").finished("rest", "2026-03-23 17:00")
    assert told(RULE, history.data_date("2026-03-24 08:00"))[-1] == Cleared(
        "promise_unlikely", SUBJECTS, "Nothing is promised, or nothing is left to do"
    )


def test_a_project_may_bear_more_risk() -> None:
    history = a_project("2026-03-25")
    history.project(RuleSet(rule="promise_unlikely", parameters={"share": 101}))
    assert told(RULE, history.data_date("2026-03-16 08:00")) == []


def test_draws_follow_from_their_seed_alone() -> None:
    """The first two words of splitmix64 from 0 are e220a8397b1dcdaf and 6e789e6aa1b965f4."""
    draw = draws(0)
    assert [int(draw() * 2**53) for _ in range(2)] == [
        0xE220A8397B1DCDAF >> 11,
        0x6E789E6AA1B965F4 >> 11,
    ]
    again, other = draws(7), draws(8)
    assert again() == draws(7)()
    assert again() != other()
