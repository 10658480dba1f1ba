"""Write a project's conflicts as a board: a column for each state, ranked by expected loss.

Expected loss is how likely, times how many working days of the promise, times what the project
counts beside others.
Source of the formula: DOMAIN 5.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, Literal, TypeAlias, get_args

from domain.conflicts.events import (
    ConflictCleared,
    ConflictDetected,
    ConflictDismissed,
    ConflictRaised,
    ConflictReopened,
    ConflictResolved,
)
from domain.conflicts.facts import CERTAIN_BP, NO_IMPACT, RANK, Dossier, Stage
from domain.kernel.ids import subject_of
from domain.kernel.messages import DomainEvent, Recorded
from domain.meetings.events import MeetingNeedAnticipated
from domain.network.project_network import ProjectNetwork
from domain.projects.events import RuleSet
from domain.rules.parameters import RANKING, WEIGHT
from projections.conflict_groups import Place, groups
from projections.contract import Row
from projections.moments import Moments
from projections.registers import head_of

Column: TypeAlias = Literal[
    "overdue", "unacknowledged", "acknowledged", "assigned", "with_options", "dismissed",
    "resolved", "cleared",
]  # fmt: skip
COLUMNS: Final[tuple[Column, ...]] = get_args(Column)
"""Where a conflict is on the board, from what presses to what is over."""

HUNDRED: Final = 100
_HUNDREDTH: Final = Decimal("0.01")
_WHOLE: Final = Decimal(1)

_COUNTED: Final[Mapping[type[DomainEvent], str]] = {
    ConflictDetected: "opened",
    ConflictRaised: "opened",
    ConflictReopened: "reopened",
    ConflictResolved: "resolved",
    ConflictDismissed: "dismissed",
    ConflictCleared: "cleared",
}
_ENDED: Final[Mapping[Stage, Column]] = {
    Stage.DISMISSED: "dismissed",
    Stage.RESOLVED: "resolved",
    Stage.CLEARED: "cleared",
}


@dataclass(slots=True)
class Board:
    """What a project's history says of its conflicts, and what became of them since a position."""

    since: int = 0
    dossiers: dict[str, Dossier] = field(default_factory=dict)
    totals: Counter[str] = field(
        default_factory=lambda: Counter(dict.fromkeys(_COUNTED.values(), 0))
    )
    weight: int = WEIGHT.default
    """What the project counts beside others, in hundredths."""
    talks: dict[str, list[str]] = field(default_factory=dict)
    """The conflicts that a meeting is needed for, by the meeting's stream."""

    def fold(self, recorded: Recorded[Any]) -> None:
        """Take one event of the project in; others than those of conflicts and ranking pass."""
        event = recorded.event
        if isinstance(event, RuleSet):
            if event.rule == RANKING:
                self.weight = (event.parameters or {}).get(WEIGHT.name, self.weight)
        elif isinstance(event, MeetingNeedAnticipated):
            about = (ref for ref in event.refs if ref.startswith("conflict-"))
            self.talks[recorded.stream] = [subject_of(ref).ids[-1] for ref in about]
        elif recorded.subject.category == "conflict":
            conflict_id = recorded.subject_id
            self.dossiers[conflict_id] = self.dossiers.get(conflict_id, Dossier()).after(recorded)
            counted = _COUNTED.get(type(event))
            if counted is not None and recorded.position > self.since:
                self.totals[counted] += 1


def conflicts_document(
    network: ProjectNetwork,
    board: Board,
    position: int,
    now: datetime | None,
    event_at: Callable[[int], Recorded[Any]],
) -> dict[str, Any]:
    """Return every conflict, what is open first and the greatest expected loss first among it.

    Those that are open and come from the same event are one alert: the first of them has the others
    as its children. `event_at` gives the event at a position of the log. `now` is None where no
    time has passed yet. A loss in money is told where the project's promise has a cost of delay;
    what the project counts is no part of it.
    """
    moments, promise = Moments(network.zone), network.promise
    minor = None if promise is None else promise.delay_cost_minor
    currency = None if promise is None else promise.delay_currency
    ranked = sorted(board.dossiers.items(), key=lambda item: _rank(item, board.weight))
    places = groups(network, ranked, board.talks)
    rows = [
        {
            **_conflict(each, known, moments, now),
            **_placed(places.get(each), event_at),
            "expected_loss": str(_hundredths(_loss(known) * board.weight / HUNDRED)),
            "expected_cost_minor": None if minor is None else _minor(_loss(known) * minor),
        }
        for each, known in ranked
    ]
    return {
        **head_of(network, position, now),
        "weight": str(_hundredths(Decimal(board.weight) / HUNDRED)),
        "currency": currency,
        "since": board.since,
        "totals": dict(board.totals),
        "alerts": sum(place.parent is None for place in places.values()),
        "columns": {name: sum(row["column"] == name for row in rows) for name in COLUMNS},
        "conflicts": rows,
    }


