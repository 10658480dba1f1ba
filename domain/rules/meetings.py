"""Say what the rules on meetings share: the meetings of a project, and what one is called."""

from typing import TypeAlias

from domain.kernel.ids import subject_of
from domain.meetings.facts import Dossier
from domain.rules.by_dossier import Dossiers

Meetings: TypeAlias = Dossiers[Dossier]


def named(meeting: Dossier, stream: str) -> str:
    """Return what a meeting is called: its id and its purpose."""
    (meeting_id,) = subject_of(stream).ids
    purpose = None if meeting.steps.planned is None else meeting.steps.planned.purpose
    return f"Meeting {meeting_id}" if purpose is None else f"Meeting {meeting_id} ({purpose})"
