"""Decide on a meeting: every item has a lead and departments, minutes are of what was held."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.messages import Asked, DomainEvent
from domain.kernel.refusals import (
    AlreadyExists,
    DepartmentMissing,
    DuplicateId,
    InvalidTransition,
    LeadMissing,
    NotHeld,
    OwnerOrDueMissing,
    PositionAhead,
    ProjectClosed,
    UnknownSubject,
)
from domain.meetings.commands import (
    COMMANDS,
    AddAgendaItem,
    AnticipateMeeting,
    ApproveMinutes,
    CancelMeeting,
    CreateAction,
    InviteAttendee,
    IssueBriefing,
    MeetingCommand,
    MoveMeeting,
    PlanMeeting,
    RecordDecision,
    RecordMinute,
)
from domain.meetings.events import (
    EVENTS,
    ActionCreated,
    AgendaItemAdded,
    AttendeeInvited,
    BriefingIssued,
    DecisionRecorded,
    MeetingCancelled,
    MeetingMoved,
    MeetingNeedAnticipated,
    MeetingPlanned,
    MinuteRecorded,
    MinutesApproved,
)
from domain.meetings.facts import AHEAD, Dossier, Stage
from domain.meetings.state import Meeting, evolve


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a meeting's decisions need to know of its project, and of how far the log is."""

    project_exists: bool
    project_closed: bool = False
    head_position: int = 0


def decide(command: MeetingCommand, meeting: Meeting, asked: Asked, others: Surroundings) -> Events:
    """Return the events of a step on a meeting, `()` for a repeat; raises Rejected.

    In a closed project no meeting is called any more; what was held can still be written down.
    """
    require_reason(command)
    calls = isinstance(command, AnticipateMeeting | PlanMeeting)
    if calls and not others.project_exists:
        msg = f"there is no project {command.project_id}"
        raise UnknownSubject(msg)
    if calls and others.project_closed:
        msg = f"project {command.project_id} is closed: no meeting is called in it"
        raise ProjectClosed(msg)
    is_known = meeting.project_id == command.project_id
    if not is_known and (meeting.exists or not calls):
        msg = f"project {command.project_id} has no meeting {command.meeting_id}: plan it first"
        raise UnknownSubject(msg)
    return _DECISIONS[type(command)](command, meeting.dossier, asked, others)


def _anticipate(command: AnticipateMeeting, now: Dossier, *_: object) -> Events:
    need = MeetingNeedAnticipated(
        why=command.why,
        refs=command.refs,
        required_departments=command.required_departments,
        before=command.before,
        external_parties=command.external_parties,
    )
    if now.steps.need == need:
        return ()
    if now.stage is not Stage.UNKNOWN:
        msg = f"meeting {command.meeting_id} is {now.stage.value}: take another id for another need"
        raise AlreadyExists(msg)
    return (need,)


def _plan(command: PlanMeeting, now: Dossier, *_: object) -> Events:
    planned = MeetingPlanned(
        purpose=command.purpose,
        start=command.start,
        duration_min=command.duration_min,
        place=command.place,
        link=command.link,
        external_parties=command.external_parties,
    )
    if now.steps.planned == planned:
        return ()
    if now.steps.planned is not None:
        msg = f"meeting {command.meeting_id} is planned: move it, or take another id"
        raise AlreadyExists(msg)
    if now.stage not in {Stage.UNKNOWN, Stage.ANTICIPATED}:
        msg = f"meeting {command.meeting_id} is {now.stage.value}: take another id for another one"
        raise InvalidTransition(msg)
    return (planned,)


def _add_item(command: AddAgendaItem, now: Dossier, *_: object) -> Events:
    if not command.lead.strip():
        msg = f"nobody leads item {command.item_id}: name who does"
        raise LeadMissing(msg)
    if not command.required_departments:
        msg = f"item {command.item_id} takes no department: name those that must be there"
        raise DepartmentMissing(msg)
    item = AgendaItemAdded(
        item_id=command.item_id,
        topic=command.topic,
        refs=command.refs,
        required_departments=command.required_departments,
        required_roles=command.required_roles,
        lead=command.lead,
        minutes=command.minutes,
        prep_due=command.prep_due,
    )
    return _new(command, now, AHEAD, item, now.steps.items.get(command.item_id))


def _invite(command: InviteAttendee, now: Dossier, *_: object) -> Events:
    invited = AttendeeInvited(
        party=command.party,
        attendance=command.attendance,
        department_id=command.department_id,
        role=command.role,
    )
    if now.steps.invited.get(command.party) == invited:
        return ()
    _is_at(command, now, AHEAD)
    return (invited,)


