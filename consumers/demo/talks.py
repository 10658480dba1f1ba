"""Tell what the demo's people talk over: meetings, questions, a special request, what is published.

And what the shop floor has in stock, of which one thing runs short.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from consumers.demo.office import LEADERS, when
from consumers.demo.plant_beats import Course
from consumers.demo.project import (
    ASSEMBLY,
    CUSTOMER,
    DAY,
    ELECTRICAL,
    ENGINEERING,
    FABRICATION,
    PROCUREMENT,
    PROJECT_ID,
    QUALITY,
)
from consumers.demo.telling import ERP, OFFICE, PORTAL, Beat, commands, fact
from domain.kernel.minutes import instant_of, minute_of
from domain.kernel.values import rfc3339

Asked = list[tuple[str, dict[str, Any]]]

BUYER: Final = "Friederike Sommer, Nordquell"
WEEKS: Final = range(2, 12)
SILENT: Final = PROCUREMENT
"""Never answers an invitation, and is there now and then all the same."""
OVERDUE_WEEK: Final = 6
"""What was to be done after this week's meeting is never done."""
TOPICS: Final = (
    ("Which drawings are still open", ENGINEERING, "Bottle neck drawings come on Thursday",
     "Release the filler drawings"),
    ("What the laser may cut first", FABRICATION, "The filler is cut before the capper",
     "Ask the night shift for two Saturdays"),
    ("Deliveries that nobody confirmed", ASSEMBLY, "The nozzles are promised by telephone only",
     "Walk through the store and count"),
    ("Cabinets and their cables", ELECTRICAL, "Cabinet A is wired while B is still empty",
     "Order the cable ducts again"),
    ("Who has the test bay when", QUALITY, "The rinser goes first, the labeller a day later",
     "Write the order of the modules on the bay's door"),
)  # fmt: skip
ITEMS: Final = (
    ("frame-profile-80", "Fabrication store", "filler-weld", "64", "MTR", "80"),
    ("bearing-6205", "Hall 2, rack 4", "infeed-mount", "40", "H87", "120"),
    ("cable-duct-60", "Hall 2, rack 9", "install", "36", "MTR", "24"),
    ("proximity-switch-m12", "Hall 2, rack 9", "labeller-mount", "16", "H87", "50"),
)
"""Item, where it lies, the phase that needs it, how much of it, the unit, how much there is."""
QUESTIONS: Final = (
    (4, "May our operators come a week earlier to look at the line?",
     "Yes: from the factory acceptance test on, two at a time", QUALITY),
    (6, "Why were the flow meters late, and does that move our date?",
     "They came nine days later than agreed; the delivery date is kept", PROCUREMENT),
)  # fmt: skip
UNREAD: Final = 3
"""The buyer is on holiday when this status report comes."""
LAMPS: Final = "SR-1"


def talks(course: Course) -> Iterator[Beat]:
    """Tell it all from the first week on."""
    first = instant_of(course.begin)
    for week in WEEKS:
        if minute_of(when(first, week, 2, 10)) < course.end:
            yield from _meeting(first, week)
    for number, (week, text, answer, department) in enumerate(QUESTIONS, 1):
        yield from _inquiry(first, f"Q-{number}", week, text, answer, department)
    yield from _stock(first, course)
    yield from _special_request(first)
    yield from _published(first, course)


