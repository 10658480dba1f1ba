"""Keep the conflicts of a project that are not closed, for its status."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from domain.conflicts import events as conflicts
from domain.kernel.messages import DomainEvent, Recorded
from projections.contract import Row
from projections.moments import Moments

_RANKS: Final = {"critical": 0, "high": 1, "medium": 2, "low": 3}


@dataclass(slots=True)
class ConflictLine:
    """One conflict as its events leave it."""

    id: str
    kind: str
    summary: str
    severity: str
    impact_days: str | None
    position: int
    opened_at: datetime
    opened_event: int
    """The how manieth event of the project opened it, to tell its age in events."""
    is_open: bool = True
    acknowledged: bool = False
    owner: str | None = None
    due: datetime | None = None


class OpenConflicts:
    """A project's conflicts by id; the closed ones are kept, for they may be reopened."""

    def __init__(self) -> None:
        self._lines: dict[str, ConflictLine] = {}

    def fold(self, recorded: Recorded[Any], event_number: int) -> None:
        """Take one event in, the `event_number`th of the project; others than conflicts' pass."""
        event = recorded.event
        conflict_id = recorded.subject_id
        if isinstance(event, conflicts.ConflictDetected | conflicts.ConflictRaised):
            impact = event.impact_days
            self._lines[conflict_id] = ConflictLine(
                id=conflict_id,
                kind=event.kind,
                summary=event.summary,
                severity=event.severity,
                impact_days=None if impact is None else str(impact),
                position=recorded.position,
                opened_at=recorded.recorded_at,
                opened_event=event_number,
            )
            return
        step = _STEPS.get(type(event))
        line = self._lines.get(conflict_id) if step is not None else None
        if step is not None and line is not None:
            step(line, event)

    def rows(self, event_number: int, moments: Moments) -> list[Row]:
        """Return the open conflicts, the gravest and oldest first."""
        lines = [line for line in self._lines.values() if line.is_open]
        lines.sort(key=lambda line: (_RANKS[line.severity], line.position, line.id))
        return [
            {
                "id": line.id,
                "kind": line.kind,
                "summary": line.summary,
                "severity": line.severity,
                "impact_days": line.impact_days,
                "owner": line.owner,
                "due": moments.of_optional(line.due),
                "acknowledged": line.acknowledged,
                "position": line.position,
                "opened_at": moments.of(line.opened_at),
                "age_events": event_number - line.opened_event,
            }
            for line in lines
        ]


def _updated(line: ConflictLine, event: conflicts.ConflictUpdated) -> None:
    line.severity = event.severity
    line.impact_days = str(event.impact_days)
    line.summary = event.summary


def _reopened(line: ConflictLine, event: conflicts.ConflictReopened) -> None:
    line.is_open = True
    line.severity = event.severity
    line.impact_days = str(event.impact_days)


def _acknowledged(line: ConflictLine, _: conflicts.ConflictAcknowledged) -> None:
    line.acknowledged = True


def _assigned(line: ConflictLine, event: conflicts.ConflictAssigned) -> None:
    line.owner = event.owner
    line.due = event.due


def _closed(line: ConflictLine, _: DomainEvent) -> None:
    line.is_open = False


_Step: TypeAlias = Callable[[ConflictLine, Any], None]
_STEPS: Final[Mapping[type[DomainEvent], _Step]] = {
    conflicts.ConflictUpdated: _updated,
    conflicts.ConflictReopened: _reopened,
    conflicts.ConflictAcknowledged: _acknowledged,
    conflicts.ConflictAssigned: _assigned,
    conflicts.ConflictCleared: _closed,
    conflicts.ConflictResolved: _closed,
    conflicts.ConflictDismissed: _closed,
}
