"""Keep a plan's links and breakdown so that a change that closes a cycle is found fast.

As in `domain.planning.acyclic` each phase has two sides: its entry comes before the entries of its
children and before its own exit, its exit after the exits of its children; a link leads from the
predecessor's exit to the successor's entry. Every side has a level, never below the level of a
side before it. A new link between rising levels closes no cycle and costs nothing; any other is
searched for, backwards on one level within a budget, then forwards over the sides it raises: M. A.
Bender, J. T. Fineman, S. Gilbert, R. E. Tarjan, "A New Approach to Incremental Cycle Detection and
Related Problems", ACM Transactions on Algorithms 12(2), 2015, section 2; n links cost n^1.5 at
worst. Removing leaves the levels as they are: they still rise.
"""

from collections.abc import Iterable, Iterator
from math import isqrt
from typing import Final, TypeAlias

Side: TypeAlias = tuple[str, bool]
"""A phase, and whether it is its exit."""

FIRST_LEVEL: Final = 1
FEW: Final = 16
"""Plans are mostly written in the order of work: little follows the end of a new link."""


class PlanNetwork:
    """The phases' breakdown and links; changed in place, copied by `fork`."""

    __slots__ = ("_edges", "_incoming", "_levels", "_outgoing", "children", "parents")

    def __init__(self) -> None:
        self.parents: dict[str, str | None] = {}
        self.children: dict[str, list[str]] = {}
        self._outgoing: dict[str, tuple[str, ...]] = {}
        self._incoming: dict[str, tuple[str, ...]] = {}
        self._levels: dict[Side, int] = {}
        self._edges = 0

    def fork(self) -> "PlanNetwork":
        """Return a copy that can be changed alone."""
        copy = PlanNetwork()
        copy.parents = self.parents.copy()
        copy.children = {phase: below.copy() for phase, below in self.children.items()}
        copy._outgoing = self._outgoing.copy()
        copy._incoming = self._incoming.copy()
        copy._levels = self._levels.copy()
        copy._edges = self._edges
        return copy

    def is_summary(self, phase: str) -> bool:
        return phase in self.children

    def has_successors(self, phase: str) -> bool:
        return phase in self._outgoing

    def ancestors(self, phase: str) -> Iterator[str]:
        """Yield the parent, its parent and so on up."""
        above = self.parents.get(phase)
        while above is not None:
            yield above
            above = self.parents.get(above)

    def below(self, phase: str) -> Iterator[str]:
        """Yield the phase and all phases under it, at any depth."""
        waiting = [phase]
        while waiting:
            at = waiting.pop()
            yield at
            waiting.extend(self.children.get(at, ()))

    def linked_to(self, phase: str) -> Iterator[str]:
        """Yield the other ends of the phase's own links."""
        yield from self._outgoing.get(phase, ())
        yield from self._incoming.get(phase, ())

    def links(self) -> Iterable[tuple[str, str]]:
        """Yield predecessor and successor of every link."""
        for pred, successors in self._outgoing.items():
            for succ in successors:
                yield pred, succ

    def add(self, phase: str, parent: str | None) -> None:
        """Take in a phase that has no links yet."""
        self.parents[phase] = None
        self._edges += 1
        if parent is not None:
            self._put_under(phase, parent)

    def remove(self, phase: str) -> None:
        """Drop a phase without children and links."""
        parent = self.parents.pop(phase)
        if parent is not None:
            self._take_from(phase, parent)
        for side in ((phase, False), (phase, True)):
            self._levels.pop(side, None)
        self._edges -= 1

    def move(self, phase: str, parent: str) -> None:
        """Put the phase under another parent; raises AssertionError where that closes a cycle."""
        old = self.parents[phase]
        if old is not None:
            self._take_from(phase, old)
        self._put_under(phase, parent)

    def link(self, pred: str, succ: str) -> None:
        """Let `succ` follow `pred`; raises AssertionError where that closes a cycle."""
        self._raise_levels((pred, True), (succ, False))
        self._outgoing[pred] = (*self._outgoing.get(pred, ()), succ)
        self._incoming[succ] = (*self._incoming.get(succ, ()), pred)
        self._edges += 1

    def unlink(self, pred: str, succ: str) -> None:
        """Take one link between the two away."""
        _drop_end(self._outgoing, pred, succ)
        _drop_end(self._incoming, succ, pred)
        self._edges -= 1

    def link_closes_cycle(self, pred: str, succ: str) -> bool:
        return self._levels_with((pred, True), (succ, False)) is None

    def move_closes_cycle(self, phase: str, parent: str) -> bool:
        """Tell whether links lead from the phase to before its new parent, or from it back."""
        return self._leads((phase, False), (parent, False), without=phase) or self._leads(
            (parent, True), (phase, True), without=phase
        )

    def _put_under(self, phase: str, parent: str) -> None:
        self._raise_levels((parent, False), (phase, False))
        self._raise_levels((phase, True), (parent, True))
        self.parents[phase] = parent
        self.children.setdefault(parent, []).append(phase)
        self._edges += 2

    def _take_from(self, phase: str, parent: str) -> None:
        self.children[parent].remove(phase)
        if not self.children[parent]:
            del self.children[parent]
        if phase in self.parents:
            self.parents[phase] = None
        self._edges -= 2

    def _raise_levels(self, before: Side, after: Side) -> None:
        raised = self._levels_with(before, after)
        if raised is None:
            msg = f"{before[0]} before {after[0]} closes a cycle"
            raise AssertionError(msg)
        self._levels.update(raised)

    def _levels_with(self, before: Side, after: Side) -> dict[Side, int] | None:
        """Return the levels that change if `after` must follow `before`; None: it closes a cycle.

        The backward search keeps to the level of `before`. Where it runs out of budget, `after`
        goes one level higher, and the forward search then sees all that could lead back.
        """
        levels = self._levels
        level, present = levels.get(before, FIRST_LEVEL), levels.get(after, FIRST_LEVEL)
        if level < present:
            return {}
        few = self._few_after(after)
        if few is not None:
            if before in few:
                return None
            return {side: level for side in few if levels.get(side, FIRST_LEVEL) < level}
        seen, exhausted = self._before_on_level(before, level)
        if after in seen:
            return None
        if exhausted and present == level:
            return {}
        target = level if exhausted else level + 1
        raised = {after: target}
        waiting = [after]
        while waiting:
            for later in self._followers(waiting.pop()):
                if later in seen:
                    return None
                if later not in raised and levels.get(later, FIRST_LEVEL) < target:
                    raised[later] = target
                    waiting.append(later)
        return raised

    def _few_after(self, side: Side) -> set[Side] | None:
        """Return a side and all that comes after it where that is little; None where it is not."""
        seen = {side}
        waiting = [side]
        while waiting:
            for later in self._followers(waiting.pop()):
                if later not in seen:
                    seen.add(later)
                    waiting.append(later)
                if len(seen) > FEW:
                    return None
        return seen

    def _before_on_level(self, side: Side, level: int) -> tuple[set[Side], bool]:
        """Return sides of one level that come before a side, and whether these are all."""
        budget = isqrt(self._edges) + 1
        seen = {side}
        waiting = [side]
        while waiting:
            for earlier in self._predecessors(waiting.pop()):
                if budget == 0:
                    return seen, False
                budget -= 1
                if earlier not in seen and self._levels.get(earlier, FIRST_LEVEL) == level:
                    seen.add(earlier)
                    waiting.append(earlier)
        return seen, True

    def _leads(self, start: Side, goal: Side, *, without: str) -> bool:
        """Tell whether a way leads to `goal`, the breakdown above one phase left out."""
        highest = self._levels.get(goal, FIRST_LEVEL)
        old = self.parents[without]
        seen = {start}
        waiting = [start]
        while waiting:
            side = waiting.pop()
            if side == goal:
                return True
            for later in self._followers(side):
                is_old_way = (side, later) in {
                    ((without, True), (old, True)),
                    ((old, False), (without, False)),
                }
                if (
                    not is_old_way
                    and later not in seen
                    and self._levels.get(later, FIRST_LEVEL) <= highest
                ):
                    seen.add(later)
                    waiting.append(later)
        return False

    def _followers(self, side: Side) -> Iterator[Side]:
        phase, is_exit = side
        if not is_exit:
            yield phase, True
            for child in self.children.get(phase, ()):
                yield child, False
            return
        for succ in self._outgoing.get(phase, ()):
            yield succ, False
        parent = self.parents.get(phase)
        if parent is not None:
            yield parent, True

    def _predecessors(self, side: Side) -> Iterator[Side]:
        phase, is_exit = side
        if is_exit:
            yield phase, False
            for child in self.children.get(phase, ()):
                yield child, True
            return
        for pred in self._incoming.get(phase, ()):
            yield pred, True
        parent = self.parents.get(phase)
        if parent is not None:
            yield parent, False


def _drop_end(ends: dict[str, tuple[str, ...]], phase: str, other: str) -> None:
    """Take one link's other end out, and the phase's entry with the last."""
    left = list(ends[phase])
    left.remove(other)
    if left:
        ends[phase] = tuple(left)
    else:
        del ends[phase]
