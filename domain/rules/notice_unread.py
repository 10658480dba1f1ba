"""N2: find notices that went out and that nobody has acknowledged."""

from typing import Any, Final, TypeAlias

from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.kernel.wording import counted
from domain.notices.facts import Dossier, Stage
from domain.rules.by_dossier import ByDossier, Dossiers
from domain.rules.by_subject import Judgement
from domain.rules.moments import HOUR, JUST_AFTER
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "notice_unread"

SLA: Final = Parameter("sla", 48, "hours", "So long after it went out a notice is acknowledged.")


Notices: TypeAlias = Dossiers[Dossier]


class NoticeUnread(ByDossier[Notices]):
    """DOMAIN N2: more than 48 hours after a notice went out nobody has acknowledged it.

    The hours run from when it first went out, nights and weekends included. It weighs high where
    the notice came back, for then nobody can have read it, else medium. It clears when the notice
    is acknowledged: it is or it is not, so there is no margin to restore.
    """

    name = NAME
    code = "N2"
    title = "A notice went out, and nobody says that he has read it."
    parameters: tuple[Parameter, ...] = (SLA,)
    category = "notice"

    def initial(self) -> Notices:
        """Return a project in which nobody was told anything."""
        return Notices(unknown=Dossier())

    def judge(
        self, state: Notices, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Compare what time it is with when somebody should have read the notice."""
        notice, now = state.dossiers[key], project.now
        sent, prepared = notice.sent, notice.prepared
        because = f"Notice {subject_of(key).ids[-1]} is read, or not yet long on its way"
        if sent is None or prepared is None or notice.acknowledged is not None:
            return Judgement(because=because)
        hours = project.number(NAME, SLA)
        until = sent.effective_at + hours * HOUR
        if now is None or now <= until:
            return Judgement(because=because, again=until + JUST_AFTER)
        is_back = notice.stage is Stage.BOUNCED
        to = ", ".join(prepared.event.recipients)
        told = "came back from" if is_back else "is not acknowledged by"
        found = self.found(
            state,
            recorded,
            key,
            "high" if is_back else "medium",
            f"The notice of {sent.effective_at:%Y-%m-%d %H:%M} UTC {told} {to} after "
            f"{counted(hours, 'hour')}: {prepared.event.summary}",
            ("Call, and record who has read it", "Send it again, another way"),
        )
        return Judgement(found)
