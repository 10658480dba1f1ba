"""Tell what is agreed in a project: the customer's contract, its review, and what he amends."""

from collections.abc import Generator, Iterator, Mapping
from random import Random
from typing import Any, Final

from consumers.demo.plant_beats import HEAD, PORTAL, WEEK, Beat, Course, asked, moment, noted
from consumers.demo.plant_days import day_of, shift
from consumers.demo.plant_habits import CUSTOMERS
from domain.kernel.minutes import Minute

OBJECTED: Final = 0.5
"""How often a reviewer objects to something."""
GATED: Final = 0.8
"""How often the first purchase after the signature waits for the contract."""
NOTIFIED: Final = 0.5
REPORTED: Final = 0.8
"""How often a report that the contract asks for is sent."""
REVIEWED_AGAIN: Final = 0.6
REPORT_DAYS: Final = 28
AMENDMENTS_MAX: Final = 3

Commands = list[tuple[str, Mapping[str, Any]]]


def contracts(course: Course, dice: Random) -> Iterator[Beat]:
    """Tell of the customer's contract, from the paper that comes to what it asked for."""
    habit = CUSTOMERS[course.customer]
    key = f"{course.key}-C"
    received = course.begin + 90
    paper = {"party": course.customer, "kind": "customer", "version": 1, "doc_hash": f"{key}/1"}
    yield noted(received, PORTAL, "contract.received.v1", f"contract-{key}", paper)
    yield asked(received + 60, _clauses(course, key, dice))
    signed = yield from _reviewed(course, dice, received + 120, 1)
    yield from _gate(course, dice, received + 200, signed)
    version, at = 1, signed
    while version <= AMENDMENTS_MAX and dice.random() < habit.amends:
        at = shift(at + dice.randint(2, 8) * WEEK, 10)
        if at > course.end:
            break
        version += 1
        changed = ["4", "9"] if dice.random() < OBJECTED else ["9"]
        amended = {
            "version": version, "changed_clauses": changed, "doc_hash": f"{key}/{version}",
        }  # fmt: skip
        yield noted(at, PORTAL, "contract.amended.v1", f"contract-{key}", amended)
        if dice.random() < REVIEWED_AGAIN:
            at = yield from _reviewed(course, dice, at + 300, version)
    yield from _kept(course, dice, signed)


def _clauses(course: Course, key: str, dice: Random) -> Commands:
    a_day = str(dice.choice((50_000, 120_000, 250_000)))
    clauses = (
        ("4", "delivery_date", course.promise.isoformat(), "date", None),
        ("5", "liquidated_damages", a_day, "EUR/day", 5_000_000),
        ("7", "reporting", str(REPORT_DAYS), "days", None),
        ("8", "notice_period", str(dice.choice((5, 10))), "working_days", None),
        ("9", "spec", "Output at 98 percent", None, None),
    )
    commands: Commands = []
    for ref, kind, value, unit, cap in clauses:
        clause: dict[str, Any] = {
            "project_id": course.key, "contract_id": key, "ref": ref, "kind": kind, "value": value,
        }  # fmt: skip
        clause |= {} if unit is None else {"unit": unit}
        clause |= {} if cap is None else {"cap_minor": cap}
        commands.append(("contract.record_clause.v1", clause))
    return commands


def _reviewed(
    course: Course, dice: Random, at: Minute, version: int
) -> Generator[Beat, None, Minute]:
    """Tell of the review of a version and its signature; return when it was signed."""
    habit = CUSTOMERS[course.customer]
    about = {"project_id": course.key, "contract_id": f"{course.key}-C"}
    due = day_of(at + 5 * 1440).isoformat()
    reviewers = ["sales", "engineering", "legal"]
    yield asked(at, [("contract.assign_review.v1", {**about, "reviewers": reviewers, "due": due})])
    done = shift(at + dice.choice(habit.review_days) * 1440, 12)
    steps: Commands = []
    if dice.random() < OBJECTED:
        finding = {**about, "finding_id": f"f{version}"}
        objection = {"clause": "9", "text": "Nobody can measure this", "severity": "medium"}
        yield asked(at + 240, [("contract.raise_review_finding.v1", finding | objection)])
        steps.append(("contract.resolve_finding.v1", {**finding, "how": "resolved"}))
    for aspect in ("capacity", "material", "technical", "cost"):
        sure = {**about, "aspect": aspect, "evidence_position": HEAD}
        steps.append(("contract.confirm_ability.v1", sure))
    accepted = {**about, "version": version, "outcome": "accepted"}
    steps.append(("contract.complete_review.v1", accepted))
    yield asked(done, steps)
    yield asked(done + 60, [("contract.sign.v1", {**about, "version": version, "by": "sales"})])
    return done + 60


def _gate(course: Course, dice: Random, at: Minute, signed: Minute) -> Iterator[Beat]:
    """Let the first purchase that is released after the signature wait for it."""
    waits = next(
        (
            place
            for place, phase in enumerate(course.phases)
            if phase.step.key == "order" and course.starts[place] > signed + 2 * WEEK
        ),
        None,
    )
    if waits is None or dice.random() >= GATED:
        return
    gate = {"project_id": course.key, "gate_id": "contract"}
    bar = {"phase_id": course.phases[waits].id, "kind": "contract", "ref": f"{course.key}-C"}
    yield asked(at, [("plan.add_gate.v1", gate | bar)])
    evidence = {"evidence": "Signed by both"}
    yield asked(signed + 30, [("plan.satisfy_gate.v1", gate | evidence)])


def _kept(course: Course, dice: Random, signed: Minute) -> Iterator[Beat]:
    """Tell of what the contract asked for and was done: reports, notices, the delivery."""
    stream = f"contract-{course.key}-C"

    def met(at: Minute, clause: str) -> Beat:
        done = {"clause": clause, "at": moment(at)}
        return noted(at + 5, PORTAL, "contract.obligation_met.v1", stream, done, at)

    at = signed + (REPORT_DAYS - 1) * 1440
    while at < course.end:
        if dice.random() < REPORTED:
            yield met(at, "7")
        at += REPORT_DAYS * 1440
    for told, _ in course.agreed:
        if dice.random() < NOTIFIED:
            yield met(told - 1440, "8")
    yield met(course.end + 60, "4")
