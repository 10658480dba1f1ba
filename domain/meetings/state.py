"""Know of a meeting what its decisions need: its project, its stage, its agenda."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.kernel.messages import DomainEvent, Recorded
from domain.meetings.events import (
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
from domain.meetings.facts import AHEAD, FACTS, Dossier, Stage

NOTHING_RECORDED: Final = Dossier()
_HELD: Final = frozenset({Stage.HELD})
_PLANNED: Final = frozenset({Stage.PLANNED})

FOLLOWS: Final[Mapping[type[DomainEvent], frozenset[Stage]]] = {
    MeetingNeedAnticipated: frozenset({Stage.UNKNOWN}),
    MeetingPlanned: frozenset({Stage.UNKNOWN, Stage.ANTICIPATED}),
    AgendaItemAdded: AHEAD,
    AttendeeInvited: AHEAD,
    BriefingIssued: _PLANNED,
    MeetingMoved: _PLANNED,
    MeetingCancelled: AHEAD,
    MinuteRecorded: _HELD,
    DecisionRecorded: _HELD,
    ActionCreated: _HELD,
    MinutesApproved: _HELD,
}
"""The stages in which each step of our own may be taken."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting as far as decisions care."""

    dossier: Dossier = NOTHING_RECORDED
    project_id: str | None = None

    @property
    def exists(self) -> bool:
        return self.project_id is not None


def evolve(meeting: Meeting, recorded: Recorded[Any]) -> Meeting:
    """Return the meeting after an event; no fact raises, a step nobody decided does."""
    if isinstance(recorded.event, FACTS):
        return Meeting(meeting.dossier.after(recorded), meeting.project_id)
    if meeting.dossier.stage not in FOLLOWS.get(type(recorded.event), frozenset()):
        # `decide` never lets this step through; a log that contains it is corrupt.
        msg = f"{type(recorded.event).__name__} cannot follow {meeting}"
        raise AssertionError(msg)
    return Meeting(meeting.dossier.after(recorded), meeting.project_id or recorded.project_id)
