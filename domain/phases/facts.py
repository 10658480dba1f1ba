"""Add up what is reported of one phase: what was done, and which reports contradict each other.

Facts are a set. What they add up to is taken by (effective time, version), so a report that comes
late takes its place, and none, in whatever order, stops the fold. Release, revocation and
reopening are requests and keep the order of the stream. Source of the table: DOMAIN 3.4.2.
"""

from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from domain.kernel.messages import DomainEvent, Recorded
from domain.phases.events import (
    PhaseAborted,
    PhaseFinished,
    PhaseInterrupted,
    PhaseReleased,
    PhaseReleaseRevoked,
    PhaseReopened,
    PhaseResumed,
    PhaseStarted,
    ProgressRecorded,
)

Facts: TypeAlias = tuple[Recorded[Any], ...]
"""Facts of one phase by (effective time, version)."""

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
FACTS: Final = (
    PhaseStarted,
    ProgressRecorded,
    PhaseInterrupted,
    PhaseResumed,
    PhaseFinished,
    PhaseAborted,
)


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


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A fact that contradicts what else is known; the fact stays, rule X1 reports it."""

    code: ContradictionCode
    fact: Recorded[Any]
    against: Recorded[Any] | None = None
    """The event of this phase that it contradicts, where there is one."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the plan and the project say at the moment a fact is recorded."""

    in_plan: bool = True
    open_gates: tuple[str, ...] = ()
    project_held: bool = False


