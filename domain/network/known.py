"""Derive what is known of a phase's execution from what was reported and requested of it."""

from bisect import insort
from datetime import datetime
from typing import Any, Literal, TypeAlias

from domain.kernel.messages import Recorded
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

Stage: TypeAlias = Literal["planned", "released", "running", "interrupted", "finished", "aborted"]
Source: TypeAlias = Literal["actual_start", "actual_finish", "remaining"]


class KnownPhase:
    """The stage and actuals that a phase's facts add up to by (effective_at, version)."""

    __slots__ = (
        "_facts", "_reopened_at", "_sources", "ended_at", "expected_finish", "physical_bp",
        "released", "remaining_min", "stage", "start_is_assumed", "started_at",
    )  # fmt: skip

    def __init__(self) -> None:
        self._facts: list[Recorded[Any]] = []
        self._reopened_at = 0
        self.released = False
        self._begin()

    def fold(self, recorded: Recorded[Any]) -> None:
        """Take one event of the phase's stream in."""
        match recorded.event:
            case PhaseReleased():
                self.released = True
            case PhaseReleaseRevoked():
                self.released = False
            case PhaseReopened():
                self._reopened_at = recorded.version
            case _:
                insort(self._facts, recorded, key=lambda fact: (fact.effective_at, fact.version))
        self._begin()
        for fact in self._facts:
            self._take(fact)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is to be done."""
        return self.stage in {"finished", "aborted"}

    def source_of(self, field: Source) -> Recorded[Any] | None:
        """Return the fact that set a value."""
        return self._sources.get(field)

    def _begin(self) -> None:
        self.stage: Stage = "released" if self.released else "planned"
        self.started_at: datetime | None = None
        self.start_is_assumed = False
        self.ended_at: datetime | None = None
        self.remaining_min: int | None = None
        self.physical_bp: int | None = None
        self.expected_finish: datetime | None = None
        self._sources: dict[Source, Recorded[Any]] = {}

    def _take(self, fact: Recorded[Any]) -> None:
        event = fact.event
        if self.has_ended:
            return
        match event:
            case PhaseStarted() if self.started_at is None or self.start_is_assumed:
                self.started_at, self.start_is_assumed = event.actual_start, False
                self._sources["actual_start"] = fact
                if self.stage != "interrupted":
                    self.stage = "running"
            case ProgressRecorded():
                if self.started_at is None:
                    self.started_at, self.start_is_assumed = fact.effective_at, True
                    self._sources["actual_start"] = fact
                    self.stage = "running"
                self.remaining_min = event.remaining_min
                self.expected_finish = event.expected_finish
                if event.physical_bp is not None:
                    self.physical_bp = event.physical_bp
                self._sources["remaining"] = fact
            case PhaseInterrupted() if self.stage == "running":
                self.stage = "interrupted"
            case PhaseResumed() if self.stage == "interrupted":
                self.stage = "running"
            case PhaseFinished() if fact.version > self._reopened_at:
                self.stage, self.ended_at, self.remaining_min = "finished", event.actual_finish, 0
                self._sources["actual_finish"] = fact
            case PhaseAborted():
                self.stage, self.ended_at, self.remaining_min = "aborted", fact.effective_at, 0
                self._sources["actual_finish"] = fact
            case _:
                pass
