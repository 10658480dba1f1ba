"""I1: find inquiries that nobody has answered though the time is nearly over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from domain.inquiries.facts import Dossier
from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.rules.finding import Found
from domain.rules.meetings import HOUR, Book, Unfit
from domain.rules.moments import JUST_AFTER
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "inquiry_overdue"
VERSION: Final[int] = 1

WARN: Final = Parameter(
    "warn", 24, "hours", "So long before an answer is due it is told that there is none."
)


class InquiryOverdue:
    """DOMAIN I1: less than `warn` hours are left to answer an inquiry, or none.

    It weighs medium before the time is over and high after. It clears when the inquiry is answered
    or closed. It is answered or not, so there is no margin to restore.
    """

    name = NAME
    version = VERSION
    code = "I1"
    title = "Somebody waits for an answer that is due."
    parameters: tuple[Parameter, ...] = (WARN,)
    weighs_impact = False
    at_once = False

    def initial(self) -> Book[Dossier]:
        """Return a project about which nobody asked anything."""
        return Book()

    def fold(
        self, state: Book[Dossier], recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Found]:
        """Take one event in, or a tick; return the findings it brings about, changes or ends."""
        del more
        near = set(state.waiting.come(project.now))
        if subject_of(recorded.stream).category == "inquiry":
            known = state.dossiers.get(recorded.stream, Dossier())
            state.dossiers[recorded.stream] = known.after(recorded)
            state.positions[recorded.stream] = recorded.position
            near.add(recorded.stream)
        found: list[Found] = []
        for each in sorted(near):
            unfit = _unfit(state, each, project)
            because = f"Inquiry {subject_of(each).ids[-1]} is answered, closed or not yet due"
            found += state.tell(NAME, VERSION, each, unfit, recorded.position, because)
        return found

    def due(self, state: Book[Dossier], project: Watched) -> datetime | None:
        """Return when the next answer is nearly due, or overdue."""
        del project
        return state.waiting.next()


def _unfit(state: Book[Dossier], stream: str, project: Watched) -> Unfit | None:
    inquiry, now = state.dossiers[stream], project.now
    due, received = inquiry.due, inquiry.received
    state.waiting.wait(stream, None)
    if not inquiry.waits or due is None or received is None:
        return None
    warned = due - project.number(NAME, WARN) * HOUR
    if now is None or now <= warned:
        state.waiting.wait(stream, warned + JUST_AFTER)
        return None
    is_over = now > due
    if not is_over:
        state.waiting.wait(stream, due + JUST_AFTER)
    owner = "nobody" if inquiry.assigned is None else inquiry.assigned.owner
    when = "was due" if is_over else "is due"
    (inquiry_id,) = subject_of(stream).ids
    summary = (
        f"Inquiry {inquiry_id} of {received.event.from_party} {when} {due:%Y-%m-%d %H:%M} UTC; "
        f"{owner} answers it"
    )
    return Unfit("high" if is_over else "medium", summary, ("Answer it", "Name somebody who does"))
