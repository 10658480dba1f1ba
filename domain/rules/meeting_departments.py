"""G1: find meetings that are near and to which a department that must be there does not come."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from domain.kernel.messages import Recorded
from domain.meetings.facts import Dossier, Stage
from domain.rules.finding import Found
from domain.rules.meetings import HOUR, MeetingBook, Unfit, named
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "meeting_department_missing"
VERSION: Final[int] = 1

BEFORE: Final = Parameter(
    "before", 48, "hours", "So long before a meeting starts everybody must have accepted."
)


class MeetingDepartmentMissing:
    """DOMAIN G1: from `before` hours ahead of the start on, a required department is missing.

    Missing is a department that some item of the agenda takes and for which nobody required has
    accepted, nor a delegate of his. One finding a meeting, told again when others are missing. It
    clears when all come, and when the meeting is held, cancelled or moved to a later day. A
    department is there or not, so there is no margin to restore.
    """

    name = NAME
    version = VERSION
    code = "G1"
    title = "A meeting is near, and a department that must be there does not come."
    parameters: tuple[Parameter, ...] = (BEFORE,)
    weighs_impact = False
    at_once = False

    def initial(self) -> MeetingBook:
        """Return a project without meetings."""
        return MeetingBook()

    def fold(
        self, state: MeetingBook, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Found]:
        """Take one event in, or a tick; return the findings it brings about, changes or ends."""
        del more
        stream = state.take(recorded)
        near = {*state.waiting.come(project.now), *(() if stream is None else (stream,))}
        found: list[Found] = []
        for each in sorted(near):
            unfit = self._unfit(state, each, project)
            because = f"{named(state.dossiers[each], each)} has all it takes, or is not near"
            found += state.tell(NAME, VERSION, each, unfit, recorded.position, because)
        return found

    def due(self, state: MeetingBook, project: Watched) -> datetime | None:
        """Return when the next meeting is near."""
        del project
        return state.waiting.next()

    def _unfit(self, state: MeetingBook, stream: str, project: Watched) -> Unfit | None:
        meeting = state.dossiers[stream]
        missing, start = meeting.missing_departments, meeting.start
        state.waiting.wait(stream, None)
        if meeting.stage is not Stage.PLANNED or start is None or not missing:
            return None
        near = start - project.number(NAME, BEFORE) * HOUR
        if project.now is None or project.now < near:
            state.waiting.wait(stream, near)
            return None
        return _missing(meeting, stream, missing)


def _missing(meeting: Dossier, stream: str, missing: Sequence[str]) -> Unfit:
    planned = meeting.steps.planned
    is_outside = planned is not None and bool(planned.external_parties)
    return Unfit(
        "high" if is_outside else "medium",
        f"{named(meeting, stream)} lacks {', '.join(missing)}",
        (f"Ask {missing[0]} for somebody who comes", "Move the meeting"),
    )
