"""Hold the decisions on a special request, and what is reported of it, to their rules."""

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.kernel.messages import DomainEvent
from domain.kernel.refusals import (
    AssessmentStale,
    BranchEmpty,
    InvalidTransition,
    ProjectClosed,
    Unapproved,
    UnknownSubject,
)
from domain.kernel.values import Money
from domain.special_requests.commands import (
    ApplyRequest,
    ApproveRequest,
    AssessImpact,
    ClassifyRequest,
    InformCustomer,
    QuoteRequest,
    RejectRequest,
    RequestCommand,
    VerifyRequest,
)
from domain.special_requests.decisions import DECIDER, Effect, Surroundings
from domain.special_requests.events import (
    CustomerInformed,
    ImpactAssessed,
    RequestApplied,
    RequestApproved,
    RequestClassified,
    RequestIdentified,
    RequestQuoted,
    RequestRejected,
    RequestVerified,
    RequestWithdrawn,
)
from domain.special_requests.facts import Stage, Standing, dossier_of
from tests.builders import (
    COORDINATOR_ID,
    FRIDAY,
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

REQUEST = "SR-9"
STREAM = f"request-{REQUEST}"
EFFECT = Effect(Decimal("3.00"), 1440, ("paint", "pack"), 40)
WRITTEN = ("plan-PRJ-7@12", "branch-b-1@3")
PRICE = Money(minor=1_250_000, currency="EUR")

a_request = Spec(DECIDER, STREAM, Surroundings(effect=EFFECT, merged=True, written=WRITTEN))
stale = Surroundings(effect=EFFECT, moved=("paint",), merged=True, written=WRITTEN)
identified = fact(
    RequestIdentified(
        from_party="Brauhaus",
        found_in="email",
        verbatim="In RAL 5010, please",
        identified_by="anna",
    ),
    MONDAY,
)
withdrawn = fact(RequestWithdrawn(by="Brauhaus"), THURSDAY)
classified = RequestClassified(kind="finish")
assessed = ImpactAssessed(
    branch="b-1",
    days=Decimal("3.00"),
    effort_min=1440,
    money=PRICE,
    phases=("paint", "pack"),
    assessed_at_position=40,
)
quoted = RequestQuoted(money=PRICE)
rejected = RequestRejected(by=COORDINATOR_ID)
approved = RequestApproved(by=COORDINATOR_ID)
applied = RequestApplied(events=WRITTEN)
verified = RequestVerified(evidence="Seen on the line")
informed = CustomerInformed(notice="N-3")
known = (identified, Step(assessed, TUESDAY))
agreed = (*known, Step(approved, WEDNESDAY))
done = (*agreed, Step(applied, WEDNESDAY + timedelta(hours=1)))


def asked(command: type[RequestCommand], **fields: object) -> RequestCommand:
    return command.model_validate({"project_id": PROJECT, "request_id": REQUEST, **fields})


classify = asked(ClassifyRequest, kind="finish")
assess = asked(AssessImpact, branch="b-1", money=PRICE)
quote = asked(QuoteRequest, money=PRICE)
reject = asked(RejectRequest)
approve = asked(ApproveRequest)
apply = asked(ApplyRequest)
verify = asked(VerifyRequest, evidence="Seen on the line")
inform = asked(InformCustomer, notice="N-3")
ALL = (classify, assess, quote, reject, approve, apply, verify, inform)


def standing(*events: DomainEvent | Step) -> Standing:
    return dossier_of(history(STREAM, *events)).standing()


def test_a_request_is_known_from_what_the_customer_said() -> None:
    assert identified.event.introduces(STREAM) == (STREAM,)
    assert standing(identified).stage is Stage.IDENTIFIED


@pytest.mark.parametrize("command", ALL)
def test_a_request_nobody_identified_is_refused_to_everyone(command: RequestCommand) -> None:
    a_request.given().when(command).then_refused(UnknownSubject, REQUEST, "request.identified.v1")
    elsewhere = command.model_copy(update={"project_id": "PRJ-8"})
    a_request.given(identified).when(elsewhere).then_refused(UnknownSubject, "PRJ-8")


@pytest.mark.parametrize("command", [classify, assess, quote, reject, approve, apply])
def test_nothing_is_decided_in_a_closed_project(command: RequestCommand) -> None:
    closed = Surroundings(project_closed=True)
    a_request.given(*known).when(command, others=closed).then_refused(ProjectClosed)
    a_request.given(*done).when(verify, others=closed).then(verified)


def test_a_request_is_classified_and_may_be_otherwise() -> None:
    after = a_request.given(identified).when(classify).then(classified)
    after.when(classify).then()
    after.when(asked(ClassifyRequest, kind="spec")).then(RequestClassified(kind="spec"))


def test_the_impact_is_what_the_branch_would_do_and_what_the_departments_say() -> None:
    after = a_request.given(identified).when(assess).then(assessed)
    after.when(assess).then()
    said = asked(AssessImpact, branch="b-1", money=PRICE, effort_min=2000)
    after.when(said).then(assessed.model_copy(update={"effort_min": 2000}))


def test_what_a_branch_would_do_may_be_impossible_to_say() -> None:
    nobody_knows = Surroundings(effect=BranchEmpty("branch b-1 asks for nothing"))
    a_request.given(identified).when(assess, others=nobody_knows).then_refused(BranchEmpty, "b-1")


def test_a_branch_on_a_plan_that_moved_assesses_nothing() -> None:
    a_request.given(identified).when(assess, others=stale).then_refused(
        AssessmentStale, "paint", "new branch"
    )


def test_a_request_is_quoted_once_its_impact_is_known() -> None:
    after = a_request.given(*known).when(quote).then(quoted)
    after.when(quote).then()
    dearer = Money(minor=1_300_000, currency="EUR")
    after.when(asked(QuoteRequest, money=dearer)).then(RequestQuoted(money=dearer))
    a_request.given(identified).when(quote).then_refused(InvalidTransition, "assess its impact")
    a_request.given(*known).when(quote, others=stale).then_refused(AssessmentStale)


def test_a_request_is_approved_on_a_fresh_assessment_once() -> None:
    a_request.given(identified, assessed).when(approve).then(approved).when(approve).then()
    a_request.given(identified).when(approve).then_refused(InvalidTransition, "assess its impact")
    a_request.given(*known).when(approve, others=stale).then_refused(AssessmentStale, "paint")


def test_a_refusal_names_a_few_of_many_phases() -> None:
    moved = Surroundings(moved=tuple(f"ph-{number}" for number in range(11)))
    a_request.given(*known).when(approve, others=moved).then_refused(
        AssessmentStale, "ph-7 and 3 more"
    )
    all_named = Surroundings(moved=moved.moved[:8])
    a_request.given(*known).when(approve, others=all_named).then_refused(
        AssessmentStale, "ph-6, ph-7 stood elsewhere"
    )


def test_a_request_is_turned_down_once_approved_or_not() -> None:
    a_request.given(identified).when(reject).then(rejected).when(reject).then()
    a_request.given(*agreed).when(reject).then(rejected).when(reject).then()
    a_request.given(*done).when(reject).then_refused(InvalidTransition, "is applied")


@pytest.mark.parametrize("command", [classify, assess, quote, approve])
@pytest.mark.parametrize("end", [rejected, withdrawn])
def test_what_is_decided_is_not_decided_again(
    command: RequestCommand, end: DomainEvent | Step
) -> None:
    a_request.given(identified, end).when(command).then_refused(InvalidTransition, "it is decided")


def test_what_was_approved_is_quoted_no_more_but_may_be_assessed_on_a_new_branch() -> None:
    a_request.given(*agreed).when(quote).then_refused(
        InvalidTransition, "is approved: it is decided"
    )
    a_request.given(*agreed).when(asked(AssessImpact, branch="b-2", money=PRICE)).then(
        assessed.model_copy(update={"branch": "b-2"})
    )


def test_an_approved_request_is_applied_once_with_what_came_of_it() -> None:
    a_request.given(*agreed).when(apply).then(applied).when(apply).then()


def test_nothing_is_applied_that_was_not_approved() -> None:
    for before in ((identified,), known, (identified, rejected)):
        a_request.given(*before).when(apply).then_refused(Unapproved, "have it approved")
    a_request.given(*agreed, withdrawn).when(apply).then_refused(Unapproved, "not want it any more")


def test_nothing_is_applied_on_a_stale_assessment_or_without_its_branch() -> None:
    a_request.given(*agreed).when(apply, others=stale).then_refused(AssessmentStale, "paint")
    a_request.given(*agreed).when(apply, others=Surroundings()).then_refused(
        InvalidTransition, "not open any more"
    )


def test_an_approval_is_of_the_impact_that_was_known() -> None:
    before = a_request.given(identified, assessed).when(approve).then(approved)
    worse = assessed.model_copy(update={"days": Decimal("9.00")})
    same = assessed.model_copy(update={"assessed_at_position": 50})
    a_request.given(*before.events, same).when(apply).then(applied)
    worsened = a_request.given(*before.events, worse)
    worsened.when(apply).then_refused(Unapproved, "have that approved as well")
    worsened.when(approve).then(approved).when(apply).then(applied)


def test_an_approval_that_is_reported_is_a_fact_and_one_of_nothing_approves_nothing() -> None:
    by_mail = fact(RequestApproved(by="Brauhaus"), WEDNESDAY)
    assert standing(*known, by_mail).is_approved
    early = standing(identified, by_mail, Step(assessed, THURSDAY))
    assert (early.stage, early.is_approved) == (Stage.APPROVED, False)
    a_request.given(identified, by_mail, Step(assessed, THURSDAY)).when(apply).then_refused(
        Unapproved
    )


def test_a_customer_may_approve_what_was_turned_down_before() -> None:
    again = fact(RequestApproved(by="Brauhaus"), THURSDAY)
    turned_down = (*known, Step(rejected, WEDNESDAY))
    assert standing(*turned_down, again).stage is Stage.APPROVED
    late = fact(RequestApproved(by="Brauhaus"), TUESDAY + timedelta(hours=1))
    assert standing(*turned_down, late).stage is Stage.REJECTED


def test_a_rejection_takes_back_an_approval_that_was_known_whenever_that_was_true() -> None:
    by_mail = fact(RequestApproved(by="Brauhaus"), FRIDAY)
    turned_down = standing(*known, by_mail, Step(rejected, THURSDAY))
    assert (turned_down.stage, turned_down.is_approved) == (Stage.REJECTED, False)


def test_what_was_applied_is_verified_by_what_was_seen() -> None:
    a_request.given(*done).when(verify).then(verified).when(verify).then()
    a_request.given(*agreed).when(verify).then_refused(InvalidTransition, "not applied")


def test_the_customer_is_told_by_each_notice_once() -> None:
    after = a_request.given(identified).when(inform).then(informed)
    after.when(inform).then()
    after.when(asked(InformCustomer, notice="N-4")).then(CustomerInformed(notice="N-4"))


@pytest.mark.parametrize(
    ("events", "stage"),
    [
        ((), Stage.UNKNOWN),
        ((withdrawn,), Stage.UNKNOWN),
        ((identified, classified), Stage.CLASSIFIED),
        (known, Stage.ASSESSED),
        ((*known, quoted), Stage.QUOTED),
        (agreed, Stage.APPROVED),
        ((*known, rejected), Stage.REJECTED),
        ((*agreed, withdrawn), Stage.WITHDRAWN),
        (done, Stage.APPLIED),
        ((*done, withdrawn), Stage.APPLIED),
        ((*done, verified), Stage.VERIFIED),
    ],
)
def test_the_stage_is_the_furthest_step_taken(
    events: tuple[DomainEvent | Step, ...], stage: Stage
) -> None:
    assert standing(*events).stage is stage


def test_the_first_that_was_heard_of_it_counts_however_late_it_is_told() -> None:
    by_call = RequestIdentified(
        from_party="Brauhaus", found_in="call", verbatim="Blue", identified_by="ben"
    )
    now = standing(identified, fact(by_call, MONDAY - timedelta(days=1)))
    assert now.identified is not None
    assert now.identified.event == by_call


@pytest.mark.parametrize(
    "impossible",
    [
        (classified,),
        (informed,),
        (identified, applied),
        (*known, applied),
        (*agreed, verified),
        (*done, applied),
        (*done, Step(assessed, FRIDAY)),
    ],
)
def test_a_step_no_decision_makes_is_a_corrupt_log(
    impossible: tuple[DomainEvent | Step, ...],
) -> None:
    with pytest.raises(AssertionError, match="cannot follow"):
        DECIDER.fold(history(STREAM, *impossible))
