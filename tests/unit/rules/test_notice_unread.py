"""Rule N2 against notices that went out, by hours counted by hand."""

from decimal import Decimal

from domain.kernel.messages import DomainEvent
from domain.notices.events import (
    NoticeAcknowledged,
    NoticeBounced,
    NoticeDelivered,
    NoticePrepared,
    NoticeSent,
)
from domain.projects.events import RuleSet
from domain.rules import Cleared, Finding
from domain.rules.notice_unread import NoticeUnread
from domain.rules.watched import Watched
from tests.unit.projections.histories import PROJECT, History, at
from tests.unit.rules.findings import last, told

RULE = NoticeUnread()
SUBJECTS = ("notice-n1",)
PREPARED = NoticePrepared(
    kind="delay", recipients=("Brauhaus",), content_hash="ab" * 32, summary="1 date moved"
)


def prepared() -> History:
    return History().opened().record("notice-n1", PREPARED)


def told_of(history: History, event: DomainEvent, when: str) -> History:
    return history.record("notice-n1", event, effective_at=at(when))


def sent() -> History:
    """Send it on Monday at nine: until Wednesday at nine there is time."""
    return told_of(prepared(), NoticeSent(channel="email"), "2026-03-02 09:00")


def test_a_notice_that_nobody_has_read_after_two_days_is_found() -> None:
    assert told(RULE, sent().tick("2026-03-04 09:00")) == []
    assert told(RULE, sent().tick("2026-03-04 09:01")) == [
        Finding(
            rule="notice_unread",
            rule_version=1,
            kind="communication",
            subjects=SUBJECTS,
            severity="medium",
            impact_days=Decimal(0),
            summary=(
                "The notice of 2026-03-02 09:00 UTC is not acknowledged by Brauhaus after "
                "48 hours: 1 date moved"
            ),
            evidence=(3,),
            first_position=4,
            remedies=("Call, and record who has read it", "Send it again, another way"),
        )
    ]


def test_it_waits_for_the_moment_itself() -> None:
    project, state = Watched(PROJECT), RULE.initial()
    for recorded in sent().events:
        project.take(recorded)
        RULE.fold(state, recorded, project)
    due = RULE.due(state, project)
    assert due is not None
    assert at("2026-03-04 09:00") < due < at("2026-03-04 09:01")


def test_it_arrived_and_is_still_not_read() -> None:
    history = told_of(sent(), NoticeDelivered(), "2026-03-02 09:05").tick("2026-03-05 08:00")
    assert last(RULE, history).severity == "medium"


def test_one_that_came_back_is_graver() -> None:
    history = told_of(sent(), NoticeBounced(), "2026-03-02 09:05").tick("2026-03-05 08:00")
    found = last(RULE, history)
    assert found.severity == "high"
    assert "came back from Brauhaus" in found.summary


def test_it_ends_when_somebody_has_read_it() -> None:
    read = NoticeAcknowledged(by="max", at=at("2026-03-05 08:00"))
    late = told_of(sent().tick("2026-03-05 07:00"), read, "2026-03-05 08:00")
    assert told(RULE, late)[1:] == [
        Cleared("notice_unread", SUBJECTS, "Notice n1 is read, or not yet long on its way")
    ]
    early = told_of(sent(), read, "2026-03-03 08:00")
    assert told(RULE, early.tick("2026-03-09 08:00")) == []


def test_what_never_went_out_is_not_waited_for() -> None:
    assert told(RULE, prepared().tick("2026-03-09 08:00")) == []


def test_a_project_sets_its_own_hours() -> None:
    history = sent().project(RuleSet(rule="notice_unread", parameters={"sla": 2}))
    assert len(told(RULE, history.tick("2026-03-02 11:01"))) == 1
    found = sent().tick("2026-03-05 08:00")
    found.project(RuleSet(rule="notice_unread", parameters={"sla": 96}))
    assert [type(each) for each in told(RULE, found)] == [Finding, Cleared]
