"""Add up what is known of one conflict: how much it weighs, who has it, what came of it.

Every event of a conflict is a step of our own, so they count in the order of the stream.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from domain.conflicts.events import (
    ConflictAcknowledged,
    ConflictAssigned,
    ConflictCleared,
    ConflictDetected,
    ConflictDismissed,
    ConflictRaised,
    ConflictReopened,
    ConflictResolved,
    ConflictUpdated,
    OptionProposed,
    Severity,
)
from domain.kernel.messages import Recorded

NO_IMPACT: Final = Decimal(0)
CERTAIN_BP: Final = 10_000

RANK: Final[Mapping[Severity, int]] = {"low": 0, "medium": 1, "high": 2, "critical": 3}
"""How grave a severity is among the others."""


class Stage(Enum):
    """Where a conflict stands."""

    UNKNOWN = "unknown"
    OPEN = "open"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Dossier:
    """One conflict as its events leave it; impact in working days."""

    opened: Recorded[Any] | None = None
    """What began it: a rule's word or somebody's."""
    stage: Stage = Stage.UNKNOWN
    since: datetime | None = None
    """When this spell of it began: opened, or opened again."""
    position: int = 0
    """The position of its last event."""
    severity: Severity = "low"
    impact_days: Decimal | None = None
    """None where somebody raised it and did not say."""
    probability_bp: int = CERTAIN_BP
    act_by: date | None = None
    summary: str = ""
    seen_by: tuple[str, ...] = ()
    owner: str | None = None
    due: datetime | None = None
    options: Mapping[str, OptionProposed] = field(default_factory=dict)
    resolution: ConflictResolved | None = None
    dismissal: ConflictDismissed | None = None
    cleared: ConflictCleared | None = None
    reopened_count: int = 0

    @property
    def open(self) -> bool:
        """Whether it waits to be settled."""
        return self.stage is Stage.OPEN

    @property
    def subjects(self) -> tuple[str, ...]:
        """The streams it is about."""
        return () if self.opened is None else self.opened.event.subjects

    @property
    def evidence(self) -> tuple[int, ...]:
        """The positions that show it; none of what somebody raised."""
        found = None if self.opened is None else self.opened.event
        return found.evidence if isinstance(found, ConflictDetected) else ()

    def after(self, recorded: Recorded[Any]) -> "Dossier":
        """Return what is known after an event; others than those of a conflict change nothing."""
        return replace(self._after(recorded), position=recorded.position)

    def _after(self, recorded: Recorded[Any]) -> "Dossier":
        match recorded.event:
            case ConflictDetected() | ConflictRaised() as begun:
                opened = Dossier(
                    opened=recorded,
                    stage=Stage.OPEN,
                    since=recorded.recorded_at,
                    severity=begun.severity,
                    impact_days=begun.impact_days,
                    summary=begun.summary,
                )
                if not isinstance(begun, ConflictDetected):
                    return opened
                return replace(opened, probability_bp=begun.probability_bp, act_by=begun.act_by)
            case ConflictReopened(severity=severity, impact_days=days):
                return replace(
                    self,
                    stage=Stage.OPEN,
                    since=recorded.recorded_at,
                    severity=severity,
                    impact_days=days,
                    seen_by=(),
                    resolution=None,
                    dismissal=None,
                    cleared=None,
                    reopened_count=self.reopened_count + 1,
                )
            case ConflictUpdated() as updated:
                return replace(
                    self,
                    severity=updated.severity,
                    impact_days=updated.impact_days,
                    summary=updated.summary,
                    probability_bp=_else(updated.probability_bp, self.probability_bp),
                    act_by=act_by_after(updated, self.act_by),
                )
            case event:
                return self._handled(event)

    def _handled(self, event: object) -> "Dossier":
        """Return what is known after a step that people take, or after its end."""
        match event:
            case ConflictAcknowledged(by=by):
                return replace(self, seen_by=tuple(dict.fromkeys((*self.seen_by, by))))
            case ConflictAssigned(owner=owner, due=due):
                return replace(self, owner=owner, due=due)
            case OptionProposed(option_id=option_id) as option:
                return replace(self, options={**self.options, option_id: option})
            case ConflictResolved() as resolution:
                return replace(self, stage=Stage.RESOLVED, resolution=resolution)
            case ConflictDismissed() as dismissal:
                return replace(self, stage=Stage.DISMISSED, dismissal=dismissal)
            case ConflictCleared() as cleared:
                return replace(self, stage=Stage.CLEARED, cleared=cleared)
            case _:
                return self


def dossier_of(history: Iterable[Recorded[Any]]) -> Dossier:
    """Return what is recorded of a conflict by its history."""
    dossier = Dossier()
    for recorded in history:
        dossier = dossier.after(recorded)
    return dossier


def act_by_after(updated: ConflictUpdated, before: date | None) -> date | None:
    """Return by when to act after an update, which may take back that there is a latest day."""
    if updated.act_by_dropped:
        return None
    return before if updated.act_by is None else updated.act_by


def _else(said: Any, before: Any) -> Any:  # noqa: ANN401  Whatever it is of.
    return before if said is None else said