def _meeting(first: datetime, week: int) -> Iterator[Beat]:
    key, start = f"{PROJECT_ID}-W{week:02d}", when(first, week, 2, 10)
    about, stream = {"project_id": PROJECT_ID, "meeting_id": key}, f"meeting-{key}"
    called = when(first, week - 1, 4, 14)
    topics = [TOPICS[(week + each) % len(TOPICS)] for each in range(2)]
    planned = {
        **about, "purpose": f"Weekly round, week {week}", "start": rfc3339(start),
        "duration_min": 45, "place": "Meeting corner, hall 2",
    }  # fmt: skip
    asked: Asked = [("meeting.plan.v1", planned)]
    for number, (topic, department, _, _) in enumerate(topics):
        item = {
            **about, "item_id": f"item-{number}", "topic": topic, "minutes": 15,
            "lead": LEADERS[department][1], "required_departments": [department, SILENT],
            "prep_due": rfc3339(start - timedelta(days=1)),
        }  # fmt: skip
        asked.append(("meeting.add_agenda_item.v1", item))
    for department, (_, party) in LEADERS.items():
        asked.append(
            ("meeting.invite_attendee.v1", {**about, "party": party, "department_id": department})
        )
    yield commands(called, f"{key}-plan", asked)
    present = ["demo-coordinator"]
    for number, (department, (_, party)) in enumerate(LEADERS.items()):
        if department == SILENT:
            continue
        present.append(party)
        yield fact(
            called + timedelta(hours=1, minutes=17 * number), f"{key}-answer-{number}",
            "meeting.invitation_answered.v1", stream, {"party": party, "answer": "ACCEPTED"},
            OFFICE, project=PROJECT_ID,
        )  # fmt: skip
    for number, (_, department, _, _) in enumerate(topics):
        ready = {"attendee": LEADERS[department][1], "item_id": f"item-{number}"}
        yield fact(
            start - timedelta(hours=26 + number), f"{key}-ready-{number}",
            "meeting.preparation_confirmed.v1", stream, ready, OFFICE, project=PROJECT_ID,
        )  # fmt: skip
    held = {"started": rfc3339(start), "ended": rfc3339(start + timedelta(minutes=50))}
    told = start + timedelta(hours=1)
    yield fact(
        told, f"{key}-held", "meeting.held.v1", stream, held, OFFICE, true=start, project=PROJECT_ID
    )
    listed = {"present": [*present, LEADERS[SILENT][1]] if week % 3 == 0 else present}
    yield fact(
        told, f"{key}-present", "meeting.attendance_recorded.v1", stream, listed, OFFICE,
        true=start, project=PROJECT_ID,
    )  # fmt: skip
    due = when(first, week + 1, 1, 16)
    minutes: Asked = []
    for number, (_, department, said, action) in enumerate(topics):
        item = {**about, "item_id": f"item-{number}", "text": said}
        minutes.append(("meeting.record_minute.v1", item))
        does = {
            **about, "action_id": f"action-{number}", "text": action,
            "owner": LEADERS[department][1], "due": rfc3339(due),
        }  # fmt: skip
        minutes.append(("meeting.create_action.v1", does))
        if week == OVERDUE_WEEK and number == 0:
            continue
        done = {"action_id": f"action-{number}", "by": LEADERS[department][1]}
        yield fact(
            due - timedelta(hours=3 + number), f"{key}-done-{number}",
            "meeting.action_completed.v1", stream, done, OFFICE, project=PROJECT_ID,
        )  # fmt: skip
    decided = {
        **about, "decision_id": "decision-0", "text": topics[0][2], "item_id": "item-0",
        "refs": [f"plan-{PROJECT_ID}"],
    }  # fmt: skip
    minutes.append(("meeting.record_decision.v1", decided))
    yield commands(start + timedelta(hours=2), f"{key}-minutes", minutes)
    yield commands(
        start + timedelta(days=1), f"{key}-approved", [("meeting.approve_minutes.v1", about)]
    )


def _inquiry(
    first: datetime, key: str, week: int, text: str, answer: str, department: str
) -> Iterator[Beat]:
    about, asks = {"project_id": PROJECT_ID, "inquiry_id": key}, when(first, week, 2, 15)
    question = {
        "from_party": CUSTOMER, "channel": "email", "text": text,
        "due": rfc3339(when(first, week + 1, 2, 16)), "about": [f"project-{PROJECT_ID}"],
    }  # fmt: skip
    yield fact(
        asks, f"{key}-asked", "inquiry.received.v1", f"inquiry-{key}", question, PORTAL,
        project=PROJECT_ID,
    )  # fmt: skip
    owner = {**about, "owner": LEADERS[department][1], "department_id": department}
    yield commands(asks + timedelta(hours=1), f"{key}-owner", [("inquiry.assign.v1", owner)])
    drafted = {
        **about, "text": answer,
        "evidence": [{"ref": f"project-{PROJECT_ID}", "disclosure": "customer"}],
    }  # fmt: skip
    at = when(first, week, 4, 11)
    yield commands(at, f"{key}-draft", [("inquiry.draft_answer.v1", drafted)])
    yield commands(
        at + timedelta(hours=1), f"{key}-approve",
        [("inquiry.approve_answer.v1", {**about, "disclosure": "customer"})],
    )  # fmt: skip
    notice = f"{key}-answer"
    yield from _told(at + timedelta(hours=2), notice, "request", answer)
    yield commands(
        at + timedelta(hours=2, minutes=5), f"{key}-answered",
        [("inquiry.answer.v1", {**about, "notice": notice})],
    )  # fmt: skip
    yield commands(at + timedelta(days=4), f"{key}-close", [("inquiry.close.v1", about)])


def _told(at: datetime, key: str, kind: str, summary: str, *, read: bool = True) -> Iterator[Beat]:
    """Tell the customer something by a notice that is sent, arrives and is read, but for one."""
    prepared = {
        "project_id": PROJECT_ID, "notice_id": key, "kind": kind, "stake": "customer",
        "recipients": [CUSTOMER], "refs": [f"project-{PROJECT_ID}"], "summary": summary,
        "content_hash": sha256(f"{key} {summary}".encode()).hexdigest(),
    }  # fmt: skip
    stream = f"notice-{key}"
    yield commands(at, f"{key}-prepare", [("notice.prepare.v1", prepared)])
    after = timedelta(minutes=2)
    yield fact(
        at + after, f"{key}-sent", "notice.sent.v1", stream, {"channel": "email"}, OFFICE,
        project=PROJECT_ID,
    )  # fmt: skip
    yield fact(
        at + 2 * after, f"{key}-arrived", "notice.delivered.v1", stream, {}, PORTAL,
        project=PROJECT_ID,
    )  # fmt: skip
    if read:
        seen = at + timedelta(hours=20)
        yield fact(
            seen, f"{key}-read", "notice.acknowledged.v1", stream,
            {"by": BUYER, "at": rfc3339(seen)}, PORTAL, project=PROJECT_ID,
        )  # fmt: skip


