"""Hold the policies to reacting once to what the rules find, also across a restart."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from consumers.bootstrap import System
from consumers.dispatch import Dispatcher
from consumers.policy_runner import POLICY_SOURCE, PolicyRunner
from domain.log.port import (
    DeadLetter,
    EventLog,
    LogUnavailable,
    Outcome,
    Submission,
    Tracked,
)
from projections.replay import messages_of
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

PROMISE = (
    "project.set_promise.v1",
    '{"project_id":"P","to_party":"C","deliverable":"Press","promised_date":"2026-03-04"}',
)
FIVE_DAYS = (
    "plan.revise_duration.v1",
    '{"project_id":"P","phase_id":"b","duration_min":2400,"reason":{"code":"estimate_wrong"}}',
)
ONE_HOUR = FIVE_DAYS[1].replace("2400", "60")


def conflicts_in(system: System) -> list[str]:
    """Return the names of what became of conflicts, in order."""
    return [
        event.event.type_name
        for event in system.log.read(0, 1_000)
        if event.stream.startswith("conflict-")
    ]


def conflicts_of(system: System, rule: str) -> list[str]:
    """Return the names of what became of what one rule found, in order."""
    events = system.log.read(0, 1_000)
    streams = {event.stream for event in events if getattr(event.event, "rule", None) == rule}
    return [event.event.type_name for event in events if event.stream in streams]


def wait(system: System) -> None:
    """Let policies react, and again once what they found has lasted."""
    system.settle()
    system.clock.advance(timedelta(minutes=16))  # type: ignore[attr-defined]
    system.ticker.tick(system.clock())
    system.settle()


def late_project(system: System) -> None:
    """Plan two days of work against a promise, then let the second take five."""
    ask_all(
        system, [OPEN, plan_phase("a"), plan_phase("b"), link("a", "b"), PROMISE], message_id="1"
    )
    ask(system, *FIVE_DAYS, message_id="2")


def test_a_forecast_later_than_the_promise_raises_a_conflict_and_recovery_clears_it(
    tmp_path: Path,
) -> None:
    with system_in(tmp_path) as system:
        late_project(system)
        wait(system)
        raised = conflicts_in(system)
        ask(system, FIVE_DAYS[0], ONE_HOUR, message_id="3")
        wait(system)
        assert raised == ["conflict.detected.v1"]
        assert conflicts_in(system) == ["conflict.detected.v1", "conflict.cleared.v1"]


def test_a_vendor_promise_later_than_the_need_raises_a_conflict_and_an_earlier_one_clears_it(
    tmp_path: Path,
) -> None:
    need = (
        '{"project_id":"P","commitment_id":"PO-1","vendor":"V","kind":"goods","item":"valve",'
        '"qty":"1","uom":"H87","need_by":"2026-03-10"}'
    )
    with system_in(tmp_path) as system:
        ask_all(system, [OPEN, plan_phase("a")], message_id="1")
        ask(system, "commitment.request.v1", need, message_id="2")
        ask(
            system,
            "commitment.send.v1",
            '{"project_id":"P","commitment_id":"PO-1","revision":1,"channel":"email"}',
            message_id="3",
        )
        moved = {"new": "2026-03-20", "told_by": "V", "channel": "email"}
        report(
            system, "commitment.promise_date_moved.v1", "commitment-PO-1", moved, message_id="m1"
        )
        wait(system)
        raised = conflicts_in(system)
        system.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
        back = {"old": "2026-03-20", "new": "2026-03-09", "told_by": "V", "channel": "email"}
        report(system, "commitment.promise_date_moved.v1", "commitment-PO-1", back, message_id="m2")
        wait(system)
        assert raised == ["conflict.detected.v1"]
        assert conflicts_in(system) == ["conflict.detected.v1", "conflict.cleared.v1"]


def test_a_fact_against_the_plan_is_recorded_and_raises_a_conflict(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        ask_all(system, [OPEN, plan_phase("a")], message_id="1")
        finished = {"actual_finish": "2026-03-02T07:00:00Z"}
        outcome = report(system, "phase.finished.v1", "phase-P/a", finished, message_id="f")
        system.settle()
        assert outcome.kind == "recorded"
        assert conflicts_in(system) == ["conflict.detected.v1"]


def test_what_a_policy_asks_for_names_its_cause(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        late_project(system)
        wait(system)
        detected = next(e for e in system.log.read(0, 100) if e.stream.startswith("conflict-"))
    assert detected.envelope.intake == "policy"
    assert detected.envelope.actor == "takt"
    assert detected.envelope.causation_id == "plan-P:4"
    assert detected.envelope.correlation_id == "2"


def test_reading_the_log_again_from_its_beginning_asks_for_nothing_new(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        late_project(system)
        system.settle()
        head = system.log.head()
        again = PolicyRunner(system.log, Dispatcher(system.log))
        again.position = 0
        while page := system.log.read(again.position, 100):
            for message in messages_of(page):
                again._react(message)  # noqa: SLF001  As after a crash before its position.
            again.position = page[-1].position
        assert system.log.head() == head


def test_a_runner_that_was_restarted_knows_what_it_found_before(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        late_project(system)
        wait(system)
    with system_in(tmp_path, StandingClock()) as system:
        ask(system, FIVE_DAYS[0], ONE_HOUR, message_id="3")
        system.settle()
        assert conflicts_in(system) == ["conflict.detected.v1", "conflict.cleared.v1"]


def test_the_runners_position_is_kept_in_the_log(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        late_project(system)
        system.settle()
        event_log: EventLog = system.log
        assert event_log.tracked(POLICY_SOURCE) == {POLICY_SOURCE: event_log.head()}


class AwayAtAnAnswer:
    """The log, away at the append of one policy's request; everything else is the log's own."""

    def __init__(self, log: EventLog, number: int) -> None:
        self._log = log
        self._left = number

    def append(
        self, items: Sequence[Submission | DeadLetter], tracked: Sequence[Tracked] = ()
    ) -> Sequence[Outcome]:
        if items:
            self._left -= 1
            if self._left == 0:
                raise LogUnavailable("away")
        return self._log.append(items, tracked)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._log, name)


@pytest.mark.parametrize("number", [1, 2])
def test_an_outage_in_the_middle_of_a_page_changes_nothing_of_what_is_found(
    tmp_path: Path, number: int
) -> None:
    with system_in(tmp_path) as system:
        late_project(system)
        system.clock.advance(timedelta(minutes=16))  # type: ignore[attr-defined]
        system.ticker.tick(system.clock())
        ask(system, FIVE_DAYS[0], ONE_HOUR, message_id="3")
        away = cast("EventLog", AwayAtAnAnswer(system.log, number))
        runner = PolicyRunner(away, Dispatcher(away))
        with pytest.raises(LogUnavailable):
            runner.catch_up()
        runner.catch_up()
        assert conflicts_in(system) == ["conflict.detected.v1", "conflict.cleared.v1"]
