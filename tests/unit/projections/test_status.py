"""The status projection against small projects whose state was worked out by hand."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.commitments.events import (
    CommitmentAcknowledged,
    CommitmentRevised,
    PromiseDateMoved,
    ReceiptPosted,
)
from domain.conflicts.events import (
    ConflictAssigned,
    ConflictCleared,
    ConflictDetected,
    ConflictRaised,
    ConflictReopened,
)
from domain.kernel.values import Reason
from domain.phases.events import PhaseInterrupted, PhaseReleased
from domain.plans.events import DeadlineSet, PhaseDurationRevised
from projections.contract import Row
from projections.status import HEADER, LATEST_MAX, StatusProjection, document
from tests.unit.projections.histories import DAY, PROJECT, History, at, folded, rows_of

STATUS = StatusProjection()


def a_project(zone: str = "UTC") -> History:
    """Open a project on Monday 2 March 2026 at 08:00 UTC, with a five-day calendar."""
    return History(zone).opened().calendar("plant")


def header(history: History) -> Row:
    """Return the project's row at the end of a history."""
    found: Row = rows_of(STATUS, history)[HEADER]
    return found


def picked(row: Row, names: str) -> dict[str, Any]:
    """Return some fields of a row."""
    return {name: row[name] for name in names.split()}


def test_stages_are_counted_by_department() -> None:
    history = a_project()
    for phase_id in ("cut", "saw", "drill", "weld"):
        history.phase(phase_id, 2, department_id="shop")
    history.phase("wire", 2, department_id="electrical")
    history.fact("saw", PhaseReleased(by="anna", plan_version=1), at("2026-03-02 08:00"))
    history.started("drill", "2026-03-02 08:00").started("weld", "2026-03-02 08:00")
    history.finished("weld", "2026-03-02 17:00").started("cut", "2026-03-02 08:00")
    stopped = PhaseInterrupted(at=at("2026-03-02 10:00"), stop_code="power")
    history.fact("cut", stopped, at("2026-03-02 10:00"))
    rows = rows_of(STATUS, history)
    counted = "phase_count planned released running interrupted finished aborted"
    assert set(rows) == {HEADER, "department/shop", "department/electrical"}
    assert list(picked(rows["department/shop"], counted).values()) == [4, 0, 1, 1, 1, 1, 0]
    assert list(picked(rows["department/electrical"], counted).values()) == [1, 1, 0, 0, 0, 0, 0]
    assert list(picked(rows[HEADER], counted).values()) == [5, 1, 1, 1, 1, 1, 0]


def test_a_summary_is_not_counted_beside_its_children() -> None:
    history = a_project().phase("frame", 0).phase("cut", 2, parent="frame")
    assert header(history)["phase_count"] == 1


def test_percent_is_by_planned_duration_and_reported_remaining() -> None:
    """Of 2 + 6 days, 2 are done and 3 of 6: 5 of 8."""
    history = a_project().phase("cut", 2).phase("weld", 6)
    history.started("cut", "2026-03-02 08:00").finished("cut", "2026-03-03 17:00")
    history.started("weld", "2026-03-02 08:00").progressed("weld", 3 * DAY, "2026-03-05 08:00")
    assert picked(header(history), "planned_min done_min percent_bp") == {
        "planned_min": 8 * DAY,
        "done_min": 5 * DAY,
        "percent_bp": 6250,
    }


def test_more_work_than_planned_is_nothing_done() -> None:
    history = a_project().phase("cut", 2).progressed("cut", 5 * DAY, "2026-03-02 09:00")
    assert header(history)["percent_bp"] == 0


def test_a_forecast_after_the_promise_slips_over_a_weekend() -> None:
    """Promised for Friday the 6th, finished on Monday the 9th at noon."""
    history = a_project().phase("cut", 5).promise("2026-03-06")
    kept = "promise forecast_finish slip_calendar_days slip_working_days slip_working_min late"
    assert list(picked(header(history), kept).values()) == [
        "2026-03-06", "2026-03-06T17:00:00+00:00", 0, "0.00", 0, False,
    ]  # fmt: skip
    history.plan(PhaseDurationRevised(phase_id="cut", old_min=5 * DAY, new_min=5 * DAY + 240))
    assert list(picked(header(history), kept).values()) == [
        "2026-03-06", "2026-03-09T12:00:00+00:00", 3, "0.50", 240, True,
    ]  # fmt: skip


