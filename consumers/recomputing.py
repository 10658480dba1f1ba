"""Say who computes again what is published, so that a decision can hold a digest to it."""

from typing import Protocol

from domain.kernel.refusals import DomainError, InvalidTransition
from domain.publications.decisions import Computed


class Recomputing(Protocol):
    """Computes schedules and status reports as of positions; the same there for ever."""

    def schedule(self, project_id: str, position: int) -> Computed | DomainError:
        """Return a project's schedule by its digest, or why there is none."""

    def report(self, project_id: str, position: int, audience: str) -> Computed | DomainError:
        """Return the status report for an audience by its digest, or why there is none."""

    def pack(self, project_id: str, position: int, role: str, party: str) -> Computed | DomainError:
        """Return what is open for a role and a party by its digest, or why nobody can say."""


class Nowhere:
    """Where nothing is computed: requests are decided there, and nothing can be published."""

    def schedule(self, project_id: str, position: int) -> Computed | DomainError:
        return _unable(project_id, position)

    def report(self, project_id: str, position: int, audience: str) -> Computed | DomainError:
        del audience
        return _unable(project_id, position)

    def pack(self, project_id: str, position: int, role: str, party: str) -> Computed | DomainError:
        del role, party
        return _unable(project_id, position)


def _unable(project_id: str, position: int) -> DomainError:
    msg = f"{project_id} at {position} is not computed here: ask a process that answers questions"
    return InvalidTransition(msg)
