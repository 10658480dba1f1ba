"""Know of a special request what its decisions need: its project, its stage, its impact."""

from dataclasses import dataclass
from typing import Any, Final

from domain.kernel.messages import Recorded
from domain.special_requests.events import (
    CustomerInformed,
    RequestApplied,
    RequestIdentified,
    RequestVerified,
)
from domain.special_requests.facts import FACTS, Dossier, Stage, Standing

NOTHING_RECORDED: Final = Dossier()


@dataclass(frozen=True, slots=True)
class SpecialRequest:
    """One special request as far as decisions care."""

    dossier: Dossier = NOTHING_RECORDED
    project_id: str | None = None

    @property
    def exists(self) -> bool:
        return self.standing.stage is not Stage.UNKNOWN

    @property
    def standing(self) -> Standing:
        return self.dossier.standing()


def evolve(request: SpecialRequest, recorded: Recorded[Any]) -> SpecialRequest:
    """Return the request after an event; no fact raises, a step nobody decided does."""
    project_id = request.project_id
    if isinstance(recorded.event, RequestIdentified):
        project_id = project_id or recorded.project_id
    if not (isinstance(recorded.event, FACTS) or _is_possible(request.standing, recorded.event)):
        # `decide` never lets this step through; a log that contains it is corrupt.
        msg = f"{type(recorded.event).__name__} cannot follow {request}"
        raise AssertionError(msg)
    return SpecialRequest(request.dossier.after(recorded), project_id)


def _is_possible(now: Standing, event: object) -> bool:
    match event:
        case RequestApplied():
            return now.is_approved and now.applied is None
        case RequestVerified():
            return now.applied is not None
        case CustomerInformed():
            return now.identified is not None
        case _:
            return now.identified is not None and now.applied is None
