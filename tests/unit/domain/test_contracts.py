"""Hold the decisions on a contract, and what is reported of it, to their rules."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from domain.contracts.commands import (
    AssignReview,
    CompleteReview,
    ConfirmAbility,
    InvalidateReview,
    RaiseReviewFinding,
    RecordClause,
    ResolveFinding,
    SignContract,
)
from domain.contracts.decisions import DECIDER, Surroundings
from domain.contracts.events import (
    AbilityConfirmed,
    ClauseRecorded,
    ContractAmended,
    ContractReceived,
    ContractSigned,
    FindingResolved,
    ObligationBreached,
    ObligationMet,
    Outcome,
    ReviewAssigned,
    ReviewCompleted,
    ReviewFindingRaised,
    ReviewInvalidated,
)
from domain.contracts.facts import ReviewState, Standing, paper_of
from domain.contracts.obligations import Rate, due_of, problem_of, rate_of
from domain.kernel.messages import DomainEvent
from domain.kernel.refusals import (
    AlreadyExists,
    FindingOpen,
    InvalidTransition,
    OldRevision,
    PositionAhead,
    ProjectClosed,
    ReasonRequired,
    UnknownSubject,
    Unreviewed,
)
from domain.kernel.values import Reason
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

CONTRACT = "C-77"
STREAM = f"contract-{CONTRACT}"
MARCH_10, MARCH_17, APRIL_30 = date(2026, 3, 10), date(2026, 3, 17), date(2026, 4, 30)
OPEN = Reason(code="contract_open")

a_contract = Spec(DECIDER, STREAM, Surroundings(head_position=40))
received = fact(
    ContractReceived(party="Brauhaus", kind="customer", version=1, doc_hash="sha256:aa"), MONDAY
)
amended = fact(ContractAmended(version=2, changed_clauses=("4.1",)), THURSDAY)
delivery = ClauseRecorded(ref="4.1", kind="delivery_date", value="2026-04-30")
assigned = ReviewAssigned(version=1, reviewers=("anna", "ben"), due=MARCH_10)
raised = ReviewFindingRaised(finding_id="F-1", clause="4.1", text="Too soon", severity="high")
resolved = FindingResolved(finding_id="F-1", how="resolved")
completed = ReviewCompleted(version=1, outcome="accepted", clauses=("4.1",))
signed = ContractSigned(version=1, by=COORDINATOR_ID)
reviewed = (received, delivery, assigned, Step(completed, TUESDAY))

record = RecordClause(
    project_id=PROJECT, contract_id=CONTRACT, ref="4.1", kind="delivery_date", value="2026-04-30"
)
assign = AssignReview(
    project_id=PROJECT, contract_id=CONTRACT, reviewers=("anna", "ben"), due=MARCH_10
)
object_to = RaiseReviewFinding(
    project_id=PROJECT,
    contract_id=CONTRACT,
    finding_id="F-1",
    clause="4.1",
    text="Too soon",
    severity="high",
)
resolve = ResolveFinding(project_id=PROJECT, contract_id=CONTRACT, finding_id="F-1", how="resolved")
confirm = ConfirmAbility(
    project_id=PROJECT, contract_id=CONTRACT, aspect="capacity", evidence_position=38
)
invalidate = InvalidateReview(project_id=PROJECT, contract_id=CONTRACT)


def complete(version: int = 1, outcome: Outcome = "accepted") -> CompleteReview:
    return CompleteReview(
        project_id=PROJECT, contract_id=CONTRACT, version=version, outcome=outcome
    )


def sign(version: int = 1) -> SignContract:
    return SignContract(project_id=PROJECT, contract_id=CONTRACT, version=version)


COMMANDS = (record, assign, object_to, resolve, confirm, complete(), invalidate, sign())


def standing(*events: DomainEvent | Step) -> Standing:
    return paper_of(history(STREAM, *events)).standing()


def test_a_contract_is_known_from_the_paper_that_came() -> None:
    assert received.event.introduces(STREAM) == (STREAM,)
    now = standing(received)
    assert (now.party, now.kind, now.version) == ("Brauhaus", "customer", 1)
    assert now.review_state is ReviewState.NONE


@pytest.mark.parametrize("command", COMMANDS)
def test_a_contract_nobody_received_is_refused_to_everyone(command: SignContract) -> None:
    a_contract.given().when(command).then_refused(UnknownSubject, CONTRACT, "contract.received.v1")
    elsewhere = command.model_copy(update={"project_id": "PRJ-8"})
    a_contract.given(received).when(elsewhere).then_refused(UnknownSubject, "PRJ-8")
    closed = Surroundings(project_closed=True)
    a_contract.given(received).when(command, others=closed).then_refused(ProjectClosed)


def test_a_clause_is_recorded_and_changed_with_a_reason() -> None:
    after = a_contract.given(received).when(record).then(delivery)
    after.when(record).then()
    later = record.model_copy(update={"value": "2026-05-29"})
    after.when(later).then_refused(ReasonRequired, "4.1", "2026-04-30")
    after.when(later.model_copy(update={"reason": OPEN})).then(
        delivery.model_copy(update={"value": "2026-05-29"})
    )


@pytest.mark.parametrize(
    ("kind", "value", "unit", "cap"),
    [
        ("delivery_date", "30 April", None, None),
        ("delivery_date", "2026-04-30", "days", None),
        ("liquidated_damages", "0.5", "EUR/day", None),
        ("liquidated_damages", "250000", "EUR", None),
        ("payment", "soon", "days", None),
        ("payment", "30", "EUR", None),
        ("reporting", "0", "weeks", None),
        ("reporting", "10001", "days", None),
        ("notice_period", "14", "months", None),
        ("spec", "DIN 11850", None, 5),
    ],
)
def test_a_clause_nobody_could_compute_with_is_not_taken(
    kind: str, value: str, unit: str | None, cap: int | None
) -> None:
    with pytest.raises(ValidationError):
        RecordClause.model_validate(
            {
                "project_id": PROJECT, "contract_id": CONTRACT, "ref": "9", "kind": kind,
                "value": value, "unit": unit, "cap_minor": cap,
            }
        )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value", "unit"),
    [
        ("spec", "DIN 11850", None),
        ("payment", "30", "days"),
        ("payment", "2026-06-30", "date"),
        ("notice_period", "10", "working_days"),
        ("reporting", "1", "weeks"),
        ("liquidated_damages", "250000", "EUR/week"),
    ],
)
def test_what_can_be_computed_or_is_only_read_is_taken(
    kind: str, value: str, unit: str | None
) -> None:
    assert problem_of(kind, value, unit, None) is None


def test_a_review_is_assigned_once_and_otherwise_with_a_reason() -> None:
    after = a_contract.given(received).when(assign).then(assigned)
    after.when(assign).then()
    later = assign.model_copy(update={"due": MARCH_17})
    after.when(later).then_refused(ReasonRequired, "2026-03-10")
    after.when(later.model_copy(update={"reason": OPEN})).then(
        assigned.model_copy(update={"due": MARCH_17})
    )


def test_a_further_version_is_assigned_to_be_reviewed_without_a_reason() -> None:
    a_contract.given(*reviewed, amended).when(assign).then(
        ReviewAssigned(version=2, reviewers=("anna", "ben"), due=MARCH_10)
    )


def test_an_objection_is_raised_once_while_the_contract_is_reviewed() -> None:
    after = a_contract.given(received, assigned).when(object_to).then(raised)
    after.when(object_to).then()
    other = object_to.model_copy(update={"text": "Too late"})
    after.when(other).then_refused(AlreadyExists, "F-1")
    for before in ((received,), reviewed):
        a_contract.given(*before).when(object_to).then_refused(InvalidTransition, "assign a review")


def test_an_objection_is_settled_once() -> None:
    after = a_contract.given(received, assigned, raised).when(resolve).then(resolved)
    after.when(resolve).then()
    accept = resolve.model_copy(update={"how": "accepted"})
    after.when(accept).then_refused(InvalidTransition, "was resolved")
    a_contract.given(received).when(resolve).then_refused(UnknownSubject, "F-1")


def test_somebody_answers_for_it_that_we_can_on_what_he_looked_at() -> None:
    confirmed = AbilityConfirmed(
        version=1, aspect="capacity", by=COORDINATOR_ID, evidence_position=38
    )
    a_contract.given(received).when(confirm).then(confirmed).when(confirm).then()
    last = confirm.model_copy(update={"evidence_position": 40})
    a_contract.given(received).when(last).then(
        confirmed.model_copy(update={"evidence_position": 40})
    )
    ahead = confirm.model_copy(update={"evidence_position": 41})
    a_contract.given(received).when(ahead).then_refused(PositionAhead, "40")


def test_a_review_ends_once_with_the_clauses_it_looked_at() -> None:
    after = a_contract.given(received, delivery, assigned).when(complete()).then(completed)
    after.when(complete()).then()
    after.when(complete(outcome="rejected")).then_refused(InvalidTransition, "assign a review")


def test_a_review_does_not_end_while_an_objection_is_open() -> None:
    open_one = a_contract.given(received, assigned, raised)
    open_one.when(complete()).then_refused(FindingOpen, "F-1")
    accepted = FindingResolved(finding_id="F-1", how="accepted")
    for settled in (resolved, accepted):
        a_contract.given(received, assigned, raised, settled).when(complete()).then(
            completed.model_copy(update={"clauses": ()})
        )


def test_only_the_present_version_is_reviewed_to_the_end() -> None:
    a_contract.given(received).when(complete()).then_refused(InvalidTransition, "assign a review")
    replaced = a_contract.given(received, assigned, amended)
    replaced.when(complete()).then_refused(OldRevision, "replaced by 2")
    replaced.when(complete(2)).then_refused(InvalidTransition, "assign a review of it first")
    replaced.when(complete(3)).then_refused(UnknownSubject, "no version 3")


def test_what_a_review_accepted_is_signed_once() -> None:
    a_contract.given(*reviewed).when(sign()).then(signed).when(sign()).then()
    conditions = completed.model_copy(update={"outcome": "accepted_with_conditions"})
    a_contract.given(received, assigned, conditions).when(sign()).then(signed)


@pytest.mark.parametrize(
    "before",
    [
        (received,),
        (received, assigned),
        (received, assigned, completed.model_copy(update={"outcome": "rejected"})),
        (*reviewed, Step(assigned.model_copy(update={"due": MARCH_17}), WEDNESDAY)),
    ],
)
def test_nothing_is_signed_that_no_review_accepted(before: tuple[DomainEvent | Step, ...]) -> None:
    a_contract.given(*before).when(sign()).then_refused(Unreviewed, CONTRACT, "before signing")


def test_an_amended_contract_is_not_signed_on_the_review_of_the_version_before() -> None:
    after = a_contract.given(*reviewed, amended)
    after.when(sign()).then_refused(OldRevision, "replaced by 2")
    after.when(sign(2)).then_refused(Unreviewed, "invalidated")
    a_contract.given(*reviewed, fact(ContractAmended(version=2), THURSDAY)).when(
        sign(2)
    ).then_refused(Unreviewed, "outdated")


def test_a_contract_that_was_signed_anyway_contradicts_and_stays_signed() -> None:
    anyway = fact(ContractSigned(version=1), WEDNESDAY)
    now = standing(received, anyway)
    assert [(found.code, found.fact.event) for found in now.contradictions] == [
        ("unreviewed", anyway.event)
    ]
    assert now.signed(1)
    assert standing(*reviewed, anyway).contradictions == ()


def test_a_review_after_the_signature_does_not_make_it_a_reviewed_one() -> None:
    anyway = fact(ContractSigned(version=1), WEDNESDAY)
    later = (received, delivery, assigned, anyway, Step(completed, FRIDAY))
    assert [found.code for found in standing(*later).contradictions] == ["unreviewed"]


def test_a_signature_of_what_the_review_rejected_contradicts() -> None:
    rejected = completed.model_copy(update={"outcome": "rejected"})
    now = standing(
        received, assigned, Step(rejected, TUESDAY), fact(ContractSigned(version=1), WEDNESDAY)
    )
    assert [found.code for found in now.contradictions] == ["unreviewed"]


def test_an_amendment_of_a_reviewed_clause_invalidates_the_review_and_lists_what_was_ordered() -> (
    None
):
    others = Surroundings(commitments=("PO-1.1", "PO-2.1"))
    told = ReviewInvalidated(
        version=1, by=f"{STREAM}:5", clauses=("4.1",), commitments=("PO-1.1", "PO-2.1")
    )
    after = a_contract.given(*reviewed, amended)
    assert standing(*reviewed, amended).review_state is ReviewState.INVALIDATED
    after.when(invalidate, others=others).then(told).when(invalidate, others=others).then()


@pytest.mark.parametrize(
    "before",
    [
        (received,),
        (received, assigned, amended),
        reviewed,
        (*reviewed, fact(ContractAmended(version=2, changed_clauses=("9.9",)), THURSDAY)),
    ],
)
def test_a_review_that_no_amendment_touches_stands(before: tuple[DomainEvent | Step, ...]) -> None:
    a_contract.given(*before).when(invalidate).then_refused(InvalidTransition, "no amendment")


def test_an_amendment_that_is_told_late_takes_its_place() -> None:
    second = fact(
        ContractReceived(party="Brauhaus", kind="customer", version=3, doc_hash="sha256:cc"), FRIDAY
    )
    now = standing(received, second, amended)
    assert now.version == 3
    assert [paper.event.version for paper in now.papers] == [1, 2, 3]


def test_a_review_of_the_amended_version_is_a_review_again() -> None:
    again = (
        *reviewed,
        amended,
        Step(assigned.model_copy(update={"version": 2}), FRIDAY),
        Step(completed.model_copy(update={"version": 2}), FRIDAY + timedelta(hours=1)),
    )
    assert standing(*again).review_state is ReviewState.ACCEPTED
    a_contract.given(*again).when(sign(2)).then(signed.model_copy(update={"version": 2}))


def test_obligations_are_met_and_breached_when_they_are_told_to_be() -> None:
    met, breached = (
        ObligationMet(clause="4.1", at=FRIDAY),
        ObligationBreached(clause="7", at=MONDAY),
    )
    now = standing(received, fact(met, FRIDAY), fact(breached, MONDAY))
    assert (now.met, now.breached) == ({"4.1": FRIDAY}, {"7": MONDAY})


def clause(
    kind: str, value: str, unit: str | None = None, cap: int | None = None
) -> ClauseRecorded:
    return ClauseRecorded.model_validate(
        {"ref": "1", "kind": kind, "value": value, "unit": unit, "cap_minor": cap}
    )


@pytest.mark.parametrize(
    ("recorded", "signed_on", "last_met", "due"),
    [
        (clause("delivery_date", "2026-04-30"), None, None, APRIL_30),
        (clause("payment", "2026-04-30", "date"), None, None, APRIL_30),
        (clause("payment", "30", "days"), MARCH_10, None, None),
        (clause("reporting", "1", "weeks"), None, None, None),
        (clause("reporting", "1", "weeks"), MARCH_10, None, MARCH_17),
        (clause("reporting", "1", "weeks"), MARCH_10, MARCH_17, date(2026, 3, 24)),
        (clause("reporting", "1", "weeks"), MARCH_10, date(2026, 3, 16), MARCH_17),
        (clause("reporting", "1", "months"), date(2026, 1, 31), None, date(2026, 2, 28)),
        (clause("reporting", "2", "months"), date(2025, 11, 30), None, date(2026, 1, 30)),
        (clause("reporting", "9000", "months"), date(9900, 1, 1), None, None),
        (clause("reporting", "often", "weeks"), MARCH_10, None, None),
        (clause("spec", "DIN 11850"), MARCH_10, None, None),
        (clause("delivery_date", "soon"), None, None, None),
    ],
)
def test_the_day_an_obligation_is_due_follows_from_clause_and_signature(
    recorded: ClauseRecorded, signed_on: date | None, last_met: date | None, due: date | None
) -> None:
    assert due_of(recorded, signed_on, last_met) == due


def test_damages_count_each_day_or_week_begun_up_to_their_cap() -> None:
    daily = rate_of(clause("liquidated_damages", "250000", "EUR/day", 1_000_000))
    weekly = rate_of(clause("liquidated_damages", "250000", "EUR/week"))
    assert daily == Rate(250_000, "EUR", 1, 1_000_000)
    assert [daily.exposure_minor(days) for days in (-2, 0, 3, 9)] == [0, 0, 750_000, 1_000_000]
    assert weekly is not None
    assert [weekly.exposure_minor(days) for days in (0, 1, 7, 8)] == [0, 250_000, 250_000, 500_000]
    assert rate_of(clause("spec", "DIN 11850")) is None


@pytest.mark.parametrize(
    "impossible",
    [
        (assigned,),
        (received, completed),
        (received, assigned, raised, completed),
        (received, raised),
        (received, resolved),
        (received, assigned, raised, raised),
        (received, assigned, raised, resolved, resolved),
        (received, assigned, ReviewInvalidated(version=1, by="x", clauses=("4.1",))),
    ],
)
def test_a_request_no_decision_makes_is_a_corrupt_log(
    impossible: tuple[DomainEvent | Step, ...],
) -> None:
    with pytest.raises(AssertionError, match="cannot follow"):
        DECIDER.fold(history(STREAM, *impossible))
