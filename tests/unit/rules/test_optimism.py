"""Rule R4 against remainders that were said and those that were worked."""

from decimal import Decimal

from domain.projects.events import RuleSet
from domain.rules import Cleared, Finding
from domain.rules.optimism import Optimism
from tests.unit.projections.histories import History
from tests.unit.rules.findings import last, told
from tests.unit.rules.reports import SHOP

RULE = Optimism()


def a_plan() -> History:
    history = History().opened().calendar("plant")
    for phase_id in ("cut", "weld", "grind"):
        history.phase(phase_id, 2)
    return history


def worked(history: History, phase_id: str, said_min: int, until: str) -> History:
    """Say on Monday evening what remains of a phase, and finish it later."""
    history.started(phase_id, "2026-03-02 08:00")
    return history.progressed(phase_id, said_min, "2026-03-02 17:00").finished(phase_id, until)


def test_work_that_takes_half_as_much_again_as_was_said_is_optimism() -> None:
    """A day was said to remain; it took Tuesday and the morning of Wednesday."""
    history = worked(a_plan(), "cut", 480, "2026-03-04 12:00")
    assert told(RULE, history) == [
        Finding(
            rule="optimism",
            rule_version=1,
            kind="communication",
            subjects=(SHOP,),
            severity="medium",
            impact_days=Decimal(0),
            summary=(
                "The work of shop takes 150 % of what it says remains, over the phases that it "
                "finished last"
            ),
            evidence=(8,),
            first_position=8,
            remedies=("Weigh what shop reports by what it took before",),
        )
    ]


def test_a_quarter_more_than_was_said_is_none_unless_the_project_says_so() -> None:
    """600 of 480 minutes: the whole of Tuesday, and Wednesday until 10:00."""
    assert told(RULE, worked(a_plan(), "cut", 480, "2026-03-04 10:00")) == []
    strict = a_plan().project(RuleSet(rule="optimism", parameters={"ratio": 110}))
    assert len(told(RULE, worked(strict, "cut", 480, "2026-03-04 10:00"))) == 1


def test_it_clears_a_tenth_below_and_is_told_again_a_tenth_off() -> None:
    history = worked(a_plan(), "cut", 480, "2026-03-04 12:00")
    worked(history, "weld", 480, "2026-03-03 17:00")
    # 720 and 480 of 480 and 480: 1.25, which fires nothing and clears nothing, but is told.
    assert last(RULE, history).summary.startswith("The work of shop takes 125 %")
    worked(history, "grind", 480, "2026-03-03 13:00")
    # 720, 480 and 240 of three times 480: what was said.
    assert told(RULE, history)[-1] == Cleared(
        "optimism", (SHOP,), "Its work takes about what it says remains"
    )


def test_a_department_whose_name_is_no_id_cannot_report() -> None:
    history = a_plan().phase("paint", 2, department_id="Paint shop")
    assert told(RULE, worked(history, "paint", 480, "2026-03-04 12:00")) == []
