"""Tell what is said in a project: its meetings, what its customer asks, what parties are told."""

from collections.abc import Generator, Iterator, Mapping
from hashlib import sha256
from random import Random
from typing import Any, Final

from consumers.demo.plant_beats import (
    OFFICE,
    PORTAL,
    WEEK,
    Beat,
    Course,
    asked,
    moment,
    noted,
)
from consumers.demo.plant_days import shift
from consumers.demo.plant_habits import CUSTOMERS, OFFICES
from domain.kernel.minutes import Minute

MEETING_WEEKS: Final = 3
INVITED: Final = 4
"""So many departments are asked to a meeting."""
LEADS: Final = 2
"""So many of them lead an item of its agenda."""
STATUS_WEEKS: Final = 4
BOUNCED: Final = 0.04
MOVED: Final = 0.1
CANCELLED: Final = 0.07

TOPICS: Final = ("Interfaces", "Test bay", "Late deliveries", "Open drawings", "Staffing", "Risks")
QUESTIONS: Final = (
    "When will the line be delivered?",
    "Has the new valve been considered?",
    "May we visit the works in two weeks?",
    "Why did the delivery date move?",
)


def talks(course: Course, dice: Random) -> Iterator[Beat]:
    """Tell of a project's meetings, inquiries and notices from its first week on."""
    number, at = 0, shift(course.begin + WEEK, 9)
    while at < course.end:
        yield from _meeting(course, dice, f"{course.key}-M{number}", at)
        number, at = number + 1, shift(at + MEETING_WEEKS * WEEK, 9)
    asks = CUSTOMERS[course.customer].asks_weeks
    number, at = 0, shift(course.begin + dice.randint(1, asks) * WEEK, 7)
    while at < course.end:
        yield from _inquiry(course, dice, f"{course.key}-I{number}", at)
        number, at = number + 1, shift(at + asks * WEEK + dice.randint(0, 3) * 1440, 7)
    number, at = 0, shift(course.begin + STATUS_WEEKS * WEEK, 13)
    while at < course.end:
        summary = f"Status of {course.name}, number {number + 1}"
        yield from _notice(course, dice, f"{course.key}-N{number}", at, "report", summary)
        number, at = number + 1, shift(at + STATUS_WEEKS * WEEK, 13)


def _meeting(course: Course, dice: Random, key: str, start: Minute) -> Iterator[Beat]:
    about = {"project_id": course.key, "meeting_id": key}
    stream = f"meeting-{key}"
    departments = dice.sample(sorted(OFFICES), INVITED)
    called = start - dice.choice((3, 4, 5)) * 1440
    planned = {"purpose": "Coordination", "start": moment(start), "duration_min": 60}
    commands: list[tuple[str, Mapping[str, Any]]] = [("meeting.plan.v1", about | planned)]
    for number, department in enumerate(departments[:LEADS]):
        item = {
            "item_id": f"i{number}", "topic": dice.choice(TOPICS), "lead": _head(department),
            "required_departments": departments[: LEADS + number], "minutes": 20,
            "prep_due": moment(start - 1440),
        }  # fmt: skip
        commands.append(("meeting.add_agenda_item.v1", about | item))
    for department in departments:
        invited = {"party": _head(department), "department_id": department}
        commands.append(("meeting.invite_attendee.v1", about | invited))
    yield asked(called, commands)
    if dice.random() < CANCELLED:
        why = {"reason": {"code": "other", "text": "Nothing to talk over"}}
        yield asked(start - 600, [("meeting.cancel.v1", about | why)])
        return
    if dice.random() < MOVED:
        start = shift(start + 1440, 9)
        later = {"start": moment(start), "reason": {"code": "other", "text": "Nobody has time"}}
        yield asked(called + 120, [("meeting.move.v1", about | later)])
    present = yield from _answered(dice, stream, departments, called + 180, start)
    held = {"started": moment(start), "ended": moment(start + 60)}
    yield noted(start + 70, OFFICE, "meeting.held.v1", stream, held, start)
    listed = {"present": present}
    yield noted(start + 71, OFFICE, "meeting.attendance_recorded.v1", stream, listed, start)
    yield from _minuted(course, dice, about, departments[:LEADS], start + 120)


def _answered(
    dice: Random, stream: str, departments: list[str], at: Minute, start: Minute
) -> Generator[Beat, None, list[str]]:
    """Tell who answers what and who is prepared; return who was there."""
    present = ["coordinator"]
    for number, department in enumerate(departments):
        habit, party = OFFICES[department], _head(department)
        comes = dice.random() < habit.comes
        told = at + dice.randrange(600)
        answer = {"party": party, "answer": "ACCEPTED" if comes else "DECLINED"}
        yield noted(told, OFFICE, "meeting.invitation_answered.v1", stream, answer)
        if comes:
            present.append(party)
        if number < LEADS and dice.random() < habit.prepared:
            ready = {"attendee": party, "item_id": f"i{number}"}
            told = start - 1440 - dice.randrange(1, 600)
            yield noted(told, OFFICE, "meeting.preparation_confirmed.v1", stream, ready)
    return present


