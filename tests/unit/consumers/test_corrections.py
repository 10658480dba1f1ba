"""Correct what was recorded: every reader believes it from then on, and not before."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from consumers.bootstrap import System
from consumers.explaining import why
from projections.rebuilding import verify
from tests.unit.consumers.systems import (
    OPEN,
    StandingClock,
    ask,
    ask_all,
    link,
    plan_phase,
    report,
    system_in,
)

PROGRESS = "phase.progress_recorded.v1"
PROMISE = (
    "project.set_promise.v1",
    '{"project_id":"P","to_party":"C","deliverable":"Press","promised_date":"2026-03-04"}',
)


def begun(system: System) -> int:
    """Plan two days of work; a report says that four days of the first are left. Return where."""
    ask_all(system, [OPEN, plan_phase("a"), plan_phase("b"), link("a", "b")], message_id="1")
    started = {"actual_start": "2026-03-02T07:00:00Z"}
    report(system, "phase.started.v1", "phase-P/a", started, message_id="s")
    left = {"remaining_min": 1920, "basis": "report"}
    outcome = report(system, PROGRESS, "phase-P/a", left, message_id="p")
    system.settle()
    return outcome.position


def correct(system: System, fields: str = '{"remaining_min":480}', message_id: str = "c") -> None:
    body = '{"project_id":"P","target":"phase-P/a:2","why":"misread","fields":' + fields + "}"
    outcome = ask(system, "event.correct.v1", body, message_id=message_id)
    assert outcome.kind == "recorded", outcome
    system.settle()


def void(system: System, target: str = "phase-P/a:2", message_id: str = "v") -> None:
    body = f'{{"project_id":"P","target":"{target}","why":"a slip"}}'
    outcome = ask(system, "event.void.v1", body, message_id=message_id)
    assert outcome.kind == "recorded", outcome
    system.settle()


def finish(system: System, as_of: str | None = None) -> Any:  # noqa: ANN401
    return system.views.schedule("P", as_of)["finish"]


def test_a_corrected_report_moves_the_dates_and_the_past_keeps_its_belief(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        before = begun(system)
        believed = finish(system)
        correct(system)
        assert believed == "2026-03-06T17:00:00+00:00"
        assert finish(system) == "2026-03-03T17:00:00+00:00"
        assert finish(system, str(before)) == believed
        void(system, "phase-P/a:3")
        assert finish(system) == believed


def test_a_voided_report_is_as_if_it_had_never_come(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        begun(system)
        void(system)
        assert finish(system) == "2026-03-03T17:00:00+00:00"


def test_rows_are_those_of_a_clean_rebuild_also_after_a_restart(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        begun(system)
        correct(system)
    with system_in(tmp_path, StandingClock()) as system:
        void(system, "phase-P/a:1")
        system.settle()
        for name, projection in system.projections.items():
            verdict = verify(projection, system.log, system.rows[name])
            assert verdict.equal, (name, verdict.differing)


def test_decisions_go_by_what_is_believed(tmp_path: Path) -> None:
    """A phase that was not started after all can be removed from the plan."""
    remove = '{"project_id":"P","phase_id":"a","reason":{"code":"priority_change"}}'
    with system_in(tmp_path) as system:
        begun(system)
        refused = ask(system, "plan.remove_phase.v1", remove, message_id="r1")
        void(system, "phase-P/a:2", "v2")
        void(system, "phase-P/a:1", "v1")
        removed = ask(system, "plan.remove_phase.v1", remove, message_id="r2")
    assert (refused.kind, refused.code) == ("refused", "phase_started")
    assert removed.kind == "recorded"


def test_a_conflict_that_a_correction_takes_away_is_cleared(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        begun(system)
        ask(system, *PROMISE, message_id="2")
        system.settle()
        system.clock.advance(timedelta(minutes=16))  # type: ignore[attr-defined]
        system.ticker.tick(system.clock())
        system.settle()
        raised = [each["summary"] for each in system.views.status("P", None)["conflicts"]]
        correct(system)
        assert any("forecast to finish on 2026-03-06" in summary for summary in raised)
        (cleared,) = (
            event
            for event in system.log.read(0, 1_000)
            if event.event.type_name == "conflict.cleared.v1"
        )
        assert cleared.event.because == "A correction took it away"
        assert cleared.envelope.causation_id == "phase-P/a:3"


def test_a_move_is_charged_to_the_correction_that_made_it(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        before = begun(system)
        correct(system)
        found = why(system.views, "P", {"from": str(before)})
        half = why(system.views, "P", {"from": str(before), "method": "half-step"})
    (move,) = found["moves"]
    assert move["type"] == "event.corrected.v1"
    assert (move["class"], move["phase"], move["department"]) == ("correction", "a", "Works")
    assert move["minutes"] == found["moved_min"] == -4320
    assert half["moved_min"] == found["moved_min"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ('{"remaining_min":-1}', "malformed"),
        ('{"left":1}', "malformed"),
    ],
)
def test_what_an_event_cannot_say_is_refused_and_nothing_is_recorded(
    tmp_path: Path, fields: str, code: str
) -> None:
    with system_in(tmp_path) as system:
        begun(system)
        head = system.log.head()
        body = '{"project_id":"P","target":"phase-P/a:2","why":"x","fields":' + fields + "}"
        outcome = ask(system, "event.correct.v1", body, message_id="c")
        assert (outcome.kind, outcome.code) == ("refused", code)
        assert system.log.head() == head


def test_history_is_not_corrected_on_a_branch(tmp_path: Path) -> None:
    add = (
        '{"project_id":"P","branch_id":"B","command":"event.void.v1",'
        '"data":{"project_id":"P","target":"phase-P/a:2","why":"x"}}'
    )
    with system_in(tmp_path) as system:
        begun(system)
        opened = '{"project_id":"P","branch_id":"B","title":"what if"}'
        ask(system, "branch.open.v1", opened, message_id="o")
        outcome = ask(system, "branch.add_request.v1", add, message_id="a")
    assert outcome.kind == "refused"
    assert "corrected on the project itself, not on a branch" in outcome.text


def test_a_branch_believes_what_was_corrected_by_its_base(tmp_path: Path) -> None:
    """The phase had not begun after all, so its duration may be revised; later it does begin."""
    with system_in(tmp_path) as system:
        begun(system)
        void(system)
        void(system, "phase-P/a:1", "v1")
        base = system.dispatcher.head()
        started = {"actual_start": "2026-03-02T07:00:00Z"}
        report(system, "phase.started.v1", "phase-P/a", started, message_id="s2")
        about = {"project_id": "P", "branch_id": "B"}
        opening = {**about, "title": "Longer", "base_position": base}
        longer = {
            "project_id": "P",
            "phase_id": "a",
            "duration_min": 960,
            "reason": {"code": "estimate_wrong"},
        }
        adding = {**about, "command": "plan.revise_duration.v1", "data": longer}
        opened = ask(system, "branch.open.v1", json.dumps(opening), message_id="open")
        added = ask(system, "branch.add_request.v1", json.dumps(adding), message_id="add")
        assert (opened.kind, added.kind, added.text) == ("recorded", "recorded", "")
