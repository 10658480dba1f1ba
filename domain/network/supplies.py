"""Keep the commitments of a project: what its phases wait for, and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain.commitments.events import CommitmentRequested, CommitmentRevised
from domain.commitments.facts import Line, Standing, Status
from domain.kernel.messages import Recorded
from domain.kernel.minutes import minute_of
from domain.kernel.work_axis import WorkAxis
from domain.planning.network import Bound
from domain.requirements.events import (
    RequirementCancelled,
    RequirementChanged,
    RequirementIdentified,
)

_CONFIRMING: Final = frozenset(
    {"accepted", "date_rescheduled", "quantity_changed", "partial", "substituted"}
)


class Supply:
    """One commitment: need, promise and expectation are three dates and never merged."""

    __slots__ = (
        "for_phases", "for_requirements", "id", "item", "line", "need_by", "need_position",
        "standing", "vendor",
    )  # fmt: skip

    def __init__(self, commitment_id: str, requested: Recorded[CommitmentRequested]) -> None:
        event = requested.event
        self.id = commitment_id
        self.vendor = event.vendor
        self.item = event.item
        self.for_phases = event.for_phases
        self.for_requirements = event.for_requirements or ()
        self.need_by = event.need_by
        self.need_position = requested.position
        """The position of the event that said by when we need it."""
        self.line = Line().after(requested)
        self.standing: Standing = self.line.standing()

    def fold(self, recorded: Recorded[Any]) -> None:
        """Take a later event of the commitment's stream in."""
        match recorded.event:
            case CommitmentRevised(need_by=need_by) if need_by is not None:
                self.need_by, self.need_position = need_by, recorded.position
            case _:
                pass
        self.line = self.line.after(recorded)
        self.standing = self.line.standing()

    @property
    def promised(self) -> date | None:
        """The day the vendor promises."""
        return self.standing.promised

    @property
    def promise_position(self) -> int:
        """The position of the fact that promised it; that of our need where nothing did."""
        said = self.standing.promised_of
        return self.need_position if said is None else said.position

    @property
    def expected(self) -> date | None:
        """The day that the shipping notice says."""
        return self.standing.expected

    @property
    def status(self) -> str:
        """Where it stands, in one word."""
        return self.standing.status.value

    @property
    def answer(self) -> str | None:
        """What the vendor answered to the present revision."""
        now = self.standing
        if now.answer is None or now.acknowledged_revision != now.revision:
            return None
        return now.answer.status

    @property
    def is_open(self) -> bool:
        """Whether something is still to come."""
        return self.standing.open

    @property
    def is_confirmed(self) -> bool:
        """Whether the vendor said of the present revision that it will come."""
        return self.answer in _CONFIRMING

    def bound(self, zone: ZoneInfo) -> Bound | None:
        """Return before which instant the goods are not there; None where none are waited for.

        Goods due on a day are there when it has ended, goods that came when they came. The day is
        the one expected, else promised, else needed.
        """
        came = self.standing.last_receipt_at
        if self.standing.status is Status.RECEIVED and came is not None:
            return Bound(minute_of(came), "commitment", self.id)
        if not self.is_open:
            return None
        day = self.expected or self.promised or self.need_by
        end = datetime.combine(day + timedelta(days=1), time(), zone)
        return Bound(minute_of(end), "commitment", self.id)


