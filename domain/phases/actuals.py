"""Say what work on one phase has come to, and how one more fact changes it: the table of states.

Source: DOMAIN 3.4.2.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, TypeAlias

from domain.kernel.messages import Recorded
from domain.phases.events import (
    PhaseAborted,
    PhaseFinished,
    PhaseInterrupted,
    PhaseResumed,
    PhaseStarted,
    ProgressRecorded,
)

ContradictionCode: TypeAlias = Literal[
    "not_in_plan",
    "not_released",
    "gate_open",
    "project_held",
    "not_started",
    "already_started",
    "while_interrupted",
    "not_interrupted",
    "already_ended",
    "finish_before_start",
]


class Stage(Enum):
    """Where a phase stands, by the states of ISA-95 job control (OPC 10031-4)."""

    PLANNED = "planned"
    RELEASED = "released"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class Work:
    """What is known of work that has begun; durations in working minutes.

    An assumed start is the effective time of the first report that implies one. `start_of` and
    `remaining_of` are the facts that said so, for provenance.
    """

    started_at: datetime
    start_is_assumed: bool = False
    remaining_min: int | None = None
    physical_bp: int | None = None
    qty_good: Decimal | None = None
    qty_scrap: Decimal | None = None
    uom: str | None = None
    expected_finish: datetime | None = None
    start_of: Recorded[Any] | None = field(default=None, compare=False, repr=False)
    remaining_of: Recorded[Any] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NotStarted:
    """Nothing was reported yet that has begun."""

    @property
    def work(self) -> None:
        """No work is known."""
        return


@dataclass(frozen=True, slots=True)
class Running:
    """Work goes on."""

    work: Work


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Work began and stands still."""

    work: Work
    since: datetime
    stop_code: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Work is done; nothing remains."""

    work: Work
    finished_at: datetime
    finish_of: Recorded[Any] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Aborted:
    """The phase was given up, perhaps before it began."""

    work: Work | None
    aborted_at: datetime


Actuals: TypeAlias = NotStarted | Running | Interrupted | Finished | Aborted


def stage_of(now: Actuals, *, released: bool) -> Stage:
    """Return the stage; before work began it is the release that tells."""
    match now:
        case NotStarted():
            return Stage.RELEASED if released else Stage.PLANNED
        case Running():
            return Stage.RUNNING
        case Interrupted():
            return Stage.INTERRUPTED
        case Finished():
            return Stage.FINISHED
        case Aborted():
            return Stage.ABORTED


_Taken: TypeAlias = tuple[Actuals, tuple[ContradictionCode, ...]]
_Open: TypeAlias = NotStarted | Running | Interrupted


def take(now: Actuals, fact: Recorded[Any]) -> _Taken:
    """Return the actuals after one more fact, and what it contradicts: one cell of the table."""
    if isinstance(now, Finished | Aborted):
        return now, ("already_ended",)
    match fact.event:
        case PhaseStarted() as started:
            return _started(now, started, fact)
        case ProgressRecorded() as report:
            return _progressed(now, report, fact)
        case PhaseInterrupted() as stopped:
            return _interrupted(now, stopped)
        case PhaseResumed():
            return _resumed(now)
        case PhaseFinished() as done:
            return _finished(now, done, fact)
        case PhaseAborted():
            return Aborted(now.work, fact.effective_at), ()
        case other:
            raise AssertionError(other)  # `Execution.after` keeps facts alone among the facts.


def _interrupted(now: _Open, event: PhaseInterrupted) -> _Taken:
    match now:
        case NotStarted():
            return now, ("not_started",)
        case Running(work=work):
            return Interrupted(work, event.at, event.stop_code), ()
        case Interrupted():
            return now, ("while_interrupted",)


def _resumed(now: _Open) -> _Taken:
    match now:
        case NotStarted():
            return now, ("not_started",)
        case Running():
            return now, ("not_interrupted",)
        case Interrupted(work=work):
            return Running(work), ()


def _started(now: _Open, event: PhaseStarted, fact: Recorded[Any]) -> _Taken:
    if isinstance(now, NotStarted):
        return Running(Work(event.actual_start, start_of=fact)), ()
    if now.work.start_is_assumed:
        known = replace(
            now.work, started_at=event.actual_start, start_is_assumed=False, start_of=fact
        )
        return replace(now, work=known), ()
    return now, ("already_started",)


def _progressed(now: _Open, event: ProgressRecorded, fact: Recorded[Any]) -> _Taken:
    if isinstance(now, NotStarted):
        assumed = Work(fact.effective_at, start_is_assumed=True, start_of=fact)
        return Running(_with_progress(assumed, event, fact)), ("not_started",)
    work = _with_progress(now.work, event, fact)
    if isinstance(now, Interrupted):
        return Interrupted(work, now.since, now.stop_code), ("while_interrupted",)
    return Running(work), ()


def _with_progress(work: Work, event: ProgressRecorded, fact: Recorded[Any]) -> Work:
    """Return the work after a report; an expectation holds only until the next report."""
    # Spelt out, for most of all facts are reports and `replace` takes several times as long.
    return Work(
        started_at=work.started_at,
        start_is_assumed=work.start_is_assumed,
        remaining_min=event.remaining_min,
        physical_bp=_or(event.physical_bp, work.physical_bp),
        qty_good=_or(event.qty_good, work.qty_good),
        qty_scrap=_or(event.qty_scrap, work.qty_scrap),
        uom=_or(event.uom, work.uom),
        expected_finish=event.expected_finish,
        start_of=work.start_of,
        remaining_of=fact,
    )


def _finished(now: _Open, event: PhaseFinished, fact: Recorded[Any]) -> _Taken:
    codes: tuple[ContradictionCode, ...] = ()
    if isinstance(now, NotStarted):
        work = Work(fact.effective_at, start_is_assumed=True, start_of=fact)
        codes = ("not_started",)
    else:
        work = now.work
        if isinstance(now, Interrupted):
            codes = ("while_interrupted",)
    if event.actual_finish < work.started_at:
        if work.start_is_assumed:  # What is only assumed gives way.
            work = replace(work, started_at=event.actual_finish)
        else:
            codes = (*codes, "finish_before_start")
    done = replace(
        work,
        remaining_min=0,
        qty_good=_or(event.qty_good, work.qty_good),
        qty_scrap=_or(event.qty_scrap, work.qty_scrap),
        expected_finish=None,
        remaining_of=fact,
    )
    return Finished(done, event.actual_finish, fact), codes


def _or(said: Any, before: Any) -> Any:  # noqa: ANN401  Whatever type the field has.
    return before if said is None else said
