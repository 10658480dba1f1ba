"""Hold the decisions on a commitment, and what is reported of it, to their rules."""

from datetime import date
from decimal import Decimal

import pytest

from domain.commitments.commands import (
    CancelCommitment,
    RequestCommitment,
    RequestExpedite,
    ReviseCommitment,
    SendCommitment,
    ShortCloseCommitment,
)
from domain.commitments.decisions import DECIDER, Surroundings, reads
from domain.commitments.events import (
    AcknowledgementStatus,
    CommitmentAcknowledged,
    CommitmentCancelled,
    CommitmentRequested,
    CommitmentRevised,
    CommitmentSent,
    CommitmentShortClosed,
    ExpediteAnswered,
    ExpediteRequested,
    InspectionFailed,
    InspectionPassed,
    PromiseDateMoved,
    ReceiptPosted,
    ShipmentNotified,
)
from domain.commitments.facts import Standing, Status, line_of
from domain.kernel.messages import DomainEvent
from domain.kernel.refusals import (
    AlreadyClosed,
    AlreadyExists,
    InvalidTransition,
    OldRevision,
    ProjectClosed,
    ReasonRequired,
    UnknownSubject,
)
from tests.builders import (
    FRIDAY,
    LATE_MATERIAL,
    MONDAY,
    PROJECT,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Step,
    fact,
    history,
)
from tests.spec import Spec

LINE = "PO-4103.1"
STREAM = f"commitment-{LINE}"
MARCH_25, APRIL_1 = date(2026, 3, 25), date(2026, 4, 1)
APRIL_8, APRIL_15 = date(2026, 4, 8), date(2026, 4, 15)
FOUR, SIX, TEN, TWENTY = Decimal(4), Decimal(6), Decimal(10), Decimal(20)

a_line = Spec(DECIDER, STREAM, Surroundings(project_exists=True))
requested = CommitmentRequested(
    vendor="Fluxtec",
    kind="goods",
    item="flow meters",
    qty=TEN,
    uom="H87",
    need_by=APRIL_1,
    for_phases=("filler-mount",),
    for_requirements=("REQ-88",),
)
revised = CommitmentRevised(revision=2, need_by=APRIL_8)
sent = CommitmentSent(revision=1, channel="email")
short_closed = CommitmentShortClosed()
cancelled = CommitmentCancelled()

request = RequestCommitment(
    project_id=PROJECT,
    commitment_id=LINE,
    vendor="Fluxtec",
    kind="goods",
    item="flow meters",
    qty=TEN,
    uom="H87",
    need_by=APRIL_1,
    for_phases=("filler-mount",),
    for_requirements=("REQ-88",),
)
revise = ReviseCommitment(
    project_id=PROJECT, commitment_id=LINE, need_by=APRIL_8, reason=LATE_MATERIAL
)
hasten = RequestExpedite(project_id=PROJECT, commitment_id=LINE, wanted=MARCH_25)
hastened = ExpediteRequested(wanted=MARCH_25)
short_close = ShortCloseCommitment(project_id=PROJECT, commitment_id=LINE, reason=LATE_MATERIAL)
cancel = CancelCommitment(project_id=PROJECT, commitment_id=LINE, reason=LATE_MATERIAL)


def send(revision: int = 1, channel: str = "email") -> SendCommitment:
    return SendCommitment(
        project_id=PROJECT, commitment_id=LINE, revision=revision, channel=channel
    )


def answered(
    revision: int = 1,
    promised: date | None = None,
    status: AcknowledgementStatus = "accepted",
) -> CommitmentAcknowledged:
    return CommitmentAcknowledged(revision=revision, status=status, promised_date=promised)


def came(qty: Decimal) -> ReceiptPosted:
    return ReceiptPosted(qty=qty, at=THURSDAY)


def standing(*events: DomainEvent | Step, tolerance_bp: int = 0) -> Standing:
    return line_of(history(STREAM, *events)).standing(tolerance_bp)


def codes(*events: DomainEvent | Step) -> list[str]:
    return [found.code for found in standing(*events).contradictions]


def test_a_commitment_is_requested_once() -> None:
    a_line.given().when(request).then(requested).when(request).then()
    assert requested.introduces(STREAM) == (STREAM,)
    assert reads(request) == (f"project-{PROJECT}",)


