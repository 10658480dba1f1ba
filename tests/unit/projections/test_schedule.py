"""The schedule projection against small projects whose dates were worked out by hand."""

from datetime import date
from decimal import Decimal
from typing import Any

from domain.calendars.events import CalendarExceptionAdded
from domain.commitments.events import (
    CommitmentCancelled,
    PromiseDateMoved,
    ReceiptPosted,
    ShipmentNotified,
)
from domain.kernel.messages import Recorded
from domain.phases.events import PhaseAborted, PhaseReopened
from domain.plans.events import (
    ConstraintCleared,
    ConstraintSet,
    DeadlineSet,
    PhaseDetailsRevised,
    PhaseDurationRevised,
    PhaseRemoved,
)
from domain.projects.events import BaselineApproved, PromiseMade, SchedulingPolicySet
from projections.contract import Row
from projections.schedule import HEADER, ScheduleProjection, document, in_breakdown
from tests.unit.projections.histories import DAY, PROJECT, History, at, folded, rows_of

SCHEDULE = ScheduleProjection()


def a_project(zone: str = "UTC") -> History:
    """Open a project on Monday 2 March 2026 at 08:00 UTC, with a five-day calendar."""
    return History(zone).opened().calendar("plant")


def dates(row: Row) -> tuple[str, str]:
    """Return start and finish without seconds and offset."""
    return row["start"][:16], row["finish"][:16]


def row(history: History, phase_id: str) -> Row:
    """Return one phase's row at the end of a history."""
    found: Row = rows_of(SCHEDULE, history)[phase_id]
    return found


def test_a_phase_follows_the_one_it_waits_for() -> None:
    history = a_project().phase("cut", 2).phase("weld", 3).link("cut", "weld")
    rows = rows_of(SCHEDULE, history)
    assert dates(rows["cut"]) == ("2026-03-02T08:00", "2026-03-03T17:00")
    assert dates(rows["weld"]) == ("2026-03-04T08:00", "2026-03-06T17:00")
    assert rows["weld"]["driver"] == {"kind": "predecessor", "ref": "L1"}
    assert rows["cut"]["driver"] == {"kind": "project_start", "ref": ""}


def test_a_phase_row_says_everything_about_the_phase() -> None:
    history = a_project("Europe/Berlin").phase("cut", 2, wbs="1.1", department_id="fabrication")
    history.phase("weld", 3).link("cut", "weld", "SS", 240)
    assert row(history, "weld") == {
        "id": "weld",
        "wbs": "weld",
        "name": "Weld",
        "kind": "task",
        "department": "shop",
        "duration_min": 3 * DAY,
        "parent": None,
        "calendar": None,
        "early_start": "2026-03-02T14:00:00+01:00",
        "early_finish": "2026-03-05T14:00:00+01:00",
        "late_start": "2026-03-02T14:00:00+01:00",
        "late_finish": "2026-03-05T14:00:00+01:00",
        "total_float_min": 0,
        "free_float_min": 0,
        "start": "2026-03-02T14:00:00+01:00",
        "finish": "2026-03-05T14:00:00+01:00",
        "critical": True,
        "on_longest_path": True,
        "summary": False,
        "driver": {"kind": "predecessor", "ref": "L1"},
        "stage": "planned",
        "actual_start": None,
        "start_assumed": False,
        "actual_finish": None,
        "remaining_min": 3 * DAY,
        "physical_bp": None,
        "constraint": None,
        "deadline": None,
        "baseline_start": None,
        "baseline_finish": None,
        "links": [
            {
                "id": "L1",
                "pred": "cut",
                "type": "SS",
                "lag": {"value": 240, "unit": "working_min", "calendar": None},
                "strength": "hard",
            }
        ],
        "provenance": {
            "duration": {"position": 4, "by": "anna", "at": "2026-02-01T10:04:00+01:00"}
        },
    }


