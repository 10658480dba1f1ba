"""Hold notices to their rules: prepared once, what became of them is a set of facts."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from domain.kernel.messages import DomainEvent
from domain.kernel.refusals import AlreadyExists, UnknownSubject
from domain.notices.commands import LinkMessage, NoticeCommand, PrepareNotice
from domain.notices.decisions import DECIDER, Surroundings
from domain.notices.events import (
    DateChange,
    MessageLinked,
    NoticeAcknowledged,
    NoticeBounced,
    NoticeDelivered,
    NoticePrepared,
    NoticeSent,
)
from domain.notices.facts import Dossier, Stage, dossier_of
from tests.builders import MONDAY, PROJECT, TUESDAY, WEDNESDAY, Step, fact, history
from tests.spec import Spec

NOTICE = "n-1"
STREAM = f"notice-{NOTICE}"
CHANGE = DateChange(
    subject=f"project-{PROJECT}",
    what="promise",
    old="2026-03-04",
    new="2026-03-06",
    days=Decimal("2.00"),
)

a_notice = Spec(DECIDER, STREAM, Surroundings(project_exists=True))
prepared = NoticePrepared(
    kind="delay",
    recipients=("Brauhaus",),
    stake="customer",
    refs=(f"project-{PROJECT}",),
    cause_events=(f"project-{PROJECT}:4",),
    content_hash="ab" * 32,
    summary="1 date moved, by up to 2.00 working days later",
    changes=(CHANGE,),
    changes_count=1,
)
linked = MessageLinked(inbound_ref="mail-7", about=(f"project-{PROJECT}",))
sent = fact(NoticeSent(channel="email"), MONDAY)
bounced = fact(NoticeBounced(detail="No such box"), MONDAY + timedelta(hours=1))
sent_again = fact(NoticeSent(channel="edi"), MONDAY + timedelta(hours=2))
delivered = fact(NoticeDelivered(), TUESDAY)
read = fact(NoticeAcknowledged(by="b.wirt", at=WEDNESDAY), WEDNESDAY)

prepare = PrepareNotice(project_id=PROJECT, notice_id=NOTICE, **dict(prepared))
link = LinkMessage(
    project_id=PROJECT, notice_id=NOTICE, inbound_ref="mail-7", about=(f"project-{PROJECT}",)
)


def dossier(*events: DomainEvent | Step) -> Dossier:
    return dossier_of(history(STREAM, *events))


def test_a_notice_is_prepared_once() -> None:
    assert prepared.introduces(STREAM) == (STREAM,)
    after = a_notice.given().when(prepare).then(prepared)
    after.when(prepare).then()
    other = prepare.model_copy(update={"summary": "Something else"})
    after.when(other).then_refused(AlreadyExists, "another id")


def test_a_notice_is_of_a_project_that_is_there() -> None:
    nowhere = Surroundings(project_exists=False)
    a_notice.given().when(prepare, others=nowhere).then_refused(UnknownSubject, PROJECT)


def test_a_notice_of_another_project_is_not_taken_for_this_one() -> None:
    elsewhere = prepare.model_copy(update={"project_id": "PRJ-8"})
    a_notice.given(prepared).when(elsewhere).then_refused(AlreadyExists)


def test_a_message_is_linked_once_to_a_notice_that_is_there() -> None:
    a_notice.given(prepared).when(link).then(linked).when(link).then()
    a_notice.given().when(link).then_refused(UnknownSubject, NOTICE)
    elsewhere: NoticeCommand = link.model_copy(update={"project_id": "PRJ-8"})
    a_notice.given(prepared).when(elsewhere).then_refused(UnknownSubject, "PRJ-8")


@pytest.mark.parametrize(
    ("events", "stage"),
    [
        ((), Stage.UNKNOWN),
        ((sent,), Stage.UNKNOWN),
        ((prepared, linked), Stage.PREPARED),
        ((prepared, sent), Stage.SENT),
        ((prepared, sent, bounced), Stage.BOUNCED),
        ((prepared, sent, bounced, sent_again), Stage.SENT),
        ((prepared, sent, delivered), Stage.DELIVERED),
        ((prepared, read), Stage.ACKNOWLEDGED),
        ((prepared, read, bounced), Stage.ACKNOWLEDGED),
    ],
)
def test_the_stage_is_how_far_it_came(events: tuple[DomainEvent | Step, ...], stage: Stage) -> None:
    assert dossier(*events).stage is stage


def test_facts_add_up_to_the_same_in_any_order_of_arrival() -> None:
    facts = (sent, bounced, sent_again, delivered)
    stages = {dossier(prepared, *each).stage for each in permutations(facts)}
    assert stages == {Stage.DELIVERED}
    for each in permutations((*facts, read)):
        now = dossier(prepared, *each)
        assert now.stage is Stage.ACKNOWLEDGED
        assert now.sent is not None
        assert now.sent.event == sent.event


@pytest.mark.parametrize("impossible", [(linked,), (prepared, prepared)])
def test_a_step_no_decision_makes_is_a_corrupt_log(impossible: tuple[DomainEvent, ...]) -> None:
    with pytest.raises(AssertionError, match="cannot follow"):
        DECIDER.fold(history(STREAM, *impossible))


@pytest.mark.parametrize("reported", [sent, bounced, delivered, read])
def test_a_fact_is_kept_whatever_it_says(reported: Step) -> None:
    for before in ((), (prepared,), (prepared, read)):
        known = history(STREAM, *before, reported)
        assert known[-1] in DECIDER.fold(known).dossier.facts
