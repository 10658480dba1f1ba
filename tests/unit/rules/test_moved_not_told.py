"""Rule N1 against published and promised dates that moved, and notices that went out or did not."""

from datetime import date
from decimal import Decimal

import pytest

from domain.notices.events import NoticePrepared, NoticeSent, Stake
from domain.projects.events import ProjectCancelled, PromiseChanged, RuleSet
from domain.rules import Cleared, Finding
from domain.rules.moved_not_told import MovedNotTold
from tests.unit.projections.histories import History
from tests.unit.rules.findings import last, told
from tests.unit.rules.publications import a_plan, lasts, published

RULE = MovedNotTold()
SUBJECTS = ("project-PRJ-7",)
CLEARED = Cleared("moved_not_told", SUBJECTS, "Everybody whose dates moved was told")


def prepared(history: History, name: str, stake: Stake | None, kind: str = "delay") -> History:
    event = NoticePrepared.model_validate(
        {"kind": kind, "recipients": (name,), "stake": stake, "content_hash": "ab" * 32,
         "summary": "dates moved"}
    )  # fmt: skip
    return history.record(f"notice-{name}", event)


def sent(history: History, name: str) -> History:
    return history.record(f"notice-{name}", NoticeSent(channel="email"))


def informed(history: History, name: str, stake: Stake | None) -> History:
    return sent(prepared(history, name, stake), name)


def moved() -> History:
    """Welding and cutting move by a day, and that is published on Monday at nine."""
    history = published(a_plan()).tick("2026-02-02 09:00")
    return published(lasts(history, 21))


def test_departments_that_nobody_told_of_their_new_dates_in_a_day_are_found() -> None:
    assert told(RULE, moved().tick("2026-02-03 09:00")) == []
    assert told(RULE, moved().tick("2026-02-03 09:01")) == [
        Finding(
            rule="moved_not_told",
            rule_version=1,
            kind="communication",
            subjects=SUBJECTS,
            severity="medium",
            impact_days=Decimal(0),
            summary=(
                "Not told after 24 hours of dates that moved by a working day or more: "
                "department hall, department shop"
            ),
            evidence=(9, 10),
            first_position=10,
            remedies=("Send them what changed for them", "Let them acknowledge it"),
        )
    ]


def test_who_is_told_is_left_out_and_it_ends_when_all_are() -> None:
    history = informed(moved(), "hall", "department").tick("2026-02-03 10:00")
    assert last(RULE, history).summary.endswith(" or more: department shop")
    assert told(RULE, informed(history, "shop", "department"))[1:] == [CLEARED]


def test_told_before_it_was_published_is_told() -> None:
    history = lasts(published(a_plan()).tick("2026-02-02 09:00"), 21)
    for name in ("hall", "shop"):
        informed(history, name, "department")
    assert told(RULE, published(history).tick("2026-02-09 09:00")) == []


def test_told_before_the_publication_it_moved_from_is_not_told() -> None:
    history = a_plan()
    for name in ("hall", "shop"):
        informed(history, name, "department")
    published(history).tick("2026-02-02 09:00")
    assert len(told(RULE, published(lasts(history, 21)).tick("2026-02-03 10:00"))) == 1


def test_a_notice_that_did_not_go_out_or_is_about_something_else_tells_nobody() -> None:
    waiting = moved()
    for name in ("hall", "shop"):
        prepared(waiting, name, "department")
    assert len(told(RULE, waiting.tick("2026-02-03 10:00"))) == 1
    other = moved()
    for name in ("hall", "shop"):
        sent(prepared(other, name, "department", kind="reminder"), name)
    assert len(told(RULE, other.tick("2026-02-03 10:00"))) == 1


def test_the_customer_goes_by_the_finish_and_the_vendor_by_the_start_that_waits_for_it() -> None:
    history = a_plan().promise("2026-06-01").ordered("PO-1", "2026-03-20", "weld")
    published(history).tick("2026-02-02 09:00")
    published(lasts(history, 21)).tick("2026-02-03 10:00")
    found = last(RULE, history)
    assert found.severity == "high"
    assert found.summary.endswith(
        " or more: customer customer, department hall, department shop, vendor Fluxtec"
    )


def promised(**said: object) -> History:
    """Move the promise from Monday the 1st of June to another day, and wait for 25 hours."""
    history = a_plan().promise("2026-06-01").tick("2026-02-02 09:00")
    event = PromiseChanged.model_validate(
        {"to_party": "customer", "deliverable": "mixer", "old": date(2026, 6, 1),
         "new": date(2026, 6, 3), **said}
    )  # fmt: skip
    return history.project(event).tick("2026-02-03 10:00")


def test_a_promise_that_moved_is_told_to_whom_it_was_made() -> None:
    found = last(RULE, promised())
    assert (found.severity, found.evidence) == ("high", (8, 9))
    assert found.summary.endswith(" or more: customer customer")
    assert told(RULE, informed(promised(), "customer", None))[1:] == [CLEARED]


@pytest.mark.parametrize(
    "said",
    [
        {"notice_ref": "letter 4"},
        {"agreed_by": "customer"},
        {"new": date(2026, 5, 31)},
    ],
)
def test_who_agreed_or_was_written_to_knows_and_whose_day_is_earlier_does_not(
    said: dict[str, object],
) -> None:
    """From the end of Monday the 1st to the end of Sunday before it is one working day."""
    expected = 1 if said.get("new") else 0
    assert len(told(RULE, promised(**said))) == expected


def test_a_move_over_free_days_alone_is_none() -> None:
    event = {"old": date(2026, 6, 5), "new": date(2026, 6, 7)}
    assert told(RULE, promised(**event)) == []


def test_nobody_is_owed_anything_once_the_project_is_over() -> None:
    history = moved().tick("2026-02-03 10:00").project(ProjectCancelled())
    assert told(RULE, history)[1:] == [CLEARED]


def test_a_project_sets_its_own_hours() -> None:
    history = moved().project(RuleSet(rule="moved_not_told", parameters={"sla": 1}))
    assert len(told(RULE, history.tick("2026-02-02 10:01"))) == 1
