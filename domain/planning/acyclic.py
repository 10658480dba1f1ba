"""Find cycles among links, through summaries too, at any depth and without recursion.

A link to a summary goes to everything below it, a link from a summary comes from everything below
it. So each phase has two sides: its ``entry`` comes before the entries of its children, its
``exit`` after their exits; a phase without children has one side only.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

Side: TypeAlias = tuple[str, bool]
"""A phase, and whether it is its exit."""

Parents: TypeAlias = Mapping[str, str | None]
Ends: TypeAlias = tuple[str, str]


def is_ancestor(ancestor: str, phase: str, parents: Parents) -> bool:
    """Return whether ``ancestor`` is above ``phase`` in the breakdown."""
    above = parents.get(phase)
    seen = {phase}
    while above is not None and above not in seen:
        if above == ancestor:
            return True
        seen.add(above)
        above = parents.get(above)
    return False


def cycle_closed_by(
    pred: str, succ: str, parents: Parents, links: Iterable[Ends]
) -> tuple[str, ...] | None:
    """Return the cycle that one more link would close, from ``pred`` on; None if it closes none.

    Each id follows from the one before it, by a link or by the breakdown; the first follows from
    the last. A link to itself or to an ancestor is such a cycle. The time is that of a search from
    ``succ``.
    """
    sides = _Sides(parents, links)
    goal = sides.exit(pred)
    came_from: dict[Side, Side | None] = {sides.entry(succ): None}
    waiting = [sides.entry(succ)]
    while waiting:
        side = waiting.pop()
        if side == goal:
            return _named(pred, side, came_from)
        for follower in sides.followers(side):
            if follower not in came_from:
                came_from[follower] = side
                waiting.append(follower)
    return None


def find_cycle(parents: Parents, links: Iterable[Ends]) -> tuple[str, ...] | None:
    """Return a cycle of the whole network, ids in order, or None; linear in phases and links."""
    sides = _Sides(parents, links)
    predecessors: dict[Side, list[Side]] = {side: [] for side in sides.all()}
    for side in list(predecessors):
        for follower in sides.followers(side):
            predecessors.setdefault(follower, []).append(side)
    open_count = {side: len(before) for side, before in predecessors.items()}
    ready = [side for side, count in open_count.items() if count == 0]
    while ready:
        side = ready.pop()
        del open_count[side]
        for follower in sides.followers(side):
            open_count[follower] -= 1
            if open_count[follower] == 0:
                ready.append(follower)
    if not open_count:
        return None
    # Every side left has a predecessor left, so a walk backwards must come round.
    side = min(open_count)
    walked: dict[Side, int] = {}
    while side not in walked:
        walked[side] = len(walked)
        side = min(before for before in predecessors[side] if before in open_count)
    loop = list(walked)[walked[side] :]
    return _without_repeats([phase for phase, _ in reversed(loop)])


class _Sides:
    """The links and the breakdown as one graph of entries and exits."""

    def __init__(self, parents: Parents, links: Iterable[Ends]) -> None:
        self._parents = parents
        self._children: dict[str, list[str]] = {}
        for phase, parent in parents.items():
            if parent is not None:
                self._children.setdefault(parent, []).append(phase)
        self._successors: dict[str, list[str]] = {}
        for pred, succ in links:
            self._successors.setdefault(pred, []).append(succ)

    def entry(self, phase: str) -> Side:
        return phase, phase not in self._children

    def exit(self, phase: str) -> Side:
        return phase, True

    def all(self) -> Iterable[Side]:
        for phase in self._parents:
            yield self.exit(phase)
            if phase in self._children:
                yield self.entry(phase)

    def followers(self, side: Side) -> Iterable[Side]:
        phase, is_exit = side
        if not is_exit:
            for child in self._children[phase]:
                yield self.entry(child)
            return
        for succ in self._successors.get(phase, ()):
            yield self.entry(succ)
        parent = self._parents.get(phase)
        if parent is not None:
            yield self.exit(parent)


def _named(pred: str, last: Side, came_from: Mapping[Side, Side | None]) -> tuple[str, ...]:
    path = []
    side: Side | None = last
    while side is not None:
        path.append(side[0])
        side = came_from[side]
    return _without_repeats([pred, *reversed(path)])


def _without_repeats(path: list[str]) -> tuple[str, ...]:
    """Drop what stands twice in a row, also over the end: the two sides of a summary."""
    kept = [phase for index, phase in enumerate(path) if index == 0 or path[index - 1] != phase]
    while len(kept) > 1 and kept[0] == kept[-1]:
        kept.pop()
    return tuple(kept)
