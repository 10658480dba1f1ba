"""A problem that is worked on one calendar, told in that calendar's working time.

There no night and no weekend lies between two pieces of work, so a search need not look into them:
schedules come some thirty times faster. What fits on the calendar fits in its working time too, in
the same order; only what changes while nobody works (a resource that is out overnight) is not seen,
so a schedule found here is placed on the calendar once more.
"""

from dataclasses import replace

from domain.kernel.calendar import Minute, WorkAxis
from domain.levelling.problem import Problem, Resource


def in_working_time(problem: Problem) -> Problem | None:
    """Return the problem without its calendar; None where it has several, or none at all."""
    axes = {job.axis for job in problem.jobs if job.duration_min}
    axes |= {link.lag_axis for link in problem.precedences if link.lag_min}
    axis = next(iter(axes)) if len(axes) == 1 else None
    if axis is None or axis.continuous:
        return None

    def point(at: Minute | None) -> Minute | None:
        return None if at is None else axis.works[at]

    return replace(
        problem,
        jobs=tuple(
            replace(
                job,
                axis=None,
                earliest=point(job.earliest),
                earliest_finish=point(job.earliest_finish),
                fixed_start=point(job.fixed_start),
                published_start=point(job.published_start),
            )
            for job in problem.jobs
        ),
        precedences=tuple(replace(link, lag_axis=None) for link in problem.precedences),
        resources=tuple(_resource(resource, axis) for resource in problem.resources),
        origin=axis.works[problem.origin],
        frozen_until=point(problem.frozen_until),
    )


def _resource(resource: Resource, axis: WorkAxis) -> Resource:
    """Return a resource by working time; of steps at one point of it the last counts."""
    first = resource.steps[:1]  # It holds before its instant too.
    later = {axis.works[at]: amount for at, amount in resource.steps[1:]}
    return replace(resource, steps=(*first, *sorted(later.items())))
