"""Whenever a contract is amended, its review is asked to count no more, once for each amendment."""

from domain.contracts.commands import InvalidateReview
from domain.contracts.events import ContractAmended, ContractReceived
from domain.kernel.messages import DomainEvent
from domain.policies import Request
from domain.policies.review_on_amendment import ReviewOnAmendment
from domain.rules.watched import Watched
from tests.unit.projections.histories import PROJECT, History

RECEIVED = ContractReceived(party="Norva", kind="vendor", version=1, doc_hash="aa")
AMENDED = ContractAmended(version=2, changed_clauses=("4.1",))


def asked_after(*events: DomainEvent) -> list[Request]:
    policy, project, history = ReviewOnAmendment(), Watched(PROJECT), History()
    for event in events:
        history.record("contract-C-1", event)
    return [
        request for recorded in history.events for request in policy.fold(None, recorded, project)
    ]


def test_an_amendment_asks_to_invalidate_the_review() -> None:
    (request,) = asked_after(RECEIVED, AMENDED)
    assert request.command == InvalidateReview(project_id=PROJECT, contract_id="C-1")


def test_each_amendment_asks_under_an_id_of_its_own_that_is_always_the_same() -> None:
    asked = asked_after(RECEIVED, AMENDED, AMENDED)
    assert len({request.message_id for request in asked}) == 2
    assert asked == asked_after(RECEIVED, AMENDED, AMENDED)


def test_it_waits_for_no_moment() -> None:
    policy = ReviewOnAmendment()
    assert policy.due(None, Watched(PROJECT)) is None
