"""Find good schedules: one by a priority rule at once, better ones as long as one wants to search.

The rule is serial generation by latest finish. The search is a genetic algorithm over lists of
jobs (two-point crossover, Hartmann 1998) in which every schedule is justified backwards and
forwards until that gains nothing (Valls, Ballestín and Quintanilla 2005), begun from lists drawn
around the rule's. It counts the schedules it generates, so a limit means the same on any machine;
the time may stop it too. The same problem, limit and draws give the same schedule.
"""

from bisect import insort
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import Final, Generic, Literal, NamedTuple, Protocol, TypeVar

from domain.kernel.work_axis import WorkAxis
from domain.levelling.compiled import Compiled, Cost, Span
from domain.levelling.in_units import InUnits, can_count
from domain.levelling.problem import Problem, Solution
from domain.levelling.serial import OnCalendars
from domain.levelling.waits import placements
from domain.levelling.working_time import axis_of, in_working_time

SCHEDULES_DEFAULT: Final = 10_000
"""So many schedules are generated unless told otherwise."""
POPULATION_MAX: Final = 80
"""So many lists are kept at most; with a small limit, as many as an eighth of it can fill."""
SCHEDULES_EACH: Final = 8
SWAPPED: Final = 0.3
"""The share of neighbours in a new list that change places."""
SPREAD: Final = 0.6
"""How far a first list's keys are drawn from the rule's, as a share of their range."""
FROM_NEITHER: Final = 0.05
"""The share of new lists that come from no parents, so that others than theirs are seen."""

S = TypeVar("S")


class Decoder(Protocol[S]):
    """Makes schedules of lists; what a schedule is, is its own affair."""

    def forward(self, order: Sequence[int]) -> S: ...
    def backward(self, schedule: S) -> S: ...
    def cost(self, schedule: S) -> Cost: ...
    def starts(self, schedule: S) -> list[int]: ...
    def spans(self, schedule: S) -> list[Span]: ...


def first_schedule(problem: Problem) -> Solution:
    """Return the schedule of the priority rule: serial generation, latest finish first.

    Jobs inside the frozen fence are due when they were published. Of equals the one of greater
    priority is first. Raises LevellingError.
    """
    axis = axis_of(problem)
    if axis is not None:
        twin = in_working_time(problem, axis)
        return _on_calendar(problem, axis, first_schedule(twin))
    compiled = Compiled(problem)
    decoder = OnCalendars(compiled)
    if not problem.jobs:
        return Solution((), problem.origin, 0, 0, "optimal")
    spans = decoder.forward(compiled.arranged(_rule(compiled)))
    cost = decoder.cost(spans)
    return _solution(compiled, spans, cost, 1, "optimal" if cost == compiled.least else "limit")


def ordered(problem: Problem, keys: Sequence[float]) -> Solution:
    """Return the schedule of jobs taken by keys, least first, each behind all it follows.

    ``keys`` are in the order of the problem's jobs, e.g. the starts that a solver found in coarser
    time. The schedule is moved backwards and forwards once. Raises LevellingError.
    """
    axis = axis_of(problem)
    if axis is not None:
        twin = in_working_time(problem, axis)
        return _on_calendar(problem, axis, ordered(twin, keys))
    if not problem.jobs:
        return first_schedule(problem)
    compiled = Compiled(problem)
    decoder = OnCalendars(compiled)
    spans = decoder.forward(compiled.arranged([(key,) for key in keys]))
    again = decoder.forward(compiled.by_starts(decoder.starts(decoder.backward(spans))))
    best = min(spans, again, key=decoder.cost)
    cost = decoder.cost(best)
    return _solution(compiled, best, cost, 3, "optimal" if cost == compiled.least else "limit")


def improved(
    problem: Problem,
    draw: Callable[[], float],
    limit: int = SCHEDULES_DEFAULT,
    enough: Callable[[], bool] = lambda: False,
) -> Solution:
    """Return the best schedule found: least disturbance of the frozen fence, then least finish.

    ``draw`` gives numbers from 0 to below 1, ``limit`` is in schedules generated, and ``enough``
    says when the time is over (it is asked after each of them; then the same input may give
    another schedule). The first schedule is that of the rule, whatever the limits are. Raises
    LevellingError.
    """
    axis = axis_of(problem)
    if axis is not None:
        twin = in_working_time(problem, axis)
        return _on_calendar(problem, axis, improved(twin, draw, limit, enough))
    if not problem.jobs:
        return first_schedule(problem)
    compiled = Compiled(problem)
    if can_count(compiled):
        return _Search(compiled, InUnits(compiled), draw, limit, enough).run()
    return _Search(compiled, OnCalendars(compiled), draw, limit, enough).run()


def _on_calendar(problem: Problem, axis: WorkAxis, found: Solution) -> Solution:
    """Return on the calendar what was found in its working time, each job at the same point of it.

    What takes no time at all is where its links allow. A job whose end is shown where the next
    period of work begins, for the sake of what it waits for, holds its resources till then: only
    then are they asked for anew, and jobs placed in the order that was found.
    """
    compiled = Compiled(problem)
    decoder = OnCalendars(compiled)
    starts = [placed.start for placed in found.placements]
    order = compiled.arranged([(start,) for start in starts])
    spans, tried = compiled.fixed_spans(), found.schedules_tried
    for job in order:
        at, no_earlier = compiled.earliest(job, spans)
        if not compiled.duration[job]:
            spans[job] = compiled.span(job, at, no_earlier)
            continue
        spans[job] = span = compiled.span(job, max(at, axis.starts[starts[job]]), no_earlier)
        if compiled.demands[job] and span.finish > axis.finishes[axis.works[span.finish]]:
            spans, tried = decoder.forward(order), tried + 1
            break
    cost = decoder.cost(spans)
    stopped_by = found.stopped_by
    if stopped_by == "optimal":
        # A proof of it holds here too, unless something had to be placed anew.
        proved = cost[0] == compiled.least[0] and cost[1] <= axis.finishes[found.finish]
        stopped_by = "optimal" if proved or cost == compiled.least else "limit"
    return _solution(compiled, spans, cost, tried, stopped_by)


