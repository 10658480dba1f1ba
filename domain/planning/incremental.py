"""Schedule a network that changes a little at a time, computing only what a change moves.

The result is that of `domain.planning.critical_path.schedule`, always. Nodes are visited by their
place in the topological order, forwards from what changed and then backwards from what moved; where
a date stays, nothing behind it is looked at. A change of links, breakdown or calendars is computed
in full.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import compress
from operator import is_not
from typing import Final

from domain.planning.compiled import Compiled
from domain.planning.critical_path import (
    as_late_as_possible,
    computed,
    last_finish,
    leaf_rows,
    longest_path,
    summary_row,
)
from domain.planning.early import EarlyDates
from domain.planning.late import LateDates
from domain.planning.network import Activity, Network, Schedule
from domain.planning.structure import keeps_its_instant

FULL_SHARE: Final = 3
"""If more than one in so many phases changed, a full pass costs less than following them all."""

FOLLOWED_SHARE: Final = 4
"""Once more than one in so many nodes was visited, the rest is computed without asking."""


class Planner:
    """The schedule of one network as it changes; not to be shared between threads."""

    __slots__ = ("_plan",)

    def __init__(self) -> None:
        self._plan: _Plan | None = None

    def schedule(self, network: Network) -> Schedule:
        """Return the schedule of a network, quickly if the last one differed little.

        Rows that are as before are the same objects. Raises PlanningError and CalendarError as
        `domain.planning.critical_path.schedule`.
        """
        plan, self._plan = self._plan, None  # Kept only if nothing is raised on the way.
        if plan is None or not plan.follow(network):
            plan = _Plan(network, plan.schedule if plan else Schedule(0, {}))
        self._plan = plan
        return plan.schedule


class _Plan:
    """A computed network: its columns, its rows, and the schedule made of them."""

    def __init__(self, network: Network, before: Schedule) -> None:
        self.network = network
        self.schedule = before
        self.compiled = Compiled(network)
        self.rank = [0] * (2 * len(self.compiled.ids))
        for place, node in enumerate(self.compiled.order):
            self.rank[node] = place
        self.early = EarlyDates(self.compiled)
        self.early.run(self.compiled.order)
        self._settle()

    def follow(self, network: Network) -> bool:
        """Take a network over that has the same structure; False if it has not."""
        old = self.network
        if (
            (network.links is not old.links and network.links != old.links)
            or network.calendars != old.calendars
            or len(network.activities) != len(old.activities)
            or (network.default_calendar, network.policy, network.project_start)
            != (old.default_calendar, old.policy, old.project_start)
        ):
            return False
        compiled = self.compiled
        changed = []
        others = map(is_not, old.activities, network.activities)
        for place in compress(range(len(network.activities)), others):
            one, other = old.activities[place], network.activities[place]
            if one != other:
                number = compiled.index.get(other.id)
                if number is None or self._is_structural(number, one, other):
                    return False
                changed.append((number, other))
        if compiled.msproject and (compiled.alap or any(_is_late(each) for _, each in changed)):
            return False  # What follows such a phase waits for its late dates.
        self.network = compiled.network = network
        for number, activity in changed:
            self._replace(number, activity)
        if network.data_date != old.data_date or len(changed) * FULL_SHARE > len(compiled.ids):
            compiled.read_all()
            self.early.run(compiled.order)
            self._settle()
        elif network.promise != old.promise:
            self._forwards([number for number, _ in changed])
            self._settle()
        elif changed:
            self._update([number for number, _ in changed])
        return True

    def _is_structural(self, number: int, one: Activity, other: Activity) -> bool:
        """Return whether a change reaches further than the phase's own dates."""
        if (one.id, one.parent, one.calendar, one.kind) != (
            other.id, other.parent, other.calendar, other.kind,
        ) or keeps_its_instant(one) != keeps_its_instant(other):  # fmt: skip
            return True
        if not self.compiled.retained and one.parent is not None:
            return True  # What follows a summary may depend on what of it has begun or ended.
        dates_below = one.constraint != other.constraint or one.earliest != other.earliest
        return bool(self.compiled.children[number]) and dates_below

    def _replace(self, number: int, activity: Activity) -> None:
        compiled = self.compiled
        compiled.activities[number] = activity
        if not compiled.children[number]:
            for arc in compiled.outgoing[number]:
                if compiled.lag_follows_span(arc.number):
                    compiled.set_share(arc.number, activity.duration_min)

    def _settle(self) -> None:
        """Compute all that follows from the early dates, keeping rows that are as before."""
        self._drivers: dict[int, list[int]] = {}
        self.finish, self.late, self.longest, self.delays, rows = computed(self.early)
        ids, before = self.compiled.ids, self.schedule.phases
        known = list(map(before.get, ids))
        rows = [old if old == row and old else row for old, row in zip(known, rows, strict=True)]
        moved = list(compress(ids, map(is_not, rows, known)))
        self.rows = rows
        is_followed = len(before) == len(ids) and None not in known
        phases = dict(zip(ids, rows, strict=True))
        self.schedule = Schedule(self.finish, phases, before if is_followed else None, moved)

    def _update(self, changed: Sequence[int]) -> None:
        """Compute what the changed phases move."""
        moved = self._forwards(changed)
        if moved is None:
            self._settle()
            return
        before, held_by_end = self.finish, []
        if self._finish_may_move(moved):
            self.finish = last_finish(self.early)
            if self.finish != before:
                if self.network.promise is None:
                    self._settle()  # All late dates are measured against the finish.
                    return
                held_by_end = self.late.end_at(self.finish)
        for number in moved.union(changed):
            self._drivers.pop(number, None)
            for arc in self.compiled.outgoing[number]:
                self._drivers.pop(arc.succ, None)
        visited = self._backwards(changed, moved, held_by_end)
        if visited is None:
            self._settle()
            return
        shown = visited | moved | set(changed)
        if self.finish != before or self._path_may_move(moved | set(changed)):
            longest = longest_path(self.early, self.finish, self._drivers)
            shown |= longest ^ self.longest
            self.longest = longest
        if self.compiled.alap or self.delays:
            delays = as_late_as_possible(self.early, self.late)
            shown |= {number for number, _ in delays.items() ^ self.delays.items()}
            self.delays = delays
        self._show(shown)

    def _forwards(self, changed: Iterable[int]) -> set[int] | None:
        """Compute early dates again from the changed phases on.

        Returns the phases that moved, None where so many do that all may be taken to have.
        """
        compiled, early = self.compiled, self.early
        count = len(compiled.ids)
        waiting = set()
        for number in changed:
            compiled.read_activity(number)
            waiting.add(number)
            for arc in compiled.outgoing[number]:
                # A phase that started may follow other links than before, and so may what follows.
                waiting.add(arc.succ + count if compiled.children[arc.succ] else arc.succ)
        wave = _Wave(waiting, self.rank, compiled.order)
        early.run(wave.through(compiled.followers, early_state(early)))
        if wave.swept:
            return None
        return {node if node < count else node - count for node in wave.changed}

    def _backwards(
        self, changed: Iterable[int], moved: Iterable[int], ends: Iterable[int]
    ) -> set[int] | None:
        """Compute late dates and floats again, also of those that the project's end holds.

        Returns the phases whose figures may differ, None where all may.
        """
        compiled, late = self.compiled, self.late
        count = len(compiled.ids)
        waiting: set[int] = set(ends)
        for number in {*changed, *moved}:
            waiting.add(number)
            waiting.update(compiled.leaders(number))
            if compiled.children[number]:
                waiting.update(compiled.leaves(number))  # They may now start it, or no longer.
                waiting.add(count + number)
                waiting.update(compiled.leaders(count + number))
        wave = _Wave(waiting, self.rank, compiled.order, backwards=True)
        late.run(wave.through(compiled.leaders, late_state(late)))
        if wave.swept:
            return None
        return {node for node in wave.visited if node < count}

    def _finish_may_move(self, moved: Iterable[int]) -> bool:
        rows, finish = self.rows, self.early.finish
        return any(
            rows[number].early_finish == self.finish or finish[number] >= self.finish
            for number in moved
        )

    def _path_may_move(self, moved: Iterable[int]) -> bool:
        """Return whether a phase may have come onto the longest path, or left it."""
        compiled, early, longest = self.compiled, self.early, self.longest
        children, outgoing, parent = compiled.children, compiled.outgoing, compiled.parent
        for number in moved:
            if (
                number in longest
                or early.finish[number] == self.finish
                or children[number]
                or parent[number] >= 0
            ):
                return True
            for arc in outgoing[number]:
                succ = arc.succ
                if children[succ] or (
                    succ in longest and early.begin_bound(arc) == early.begin_work[succ]
                ):
                    return True
        return False

    def _show(self, numbers: set[int]) -> None:
        """Make the rows of phases again, then those of the summaries above them."""
        compiled, rows = self.compiled, self.rows
        above: set[int] = set()
        phases = dict(self.schedule.phases)
        leaves = []
        for number in numbers:
            parent = compiled.parent[number]
            while parent >= 0 and parent not in above:
                above.add(parent)
                parent = compiled.parent[parent]
            if compiled.children[number]:
                above.add(number)
            else:
                leaves.append(number)
        moved = []
        made = leaf_rows(self.late, leaves, self.longest, self.delays)
        for number, row in zip(leaves, made, strict=True):
            if row != rows[number]:
                rows[number] = phases[row.id] = row
                moved.append(row.id)
        for number in sorted(above, key=self.rank.__getitem__):
            row = summary_row(self.late, number, rows)
            if row != rows[number]:
                rows[number] = phases[row.id] = row
                moved.append(row.id)
        self.schedule = Schedule(self.finish, phases, self.schedule.phases, moved)


