"""Hold inquiries to their rules: answered on approval, to nobody who may not know the evidence."""

from datetime import timedelta

import pytest

from domain.inquiries.commands import (
    AnswerInquiry,
    ApproveAnswer,
    AssignInquiry,
    CloseInquiry,
    DraftAnswer,
    InquiryCommand,
    ReopenInquiry,
)
from domain.inquiries.decisions import DECIDER, Surroundings
from domain.inquiries.events import (
    AnswerApproved,
    AnswerDrafted,
    Evidence,
    InquiryAnswered,
    InquiryAssigned,
    InquiryClosed,
    InquiryReceived,
    InquiryReopened,
)
from domain.inquiries.facts import Dossier, Stage, dossier_of
from domain.kernel.messages import DomainEvent
from domain.kernel.refusals import (
    Disclosure,
    InvalidTransition,
    PositionAhead,
    ReasonRequired,
    Unapproved,
    UnknownSubject,
)
from domain.kernel.values import Reason
from tests.builders import (
    COORDINATOR_ID,
    FRIDAY,
    MONDAY,
    PROJECT,
    THURSDAY,
    TUESDAY,
    Step,
    fact,
    history,
)
from tests.spec import Spec

INQUIRY = "Q-1"
STREAM = f"inquiry-{INQUIRY}"
NOT_ENOUGH = Reason(code="other", text="They want it by phase")
SCHEDULE = Evidence(ref=f"plan-{PROJECT}", disclosure="customer")
MARGIN = Evidence(ref="estimate-PRJ-7/weld")

an_inquiry = Spec(DECIDER, STREAM, Surroundings(head_position=90))
received = fact(
    InquiryReceived(
        from_party="Brauhaus",
        channel="email",
        text="When does the filler arrive?",
        due=THURSDAY,
        about=(f"phase-{PROJECT}/filler",),
    ),
    MONDAY,
)
assigned = InquiryAssigned(owner="anna", department_id="planning")
drafted = AnswerDrafted(text="In week 20", as_of_position=90, evidence=(SCHEDULE,))
approved = AnswerApproved(disclosure="customer", by=COORDINATOR_ID)
answered = InquiryAnswered(notice="N-3")
closed = InquiryClosed()
told = (received, drafted, approved, answered)


def asked(command: type[InquiryCommand], **fields: object) -> InquiryCommand:
    return command.model_validate({"project_id": PROJECT, "inquiry_id": INQUIRY, **fields})


assign = asked(AssignInquiry, owner="anna", department_id="planning")
draft = asked(DraftAnswer, text="In week 20", evidence=(SCHEDULE,))
approve = asked(ApproveAnswer, disclosure="customer")
answer = asked(AnswerInquiry, notice="N-3")
close = asked(CloseInquiry)
reopen = asked(ReopenInquiry, due=FRIDAY, reason=NOT_ENOUGH)
ALL = (assign, draft, approve, answer, close, reopen)


def dossier(*events: DomainEvent | Step) -> Dossier:
    return dossier_of(history(STREAM, *events))


@pytest.mark.parametrize("command", ALL)
def test_an_inquiry_nobody_made_is_refused_to_everyone(command: InquiryCommand) -> None:
    assert received.event.introduces(STREAM) == (STREAM,)
    an_inquiry.given().when(command).then_refused(UnknownSubject, "inquiry.received.v1")
    elsewhere = command.model_copy(update={"project_id": "PRJ-8"})
    an_inquiry.given(received).when(elsewhere).then_refused(UnknownSubject, "PRJ-8")


def test_an_inquiry_is_assigned_once_and_may_be_to_another() -> None:
    after = an_inquiry.given(received).when(assign).then(assigned)
    after.when(assign).then()
    after.when(asked(AssignInquiry, owner="ben")).then(InquiryAssigned(owner="ben"))


def test_an_answer_is_drafted_as_of_now_or_of_a_position_that_is_there() -> None:
    after = an_inquiry.given(received).when(draft).then(drafted)
    after.when(draft, others=Surroundings(head_position=95)).then()
    earlier = draft.model_copy(update={"as_of_position": 40})
    after.when(earlier).then(drafted.model_copy(update={"as_of_position": 40}))
    ahead = draft.model_copy(update={"as_of_position": 91})
    after.when(ahead).then_refused(PositionAhead, "position 90")


def test_an_answer_is_approved_once_for_an_audience() -> None:
    after = an_inquiry.given(received, drafted).when(approve).then(approved)
    after.when(approve).then()
    an_inquiry.given(received).when(approve).then_refused(InvalidTransition, "draft one")


