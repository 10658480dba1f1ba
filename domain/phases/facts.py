"""Keep what is reported of one phase, and add up what was done.

Facts are a set. What they add up to is taken by (effective time, version), so a report that comes
late takes its place, and none, in whatever order, stops the fold. Release, revocation and
reopening are requests and keep the order of the stream. Source: DOMAIN 3.4.2.
"""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

from domain.kernel.messages import Recorded
from domain.phases.actuals import Actuals, NotStarted, Stage, stage_of, take
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

FACTS: Final = (
    PhaseStarted,
    ProgressRecorded,
    PhaseInterrupted,
    PhaseResumed,
    PhaseFinished,
    PhaseAborted,
)


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
            if not is_set_aside(recorded, self.reopened_at_version):
                now, _ = take(now, recorded)
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


def execution_of(history: Iterable[Recorded[Any]]) -> Execution:
    """Return what is recorded of a phase by its history."""
    execution = Execution()
    for recorded in history:
        execution = execution.after(recorded)
    return execution


def with_fact(facts: Facts, fact: Recorded[Any]) -> Facts:
    """Return the facts with one more in its place by (effective time, version)."""
    if not facts or place(facts[-1]) <= place(fact):
        return (*facts, fact)  # Nearly every fact is reported after those before it.
    placed = list(facts)
    insort(placed, fact, key=place)
    return tuple(placed)


def place(known: Recorded[Any]) -> tuple[datetime, int]:
    """Return by what facts are in order: when they were true, then when they came."""
    return known.effective_at, known.version


def actuals(facts: Facts, reopened_at_version: int = 0) -> Actuals:
    """Return what the facts add up to; a reopening sets aside finishes recorded before it."""
    now: Actuals = NotStarted()
    for fact in facts:
        if not is_set_aside(fact, reopened_at_version):
            now, _ = take(now, fact)
    return now


def is_set_aside(fact: Recorded[Any], reopened_at_version: int) -> bool:
    """Tell whether a fact is a finish that a later reopening took back."""
    return isinstance(fact.event, PhaseFinished) and fact.version < reopened_at_version