def _brief(command: IssueBriefing, now: Dossier, asked: Asked, others: Surroundings) -> Events:
    del asked
    briefing = BriefingIssued(at_position=command.at_position, digest=command.digest)
    if now.steps.briefing == briefing:
        return ()
    _is_at(command, now, {Stage.PLANNED})
    if command.at_position > others.head_position:
        msg = f"the log ends at position {others.head_position}: brief as of what is known"
        raise PositionAhead(msg)
    return (briefing,)


def _move(command: MoveMeeting, now: Dossier, *_: object) -> Events:
    slot = now.steps.slot
    moved = MeetingMoved(
        old=command.start if slot is None else slot.start,
        new=command.start,
        duration_min=command.duration_min,
        place=command.place,
        link=command.link,
    )
    if slot is not None and slot.moved(moved) == slot:
        return ()
    _is_at(command, now, {Stage.PLANNED})
    return (moved,)


def _cancel(command: CancelMeeting, now: Dossier, *_: object) -> Events:
    if now.stage is Stage.CANCELLED:
        return ()
    _is_at(command, now, AHEAD)
    return (MeetingCancelled(),)


def _minute(command: RecordMinute, now: Dossier, *_: object) -> Events:
    minute = MinuteRecorded(text=command.text, item_id=command.item_id)
    if minute in now.steps.minutes:
        return ()
    _is_held(command, now)
    _is_on_agenda(command.item_id, now)
    return (minute,)


def _decision(command: RecordDecision, now: Dossier, *_: object) -> Events:
    _is_on_agenda(command.item_id, now)
    decision = DecisionRecorded(
        decision_id=command.decision_id,
        text=command.text,
        refs=command.refs,
        item_id=command.item_id,
    )
    return _new(command, now, None, decision, now.steps.decisions.get(command.decision_id))


def _action(command: CreateAction, now: Dossier, *_: object) -> Events:
    if not command.owner.strip() or command.due is None:
        msg = f"action {command.action_id} needs somebody who does it, and by when: name both"
        raise OwnerOrDueMissing(msg)
    action = ActionCreated(
        action_id=command.action_id,
        text=command.text,
        owner=command.owner,
        due=command.due,
        refs=command.refs,
    )
    return _new(command, now, None, action, now.steps.actions.get(command.action_id))


def _approve(command: ApproveMinutes, now: Dossier, asked: Asked, others: Surroundings) -> Events:
    del others
    if now.steps.approved is not None:
        return ()
    _is_held(command, now)
    return (MinutesApproved(by=asked.principal.party_id),)


def _new(
    command: MeetingCommand,
    now: Dossier,
    stages: frozenset[Stage] | None,
    event: DomainEvent,
    present: DomainEvent | None,
) -> Events:
    """Return the event unless it is there; `stages` None: it is of what was held."""
    if present == event:
        return ()
    if stages is None:
        _is_held(command, now)
    else:
        _is_at(command, now, stages)
    if present is not None:
        msg = f"meeting {command.meeting_id} has another one of this id: take another id"
        raise DuplicateId(msg)
    return (event,)


def _is_at(command: MeetingCommand, now: Dossier, stages: frozenset[Stage] | set[Stage]) -> None:
    if now.stage not in stages:
        wanted = " or ".join(sorted(stage.value for stage in stages))
        msg = f"meeting {command.meeting_id} is {now.stage.value}, and would have to be {wanted}"
        raise InvalidTransition(msg)


def _is_held(command: MeetingCommand, now: Dossier) -> None:
    if now.stage is Stage.APPROVED:
        msg = f"the minutes of meeting {command.meeting_id} are approved as they stand"
        raise InvalidTransition(msg)
    if now.held is None:
        msg = f"meeting {command.meeting_id} was not held: report meeting.held.v1 first"
        raise NotHeld(msg)


def _is_on_agenda(item_id: str | None, now: Dossier) -> None:
    if item_id is not None and item_id not in now.steps.items:
        msg = f"the agenda has no item {item_id}"
        raise UnknownSubject(msg)


# Each takes the command of its own key, which no type can say.
_Decision: TypeAlias = Callable[[Any, Dossier, Asked, Surroundings], Events]
_DECISIONS: Final[Mapping[type[MeetingCommand], _Decision]] = {
    AnticipateMeeting: _anticipate,
    PlanMeeting: _plan,
    AddAgendaItem: _add_item,
    InviteAttendee: _invite,
    IssueBriefing: _brief,
    MoveMeeting: _move,
    CancelMeeting: _cancel,
    RecordMinute: _minute,
    RecordDecision: _decision,
    CreateAction: _action,
    ApproveMinutes: _approve,
}

DECIDER: Final[Decider[Meeting, Surroundings]] = Decider(
    category="meeting",
    commands=COMMANDS,
    events=EVENTS,
    initial=Meeting,
    evolve=evolve,
    decide=decide,
)