def test_two_calendars_carry_a_date_over_the_clock() -> None:
    """Cut ends on Friday; paint works on Saturdays too, so it begins then and weld on Monday."""
    history = a_project().calendar("six", "123456")
    history.phase("cut", 5).phase("paint", 1, calendar_id="six").phase("weld", 1)
    history.link("cut", "paint").link("paint", "weld")
    rows = rows_of(SCHEDULE, history)
    assert dates(rows["cut"]) == ("2026-03-02T08:00", "2026-03-06T17:00")
    assert dates(rows["paint"]) == ("2026-03-07T08:00", "2026-03-07T17:00")
    assert dates(rows["weld"]) == ("2026-03-09T08:00", "2026-03-09T17:00")


def test_a_calendar_defined_after_the_phase_moves_it() -> None:
    history = a_project().phase("paint", 6, calendar_id="six")
    assert dates(row(history, "paint"))[1] == "2026-03-09T17:00"
    history.calendar("six", "123456")
    assert dates(row(history, "paint"))[1] == "2026-03-07T17:00"


def test_a_holiday_is_not_worked() -> None:
    history = a_project().phase("cut", 2)
    free = CalendarExceptionAdded(date=date(2026, 3, 3), kind="holiday")
    history.record(f"calendar-{PROJECT}/plant", free)
    assert dates(row(history, "cut")) == ("2026-03-02T08:00", "2026-03-04T17:00")


def test_a_project_without_a_calendar_works_the_standard_week_and_says_so() -> None:
    history = History("Europe/Berlin").opened(at("2026-03-02 07:00")).phase("cut", 1)
    rows = rows_of(SCHEDULE, history)
    assert rows[HEADER]["calendar_assumed"]
    assert rows["cut"]["start"] == "2026-03-02T08:00:00+01:00"
    assert rows["cut"]["finish"] == "2026-03-02T17:00:00+01:00"
    history.calendar("plant")
    assert not rows_of(SCHEDULE, history)[HEADER]["calendar_assumed"]


def test_a_project_not_opened_has_no_rows() -> None:
    assert rows_of(SCHEDULE, History().calendar("plant")) == {}


def test_the_data_date_pushes_what_has_not_begun() -> None:
    history = a_project().phase("cut", 2).data_date("2026-03-04 08:00")
    pushed = row(history, "cut")
    assert dates(pushed) == ("2026-03-04T08:00", "2026-03-05T17:00")
    assert pushed["driver"] == {"kind": "data_date", "ref": ""}


def test_remaining_work_goes_on_at_the_data_date_and_actuals_stand() -> None:
    history = a_project().phase("cut", 2).phase("weld", 1).link("cut", "weld")
    history.started("cut", "2026-03-02 10:00").progressed("cut", 240, "2026-03-03 09:00")
    history.data_date("2026-03-04 08:00")
    rows = rows_of(SCHEDULE, history)
    assert dates(rows["cut"]) == ("2026-03-02T10:00", "2026-03-04T12:00")
    assert rows["cut"]["actual_start"] == "2026-03-02T10:00:00+00:00"
    assert rows["cut"]["remaining_min"] == 240
    assert rows["cut"]["stage"] == "running"
    assert dates(rows["weld"]) == ("2026-03-04T13:00", "2026-03-05T12:00")


def test_a_finished_phase_keeps_its_dates_and_frees_its_successor() -> None:
    history = a_project().phase("cut", 2).phase("weld", 1).link("cut", "weld")
    history.started("cut", "2026-03-02 08:00").finished("cut", "2026-03-02 15:00")
    rows = rows_of(SCHEDULE, history)
    assert rows["cut"]["stage"] == "finished"
    assert rows["cut"]["actual_finish"] == "2026-03-02T15:00:00+00:00"
    assert rows["cut"]["remaining_min"] == 0
    assert not rows["cut"]["critical"]
    assert dates(rows["weld"]) == ("2026-03-02T15:00", "2026-03-03T15:00")