def _minuted(
    course: Course, dice: Random, about: Mapping[str, Any], leads: list[str], at: Minute
) -> Iterator[Beat]:
    """Tell of what was said and decided, and of who does what by when, and does it."""
    stream = f"meeting-{about['meeting_id']}"
    commands: list[tuple[str, Mapping[str, Any]]] = []
    for number, department in enumerate(leads):
        of_item = {"item_id": f"i{number}"}
        said = {"text": f"{department} told where it stands"}
        commands.append(("meeting.record_minute.v1", {**about, **of_item, **said}))
        due = shift(at + dice.choice((3, 5, 8)) * 1440, 15)
        action = {
            "action_id": f"a{number}", "text": "Settle it and tell the others",
            "owner": _head(department), "due": moment(due),
        }  # fmt: skip
        commands.append(("meeting.create_action.v1", {**about, **action}))
        done = due - 180
        if dice.random() >= OFFICES[department].acts:
            done += dice.randint(1, 12) * 1440
        completed = {"action_id": f"a{number}", "by": _head(department)}
        yield noted(done, OFFICE, "meeting.action_completed.v1", stream, completed)
    decided = {"decision_id": "d0", "text": "The later one gives way", "item_id": "i0"}
    plan = {"refs": [f"plan-{course.key}"]}
    commands.append(("meeting.record_decision.v1", {**about, **decided, **plan}))
    yield asked(at, commands)
    yield asked(at + 1440, [("meeting.approve_minutes.v1", about)])


def _inquiry(course: Course, dice: Random, key: str, at: Minute) -> Iterator[Beat]:
    about = {"project_id": course.key, "inquiry_id": key}
    department = dice.choice(sorted(OFFICES))
    due = shift(at + 5 * 1440, 15)
    question = {
        "from_party": course.customer, "channel": "mail", "text": dice.choice(QUESTIONS),
        "due": moment(due), "about": [f"project-{course.key}"],
    }  # fmt: skip
    yield noted(at, PORTAL, "inquiry.received.v1", f"inquiry-{key}", question)
    owner = {"owner": _head(department), "department_id": department}
    yield asked(at + 60, [("inquiry.assign.v1", about | owner)])
    answered = due - dice.randrange(200, 2_000)
    if dice.random() >= OFFICES[department].answers:
        answered = due + dice.randint(1, 10) * 1440
    evidence = [{"ref": f"project-{course.key}", "disclosure": "customer"}]
    answer = {"text": "As the plan stands, on the day that was promised", "evidence": evidence}
    yield asked(answered, [("inquiry.draft_answer.v1", about | answer)])
    yield asked(answered + 90, [("inquiry.approve_answer.v1", {**about, "disclosure": "customer"})])
    notice = f"{key}-A"
    yield from _notice(course, dice, notice, answered + 100, "request", answer["text"])
    yield asked(answered + 110, [("inquiry.answer.v1", {**about, "notice": notice})])
    yield asked(answered + 5 * 1440, [("inquiry.close.v1", about)])


def _notice(
    course: Course, dice: Random, key: str, at: Minute, kind: str, summary: object
) -> Iterator[Beat]:
    prepared = {
        "project_id": course.key, "notice_id": key, "kind": kind, "stake": "customer",
        "recipients": [course.customer], "refs": [f"project-{course.key}"], "summary": summary,
        "content_hash": sha256(f"{key} {summary}".encode()).hexdigest(),
    }  # fmt: skip
    stream = f"notice-{key}"
    yield asked(at, [("notice.prepare.v1", prepared)])
    yield noted(at + 2, OFFICE, "notice.sent.v1", stream, {"channel": "email"})
    if dice.random() < BOUNCED:
        yield noted(at + 4, PORTAL, "notice.bounced.v1", stream, {"detail": "mailbox full"})
        return
    yield noted(at + 4, PORTAL, "notice.delivered.v1", stream, {})
    if dice.random() < CUSTOMERS[course.customer].reads:
        read = at + dice.randrange(30, 4 * 1440)
        seen = {"by": course.customer, "at": moment(read)}
        yield noted(read, PORTAL, "notice.acknowledged.v1", stream, seen)


def _head(department: str) -> str:
    """Return who speaks for a department in meetings."""
    return f"head of {department}"
