"""Know of a notice what its decisions need: its project, what it says, what was linked to it."""

from dataclasses import dataclass
from typing import Any, Final

from domain.kernel.messages import Recorded
from domain.notices.events import NoticePrepared
from domain.notices.facts import FACTS, Dossier

NOTHING_RECORDED: Final = Dossier()


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice as far as decisions care."""

    dossier: Dossier = NOTHING_RECORDED
    project_id: str | None = None


def evolve(notice: Notice, recorded: Recorded[Any]) -> Notice:
    """Return the notice after an event; no fact raises, a step nobody decided does."""
    dossier = notice.dossier
    if isinstance(recorded.event, FACTS):
        return Notice(dossier.after(recorded), notice.project_id)
    if isinstance(recorded.event, NoticePrepared) == (dossier.prepared is not None):
        # `decide` prepares once and links to what is prepared; other logs are corrupt.
        msg = f"{type(recorded.event).__name__} cannot follow {notice}"
        raise AssertionError(msg)
    return Notice(dossier.after(recorded), notice.project_id or recorded.project_id)
