"""What a network is made of, as integer columns: who is below whom, which arcs, in which order.

A phase is its place among the sorted ids. A phase without children is one node; a summary ``s`` of
``n`` phases has two, its exit ``s`` (after its children) and its gate ``n + s`` (before them), so
that links to and from a summary are ordinary arcs.

Links on summaries mean: finish-to-start and start-to-start onto a summary hold back everything
below it; finish-to-finish and start-to-finish onto it hold back the phases that end it, those
without a successor inside it; links from a summary follow its first start or last finish.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from operator import attrgetter, itemgetter
from typing import Final, NamedTuple, NoReturn

from domain.kernel.calendar import ELAPSED
from domain.kernel.work_axis import WorkAxis
from domain.planning.acyclic import find_cycle
from domain.planning.network import (
    Activity,
    Driver,
    LagCalendar,
    LinkType,
    Network,
    PlanningError,
)

FULL_SHARE_BP: Final = 10_000

_ENDS: Final[dict[LinkType, tuple[bool, bool]]] = {
    "FS": (False, False),
    "SS": (True, False),
    "FF": (False, True),
    "SF": (True, True),
}
_BY_ID: Final = attrgetter("id")
_PRED: Final = itemgetter(0)
_SUCC: Final = itemgetter(1)
_new: Final = tuple.__new__


WITHIN, ACROSS, OTHERWISE = range(3)
"""How an arc is carried over; the first two from a finish to a start, as nearly every link goes.

