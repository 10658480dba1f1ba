"""Hold outcomes to the working time that was used, and to what was known of it when."""

from decimal import Decimal

from domain.commitments.events import CommitmentAcknowledged, PromiseDateMoved, ReceiptPosted
from domain.forecasting.outcomes import Outcome, Slip, outcomes_of
from domain.phases.events import PhaseAborted
from tests.property.random_histories import network_at
from tests.unit.projections.histories import DAY, History, at


def a_plan() -> History:
    history = History().opened().calendar("plant")
    return history.phase("cut", 2, department_id="saw").phase("weld", 3).link("cut", "weld")


def last(history: History) -> int:
    return len(history.events)


def test_a_finished_phase_took_the_working_minutes_between_its_actuals() -> None:
    history = a_plan().started("cut", "2026-03-05 08:00").finished("cut", "2026-03-09 17:00")
    found = outcomes_of(network_at(history, last(history)))
    # Thursday, Friday and Monday for an estimate of two days; the weekend is not worked.
    assert found.durations == [Outcome("saw", "task", 1.5, 1.0, last(history))]


def test_what_is_not_finished_or_has_no_reported_start_says_nothing() -> None:
    history = a_plan().started("cut", "2026-03-02 08:00").finished("weld", "2026-03-09 17:00")
    history.phase("paint", 1).started("paint", "2026-03-02 08:00")
    history.fact("paint", PhaseAborted(), at("2026-03-03 08:00"))
    assert outcomes_of(network_at(history, last(history))).durations == []


def test_milestones_and_level_of_effort_were_never_estimated() -> None:
    history = History().opened().calendar("plant")
    history.phase("done", 0, kind="finish_ms").phase("lead", 5, kind="level_of_effort")
    for phase in ("done", "lead"):
        history.started(phase, "2026-03-02 08:00").finished(phase, "2026-03-09 17:00")
    assert outcomes_of(network_at(history, last(history))).durations == []


def test_each_report_of_remaining_work_is_held_against_what_it_then_took() -> None:
    history = a_plan().started("cut", "2026-03-02 08:00")
    history.progressed("cut", DAY, "2026-03-03 08:00").progressed("cut", 60, "2026-03-04 08:00")
    history.finished("cut", "2026-03-04 10:00")
    found = outcomes_of(network_at(history, last(history)))
    # Ten hours for eight, then two hours for one; both reports together weigh one.
    assert found.remainders == [
        Outcome("saw", "task", 1.25, 0.5, last(history)),
        Outcome("saw", "task", 2.0, 0.5, last(history)),
    ]


def test_every_promise_of_an_order_is_held_against_its_receipt() -> None:
    history = a_plan().ordered("PO-1", "2026-03-09", "weld")
    promised = CommitmentAcknowledged(
        revision=1, status="accepted", promised_date=at("2026-03-09 00:00").date()
    )
    moved = PromiseDateMoved(new=at("2026-03-12 00:00").date(), told_by="Fluxtec", channel="mail")
    came = at("2026-03-13 10:00")
    history.commitment("PO-1", promised).commitment("PO-1", moved)
    assert outcomes_of(network_at(history, last(history))).slips == []
    history.commitment("PO-1", ReceiptPosted(qty=Decimal(24), at=came))
    assert outcomes_of(network_at(history, last(history))).slips == [
        Slip("Fluxtec", 4, 0.5, came, "PO-1", last(history)),
        Slip("Fluxtec", 1, 0.5, came, "PO-1", last(history)),
    ]


def test_what_was_not_yet_known_is_left_out() -> None:
    history = a_plan().started("cut", "2026-03-02 08:00")
    history.progressed("cut", DAY, "2026-03-03 08:00").finished("cut", "2026-03-04 10:00")
    found = outcomes_of(network_at(history, last(history)))
    before = found.known_by(last(history) - 1)
    assert (list(before.durations), list(before.remainders)) == ([], [])
    assert found.known_by(last(history)).durations == found.durations
