"""Documents of reports, meetings and inquiries, small enough to check by hand."""

from typing import Any

from tests.unit.web.documents import HEAD


def report(period: str, state: str, **changed: object) -> dict[str, Any]:
    """Return a report that was asked for, and has not come."""
    return {
        "period": period,
        "state": state,
        "due": "2026-03-09T07:00:00Z",
        "overdue_at": "2026-03-09T13:00:00Z",
        "submitted_at": None,
        "late_min": None,
        "missed_at": None,
        "reminded_at": None,
        "versions": [],
        "version": None,
        "as_of": None,
        "health": None,
        "accepted_by": None,
        "is_newer_version": False,
        "findings": [],
        "outside_period": False,
        "contradicted": False,
        "checks": [],
        **changed,
    }


def sent(period: str, state: str, **changed: object) -> dict[str, Any]:
    """Return a report that came in time."""
    came = {
        "submitted_at": "2026-03-09T06:00:00Z",
        "versions": [1],
        "version": 1,
        "as_of": "2026-03-08T16:00:00Z",
        "health": "green",
    }
    return report(period, state, **{**came, **changed})


def department(name: str, *reports: dict[str, Any], **changed: object) -> dict[str, Any]:
    """Return a department that reports by the week."""
    return {
        "department": name,
        "rule": "FREQ=WEEKLY;BYDAY=MO",
        "zone": "Europe/Berlin",
        "figures_as_of": None,
        "figures_age_min": None,
        "missed": sum(each["state"] in {"missed", "overdue"} for each in reports),
        "late": sum(each["late_min"] is not None for each in reports),
        "contradicted": sum(each["contradicted"] for each in reports),
        "reports": list(reports),
        **changed,
    }


def compliance(*departments: dict[str, Any]) -> dict[str, Any]:
    """Return the reports of departments."""
    return {
        "project": "PRJ-7",
        "name": "Bottling line",
        "position": 42,
        "now": "2026-03-11T09:00:00Z",
        "complied": not any(each["missed"] or each["contradicted"] for each in departments),
        "departments": list(departments),
    }


WEEK_2 = {"due": "2026-03-16T07:00:00Z"}
REPORTS = compliance(
    department(
        "Assembly",
        sent("2026-W10", "accepted", accepted_by="anna", is_newer_version=True),
        sent(
            "2026-W11", "submitted", late_min=150, contradicted=True, outside_period=True,
            checks=[
                {
                    "check": "started",
                    "passed": False,
                    "overruled": False,
                    "contradictions": [{"text": "weld has not begun"}],
                },
                {
                    "check": "remaining",
                    "passed": False,
                    "overruled": True,
                    "contradictions": [{"text": "more is left"}],
                },
            ],
            **WEEK_2,
        ),
        figures_as_of="2026-03-08T16:00:00Z",
        figures_age_min=3_900,
    ),
    department(
        "Paint",
        sent("2026-W10", "returned", late_min=45, findings=["say what is left"]),
        report("2026-W11", "waived", **WEEK_2),
    ),
    department(
        "Quality",
        report("2026-W10", "missed", reminded_at="2026-03-09T08:00:00Z"),
        sent("2026-W11", "accepted", late_min=1_500, accepted_by="anna", **WEEK_2),
    ),
    department("Works", rule=None, zone=None),
)  # fmt: skip


def meeting(meeting_id: str, **changed: object) -> dict[str, Any]:
    """Return a meeting that is planned and ready."""
    return {
        "meeting": meeting_id,
        "stage": "planned",
        "purpose": "Design review",
        "why": None,
        "before": None,
        "start": "2026-03-12T10:00:00+01:00",
        "duration_min": 60,
        "place": "Room 1",
        "link": None,
        "external_parties": [],
        "ready": True,
        "missing_departments": [],
        "missing_roles": [],
        "agenda": [],
        "invited": [],
        "present": None,
        "decisions": [],
        "actions": [],
        "minutes": 0,
        "minutes_approved_by": None,
        **changed,
    }


def agenda(topic: str, **changed: object) -> dict[str, Any]:
    """Return an item that is prepared."""
    return {
        "item": topic,
        "topic": topic,
        "lead": "bert",
        "required_departments": [],
        "required_roles": [],
        "prep_due": None,
        "unprepared": False,
        "overdue": False,
        **changed,
    }


def action(text: str, due: str, **changed: object) -> dict[str, Any]:
    """Return an action that is open and in time."""
    return {
        "action": text,
        "text": text,
        "owner": "carl",
        "due": f"2026-03-{due}T12:00:00+01:00",
        "done": False,
        "overdue": False,
        **changed,
    }


UNREADY = meeting(
    "M-2",
    purpose="Delay of the meters",
    external_parties=["Fluxtec", "ACME"],
    ready=False,
    missing_departments=["Assembly"],
    missing_roles=["buyer"],
    agenda=[
        agenda("Dates"),
        agenda(
            "Costs", unprepared=True, overdue=True, prep_due="2026-03-10T12:00:00+01:00", lead="eva"
        ),
    ],
    invited=[
        {
            "party": "bert", "attendance": "required", "department": "Paint", "role": None,
            "answer": "declined", "delegate": "eva",
        },
        {
            "party": "carl", "attendance": "optional", "department": None, "role": None,
            "answer": None, "delegate": None,
        },
    ],
)  # fmt: skip
ANTICIPATED = meeting(
    "M-3",
    stage="anticipated",
    purpose=None,
    why="the promise is late",
    before="2026-03-20T12:00:00+01:00",
    start=None,
    place=None,
    ready=None,
)
HELD = meeting(
    "M-0",
    stage="held",
    start="2026-03-02T10:00:00+01:00",
    purpose="Kick-off",
    ready=None,
    decisions=[{"decision": "D-1", "text": "two shifts", "refs": []}],
    actions=[
        action("write to ACME", "13"),
        action("order paint", "10", overdue=True),
        action("book the room", "04", done=True),
    ],
)


def inquiry(inquiry_id: str, **changed: object) -> dict[str, Any]:
    """Return an inquiry that nobody has taken yet."""
    return {
        "inquiry": inquiry_id,
        "stage": "open",
        "from": "ACME",
        "channel": "mail",
        "text": "When does it come?",
        "about": ["project-PRJ-7"],
        "received_at": "2026-03-06T09:00:00+01:00",
        "due": None,
        "overdue": False,
        "owner": None,
        "department": None,
        "answer": None,
        "as_of_position": None,
        "evidence": [],
        "disclosure": None,
        "approved_by": None,
        "notice": None,
        "answered_at": None,
        **changed,
    }


MEETINGS = {
    **HEAD,
    "now": "2026-03-11T10:00:00+01:00",
    "stages": {},
    "meetings": [HELD, meeting("M-1"), UNREADY, ANTICIPATED],
}
INQUIRIES = {
    **HEAD,
    "now": "2026-03-11T10:00:00+01:00",
    "stages": {},
    "inquiries": [
        inquiry(
            "I-1",
            stage="drafted",
            owner="dora",
            department="Paint",
            due="2026-03-09T09:00:00+01:00",
            overdue=True,
        ),
        inquiry("I-2", text=None, channel=None, about=[]),
        inquiry("I-3", stage="answered", owner="dora"),
    ],
}