def test_who_reported_a_date_is_beside_it() -> None:
    history = a_project().phase("cut", 2).started("cut", "2026-03-02 08:00")
    assert row(history, "cut")["provenance"]["actual_start"] == {
        "position": 4,
        "by": "mes",
        "at": "2026-02-01T09:04:00+00:00",
    }


def test_a_late_vendor_moves_a_phase_only_where_material_drives() -> None:
    history = a_project().phase("mount", 1).ordered("PO-1", "2026-03-04", "mount")
    assert dates(row(history, "mount"))[0] == "2026-03-02T08:00"
    history.project(SchedulingPolicySet(material_drives=True))
    held = row(history, "mount")
    assert dates(held)[0] == "2026-03-05T08:00"
    assert held["driver"] == {"kind": "commitment", "ref": "PO-1"}


def test_a_phase_waits_for_the_promised_day_the_announced_day_or_the_receipt() -> None:
    history = a_project().project(SchedulingPolicySet(material_drives=True)).phase("mount", 1)
    history.ordered("PO-1", "2026-03-04", "mount")
    for event, start in (
        (
            PromiseDateMoved(new=date(2026, 3, 5), told_by="desk", channel="email"),
            "2026-03-06T08:00",
        ),
        (ShipmentNotified(qty=Decimal(24), eta=date(2026, 3, 9)), "2026-03-10T08:00"),
        (ReceiptPosted(qty=Decimal(24), at=at("2026-03-09 14:00")), "2026-03-09T14:00"),
    ):
        assert dates(row(history.commitment("PO-1", event), "mount"))[0] == start


def test_a_cancelled_order_holds_nobody_back() -> None:
    history = a_project().project(SchedulingPolicySet(material_drives=True)).phase("mount", 1)
    history.ordered("PO-1", "2026-03-04", "mount").commitment("PO-1", CommitmentCancelled())
    assert dates(row(history, "mount"))[0] == "2026-03-02T08:00"


def test_a_finish_after_the_promise_is_negative_float() -> None:
    """Six days of work end on Monday the 9th; promised was Friday, one working day before."""
    history = a_project().phase("cut", 6).promise("2026-03-06")
    rows = rows_of(SCHEDULE, history)
    assert rows["cut"]["total_float_min"] == -DAY
    assert rows["cut"]["late_finish"] == "2026-03-06T17:00:00+00:00"
    assert rows[HEADER]["promise"] == "2026-03-06"
    assert rows[HEADER]["finish"] == "2026-03-09T17:00:00+00:00"
    assert rows[HEADER]["negative_float_count"] == 1


def test_of_several_deliverables_the_last_promise_counts_of_one_the_first() -> None:
    history = a_project().phase("cut", 1)
    for party, deliverable, day in (
        ("customer", "mixer", "2026-03-20"),
        ("owner", "mixer", "2026-03-18"),
        ("customer", "papers", "2026-03-10"),
    ):
        history.project(
            PromiseMade(
                to_party=party, deliverable=deliverable, promised_date=date.fromisoformat(day)
            )
        )
    assert rows_of(SCHEDULE, history)[HEADER]["promise"] == "2026-03-18"


def test_a_constraint_that_contradicts_the_links_gives_negative_float_and_dates() -> None:
    history = a_project().phase("cut", 5).phase("weld", 1).link("cut", "weld")
    history.plan(ConstraintSet(phase_id="weld", kind="MSO", at=at("2026-03-04 08:00")))
    rows = rows_of(SCHEDULE, history)
    assert dates(rows["weld"]) == ("2026-03-04T08:00", "2026-03-04T17:00")
    assert rows["cut"]["total_float_min"] == -3 * DAY
    assert rows["weld"]["constraint"] == {"kind": "MSO", "at": "2026-03-04T08:00:00+00:00"}
    assert rows["weld"]["provenance"]["constraint"]["position"] == 6
    history.plan(ConstraintCleared(phase_id="weld"))
    assert row(history, "weld")["constraint"] is None
    assert "constraint" not in row(history, "weld")["provenance"]


