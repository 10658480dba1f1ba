"""Add up what is known of one meeting: its agenda, who comes prepared, what came of it.

Facts are a set taken by (effective time, version), none of them raises; steps of our own count in
the order of the stream. Source of the rules: DOMAIN 3.13, answers as in RFC 5545.
"""

from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final, TypeAlias

from domain.kernel.corrections import is_correction
from domain.kernel.messages import Recorded
from domain.meetings.events import (
    ActionCompleted,
    ActionCreated,
    AgendaItemAdded,
    AttendanceRecorded,
    AttendeeInvited,
    BriefingIssued,
    DecisionRecorded,
    InvitationAnswered,
    MeetingCancelled,
    MeetingHeld,
    MeetingMoved,
    MeetingNeedAnticipated,
    MeetingPlanned,
    MinuteRecorded,
    MinutesApproved,
    PreparationConfirmed,
)

Facts: TypeAlias = tuple[Recorded[Any], ...]
"""Facts of one meeting by (effective time, version)."""

FACTS: Final = (
    InvitationAnswered,
    PreparationConfirmed,
    MeetingHeld,
    AttendanceRecorded,
    ActionCompleted,
)


class Stage(Enum):
    """How far a meeting is."""

    UNKNOWN = "unknown"
    ANTICIPATED = "anticipated"
    PLANNED = "planned"
    CANCELLED = "cancelled"
    HELD = "held"
    APPROVED = "approved"


AHEAD: Final = frozenset({Stage.ANTICIPATED, Stage.PLANNED})
"""The stages in which a meeting is still to come."""


@dataclass(frozen=True, slots=True)
class Slot:
    """When and where a meeting is to be held; minutes of the clock."""

    start: datetime
    duration_min: int
    place: str | None = None
    link: str | None = None

    def moved(self, move: MeetingMoved) -> "Slot":
        """Return the slot after a move, which leaves what it does not name as it is."""
        return Slot(
            move.new,
            self.duration_min if move.duration_min is None else move.duration_min,
            self.place if move.place is None else move.place,
            self.link if move.link is None else move.link,
        )


@dataclass(frozen=True, slots=True)
class Steps:
    """What we did about a meeting, in the order of the stream."""

    need: MeetingNeedAnticipated | None = None
    planned: MeetingPlanned | None = None
    slot: Slot | None = None
    asked_since: datetime | None = None
    """When it was moved to another start last: answers given before are for the old one."""
    cancelled: bool = False
    sequence: int = 0
    """How often it was moved or cancelled since it was planned. Source: RFC 5545, 3.8.7.4."""
    called_at: datetime | None = None
    """When it was planned, moved or cancelled last."""
    items: Mapping[str, AgendaItemAdded] = field(default_factory=dict)
    invited: Mapping[str, AttendeeInvited] = field(default_factory=dict)
    briefing: BriefingIssued | None = None
    minutes: tuple[MinuteRecorded, ...] = ()
    decisions: Mapping[str, DecisionRecorded] = field(default_factory=dict)
    actions: Mapping[str, ActionCreated] = field(default_factory=dict)
    approved: MinutesApproved | None = None

    def after(self, recorded: Recorded[Any]) -> "Steps":
        """Return the steps with one more."""
        match recorded.event:
            case AgendaItemAdded(item_id=item_id) as item:
                return replace(self, items={**self.items, item_id: item})
            case AttendeeInvited(party=party) as invited:
                return replace(self, invited={**self.invited, party: invited})
            case DecisionRecorded(decision_id=decision_id) as decision:
                return replace(self, decisions={**self.decisions, decision_id: decision})
            case ActionCreated(action_id=action_id) as action:
                return replace(self, actions={**self.actions, action_id: action})
            case MinuteRecorded() as minute:
                return replace(self, minutes=(*self.minutes, minute))
            case _:
                return self._once(recorded)

    def _once(self, recorded: Recorded[Any]) -> "Steps":
        match recorded.event:
            case MeetingNeedAnticipated() as need:
                return replace(self, need=need)
            case MeetingPlanned() as planned:
                slot = Slot(planned.start, planned.duration_min, planned.place, planned.link)
                return replace(self, planned=planned, slot=slot, called_at=recorded.effective_at)
            case MeetingMoved() as move:
                return self._moved(move, recorded.effective_at)
            case BriefingIssued() as briefing:
                return replace(self, briefing=briefing)
            case MeetingCancelled():
                called_at, sequence = recorded.effective_at, self.sequence + 1
                return replace(self, cancelled=True, sequence=sequence, called_at=called_at)
            case MinutesApproved() as approved:
                return replace(self, approved=approved)
            case other:
                raise AssertionError(other)  # Every event of a meeting is a fact or a step.

    def _moved(self, move: MeetingMoved, at: datetime) -> "Steps":
        assert self.slot is not None  # What is moved was planned.
        since = self.asked_since if move.new == self.slot.start else at
        slot, sequence = self.slot.moved(move), self.sequence + 1
        return replace(self, slot=slot, asked_since=since, sequence=sequence, called_at=at)


NO_STEPS: Final = Steps()


