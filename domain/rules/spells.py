"""Tell of a condition when it begins, when it weighs otherwise and when it ends."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from domain.planning.network import Schedule, ScheduledPhase
from domain.rules.finding import Cleared, Finding, Found
from domain.rules.moments import Moments

MARGIN_DAYS: Final = Decimal(1)
"""An impact that has changed by less, in working days, is not told again."""


@dataclass(slots=True)
class Spells:
    """What was last found of each subject, and when each is to be looked at again, by its key."""

    found: dict[str, Finding] = field(default_factory=dict)
    seen: dict[str, Hashable] = field(default_factory=dict)
    """What of the network was gone by, of those subjects that go by something of it."""
    unjudged: bool = False
    """Whether the network changed since it was last compared with what was seen."""
    phases: Mapping[str, ScheduledPhase] | None = None
    """The dates that were gone by last."""
    waiting: Moments = field(default_factory=Moments)

    def tell(self, key: str, found: Finding | None, because: str) -> tuple[Found, ...]:
        """Return what is new about a subject; `because` says why nothing is found."""
        before = self.found.get(key)
        if found is None:
            if before is None:
                return ()
            del self.found[key]
            return (Cleared(before.rule, before.subjects, because),)
        if before is not None:
            found = replace(found, first_position=before.first_position)
            if self.is_alike(found, before):
                return ()
        self.found[key] = found
        return (found,)

    def is_alike(self, found: Finding, before: Finding) -> bool:
        """Tell whether what is found of a subject is what was told of it, so nothing is said."""
        return _weighs_alike(found, before)

    def shifted(self, schedule: Schedule | None) -> Sequence[str] | None:
        """Return the phases that have other dates than when last asked; None: perhaps any."""
        before = self.phases
        self.phases = None if schedule is None else schedule.phases
        if schedule is None or before is None:
            return () if self.phases is before else None
        if schedule.phases is before:
            return ()
        if schedule.before is before:
            return schedule.moved
        # Compared by what they say: whether an equal row is another object depends on who else
        # computed the schedule, and what is found must not.
        asked = {**before, **schedule.phases}
        return [each for each in asked if before.get(each) != schedule.phases.get(each)]


def _weighs_alike(found: Finding, before: Finding) -> bool:
    if abs(found.impact_days - before.impact_days) >= MARGIN_DAYS:
        return False
    return (found.severity, found.evidence, found.act_by, found.probability_bp // 1_000) == (
        before.severity,
        before.evidence,
        before.act_by,
        before.probability_bp // 1_000,
    )