def test_a_forecast_before_the_promise_is_a_negative_slip() -> None:
    history = a_project().phase("cut", 3).promise("2026-03-06")
    assert picked(header(history), "slip_calendar_days slip_working_days late") == {
        "slip_calendar_days": -2,
        "slip_working_days": "-2.00",
        "late": False,
    }


def test_without_a_promise_there_is_no_slip() -> None:
    assert header(a_project().phase("cut"))["slip_calendar_days"] is None


def test_a_start_is_late_from_the_minute_after_it() -> None:
    history = a_project().phase("cut", 1)
    state = folded(STATUS, history.events)
    assert STATUS.due(state) == at("2026-03-02 08:01")
    assert header(history.tick("2026-03-02 08:00"))["late_starts"] == 0
    assert header(history.tick("2026-03-02 08:01"))["late_start_phases"] == ["cut"]
    assert STATUS.due(folded(STATUS, history.events)) is None


def test_a_start_that_only_the_data_date_holds_back_is_late() -> None:
    history = a_project().phase("cut", 1).phase("weld", 1).link("cut", "weld")
    history.data_date("2026-03-04 08:00")
    assert header(history)["late_start_phases"] == ["cut"]
    history.started("cut", "2026-03-02 09:00")
    assert header(history)["late_start_phases"] == []


def test_a_phase_that_takes_longer_than_planned_finishes_late() -> None:
    """Two days from Monday 10:00 on end on Wednesday at 10:00."""
    history = a_project().phase("cut", 2).started("cut", "2026-03-02 10:00")
    assert STATUS.due(folded(STATUS, history.events)) == at("2026-03-04 10:01")
    assert header(history.tick("2026-03-04 10:00"))["late_finishes"] == 0
    assert header(history.tick("2026-03-04 10:01"))["late_finish_phases"] == ["cut"]
    assert header(history.finished("cut", "2026-03-04 11:00"))["late_finishes"] == 0


def test_a_deadline_that_is_past_is_a_late_finish() -> None:
    history = a_project().phase("cut", 9)
    history.plan(DeadlineSet(phase_id="cut", at=at("2026-03-02 07:00")))
    assert STATUS.due(folded(STATUS, history.events)) == at("2026-03-02 07:01")
    assert header(history.tick("2026-03-02 07:30"))["late_finishes"] == 1


def test_an_order_nobody_answered_is_unconfirmed() -> None:
    history = a_project().phase("mount").ordered("PO-1", "2026-03-20", "mount")
    history.ordered("PO-2", "2026-03-10")
    assert header(history)["unconfirmed"][1] == {
        "commitment": "PO-1",
        "vendor": "Fluxtec",
        "item": "valves",
        "need": "2026-03-20",
        "promised": None,
        "expected": None,
        "status": "requested",
        "answer": None,
        "phases": ["mount"],
    }
    assert [line["commitment"] for line in header(history)["unconfirmed"]] == ["PO-2", "PO-1"]
    answer = CommitmentAcknowledged(revision=1, status="accepted")
    assert [
        line["commitment"] for line in header(history.commitment("PO-1", answer))["unconfirmed"]
    ] == ["PO-2"]


def test_a_revised_order_waits_for_a_new_answer() -> None:
    history = a_project().ordered("PO-1", "2026-03-20")
    history.commitment("PO-1", CommitmentAcknowledged(revision=1, status="accepted"))
    history.commitment("PO-1", CommitmentRevised(revision=2, need_by=date(2026, 3, 18)))
    assert [line["need"] for line in header(history)["unconfirmed"]] == ["2026-03-18"]


def test_a_delivery_promised_after_the_need_is_late_until_it_is_here() -> None:
    history = a_project().ordered("PO-1", "2026-03-20")
    moved = PromiseDateMoved(new=date(2026, 3, 25), told_by="desk", channel="email")
    (late,) = header(history.commitment("PO-1", moved))["late_deliveries"]
    assert (late["need"], late["promised"], late["expected"]) == ("2026-03-20", "2026-03-25", None)
    here = ReceiptPosted(qty=Decimal(24), at=at("2026-03-24 09:00"))
    assert header(history.commitment("PO-1", here))["late_deliveries"] == []


