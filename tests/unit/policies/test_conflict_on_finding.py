"""Whenever a rule finds something, a conflict is asked for under an id that is always the same."""

from decimal import Decimal

from domain.conflicts.commands import ClearConflict, DetectConflict
from domain.policies.conflict_on_finding import request_of
from domain.rules import Cleared, Finding
from domain.rules.fingerprint import conflict_id
from tests.unit.projections.histories import PROJECT

FOUND = Finding(
    rule="promise_late",
    rule_version=1,
    kind="vendor",
    subjects=("commitment-PO-1",),
    severity="high",
    impact_days=Decimal("3.00"),
    summary="late",
    evidence=(8, 9),
    first_position=9,
)
CONFLICT = conflict_id("promise_late", ("commitment-PO-1",))


def test_a_finding_asks_for_a_conflict() -> None:
    request = request_of(FOUND, PROJECT, 9)
    assert request.command == DetectConflict(
        project_id=PROJECT,
        conflict_id=CONFLICT,
        rule="promise_late",
        rule_version=1,
        kind="vendor",
        subjects=("commitment-PO-1",),
        summary="late",
        severity="high",
        impact_days=Decimal("3.00"),
        evidence=(8, 9),
        first_position=9,
    )


def test_a_cleared_finding_asks_to_clear_the_same_conflict() -> None:
    request = request_of(Cleared("promise_late", ("commitment-PO-1",), "kept"), PROJECT, 9)
    assert request.command == ClearConflict(
        project_id=PROJECT, conflict_id=CONFLICT, because="kept"
    )


def test_reading_the_event_again_asks_the_same_thing_again() -> None:
    assert request_of(FOUND, PROJECT, 9) == request_of(FOUND, PROJECT, 9)


def test_another_event_another_rule_and_another_answer_are_other_messages() -> None:
    cleared = Cleared("promise_late", ("commitment-PO-1",), "kept")
    other = Cleared("other", ("commitment-PO-1",), "kept")
    asked = [
        request_of(found, PROJECT, position)
        for found, position in ((FOUND, 9), (FOUND, 10), (cleared, 9), (other, 9))
    ]
    assert len({request.message_id for request in asked}) == 4


def test_a_condition_is_one_conflict_whatever_the_order_of_its_subjects() -> None:
    assert conflict_id("r", ("b", "a")) == conflict_id("r", ("a", "b"))
    assert conflict_id("r", ("a",)) != conflict_id("r", ("a", "b"))
    assert conflict_id("r", ("a",)) != conflict_id("s", ("a",))
