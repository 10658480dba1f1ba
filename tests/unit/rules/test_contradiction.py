"""Rule X1: facts that contradict the plan or each other are told once per code and phase."""

from datetime import date
from decimal import Decimal
from typing import get_args

from domain.commitments import facts as commitments
from domain.commitments.events import (
    CommitmentAcknowledged,
    CommitmentRevised,
    CommitmentSent,
    ReceiptPosted,
)
from domain.contracts import facts as contracts
from domain.contracts.events import ContractSigned
from domain.items import facts as items
from domain.items.events import IssuedToPhase, StockCounted
from domain.kernel.corrections import EventVoided
from domain.phases import actuals as phases
from domain.phases.events import PhaseFinished, PhaseReleased, PhaseReopened
from domain.plans.events import GateAdded, GateSatisfied, PhaseRemoved
from domain.projects.events import ProjectHeld, ProjectResumed
from domain.reports import facts as reports
from domain.rules import Cleared, Finding, Found
from domain.rules.contradiction import _CODES, FactContradicts
from tests.unit.projections.histories import History, at
from tests.unit.rules.contracts import contract, received
from tests.unit.rules.findings import told

RULE = FactContradicts()
SUBJECTS = ("phase-PRJ-7/cut",)


def a_phase() -> History:
    """Plan a phase and release it on Monday at 07:00."""
    history = History().opened().phase("cut", 2)
    return history.fact("cut", PhaseReleased(by="anna", plan_version=1), at("2026-03-02 07:00"))


def codes(found: list[Found]) -> list[str]:
    """Return what each finding is about, `-` before those that are cleared."""
    return [
        ("" if isinstance(each, Finding) else "-") + each.rule.removeprefix("contradiction.")
        for each in found
    ]


def test_a_start_without_a_release_is_found() -> None:
    history = History().opened().phase("cut", 2).started("cut", "2026-03-02 08:00")
    (found,) = told(RULE, history)
    assert isinstance(found, Finding)
    assert (found.rule, found.subjects, found.evidence) == (
        "contradiction.not_released", SUBJECTS, (3,),
    )  # fmt: skip
    assert found.summary == "“Cut” was started without a release"


def test_a_released_start_contradicts_nothing() -> None:
    assert told(RULE, a_phase().started("cut", "2026-03-02 08:00")) == []


def test_a_start_that_arrives_after_progress_clears_the_contradiction() -> None:
    history = a_phase().progressed("cut", 240, "2026-03-03 08:00")
    history.started("cut", "2026-03-02 08:00")
    assert told(RULE, history)[1:] == [
        Cleared("contradiction.not_started", SUBJECTS, "No fact says so any more")
    ]


def test_a_correction_is_no_fact_of_its_own() -> None:
    """What it corrects was folded as it is believed; another fact goes on from there."""
    history = History().opened().phase("cut", 2).started("cut", "2026-03-02 08:00")
    voided = EventVoided(target="phase-PRJ-7/cut:9", why="it was another phase")
    history.record("phase-PRJ-7/cut", voided, effective_at=at("2026-03-02 09:00"))
    assert codes(told(RULE, history)) == ["not_released"]
    history.finished("cut", "2026-03-03 08:00").finished("cut", "2026-03-04 08:00")
    assert codes(told(RULE, history)) == ["not_released", "already_ended"]


def test_each_code_is_a_finding_of_its_own() -> None:
    history = History().opened().phase("cut", 2).plan(PhaseRemoved(phase_id="cut"))
    history.started("cut", "2026-03-02 08:00")
    assert codes(told(RULE, history)) == ["not_in_plan", "not_released"]


def test_one_more_fact_of_the_same_kind_tells_the_finding_again() -> None:
    history = a_phase().started("cut", "2026-03-02 08:00").started("cut", "2026-03-02 09:00")
    assert codes(told(RULE, history)) == ["already_started"]
    history.started("cut", "2026-03-02 10:00")
    first, again = told(RULE, history)
    assert isinstance(first, Finding)
    assert isinstance(again, Finding)
    assert first.evidence == (4, 5)
    assert again.evidence == (4, 5, 6)
    assert again.first_position == first.first_position


def test_the_same_report_twice_is_no_contradiction() -> None:
    history = a_phase().started("cut", "2026-03-02 08:00").started("cut", "2026-03-02 08:00")
    assert told(RULE, history) == []


def test_a_start_behind_an_open_gate_is_found_though_the_gate_opens_later() -> None:
    history = a_phase().plan(GateAdded(gate_id="G1", phase_id="cut", kind="material"))
    history.started("cut", "2026-03-02 08:00")
    history.plan(GateSatisfied(gate_id="G1", evidence="delivery note"))
    assert codes(told(RULE, history)) == ["gate_open"]