def _stock(first: datetime, course: Course) -> Iterator[Beat]:
    """Tell what is needed and what lies there: of the cable ducts too little."""
    starts = {phase.id: start for phase, start in zip(course.phases, course.starts, strict=True)}
    for item, place, phase, qty, unit, lies in ITEMS:
        counted = when(first, 1, 3, 8)
        yield fact(
            counted, f"{item}-count", "item.stock_counted.v1", f"item-{PROJECT_ID}/{item}",
            {"location": place, "qty": lies, "at": rfc3339(counted)}, ERP, project=PROJECT_ID,
        )  # fmt: skip
        needs = {
            "project_id": PROJECT_ID, "requirement_id": f"RQ-{item}", "phase": phase,
            "item": item, "qty": qty, "uom": unit,
        }  # fmt: skip
        yield commands(when(first, 1, 3, 13), f"{item}-need", [("requirement.identify.v1", needs)])
        if int(lies) < int(qty):
            continue
        begins = instant_of(starts[phase])
        yield fact(
            begins, f"{item}-issue", "item.issued_to_phase.v1", f"item-{PROJECT_ID}/{item}",
            {"requirement": f"RQ-{item}", "qty": qty, "location": place}, ERP, project=PROJECT_ID,
        )  # fmt: skip


def _special_request(first: datetime) -> Iterator[Beat]:
    """Tell how the customer wants lamps: tried on a branch, quoted, approved and put in the plan.

    It is quoted, agreed and applied in one evening: by the next morning the plan has moved, and
    the branch would have to be assessed anew.
    """
    about = {"project_id": PROJECT_ID, "request_id": LAMPS}
    branch = {"project_id": PROJECT_ID, "branch_id": "lamps"}
    asks = when(first, 6, 3, 14)
    wants = {
        "from_party": CUSTOMER, "found_in": "call", "identified_by": LEADERS[ELECTRICAL][1],
        "verbatim": "A signal lamp on each module that one can see from the gallery",
    }  # fmt: skip
    yield fact(
        asks, f"{LAMPS}-identified", "request.identified.v1", f"request-{LAMPS}", wants, PORTAL,
        project=PROJECT_ID,
    )  # fmt: skip
    longer = {
        "project_id": PROJECT_ID, "phase_id": "power", "duration_min": 5 * DAY // 2,
        "reason": {"code": "customer_request", "text": "Five lamps more to be wired and tested"},
    }  # fmt: skip
    price = {"minor": 485_000, "currency": "EUR"}
    lamps = [{"item": "signal lamp, three colours", "qty": "5", "uom": "H87"}]
    steps: tuple[tuple[int, Asked], ...] = (
        (-240, [("request.classify.v1", {**about, "kind": "spec"})]),
        (0, [("branch.open.v1", {**branch, "title": "Signal lamps on each module"})]),
        (1, [("branch.add_request.v1",
              {**branch, "command": "plan.revise_duration.v1", "data": longer})]),
        (2, [("request.assess_impact.v1",
              {**about, "branch": "lamps", "money": price, "materials": lamps})]),
        (5, [("request.quote.v1",
              {**about, "money": price, "valid_until": when(first, 8, 5, 12).date().isoformat()})]),
        (40, [("request.approve.v1", about)]),
        (45, [("request.apply.v1", about)]),
    )  # fmt: skip
    evening = when(first, 6, 3, 19)
    for minutes, asked in steps:
        name = asked[0][0]
        yield commands(evening + timedelta(minutes=minutes), f"{LAMPS}-{name}", asked)
    told = f"{LAMPS}-told"
    at = when(first, 6, 4, 9)
    yield from _told(at, told, "request", "The five signal lamps are in the plan, at 4,850 EUR")
    yield commands(
        at + timedelta(minutes=10), f"{LAMPS}-informed",
        [("request.inform_customer.v1", {**about, "notice": told})],
    )  # fmt: skip


def _published(first: datetime, course: Course) -> Iterator[Beat]:
    """Each second Thursday the schedule is published, and the customer has his status report."""
    for number, week in enumerate(range(1, 14, 2), 1):
        at = when(first, week, 4, 16)
        if minute_of(at) > course.end:
            return
        about = {"project_id": PROJECT_ID}
        yield commands(at, f"schedule-{week}", [("publication.publish_schedule.v1", about)])
        report = {**about, "audience": "customer"}
        yield commands(
            at + timedelta(minutes=10), f"status-{week}",
            [("publication.issue_status_report.v1", report)],
        )  # fmt: skip
        summary = f"Status of the bottling line, number {number}"
        yield from _told(
            at + timedelta(minutes=20),
            f"status-{week}-told",
            "report",
            summary,
            read=number != UNREAD,
        )