@pytest.mark.parametrize(
    ("evidence", "audience", "allowed"),
    [
        ("public", "public", True),
        ("public", "internal", True),
        ("customer", "public", False),
        ("customer", "customer", True),
        ("internal", "public", False),
        ("internal", "customer", False),
        ("internal", "internal", True),
    ],
)
def test_no_answer_goes_to_who_may_not_know_what_it_rests_on(
    evidence: str, audience: str, *, allowed: bool
) -> None:
    rests_on = Evidence.model_validate({"ref": "estimate-PRJ-7/weld", "disclosure": evidence})
    outcome = an_inquiry.given(
        received, drafted.model_copy(update={"evidence": (SCHEDULE, rests_on)})
    ).when(asked(ApproveAnswer, disclosure=audience))
    if allowed and audience != "public":
        outcome.then(approved.model_copy(update={"disclosure": audience}))
    elif allowed:
        outcome.then_refused(Disclosure, "plan-PRJ-7 (customer)")
    else:
        outcome.then_refused(Disclosure, f"estimate-PRJ-7/weld ({evidence})", "for fewer")


def test_evidence_is_for_nobody_outside_unless_somebody_says_so() -> None:
    assert MARGIN.disclosure == "internal"
    assert Disclosure.code == "disclosure"


def test_an_answer_goes_out_approved_and_as_approved() -> None:
    after = an_inquiry.given(received, drafted, approved).when(answer).then(answered)
    after.when(answer).then()
    after.when(asked(AnswerInquiry, notice="N-4")).then_refused(InvalidTransition, "is answered")
    an_inquiry.given(received, drafted).when(answer).then_refused(Unapproved, "have that done")
    another = drafted.model_copy(update={"text": "In week 21"})
    an_inquiry.given(received, drafted, approved, another).when(answer).then_refused(Unapproved)


@pytest.mark.parametrize("command", [assign, draft, approve])
def test_an_answered_inquiry_is_worked_on_once_it_is_reopened(command: InquiryCommand) -> None:
    other = {"owner": "ben", "text": "In week 21", "disclosure": "internal"}
    known = {name: value for name, value in other.items() if name in type(command).model_fields}
    changed = command.model_copy(update=known)
    an_inquiry.given(*told).when(changed).then_refused(InvalidTransition, "reopen it first")


def test_an_answered_inquiry_is_closed_one_that_was_not_with_a_reason() -> None:
    an_inquiry.given(*told).when(close).then(closed).when(close).then()
    an_inquiry.given(received).when(close).then_refused(ReasonRequired, "say why")
    given_up = asked(CloseInquiry, reason=NOT_ENOUGH)
    an_inquiry.given(received).when(given_up).then(closed)


def test_a_reopened_inquiry_wants_an_answer_of_its_own() -> None:
    reopened = InquiryReopened(due=FRIDAY)
    after = an_inquiry.given(*told).when(reopen).then(reopened)
    after.when(reopen).then()
    after.when(answer).then_refused(Unapproved)
    assert dossier(*told, reopened).due == FRIDAY
    assert dossier(*told, closed, InquiryReopened()).due == THURSDAY
    an_inquiry.given(*told).when(asked(ReopenInquiry)).then_refused(ReasonRequired)
    an_inquiry.given(received).when(reopen).then_refused(InvalidTransition, "is open")
    again = (*told, reopened, drafted, approved, InquiryAnswered(notice="N-4"))
    an_inquiry.given(*again).when(reopen).then(reopened)


@pytest.mark.parametrize(
    ("events", "stage", "waits"),
    [
        ((), Stage.UNKNOWN, False),
        ((received, assigned), Stage.OPEN, True),
        ((received, drafted), Stage.DRAFTED, True),
        ((received, drafted, approved), Stage.APPROVED, True),
        ((received, drafted, approved, drafted), Stage.DRAFTED, True),
        (told, Stage.ANSWERED, False),
        ((*told, closed), Stage.CLOSED, False),
        ((*told, closed, InquiryReopened()), Stage.OPEN, True),
    ],
)
def test_the_stage_is_the_furthest_step_since_it_was_opened(
    events: tuple[DomainEvent | Step, ...], stage: Stage, *, waits: bool
) -> None:
    now = dossier(*events)
    assert (now.stage, now.waits) == (stage, waits)


def test_the_first_that_was_heard_of_it_counts_however_late_it_is_told() -> None:
    by_call = received.event.model_copy(update={"channel": "call"})
    for events in ((received, fact(by_call, MONDAY - timedelta(days=1))), (received,)):
        first = dossier(*events).received
        assert first is not None
        assert first.event == events[-1].event
    later = dossier(received, fact(by_call, TUESDAY)).received
    assert later is not None
    assert later.event == received.event


@pytest.mark.parametrize(
    "impossible",
    [
        (assigned,),
        (received, approved),
        (received, drafted, answered),
        (*told, answered),
        (*told, drafted),
        (*told, closed, closed),
        (received, InquiryReopened()),
    ],
)
def test_a_step_no_decision_makes_is_a_corrupt_log(
    impossible: tuple[DomainEvent | Step, ...],
) -> None:
    with pytest.raises(AssertionError, match="cannot follow"):
        DECIDER.fold(history(STREAM, *impossible))
