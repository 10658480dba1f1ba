"""Whenever a grave conflict touches somebody outside, then a meeting about it is needed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from domain.conflicts.events import ConflictReopened
from domain.conflicts.facts import RANK
from domain.conflicts.facts import Dossier as Conflict
from domain.kernel.ids import derived_id, stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.meetings.commands import AnticipateMeeting
from domain.meetings.facts import AHEAD
from domain.meetings.facts import Dossier as Meeting
from domain.network.project_network import end_of_day
from domain.policies.policy import Request, nothing_else
from domain.rules.outside import departments_of, parties_of
from domain.rules.watched import Watched

GRAVE: Final = RANK["high"]

_OVER: Final = frozenset({"completed", "cancelled"})


@dataclass(slots=True)
class Talks:
    """The conflicts of one project, and the meetings about them that are still to come."""

    conflicts: dict[str, Conflict] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    """The conflicts for which a meeting is known to be needed, each in its present spell."""
    meetings: dict[str, Meeting] = field(default_factory=dict)
    touched: dict[str, Recorded[Any]] = field(default_factory=dict)
    """By conflict the first event of it in the message that is being read."""


class MeetingOnConflict:
    """Ask to anticipate a meeting once for each spell of a grave conflict that touches outsiders.

    It is about the conflict and its subjects, needs the departments of the phases concerned, and
    comes before the last day on which acting helps. Nothing is asked while a meeting that refers to
    the conflict is still to come. The ids derive from the event that made the conflict grave.
    """

    name = "meeting_on_conflict"
    instead = staticmethod(nothing_else)

    def initial(self) -> Talks:
        """Return a project without conflicts and meetings."""
        return Talks()

    def fold(
        self, state: Talks, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Request]:
        """Take one event in; return what is asked for at the last event of a message."""
        match subject_of(recorded.stream).category:
            case "meeting":
                known = state.meetings.get(recorded.stream, Meeting())
                state.meetings[recorded.stream] = known.after(recorded)
            case "conflict":
                conflict = state.conflicts.get(recorded.subject_id, Conflict()).after(recorded)
                state.conflicts[recorded.subject_id] = conflict
                state.touched.setdefault(recorded.subject_id, recorded)
                if isinstance(recorded.event, ConflictReopened) or not conflict.open:
                    state.asked.discard(recorded.subject_id)
            case _:
                pass
        if more or not state.touched:
            return ()
        touched, state.touched = state.touched, {}
        if project.network.standing in _OVER:
            return ()
        asked = (_asked(state, each, cause, project) for each, cause in touched.items())
        return [request for request in asked if request is not None]

    def due(self, state: Talks, project: Watched) -> datetime | None:
        """Wait for no moment: a conflict is what it reacts to."""
        del state, project
        return None


def _asked(
    state: Talks, conflict_id: str, cause: Recorded[Any], project: Watched
) -> Request | None:
    conflict = state.conflicts[conflict_id]
    if not conflict.open or RANK[conflict.severity] < GRAVE or conflict_id in state.asked:
        return None
    outside = parties_of(conflict.subjects, project)
    if not outside:
        return None
    state.asked.add(conflict_id)
    stream, network = stream_of("conflict", conflict_id), project.network
    if any(stream in each.refs for each in state.meetings.values() if each.stage in AHEAD):
        return None
    command = AnticipateMeeting(
        project_id=project.project_id,
        meeting_id=derived_id("m-", cause.event_id),
        why=conflict.summary,
        refs=(stream, *conflict.subjects),
        required_departments=departments_of(conflict.subjects, project),
        before=None if conflict.act_by is None else end_of_day(conflict.act_by, network.zone),
        external_parties=outside,
    )
    return Request(derived_id("", command.command_name, command.meeting_id), command, cause)
