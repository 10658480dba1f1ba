"""Hold the policies to reacting at the moment that time alone brings something about, once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from consumers import policy_runner
from consumers.bootstrap import System
from consumers.policy_runner import PolicyRunner
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.policies.conflict_on_finding import ConflictOnFinding
from domain.rules import Finding, Found
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched
from tests.unit.consumers.systems import OPEN, OPEN_BODY, StandingClock, ask, system_in

PROMISE = (
    "project.set_promise.v1",
    '{"project_id":"P","to_party":"C","deliverable":"Press","promised_date":"2026-03-04"}',
)
EVENING = timedelta(days=3)  # From Monday the 2nd, 07:00: beyond the end of the 4th.


@dataclass
class Waiting:
    """Whether the day was found to be over."""

    over: bool = False


class PromisedDayOver:
    """A rule of time alone: the promised day is over."""

    name = "promised_day_over"
    version = 1
    code = "T0"
    title = "The promised day is over."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact = False
    at_once = True

    def initial(self) -> Waiting:
        return Waiting()

    def fold(
        self, state: Waiting, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Found]:
        del more
        end = project.network.promise_end
        if state.over or end is None or project.now is None or project.now < end:
            return ()
        state.over = True
        subjects = (stream_of("project", project.project_id),)
        position = recorded.position
        return (
            Finding(
                self.name, 1, "schedule", subjects, "low", Decimal(0), "over", (position,), position
            ),
        )

    def due(self, state: Waiting, project: Watched) -> datetime | None:
        return None if state.over else project.network.promise_end


@contextmanager
def watched(home: Path, clock: StandingClock | None = None) -> Iterator[System]:
    """Give a system whose policies know the one rule of time."""
    with system_in(home, clock) as system:
        policies = PolicyRunner(
            system.log, system.dispatcher, [ConflictOnFinding([PromisedDayOver()])]
        )
        yield replace(system, policies=policies)


def tick(system: System, by: timedelta) -> None:
    system.clock.advance(by)  # type: ignore[attr-defined]
    system.ticker.tick(system.clock())


def detected(system: System) -> list[tuple[str, str]]:
    """Return each detected conflict's cause, and the moment it was asked for."""
    return [
        (event.envelope.causation_id, f"{event.recorded_at:%d %H:%M}")
        for event in system.log.read(0, 1_000)
        if event.event.type_name == "conflict.detected.v1"
    ]


def promised(system: System) -> None:
    ask(system, *OPEN, message_id="1")
    ask(system, *PROMISE, message_id="2")


def test_the_first_tick_at_the_due_moment_is_reacted_to_once(tmp_path: Path) -> None:
    with watched(tmp_path) as system:
        promised(system)
        tick(system, timedelta(hours=1))
        system.policies.catch_up()
        assert detected(system) == []
        for _ in range(3):
            tick(system, EVENING)
            system.policies.catch_up()
        assert detected(system) == [("clock:2", "05 08:00")]


def test_an_event_after_the_moment_is_judged_by_the_time_that_has_come(tmp_path: Path) -> None:
    with watched(tmp_path) as system:
        tick(system, EVENING)
        promised(system)
        system.policies.catch_up()
        assert detected(system) == [("project-P:2", "05 07:00")]


def test_a_runner_that_starts_later_knows_who_waits(tmp_path: Path) -> None:
    with watched(tmp_path) as system:
        promised(system)
        system.policies.catch_up()
    with watched(tmp_path) as system:
        tick(system, EVENING)
        system.policies.catch_up()
        assert detected(system) == [("clock:1", "05 07:00")]


def test_a_project_that_is_not_kept_in_memory_is_still_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_runner, "PROJECTS_KEPT_MAX", 1)
    with watched(tmp_path) as system:
        promised(system)
        ask(system, OPEN[0], OPEN_BODY.replace('"P"', '"Q"'), message_id="3")
        system.policies.catch_up()
        tick(system, EVENING)
        system.policies.catch_up()
        assert detected(system) == [("clock:1", "05 07:00")]


def test_reading_it_all_again_asks_for_nothing_new(tmp_path: Path) -> None:
    with watched(tmp_path) as system:
        promised(system)
        for _ in range(2):
            tick(system, EVENING)
        system.policies.catch_up()
        head = system.log.head()
        again = PolicyRunner(
            system.log, system.dispatcher, [ConflictOnFinding([PromisedDayOver()])]
        )
        again.position = 0
        while again.position < head:
            for message in [[event] for event in system.log.read(again.position, 1)]:
                again._clock.reach(message[-1].position)  # noqa: SLF001
                again._react(message)  # noqa: SLF001  As after a crash before its position.
                again.position = message[-1].position
        assert system.log.head() == head


def test_a_project_that_is_over_waits_for_nothing(tmp_path: Path) -> None:
    with watched(tmp_path) as system:
        promised(system)
        cancelled = '{"project_id":"P","reason":{"code":"priority_change"}}'
        ask(system, "project.cancel.v1", cancelled, message_id="3")
        system.policies.catch_up()
        assert list(system.policies.due_by(system.clock() + EVENING)) == []
        tick(system, EVENING)
        system.policies.catch_up()
        assert detected(system) == []


def test_a_runner_tells_who_waits_for_a_moment(tmp_path: Path) -> None:
    with watched(tmp_path) as system:
        promised(system)
        system.policies.catch_up()
        assert list(system.policies.due_by(system.clock())) == []
        assert list(system.policies.due_by(system.clock() + EVENING)) == ["P"]
