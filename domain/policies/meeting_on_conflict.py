"""Whenever a grave conflict touches somebody outside, then a meeting with them is needed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from domain.conflicts.events import ConflictReopened
from domain.conflicts.facts import RANK
from domain.conflicts.facts import Dossier as Conflict
from domain.kernel.ids import derived_id, stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.kernel.values import Reason
from domain.meetings.commands import AnticipateMeeting, CancelMeeting
from domain.meetings.facts import AHEAD, Stage
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
    covered: set[str] = field(default_factory=set)
    """Grave conflicts without a meeting of their own: one with the same parties is needed yet."""
    meetings: dict[str, Meeting] = field(default_factory=dict)
    called: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By conflict, with whom a meeting was asked for that is not recorded yet."""
    touched: dict[str, Recorded[Any]] = field(default_factory=dict)
    """By conflict the first event of it in the message that is being read."""
    is_settled: bool = False
    """Whether the message that is being read ended a conflict, or changed a meeting."""


class MeetingOnConflict:
    """Ask to anticipate a meeting once for each spell of a grave conflict that touches outsiders.

    It is about the conflict and its subjects, needs the departments of the phases concerned, and
    comes before the last day on which acting helps. Nothing is asked while a meeting that refers to
    the conflict is still to come, nor while one with the same parties is needed and not planned: it
    is the same people who would meet. A need that nobody planned for is let go when the conflicts
    it refers to are over; if others wait for it, the next of them is asked for then. The ids derive
    from the event that made the conflict grave.
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
                for ref in state.meetings[recorded.stream].refs:
                    state.called.pop(subject_of(ref).ids[-1], None)
                state.is_settled = True
            case "conflict":
                conflict = state.conflicts.get(recorded.subject_id, Conflict()).after(recorded)
                state.conflicts[recorded.subject_id] = conflict
                state.touched.setdefault(recorded.subject_id, recorded)
                if isinstance(recorded.event, ConflictReopened) or not conflict.open:
                    state.asked.discard(recorded.subject_id)
                    state.covered.discard(recorded.subject_id)
                    state.called.pop(recorded.subject_id, None)
                    state.is_settled = True
            case _:
                pass
        if more or not (state.touched or state.is_settled):
            return ()
        touched, state.touched = state.touched, {}
        settled, state.is_settled = state.is_settled, False
        if project.network.standing in _OVER:
            return ()
        let_go = list(_let_go(state, recorded, project)) if settled else []
        waiting = sorted(state.covered - touched.keys()) if settled else ()
        asked = [_asked(state, each, cause, project) for each, cause in touched.items()]
        asked += [_asked(state, each, recorded, project) for each in waiting]
        return [*let_go, *(request for request in asked if request is not None)]

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
    stream, network = stream_of("conflict", conflict_id), project.network
    if any(stream in each.refs for each in state.meetings.values() if each.stage in AHEAD):
        state.asked.add(conflict_id)
        return None
    if _is_needed_with(state, outside):
        state.covered.add(conflict_id)
        return None
    state.covered.discard(conflict_id)
    state.asked.add(conflict_id)
    own = cause.stream == stream
    command = AnticipateMeeting(
        project_id=project.project_id,
        meeting_id=derived_id("m-", cause.event_id, *(() if own else (conflict_id,))),
        why=conflict.summary,
        refs=(stream, *conflict.subjects),
        required_departments=departments_of(conflict.subjects, project),
        before=None if conflict.act_by is None else end_of_day(conflict.act_by, network.zone),
        external_parties=outside,
    )
    state.called[conflict_id] = outside
    return Request(derived_id("", command.command_name, command.meeting_id), command, cause)


def _is_needed_with(state: Talks, parties: Sequence[str]) -> bool:
    """Tell whether a meeting with all of some parties is needed that is not planned yet."""
    known = [
        each.steps.need.external_parties or ()
        for each in state.meetings.values()
        if each.stage is Stage.ANTICIPATED and each.steps.need is not None
    ]
    return any(set(parties) <= set(each) for each in (*known, *state.called.values()))


def _let_go(state: Talks, recorded: Recorded[Any], project: Watched) -> Iterator[Request]:
    """Yield for each need that nobody planned for, and whose conflicts are over, its end."""
    for stream, meeting in state.meetings.items():
        need = meeting.steps.need
        if meeting.stage is not Stage.ANTICIPATED or need is None:
            continue
        about = [subject_of(ref).ids[-1] for ref in need.refs if ref.startswith("conflict-")]
        known = [state.conflicts[each] for each in about if each in state.conflicts]
        if known and not any(each.open for each in known):
            command = CancelMeeting(
                project_id=project.project_id,
                meeting_id=subject_of(stream).ids[-1],
                reason=Reason(code="other", text=f"It is settled: {need.why}"),
            )
            message_id = derived_id("", command.command_name, stream, recorded.event_id)
            yield Request(message_id, command, recorded)
