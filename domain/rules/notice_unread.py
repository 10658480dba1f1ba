"""N2: find notices that went out and that nobody has acknowledged."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.kernel.wording import counted
from domain.notices.facts import Dossier, Stage
from domain.projects.events import RuleSet
from domain.rules.finding import Found
from domain.rules.meetings import HOUR, Book, Unfit
from domain.rules.moments import JUST_AFTER
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "notice_unread"
VERSION: Final[int] = 1

SLA: Final = Parameter("sla", 48, "hours", "So long after it went out a notice is acknowledged.")


class NoticeUnread:
    """DOMAIN N2: more than 48 hours after a notice went out nobody has acknowledged it.

    The hours run from when it first went out, nights and weekends included. It weighs high where
    the notice came back, for then nobody can have read it, else medium. It clears when the notice
    is acknowledged: it is or it is not, so there is no margin to restore.
    """

    name = NAME
    version = VERSION
    code = "N2"
    title = "A notice went out, and nobody says that he has read it."
    parameters: tuple[Parameter, ...] = (SLA,)
    weighs_impact = False
    at_once = False

    def initial(self) -> Book[Dossier]:
        """Return a project in which nobody was told anything."""
        return Book()

    def fold(
        self, state: Book[Dossier], recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Found]:
        """Take one event in, or a tick; return the findings it brings about, changes or ends."""
        del more
        event = recorded.event
        near = set(state.waiting.come(project.now))
        if subject_of(recorded.stream).category == "notice":
            known = state.dossiers.get(recorded.stream, Dossier())
            state.dossiers[recorded.stream] = known.after(recorded)
            state.positions[recorded.stream] = recorded.position
            near.add(recorded.stream)
        elif isinstance(event, RuleSet) and event.rule == NAME:
            near.update(state.dossiers)
        found: list[Found] = []
        for each in sorted(near):
            unfit = _unfit(state, each, project)
            because = f"Notice {subject_of(each).ids[-1]} is read, or not yet long on its way"
            found += state.tell(NAME, VERSION, each, unfit, recorded.position, because)
        return found

    def due(self, state: Book[Dossier], project: Watched) -> datetime | None:
        """Return when the next notice has been on its way for too long."""
        del project
        return state.waiting.next()


def _unfit(state: Book[Dossier], stream: str, project: Watched) -> Unfit | None:
    notice, now = state.dossiers[stream], project.now
    sent, prepared = notice.sent, notice.prepared
    state.waiting.wait(stream, None)
    if sent is None or prepared is None or notice.acknowledged is not None:
        return None
    hours = project.number(NAME, SLA)
    until = sent.effective_at + hours * HOUR
    if now is None or now <= until:
        state.waiting.wait(stream, until + JUST_AFTER)
        return None
    is_back = notice.stage is Stage.BOUNCED
    to = ", ".join(prepared.event.recipients)
    told = "came back from" if is_back else "is not acknowledged by"
    summary = (
        f"The notice of {sent.effective_at:%Y-%m-%d %H:%M} UTC {told} {to} after "
        f"{counted(hours, 'hour')}: {prepared.event.summary}"
    )
    remedies = ("Call, and record who has read it", "Send it again, another way")
    return Unfit("high" if is_back else "medium", summary, remedies)
