"""Rule M4 against orders whose answers are late, with moments worked out by hand."""

from datetime import date, datetime
from decimal import Decimal

from domain.commitments.events import (
    CommitmentAcknowledged,
    CommitmentRevised,
    CommitmentSent,
    ReceiptPosted,
)
from domain.projects.events import RuleSet
from domain.rules import Cleared
from domain.rules.unconfirmed import Unconfirmed
from domain.rules.watched import Watched
from tests.unit.projections.histories import PROJECT, History, at
from tests.unit.rules.findings import last, told

RULE = Unconfirmed()
SUBJECTS = ("commitment-PO-1",)


def sent(history: History, line: str = "PO-1", when: str = "2026-03-03 08:00") -> History:
    """Send an order; by default on Tuesday the 3rd."""
    event = CommitmentSent(revision=1, channel="email")
    return history.record(f"commitment-{line}", event, effective_at=at(when))


def answered(history: History, line: str, when: str) -> History:
    """Let the vendor accept revision 1 of an order."""
    event = CommitmentAcknowledged(revision=1, status="accepted")
    return history.record(f"commitment-{line}", event, effective_at=at(when))


def an_order(need_by: str = "2026-03-27") -> History:
    history = History().opened().calendar("plant").phase("mount", 5)
    return history.ordered("PO-1", need_by, "mount")


def due_of(history: History) -> datetime | None:
    """Return the moment that the rule waits for after a history."""
    project, state = Watched(PROJECT), RULE.initial()
    for recorded in history.events:
        project.take(recorded)
        RULE.fold(state, recorded, project)
    return RULE.due(state, project)


def test_no_answer_three_working_days_after_it_was_sent_is_found() -> None:
    """Sent on Tuesday at eight, late at the end of Thursday; 16 working days to the need."""
    history = sent(an_order())
    assert due_of(history) == at("2026-03-05 17:00")
    found = last(RULE, history.tick("2026-03-05 17:00"))
    assert (found.severity, found.impact_days, found.evidence) == ("medium", Decimal(0), (4, 5))
    assert found.summary == (
        "Fluxtec has not confirmed valves (PO-1), sent 2026-03-03; Mount need it by 2026-03-27"
    )
    assert found.act_by == date(2026, 3, 23)


def test_before_that_nothing_is_found() -> None:
    assert told(RULE, sent(an_order()).tick("2026-03-05 16:59")) == []


def test_an_order_never_sent_is_found_five_working_days_before_its_need() -> None:
    """Needed by the end of Friday the 27th: the five working days before begin on the 23rd."""
    history = an_order()
    assert due_of(history) == at("2026-03-23 08:00")
    found = last(RULE, history.tick("2026-03-23 08:00"))
    assert found.severity == "high"
    assert "never sent" in found.summary


def test_it_is_graver_once_the_time_to_act_is_over() -> None:
    history = sent(an_order()).tick("2026-03-06 00:00").tick("2026-03-23 08:00")
    assert [each.severity for each in told(RULE, history) if not isinstance(each, Cleared)] == [
        "medium",
        "high",
    ]


def test_a_vendor_who_took_longer_before_is_asked_earlier() -> None:
    """He took 30 days from answer to receipt once: the 28th less 30 days is February the 26th."""
    history = an_order()
    history.ordered("PO-0", "2026-02-20")
    answered(history, "PO-0", "2026-01-10 08:00")
    history.commitment("PO-0", ReceiptPosted(qty=Decimal(24), at=at("2026-02-09 08:00")))
    assert due_of(history) == at("2026-02-26 00:00")


def test_an_answer_ends_it_and_a_new_revision_begins_it_again() -> None:
    history = sent(an_order()).tick("2026-03-06 00:00")
    answered(history, "PO-1", "2026-03-06 09:00")
    assert told(RULE, history)[1:] == [
        Cleared("unconfirmed", SUBJECTS, "PO-1 is answered, or nothing more is to come")
    ]
    history.commitment("PO-1", CommitmentRevised(revision=2, need_by=date(2026, 3, 9)))
    assert last(RULE, history).severity == "high"


def test_what_came_needs_no_answer() -> None:
    history = sent(an_order()).tick("2026-03-06 00:00")
    history.commitment("PO-1", ReceiptPosted(qty=Decimal(9), at=at("2026-03-06 10:00")))
    assert isinstance(told(RULE, history)[-1], Cleared)


def test_a_project_may_grant_more_time() -> None:
    history = sent(an_order()).tick("2026-03-06 00:00")
    history.project(RuleSet(rule="unconfirmed", parameters={"ack_sla": 8}))
    assert isinstance(told(RULE, history)[-1], Cleared)
    assert due_of(history) == at("2026-03-12 17:00")
