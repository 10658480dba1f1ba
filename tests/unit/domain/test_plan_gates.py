"""Hold the gates of a plan to being opened once, by whoever may."""

from domain.kernel.refusals import (
    DuplicateId,
    UnknownSubject,
)
from tests.builders import (
    MONDAY,
    fact,
)
from tests.unit.domain.plan_steps import (
    a_plan,
    add_gate,
    cut,
    gate,
    satisfied,
    satisfy,
    waive,
    waived,
)


def test_a_gate_is_added_once_and_bars_its_phase() -> None:
    after = a_plan.given(cut).when(add_gate).then(gate)
    assert after.state.open_gates("cut") == ("G1",)
    assert after.state.open_gates("weld") == ()
    after.when(add_gate).then()
    after.when(add_gate.model_copy(update={"kind": "contract"})).then_refused(DuplicateId, "G1")


def test_a_gate_is_waived_or_satisfied_and_then_open_no_more() -> None:
    after = a_plan.given(cut, gate).when(waive).then(waived)
    assert after.state.open_gates("cut") == ()
    after.when(waive).then()
    after = after.when(satisfy).then(satisfied)
    after.when(satisfy).then()
    after.when(waive).then()
    assert a_plan.given(cut, gate, satisfied).state.open_gates("cut") == ()


def test_a_gate_nobody_added_is_neither_waived_nor_satisfied() -> None:
    for command in (waive, satisfy):
        a_plan.given(cut).when(command).then_refused(UnknownSubject, "G1")


def test_evidence_reported_before_its_gate_settles_it_when_it_is_added() -> None:
    early = fact(satisfied, MONDAY)
    after = a_plan.given(cut, early).when(add_gate).then(gate)
    assert after.state.open_gates("cut") == ()


def test_evidence_reported_twice_or_after_a_waiver_is_no_corrupt_log() -> None:
    reported = fact(satisfied, MONDAY)
    assert a_plan.given(cut, gate, waived, reported, reported).state.open_gates("cut") == ()
