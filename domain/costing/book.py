"""Keep a project's costs phase by phase: estimates, budgets, bookings, and who has which skill."""

from collections.abc import Mapping
from typing import Any, Final

from domain.estimates.events import ActualHoursBooked
from domain.estimates.facts import PhaseCost
from domain.kernel.messages import Recorded
from domain.plans.events import ResourceRequirementSet

NOTHING_RECORDED: Final = PhaseCost()


class CostBook:
    """What is recorded of the costs of a project's phases."""

    def __init__(self) -> None:
        self._costs: dict[str, PhaseCost] = {}
        self._skills: dict[tuple[str, str], str | None] = {}

    def fold(self, recorded: Recorded[Any]) -> None:
        """Take one event of the project in; most of them say nothing of costs."""
        if recorded.stream.startswith("estimate-"):
            phase_id = recorded.subject_id
            self._costs[phase_id] = self.of(phase_id).after(recorded)
        elif isinstance(recorded.event, ResourceRequirementSet):
            needed = recorded.event
            self._skills[needed.phase_id, needed.resource_id] = needed.skill

    @property
    def costs(self) -> Mapping[str, PhaseCost]:
        """What is recorded, by phase; of most phases perhaps nothing."""
        return self._costs

    def of(self, phase_id: str) -> PhaseCost:
        """Return what is recorded of one phase."""
        return self._costs.get(phase_id, NOTHING_RECORDED)

    def skill_of(self, phase_id: str, hours: ActualHoursBooked) -> str | None:
        """Return the skill hours were worked with: as booked, else as the plan required it."""
        return hours.skill or self._skills.get((phase_id, hours.resource))

    def worked_with(self, skill: str) -> tuple[str, ...]:
        """Return the phases that hours of a skill are booked on, sorted."""
        return tuple(
            phase_id
            for phase_id, cost in sorted(self._costs.items())
            if any(
                isinstance(known.event, ActualHoursBooked)
                and self.skill_of(phase_id, known.event) == skill
                for known in cost.booked
            )
        )

    def skills_booked(self) -> frozenset[str]:
        """Return every skill that hours were worked with."""
        skills = (
            self.skill_of(phase_id, known.event)
            for phase_id, cost in self._costs.items()
            for known in cost.booked
            if isinstance(known.event, ActualHoursBooked)
        )
        return frozenset(skill for skill in skills if skill is not None)
