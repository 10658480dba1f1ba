"""G4: find meetings of which something that somebody was to do is overdue."""

from typing import Any, Final

from domain.kernel.messages import Recorded
from domain.meetings.facts import Dossier
from domain.rules.by_dossier import ByDossier
from domain.rules.by_subject import Judgement
from domain.rules.meetings import Meetings, named
from domain.rules.moments import JUST_AFTER
from domain.rules.watched import Watched

NAME: Final[str] = "action_overdue"


class ActionOverdue(ByDossier[Meetings]):
    """DOMAIN G4: what somebody was to do is not done, and its day is past.

    One finding a meeting, told again when other actions are overdue. It clears when all that was
    overdue is done. It is done or not, so there is no margin to restore.
    """

    name = NAME
    code = "G4"
    title = "Something that was agreed at a meeting is overdue."
    category = "meeting"

    def initial(self) -> Meetings:
        """Return a project without meetings."""
        return Meetings(unknown=Dossier())

    def judge(
        self, state: Meetings, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Compare what time it is with the days of the actions that are not done."""
        meeting, now = state.dossiers[key], project.now
        late = [each for each in meeting.open_actions if now is not None and each.due < now]
        ahead = [each.due + JUST_AFTER for each in meeting.open_actions if each not in late]
        again = min(ahead, default=None)
        if not late:
            because = f"What was agreed at {named(meeting, key)} is not overdue"
            return Judgement(because=because, again=again)
        told = "; ".join(f"{each.owner}: {each.text}" for each in late)
        summary = f"{named(meeting, key)}: overdue is {told}"
        found = self.found(state, recorded, key, "medium", summary, ("Ask who is to do it",))
        return Judgement(found, again=again)