def _rule(compiled: Compiled) -> list[tuple[float, ...]]:
    return [
        (latest, -priority)
        for latest, priority in zip(compiled.late, compiled.priority, strict=True)
    ]


def _solution(
    compiled: Compiled,
    spans: list[Span],
    cost: Cost,
    tried: int,
    stopped_by: Literal["limit", "time", "optimal"],
) -> Solution:
    disturbance, finish = cost
    return Solution(placements(compiled, spans), finish, disturbance, tried, stopped_by)


class _Found(NamedTuple, Generic[S]):
    """A schedule, the list that gives it, and what it costs."""

    cost: Cost
    order: list[int]
    schedule: S


_COST: Final = attrgetter("cost")


class _Search(Generic[S]):
    """One search: who lives, what was seen, and how many schedules it took."""

    def __init__(
        self,
        compiled: Compiled,
        decoder: Decoder[S],
        draw: Callable[[], float],
        limit: int,
        enough: Callable[[], bool],
    ) -> None:
        self._compiled = compiled
        self._decoder = decoder
        self._draw = draw
        self._limit = limit
        self._enough = enough
        self._tried = 0
        self._late = False
        self._best: _Found[S] | None = None
        self._living: list[_Found[S]] = []
        self._seen: set[tuple[int, ...]] = set()
        self._follows = [{arc.other for arc in arcs} for arcs in compiled.incoming]

    def run(self) -> Solution:
        """Search until a limit is reached or nothing better can exist."""
        lists = self._lists()
        best = self._justified(next(lists))
        while not self._is_over(best):
            found = self._justified(next(lists))
            self._let_live(found)
            best = min(best, found, key=_COST)
        spans = self._decoder.spans(best.schedule)
        if best.cost == self._compiled.least:
            return _solution(self._compiled, spans, best.cost, self._tried, "optimal")
        stopped_by: Literal["limit", "time"] = "time" if self._late else "limit"
        return _solution(self._compiled, spans, best.cost, self._tried, stopped_by)

    def _is_over(self, best: _Found[S]) -> bool:
        return self._is_spent() or best.cost == self._compiled.least

    def _is_spent(self) -> bool:
        self._late = self._late or self._enough()
        return self._late or self._tried >= self._limit

    def _lists(self) -> Iterator[list[int]]:
        """Yield lists without end: the rule's, some drawn around it, then those of the living."""
        rule = _rule(self._compiled)
        yield self._compiled.arranged(rule)
        most = max(2, min(POPULATION_MAX, self._limit // SCHEDULES_EACH))
        for _ in range(most - 1):
            yield self._drawn(SPREAD)
        while True:
            if self._draw() < FROM_NEITHER or len(self._living) < 2:  # noqa: PLR2004  Parents.
                yield self._drawn(SPREAD)
            else:
                yield self._swapped(self._crossed(self._chosen().order, self._chosen().order))

    def _justified(self, order: list[int]) -> _Found[S]:
        """Return the schedule of a list, moved backwards and forwards as long as that gains."""
        decoder, compiled = self._decoder, self._compiled
        schedule = decoder.forward(order)
        cost = decoder.cost(schedule)
        self._tried += 1
        while cost != compiled.least and not self._is_spent():
            backwards = decoder.starts(decoder.backward(schedule))
            again = decoder.forward(compiled.by_starts(backwards))
            self._tried += 2
            before, cost_again = cost, decoder.cost(again)
            if cost_again <= cost:
                schedule, cost = again, cost_again
            if cost_again >= before:
                break
        return _Found(cost, compiled.by_starts(decoder.starts(schedule)), schedule)

    def _let_live(self, found: _Found[S]) -> None:
        """Keep a schedule that is new and no worse than the worst, which it may replace."""
        starts = tuple(self._decoder.starts(found.schedule))
        if starts in self._seen:
            return
        if len(self._living) >= POPULATION_MAX:
            if found.cost > self._living[-1].cost:
                return
            dead = self._living.pop()
            self._seen.discard(tuple(self._decoder.starts(dead.schedule)))
        self._seen.add(starts)
        insort(self._living, found, key=_COST)

    def _chosen(self) -> _Found[S]:
        """Return the better of two that are drawn."""
        count = len(self._living)
        return self._living[min(int(self._draw() * count), int(self._draw() * count))]

    def _drawn(self, spread: float) -> list[int]:
        """Return a list drawn around the rule's."""
        late = self._compiled.late
        reach = spread * (max(late) - min(late) + 1)
        return self._compiled.arranged([(latest + self._draw() * reach,) for latest in late])

    def _crossed(self, one: list[int], other: list[int]) -> list[int]:
        """Return the first's list in which a part between two cuts is in the other's order."""
        cuts = int(self._draw() * len(one)), int(self._draw() * len(one))
        low, high = min(cuts), max(cuts)
        child = one[:low]
        taken = set(child)
        child += [job for job in other if job not in taken][: high - low]
        taken = set(child)
        return child + [job for job in one if job not in taken]

    def _swapped(self, order: list[int]) -> list[int]:
        """Return a list in which some neighbours changed places that no link holds."""
        for index, _ in enumerate(pairwise(order)):
            if self._draw() < SWAPPED and order[index] not in self._follows[order[index + 1]]:
                order[index], order[index + 1] = order[index + 1], order[index]
        return order