def test_an_id_that_is_taken_requests_nothing_else() -> None:
    other = request.model_copy(update={"qty": TWENTY})
    elsewhere = request.model_copy(update={"project_id": "PRJ-8"})
    a_line.given(requested).when(other).then_refused(AlreadyExists, LINE)
    a_line.given(requested).when(elsewhere).then_refused(AlreadyExists, LINE)


def test_nothing_is_requested_for_a_project_that_is_not_there_or_closed() -> None:
    closed = Surroundings(project_exists=True, project_closed=True)
    a_line.given().when(request, others=Surroundings(project_exists=False)).then_refused(
        UnknownSubject, PROJECT
    )
    for command in (request, revise, send(), hasten):
        a_line.given(requested).when(command, others=closed).then_refused(ProjectClosed)


def test_a_commitment_of_a_closed_project_can_still_be_ended() -> None:
    closed = Surroundings(project_exists=True, project_closed=True)
    a_line.given(requested).when(cancel, others=closed).then(cancelled)
    a_line.given(requested).when(short_close, others=closed).then(short_closed)


def test_a_commitment_answers_to_its_own_project_alone() -> None:
    for command in (revise, send(), hasten, short_close, cancel):
        a_line.given().when(command).then_refused(UnknownSubject, LINE)
        elsewhere = command.model_copy(update={"project_id": "PRJ-8"})
        a_line.given(requested).when(elsewhere).then_refused(UnknownSubject, "PRJ-8")


def test_a_revision_records_what_changes_with_a_reason() -> None:
    after = a_line.given(requested).when(revise).then(revised)
    after.when(revise).then()
    more = ReviseCommitment(
        project_id=PROJECT, commitment_id=LINE, need_by=APRIL_8, qty=TWENTY, reason=LATE_MATERIAL
    )
    after.when(more).then(CommitmentRevised(revision=3, qty=TWENTY))
    a_line.given(requested).when(revise.model_copy(update={"reason": None})).then_refused(
        ReasonRequired
    )


def test_a_revision_is_sent_once_by_a_channel() -> None:
    after = a_line.given(requested).when(send()).then(sent)
    after.when(send()).then()
    after.when(send(channel="portal")).then(CommitmentSent(revision=1, channel="portal"))


def test_only_the_latest_revision_is_sent() -> None:
    a_line.given(requested, revised).when(send(1)).then_refused(OldRevision, "send that one")
    a_line.given(requested, revised).when(send(3)).then_refused(UnknownSubject, "revision 3")


def test_a_commitment_is_closed_once() -> None:
    a_line.given(requested).when(short_close).then(short_closed).when(short_close).then()
    a_line.given(requested).when(cancel).then(cancelled).when(cancel).then()


def test_nothing_more_is_asked_on_a_closed_commitment() -> None:
    for command in (revise, send(), hasten, short_close):
        a_line.given(requested, cancelled).when(command).then_refused(AlreadyClosed, "cancelled")
    a_line.given(requested, short_closed).when(cancel).then_refused(AlreadyClosed)


def test_a_commitment_that_came_is_not_given_up() -> None:
    part, whole = fact(came(Decimal(4)), THURSDAY), fact(came(TEN), THURSDAY)
    a_line.given(requested, part).when(cancel).then_refused(InvalidTransition, "4 of", "short")
    a_line.given(requested, part).when(short_close).then(short_closed)
    a_line.given(requested, whole).when(short_close).then_refused(AlreadyClosed, "all of")


def test_a_vendor_is_asked_to_come_sooner_once_for_each_date() -> None:
    after = a_line.given(requested).when(hasten).then(hastened)
    after.when(hasten).then()
    sooner = hasten.model_copy(update={"wanted": date(2026, 3, 20)})
    after.when(sooner).then(ExpediteRequested(wanted=date(2026, 3, 20)))


def test_nothing_that_came_is_hastened() -> None:
    a_line.given(requested, fact(came(FOUR), THURSDAY)).when(hasten).then(hastened)
    a_line.given(requested, fact(came(TEN), THURSDAY)).when(hasten).then_refused(
        AlreadyClosed, "nothing is left to hasten"
    )


