"""Tell what the demo's offices write: who leads, what departments report, what is agreed, costs."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from consumers.demo.plant_beats import HEAD, Course
from consumers.demo.plant_costs import costs
from consumers.demo.plant_days import quarter_of
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
    ZONE,
)
from consumers.demo.telling import (
    OFFICE,
    PORTAL,
    Beat,
    Requests,
    as_in_a_plant,
    command,
    commands,
    fact,
    local,
)
from domain.kernel.minutes import instant_of, minute_of
from domain.kernel.values import rfc3339

LEADERS: Final = {
    ENGINEERING: (ENGINEERING, "Ines Kaltenbach"),
    PROCUREMENT: (PROCUREMENT, "Jonas Reuter"),
    FABRICATION: (FABRICATION, "Marta Wolny"),
    ASSEMBLY: (ASSEMBLY, "Henk Dekker"),
    ELECTRICAL: (ELECTRICAL, "Aylin Demir"),
    QUALITY: ("Quality", "Ruth Lindqvist"),
}
"""The id that each department is registered by, and who leads it."""
DELEGATE: Final = "Piet Vermeer"

NOTHING: Final = "Nothing of BL-200 was in our hands this week."

LATE_REPORT: Final = (PROCUREMENT, 3)
"""Comes after the weekend only; the weeks are counted from 1."""
RETURNED_FROM_WEEK: Final = 4
"""From then on the first report that can be too good is."""
TOO_GOOD: Final = (2_000, 6_000)
"""Between these shares of the work somebody may well say that nearly all of it is done."""
CONTRACT: Final = "NQ-2611"
SAID: Final = {
    ENGINEERING: (
        "Drawings go out as each review is passed.",
        "Waiting for the bottle samples of the customer; nothing stands still for it.",
        "Questions from the shop floor take half of each day.",
    ),
    PROCUREMENT: (
        "All orders are placed; two vendors have to be asked twice for everything.",
        "Fluxtec is called every other day.",
        "Nothing is open that would stop the fitters next week.",
    ),
    FABRICATION: (
        "The welding bay is full; the booth waits for nobody.",
        "The laser is the only machine without a second one.",
        "Frames are cleaned by the night shift.",
    ),
    ASSEMBLY: (
        "Two fitters are on loan to the service team until Thursday.",
        "The modules are mounted in the order in which their parts come.",
        "The hall crane is booked for the joining.",
    ),
    ELECTRICAL: (
        "Wiring follows the fitters a day behind.",
        "The line software runs on the bench with three of five modules.",
        "Terminal plans are one revision behind the cabinets.",
    ),
}


def office(course: Course, seed: int) -> Iterator[Beat]:
    """Tell it all; the order of telling is nobody's, the moments are."""
    first = instant_of(course.begin)
    yield from _departments(first)
    yield from _reports(course)
    yield from _contract(course)
    dice = Random(f"{seed}/costs")  # noqa: S311  Nothing is kept secret.
    yield command(
        first + timedelta(minutes=7),
        "costs-loosely",
        "project.set_rule.v1",
        rule="cost_index",
        parameters={"cpi": 75, "eac": 130},
    )
    yield from as_in_a_plant(costs(course, dice, quarter_of(course.begin)), "cost")