def _placed(place: Place | None, event_at: Callable[[int], Recorded[Any]]) -> Row:
    """Return what a conflict comes from, and with which others; of one that is over, nothing."""
    if place is None:
        return {"root": None, "parent": None, "children": []}
    root = None if place.root is None else event_at(place.root)
    return {
        "root": None
        if root is None
        else {"position": root.position, "type": root.event.type_name, "stream": root.stream},
        "parent": place.parent,
        "children": list(place.children),
    }


def _loss(known: Dossier) -> Decimal:
    """Return the working days that are to be expected to be lost."""
    return (known.impact_days or NO_IMPACT) * known.probability_bp / CERTAIN_BP


def _rank(item: tuple[str, Dossier], weight: int) -> tuple[bool, Decimal, int, int, str]:
    conflict_id, known = item
    assert known.opened is not None  # A stream begins with what opens it.
    opened = known.opened.position
    return not known.open, -_loss(known) * weight, -RANK[known.severity], opened, conflict_id


def _hundredths(value: Decimal) -> Decimal:
    return value.quantize(_HUNDREDTH, ROUND_HALF_UP)


def _minor(value: Decimal) -> int:
    return int(value.quantize(_WHOLE, ROUND_HALF_UP))


def _column(known: Dossier, now: datetime | None) -> Column:
    ended = _ENDED.get(known.stage)
    if ended is not None:
        return ended
    if known.due is not None and now is not None and known.due < now:
        return "overdue"
    if known.options:
        return "with_options"
    if known.owner is not None:
        return "assigned"
    return "acknowledged" if known.seen_by else "unacknowledged"


def _conflict(conflict_id: str, known: Dossier, moments: Moments, now: datetime | None) -> Row:
    opened, since = known.opened, known.since
    assert opened is not None  # A stream begins with what opens it.
    assert since is not None  # It is set by the same event.
    begun = opened.event
    found = begun if isinstance(begun, ConflictDetected) else None
    resolved, cleared = known.resolution, known.cleared
    until = None if known.dismissal is None else known.dismissal.until
    return {
        "conflict": conflict_id,
        "column": _column(known, now),
        "rule": None if found is None else found.rule,
        "rule_version": None if found is None else found.rule_version,
        "raised_by": opened.envelope.actor if found is None else None,
        "kind": begun.kind,
        "subjects": list(begun.subjects),
        "summary": known.summary,
        "severity": known.severity,
        "impact_days": None if known.impact_days is None else str(known.impact_days),
        "probability_bp": known.probability_bp,
        "act_by": None if known.act_by is None else known.act_by.isoformat(),
        "owner": known.owner,
        "due": moments.of_optional(known.due),
        "acknowledged_by": list(known.seen_by),
        "since": moments.of(since),
        "age_days": None if now is None else max(0, (now - since).days),
        "reopened": known.reopened_count,
        "position": known.position,
        "first_position": opened.position if found is None else found.first_position,
        "evidence": list(known.evidence),
        "remedies": [] if found is None or found.remedies is None else list(found.remedies),
        "options": [
            {"option": each.option_id, "effect": each.effect, "branch": each.branch}
            for each in known.options.values()
        ],
        "mode": None if resolved is None else resolved.mode,
        "decision": None if resolved is None else resolved.decision,
        "by_events": [] if resolved is None else list(resolved.by_events),
        "dismissed_until": moments.of_optional(until),
        "because": None if cleared is None else cleared.because,
    }
