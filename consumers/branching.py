"""Know the branches of a project, and rehearse what one of them would come to; nothing is stored.

A branch is told as it was asked for: each request by who added it and when, so the same log gives
the same answer, whoever looks and whenever.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from consumers.deciding import Ask
from consumers.dispatch import Dispatcher
from consumers.requests import request_of
from domain.branches.decisions import DECIDER, merge_refused
from domain.branches.events import BranchRequestAdded
from domain.branches.state import Branch
from domain.kernel.ids import Id, stream_of, subject_of
from domain.kernel.messages import Principal, Recorded
from domain.kernel.refusals import DomainError, UnknownSubject
from domain.log.port import EventLog, MessageKey

_ID: Final[TypeAdapter[str]] = TypeAdapter(Id)


@dataclass(frozen=True, slots=True)
class BranchLine:
    """One branch of a project, with who did what to it."""

    branch_id: str
    project_id: str
    state: Branch
    history: Sequence[Recorded[Any]]

    @property
    def base_position(self) -> int:
        """The position of the log from which it starts."""
        return self.state.base_position

    @property
    def requests(self) -> Sequence[Recorded[BranchRequestAdded]]:
        """What it asks for, in order."""
        return [each for each in self.history if isinstance(each.event, BranchRequestAdded)]


class Branches:
    """The branches of a log; safe to use from many threads."""

    def __init__(self, event_log: EventLog, dispatcher: Dispatcher) -> None:
        self._log = event_log
        self.deciding = dispatcher.deciding
        """Decides what branches ask for, and appends nothing."""
        self._opened: dict[str, int] = {}
        """The position at which each project was opened, of those asked about; it stays."""

    def head(self) -> int:
        """Return the last position of the log itself."""
        return self._log.head()

    def projects(self, position: int) -> Sequence[str]:
        """Return the ids of the projects that were opened by a position of the log, sorted."""
        found = []
        for stream in self._log.subjects("project"):
            if stream not in self._opened:
                self._opened[stream] = self._log.read_stream(stream)[0].position
            if self._opened[stream] <= position:
                found.append(subject_of(stream).ids[-1])
        return sorted(found)

    def of_project(self, project_id: str) -> Iterator[BranchLine]:
        """Yield every branch of a project, by id; raises UnknownSubject for no such project."""
        if not self._log.subjects("project", project_id):
            msg = f"there is no project {project_id}"
            raise UnknownSubject(msg)
        for stream in self._log.subjects("branch", project_id):
            yield self._line(subject_of(stream).ids[-1])

    def line(self, project_id: str, branch_id: str) -> BranchLine:
        """Return a branch; raises UnknownSubject where the project has none of that id."""
        try:
            _ID.validate_python(branch_id)
        except ValidationError:
            msg = f"there is no branch {branch_id[:80]!r}: an id has 1 to 64 of A-Z a-z 0-9 . _ : -"
            raise UnknownSubject(msg) from None
        line = self._line(branch_id)
        if line.project_id != project_id:
            msg = f"project {project_id} has no branch {branch_id}"
            raise UnknownSubject(msg)
        return line

    def _line(self, branch_id: str) -> BranchLine:
        history = self._log.read_stream(stream_of("branch", branch_id))
        state = DECIDER.fold(history)
        return BranchLine(branch_id, state.project_id or "", state, history)

    def rehearsed(self, line: BranchLine, position: int) -> Sequence[Recorded[Any]]:
        """Return the events that a branch's requests come to on its project as of a position.

        They have the positions that follow it, which are nobody's. Raises MergeRefused where one
        of the requests is refused there.
        """
        rehearsal = self.deciding.at(line.project_id, position).rehearsal()
        for added in line.requests:
            command = request_of(added.event)
            try:
                rehearsal.ask_for([command], _ask_of(added))
            except DomainError as inner:
                raise merge_refused(added.event, inner) from inner
        return rehearsal.recorded(position)

    def moved_since(self, line: BranchLine, up_to: int) -> Iterator[Recorded[Any]]:
        """Yield what happened in the branch's project after its base, branches left out."""
        after = line.base_position
        while page := self._log.read_project(line.project_id, after, up_to, 1_000):
            yield from (each for each in page if not each.stream.startswith("branch-"))
            after = page[-1].position


def _ask_of(added: Recorded[BranchRequestAdded]) -> Ask:
    envelope = added.envelope
    asked_by = Principal(
        party_id=envelope.actor, role=envelope.role, on_behalf_of=envelope.on_behalf_of
    )
    known_as = MessageKey(envelope.source, f"{added.stream}/{added.event.ordinal}")
    return Ask(known_as, asked_by, added.recorded_at, known_as.id, envelope.correlation_id)