def when(first: datetime, week: int, weekday: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of the n-th week, from 1, on a day from Monday, 1, in the plant's hours."""
    day = first.date() + timedelta(weeks=week - 1, days=weekday - 1)
    return local(day, time(hour, minute))


def _departments(first: datetime) -> Iterator[Beat]:
    since = first.date().isoformat()
    requests: list[tuple[str, dict[str, Any]]] = []
    for name, (key, leader) in LEADERS.items():
        about = {"department_id": key}
        requests.append(("department.register.v1", {**about, "name": name}))
        leads = {**about, "party": leader, "first_day": since}
        requests.append(("department.appoint_supervisor.v1", leads))
    yield commands(first + timedelta(minutes=2), "departments", requests)
    away = {
        "department_id": LEADERS[ASSEMBLY][0],
        "party": DELEGATE,
        "first_day": when(first, 4, 1, 12).date().isoformat(),
        "last_day": when(first, 5, 5, 12).date().isoformat(),
    }
    told = when(first, 3, 4, 10)
    yield commands(told, "delegate", [("department.appoint_supervisor_delegate.v1", away)])


def _reports(course: Course) -> Iterator[Beat]:
    """Each Friday at noon each department says how its work stands, and on Monday it counts."""
    first = instant_of(course.begin)
    for department in SAID:
        yield command(
            first + timedelta(minutes=6),
            f"reporting-{department}",
            "report.set_schedule.v1",
            department_id=department,
            rrule="FREQ=WEEKLY;BYDAY=FR",
            zone=ZONE,
            due_offset_min=960,
            grace_min=240,
            look_ahead_days=0,
        )
    weeks = (course.end - course.begin) // (7 * 1440) + 1
    returned = False
    for week in range(1, weeks + 1):
        for number, department in enumerate(SAID):
            lines = _lines(course, department, first, week)
            too_good = (
                week >= RETURNED_FROM_WEEK and not returned and _beautified(lines) is not None
            )
            returned = returned or too_good
            minute = 5 + number * 11
            yield from _reported(first, department, week, minute, lines, too_good=too_good)


def _reported(
    first: datetime,
    department: str,
    week: int,
    minute: int,
    lines: list[dict[str, Any]],
    *,
    too_good: bool,
) -> Iterator[Beat]:
    as_of = when(first, week, 5, 12)
    year, number, _ = as_of.isocalendar()
    period = f"{year}-W{number:02d}"
    key, stream = f"report-{department}-{period}", f"report-{PROJECT_ID}/{department}/{period}"
    said = SAID[department][(week - 1) % len(SAID[department])] if lines else NOTHING
    content: dict[str, Any] = {
        "as_of": rfc3339(as_of),
        "lines": lines,
        "narrative": [{"section": "remarks", "text": said}],
        "health": "at_risk" if (department, week) == LATE_REPORT else "on_track",
    }
    sent = when(first, week, 5, 12, minute)
    if (department, week) == LATE_REPORT:
        sent = when(first, week + 1, 1, 9, 40)
    about = {"department_id": department, "period": period}
    accepted = when(first, week + 1, 1, 10, minute)
    name = "report.submitted.v1"
    if not too_good:
        yield fact(sent, key, name, stream, content, OFFICE, project=PROJECT_ID)
        yield command(accepted, f"{key}-accept", "report.accept.v1", **about)
        return
    better, phase = _beautified(lines) or (lines, "")
    first_try = {**content, "lines": better}
    yield fact(sent, key, name, stream, first_try, OFFICE, project=PROJECT_ID)
    found = f"{phase} is told as nearly done, the plant counted half or less: please count again"
    yield command(
        sent + timedelta(hours=2), f"{key}-return", "report.return.v1", **about, findings=[found]
    )
    mended = when(first, week + 1, 1, 8, 20)
    yield fact(mended, f"{key}-mended", name, stream, content, OFFICE, project=PROJECT_ID)
    yield command(accepted, f"{key}-accept", "report.accept.v1", **about)


def _lines(course: Course, department: str, first: datetime, week: int) -> list[dict[str, Any]]:
    """Return what is true of the phases that ran in the week: minutes left, share as counted."""
    begin, noon = minute_of(when(first, week, 1, 0)), minute_of(when(first, week, 5, 12))
    kickoff = {"phase_id": "kickoff", "remaining_min": 0}
    lines: list[dict[str, Any]] = [kickoff] if (department, week) == (ENGINEERING, 1) else []
    for place, phase in enumerate(course.phases):
        start, finish = course.starts[place], course.finishes[place]
        if phase.step.department != department or start >= noon or finish < begin:
            continue
        left = course.axis.between(noon, finish) if finish > noon else 0
        line: dict[str, Any] = {"phase_id": phase.id, "remaining_min": left}
        worked = course.axis.between(start, finish)
        # Where a phase's end waits for another's, its share is not that of its time.
        if left and worked >= 2 * DAY and phase.step.link != "FF":
            line["physical_bp"] = (worked - left) * 4 // worked * 2_500
        lines.append(line)
    return lines


def _beautified(lines: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str] | None:
    """Return the lines with one phase nearly done that is not, and which; None where none is."""
    low, high = TOO_GOOD
    for place, line in enumerate(lines):
        if low <= line.get("physical_bp", 0) <= high:
            better = {**line, "physical_bp": 9_000, "remaining_min": line["remaining_min"] // 4}
            return [*lines[:place], better, *lines[place + 1 :]], str(line["phase_id"])
    return None


def _contract(course: Course) -> Iterator[Beat]:
    """Tell of the customer's contract: reviewed, objected to, signed, amended, reviewed again."""
    first, stream = instant_of(course.begin), f"contract-{CONTRACT}"
    about = {"project_id": PROJECT_ID, "contract_id": CONTRACT}
    paper = {"party": CUSTOMER, "kind": "customer", "version": 1, "doc_hash": f"{CONTRACT}/1"}
    came = when(first, 1, 1, 9, 10)
    yield fact(
        came, f"{CONTRACT}-received", "contract.received.v1", stream, paper, PORTAL,
        project=PROJECT_ID,
    )  # fmt: skip
    yield commands(when(first, 1, 1, 10), f"{CONTRACT}-clauses", _clauses(about, course.promise))
    yield from _review(first, about, 1, (1, 1, 11))
    objection = {
        **about,
        "finding_id": "output",
        "clause": "9",
        "text": "24 000 bottles an hour for eight hours: nobody has so many empties on the site",
        "severity": "high",
    }
    yield commands(
        when(first, 1, 2, 14), f"{CONTRACT}-finding",
        [("contract.raise_review_finding.v1", objection)],
    )  # fmt: skip
    settled = {
        **about,
        "finding_id": "output",
        "how": "resolved",
        "text": "Two hours are enough for the customer; the clause says so now",
    }
    yield commands(
        when(first, 1, 4, 15), f"{CONTRACT}-resolved", [("contract.resolve_finding.v1", settled)]
    )
    yield from _signed(first, about, 1, (1, 5, 10))
    amended = {"version": 2, "changed_clauses": ["9"], "doc_hash": f"{CONTRACT}/2"}
    yield fact(
        when(first, 5, 3, 9), f"{CONTRACT}-amended", "contract.amended.v1", stream, amended, PORTAL,
        project=PROJECT_ID,
    )  # fmt: skip
    spec = {
        **about,
        "ref": "9",
        "kind": "spec",
        "value": "24 000 bottles an hour, also of 0.33 l",
        "reason": {"code": "customer_request", "text": "Amendment 1: a second bottle"},
    }
    yield commands(
        when(first, 5, 4, 9), f"{CONTRACT}-clause-9", [("contract.record_clause.v1", spec)]
    )
    yield from _review(first, about, 2, (6, 1, 9))
    yield from _signed(first, about, 2, (7, 5, 10))
    # The rhythm that the clause asks for counts from the signature, on a Friday.
    for week in range(3, 14, 2):
        at = when(first, week, 5, 9)
        if minute_of(at) < course.end:
            yield fact(
                at, f"{CONTRACT}-reported-{week}", "contract.obligation_met.v1", stream,
                {"clause": "7", "at": rfc3339(at)}, PORTAL, project=PROJECT_ID,
            )  # fmt: skip


def _clauses(about: dict[str, str], promise: date) -> Requests:
    clauses = (
        {"ref": "4", "kind": "delivery_date", "value": promise.isoformat(), "unit": "date"},
        {
            "ref": "5", "kind": "liquidated_damages", "value": "150000", "unit": "EUR/day",
            "cap_minor": 4_500_000,
        },
        {"ref": "7", "kind": "reporting", "value": "14", "unit": "days"},
        {"ref": "8", "kind": "notice_period", "value": "5", "unit": "working_days"},
        {"ref": "9", "kind": "spec", "value": "24 000 bottles an hour"},
    )  # fmt: skip
    return [("contract.record_clause.v1", {**about, **clause}) for clause in clauses]


def _review(
    first: datetime, about: dict[str, str], version: int, at: tuple[int, int, int]
) -> Iterator[Beat]:
    begins = when(first, *at)
    due = (begins + timedelta(days=5)).date().isoformat()
    review = {**about, "reviewers": ["Sales", LEADERS[ENGINEERING][1], "Legal"], "due": due}
    yield commands(begins, f"{CONTRACT}-review-{version}", [("contract.assign_review.v1", review)])


def _signed(
    first: datetime, about: dict[str, str], version: int, at: tuple[int, int, int]
) -> Iterator[Beat]:
    """Tell that we can do it in every respect, that the review is over, and who signed."""
    steps: list[tuple[str, dict[str, Any]]] = [
        ("contract.confirm_ability.v1", {**about, "aspect": aspect, "evidence_position": HEAD})
        for aspect in ("capacity", "material", "technical", "cost")
    ]
    done = {**about, "version": version, "outcome": "accepted"}
    steps.append(("contract.complete_review.v1", done))
    ends = when(first, *at)
    yield commands(ends, f"{CONTRACT}-reviewed-{version}", steps)
    by = {**about, "version": version, "by": "Clara Eggers, sales"}
    yield commands(
        ends + timedelta(hours=1), f"{CONTRACT}-signed-{version}", [("contract.sign.v1", by)]
    )
