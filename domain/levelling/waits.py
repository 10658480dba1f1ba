"""Why jobs start no earlier: which resource they waited for, who held it, and until when.

A job could start as soon as its own dates and its links allow. Where it starts later, one of its
resources had too little left before: the last such stretch ahead of its start is what it waited
for, and those who held the resource then are named. A stretch that nobody holds is an outage.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

from domain.kernel.minutes import Minute
from domain.levelling.compiled import Compiled, Span
from domain.levelling.problem import Placement, Problem, Wait


class Overbooking(NamedTuple):
    """A stretch in which work that cannot move asks for more of a resource than there is."""

    resource: str
    start: Minute
    finish: Minute
    missing_milli: int


def overbooked(problem: Problem, placed: Sequence[Placement]) -> tuple[Overbooking, ...]:
    """Return where a schedule is over capacity: what is fixed may be, nothing else ever is."""
    compiled = Compiled(problem)
    spans = [Span(each.start, each.finish) for each in placed]
    found = []
    for number, resource in enumerate(problem.resources):
        holders = [
            job
            for job, span in enumerate(spans)
            if span.start < span.finish and any(number == one for one, _ in compiled.demands[job])
        ]
        times, left = _left(compiled, spans, number, holders)
        found += [
            Overbooking(resource.id, begin, end, -amount)
            for (begin, end), amount in zip(pairwise(times), left[:-1], strict=True)
            if amount < 0
        ]
    return tuple(found)


def placements(compiled: Compiled, spans: Sequence[Span]) -> tuple[Placement, ...]:
    """Return what a schedule makes of each job, with its reasons; spans by job number."""
    waits = _waits(compiled, list(spans))
    return tuple(
        Placement(job.id, span.start, span.finish, tuple(waits.get(index, ())))
        for index, (job, span) in enumerate(zip(compiled.problem.jobs, spans, strict=True))
    )


def _waits(compiled: Compiled, spans: list[Span]) -> dict[int, list[Wait]]:
    """Return by job what it waited for, what ended last first."""
    late: dict[int, list[tuple[int, int, Minute]]] = defaultdict(list)
    for job in compiled.order:
        at, no_earlier = compiled.earliest(job, spans)
        free = compiled.span(job, at, no_earlier).start
        if free < spans[job].start:
            for resource, amount in compiled.demands[job]:
                late[resource].append((job, amount, free))
    waits: dict[int, list[Wait]] = defaultdict(list)
    holders: dict[int, list[int]] = defaultdict(list)
    for job, demands in enumerate(compiled.demands):
        for resource, _ in demands:
            if spans[job].start < spans[job].finish:
                holders[resource].append(job)
    for resource, waiting in late.items():
        for job, wait in _waits_for(compiled, spans, resource, waiting, holders[resource]):
            waits[job].append(wait)
    for found in waits.values():
        found.sort(key=lambda wait: (-wait.until, wait.resource))
    return waits


def _waits_for(
    compiled: Compiled,
    spans: list[Span],
    resource: int,
    waiting: list[tuple[int, int, Minute]],
    holders: list[int],
) -> list[tuple[int, Wait]]:
    """Return who waited for one resource, and what for."""
    times, left = _left(compiled, spans, resource, holders)
    asked: list[tuple[int, int, Minute]] = []
    for job, amount, free in waiting:
        step = bisect_left(times, spans[job].start) - 1
        while step >= 0 and times[step + 1] > free and left[step] >= amount:
            step -= 1
        if step >= 0 and times[step + 1] > free and left[step] < amount:
            asked.append((times[step], job, times[step + 1]))
    asked.sort()
    ids = [job.id for job in compiled.problem.jobs]
    found: list[tuple[int, Wait]] = []
    holding: list[tuple[Minute, int]] = []
    arriving = sorted(holders, key=lambda job: spans[job].start)
    index = 0
    for at, job, until in asked:
        while index < len(arriving) and spans[arriving[index]].start <= at:
            heappush(holding, (spans[arriving[index]].finish, arriving[index]))
            index += 1
        while holding and holding[0][0] <= at:
            heappop(holding)
        held_by = tuple(ids[other] for _, other in sorted(holding))
        found.append((job, Wait(compiled.problem.resources[resource].id, held_by, until)))
    return found


def _left(
    compiled: Compiled, spans: list[Span], resource: int, holders: list[int]
) -> tuple[list[Minute], list[int]]:
    """Return from when on how much of a resource is left, the last step without an end."""
    steps = compiled.problem.resources[resource].steps
    changes: dict[Minute, int] = defaultdict(int)
    before = steps[0][1] if steps else 0
    first = before
    for at, amount in steps[1:]:
        changes[at] += amount - before
        before = amount
    for job in holders:
        amount = dict(compiled.demands[job])[resource]
        changes[spans[job].start] -= amount
        changes[spans[job].finish] += amount
    times, left = [min(changes, default=0) - 1], [first]
    for at in sorted(changes):
        times.append(at)
        left.append(left[-1] + changes[at])
    return times, left