Within a calendar it is an addition. Across calendars it is an addition on the predecessor's, whose
lag is not negative, and the clock. Otherwise see the arc.
"""


class Arc(NamedTuple):
    """A link between two nodes; ``same`` if no clock is needed to carry a coordinate over."""

    pred: int
    succ: int
    from_start: bool
    to_finish: bool
    same: bool
    lag_axis: WorkAxis
    number: int
    way: int = OTHERWISE


class Structure:
    """Columns by phase number, and arcs: everything that dates and progress do not change."""

    __slots__ = (
        "_drivers", "_elapsed", "_ends", "activities", "axes", "children", "clocked", "gate_arcs",
        "ids", "incoming", "index", "lags", "links", "network", "order", "outgoing", "own",
        "parent",
    )  # fmt: skip

    def __init__(self, network: Network) -> None:
        self.network = network
        self.activities: list[Activity] = sorted(network.activities, key=_BY_ID)
        self.links = network.links
        self.ids = [activity.id for activity in self.activities]
        _refuse_repeats(self.ids, "phases")
        _refuse_repeats([link.id for link in self.links], "links")
        count = len(self.ids)
        self.index = dict(zip(self.ids, range(count), strict=True))
        self.parent = [-1] * count
        self.children: list[Sequence[int]] = [()] * count
        self._connect_tree()
        self._elapsed = ELAPSED.axis
        self.own: list[WorkAxis] = []
        self.axes: list[WorkAxis] = []
        self._choose_axes()
        self.incoming: list[list[Arc]] = [[] for _ in range(count)]
        self.outgoing: list[list[Arc]] = [[] for _ in range(count)]
        self.gate_arcs: dict[int, list[Arc]] = {
            number: [] for number, below in enumerate(self.children) if below
        }
        """Arcs onto summaries."""
        self.lags = [link.lag for link in self.links]
        self._drivers: list[Driver | None] = [None] * len(self.links)
        self._ends: dict[int, tuple[int, ...]] = {}
        self.clocked: set[int] = set()
        """Phases whose finish may be held by an instant instead of by their own calendar."""
        self._connect_links()
        self._put_in_order()
        self.order = self._sort()
        self._spread_clocks()

    def leaves(self, number: int) -> Iterator[int]:
        """Yield the phases without children below a phase, or itself."""
        waiting = [number]
        while waiting:
            each = waiting.pop()
            below = self.children[each]
            if below:
                waiting.extend(below)
            else:
                yield each

    def followers(self, node: int) -> Iterable[int]:
        """Return the nodes that are computed from a node, forwards."""
        if not self.gate_arcs:
            return map(_SUCC, self.outgoing[node])
        count = len(self.ids)
        if node >= count:
            return [
                each + count if self.children[each] else each
                for each in self.children[node - count]
            ]
        nodes = [
            arc.succ + count if self.children[arc.succ] else arc.succ for arc in self.outgoing[node]
        ]
        if self.parent[node] >= 0:
            nodes.append(self.parent[node])
        return nodes

    def leaders(self, node: int) -> Iterable[int]:
        """Return the nodes that are computed from a node, backwards."""
        if not self.gate_arcs:
            return map(_PRED, self.incoming[node])
        count = len(self.ids)
        if node >= count:
            nodes = [arc.pred for arc in self.gate_arcs[node - count]]
            node -= count
        else:
            nodes = [arc.pred for arc in self.incoming[node]]
            nodes += self.children[node]
            if self.children[node]:
                return nodes
        if self.parent[node] >= 0:
            nodes.append(count + self.parent[node])
        return nodes

    def ending(self, number: int) -> tuple[int, ...]:
        """Return the phase itself, or those below it that no link leads on from inside it."""
        if not self.children[number]:
            return (number,)
        known = self._ends.get(number)
        if known is not None:
            return known
        inside = set(self.leaves(number))
        goes_on: set[int] = set()
        for link in self.links:
            pred, succ = self.index.get(link.pred, -1), self.index.get(link.succ, -1)
            if pred < 0 or succ < 0:
                continue
            if inside.issuperset(self.leaves(pred)) and inside.issuperset(self.leaves(succ)):
                goes_on.update(self.leaves(pred))
        self._ends[number] = ends = tuple(sorted(inside - goes_on))
        return ends

    def lag_follows_span(self, number: int) -> bool:
        """Return whether a link's lag is a share of its predecessor's duration."""
        return self.links[number].unit == "percent_of_pred"

    def driver_by(self, number: int) -> Driver:
        """Return a link as what drives its successor."""
        known = self._drivers[number]
        if known is None:
            known = self._drivers[number] = Driver("predecessor", self.links[number].id)
        return known

    def set_share(self, number: int, pred_duration_min: int) -> None:
        """Work out in minutes a lag that is a share of the predecessor's duration."""
        share = self.links[number].lag
        minutes = (abs(share) * pred_duration_min + FULL_SHARE_BP // 2) // FULL_SHARE_BP
        self.lags[number] = minutes if share >= 0 else -minutes

    def _connect_tree(self) -> None:
        children: dict[int, list[int]] = {}
        for number, activity in enumerate(self.activities):
            name = activity.parent
            if name is not None:
                parent = self.index.get(name)
                if parent is None:
                    _refuse_unknown(name, f"the parent of {activity.id}")
                self.parent[number] = parent
                children.setdefault(parent, []).append(number)
        for parent, below in children.items():
            self.children[parent] = below

    def _choose_axes(self) -> None:
        axes = {key: calendar.axis for key, calendar in self.network.calendars.items()}
        default, own = self.network.default_calendar, self.own
        for activity in self.activities:
            key = activity.calendar or default
            axis = axes.get(key)
            if axis is None:
                msg = f"{activity.id} works by calendar {key}, which the network does not have"
                raise PlanningError(msg, "unknown_subject", (activity.id,))
            own.append(axis)
        self.axes = own[:]
        for number, activity in enumerate(self.activities):
            if activity.kind == "finish_ms" and keeps_its_instant(activity):
                self.axes[number] = self._elapsed

    def _connect_links(self) -> None:  # noqa: C901  One hot loop.
        index, axes, own, children = self.index, self.axes, self.own, self.children
        incoming, outgoing, activities = self.incoming, self.outgoing, self.activities
        default, elapsed = self.network.policy.lags_run_on, self._elapsed
        no_driver = {n for n, each in enumerate(activities) if each.kind == "level_of_effort"}
        has_summaries, find = bool(self.gate_arcs), index.get
        for number, link in enumerate(self.links):
            pred, succ = find(link.pred), find(link.succ)
            if pred is None or succ is None:
                if pred is None:
                    _refuse_unknown(link.pred, f"the predecessor of link {link.id}")
                _refuse_unknown(link.succ, f"the successor of link {link.id}")
            lag, unit = link.lag, link.unit
            if unit == "percent_of_pred":
                self.set_share(number, activities[pred].duration_min)
            if pred in no_driver:
                continue  # Level of effort drives nothing.
            axis = axes[pred]
            lag_axis = elapsed
            if unit != "elapsed_min":
                calendar = link.calendar or default
                lag_axis = own[pred] if calendar == "pred" else self._lag_axis(calendar, succ)
            from_start, to_finish = _ENDS[link.type]
            if has_summaries and (children[pred] or children[succ]):
                self._connect_summary(
                    Arc(pred, succ, from_start, to_finish, False, lag_axis, number)
                )
                continue
            # From a start to a finish goes by the clock: a start on Monday morning is not shown as
            # a finish on Friday evening.
            same = (
                axis is axes[succ]
                and (not lag or lag_axis is axis)
                and not (from_start and to_finish)
            )
            way = OTHERWISE
            if not (from_start or to_finish):
                if same:
                    way = WITHIN
                elif not lag or (lag > 0 and lag_axis is axis):
                    way = ACROSS
            arc = _new(Arc, (pred, succ, from_start, to_finish, same, lag_axis, number, way))
            outgoing[pred].append(arc)
            incoming[succ].append(arc)
            if to_finish and not same:
                self.clocked.add(succ)

    def _put_in_order(self) -> None:
        """Sort by the links' ids what is walked in order: of equal bounds the first drives."""
        links = self.links
        spans = (n for n, each in enumerate(self.activities) if each.kind == "level_of_effort")
        for arcs in chain(map(self.incoming.__getitem__, spans), self.gate_arcs.values()):
            arcs.sort(key=lambda arc: links[arc.number].id)

    def _connect_summary(self, arc: Arc) -> None:
        """Connect an arc of which an end is a summary."""
        for end in self.ending(arc.succ) if arc.to_finish else (arc.succ,):
            each = arc._replace(succ=end)
            self.outgoing[arc.pred].append(each)
            (self.gate_arcs[end] if self.children[end] else self.incoming[end]).append(each)
            if arc.to_finish:
                self.clocked.add(end)

    def _lag_axis(self, calendar: LagCalendar, succ: int) -> WorkAxis:
        if calendar == "succ":
            return self.own[succ]
        if calendar == "project":
            return self.network.calendars[self.network.default_calendar].axis
        return self._elapsed

    def _sort(self) -> list[int]:
        """Return all nodes in topological order."""
        count = len(self.ids)
        gates = [count + number for number in self.gate_arcs]
        open_count = [len(arcs) for arcs in self.incoming]
        if gates:
            self._count_tree(open_count)
        order = [node for node in (*range(count), *gates) if open_count[node] == 0]
        outgoing = self.outgoing
        for node in order:
            for each in self.followers(node) if gates else map(_SUCC, outgoing[node]):
                left = open_count[each] = open_count[each] - 1
                if not left:
                    order.append(each)
        if len(order) < count + len(gates):
            parents = {activity.id: activity.parent for activity in self.activities}
            cycle = find_cycle(parents, [(link.pred, link.succ) for link in self.links]) or ()
            msg = f"the links go round in a circle: {' → '.join(cycle[:12])}"
            raise PlanningError(msg, "cycle", cycle)
        return order

    def _count_tree(self, open_count: list[int]) -> None:
        """Add to the nodes' predecessors those that the breakdown makes."""
        count = len(self.ids)
        open_count.extend([0] * count)
        for summary, arcs in self.gate_arcs.items():
            open_count[count + summary] += len(arcs)
            open_count[summary] += len(self.children[summary])
            for child in self.children[summary]:
                open_count[child + count if self.children[child] else child] += 1

    def _spread_clocks(self) -> None:
        """Let what is held by an instant be so for those it holds in turn."""
        waiting = sorted(self.clocked)
        while waiting:
            for arc in self.outgoing[waiting.pop()]:
                if arc.to_finish and arc.succ not in self.clocked:
                    self.clocked.add(arc.succ)
                    waiting.append(arc.succ)


def keeps_its_instant(activity: Activity) -> bool:
    """Return whether a phase is a finish milestone, which lives on the clock."""
    return activity.kind == "finish_ms" and activity.duration_min == 0


def _refuse_repeats(ids: list[str], what: str) -> None:
    if len(set(ids)) == len(ids):
        return
    for one, other in pairwise(sorted(ids)):
        if one == other:
            msg = f"two {what} are called {one}"
            raise PlanningError(msg, "duplicate_id", (one,))


def _refuse_unknown(name: str, role: str) -> NoReturn:
    msg = f"{role}, {name}, is no phase here"
    raise PlanningError(msg, "unknown_subject", (name,))