def test_a_network_that_cannot_be_scheduled_still_has_rows_and_says_why() -> None:
    history = a_project().phase("cut").phase("weld").link("cut", "weld").link("weld", "cut")
    rows = rows_of(SCHEDULE, history)
    assert rows[HEADER]["problem"]["code"] == "cycle"
    assert rows["cut"]["start"] is None
    assert rows["cut"]["name"] == "Cut"


def test_a_deadline_moves_nothing() -> None:
    history = a_project().phase("cut", 5)
    history.plan(DeadlineSet(phase_id="cut", at=at("2026-03-04 17:00")))
    assert dates(row(history, "cut")) == ("2026-03-02T08:00", "2026-03-06T17:00")
    assert row(history, "cut")["deadline"] == "2026-03-04T17:00:00+00:00"


def test_a_summary_spans_its_children() -> None:
    history = a_project().phase("frame", 0).phase("cut", 2, parent="frame")
    history.phase("weld", 1, parent="frame").link("cut", "weld")
    spanning = row(history, "frame")
    assert spanning["summary"]
    assert dates(spanning) == ("2026-03-02T08:00", "2026-03-04T17:00")
    assert rows_of(SCHEDULE, history)[HEADER]["phase_count"] == 2


def test_a_removed_phase_has_no_row_and_keeps_its_facts() -> None:
    history = a_project().phase("cut", 2).phase("weld", 1).link("cut", "weld")
    history.plan(PhaseRemoved(phase_id="cut", links=("L1",)))
    history.started("cut", "2026-03-02 09:00")
    rows = rows_of(SCHEDULE, history)
    assert set(rows) == {HEADER, "weld"}
    assert rows["weld"]["links"] == []
    assert dates(rows["weld"])[0] == "2026-03-02T08:00"
    again = row(history.phase("cut", 2), "cut")
    assert again["actual_start"] == "2026-03-02T09:00:00+00:00"


def test_children_of_a_removed_summary_stay_planned() -> None:
    history = a_project().phase("frame", 0).phase("cut", 2, parent="frame")
    history.plan(PhaseRemoved(phase_id="frame"))
    assert dates(row(history, "cut")) == ("2026-03-02T08:00", "2026-03-03T17:00")


def test_revised_details_and_durations_show() -> None:
    history = a_project().phase("cut", 2)
    history.plan(PhaseDetailsRevised(phase_id="cut", name="Laser", department_id="laser"))
    history.plan(PhaseDurationRevised(phase_id="cut", old_min=2 * DAY, new_min=DAY))
    revised = row(history, "cut")
    assert (revised["name"], revised["department"], revised["duration_min"]) == (
        "Laser", "laser", DAY,
    )  # fmt: skip
    assert revised["provenance"]["duration"]["position"] == 5


def test_a_reopened_phase_has_work_left_again() -> None:
    history = a_project().phase("cut", 2)
    history.started("cut", "2026-03-02 08:00").finished("cut", "2026-03-03 17:00")
    history.fact("cut", PhaseReopened(), at("2026-03-04 08:00"))
    history.data_date("2026-03-05 08:00")
    assert row(history, "cut")["stage"] == "running"
    assert row(history, "cut")["actual_finish"] is None


def test_what_is_aborted_holds_nobody_back() -> None:
    history = a_project().phase("cut", 9).phase("weld", 1).link("cut", "weld")
    history.fact("cut", PhaseAborted(), at("2026-03-03 12:00"))
    rows = rows_of(SCHEDULE, history)
    assert rows["cut"]["stage"] == "aborted"
    assert dates(rows["cut"]) == ("2026-03-03T12:00", "2026-03-03T12:00")
    assert dates(rows["weld"])[0] == "2026-03-03T13:00"


def approved(at_position: int) -> BaselineApproved:
    """Return the approval of a baseline at a position."""
    return BaselineApproved(name="first", at_position=at_position, approved_by="eva")