class Supplies:
    """All commitments of a project by id, and which phases need what they are ordered for.

    A commitment is for the phases it names, and for those whose requirements it names: these need
    it their offset before they start.
    """

    def __init__(self) -> None:
        self._lines: dict[str, Supply] = {}
        self._of_item: dict[str, list[Supply]] = {}
        self._for_phase: dict[str, list[Supply]] = {}
        self._for_requirement: dict[str, list[Supply]] = {}
        self._phases: dict[str, str] = {}
        """The phase of each requirement that is still open, by the requirement's id."""
        self._offsets_min: dict[str, dict[str, int]] = {}
        """By phase, of each of its open requirements."""
        self._zone = ZoneInfo("UTC")

    def use_zone(self, zone: ZoneInfo) -> None:
        """Let days of delivery end in this zone."""
        self._zone = zone

    def fold(self, recorded: Recorded[Any]) -> Sequence[str]:
        """Take one event in; return the phases that wait for the commitment it is about."""
        if isinstance(recorded.event, CommitmentRequested):
            supply = Supply(recorded.subject_id, recorded)
            self._lines[supply.id] = supply
            self._of_item.setdefault(supply.item, []).append(supply)
            for phase_id in supply.for_phases:
                self._for_phase.setdefault(phase_id, []).append(supply)
            for requirement_id in supply.for_requirements:
                self._for_requirement.setdefault(requirement_id, []).append(supply)
            return self.waiting_for(supply)
        known = self._lines.get(recorded.subject_id)
        if known is None:
            return ()
        known.fold(recorded)
        return self.waiting_for(known)

    def fold_requirement(self, recorded: Recorded[Any]) -> Sequence[str]:
        """Take an event of a requirement in; return the phase that needs it, if it is known."""
        requirement_id = recorded.subject_id
        match recorded.event:
            case RequirementIdentified(phase=phase_id, offset_min=offset_min):
                self._phases[requirement_id] = phase_id
                self._offsets_min.setdefault(phase_id, {})[requirement_id] = offset_min
            case RequirementChanged(offset_min=int(offset_min)) if requirement_id in self._phases:
                phase_id = self._phases[requirement_id]
                self._offsets_min[phase_id][requirement_id] = offset_min
            case RequirementCancelled() if requirement_id in self._phases:
                phase_id = self._phases.pop(requirement_id)
                del self._offsets_min[phase_id][requirement_id]
            case _:
                return ()
        return (phase_id,)

    def lines(self) -> Sequence[Supply]:
        """Return every commitment."""
        return tuple(self._lines.values())

    def of(self, items: Iterable[str], requirements: Iterable[str]) -> Sequence[Supply]:
        """Return the commitments that name one of these items, or of these requirements."""
        found = {each.id: each for item in items for each in self._of_item.get(item, ())}
        for requirement_id in requirements:
            found.update((each.id, each) for each in self._for_requirement.get(requirement_id, ()))
        return tuple(found.values())

    def get(self, commitment_id: str) -> Supply | None:
        """Return one commitment."""
        return self._lines.get(commitment_id)

    def for_phase(self, phase_id: str) -> Sequence[Supply]:
        """Return the commitments that a phase waits for, also those for its requirements."""
        named, offsets = self._for_phase.get(phase_id, ()), self._offsets_min.get(phase_id)
        if not offsets:
            return tuple(named)
        needed = (
            supply
            for requirement_id in sorted(offsets)
            for supply in self._for_requirement.get(requirement_id, ())
        )
        return (*named, *needed)

    def bounds(self, phase_id: str) -> tuple[Bound, ...]:
        """Return before which instants a phase cannot start, one per commitment it waits for."""
        bounds = (supply.bound(self._zone) for supply in self._for_phase.get(phase_id, ()))
        return tuple(bound for bound in bounds if bound is not None)

    def needs(self, phase_id: str) -> bool:
        """Tell whether something is on order for a requirement of the phase."""
        return any(each in self._for_requirement for each in self._offsets_min.get(phase_id, ()))

    def bounds_of_needs(self, phase_id: str, axis: WorkAxis) -> tuple[Bound, ...]:
        """Return the same for what is ordered for the phase's requirements.

        What a requirement needs an offset before the start holds the start back by as much more.
        """
        return tuple(
            replace(bound, at=axis.add(bound.at, offset_min))
            for requirement_id, offset_min in sorted(self._offsets_min.get(phase_id, {}).items())
            for supply in self._for_requirement.get(requirement_id, ())
            if (bound := supply.bound(self._zone)) is not None
        )

    def offset_min(self, phase_id: str, supply: Supply) -> int:
        """Return how long before its start a phase needs what a commitment brings: the longest."""
        offsets = self._offsets_min.get(phase_id, {})
        return max((offsets.get(each, 0) for each in supply.for_requirements), default=0)

    def waiting_for(self, supply: Supply) -> tuple[str, ...]:
        """Return the phases that wait for a commitment: those it names, those that need it."""
        needing = (self._phases.get(each) for each in supply.for_requirements)
        return (*supply.for_phases, *(phase_id for phase_id in needing if phase_id is not None))
