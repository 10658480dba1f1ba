"""Tell what a rule sees now of its conditions, and only where it differs from what it told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias

from domain.conflicts.events import ConflictKind, Severity
from domain.rules.finding import Cleared, Finding, Found

MARGIN_DAYS: Final = Decimal(1)
"""A condition is over when it is restored by so many working days, and told again when its impact
or its measure has changed by as many."""

NAMED_MAX: Final = 5
"""So many phases are named in a summary; the others are counted."""

Subjects: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule sees of one condition.

    One that does not hold any more but has no margin yet (`holds` False) neither begins nor ends.
    """

    kind: ConflictKind
    severity: Severity
    impact_days: Decimal
    summary: str
    evidence: Iterable[int]
    measure: Decimal = Decimal(0)
    """In the unit of the rule; while the condition holds, told again when it differs by one."""
    grade: str = ""
    """A step of the rule; while the condition holds, told again whenever it is another."""
    holds: bool = True
    probability_bp: int = 10_000
    act_by: date | None = None
    remedies: tuple[str, ...] = ()


@dataclass(slots=True)
class Conditions:
    """What was last told of each condition of one rule."""

    rule: str
    version: int
    told: dict[Subjects, tuple[Finding, Condition]] = field(default_factory=dict)

    def tell(
        self, subjects: Subjects, now: Condition | None, position: int, because: str
    ) -> Sequence[Found]:
        """Return what is to be told at a position; None: the condition is over, and why."""
        before = self.told.get(subjects)
        if now is None:
            if before is None:
                return ()
            del self.told[subjects]
            return (Cleared(before[0].rule, subjects, because),)
        if before is None and not now.holds:
            return ()
        if before is not None and _alike(before[1], now):
            return ()
        found = Finding(
            rule=self.rule,
            rule_version=self.version,
            kind=now.kind,
            subjects=subjects,
            severity=now.severity,
            impact_days=now.impact_days,
            summary=now.summary,
            evidence=tuple(sorted({*now.evidence, position})),
            first_position=position if before is None else before[0].first_position,
            probability_bp=now.probability_bp,
            act_by=now.act_by,
            remedies=now.remedies,
        )
        self.told[subjects] = found, now
        return (found,)


def _alike(before: Condition, now: Condition) -> bool:
    if abs(now.impact_days - before.impact_days) >= MARGIN_DAYS:
        return False
    if not now.holds:
        return True
    return now.grade == before.grade and abs(now.measure - before.measure) < MARGIN_DAYS


def listed(names: Sequence[str]) -> str:
    """Return names in one line: the first few, and how many more there are."""
    if len(names) <= NAMED_MAX:
        return ", ".join(names)
    return f"{', '.join(names[:NAMED_MAX])} and {len(names) - NAMED_MAX} more"
