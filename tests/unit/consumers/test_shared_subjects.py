"""What projects share is in the history of each that uses it, once, and its rules go by it."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from consumers.bootstrap import System
from consumers.policy_runner import PolicyRunner
from domain.kernel.messages import COORDINATOR, Principal
from domain.kernel.refusals import NotAuthorised
from projections.replay import messages_of
from tests.unit.consumers.systems import StandingClock, ask, ask_all, report, system_in

PROJECTS = ("P", "Q", "R")
ONE_SHIFT = [{"dow": day, "from_min": 480, "to_min": 960} for day in range(1, 6)]


def request(name: str, /, **body: object) -> tuple[str, str]:
    return name, json.dumps(body)


def in_project(
    project: str, /, *requests: tuple[str, Mapping[str, object]]
) -> list[tuple[str, str]]:
    return [request(name, project_id=project, **body) for name, body in requests]


def opened(project: str, calendar: str = "std") -> list[tuple[str, str]]:
    """Return requests for a project of one week's work, a phase long."""
    return in_project(
        project,
        ("project.open.v1", {"name": project, "zone": "UTC", "calendar_id": calendar,
                             "start": "2026-03-02T08:00:00Z"}),
        ("plan.plan_phase.v1", {"phase_id": "weld", "name": "Weld", "department_id": "Works",
                                "duration_min": 2400}),
    )  # fmt: skip


def settle(system: System) -> None:
    """Let policies react, and again once what they found has lasted."""
    system.settle()
    system.clock.advance(timedelta(minutes=16))  # type: ignore[attr-defined]
    system.ticker.tick(system.clock())
    system.settle()


def events(system: System, name: str) -> list[Any]:
    return [each for each in system.log.read(0, 10_000) if each.event.type_name == name]


def found(system: System, rule: str) -> list[str]:
    """Return the projects in which conflicts of a rule were detected."""
    detected = events(system, "conflict.detected.v1")
    return sorted(each.project_id for each in detected if each.event.rule == rule)


def shared_press(system: System) -> None:
    asked = [
        request("resource.register.v1", resource_id="press", name="Press", department_id="Works"),
        request("resource.set_capacity.v1", resource_id="press", milli_units=1000),
    ]
    assert ask_all(system, asked, message_id="press").kind == "recorded"


def requires_press(system: System, project: str) -> None:
    needed = {"phase_id": "weld", "resource_id": "press", "milli": 1000}
    asked = in_project(project, ("plan.require.v1", needed))
    assert ask_all(system, asked, message_id=f"needs-{project}").kind == "recorded"


def an_outage(system: System) -> None:
    broken = {
        "since": "2026-03-03T08:00:00Z",
        "until": "2026-03-12T08:00:00Z",
        "kind": "breakdown",
    }
    told = report(system, "resource.outage_reported.v1", "resource-press", broken, message_id="out")
    assert told.kind == "recorded"


def press_in_two(system: System) -> None:
    """Let P and Q require the shared press, and R nothing."""
    shared_press(system)
    for project in PROJECTS:
        ask_all(system, opened(project), message_id=f"open-{project}")
    for project in ("P", "Q"):
        requires_press(system, project)
    system.settle()


def test_an_outage_of_a_shared_resource_is_found_in_each_project_that_requires_it(
    tmp_path: Path,
) -> None:
    clock = StandingClock(datetime(2026, 3, 4, 7, tzinfo=UTC))
    with system_in(tmp_path, clock) as system:
        press_in_two(system)
        before = found(system, "outage_in_plan")
        an_outage(system)
        settle(system)

        assert before == []
        assert found(system, "outage_in_plan") == ["P", "Q"]


def test_a_shared_change_is_recorded_once_in_each_project_that_uses_it(tmp_path: Path) -> None:
    with system_in(tmp_path, StandingClock(datetime(2026, 3, 4, 7, tzinfo=UTC))) as system:
        press_in_two(system)
        an_outage(system)
        settle(system)
        recorded = events(system, "project.reference_changed.v1")

    assert [(each.project_id, each.event.cause) for each in recorded] == [
        ("P", "resource-press:1"), ("P", "resource-press:2"),
        ("Q", "resource-press:1"), ("Q", "resource-press:2"),
        ("P", "resource-press:3"), ("Q", "resource-press:3"),
    ]  # fmt: skip
    last = recorded[-1]
    assert last.event.content_type == "resource.outage_reported.v1"
    assert last.event.effective_at == datetime(2026, 3, 4, 7, tzinfo=UTC)
    assert last.envelope.causation_id == "resource-press:3"
    assert last.envelope.decided_on == {"resource-press": 3, "resource-Q/press": 0}