NO_CIRCUMSTANCES: Final[Mapping[int, Circumstances]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Account:
    """What a history adds up to."""

    actuals: Actuals
    contradictions: tuple[Contradiction, ...]


@dataclass(frozen=True, slots=True)
class Execution:
    """What is recorded of one phase: its facts as a set, its requests in stream order."""

    facts: Facts = ()
    requests: Facts = ()
    added_up: "Actuals | None" = field(default=None, compare=False, repr=False)
    """What the facts add up to, so that a fact which comes last is only added; None: not yet."""

    def after(self, recorded: Recorded[Any]) -> "Execution":
        """Return the execution with one more event; never raises, in whatever order they come."""
        if isinstance(recorded.event, FACTS):
            facts = with_fact(self.facts, recorded)
            if facts[-1] is not recorded:
                return Execution(facts, self.requests)
            now = self.actuals
            if not _is_set_aside(recorded, self.reopened_at_version):
                now, _ = _take(now, recorded)
            return Execution(facts, self.requests, now)
        now_or_not = None if isinstance(recorded.event, PhaseReopened) else self.added_up
        return Execution(self.facts, (*self.requests, recorded), now_or_not)

    def until(self, moment: datetime) -> "Execution":
        """Return what of it was true by a moment, whenever it became known."""
        return Execution(
            tuple(known for known in self.facts if known.effective_at <= moment),
            tuple(known for known in self.requests if known.effective_at <= moment),
        )

    @property
    def actuals(self) -> Actuals:
        if self.added_up is not None:
            return self.added_up
        return actuals(self.facts, self.reopened_at_version)

    @property
    def reopened_at_version(self) -> int:
        """The version of the last reopening: finishes recorded before it are set aside; or 0."""
        return max(
            (known.version for known in self.requests if isinstance(known.event, PhaseReopened)),
            default=0,
        )

    @property
    def permission(self) -> PhaseReleased | PhaseReleaseRevoked | None:
        """The last word on whether the department may start; None: there was none."""
        for known in reversed(self.requests):
            if isinstance(known.event, PhaseReleased | PhaseReleaseRevoked):
                return known.event
        return None

    @property
    def released_against(self) -> int | None:
        """The version of the plan the phase is released against; None: it is not released."""
        last = self.permission
        return last.plan_version if isinstance(last, PhaseReleased) else None

    @property
    def stage(self) -> Stage:
        return stage_of(self.actuals, released=self.released_against is not None)

    def contradictions(
        self, circumstances: Mapping[int, Circumstances] = NO_CIRCUMSTANCES
    ) -> tuple[Contradiction, ...]:
        """Return what contradicts what, as it stands now, by (effective time, version).

        `circumstances` tells, by a fact's version, what plan and project said when it was
        recorded; without them no contradiction to plan or project is found.
        """
        return account(self, circumstances).contradictions


def execution_of(history: Iterable[Recorded[Any]]) -> Execution:
    """Return what is recorded of a phase by its history."""
    execution = Execution()
    for recorded in history:
        execution = execution.after(recorded)
    return execution


def with_fact(facts: Facts, fact: Recorded[Any]) -> Facts:
    """Return the facts with one more in its place by (effective time, version)."""
    if not facts or _place(facts[-1]) <= _place(fact):
        return (*facts, fact)  # Nearly every fact is reported after those before it.
    placed = list(facts)
    insort(placed, fact, key=_place)
    return tuple(placed)


def _place(known: Recorded[Any]) -> tuple[datetime, int]:
    return known.effective_at, known.version


def actuals(facts: Facts, reopened_at_version: int = 0) -> Actuals:
    """Return what the facts add up to; a reopening sets aside finishes recorded before it."""
    now: Actuals = NotStarted()
    for fact in facts:
        if not _is_set_aside(fact, reopened_at_version):
            now, _ = _take(now, fact)
    return now


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


class Accounting:
    """Adds a phase's history up event by event, in the order of what was true, and contradicts."""

    __slots__ = ("_last", "_released", "_reopened", "_taken", "found", "now")

    def __init__(
        self,
        execution: Execution,
        circumstances: Mapping[int, Circumstances] = NO_CIRCUMSTANCES,
    ) -> None:
        self.now: Actuals = NotStarted()
        self.found: list[Contradiction] = []
        self._taken: dict[type[DomainEvent], Recorded[Any]] = {}
        self._released = False
        self._reopened = execution.reopened_at_version
        self._last: Recorded[Any] | None = None
        for known in sorted((*execution.facts, *execution.requests), key=_place):
            self.take(known, circumstances.get(known.version, Circumstances()))

    def comes_last(self, known: Recorded[Any]) -> bool:
        """Tell whether an event can be taken in where those before it stay as they are."""
        return not isinstance(known.event, PhaseReopened) and (
            self._last is None or _place(self._last) < _place(known)
        )

    def take(self, known: Recorded[Any], around: Circumstances) -> None:
        """Take in an event that comes last; a start was released if a release was in force then."""
        self._last = known
        if isinstance(known.event, PhaseReleased | PhaseReleaseRevoked | PhaseReopened):
            if not isinstance(known.event, PhaseReopened):
                self._released = isinstance(known.event, PhaseReleased)
            return
        if _is_set_aside(known, self._reopened):
            return
        taken = self._taken
        last = taken.get(type(known.event))
        is_repeat = last is not None and last.event == known.event
        before = self.now
        self.now, codes = _take(before, known)
        if is_repeat:
            return
        if isinstance(before, NotStarted) and isinstance(known.event, PhaseStarted):
            codes = () if self._released else ("not_released",)
        codes = (*codes, *_against_plan(before, known, around))
        self.found.extend(Contradiction(code, known, _against(code, taken)) for code in codes)
        if "already_ended" not in codes and "already_started" not in codes:
            taken[type(known.event)] = known


def account(
    execution: Execution, circumstances: Mapping[int, Circumstances] = NO_CIRCUMSTANCES
) -> Account:
    """Return what a phase's history adds up to, with what contradicts what."""
    book = Accounting(execution, circumstances)
    return Account(book.now, tuple(book.found))


def _is_set_aside(fact: Recorded[Any], reopened_at_version: int) -> bool:
    return isinstance(fact.event, PhaseFinished) and fact.version < reopened_at_version


_Taken: TypeAlias = tuple[Actuals, tuple[ContradictionCode, ...]]
_Open: TypeAlias = NotStarted | Running | Interrupted


def _take(now: Actuals, fact: Recorded[Any]) -> _Taken:
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


def _against_plan(
    before: Actuals, known: Recorded[Any], around: Circumstances
) -> tuple[ContradictionCode, ...]:
    codes: list[ContradictionCode] = []
    if not around.in_plan:
        codes.append("not_in_plan")
    begins = isinstance(known.event, PhaseStarted) and isinstance(before, NotStarted)
    if begins and around.open_gates:
        codes.append("gate_open")
    if begins and around.project_held:
        codes.append("project_held")
    return tuple(codes)


_CONTRADICTED: Final[Mapping[str, tuple[type[DomainEvent], ...]]] = {
    "already_started": (PhaseStarted,),
    "while_interrupted": (PhaseInterrupted,),
    "already_ended": (PhaseFinished, PhaseAborted),
    "finish_before_start": (PhaseStarted,),
}


def _against(
    code: ContradictionCode, taken: Mapping[type[DomainEvent], Recorded[Any]]
) -> Recorded[Any] | None:
    known = [taken[kind] for kind in _CONTRADICTED.get(code, ()) if kind in taken]
    return max(known, key=_place, default=None)