def test_asking_to_come_sooner_moves_neither_need_nor_promise() -> None:
    now = standing(requested, fact(answered(promised=APRIL_8), TUESDAY), hastened)
    assert (now.need_by, now.promised, now.expected) == (APRIL_1, APRIL_8, None)
    assert (now.expedite_wanted, now.expedite_answer) == (MARCH_25, None)


def test_a_date_that_answers_an_expedite_is_what_the_vendor_promises() -> None:
    partly = ExpediteAnswered(answer="partly", date=APRIL_1, told_by="desk", channel="phone")
    refused = ExpediteAnswered(answer="refused")
    first = fact(answered(promised=APRIL_8), TUESDAY)
    now = standing(requested, first, hastened, fact(partly, WEDNESDAY))
    assert (now.promised, now.expedite_answer) == (APRIL_1, partly)
    now = standing(requested, first, hastened, fact(refused, WEDNESDAY))
    assert (now.promised, now.expedite_answer) == (APRIL_8, refused)


def test_what_came_awaits_its_inspection_and_is_good_unless_it_failed() -> None:
    whole, passed = fact(came(TEN), TUESDAY), fact(InspectionPassed(qty=FOUR), WEDNESDAY)
    now = standing(requested, whole, passed)
    assert (now.uninspected_qty, now.good_qty, now.status) == (SIX, TEN, Status.RECEIVED)
    now = standing(requested, whole, passed, fact(InspectionFailed(qty=SIX), THURSDAY))
    assert (now.uninspected_qty, now.good_qty) == (Decimal(0), FOUR)
    assert (now.status, now.open) == (Status.PARTLY_RECEIVED, True)


def test_a_replacement_of_what_failed_is_no_delivery_of_too_much() -> None:
    whole = fact(came(TEN), TUESDAY)
    failed = fact(InspectionFailed(qty=FOUR), WEDNESDAY)
    replaced = fact(ReceiptPosted(qty=FOUR, at=THURSDAY), THURSDAY)
    now = standing(requested, whole, replaced, failed)
    assert (now.contradictions, now.status, now.received_qty) == (
        (),
        Status.RECEIVED,
        Decimal(14),
    )
    assert codes(requested, whole, replaced) == ["over_receipt"]


def test_an_inspection_of_what_nobody_received_counts_nothing_below_nothing() -> None:
    now = standing(requested, fact(InspectionFailed(qty=FOUR), TUESDAY))
    assert (now.good_qty, now.uninspected_qty) == (Decimal(0), Decimal(0))
    assert (now.contradictions, now.status) == ((), Status.REQUESTED)


def test_what_we_need_what_they_promise_and_what_is_expected_stay_apart() -> None:
    notified = ShipmentNotified(qty=TEN, eta=APRIL_15)
    moved = PromiseDateMoved(old=APRIL_1, new=APRIL_8, told_by="desk", channel="phone")
    now = standing(
        requested,
        fact(answered(promised=APRIL_1), TUESDAY),
        fact(moved, WEDNESDAY),
        fact(notified, THURSDAY),
    )
    assert (now.need_by, now.promised, now.expected) == (APRIL_1, APRIL_8, APRIL_15)


def test_an_answer_without_a_date_leaves_the_promise_as_it_was() -> None:
    now = standing(
        requested,
        fact(answered(promised=APRIL_8), TUESDAY),
        fact(answered(status="on_hold"), WEDNESDAY),
    )
    assert now.promised == APRIL_8
    assert now.answer == answered(status="on_hold")


def test_a_promise_that_arrives_late_takes_its_place() -> None:
    later = fact(PromiseDateMoved(new=APRIL_15, told_by="desk", channel="phone"), WEDNESDAY)
    earlier = fact(answered(promised=APRIL_8), TUESDAY)
    assert standing(requested, later, earlier).promised == APRIL_15


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ((), Status.UNKNOWN),
        ((requested,), Status.REQUESTED),
        ((requested, sent), Status.SENT),
        ((requested, sent, fact(answered(), TUESDAY)), Status.ACKNOWLEDGED),
        ((requested, sent, fact(answered(), TUESDAY), revised), Status.REQUESTED),
        ((requested, fact(came(Decimal(4)), THURSDAY)), Status.PARTLY_RECEIVED),
        ((requested, fact(came(TEN), THURSDAY)), Status.RECEIVED),
        ((requested, fact(came(Decimal(4)), THURSDAY), short_closed), Status.SHORT_CLOSED),
        ((requested, cancelled), Status.CANCELLED),
    ],
)
def test_the_status_is_the_furthest_step_taken(
    events: tuple[DomainEvent | Step, ...], status: Status
) -> None:
    now = standing(*events)
    assert now.status is status
    over = {Status.UNKNOWN, Status.RECEIVED, Status.SHORT_CLOSED, Status.CANCELLED}
    assert now.open is (status not in over)