def _is_late(activity: Activity) -> bool:
    return activity.constraint is not None and activity.constraint.kind == "ALAP"


class _Wave:
    """Nodes to visit by their place in the order, going on behind those whose state changes."""

    def __init__(
        self,
        waiting: set[int],
        rank: Sequence[int],
        order: Sequence[int],
        *,
        backwards: bool = False,
    ) -> None:
        self.visited: list[int] = []
        self.changed: list[int] = []
        self.swept = False
        """Whether it went so far that the rest of the order was visited without asking."""
        self._waiting = waiting
        self._rank = rank
        self._order = order
        self._sign = -1 if backwards else 1

    def through(
        self, following: Callable[[int], Iterable[int]], state: Callable[[int], object]
    ) -> Iterator[int]:
        """Yield the nodes; each must be computed before the next is asked for."""
        rank, order, waiting, sign = self._rank, self._order, self._waiting, self._sign
        heap = [sign * rank[node] for node in waiting]
        heapify(heap)
        visits_max = len(order) // FOLLOWED_SHARE + FOLLOWED_SHARE
        while heap:
            place = sign * heappop(heap)
            if len(self.visited) > visits_max:
                self.swept = True
                yield from order[place:] if sign > 0 else order[place::-1]
                return
            node = order[place]
            waiting.discard(node)
            before = state(node)
            yield node
            self.visited.append(node)
            if state(node) == before:
                continue
            self.changed.append(node)
            for each in following(node):
                if each not in waiting:
                    waiting.add(each)
                    heappush(heap, sign * rank[each])


def early_state(early: EarlyDates) -> Callable[[int], object]:
    """Return what a node's early dates hand on, by node."""
    count = len(early.start)
    starts, finishes, by, odd = early.start, early.finish, early.by, early.odd
    begin_works, works = early.begin_work, early.finish_work

    def state(node: int) -> object:
        if node >= count:
            return early.gate[node - count], early.gate_by[node - count]
        # All else follows from these, where the phase itself is as it was.
        return starts[node], finishes[node], begin_works[node], works[node], by[node], node in odd

    return state


def late_state(late: LateDates) -> Callable[[int], object]:
    """Return what a node's late dates hand on, by node."""
    count = len(late.total)
    kept, soon = late.late, late.next

    def state(node: int) -> object:
        if node >= count:
            return kept.gate[node - count], soon.gate[node - count]
        if late.compiled.children[node]:
            return (
                kept.exit_finish[node], kept.exit_start[node],
                soon.exit_finish[node], soon.exit_start[node],
            )  # fmt: skip
        return (
            late.begin[node], late.start_work[node], late.finish_work[node],
            kept.finish_clock[node],
        )  # fmt: skip

    return state
