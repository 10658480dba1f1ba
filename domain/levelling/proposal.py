"""Propose dates for a project that keep to the capacity of its resources, and say what they move.

The proposal is the critical path of the same network in which some phases wait for a resource. So
it is what the project's schedule becomes where those phases are held back by hand, and nothing
else about a date (summaries, level of effort, floats) is computed in a second way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from domain.kernel.minutes import Minute, minute_of
from domain.levelling.improvement import ordered
from domain.levelling.of_network import Settled, Supply, problem_of, supply_of
from domain.levelling.problem import Job, Placement, Problem, Solution
from domain.levelling.waits import Overbooking, overbooked
from domain.network.project_network import ProjectNetwork
from domain.planning.critical_path import schedule as critical_path
from domain.planning.network import Activity, Bound, Network, Schedule

ROUNDS_MAX: Final = 8
"""So often dates and capacities are brought together at most."""
DAY_MIN: Final = 1440


@dataclass(frozen=True, slots=True)
class Proposal:
    """Dates that keep to capacity, and why; ``before`` is the schedule as it is.

    ``placed`` are the phases that are still to be done, by id. ``held`` are those that a resource
    holds back, and until when. ``overbooked`` is where work that runs, or has a date that somebody
    typed, asks for more than there is. ``agrees`` is False where schedule and critical path came to
    no end: then the dates are the critical path's, all the same.
    """

    solution: Solution
    placed: Mapping[str, Placement]
    before: Schedule
    after: Schedule
    held: Mapping[str, Bound]
    supply: Supply
    frozen_until: Minute | None
    overbooked: tuple[Overbooking, ...]
    agrees: bool


def propose(
    project: ProjectNetwork, solve: Callable[[Problem], Solution], fence_days: int
) -> Proposal | None:
    """Return the proposal for a project; None where it has no schedule.

    ``solve`` makes a schedule of a problem. Work that the schedule starts within ``fence_days``
    after the data date is moved as little as can be, before all else; without a data date nothing
    was handed out yet, and there is no fence. Raises LevellingError (``over_capacity``).
    """
    before = project.schedule()
    if before is None or project.start is None:
        return None
    network = project.network(project.start)
    supply = supply_of(project)
    frozen_until = None
    if project.data_date is not None and fence_days:
        frozen_until = minute_of(project.data_date) + fence_days * DAY_MIN
    settled = Settled()
    problem = problem_of(project, network, before, supply, settled, frozen_until)
    solution = solve(problem)
    after, held, agrees = _brought_together(network, problem, solution, settled)
    for _ in range(ROUNDS_MAX):
        if agrees:
            break
        problem = problem_of(project, network, before, supply, settled, frozen_until)
        solution = _again(problem, solution)
        after, held, agrees = _brought_together(network, problem, solution, settled)
    placed = {each.id: each for each in solution.placements if each.id in before.phases}
    over = overbooked(problem, solution.placements)
    return Proposal(solution, placed, before, after, held, supply, frozen_until, over, agrees)


def _again(problem: Problem, solution: Solution) -> Solution:
    """Return a schedule of what was learnt since, in the order of the one before."""
    starts = {each.id: each.start for each in solution.placements}
    again = ordered(problem, [starts.get(job.id, problem.origin) for job in problem.jobs])
    return replace(
        again,
        schedules_tried=solution.schedules_tried + again.schedules_tried,
        stopped_by=solution.stopped_by if solution.stopped_by != "optimal" else again.stopped_by,
    )


def _brought_together(
    network: Network, problem: Problem, solution: Solution, settled: Settled
) -> tuple[Schedule, dict[str, Bound], bool]:
    """Return the critical path with the waits of a schedule, these, and whether dates are the same.

    ``settled`` takes up what must be otherwise for them to be.
    """
    begun = {each.id for each in network.activities if each.actual_start is not None}
    starts = {each.id: each.start for each in solution.placements}
    finishes = {each.id: each.finish for each in solution.placements}
    held = {
        each.id: Bound(each.start, "resource", each.waits_for[0].resource)
        for each in solution.placements
        if each.waits_for
    }
    held |= {id_: Bound(at, "resource", "") for id_, at in settled.fixed.items()}
    after = critical_path(with_waits(network, held))
    floating = {each.id for each in network.activities if _is_alap(each)} - begun
    # What is as late as possible and needs nothing moves nobody; in Microsoft Project it may.
    idle = {job.id for job in problem.jobs if job.id in floating and not job.demands}
    idle = set() if network.policy.is_msproject else idle
    staying = floating - idle
    unnamed = {
        job.id: Bound(starts[job.id], "resource", "")
        for job in problem.jobs
        if job.id in after.phases
        and job.fixed_start is None
        and job.id not in held
        and (
            # Who held its resource has himself moved on since, so nobody is named.
            _is_before(job, _begin(job, after, begun), starts[job.id])
            # It would float to where its resource is not free.
            or (job.id in staying and starts[job.id] != after.phases[job.id].start)
        )
    }
    if unnamed:
        held |= unnamed
        after = critical_path(with_waits(network, held))
    agrees = True
    for job in problem.jobs:
        if job.id not in after.phases or job.id in idle:
            continue
        at, start = _begin(job, after, begun), starts[job.id]
        if _is_before(job, start, at):
            agrees = False
            if job.fixed_start is None:
                settled.earliest[job.id] = at
            else:
                settled.fixed[job.id] = at
        elif _is_before(job, at, start):
            agrees = False
            settled.fixed[job.id] = at
        elif after.phases[job.id].finish > finishes[job.id]:
            agrees = False  # It ends where free time does, for the sake of what it waits for.
            settled.finishes[job.id] = after.phases[job.id].finish
    return after, held, agrees


def _begin(job: Job, schedule: Schedule, begun: set[str]) -> Minute:
    """Return when a schedule begins the work of a job, of one that has begun the rest of it."""
    row = schedule.phases[job.id]
    if job.id not in begun:
        return row.start
    if job.axis is None:
        return row.finish - job.duration_min
    return job.axis.starts[job.axis.works[row.finish] - job.duration_min]


def _is_before(job: Job, one: Minute, other: Minute) -> bool:
    """Return whether an instant is before another in the working time of a job."""
    if job.axis is None:
        return one < other
    return job.axis.works[one] < job.axis.works[other]


def with_waits(network: Network, held: Mapping[str, Bound]) -> Network:
    """Return a network in which phases wait for what holds them, too.

    One that should be as late as possible is where its resource is free, instead.
    """
    activities = (
        replace(
            activity,
            earliest=(*activity.earliest, held[activity.id]),
            constraint=None if _is_alap(activity) else activity.constraint,
        )
        if activity.id in held
        else activity
        for activity in network.activities
    )
    return replace(network, activities=tuple(activities))


def _is_alap(activity: Activity) -> bool:
    return activity.constraint is not None and activity.constraint.kind == "ALAP"
