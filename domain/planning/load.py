"""Hold what work asks of a resource over time against what there is of it, exactly.

Amounts are thousandths of a unit (milli), instants minutes, intervals half open: [start, finish).
The sweep goes from one instant at which something changes to the next, so nothing is rounded to
days or hours; buckets are made of its result and never the other way round.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from domain.kernel.minutes import Minute

Steps: TypeAlias = Sequence[tuple[Minute, int]]
"""(From minute, milli) in order of time; the first holds before its minute too, none: nothing."""

Interval: TypeAlias = tuple[Minute, Minute]


class Demand(NamedTuple):
    """Somebody's need of a resource for a time."""

    start: Minute
    finish: Minute
    milli: int
    by: str


class Stretch(NamedTuple):
    """A time in which neither load nor capacity changes; `by` is who asks for how much."""

    start: Minute
    finish: Minute
    load_milli: int
    capacity_milli: int
    by: Mapping[str, int]

    @property
    def is_over(self) -> bool:
        """Whether more is asked for than there is."""
        return self.load_milli > self.capacity_milli

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked for and nothing is there, as on a night off."""
        return self.load_milli == self.capacity_milli == 0


class Overload(NamedTuple):
    """A time in which more is asked for than there is; idle time inside it is not counted.

    `overload_min` are its minutes with too much asked for, `peak_milli` is the most that is asked
    for in them, `excess_milli` the most that is lacking, `by` everybody who asks in them.
    """

    start: Minute
    finish: Minute
    overload_min: int
    peak_milli: int
    excess_milli: int
    by: tuple[str, ...]


class Cell(NamedTuple):
    """A bucket of time: load and capacity in milli-minutes, minutes of overload, who asks."""

    start: Minute
    finish: Minute
    load_milli_min: int
    capacity_milli_min: int
    overload_min: int
    by: tuple[str, ...]


def stretches(
    demands: Iterable[Demand], capacity: Steps, edges: Iterable[Minute] = ()
) -> Iterator[Stretch]:
    """Yield what is asked for and what is there, in order of time, from first change to last.

    Demands of the same name add up. `edges` are further instants at which a stretch ends.
    """
    changes: dict[Minute, list[tuple[int, str]]] = {at: [] for at in edges}
    for start, finish, milli, by in demands:
        if start < finish and milli:
            changes.setdefault(start, []).append((milli, by))
            changes.setdefault(finish, []).append((-milli, by))
    if not changes:
        return
    first, last = min(changes), max(changes)
    instants = sorted({*changes, *(at for at, _ in capacity if first < at < last)})
    begins = [at for at, _ in capacity]
    holding: dict[str, int] = {}
    for start, finish in pairwise(instants):
        for milli, by in changes.get(start, ()):
            holding[by] = holding.get(by, 0) + milli
            if not holding[by]:
                del holding[by]
        there = capacity[max(bisect_right(begins, start) - 1, 0)][1] if capacity else 0
        yield Stretch(start, finish, sum(holding.values()), there, dict(holding))


def overloads(swept: Iterable[Stretch]) -> list[Overload]:
    """Return when more is asked for than there is, in order of time.

    Overloads with nothing but idle time between them are one: work that is set on too few people
    is so the whole week, nights off included.
    """
    found: list[Overload] = []
    grows = False
    for each in swept:
        if each.is_over:
            alone = Overload(
                each.start,
                each.finish,
                each.finish - each.start,
                each.load_milli,
                each.load_milli - each.capacity_milli,
                tuple(sorted(each.by)),
            )
            if grows:
                found[-1] = _joined(found[-1], alone)
            else:
                found.append(alone)
            grows = True
        elif not each.is_idle:
            grows = False
    return found


def cells(swept: Iterable[Stretch], edges: Sequence[Minute]) -> list[Cell]:
    """Return a bucket for each two neighbouring edges, at each of which a stretch ended."""
    load = [0] * len(edges)
    there, over = list(load), list(load)
    by: list[set[str]] = [set() for _ in edges]
    for each in swept:
        if not edges[0] <= each.start < edges[-1]:
            continue
        place, length = bisect_right(edges, each.start) - 1, each.finish - each.start
        load[place] += each.load_milli * length
        there[place] += each.capacity_milli * length
        over[place] += length if each.is_over else 0
        by[place].update(each.by)
    return [
        Cell(start, finish, load[place], there[place], over[place], tuple(sorted(by[place])))
        for place, (start, finish) in enumerate(pairwise(edges))
    ]


def larger(one: Iterable[Demand], other: Iterable[Demand], by: str) -> list[Demand]:
    """Return the larger of two needs at each instant, as needs of one name.

    What a phase requires and what was allocated to it are the same need told twice.
    """
    changes: dict[Minute, list[int]] = {}
    for place, demands in enumerate((one, other)):
        for start, finish, milli, _ in demands:
            if start < finish:
                changes.setdefault(start, [0, 0])[place] += milli
                changes.setdefault(finish, [0, 0])[place] -= milli
    found: list[Demand] = []
    needs = [0, 0]
    for start, finish in pairwise(sorted(changes)):
        needs = [need + change for need, change in zip(needs, changes[start], strict=True)]
        if any(needs):
            found.append(Demand(start, finish, max(needs), by))
    return found


def only_in(intervals: Iterable[Interval], steps: Steps, before: Minute) -> Steps:
    """Return steps with nothing outside intervals, which are in order of time.

    `before` is an instant ahead of all of them.
    """
    kept: list[tuple[Minute, int]] = [(before, 0)]
    if not steps:
        return kept
    begins = [at for at, _ in steps]
    for start, finish in intervals:
        place = max(bisect_right(begins, start) - 1, 0)
        kept.append((start, steps[place][1]))
        kept += steps[place + 1 : bisect_left(begins, finish)]
        kept.append((finish, 0))
    return kept


def joined(intervals: Iterable[Interval]) -> list[Interval]:
    """Return intervals in order of time, those that overlap or touch made one."""
    found: list[Interval] = []
    for start, finish in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], finish)
        elif start < finish:
            found.append((start, finish))
    return found


def _joined(one: Overload, other: Overload) -> Overload:
    return Overload(
        one.start,
        other.finish,
        one.overload_min + other.overload_min,
        max(one.peak_milli, other.peak_milli),
        max(one.excess_milli, other.excess_milli),
        tuple(sorted({*one.by, *other.by})),
    )
