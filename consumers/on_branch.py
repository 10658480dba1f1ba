"""Ask the questions about a project of one of its branches: its log is another, and no code is.

A branch's log ends at its base position, and what its requests would come to follows there. So
whatever folds the log (schedule, why, levelling, forecast) says of a branch what it would say.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from consumers.branching import BranchLine
from consumers.failures import WrongInput
from consumers.views import Views
from domain.kernel.messages import Recorded
from domain.log.port import EventReader
from projections.checkpoints_contract import Folded, Kept, KeptStates
from projections.clock import Clock


class BranchFeed:
    """A log up to a position, and one project's rehearsed events behind it; see `EventReader`."""

    def __init__(
        self, feed: EventReader, project_id: str, base: int, rehearsed: Sequence[Recorded[Any]]
    ) -> None:
        self._feed = feed
        self._project_id = project_id
        self._base = base
        self._rehearsed = rehearsed

    def head(self) -> int:
        return self._base + len(self._rehearsed)

    def read(self, after: int, limit: int) -> Sequence[Recorded[Any]]:
        page = [each for each in self._feed.read(after, limit) if each.position <= self._base]
        return self._with_rehearsed(page, after, self.head(), limit)

    def read_stream(self, stream: str, after_version: int = 0) -> Sequence[Recorded[Any]]:
        told = self._feed.read_stream(stream, after_version)
        rehearsed = (each for each in self._rehearsed if each.stream == stream)
        return [
            *(each for each in told if each.position <= self._base),
            *(each for each in rehearsed if each.version > after_version),
        ]

    def read_project(
        self, project_id: str, after: int, up_to: int, limit: int
    ) -> Sequence[Recorded[Any]]:
        page: Sequence[Recorded[Any]] = ()
        if after < self._base:
            page = self._feed.read_project(project_id, after, min(up_to, self._base), limit)
        if project_id != self._project_id:
            return page
        return self._with_rehearsed(page, after, up_to, limit)

    def position_at(self, recorded_at: datetime) -> int:
        return min(self._feed.position_at(recorded_at), self._base)

    def wait(self, after: int, timeout_s: float) -> bool:
        del timeout_s
        return after < self.head()

    def _with_rehearsed(
        self, page: Sequence[Recorded[Any]], after: int, up_to: int, limit: int
    ) -> Sequence[Recorded[Any]]:
        if len(page) >= limit:
            return page
        behind = (each for each in self._rehearsed if after < each.position <= up_to)
        return [*page, *behind][:limit]


class _ClockUntil(Clock):
    """The ticks of a log as they were known at a position, read once for all branches."""

    def __init__(self, clock: Clock, position: int) -> None:
        self._clock = clock
        self._position = position

    def reach(self, position: int) -> None:
        self._clock.reach(min(position, self._position))

    def last(self, position: int) -> Recorded[Any] | None:
        return self._clock.last(min(position, self._position))

    def first(self, due: datetime, after: int, before: int) -> Recorded[Any] | None:
        return self._clock.first(due, after, min(before, self._position + 1))


class _KeptUntil:
    """The checkpoints of a log up to a position: those behind it know nothing of the branch."""

    def __init__(self, checkpoints: KeptStates, position: int) -> None:
        self._checkpoints = checkpoints
        self._position = position

    def newest(self, folded: Folded, key: str, up_to: int) -> Kept | None:
        return self._checkpoints.newest(folded, key, min(up_to, self._position))


def views_on(views: Views, line: BranchLine, position: int | None = None) -> Views:
    """Return the views of a branch's project as the branch would have it.

    With a position, as if the branch started from there. Raises MergeRefused where a request of
    it is refused there.
    """
    base = line.base_position if position is None else position
    return views_with(views, line.project_id, base, views.branches.rehearsed(line, base))


def views_with(
    views: Views, project_id: str, base: int, rehearsed: Sequence[Recorded[Any]]
) -> Views:
    """Return the views of a project as of a position, with rehearsed events behind it."""
    kept = views.checkpoints
    found = Views(
        BranchFeed(views.feed, project_id, base, rehearsed),
        views.projections,
        views.stored,
        views.branches,
        None if kept is None else _KeptUntil(kept, base),
    )
    object.__setattr__(found, "clock", _ClockUntil(views.clock, base))
    return found


def asked_of(
    views: Views, project_id: str, branch_id: str | None, answer: Callable[[Views], dict[str, Any]]
) -> dict[str, Any]:
    """Return the answer about a project, or about one of its branches.

    A branch's document says which one it is of, and has the branch's base as its position. Raises
    UnknownSubject for a branch there is not, and MergeRefused for one that can no longer be told.
    """
    if branch_id is None:
        return answer(views)
    line = views.branches.line(project_id, branch_id)
    document = answer(views_on(views, line))
    return {**document, "position": line.base_position, "branch": named(line)}


def schedule_of(
    views: Views,
    project_id: str,
    branch_id: str | None,
    as_of: str | None,
    true_at: str | None = None,
) -> dict[str, Any]:
    """Return the schedule of a project, or of a branch of it; raises WrongInput for both at once.

    A branch has its own moment, its base: `as_of` and `true_at` are for the project.
    """
    if branch_id is None:
        return views.schedule(project_id, as_of, true_at)
    whole(branch_id, as_of, true_at)
    return asked_of(
        views, project_id, branch_id, lambda on: on.schedule(project_id, str(on.feed.head()))
    )


def whole(branch_id: str | None, *moments: str | None) -> None:
    """Raise WrongInput where a branch is asked for as of a moment."""
    if branch_id is not None and any(moment is not None for moment in moments):
        msg = "a branch starts from its own position: leave out either the moment or the branch"
        raise WrongInput(msg)


def named(line: BranchLine) -> dict[str, Any]:
    """Return what a document says of the branch it is of."""
    return {
        "id": line.branch_id,
        "title": line.state.title,
        "stage": line.state.stage.value,
        "base_position": line.base_position,
        "requests": len(line.state.requests),
    }
