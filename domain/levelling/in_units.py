"""The same schedules where every minute is worked: time in slots, a slot's amounts in one number.

A slot holds what is left of all resources side by side, each in a field of bits with a spare bit
on top. One subtraction takes a job's demands from all of them, and a spare bit that is gone says
that one had too little. Durations, lags and dates are counted in their greatest common divisor.
"""

from collections.abc import Sequence
from math import gcd
from operator import itemgetter
from typing import Final

from domain.levelling.compiled import Compiled, Cost, Span

SLOTS_MAX: Final = 50_000
"""So long a horizon is still kept in slots; a longer one is cheaper kept in steps."""
SLOTS_EACH_MAX: Final = 20
"""Jobs of so many slots on average are still cheap in slots; longer ones are in steps."""

_KEY: Final = itemgetter(0, 1)


class InUnits:
    """Schedules by lists of jobs, the same as `OnCalendars` finds; see `can_count`."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        problem = compiled.problem
        self._unit = unit = _unit(compiled)
        origin = problem.origin
        self._lengths = [length // unit for length in compiled.duration]
        self._bounds = [(bound - origin) // unit for bound in compiled.bound]
        self._fixed = [0 if at is None else (at - origin) // unit for at in compiled.fixed]
        self._before: list[list[tuple[int, int]]] = [[] for _ in compiled.fixed]
        self._after: list[list[tuple[int, int]]] = [[] for _ in compiled.fixed]
        for job, arcs in enumerate(compiled.incoming):
            for pred, from_start, to_finish, lag, _ in arcs:
                apart = lag // unit
                apart += 0 if from_start else self._lengths[pred]
                apart -= self._lengths[job] if to_finish else 0
                self._before[job].append((pred, apart))
                self._after[pred].append((job, apart))
        self._pack()

    def cost(self, starts: list[int]) -> Cost:
        """Return what a schedule costs: disturbance inside the fence, then its finish."""
        problem, unit = self.compiled.problem, self._unit
        finish = problem.origin + unit * max(map(int.__add__, starts, self._lengths))
        if not self.compiled.fenced:
            return 0, finish
        clocks = [problem.origin + unit * start for start in starts]
        return self.compiled.disturbance(clocks), finish

    def starts(self, starts: list[int]) -> list[int]:
        """Return the starts of a schedule, for their order."""
        return starts

    def spans(self, starts: list[int]) -> list[Span]:
        """Return starts in units as spans on the clock."""
        origin, unit = self.compiled.problem.origin, self._unit
        return [
            Span(origin + start * unit, origin + (start + length) * unit)
            for start, length in zip(starts, self._lengths, strict=True)
        ]

    def forward(self, order: Sequence[int]) -> list[int]:
        """Return starts in units, of jobs placed as early as they can be in an order."""
        lengths, bounds, before = self._lengths, self._bounds, self._before
        demands, guard, left = self._demands, self._guard, list(self._left)
        starts = list(self._fixed)
        ends = len(left)
        for job in order:
            at = bounds[job]
            for pred, apart in before[job]:
                bound = starts[pred] + apart
                at = max(at, bound)
            demand = demands[job]
            if demand:
                length = lengths[job]
                last = at + length - 1
                slot = last
                while slot >= at:
                    if slot >= ends:
                        left.extend([self._left[-1]] * (slot + 1))
                        ends = len(left)
                    if (left[slot] - demand) & guard == guard:
                        slot -= 1
                    else:  # All from here up to `last` had room: the job begins behind the lack.
                        at = slot + 1
                        slot = last = slot + length
                for slot in range(at, at + length):
                    left[slot] -= demand
            starts[job] = at
        return starts

    def backward(self, starts: list[int]) -> list[int]:
        """Return starts in units, of jobs moved as late as the end allows, the last first."""
        lengths, after, demands, guard = self._lengths, self._after, self._demands, self._guard
        fenced, position = self.compiled.fenced, self.compiled.position
        starts = list(starts)
        finishes = list(map(int.__add__, starts, lengths))
        end = max(finishes)
        left = list(self._left)
        if end > len(left):
            left.extend([left[-1]] * (end - len(left)))
        jobs = [(finishes[job], position[job], job) for job in self.compiled.order]
        jobs.sort(key=_KEY, reverse=True)
        for _, _, job in jobs:
            length = lengths[job]
            at = end - length
            for succ, apart in after[job]:
                bound = starts[succ] - apart
                at = min(at, bound)
            if job in fenced:
                at = starts[job]
            demand = demands[job]
            if demand:
                slot, stop = at, at + length
                while slot < stop:
                    if (left[slot] - demand) & guard == guard:
                        slot += 1
                    else:  # Where it is it has room, so this ends.
                        stop = slot
                        slot = at = slot - length
                for slot in range(at, stop):
                    left[slot] -= demand
            starts[job] = at
        return starts

    def _pack(self) -> None:
        """Put what is left of all resources in one number per slot, fixed jobs taken off."""
        compiled, unit, origin = self.compiled, self._unit, self.compiled.problem.origin
        resources = compiled.problem.resources
        shares = [gcd(*asked) or 1 for asked in _amounts(compiled)]
        capacities = [
            [(max(0, (at - origin) // unit), amount // share) for at, amount in resource.steps]
            or [(0, 0)]
            for resource, share in zip(resources, shares, strict=True)
        ]
        taken = [
            sum(
                amount // shares[resource]
                for job, at in enumerate(compiled.fixed)
                if at is not None
                for wanted, amount in compiled.demands[job]
                if wanted == resource
            )
            for resource in range(len(resources))
        ]
        widths = [
            (max(amount for _, amount in steps) + more).bit_length() + 1
            for steps, more in zip(capacities, taken, strict=True)
        ]
        offsets = [sum(widths[:index]) for index in range(len(widths))]
        self._guard = sum(
            1 << (offset + width - 1) for offset, width in zip(offsets, widths, strict=True)
        )
        self._demands = [
            sum(amount // shares[resource] << offsets[resource] for resource, amount in asked)
            if length
            else 0
            for asked, length in zip(compiled.demands, self._lengths, strict=True)
        ]
        self._left = [self._guard] * (self._ends(capacities) + 1)
        for resource, (steps, offset) in enumerate(zip(capacities, offsets, strict=True)):
            levels = [steps[0][1]] * len(self._left)
            for at, amount in steps[1:]:
                levels[at:] = [amount] * (len(levels) - at)
            self._take_fixed(levels, resource, shares[resource])
            for slot, level in enumerate(levels):
                # What is over its capacity already has nothing left to give.
                self._left[slot] += max(0, level) << offset

    def _ends(self, capacities: list[list[tuple[int, int]]]) -> int:
        """Return from which slot on nothing changes any more."""
        ends = max((steps[-1][0] for steps in capacities), default=0)
        for job, at in enumerate(self.compiled.fixed):
            if at is not None:
                ends = max(ends, self._fixed[job] + self._lengths[job])
        return ends

    def _take_fixed(self, levels: list[int], resource: int, share: int) -> None:
        """Take what fixed jobs hold of one resource off its capacity."""
        for job, at in enumerate(self.compiled.fixed):
            if at is None:
                continue
            begin, amount = self._fixed[job], dict(self.compiled.demands[job]).get(resource, 0)
            for slot in range(max(0, begin), max(0, begin + self._lengths[job])):
                levels[slot] -= amount // share


def can_count(compiled: Compiled) -> bool:
    """Return whether a problem can be kept in slots.

    That is: no job and no lag has a calendar, every job fits into the last capacity, and neither
    the jobs nor the horizon are too long in units.
    """
    if any(axis is not None for axis in compiled.axis) or any(
        arc.axis is not None for arcs in compiled.incoming for arc in arcs
    ):
        return False
    resources = compiled.problem.resources
    last = [resource.steps[-1][1] if resource.steps else 0 for resource in resources]
    if any(
        amount > last[resource] and length
        for asked, length in zip(compiled.demands, compiled.duration, strict=True)
        for resource, amount in asked
    ):
        return False
    unit, origin = _unit(compiled), compiled.problem.origin
    if sum(compiled.duration) > SLOTS_EACH_MAX * unit * compiled.count:
        return False
    horizon = sum(compiled.duration) + max(0, compiled.finish - origin)
    horizon += max((resource.steps[-1][0] - origin for resource in resources if resource.steps),
                   default=0)  # fmt: skip
    return horizon // unit <= SLOTS_MAX


def _unit(compiled: Compiled) -> int:
    """Return the greatest common divisor of all that is counted, in minutes."""
    problem = compiled.problem
    origin = problem.origin
    dates = [*compiled.bound, *(at for at in compiled.fixed if at is not None)]
    dates += [at for resource in problem.resources for at, _ in resource.steps[1:] if at > origin]
    lags = [arc.lag for arcs in compiled.incoming for arc in arcs]
    return gcd(*compiled.duration, *lags, *(at - origin for at in dates)) or 1


def _amounts(compiled: Compiled) -> list[list[int]]:
    """Return by resource all amounts that are asked of it."""
    amounts: list[list[int]] = [[] for _ in compiled.problem.resources]
    for asked in compiled.demands:
        for resource, amount in asked:
            amounts[resource].append(amount)
    return amounts