def test_what_is_taken_over_at_the_beginning_of_use_is_one_message(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        press_in_two(system)
        taken = events(system, "project.reference_changed.v1")

    told = Counter(each.envelope.message_id for each in taken if each.project_id == "P")
    assert list(told.values()) == [2]


def test_reading_the_log_again_takes_nothing_over_again(tmp_path: Path) -> None:
    with system_in(tmp_path, StandingClock(datetime(2026, 3, 4, 7, tzinfo=UTC))) as system:
        press_in_two(system)
        an_outage(system)
        settle(system)
        head = system.log.head()
        again = PolicyRunner(system.log, system.dispatcher)
        again.position = 0
        while page := system.log.read(again.position, 100):
            for message in messages_of(page):
                again._react(message)  # noqa: SLF001  As after a crash before its position.
            again.position = page[-1].position

        assert system.log.head() == head


def test_a_restarted_runner_knows_which_projects_use_what(tmp_path: Path) -> None:
    with system_in(tmp_path, StandingClock(datetime(2026, 3, 4, 7, tzinfo=UTC))) as system:
        press_in_two(system)
    with system_in(tmp_path, StandingClock(datetime(2026, 3, 4, 8, tzinfo=UTC))) as system:
        an_outage(system)
        settle(system)

        assert found(system, "outage_in_plan") == ["P", "Q"]


def hours(system: System, project: str, skill: str) -> None:
    booked = {"resource": "team", "minutes": 600, "work_date": "2026-03-02", "skill": skill}
    stream = f"estimate-{project}/weld"
    told = report(
        system, "estimate.actual_hours_booked.v1", stream, booked, message_id=f"hours-{project}",
        project=project,
    )  # fmt: skip
    assert told.kind == "recorded"


def budgeted(system: System, skills: Sequence[str]) -> None:
    """Budget a phase of each project at 1,000.00 EUR, earn a fifth of it in ten hours."""
    for project, skill in zip(PROJECTS, skills, strict=True):
        money = {"minor": 100_000, "currency": "EUR"}
        submitted = {"phase_id": "weld", "element": "labour", "method": "analogous", "money": money}
        asked = in_project(
            project,
            ("estimate.submit.v1", submitted),
            ("estimate.approve.v1", {"phase_id": "weld"}),
            ("estimate.baseline_budget.v1", {"phase_id": "weld", "at_position": 1}),
        )
        ask_all(system, opened(project), message_id=f"open-{project}")
        assert ask_all(system, asked, message_id=f"budget-{project}").kind == "recorded"
        progress = {"remaining_min": 1_920, "physical_bp": 2_000, "basis": "count"}
        stream = f"phase-{project}/weld"
        told = report(
            system, "phase.progress_recorded.v1", stream, progress, message_id=f"did-{project}"
        )
        assert told.kind == "recorded"
        hours(system, project, skill)


def rate(system: System, skill: str, minor: int, message_id: str) -> None:
    money = {"minor": minor, "currency": "EUR"}
    changed = request("rate.change.v1", skill_id=skill, valid_from="2026-01-01", rate=money)
    assert ask_all(system, [changed], message_id=message_id).kind == "recorded"


def test_a_rate_that_rises_is_found_where_hours_of_the_skill_cost_too_much(tmp_path: Path) -> None:
    """A fifth of 1,000.00 is earned in ten hours: at 20.00 that was budgeted, at 30.00 not."""
    with system_in(tmp_path, StandingClock(datetime(2026, 3, 3, 7, tzinfo=UTC))) as system:
        rate(system, "fitter", 2_000, "r1")
        rate(system, "painter", 2_000, "r2")
        budgeted(system, ("fitter", "fitter", "painter"))
        settle(system)
        before = found(system, "cost_index")
        rate(system, "fitter", 3_000, "r3")
        settle(system)

        assert before == []
        assert found(system, "cost_index") == ["P", "Q"]


def test_a_rate_that_comes_after_the_hours_is_taken_over_when_it_comes(tmp_path: Path) -> None:
    with system_in(tmp_path, StandingClock(datetime(2026, 3, 3, 7, tzinfo=UTC))) as system:
        budgeted(system, ("fitter", "fitter", "painter"))
        settle(system)
        assert events(system, "project.reference_changed.v1") == []
        rate(system, "fitter", 3_000, "r1")
        settle(system)

        assert found(system, "cost_index") == ["P", "Q"]


def finish(system: System, project: str) -> int:
    system.settle()
    position = system.log.head()
    schedule = system.views.network(project, position).schedule()
    assert schedule is not None
    return schedule.phases["weld"].finish


def test_a_shared_calendar_moves_the_dates_of_who_works_by_it(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        hall = request("calendar.define.v1", calendar_id="hall", zone="UTC", weekly=ONE_SHIFT)
        assert ask_all(system, [hall], message_id="hall").kind == "recorded"
        for project, calendar in zip(PROJECTS, ("hall", "hall", "std"), strict=True):
            ask_all(system, opened(project, calendar), message_id=f"open-{project}")
        before = {project: finish(system, project) for project in PROJECTS}
        closed = request(
            "calendar.add_exception.v1", calendar_id="hall", date="2026-03-04", kind="holiday"
        )
        ask_all(system, [closed], message_id="holiday")
        after = {project: finish(system, project) for project in PROJECTS}

    a_weekend_later = 3 * 1440
    assert after["P"] - before["P"] == a_weekend_later
    assert after["Q"] - before["Q"] == a_weekend_later
    assert after["R"] == before["R"]


def count(system: System, qty: str, message_id: str) -> None:
    counted = {"location": "store", "qty": qty, "at": system.clock().isoformat()}
    told = report(system, "item.stock_counted.v1", "item-valve", counted, message_id=message_id)
    assert told.kind == "recorded"


def test_a_shared_item_that_gets_short_is_found_in_each_project_that_needs_it(
    tmp_path: Path,
) -> None:
    """Six valves are needed in P and in Q: eight that lie there are enough, four are not."""
    with system_in(tmp_path) as system:
        count(system, "8", "c1")
        for project in PROJECTS:
            ask_all(system, opened(project), message_id=f"open-{project}")
        for project in ("P", "Q"):
            needed = {"requirement_id": f"{project}-1", "phase": "weld", "item": "valve",
                      "qty": "6", "uom": "H87"}  # fmt: skip
            asked = in_project(project, ("requirement.identify.v1", needed))
            assert ask_all(system, asked, message_id=f"needs-{project}").kind == "recorded"
        settle(system)
        before = found(system, "shortage")
        system.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
        count(system, "4", "c2")
        settle(system)

        assert before == []
        assert found(system, "shortage") == ["P", "Q"]


def test_less_of_a_shared_resource_is_found_where_more_is_required(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        press_in_two(system)
        settle(system)
        before = found(system, "over_capacity")
        half = request("resource.set_capacity.v1", resource_id="press", milli_units=500)
        assert ask_all(system, [half], message_id="half").kind == "recorded"
        settle(system)

        assert before == []
        assert found(system, "over_capacity") == ["P", "Q"]


def test_what_was_true_by_a_moment_counts_since_it_was_true_of_the_subject(tmp_path: Path) -> None:
    """On the fourth it is told that the press is out since the third, and taken over then."""
    with system_in(tmp_path, StandingClock(datetime(2026, 3, 4, 7, tzinfo=UTC))) as system:
        press_in_two(system)
        broken = {"since": "2026-03-03T08:00:00Z", "kind": "breakdown"}
        report(
            system, "resource.outage_reported.v1", "resource-press", broken, message_id="out",
            true_at=datetime(2026, 3, 3, 8, tzinfo=UTC),
        )  # fmt: skip
        settle(system)
        (taken,) = [
            each
            for each in system.views.history(
                "P", 0, system.log.head(), datetime(2026, 3, 4, 6, tzinfo=UTC)
            )
            if each.event.type_name == "project.reference_changed.v1"
        ]

    assert taken.event.content_type == "resource.outage_reported.v1"


def test_a_projects_own_calendar_is_not_replaced_by_a_shared_one_of_its_name(
    tmp_path: Path,
) -> None:
    with system_in(tmp_path) as system:
        own = in_project("P", ("calendar.define.v1", {"calendar_id": "std", "zone": "UTC",
                                                      "weekly": ONE_SHIFT}))  # fmt: skip
        ask_all(system, [*own, *opened("P")], message_id="open")
        half = [{**day, "to_min": 720} for day in ONE_SHIFT]
        shared = request("calendar.define.v1", calendar_id="std", zone="UTC", weekly=half)
        ask_all(system, [shared], message_id="shared")
        settle(system)

        assert events(system, "project.reference_changed.v1") == []


def test_who_is_bound_to_projects_changes_nothing_that_they_share(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        bound = Principal(party_id="b", role=COORDINATOR, projects=frozenset({"P"}))
        name, body = request("calendar.define.v1", calendar_id="hall", zone="UTC", weekly=ONE_SHIFT)
        with pytest.raises(NotAuthorised, match="what no project owns is not yours to change"):
            ask(system, name, body, message_id="1", principal=bound)
