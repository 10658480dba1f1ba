"""I1: find inquiries that nobody has answered though the time is nearly over."""

from typing import Any, Final, TypeAlias

from domain.inquiries.facts import Dossier
from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.rules.by_dossier import ByDossier, Dossiers
from domain.rules.by_subject import Judgement
from domain.rules.moments import HOUR, JUST_AFTER
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "inquiry_overdue"

WARN: Final = Parameter(
    "warn", 24, "hours", "So long before an answer is due it is told that there is none."
)


Inquiries: TypeAlias = Dossiers[Dossier]


class InquiryOverdue(ByDossier[Inquiries]):
    """DOMAIN I1: less than `warn` hours are left to answer an inquiry, or none.

    It weighs medium before the time is over and high after. It clears when the inquiry is answered
    or closed. It is answered or not, so there is no margin to restore.
    """

    name = NAME
    code = "I1"
    title = "Somebody waits for an answer that is due."
    parameters: tuple[Parameter, ...] = (WARN,)
    category = "inquiry"

    def initial(self) -> Inquiries:
        """Return a project about which nobody asked anything."""
        return Inquiries(unknown=Dossier())

    def judge(
        self, state: Inquiries, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Compare what time it is with when the answer is due."""
        inquiry, now = state.dossiers[key], project.now
        due, received = inquiry.due, inquiry.received
        (inquiry_id,) = subject_of(key).ids
        because = f"Inquiry {inquiry_id} is answered, closed or not yet due"
        if not inquiry.waits or due is None or received is None:
            return Judgement(because=because)
        warned = due - project.number(NAME, WARN) * HOUR
        if now is None or now <= warned:
            return Judgement(because=because, again=warned + JUST_AFTER)
        is_over = now > due
        owner = "nobody" if inquiry.assigned is None else inquiry.assigned.owner
        when = "was due" if is_over else "is due"
        found = self.found(
            state,
            recorded,
            key,
            "high" if is_over else "medium",
            f"Inquiry {inquiry_id} of {received.event.from_party} {when} {due:%Y-%m-%d %H:%M} UTC; "
            f"{owner} answers it",
            ("Answer it", "Name somebody who does"),
        )
        return Judgement(found, again=None if is_over else due + JUST_AFTER)