def test_a_delivery_is_late_when_its_day_has_ended_in_the_projects_zone() -> None:
    history = a_project("Europe/Berlin").ordered("PO-1", "2026-03-20")
    assert STATUS.due(folded(STATUS, history.events)) == at("2026-03-20 23:00")
    assert header(history.tick("2026-03-20 22:59"))["late_deliveries"] == []
    assert len(header(history.tick("2026-03-20 23:00"))["late_deliveries"]) == 1


def conflict(severity: str, summary: str) -> ConflictDetected:
    """Return a finding of some severity."""
    return ConflictDetected.model_validate(
        {
            "rule": "test",
            "rule_version": 1,
            "kind": "vendor",
            "subjects": ("commitment-PO-1",),
            "summary": summary,
            "severity": severity,
            "impact_days": Decimal("2.5"),
            "first_position": 3,
        }
    )


def test_open_conflicts_are_listed_the_gravest_first() -> None:
    history = a_project().record("conflict-a", conflict("low", "small"))
    history.record("conflict-b", conflict("critical", "grave"))
    raised = ConflictRaised(kind="resource", subjects=(), summary="bay", severity="medium")
    history.record("conflict-c", raised)
    history.record("conflict-b", ConflictAssigned(owner="eva", due=at("2026-03-09 08:00")))
    history.record("conflict-a", ConflictCleared(because="gone"))
    first, second = header(history)["conflicts"]
    assert first == {
        "id": "b",
        "kind": "vendor",
        "summary": "grave",
        "severity": "critical",
        "impact_days": "2.5",
        "owner": "eva",
        "due": "2026-03-09T08:00:00+00:00",
        "acknowledged": False,
        "position": 4,
        "opened_at": "2026-02-01T09:04:00+00:00",
        "age_events": 3,
    }
    assert (second["id"], second["age_events"]) == ("c", 2)
    back = ConflictReopened(because="worse", severity="high", impact_days=Decimal(4))
    history.record("conflict-a", back)
    assert [line["id"] for line in header(history)["conflicts"]] == ["b", "a", "c"]


def test_the_latest_changes_say_who_what_and_why_newest_first() -> None:
    history = a_project("Europe/Berlin").phase("weld", 3)
    event = PhaseDurationRevised(phase_id="weld", old_min=3 * DAY, new_min=4 * DAY)
    why = Reason(code="quality_rework", text="frames out of tolerance")
    history.record(f"plan-{PROJECT}", event, reason=why, responsible="shop")
    assert header(history)["latest"][0] == {
        "position": 4,
        "at": "2026-02-01T10:04:00+01:00",
        "who": "anna",
        "what": "“Weld” is planned to take 32 h (was 24 h)",
        "why": "quality rework: frames out of tolerance; responsible: shop",
        "type": "plan.phase_duration_revised.v1",
    }
    for _ in range(LATEST_MAX):
        history.phase("weld", 3)
    latest = header(history)["latest"]
    assert [line["position"] for line in latest] == list(range(24, 4, -1))


def test_an_extra_tick_changes_nothing() -> None:
    history = a_project().phase("cut", 2).promise("2026-03-06").ordered("PO-1", "2026-03-20")
    state = folded(STATUS, history.events)
    before, due = STATUS.rows(state), STATUS.due(state)
    assert due is not None
    (tick,) = History().tick((due - timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M")).events
    state = STATUS.fold(state, tick)
    assert STATUS.rows(state) == before
    assert STATUS.rows(state)[HEADER] is before[HEADER]
    assert STATUS.due(state) == due


def test_a_tick_changes_the_rows_at_the_due_moment() -> None:
    history = a_project().phase("cut", 2)
    state = folded(STATUS, history.events)
    due = STATUS.due(state)
    assert due is not None
    before = STATUS.rows(state)
    (tick,) = History().tick(due.strftime("%Y-%m-%d %H:%M")).events
    assert STATUS.rows(STATUS.fold(state, tick)) != before


def test_the_document_holds_the_departments_by_name() -> None:
    history = a_project().phase("cut", department_id="shop").phase("wire", department_id="electro")
    shown = document(rows_of(STATUS, history), 7)
    assert (shown["project"], shown["position"], shown["name"]) == (PROJECT, 7, "Mixer")
    assert [line["department"] for line in shown["departments"]] == ["electro", "shop"]


def test_ticks_concern_nobody_by_themselves() -> None:
    (tick,) = History().tick("2026-03-02 08:00").events
    assert STATUS.keys(tick) == ()
