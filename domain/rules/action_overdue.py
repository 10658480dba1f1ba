"""G4: find meetings of which something that somebody was to do is overdue."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from domain.kernel.messages import Recorded
from domain.rules.finding import Found
from domain.rules.meetings import MeetingBook, Unfit, named
from domain.rules.moments import JUST_AFTER
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "action_overdue"
VERSION: Final[int] = 1


class ActionOverdue:
    """DOMAIN G4: what somebody was to do is not done, and its day is past.

    One finding a meeting, told again when other actions are overdue. It clears when all that was
    overdue is done. It is done or not, so there is no margin to restore.
    """

    name = NAME
    version = VERSION
    code = "G4"
    title = "Something that was agreed at a meeting is overdue."
    parameters: tuple[Parameter, ...] = ()
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
            unfit = _unfit(state, each, project)
            because = f"What was agreed at {named(state.dossiers[each], each)} is not overdue"
            found += state.tell(NAME, VERSION, each, unfit, recorded.position, because)
        return found

    def due(self, state: MeetingBook, project: Watched) -> datetime | None:
        """Return when the next action is overdue."""
        del project
        return state.waiting.next()


def _unfit(state: MeetingBook, stream: str, project: Watched) -> Unfit | None:
    meeting, now = state.dossiers[stream], project.now
    late = [each for each in meeting.open_actions if now is not None and each.due < now]
    ahead = [each.due + JUST_AFTER for each in meeting.open_actions if each not in late]
    state.waiting.wait(stream, min(ahead, default=None))
    if not late:
        return None
    told = "; ".join(f"{each.owner}: {each.text}" for each in late)
    return Unfit("medium", f"{named(meeting, stream)}: overdue is {told}", ("Ask who is to do it",))
