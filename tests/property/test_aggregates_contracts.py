"""Hold contracts to their laws: facts stop nothing, and nobody signs what is unreviewed."""

from datetime import datetime
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.contracts import commands as ask
from domain.contracts import decisions as contracts
from domain.contracts import events as paper
from domain.contracts.facts import Standing, paper_of
from domain.kernel.messages import Command, DomainEvent
from tests.builders import MONDAY, PROJECT
from tests.property.test_aggregates import apart, arrived, lived, moments

CONTRACT = "C-1"
STREAM = f"contract-{CONTRACT}"
clauses = st.sampled_from(["4.1", "7", "9"])
versions = st.integers(1, 3)

facts: st.SearchStrategy[DomainEvent] = st.one_of(
    st.builds(
        paper.ContractReceived,
        party=st.just("Brauhaus"),
        kind=st.sampled_from(["customer", "vendor"]),
        version=versions,
        doc_hash=st.just("aa"),
    ),
    st.builds(
        paper.ContractAmended,
        version=versions,
        changed_clauses=st.lists(clauses, max_size=2).map(tuple),
    ),
    st.builds(paper.ObligationMet, clause=clauses, at=moments),
    st.builds(paper.ObligationBreached, clause=clauses, at=moments),
    st.builds(paper.ContractSigned, version=versions),
)


def asked(command: type[Command], **fields: object) -> Command:
    return command.model_validate({"project_id": PROJECT, "contract_id": CONTRACT, **fields})


requests: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        lambda ref, value: asked(
            ask.RecordClause, ref=ref, kind="spec", value=value, reason={"code": "contract_open"}
        ),
        clauses,
        st.sampled_from(["a", "b"]),
    ),
    st.builds(
        lambda who: asked(
            ask.AssignReview,
            reviewers=(who,),
            due=MONDAY.date(),
            reason={"code": "contract_open"},
        ),
        st.sampled_from(["anna", "ben"]),
    ),
    st.builds(
        lambda finding: asked(
            ask.RaiseReviewFinding, finding_id=finding, clause="7", text="No", severity="low"
        ),
        st.sampled_from(["F-1", "F-2"]),
    ),
    st.builds(
        lambda finding, how: asked(ask.ResolveFinding, finding_id=finding, how=how),
        st.sampled_from(["F-1", "F-2"]),
        st.sampled_from(["resolved", "accepted"]),
    ),
    st.just(asked(ask.ConfirmAbility, aspect="cost", evidence_position=3)),
    st.builds(
        lambda version, outcome: asked(ask.CompleteReview, version=version, outcome=outcome),
        versions,
        st.sampled_from(["accepted", "rejected"]),
    ),
    st.just(asked(ask.InvalidateReview)),
    st.builds(lambda version: asked(ask.SignContract, version=version), versions),
)
received = paper.ContractReceived(party="Brauhaus", kind="vendor", version=1, doc_hash="aa")


@given(st.lists(st.tuples(st.one_of(facts, requests, requests), moments), max_size=30))
def test_no_mix_of_facts_and_requests_of_a_contract_is_impossible(
    messages: list[tuple[DomainEvent | Command, datetime]],
) -> None:
    others = contracts.Surroundings(head_position=9, commitments=("PO-1",))
    state, history = lived(contracts.DECIDER, STREAM, others, [(received, MONDAY), *messages])
    assert contracts.DECIDER.fold(history) == state
    assert paper_of(history) == state.paper


@given(st.lists(st.tuples(requests, moments), max_size=30))
def test_what_is_signed_by_us_alone_never_contradicts(
    messages: list[tuple[DomainEvent | Command, datetime]],
) -> None:
    others = contracts.Surroundings(head_position=9)
    state, _ = lived(contracts.DECIDER, STREAM, others, [(received, MONDAY), *messages])
    assert state.standing.contradictions == ()


@given(st.lists(facts, max_size=8), st.randoms(use_true_random=False))
def test_facts_of_a_contract_add_up_to_the_same_in_any_order_of_arrival(
    told: list[DomainEvent], dice: Random
) -> None:
    in_time = apart(told)
    shuffled = list(in_time)
    dice.shuffle(shuffled)
    first, second = (paper_of(arrived(each, STREAM)).standing() for each in (in_time, shuffled))
    assert in_no_order(second) == in_no_order(first)


def in_no_order(now: Standing) -> tuple[Any, ...]:
    """Return what a standing says, whatever the places of its facts in the stream."""
    return (
        (now.party, now.kind, now.version, now.met, now.breached, now.review_state),
        [known.event for known in (*now.papers, *now.signatures)],
        [(known.code, known.fact.event) for known in now.contradictions],
    )
