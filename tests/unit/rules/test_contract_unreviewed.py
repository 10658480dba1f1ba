"""Rule K1 against contracts that nobody accepted, with working days counted by hand."""

from datetime import date, datetime
from decimal import Decimal

from domain.contracts.events import ContractAmended, ReviewAssigned, ReviewCompleted
from domain.plans.events import GateAdded, GateSatisfied, GateWaived, PhaseDurationRevised
from domain.rules import Cleared, Finding
from domain.rules.contract_unreviewed import ContractUnreviewed
from domain.rules.watched import Watched
from tests.unit.projections.histories import DAY, PROJECT, History, at
from tests.unit.rules.contracts import SUBJECTS, contract, received, reviewed
from tests.unit.rules.findings import last, told

RULE = ContractUnreviewed()
GATE = GateAdded(gate_id="G1", phase_id="weld", kind="contract", ref="K-1")


def a_gated_phase(days_before: int = 15) -> History:
    """Weld starts after 15 working days, on Monday the 23rd, if the contract is accepted."""
    history = History().opened().calendar("plant")
    history.phase("cut", days_before).phase("weld", 2).link("cut", "weld").plan(GATE)
    return received(history)


def due_of(history: History) -> datetime | None:
    """Return the moment that the rule waits for after a history."""
    project, state = Watched(PROJECT), RULE.initial()
    for recorded in history.events:
        project.take(recorded)
        RULE.fold(state, recorded, project)
    return RULE.due(state, project)


def test_it_is_found_ten_working_days_before_the_gated_phase_starts() -> None:
    history = a_gated_phase()
    assert due_of(history) == at("2026-03-09 08:00")
    assert told(RULE, history.tick("2026-03-09 07:59")) == []
    assert told(RULE, history.tick("2026-03-09 08:00")) == [
        Finding(
            rule="contract_unreviewed",
            rule_version=1,
            kind="contract",
            subjects=SUBJECTS,
            severity="medium",
            impact_days=Decimal(0),
            summary=(
                "Weld starts on 2026-03-23 under K-1, of which version 1 was given to "
                "nobody for review"
            ),
            evidence=(6, 7),
            first_position=9,
            act_by=date(2026, 3, 23),
            remedies=(
                "Complete the review of version 1 of K-1",
                "Move the start of Weld",
                "Waive the gate, and say who answers for it",
            ),
        )
    ]


def test_a_gate_that_refers_to_words_names_no_contract() -> None:
    history = a_gated_phase()
    history.plan(GATE.model_copy(update={"gate_id": "G2", "ref": "the frame contract of May"}))
    found = told(RULE, history.tick("2026-03-20 08:00"))
    assert [each.subjects for each in found] == [SUBJECTS]


def test_a_start_without_the_review_is_grave() -> None:
    history = a_gated_phase().started("weld", "2026-03-04 08:00")
    found = last(RULE, history)
    assert found.severity == "high"
    assert found.summary.startswith("Weld has started under K-1")


def test_an_accepted_review_ends_it_and_a_rejected_one_does_not() -> None:
    history = a_gated_phase().tick("2026-03-10 08:00")
    assigned = ReviewAssigned(version=1, reviewers=("carla",), due=date(2026, 3, 1))
    contract(contract(history, assigned), ReviewCompleted(version=1, outcome="rejected"))
    assert "version 1 was rejected" in last(RULE, history).summary
    assert told(RULE, reviewed(history))[-1] == (
        Cleared("contract_unreviewed", SUBJECTS, "Version 1 of K-1 was accepted")
    )


def test_an_amendment_begins_it_again() -> None:
    history = reviewed(a_gated_phase().tick("2026-03-10 08:00"), "4.2")
    contract(history, ContractAmended(version=2, changed_clauses=("4.2",)))
    assert "a clause that was reviewed says something else" in last(RULE, history).summary


def test_a_start_that_moves_away_ends_it_with_a_working_day_to_spare() -> None:
    """Found on the 9th at ten days; eleven days are not more than one further, twelve are."""
    for days, found in ((16, Finding), (17, Cleared)):
        history = a_gated_phase().tick("2026-03-09 08:00")
        new = PhaseDurationRevised(phase_id="cut", old_min=15 * DAY, new_min=days * DAY)
        assert isinstance(told(RULE, history.plan(new))[-1], found)


def test_a_start_that_moves_near_is_found_without_a_tick() -> None:
    history = a_gated_phase().tick("2026-03-04 08:00")
    new = PhaseDurationRevised(phase_id="cut", old_min=15 * DAY, new_min=4 * DAY)
    assert "starts on 2026-03-06" in last(RULE, history.plan(new)).summary


def test_a_waiver_ends_it_and_a_gate_reported_as_satisfied_does_not() -> None:
    history = a_gated_phase().tick("2026-03-10 08:00")
    history.plan(GateSatisfied(gate_id="G1", evidence="signed"))
    assert len(told(RULE, history)) == 1
    history.plan(GateWaived(gate_id="G1", by="anna", why="the customer waits"))
    assert told(RULE, history)[1:] == [
        Cleared("contract_unreviewed", SUBJECTS, "No phase waits for K-1")
    ]


def test_a_contract_that_never_came_is_found_by_its_gate() -> None:
    history = History().opened().calendar("plant").phase("weld", 2).tick("2026-03-02 08:00")
    assert "no version has come" in last(RULE, history.plan(GATE)).summary


def test_a_gate_of_another_kind_waits_for_no_contract() -> None:
    history = History().opened().calendar("plant").phase("weld", 2).tick("2026-03-02 08:00")
    history.plan(GateAdded(gate_id="G1", phase_id="weld", kind="permit", ref="K-1"))
    assert told(RULE, history) == []


def test_a_start_that_is_past_moves_the_promise_by_what_its_float_leaves() -> None:
    """Weld should have started on Monday the 2nd; on Wednesday at eight two days are gone."""
    history = History().opened().calendar("plant").phase("weld", 2).plan(GATE)
    assert last(RULE, received(history).tick("2026-03-04 08:00")).impact_days == Decimal(2)
    history = History().opened().calendar("plant").phase("weld", 2).phase("cut", 3).plan(GATE)
    assert last(RULE, received(history).tick("2026-03-04 08:00")).impact_days == Decimal(1)