def test_a_baseline_keeps_the_dates_of_its_approval() -> None:
    history = a_project().phase("cut", 2)
    history.project(approved(at_position=3)).data_date("2026-03-04 08:00").phase("late", 1)
    rows = rows_of(SCHEDULE, history)
    assert rows["cut"]["baseline_start"] == "2026-03-02T08:00:00+00:00"
    assert rows["cut"]["baseline_finish"] == "2026-03-03T17:00:00+00:00"
    assert rows["cut"]["start"] == "2026-03-04T08:00:00+00:00"
    assert rows["late"]["baseline_start"] is None
    assert rows[HEADER]["baseline"] == {
        "name": "first",
        "at_position": 3,
        "approved_by": "eva",
        "shown": True,
        "provenance": {"position": 4, "by": "anna", "at": "2026-02-01T09:04:00+00:00"},
    }


def test_a_baseline_at_an_older_position_is_named_and_not_shown() -> None:
    history = a_project().phase("cut", 2).phase("weld", 2).project(approved(at_position=3))
    rows = rows_of(SCHEDULE, history)
    assert rows[HEADER]["baseline"]["shown"] is False
    assert rows["cut"]["baseline_start"] is None


def test_the_header_says_which_days_are_worked_and_to_whom_what_is_promised() -> None:
    history = a_project().phase("cut", 5).promise("2026-03-20")
    for day, kind in ((4, "holiday"), (7, "shutdown"), (30, "holiday")):
        free = CalendarExceptionAdded.model_validate({"date": date(2026, 3, day), "kind": kind})
        history.record(f"calendar-{PROJECT}/plant", free)
    header = rows_of(SCHEDULE, history)[HEADER]
    assert header["working_weekdays"] == [1, 2, 3, 4, 5]
    assert header["non_working"] == ["2026-03-04"]
    assert (header["promise_to"], header["promise_deliverable"], header["customer"]) == (
        "customer", "mixer", "customer",
    )  # fmt: skip


def test_the_document_has_the_promised_fields_and_sorts_by_breakdown() -> None:
    history = a_project().phase("c", wbs="1.10").phase("b", wbs="1.9").phase("a", wbs="2")
    shown = document(rows_of(SCHEDULE, history), 41)
    assert (shown["project"], shown["position"]) == (PROJECT, 41)
    assert {"data_date", "finish", "promise"} <= set(shown)
    assert [phase["id"] for phase in shown["phases"]] == ["b", "c", "a"]
    wanted = (
        "id wbs name kind department duration_min early_start early_finish late_start late_finish "
        "total_float_min free_float_min start finish actual_start actual_finish critical driver"
    )
    assert set(wanted.split()) <= set(shown["phases"][0])


def test_breakdown_numbers_sort_by_size_and_before_words() -> None:
    given = ["2", "1.10", "A", "1.9", "", "1"]
    assert sorted(given, key=in_breakdown) == ["", "1", "1.9", "1.10", "2", "A"]


def test_a_row_that_did_not_change_is_the_same_object() -> None:
    history = a_project().phase("cut", 2).phase("weld", 1).link("cut", "weld").phase("saw", 1)
    state = folded(SCHEDULE, history.events)
    before = SCHEDULE.rows(state)
    after = SCHEDULE.rows(
        SCHEDULE.fold(state, history.started("weld", "2026-03-02 08:00").events[-1])
    )
    assert after["cut"] is before["cut"]
    assert after["saw"] is before["saw"]
    assert after["weld"] is not before["weld"]


def test_only_events_that_can_change_a_network_concern_the_schedule() -> None:
    history = a_project().phase("cut").tick("2026-03-02 09:00")
    concerned: list[Recorded[Any]] = [e for e in history.events if SCHEDULE.keys(e)]
    assert [e.position for e in concerned] == [1, 2, 3]
    assert SCHEDULE.due(folded(SCHEDULE, history.events)) is None
