"""A problem that is worked on one calendar, told in that calendar's working time.

There no night and no weekend lies between two pieces of work, so a search need not look into them:
schedules come seven times faster. What fits in working time fits on the calendar at the same
points, and what fits on the calendar fits in working time, so a proof is true of both.
"""

from dataclasses import replace

from domain.kernel.minutes import Minute
from domain.kernel.work_axis import WorkAxis
from domain.levelling.compiled import NEVER
from domain.levelling.problem import Problem, Resource, is_fenced


def axis_of(problem: Problem) -> WorkAxis | None:
    """Return the calendar of a problem that can be told in its working time; None for all others.

    These are problems with several calendars, a milestone's own among them, those that work round
    the clock, and those of a resource that changes twice between two periods of work: work that
    holds it over night meets that change, and in working time there is nothing to meet.
    """
    axes = {job.axis for job in problem.jobs if job.duration_min}
    axes |= {link.lag_axis for link in problem.precedences if link.lag_min}
    # What takes no time needs no calendar, but one of its own may delay it.
    axes |= {job.axis for job in problem.jobs if job.axis is not None and not job.axis.continuous}
    axis = next(iter(axes)) if len(axes) == 1 else None
    if axis is None or axis.continuous:
        return None
    if any(_changes_unseen(resource, axis) for resource in problem.resources):
        return None
    return axis


def in_working_time(problem: Problem, axis: WorkAxis) -> Problem:
    """Return the problem with working minutes of its calendar for instants."""

    def point(at: Minute | None) -> Minute | None:
        return None if at is None else axis.works[at]

    frozen_until = point(problem.frozen_until)
    return replace(
        problem,
        jobs=tuple(
            replace(
                job,
                axis=None,
                earliest=point(job.earliest),
                earliest_finish=point(job.earliest_finish),
                fixed_start=point(job.fixed_start),
                published_start=point(job.published_start) if is_fenced(job, problem) else None,
            )
            for job in problem.jobs
        ),
        precedences=tuple(replace(link, lag_axis=None) for link in problem.precedences),
        resources=tuple(_resource(resource, axis) for resource in problem.resources),
        origin=axis.works[problem.origin],
        # What the fence holds may be at the very point of its end, on this side of a night.
        frozen_until=None if frozen_until is None else frozen_until + 1,
    )


def _resource(resource: Resource, axis: WorkAxis) -> Resource:
    first = tuple((-NEVER, amount) for _, amount in resource.steps[:1])  # It holds before, too.
    later = tuple((axis.works[at], amount) for at, amount in resource.steps[1:])
    return replace(resource, steps=(*first, *later))


def _changes_unseen(resource: Resource, axis: WorkAxis) -> bool:
    points = [axis.works[at] for at, _ in resource.steps[1:]]
    return len(set(points)) < len(points)
