"""Hold what is planned and known of one phase, and give it to planning as an activity."""

from datetime import datetime
from typing import Any, NamedTuple

from domain.kernel.messages import Recorded
from domain.kernel.minutes import minute_of
from domain.network.known import KnownPhase
from domain.network.remembered import EXECUTIONS
from domain.phases.facts import Execution
from domain.planning.network import Activity, Bound, Constraint
from domain.plans.events import PhaseDetailsRevised, PhaseKind, PhasePlanned


class Typed(NamedTuple):
    """Who set a value: the position of the event that did, its actor, and when we learned it."""

    position: int
    by: str
    at: datetime


class Manpower(NamedTuple):
    """What a need of a resource says of the people in it: their skill, the effort in minutes."""

    resource_id: str
    milli: int
    effort_min: int | None
    skill: str | None


def typed_by(recorded: Recorded[Any]) -> Typed:
    """Return who set the values of an event."""
    return Typed(recorded.position, recorded.envelope.actor, recorded.recorded_at)


class PhaseLine:
    """One phase: what the plan says of it, what was reported of it, who said each.

    `revision` rises with everything that can be seen in the phase's row, so that a row is only
    written again where it can differ. What the reports add up to is found out when it is asked for:
    a replay takes in many of them before anybody asks.
    """

    __slots__ = (
        "_is_added_up", "_known", "_typed", "activity", "calendar_id", "constraint", "deadline",
        "department", "duration_min", "execution", "id", "kind", "manpower", "name", "parent",
        "planned", "requirements", "revision", "wbs",
    )  # fmt: skip

    def __init__(self, phase_id: str) -> None:
        self.id = phase_id
        self.planned = False
        self.wbs = ""
        self.name = phase_id
        self.department = ""
        self.kind: PhaseKind = "task"
        self.duration_min = 0
        self.calendar_id: str | None = None
        self.parent: str | None = None
        self.constraint: Constraint | None = None
        self.deadline: datetime | None = None
        self.requirements: tuple[tuple[str, int], ...] = ()
        """What it needs while it runs: resource ids and thousandths, by id."""
        self.manpower: tuple[Manpower, ...] = ()
        """Those of its needs that name a skill or an effort, by resource id."""
        self.execution = Execution()
        self._known = KnownPhase()
        self._typed: dict[str, Typed] = {}
        self._is_added_up = True
        self.activity: Activity | None = None
        self.revision = 0

    def plan(self, event: PhasePlanned, typed: Typed) -> None:
        """Take the phase into the plan, as if it had never been in it before."""
        self.planned = True
        self.wbs = event.wbs
        self.name = event.name
        self.department = event.department_id
        self.kind = event.kind
        self.duration_min = event.duration_min
        self.calendar_id = event.calendar_id
        self.parent = event.parent
        self.constraint = None
        self.deadline = None
        self.requirements = ()
        self.manpower = ()
        self.typed.pop("constraint", None)
        self.typed.pop("deadline", None)
        self.touch("duration", typed)

    def revise(self, event: PhaseDetailsRevised) -> None:
        """Take changed details over; what is absent stays as it was."""
        self.wbs = self.wbs if event.wbs is None else event.wbs
        self.name = event.name or self.name
        self.department = event.department_id or self.department
        self.kind = event.kind or self.kind
        self.calendar_id = event.calendar_id or self.calendar_id
        self.parent = event.parent or self.parent
        self.refit()

    def require(
        self,
        resource_id: str,
        milli: int,
        effort_min: int | None = None,
        skill: str | None = None,
    ) -> None:
        """Need so much of a resource; nothing of it ends the need."""
        needed = {**dict(self.requirements), resource_id: milli}
        self.requirements = tuple(sorted(need for need in needed.items() if need[1]))
        people = [each for each in self.manpower if each.resource_id != resource_id]
        if milli and (effort_min is not None or skill is not None):
            people.append(Manpower(resource_id, milli, effort_min, skill))
        self.manpower = tuple(sorted(people, key=lambda each: each.resource_id))

    def remove(self) -> None:
        """Take the phase out of the plan; what was reported of it is kept."""
        self.planned = False
        self.refit()

    def touch(self, field: str | None = None, typed: Typed | None = None) -> None:
        """Note that the row differs, and who typed the field; a field cleared has no author."""
        if field is not None:
            if typed is None:
                self.typed.pop(field, None)
            else:
                self.typed[field] = typed
        self.refit()

    def refit(self) -> None:
        """Let the activity be made again."""
        self.activity = None
        self.revision += 1

    def take_in(self, recorded: Recorded[Any]) -> None:
        """Take in what was reported or requested of the phase's execution."""
        self.execution = EXECUTIONS.after(self.execution, recorded)
        self._is_added_up = False
        self.refit()

    @property
    def known(self) -> KnownPhase:
        """What the reports add up to."""
        if not self._is_added_up:
            self._add_up()
        return self._known

    @property
    def typed(self) -> dict[str, Typed]:
        """Who set the values that somebody set."""
        if not self._is_added_up:
            self._add_up()
        return self._typed

    def _add_up(self) -> None:
        self._is_added_up = True
        self._known = known = EXECUTIONS.known(self.execution)
        for field, source in (
            ("actual_start", known.start_of),
            ("actual_finish", known.end_of),
            ("remaining", known.remaining_of),
        ):
            if source is None:
                self._typed.pop(field, None)
            else:
                self._typed[field] = typed_by(source)

    @property
    def remaining_min(self) -> int:
        """The working minutes still needed: as reported, else the whole of a phase not ended."""
        if self.known.has_ended:
            return 0
        if self.known.remaining_min is not None:
            return self.known.remaining_min
        return self.duration_min

    def as_activity(
        self, *, calendar: str | None, parent: str | None, earliest: tuple[Bound, ...]
    ) -> Activity:
        """Return the phase as planning wants it; an aborted phase ends where it was aborted."""
        known = self.known
        start = known.started_at
        if start is None:
            start = known.ended_at  # Aborted before it began.
        return Activity(
            id=self.id,
            duration_min=self.duration_min,
            kind=self.kind,
            calendar=calendar,
            parent=parent,
            constraint=self.constraint,
            deadline=None if self.deadline is None else minute_of(self.deadline),
            actual_start=None if start is None else minute_of(start),
            actual_finish=None if known.ended_at is None else minute_of(known.ended_at),
            remaining_min=known.remaining_min,
            expected_finish=None
            if known.expected_finish is None
            else minute_of(known.expected_finish),
            assumed_start=known.start_is_assumed,
            earliest=earliest,
        )
