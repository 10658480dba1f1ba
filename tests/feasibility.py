"""Judge a levelled schedule by its problem alone: nothing here comes from what made it.

Capacity is looked at by brute force, at every instant at which anything begins or changes.
"""

from collections.abc import Iterator, Sequence

from domain.levelling.problem import Job, Placement, Problem, Resource
from domain.network.project_network import ProjectNetwork
from domain.planning.network import Schedule


def faults(problem: Problem, placed: Sequence[Placement]) -> list[str]:
    """Return what is wrong with a schedule, in sentences; none if it can be carried out."""
    if [each.id for each in placed] != [job.id for job in problem.jobs]:
        return ["other jobs are placed than were asked for"]
    where = {each.id: each for each in placed}
    return [
        *(fault for job in problem.jobs for fault in _own(problem, job, where[job.id])),
        *_links(problem, where),
        *(fault for resource in problem.resources for fault in _load(problem, resource, where)),
    ]


def _own(problem: Problem, job: Job, placed: Placement) -> Iterator[str]:
    if job.axis is None:
        worked = placed.finish - placed.start
    else:
        worked = job.axis.work_at(placed.finish) - job.axis.work_at(placed.start)
    if worked != job.duration_min:
        yield f"{job.id} works {worked} minutes, not {job.duration_min}"
    if job.fixed_start is not None:
        if placed.start != job.fixed_start:
            yield f"{job.id} is fixed at {job.fixed_start} and starts at {placed.start}"
        return
    if placed.start < problem.origin or placed.start < (job.earliest or problem.origin):
        yield f"{job.id} starts too early"
    if job.earliest_finish is not None and placed.finish < job.earliest_finish:
        yield f"{job.id} finishes too early"
    if job.axis is not None and job.axis.work_at(placed.start + 1) == job.axis.work_at(
        placed.start
    ):
        yield f"{job.id} starts in free time"
    fence, published = problem.frozen_until, job.published_start
    if fence is not None and published is not None and placed.start < published < fence:
        yield f"{job.id} starts earlier than was published inside the frozen fence"


def _links(problem: Problem, where: dict[str, Placement]) -> Iterator[str]:
    fixed = {job.id for job in problem.jobs if job.fixed_start is not None}
    for link in problem.precedences:
        if link.succ in fixed:
            continue
        pred, succ = where[link.pred], where[link.succ]
        begin = pred.finish if link.type[0] == "F" else pred.start
        end = succ.finish if link.type[1] == "F" else succ.start
        if link.lag_axis is None:
            begin += link.lag_min
        elif link.lag_min:
            begin = link.lag_axis.add(begin, link.lag_min)
        if end < begin:
            yield f"{link.succ} does not wait for {link.pred} ({link.type})"


def _load(problem: Problem, resource: Resource, where: dict[str, Placement]) -> Iterator[str]:
    asked = [
        (where[job.id], amount, job.fixed_start is not None)
        for job in problem.jobs
        for wanted, amount in job.demands
        if wanted == resource.id and amount
    ]
    instants = {placed.start for placed, _, _ in asked} | {at for at, _ in resource.steps}
    for at in sorted(instants):
        capacity = resource.steps[0][1] if resource.steps else 0
        for begin, amount in resource.steps:
            capacity = amount if begin <= at else capacity
        holding = [
            (amount, fixed) for placed, amount, fixed in asked if placed.start <= at < placed.finish
        ]
        # What is fixed may be too much by itself; nothing else may be there then.
        if sum(amount for amount, _ in holding) > capacity and not all(
            fixed for _, fixed in holding
        ):
            yield f"{resource.id} is over its capacity at {at}"


def overloads(project: ProjectNetwork, schedule: Schedule, *, exempt: bool = True) -> list[str]:
    """Return where a project's schedule asks for more of a resource than there is, in sentences.

    A resource is held from the beginning of work still to be done to its end. What is running, or
    has a mandatory date, may be too much by itself if it is exempt; nothing else may be there then.
    """
    held: dict[str, list[tuple[int, int, int, bool]]] = {}
    for line in project.working_lines():
        row = schedule.phases[line.id]
        if line.known.has_ended or row.finish == row.start:
            continue
        start, stays = row.start, False
        if line.known.has_started:
            axis = project.calendar_of(line).axis
            start = axis.subtract(row.finish, line.remaining_min)
            stays = line.known.stage == "running" or project.policy.is_msproject
        elif line.constraint is not None:
            stays = line.constraint.kind in {"MSO", "MFO"} or (
                # A date to start or finish by is kept there, whatever stands before.
                line.constraint.kind in {"SNLT", "FNLT"} and project.policy.is_msproject
            )
        for resource, milli in line.requirements:
            held.setdefault(resource, []).append((start, row.finish, milli, exempt and stays))
    return [
        f"{resource.id} is asked for too much at {at}"
        for resource in project.resources.lines()
        for at in sorted(
            {
                *(start for start, _, _, _ in held.get(resource.id, ())),
                *(at for at, _ in resource.steps()),
            }
        )
        if _too_much(resource.steps(), at, held.get(resource.id, ()))
    ]


def _too_much(
    steps: Sequence[tuple[int, int]], at: int, held: Sequence[tuple[int, int, int, bool]]
) -> bool:
    capacity = [amount for begin, amount in steps if begin <= at][-1]
    most = max(amount for _, amount in steps)
    there = [
        (min(milli, most), stays) for start, finish, milli, stays in held if start <= at < finish
    ]
    return sum(milli for milli, _ in there) > capacity and not all(stays for _, stays in there)
