"""Move dates on a whole system: each party is told once for each cause, also across a restart."""

import json
from datetime import timedelta
from pathlib import Path

from consumers.bootstrap import System
from domain.notices.events import NoticePrepared
from tests.unit.consumers.systems import OPEN, StandingClock, ask, ask_all, link, report, system_in

CASCADE = 500
DEPARTMENTS = ("welding", "painting", "packing", "testing")
PROMISE = (
    "project.set_promise.v1",
    '{"project_id":"P","to_party":"Brauhaus","deliverable":"Press","promised_date":"2028-06-02"}',
)
ORDER = {
    "project_id": "P", "commitment_id": "PO-1", "vendor": "Norva", "kind": "goods",
    "item": "valve", "qty": "1", "uom": "H87", "need_by": "2027-03-20", "for_phases": ["p400"],
}  # fmt: skip


def phase(number: int) -> tuple[str, str]:
    body = {
        "project_id": "P",
        "phase_id": f"p{number}",
        "name": f"Phase {number}",
        "department_id": DEPARTMENTS[number % len(DEPARTMENTS)],
        "duration_min": 480,
    }
    return "plan.plan_phase.v1", json.dumps(body)


def in_force(system: System) -> None:
    """Plan 500 phases one after another in four departments, and baseline them."""
    phases = [phase(number) for number in range(CASCADE)]
    links = [link(f"p{number - 1}", f"p{number}") for number in range(1, CASCADE)]
    ordered = ("commitment.request.v1", json.dumps(ORDER))
    told = ask_all(system, [OPEN, *phases, *links, PROMISE, ordered], message_id="plan")
    assert told.kind == "recorded", told
    body = json.dumps({"project_id": "P", "name": "first", "at_position": system.log.head()})
    ask(system, "project.approve_baseline.v1", body, message_id="baseline")
    system.settle()


def lasts(system: System, days: int) -> None:
    body = {
        "project_id": "P", "phase_id": "p0", "duration_min": 480 * days,
        "reason": {"code": "drawing_missing", "text": "Sheet 4"},
    }  # fmt: skip
    told = ask(system, "plan.revise_duration.v1", json.dumps(body), message_id=f"lasts-{days}")
    assert told.kind == "recorded", told
    system.settle()


def notices(system: System) -> list[NoticePrepared]:
    log = system.log.read(0, 5_000)
    return [each.event for each in log if isinstance(each.event, NoticePrepared)]


def test_a_cascade_of_500_moved_phases_is_one_notice_for_each_affected_party(
    tmp_path: Path,
) -> None:
    with system_in(tmp_path) as system:
        in_force(system)
        assert notices(system) == []
        lasts(system, 3)
        told = {notice.recipients: notice.changes_count for notice in notices(system)}
        assert told == {
            ("Brauhaus",): 1,
            ("Norva",): 1,
            ("welding",): 249,
            ("painting",): 250,
            ("packing",): 250,
            ("testing",): 250,
        }
        assert len(notices(system)) == len(told)
    clock = StandingClock()
    with system_in(tmp_path, clock) as again:
        again.settle()
        assert len(notices(again)) == len(told)
        for days in (4, 5, 6):
            clock.advance(timedelta(hours=1))
            lasts(again, days)
        assert len(notices(again)) == len(told)
        clock.advance(timedelta(days=1))
        again.ticker.look()
        again.settle()
        assert len(notices(again)) == 2 * len(told)
        assert {each.changes_count for each in notices(again)[len(told) :]} == {1, 249, 250}


def test_a_notice_is_sent_and_read_as_facts_and_names_its_cause(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        in_force(system)
        lasts(system, 3)
        recorded = next(
            each for each in system.log.read(0, 5_000) if isinstance(each.event, NoticePrepared)
        )
        (cause,) = recorded.event.cause_events
        assert recorded.envelope.causation_id == cause
        assert recorded.project_id == "P"
        for name, data in (
            ("notice.sent.v1", {"channel": "email"}),
            ("notice.acknowledged.v1", {"by": "b.wirt", "at": "2026-03-02T07:00:00Z"}),
        ):
            told = report(system, name, recorded.stream, data, message_id=name, project="P")
            assert told.kind == "recorded", told
