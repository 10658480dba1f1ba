"""What a status report says of departments and of the weeks to come, from answers made by hand."""

from typing import Any

import pytest

from projections.reports.section import Section
from projections.reports.weeks import departments, look_ahead, own

ASKED = {"today": "2026-03-02", "weeks_end": ["2026-03-16", "2026-03-30", "2026-04-13"]}


def phase(phase_id: str, department: str, start: str, finish: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "id": phase_id, "name": phase_id.title(), "department": department, "summary": False,
        "start": f"{start}T08:00:00Z", "finish": f"{finish}T17:00:00Z", "actual_start": None,
        "actual_finish": None, "critical": False, "baseline_finish": None, **more,
    }  # fmt: skip


def line(commitment: str, status: str, *phases: str, **dates: str) -> dict[str, Any]:
    known = {"expected": None, "promised": None, "need": "2026-03-20", **dates}
    return {
        "commitment": commitment, "vendor": "Fluxtec", "item": "valve", "status": status,
        "phases": list(phases), **known,
    }  # fmt: skip


def meeting(stage: str, *required: str, actions: Any = ()) -> dict[str, Any]:  # noqa: ANN401
    return {
        "stage": stage, "start": "2026-03-05T09:00:00Z", "purpose": "Interfaces",
        "agenda": [{"required_departments": [each]} for each in required],
        "invited": [{"party": "Ada", "department": "welding"}], "actions": list(actions),
    }  # fmt: skip


@pytest.fixture
def sources() -> dict[str, Any]:
    known = {
        "phase_count": 2, "running": 1, "interrupted": 0, "late_starts": 1, "late_finishes": 1,
        "forecast_finish": "2026-03-20T17:00:00Z",
    }  # fmt: skip
    due = {"baseline_finish": "2026-02-27T17:00:00Z"}
    actions = [
        {"owner": "Ada", "done": False},
        {"owner": "painting", "done": False},
        {"owner": "Ada", "done": True},
    ]
    reports = [{"state": "accepted"}] * 7 + [{"state": "missed"}] * 2
    return {
        "schedule": {
            "phases": [
                phase("weld", "welding", "2026-03-02", "2026-03-06", critical=True, **due),
                phase("grind", "welding", "2026-02-02", "2026-02-06", **due,
                      actual_start="x", actual_finish="x"),
                phase("paint", "painting", "2026-03-20", "2026-04-20"),
                phase("line", "painting", "2026-03-02", "2026-04-20", summary=True),
            ]
        },
        "status": {
            "departments": [
                {"department": "painting", "finished": 0, **known},
                {"department": "welding", "finished": 1, **known},
            ]
        },
        "reports": {
            "departments": [
                {"department": "welding", "rule": "FREQ=WEEKLY", "reports": reports},
                {"department": "painting", "rule": None, "reports": []},
            ]
        },
        "vendors": {
            "lines": [
                line("PO-1", "sent", "weld", promised="2026-03-04"),
                line("PO-2", "acknowledged", "paint", promised="2026-03-04", expected="2026-03-18"),
                line("PO-3", "requested"),
                line("PO-4", "received", "weld"),
                line("PO-5", "sent", "gone", need="2026-05-01"),
            ]
        },
        "meetings": {
            "meetings": [meeting("planned", "welding", "painting", actions=actions),
                         meeting("held", "welding")]
        },
    }  # fmt: skip


def told(section: Section) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in section.rows]


def test_departments_say_what_of_the_due_is_done_what_is_open_and_how_they_report(
    sources: dict[str, Any],
) -> None:
    assert told(departments(sources, ASKED)) == [
        ("painting", 2, 0, "nothing was due", 1, 0, 2, "2026-03-20", 1, "no schedule"),
        ("welding", 2, 1, "0.50", 1, 0, 2, "2026-03-20", 1, "6 accepted, 2 missed"),
    ]


def test_without_meetings_no_action_is_open(sources: dict[str, Any]) -> None:
    del sources["meetings"]
    assert [row[8] for row in told(departments(sources, ASKED))] == [0, 0]


def test_the_next_weeks_hold_starts_finishes_deliveries_and_meetings(
    sources: dict[str, Any],
) -> None:
    assert told(look_ahead(sources, ASKED)) == [
        ("2026-03-02", 2, "start of Weld", "welding", "yes"),
        ("2026-03-04", 2, "valve of Fluxtec (PO-1)", "welding", "yes"),
        ("2026-03-05", 2, "meeting: Interfaces", "painting, welding", None),
        ("2026-03-06", 2, "finish of Weld", "welding", "yes"),
        ("2026-03-18", 4, "valve of Fluxtec (PO-2)", "painting", "no"),
        ("2026-03-20", 4, "start of Paint", "painting", "no"),
        ("2026-03-20", 4, "valve of Fluxtec (PO-3)", None, "no"),
    ]


def test_a_department_is_told_its_own_weeks_and_no_other_department_is_named(
    sources: dict[str, Any],
) -> None:
    mine = own(sources, "painting")
    assert told(look_ahead(mine, ASKED)) == [
        ("2026-03-05", 2, "meeting: Interfaces", "painting", None),
        ("2026-03-18", 4, "valve of Fluxtec (PO-2)", "painting", "no"),
        ("2026-03-20", 4, "start of Paint", "painting", "no"),
    ]
    assert [row[0] for row in told(departments(mine, ASKED))] == ["painting"]


def test_answers_that_are_lacking_leave_the_rest(sources: dict[str, Any]) -> None:
    del sources["vendors"], sources["meetings"]
    assert [row[2] for row in told(look_ahead(own(sources, "welding"), ASKED))] == [
        "start of Weld",
        "finish of Weld",
    ]
