"""What a decision may ask beside its own stream: the port that deciders are given."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import Any

from domain.branches.state import Branch
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.refusals import DomainError
from domain.publications.decisions import Computed
from domain.special_requests.decisions import Effect


class Others(ABC):
    """The other streams a decision may look at; what it looked at is checked at the append."""

    @abstractmethod
    def state(self, stream: str) -> Any:  # noqa: ANN401  Each category has its own state.
        """Return the stream's folded state."""

    def project(self, project_id: str) -> Any:  # noqa: ANN401  As any state.
        """Return the folded state of a project."""
        return self.state(stream_of("project", project_id))

    @abstractmethod
    def version(self, stream: str) -> int:
        """Return the stream's version, 0 where nothing is recorded."""

    @abstractmethod
    def recorded(self, stream: str) -> Sequence[Recorded[Any]]:
        """Return what is recorded on a stream, up to the version that the decision sees."""

    @abstractmethod
    def head(self) -> int:
        """Return the log's last position."""

    @abstractmethod
    def asked_on(self) -> date:
        """Return the day, in UTC, on which the request was taken in."""

    @abstractmethod
    def asked_as(self) -> str:
        """Return the party whose say the request is."""

    @abstractmethod
    def written(self) -> Sequence[str]:
        """Return what the same commit decided before, each event as `stream@version`."""

    @abstractmethod
    def refusal(
        self, project_id: str, position: int, requests: Sequence[tuple[str, str]]
    ) -> DomainError | None:
        """Return why requests (name, body) would be refused on a project as of a position."""

    @abstractmethod
    def effect(self, project_id: str, branch: Branch) -> Effect | DomainError:
        """Return what a branch's requests would do on its base, or why nobody can say."""

    @abstractmethod
    def moved(self, project_id: str, phases: Sequence[str], position: int) -> Sequence[str]:
        """Return those of some phases that are scheduled otherwise now than at a position."""

    @abstractmethod
    def schedule_at(self, project_id: str, position: int) -> Computed | DomainError:
        """Return a project's schedule as computed at a position, or why there is none."""

    @abstractmethod
    def report_at(self, project_id: str, position: int, audience: str) -> Computed | DomainError:
        """Return the status report as computed at a position, or why there is none."""

    @abstractmethod
    def pack(self, project_id: str, position: int, role: str, party: str) -> Computed | DomainError:
        """Return what is open for a role and party as of a position, or why nobody can say."""

    @abstractmethod
    def streams_of(self, project_id: str, category: str) -> Sequence[str]:
        """Return the streams of one category whose subjects a project has introduced, sorted.

        A phase that is planned has one, also before anything happened to it.
        """
