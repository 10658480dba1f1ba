"""G1: find meetings that are near and to which a department that must be there does not come."""

from typing import Any, Final

from domain.kernel.messages import Recorded
from domain.meetings.facts import Dossier, Stage
from domain.rules.by_dossier import ByDossier
from domain.rules.by_subject import Judgement
from domain.rules.meetings import Meetings, named
from domain.rules.moments import HOUR
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "meeting_department_missing"

BEFORE: Final = Parameter(
    "before", 48, "hours", "So long before a meeting starts everybody must have accepted."
)


class MeetingDepartmentMissing(ByDossier[Meetings]):
    """DOMAIN G1: from `before` hours ahead of the start on, a required department is missing.

    Missing is a department that some item of the agenda takes and for which nobody required has
    accepted, nor a delegate of his. One finding a meeting, told again when others are missing. It
    clears when all come, and when the meeting is held, cancelled or moved to a later day. A
    department is there or not, so there is no margin to restore.
    """

    name = NAME
    code = "G1"
    title = "A meeting is near, and a department that must be there does not come."
    parameters: tuple[Parameter, ...] = (BEFORE,)
    category = "meeting"

    def initial(self) -> Meetings:
        """Return a project without meetings."""
        return Meetings(unknown=Dossier())

    def judge(
        self, state: Meetings, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Look which departments are missing, once the meeting is near."""
        meeting = state.dossiers[key]
        missing, start = meeting.missing_departments, meeting.start
        because = f"{named(meeting, key)} has all it takes, or is not near"
        if meeting.stage is not Stage.PLANNED or start is None or not missing:
            return Judgement(because=because)
        near = start - project.number(NAME, BEFORE) * HOUR
        if project.now is None or project.now < near:
            return Judgement(because=because, again=near)
        planned = meeting.steps.planned
        is_outside = planned is not None and bool(planned.external_parties)
        found = self.found(
            state,
            recorded,
            key,
            "high" if is_outside else "medium",
            f"{named(meeting, key)} lacks {', '.join(missing)}",
            (f"Ask {missing[0]} for somebody who comes", "Move the meeting"),
        )
        return Judgement(found)
