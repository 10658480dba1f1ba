"""Hold time to being an event that never goes back."""

from datetime import timedelta
from pathlib import Path

import pytest

from consumers.timers import Ticker
from domain.kernel.clock import ClockAdvanced
from domain.log.port import Fenced
from tests.unit.consumers.systems import (
    OPEN,
    START,
    StandingClock,
    ask_all,
    plan_phase,
    report,
    system_in,
)


def ticks(system_log: object) -> list[object]:
    return [event.event for event in system_log.read_stream("clock")]  # type: ignore[attr-defined]


def test_a_tick_comes_at_the_cadence_and_not_before(tmp_path: Path) -> None:
    clock = StandingClock()
    with system_in(tmp_path, clock) as system:
        assert system.ticker.look() is not None
        clock.advance(timedelta(seconds=59))
        assert system.ticker.look() is None
        clock.advance(timedelta(seconds=1))
        assert system.ticker.look() is not None
        assert ticks(system.log) == [
            ClockAdvanced(to=START),
            ClockAdvanced(to=START + timedelta(seconds=60)),
        ]


def test_a_tick_comes_at_once_when_something_is_due(tmp_path: Path) -> None:
    clock = StandingClock()
    with system_in(tmp_path, clock) as system:
        system.ticker.look()
        ask_all(system, [OPEN, plan_phase("a")], message_id="1")
        system.settle()
        # The phase should start at 8; nobody has started it a minute later.
        clock.at = START + timedelta(hours=1, minutes=1)
        cadence = Ticker(
            system.log,
            clock,
            due_by=system.rows["status"].due_by,
            cadence=timedelta(days=1),
            parking_limit=timedelta(days=3),
        )
        assert cadence.look() is not None
        system.settle()
        assert system.views.status("P", None)["late_starts"] == 1
        clock.advance(timedelta(seconds=1))
        assert cadence.look() is None


def test_time_never_goes_back_even_when_the_clock_does(tmp_path: Path) -> None:
    clock = StandingClock()
    with system_in(tmp_path, clock) as system:
        system.ticker.look()
        clock.advance(timedelta(hours=-1))
        assert system.ticker.look() is None
        assert len(ticks(system.log)) == 1


def test_a_restarted_ticker_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    clock = StandingClock()
    with system_in(tmp_path, clock) as system:
        system.ticker.look()
    with system_in(tmp_path, clock) as system:
        assert system.ticker.look() is None


def test_of_two_tickers_the_slower_one_is_fenced_off(tmp_path: Path) -> None:
    clock = StandingClock()
    with system_in(tmp_path, clock) as system, system_in(tmp_path, clock) as other:
        system.ticker.tick(START + timedelta(seconds=2))
        with pytest.raises(Fenced):
            other.ticker.tick(START + timedelta(seconds=1))
        assert len(ticks(system.log)) == 1


def test_a_ticker_behind_another_one_has_nothing_to_tell_until_its_clock_is_there(
    tmp_path: Path,
) -> None:
    clock, fast = StandingClock(), StandingClock(START + timedelta(days=365))
    with system_in(tmp_path, clock) as system, system_in(tmp_path, fast) as ahead:
        ahead.ticker.look()
        assert system.ticker.look() is None
        clock.at = fast.at + timedelta(seconds=60)
        assert system.ticker.look() is not None
        assert ticks(system.log) == [ClockAdvanced(to=fast.at), ClockAdvanced(to=clock.at)]


def test_a_fact_that_waited_too_long_for_its_subject_becomes_a_dead_letter(tmp_path: Path) -> None:
    clock = StandingClock()
    with system_in(tmp_path, clock) as system:
        started = {"actual_start": "2026-03-02T07:00:00Z"}
        outcome = report(system, "phase.started.v1", "phase-P/ghost", started, message_id="s")
        clock.advance(timedelta(hours=71))
        system.ticker.look()
        assert len(system.log.parked()) == 1
        clock.advance(timedelta(hours=2))
        system.ticker.look()
        assert outcome.kind == "parked"
        assert system.log.parked() == []
        assert [kept.letter.code for kept in system.log.dead_letters()] == ["subject_unknown"]