def test_a_start_behind_a_satisfied_gate_is_none() -> None:
    history = a_phase().plan(GateAdded(gate_id="G1", phase_id="cut", kind="material"))
    history.plan(GateSatisfied(gate_id="G1", evidence="delivery note"))
    assert told(RULE, history.started("cut", "2026-03-02 08:00")) == []


def test_work_on_a_held_project_is_found_and_after_it_is_resumed_not() -> None:
    held = a_phase().project(ProjectHeld()).started("cut", "2026-03-02 08:00")
    assert codes(told(RULE, held)) == ["project_held"]
    resumed = a_phase().project(ProjectHeld()).project(ProjectResumed())
    assert told(RULE, resumed.started("cut", "2026-03-02 08:00")) == []


def test_a_report_on_a_removed_phase_is_found() -> None:
    history = a_phase().plan(PhaseRemoved(phase_id="cut")).started("cut", "2026-03-02 08:00")
    assert codes(told(RULE, history)) == ["not_in_plan"]


def test_a_finish_before_its_start_is_found_and_a_reopening_takes_it_back() -> None:
    history = a_phase().started("cut", "2026-03-02 08:00")
    early = at("2026-03-03 08:00")
    history.fact("cut", PhaseFinished(actual_finish=at("2026-03-01 08:00")), early)
    assert codes(told(RULE, history)) == ["finish_before_start"]
    history.fact("cut", PhaseReopened(), at("2026-03-03 09:00"))
    assert codes(told(RULE, history)) == ["finish_before_start", "-finish_before_start"]


def test_an_answer_to_an_old_revision_is_found() -> None:
    history = History().opened().ordered("PO-1", "2026-03-20")
    history.commitment("PO-1", CommitmentRevised(revision=2, need_by=date(2026, 3, 18)))
    history.commitment("PO-1", CommitmentSent(revision=2, channel="email"))
    history.commitment("PO-1", CommitmentAcknowledged(revision=1, status="accepted"))
    (found,) = told(RULE, history)
    assert isinstance(found, Finding)
    assert (found.rule, found.kind, found.subjects, found.evidence) == (
        "contradiction.old_revision", "vendor", ("commitment-PO-1",), (5,),
    )  # fmt: skip


def test_more_than_was_ordered_is_found() -> None:
    history = History().opened().ordered("PO-1", "2026-03-20")
    history.commitment("PO-1", ReceiptPosted(qty=Decimal(25), at=at("2026-03-18 08:00")))
    assert codes(told(RULE, history)) == ["over_receipt"]


def test_a_receipt_read_again_is_not_received_twice() -> None:
    history = History().opened().ordered("PO-1", "2026-03-20")
    history.commitment("PO-1", ReceiptPosted(qty=Decimal(24), at=at("2026-03-18 08:00")))
    history.events.append(history.events[-1])
    assert told(RULE, history) == []


def test_every_code_of_facts_has_words_of_its_own() -> None:
    aggregates = (phases, commitments, items, contracts, reports)
    known = {code for each in aggregates for code in get_args(each.ContradictionCode)}
    assert set(_CODES) == known


def test_an_issue_beyond_what_lay_there_is_found_until_a_count_says_otherwise() -> None:
    """Three lay there when it was counted, five were issued."""
    history = History().opened()
    counted = StockCounted(location="A", qty=Decimal(3), at=at("2026-03-02 08:00"))
    issued = IssuedToPhase(requirement="R1", qty=Decimal(5))
    stream = "item-PRJ-7/valves"
    history.record(stream, counted, effective_at=at("2026-03-02 08:00"))
    history.record(stream, issued, effective_at=at("2026-03-03 08:00"))
    (found,) = told(RULE, history)
    assert isinstance(found, Finding)
    assert (found.rule, found.kind, found.subjects, found.evidence) == (
        "contradiction.over_issue", "material", (stream,), (2, 3),
    )  # fmt: skip
    more = StockCounted(location="A", qty=Decimal(9), at=at("2026-03-02 16:00"))
    history.record(stream, more, effective_at=at("2026-03-02 16:00"))
    assert codes(told(RULE, history)) == ["over_issue", "-over_issue"]


def test_a_signature_without_an_accepted_review_is_found() -> None:
    history = received(History().opened())
    assert told(RULE, history) == []
    (found,) = told(RULE, contract(history, ContractSigned(version=1, by="anna")))
    assert isinstance(found, Finding)
    assert (found.rule, found.kind, found.subjects, found.evidence) == (
        "contradiction.unreviewed", "contract", ("contract-K-1",), (3,),
    )  # fmt: skip


def test_a_tick_contradicts_nothing() -> None:
    assert told(RULE, History().opened().tick("2026-03-02 08:00")) == []