@dataclass(frozen=True, slots=True)
class Dossier:
    """What is recorded of one meeting: facts as a set, our steps in stream order."""

    facts: Facts = ()
    steps: Steps = NO_STEPS

    def after(self, recorded: Recorded[Any]) -> "Dossier":
        """Return the dossier with one more event; never raises, in whatever order facts come."""
        if is_correction(recorded):
            return self  # It is of what is recorded, and applied before anything is added up.
        if not isinstance(recorded.event, FACTS):
            return replace(self, steps=self.steps.after(recorded))
        placed = list(self.facts)
        insort(placed, recorded, key=_place)
        return replace(self, facts=tuple(placed))

    @property
    def stage(self) -> Stage:
        """The furthest step; what was held was held, planned or not."""
        if self.held is not None:
            return Stage.HELD if self.steps.approved is None else Stage.APPROVED
        if self.steps.cancelled:
            return Stage.CANCELLED
        if self.steps.planned is not None:
            return Stage.PLANNED
        return Stage.UNKNOWN if self.steps.need is None else Stage.ANTICIPATED

    @property
    def start(self) -> datetime | None:
        """When it is to begin; None while it is not planned."""
        return None if self.steps.slot is None else self.steps.slot.start

    @property
    def held(self) -> MeetingHeld | None:
        """That it was held, as it was told first."""
        return next((f.event for f in self.facts if isinstance(f.event, MeetingHeld)), None)

    @property
    def present(self) -> tuple[str, ...] | None:
        """Who was there; None where nobody said."""
        lists = [f.event.present for f in self.facts if isinstance(f.event, AttendanceRecorded)]
        return lists[-1] if lists else None

    @property
    def answers(self) -> Mapping[str, InvitationAnswered]:
        """The last answer of each party since the meeting was moved to another start."""
        since = self.steps.asked_since
        return {
            known.event.party: known.event
            for known in self.facts
            if isinstance(known.event, InvitationAnswered)
            and (since is None or known.effective_at >= since)
        }

    @property
    def refs(self) -> frozenset[str]:
        """What it is about: by its need, and by its agenda."""
        need, items = self.steps.need, self.steps.items.values()
        talked = (ref for item in items for ref in item.refs)
        return frozenset([*(() if need is None else need.refs), *talked])

    @property
    def required_departments(self) -> frozenset[str]:
        """The departments that some item of the agenda takes, or the need did before any was."""
        if not self.steps.items:
            need = self.steps.need
            return frozenset() if need is None else frozenset(need.required_departments)
        items = self.steps.items.values()
        return frozenset(name for item in items for name in item.required_departments)

    @property
    def missing_departments(self) -> tuple[str, ...]:
        """The departments no accepted required attendee, or his delegate, speaks for; sorted."""
        there = {each.department_id for each in self._required_coming()}
        return tuple(sorted(self.required_departments - there))

    @property
    def missing_roles(self) -> tuple[str, ...]:
        """The roles some item takes that no accepted required attendee is in; sorted."""
        there = {each.role for each in self._required_coming()}
        wanted = {name for item in self.steps.items.values() for name in item.required_roles}
        return tuple(sorted(wanted - there))

    def _required_coming(self) -> Iterable[AttendeeInvited]:
        """Return the invitations on which those come who are required.

        One who comes in the place of several speaks for all of them.
        """
        answers = self.answers
        for party, invited in self.steps.invited.items():
            if invited.attendance == "required" and _who_comes(party, answers) is not None:
                yield invited

    @property
    def unprepared(self) -> tuple[AgendaItemAdded, ...]:
        """The items whose lead, or who comes in his place, has not confirmed to be prepared."""
        answers = self.answers
        ready = {
            (known.event.attendee, known.event.item_id)
            for known in self.facts
            if isinstance(known.event, PreparationConfirmed)
        }
        return tuple(
            item
            for item_id, item in self.steps.items.items()
            if not {(item.lead, item_id), (_who_comes(item.lead, answers), item_id)} & ready
        )

    @property
    def completed(self) -> frozenset[str]:
        """The actions that somebody said are done, by id."""
        return frozenset(
            known.event.action_id
            for known in self.facts
            if isinstance(known.event, ActionCompleted)
        )

    @property
    def open_actions(self) -> tuple[ActionCreated, ...]:
        """What is still to be done."""
        done = self.completed
        return tuple(each for name, each in self.steps.actions.items() if name not in done)


def dossier_of(history: Iterable[Recorded[Any]]) -> Dossier:
    """Return what is recorded of a meeting by its history."""
    dossier = Dossier()
    for recorded in history:
        dossier = dossier.after(recorded)
    return dossier


def _place(known: Recorded[Any]) -> tuple[datetime, int]:
    return known.effective_at, known.version


def _who_comes(party: str, answers: Mapping[str, InvitationAnswered]) -> str | None:
    """Return who comes for a party that accepted or delegated; None: nobody said that he comes.

    A delegate comes unless his own answer says otherwise; delegations in a circle bring nobody.
    """
    seen: set[str] = set()
    who = party
    while who not in seen:
        seen.add(who)
        answer = answers.get(who)
        if answer is None:
            return None if who == party else who
        if answer.answer == "ACCEPTED":
            return who
        if answer.answer != "DELEGATED" or answer.delegate is None:
            return None
        who = answer.delegate
    return None
