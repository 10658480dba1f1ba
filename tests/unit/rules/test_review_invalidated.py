"""Rule K2: an amendment of what was reviewed, while orders are outstanding."""

from datetime import date
from decimal import Decimal

from domain.commitments.events import CommitmentCancelled, ReceiptPosted
from domain.contracts.events import ContractAmended, ReviewAssigned, ReviewInvalidated
from domain.rules import Cleared, Finding
from domain.rules.review_invalidated import ReviewInvalid
from tests.unit.projections.histories import History, at
from tests.unit.rules.contracts import SUBJECTS, contract, received, reviewed
from tests.unit.rules.findings import told

RULE = ReviewInvalid()


def amended(*commitments: str) -> History:
    """Amend clause 4.2 of a reviewed contract on which PO-1 and PO-2 were ordered."""
    history = History().opened().calendar("plant")
    history.ordered("PO-1", "2026-03-20").ordered("PO-2", "2026-03-13")
    reviewed(received(history), "4.2")
    contract(history, ContractAmended(version=2, changed_clauses=("4.2",)))
    event = ReviewInvalidated(
        version=1, by="contract-K-1@5", clauses=("4.2",), commitments=commitments
    )
    return contract(history, event)


def test_it_lists_what_is_outstanding() -> None:
    assert told(RULE, amended("PO-1", "PO-2")) == [
        Finding(
            rule="review_invalidated",
            rule_version=1,
            kind="contract",
            subjects=SUBJECTS,
            severity="high",
            impact_days=Decimal(0),
            summary=(
                "K-1 says otherwise in 4.2 since its review; outstanding: "
                "valves (PO-1), valves (PO-2)"
            ),
            evidence=(3, 4, 8, 9),
            first_position=9,
            act_by=date(2026, 3, 13),
            remedies=(
                "Review K-1 again",
                "Look at each of the orders: revise or cancel what no longer fits",
            ),
        )
    ]


def test_an_amendment_without_commitments_is_not_found() -> None:
    assert told(RULE, amended()) == []


def test_it_shrinks_and_ends_with_the_orders() -> None:
    history = amended("PO-1", "PO-2").commitment("PO-2", CommitmentCancelled())
    shrunk = told(RULE, history)[-1]
    assert isinstance(shrunk, Finding)
    assert shrunk.summary.endswith("outstanding: valves (PO-1)")
    history.commitment("PO-1", ReceiptPosted(qty=Decimal(24), at=at("2026-03-12 10:00")))
    assert told(RULE, history)[2:] == [
        Cleared("review_invalidated", SUBJECTS, "Nothing that was ordered on K-1 is outstanding")
    ]


def test_it_ends_with_a_further_review_and_not_with_its_assignment() -> None:
    history = amended("PO-1")
    assigned = ReviewAssigned(version=2, reviewers=("carla",), due=date(2026, 3, 9))
    assert len(told(RULE, contract(history, assigned))) == 1
    assert told(RULE, reviewed(history))[1:] == [
        Cleared("review_invalidated", SUBJECTS, "K-1 was reviewed again")
    ]
