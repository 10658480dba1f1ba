"""Know of a conflict what its decisions need: its weight, its owner, and whether it is open."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
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
from domain.conflicts.facts import CERTAIN_BP, NO_IMPACT, Stage, act_by_after
from domain.kernel.messages import Recorded


@dataclass(frozen=True, slots=True)
class Conflict:
    """One conflict as far as decisions care; impact in working days."""

    stage: Stage = Stage.UNKNOWN
    project_id: str | None = None
    beginning: ConflictDetected | ConflictRaised | None = None
    severity: Severity = "low"
    impact_days: Decimal = NO_IMPACT
    summary: str = ""
    probability_bp: int = CERTAIN_BP
    act_by: date | None = None
    owner: str | None = None
    due: datetime | None = None
    seen_by: frozenset[str] = frozenset()
    options: Mapping[str, OptionProposed] = field(default_factory=dict)
    resolution: ConflictResolved | None = None
    dismissal: ConflictDismissed | None = None
    was_reopened: bool = False

    @property
    def exists(self) -> bool:
        return self.stage is not Stage.UNKNOWN

    @property
    def open(self) -> bool:
        return self.stage is Stage.OPEN


FOLLOWS: Final[Mapping[type, Mapping[Stage, Stage]]] = {
    ConflictDetected: {Stage.UNKNOWN: Stage.OPEN},
    ConflictRaised: {Stage.UNKNOWN: Stage.OPEN},
    ConflictUpdated: {Stage.OPEN: Stage.OPEN},
    ConflictCleared: {Stage.OPEN: Stage.CLEARED, Stage.RESOLVED: Stage.CLEARED},
    ConflictReopened: {
        Stage.RESOLVED: Stage.OPEN,
        Stage.DISMISSED: Stage.OPEN,
        Stage.CLEARED: Stage.OPEN,
    },
    ConflictAcknowledged: {Stage.OPEN: Stage.OPEN},
    ConflictAssigned: {Stage.OPEN: Stage.OPEN},
    OptionProposed: {Stage.OPEN: Stage.OPEN},
    ConflictResolved: {Stage.OPEN: Stage.RESOLVED},
    ConflictDismissed: {Stage.OPEN: Stage.DISMISSED, Stage.DISMISSED: Stage.DISMISSED},
}
"""Which stage an event leads to from which."""


def evolve(conflict: Conflict, recorded: Recorded[Any]) -> Conflict:
    """Return the conflict after an event; what no decision makes here is a corrupt log."""
    event = recorded.event
    stage = FOLLOWS.get(type(event), {}).get(conflict.stage)
    if stage is None:
        # `decide` never lets this event through; a log that contains it is corrupt.
        msg = f"{type(event).__name__} cannot follow {conflict}"
        raise AssertionError(msg)
    after = replace(conflict, stage=stage)
    match event:
        case ConflictDetected() | ConflictRaised():
            begun = replace(
                _weighing(after, event.severity, event.impact_days),
                project_id=recorded.project_id,
                beginning=event,
                summary=event.summary,
            )
            if not isinstance(event, ConflictDetected):
                return begun
            return replace(begun, probability_bp=event.probability_bp, act_by=event.act_by)
        case ConflictUpdated(severity=severity, impact_days=days, summary=summary):
            return replace(
                _weighing(after, severity, days),
                summary=summary,
                probability_bp=_else(event.probability_bp, conflict.probability_bp),
                act_by=act_by_after(event, conflict.act_by),
            )
        case ConflictReopened(severity=severity, impact_days=days):
            reopened = _weighing(after, severity, days)
            return replace(
                reopened,
                seen_by=frozenset(),  # What is back wants to be seen again.
                resolution=None,
                dismissal=None,
                was_reopened=True,
            )
        case _:
            return _handled(after, event)


def _weighing(conflict: Conflict, severity: Severity, days: Decimal | None) -> Conflict:
    return replace(conflict, severity=severity, impact_days=NO_IMPACT if days is None else days)


def _handled(conflict: Conflict, event: object) -> Conflict:
    """Return the conflict after a step that people take."""
    match event:
        case ConflictAcknowledged(by=by):
            return replace(conflict, seen_by=conflict.seen_by | {by})
        case ConflictAssigned(owner=owner, due=due):
            return replace(conflict, owner=owner, due=due)
        case OptionProposed(option_id=option_id) as option:
            options = {**conflict.options, option_id: option}
            return replace(conflict, options=options)
        case ConflictResolved() as resolution:
            return replace(conflict, resolution=resolution)
        case ConflictDismissed() as dismissal:
            return replace(conflict, dismissal=dismissal)
        case _:
            return conflict


def _else(said: Any, before: Any) -> Any:  # noqa: ANN401  Whatever it is of.
    return before if said is None else said
