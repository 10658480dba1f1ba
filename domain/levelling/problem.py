"""What is levelled and what comes out: jobs, links, capacities and placements, plain values.

The resource-constrained project scheduling problem (RCPSP) with minimal time lags of all four
types, working calendars and capacities that change over time. Instants are minutes since 1970
(`domain.kernel.minutes.Minute`), amounts of a resource thousandths of a unit (milli).

A job works on its axis without interruption and holds its resources from start to finish, free
nights and weekends included: work that is set up in a machine stays in it. A job without an axis
works round the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from domain.kernel.minutes import Minute
from domain.kernel.work_axis import WorkAxis
from domain.planning.network import LinkType


class LevellingError(ValueError):
    """A problem that has no schedule; ``code`` says which kind, ``ids`` what it is about.

    Codes: ``malformed`` (an id twice or unknown, a negative amount), ``cycle`` (links that close
    a circle), ``over_capacity`` (a job asks for more than there ever is for long enough).
    """

    def __init__(self, message: str, code: str, ids: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.ids = ids


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work that is not interrupted.

    ``duration_min`` is in working minutes of ``axis``, in clock minutes without one. ``demands``
    are (resource, milli). It does not end before ``earliest_finish``: an end is shown at the end of
    a period of work, or where the next begins if that is too early. With ``fixed_start`` the job is
    where it is: running or pinned work, no link and no capacity moves it. ``priority`` decides
    among equals, greater first, and a move of the job inside the frozen fence weighs 1 + priority
    (at least 1).
    """

    id: str
    duration_min: int
    demands: tuple[tuple[str, int], ...] = ()
    axis: WorkAxis | None = None
    earliest: Minute | None = None
    earliest_finish: Minute | None = None
    fixed_start: Minute | None = None
    published_start: Minute | None = None
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Precedence:
    """A link with a minimal lag, in minutes of ``lag_axis`` (None: on the clock)."""

    pred: str
    succ: str
    type: LinkType = "FS"
    lag_min: int = 0
    lag_axis: WorkAxis | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """What jobs hold while they last.

    ``steps`` are (from minute, capacity in milli) in order of time; an outage is a step to 0 and
    back. Before the first step the capacity is that of the first one; without steps there is none.
    """

    id: str
    steps: tuple[tuple[Minute, int], ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Jobs to be placed from ``origin`` on.

    A job whose published start lies before ``frozen_until`` is inside the frozen fence: it never
    starts earlier than published, and each minute that it starts later counts first.
    """

    jobs: tuple[Job, ...]
    precedences: tuple[Precedence, ...]
    resources: tuple[Resource, ...]
    origin: Minute = 0
    frozen_until: Minute | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """A resource that a job waits for, held by others (none: it is out) until an instant."""

    resource: str
    held_by: tuple[str, ...]
    until: Minute


@dataclass(frozen=True, slots=True)
class Placement:
    """When a job is done, and what it waited for beyond its own dates and links."""

    id: str
    start: Minute
    finish: Minute
    waits_for: tuple[Wait, ...] = ()


@dataclass(frozen=True, slots=True)
class Solution:
    """A schedule that keeps links and capacities.

    ``placements`` are in the order of the problem's jobs. ``disturbance`` is the weighted sum of
    minutes that jobs inside the frozen fence start later than published. ``stopped_by``: the limit
    of schedules, the time, or the proof that nothing better exists.
    """

    placements: tuple[Placement, ...]
    finish: Minute
    disturbance: int
    schedules_tried: int
    stopped_by: Literal["limit", "time", "optimal"]


def weight(job: Job) -> int:
    """Return what a minute of moving a job inside the frozen fence counts."""
    return max(1, 1 + job.priority)


def is_fenced(job: Job, problem: Problem) -> bool:
    """Return whether a job's published start lies inside the frozen fence."""
    return (
        job.fixed_start is None
        and job.published_start is not None
        and problem.frozen_until is not None
        and job.published_start < problem.frozen_until
    )


def not_before(job: Job, problem: Problem) -> Minute:
    """Return the instant before which a job cannot start, links and capacities aside."""
    bound = problem.origin if job.earliest is None else max(problem.origin, job.earliest)
    if job.earliest_finish is not None and (job.axis is None or job.axis.continuous):
        bound = max(bound, job.earliest_finish - job.duration_min)
    if job.published_start is not None and is_fenced(job, problem):
        bound = max(bound, job.published_start)
    return bound


def in_order(problem: Problem) -> Sequence[int]:
    """Return the jobs' numbers so that each comes after all it follows, else in their own order.

    Raises LevellingError (``malformed``, ``cycle``).
    """
    number = {job.id: index for index, job in enumerate(problem.jobs)}
    _check(problem, number)
    followers: list[list[int]] = [[] for _ in problem.jobs]
    waiting = [0] * len(problem.jobs)
    for link in problem.precedences:
        followers[number[link.pred]].append(number[link.succ])
        waiting[number[link.succ]] += 1
    ready = [index for index, count in enumerate(waiting) if not count]
    for index in ready:
        for follower in followers[index]:
            waiting[follower] -= 1
            if not waiting[follower]:
                ready.append(follower)
    if len(ready) < len(problem.jobs):
        ids = tuple(job.id for job, count in zip(problem.jobs, waiting, strict=True) if count)
        msg = f"links close a circle among {', '.join(ids[:5])}"
        raise LevellingError(msg, "cycle", ids)
    return ready


def _check(problem: Problem, number: dict[str, int]) -> None:
    """Refuse ids that are not one thing, and amounts below nothing."""
    resources = {resource.id for resource in problem.resources}
    if len(number) < len(problem.jobs) or len(resources) < len(problem.resources):
        msg = "an id names two jobs or two resources"
        raise LevellingError(msg, "malformed")
    for job in problem.jobs:
        unknown = [resource for resource, _ in job.demands if resource not in resources]
        if unknown or job.duration_min < 0 or any(amount < 0 for _, amount in job.demands):
            msg = f"job {job.id} has an unknown resource or a negative amount"
            raise LevellingError(msg, "malformed", (job.id, *unknown))
        if len({resource for resource, _ in job.demands}) < len(job.demands):
            msg = f"job {job.id} names a resource twice"
            raise LevellingError(msg, "malformed", (job.id,))
    for link in problem.precedences:
        if link.pred not in number or link.succ not in number:
            msg = f"a link from {link.pred} to {link.succ} has an unknown end"
            raise LevellingError(msg, "malformed", (link.pred, link.succ))
    for resource in problem.resources:
        times = [at for at, _ in resource.steps]
        if times != sorted(set(times)) or any(amount < 0 for _, amount in resource.steps):
            msg = f"the capacity of {resource.id} is not in order of time, or negative"
            raise LevellingError(msg, "malformed", (resource.id,))