def test_a_revision_wants_a_new_answer() -> None:
    resent = CommitmentSent(revision=2, channel="email")
    before = (requested, sent, fact(answered(), TUESDAY), revised)
    assert not standing(requested).awaits_answer
    assert standing(requested, sent).awaits_answer
    assert not standing(requested, sent, fact(answered(), TUESDAY)).awaits_answer
    assert standing(*before, Step(resent, WEDNESDAY)).awaits_answer


def test_an_answer_to_a_replaced_revision_contradicts_and_promises_nothing() -> None:
    resent = Step(CommitmentSent(revision=2, channel="email"), TUESDAY)
    late = fact(answered(1, APRIL_1), WEDNESDAY)
    now = standing(requested, sent, revised, resent, late)
    assert [found.code for found in now.contradictions] == ["old_revision"]
    assert now.promised is None
    assert now.acknowledged_revision == 0


def test_an_answer_to_what_was_the_latest_when_given_is_no_contradiction() -> None:
    resent = Step(CommitmentSent(revision=2, channel="email"), WEDNESDAY)
    in_time = fact(answered(1, APRIL_1), TUESDAY)
    assert codes(requested, sent, revised, resent, in_time) == []


def test_an_answer_shows_that_the_revision_was_sent() -> None:
    now = standing(requested, revised, fact(answered(2, APRIL_8), TUESDAY))
    assert now.contradictions == ()
    assert (now.sent_revision, now.status) == (2, Status.ACKNOWLEDGED)


@pytest.mark.parametrize("reported", [answered(3), CommitmentSent(revision=3, channel="email")])
def test_a_revision_nobody_made_contradicts(reported: DomainEvent) -> None:
    now = standing(requested, revised, fact(reported, TUESDAY))
    assert [found.code for found in now.contradictions] == ["old_revision"]
    assert now.sent_revision == 0


def test_more_than_was_ordered_contradicts_beyond_the_tolerance() -> None:
    more = fact(came(Decimal("10.5")), THURSDAY)
    assert codes(requested, more) == ["over_receipt"]
    assert standing(requested, more, tolerance_bp=500).contradictions == ()
    assert standing(requested, more).received_qty == Decimal("10.5")


def test_a_receipt_after_the_end_contradicts_what_ended_it() -> None:
    ended = Step(cancelled, WEDNESDAY)
    (found,) = standing(requested, ended, fact(came(TEN), THURSDAY)).contradictions
    assert found.code == "over_receipt"
    assert found.against is not None
    assert found.against.event == cancelled
    assert codes(requested, Step(short_closed, FRIDAY), fact(came(TEN), THURSDAY)) == []


def test_what_was_reported_before_the_order_came_in_is_judged_by_the_order() -> None:
    ordered_late = Step(requested, THURSDAY)
    now = standing(fact(answered(promised=APRIL_1), MONDAY), fact(came(TEN), TUESDAY), ordered_late)
    assert now.contradictions == ()
    assert now.status is Status.RECEIVED


@pytest.mark.parametrize(
    "impossible",
    [
        (revised,),
        (requested, requested),
        (requested, CommitmentRevised(revision=3)),
        (requested, cancelled, revised),
        (requested, cancelled, short_closed),
        (requested, cancelled, hastened),
        (hastened,),
        (cancelled,),
    ],
)
def test_a_request_no_decision_makes_is_a_corrupt_log(impossible: tuple[DomainEvent, ...]) -> None:
    with pytest.raises(AssertionError, match="cannot follow"):
        DECIDER.fold(history(STREAM, *impossible))
