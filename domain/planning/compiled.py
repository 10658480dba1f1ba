"""The network as integer columns: one number per phase, its links as arcs, nodes in order.

A phase is its place among the sorted ids. A phase without children is one node; a summary ``s`` of
``n`` phases has two, its exit ``s`` (after its children) and its gate ``n + s`` (before them), so
that links to and from a summary are ordinary arcs.

Links on summaries mean: finish-to-start and start-to-start onto a summary hold back everything
below it; finish-to-finish and start-to-finish onto it hold back the phases that end it, those
without a successor inside it; links from a summary follow its first start or last finish. A start-
or finish-no-earlier-than on a summary does the same.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from domain.kernel.calendar import ELAPSED, Minute, WorkAxis
from domain.planning.acyclic import find_cycle
from domain.planning.network import (
    Activity,
    Bound,
    Driver,
    Link,
    Network,
    PlanningError,
)

NEVER: Final = -(1 << 62)
ALWAYS: Final = 1 << 62
FULL_SHARE_BP: Final = 10_000

PLANNED, PINNED, STARTED, FINISHED, EFFORT, SUMMARY = range(6)
"""What decides a phase's dates: logic, a typed date, progress, actuals, others' dates, children."""


class Arc(NamedTuple):
    """A link between two nodes; ``same`` if no clock is needed to carry a coordinate over."""

    pred: int
    succ: int
    from_start: bool
    to_finish: bool
    same: bool
    lag_axis: WorkAxis
    number: int


class Compiled:
    """A network's columns, indexed by phase number; what progress says is kept up to date here."""

    __slots__ = (
        "_ends", "activities", "axes", "base_clock", "base_driver", "base_work", "children",
        "clocked", "finish_bound", "finish_driver", "gate_arcs", "gate_bound", "gate_driver",
        "gated", "ids", "incoming", "index", "lags", "length", "links", "mode", "network",
        "order", "outgoing", "own", "parent", "rank",
    )  # fmt: skip

    def __init__(self, network: Network) -> None:
        self.network = network
        self.activities: list[Activity] = sorted(network.activities, key=lambda each: each.id)
        self.links: list[Link] = sorted(network.links, key=lambda each: each.id)
        self.ids = [activity.id for activity in self.activities]
        self.index = {each: number for number, each in enumerate(self.ids)}
        if len(self.index) < len(self.ids):
            twice = next(a for a, b in zip(self.ids, self.ids[1:], strict=False) if a == b)
            msg = f"two phases are called {twice}"
            raise PlanningError(msg, "duplicate_id", (twice,))
        count = len(self.ids)
        self.parent = [-1] * count
        self.children: list[list[int]] = [[] for _ in range(count)]
        self._connect_tree()
        self._ends: dict[int, tuple[int, ...]] = {}
        self.own: list[WorkAxis] = []
        self.axes: list[WorkAxis] = []
        self._choose_axes()
        self.mode = [PLANNED] * count
        self.length = [0] * count
        self.base_clock = [NEVER] * count
        self.base_work = [NEVER] * count
        self.base_driver = [Driver("project_start")] * count
        self.finish_bound = [NEVER] * count
        self.finish_driver = [Driver("constraint", "FNET")] * count
        self.gate_bound = [NEVER] * count
        self.gate_driver = [Driver("parent")] * count
        for number in range(count):
            self.read_activity(number)
        self.incoming: list[list[Arc]] = [[] for _ in range(count)]
        self.outgoing: list[list[Arc]] = [[] for _ in range(count)]
        self.gate_arcs: list[list[Arc]] = [[] for _ in range(count)]
        self.lags = [0] * len(self.links)
        self._connect_links()
        self.gated = [False] * count
        self.order = self._sort()
        self.rank = [0] * (2 * count)
        for place, node in enumerate(self.order):
            self.rank[node] = place
        self._mark_gated()
        self.clocked = [False] * count
        self._mark_clocked()

    def read_activity(self, number: int) -> None:
        """Take over what an activity says of itself: bounds, progress, constraint."""
        activity = self.activities[number]
        if self.children[number]:
            self._read_summary(number, activity)
        elif _ended(activity) is not None:
            self.mode[number] = FINISHED
            self.length[number] = activity.duration_min
            self.base_driver[number] = Driver("actual")
        elif activity.kind == "level_of_effort":
            self._read_planned(number, activity)
            self.mode[number] = EFFORT
        elif activity.actual_start is not None:
            self._read_started(number, activity)
        else:
            self._read_planned(number, activity)

    def actual_dates(self, number: int) -> tuple[Minute, Minute]:
        """Return start and finish of a finished phase; an unknown start is the finish less work."""
        activity = self.activities[number]
        finish = _ended(activity)
        if finish is None:
            msg = f"{activity.id} has not ended"
            raise AssertionError(msg)
        start = activity.actual_start
        if start is None:
            start = self.own[number].subtract(finish, activity.duration_min)
        return start, finish

    def set_lag(self, number: int, pred_duration_min: int) -> None:
        """Work out a link's lag in minutes; a share is of the predecessor's duration."""
        link = self.links[number]
        if link.unit == "percent_of_pred":
            share = abs(link.lag) * pred_duration_min
            minutes = (share + FULL_SHARE_BP // 2) // FULL_SHARE_BP
            self.lags[number] = minutes if link.lag >= 0 else -minutes
        else:
            self.lags[number] = link.lag

    def lags_follow_span(self, number: int) -> bool:
        """Return whether a link's lag is a share of its predecessor's duration."""
        return self.links[number].unit == "percent_of_pred"

    def ignored(self, arc: Arc) -> bool:
        """Return whether a started successor no longer follows this arc (out of sequence)."""
        rule = self.network.policy.out_of_sequence
        if rule == "retained_logic" or self.mode[arc.succ] != STARTED:
            return False
        if rule == "progress_override" and arc.to_finish:
            return False
        if arc.from_start:
            return not any(
                self.activities[leaf].actual_start is not None for leaf in self.leaves(arc.pred)
            )
        return any(self.mode[leaf] != FINISHED for leaf in self.leaves(arc.pred))

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

    def _connect_tree(self) -> None:
        for number, activity in enumerate(self.activities):
            if activity.parent is not None:
                parent = self._number(activity.parent, f"the parent of {activity.id}")
                self.parent[number] = parent
                self.children[parent].append(number)

    def _choose_axes(self) -> None:
        axes = {key: calendar.axis for key, calendar in self.network.calendars.items()}
        elapsed = ELAPSED.axis
        for activity in self.activities:
            key = activity.calendar or self.network.default_calendar
            if key not in axes:
                msg = f"{activity.id} works by calendar {key}, which the network does not have"
                raise PlanningError(msg, "unknown_subject", (activity.id,))
            self.own.append(axes[key])
            # A finish milestone keeps its instant, so it lives on the clock.
            point = activity.kind == "finish_ms" and activity.duration_min == 0
            self.axes.append(elapsed if point else axes[key])

    def _read_planned(self, number: int, activity: Activity) -> None:
        network, axis = self.network, self.axes[number]
        self.mode[number] = PLANNED
        self.length[number] = activity.duration_min
        clock, driver = network.project_start, Driver("project_start")
        if network.data_date is not None and network.data_date >= clock:
            clock, driver = network.data_date, Driver("data_date")
        constraint = activity.constraint
        kind, at = (constraint.kind, constraint.at) if constraint else ("ASAP", None)
        self.finish_bound[number] = NEVER
        if at is not None:
            if kind in {"MSO", "MFO"}:
                self.mode[number] = PINNED
                work = axis.work_at(at) - (activity.duration_min if kind == "MFO" else 0)
                if network.data_date is None or axis.work_at(network.data_date) <= work:
                    self.base_clock[number], self.base_work[number] = axis.start_at(work), work
                    self.base_driver[number] = Driver("constraint", kind)
                    return
                clock, driver = network.data_date, Driver("data_date")
            elif kind == "SNET" and at >= clock:
                clock, driver = at, Driver("constraint", kind)
            elif kind == "FNET":
                self.finish_bound[number] = at
                self.finish_driver[number] = Driver("constraint", kind)
        bound = _latest(activity.earliest)
        if bound is not None and self.mode[number] != PINNED and bound.at >= clock:
            clock, driver = bound.at, Driver(bound.kind, bound.ref)
        self.base_clock[number], self.base_driver[number] = clock, driver
        self.base_work[number] = axis.work_at(clock)

    def _read_started(self, number: int, activity: Activity) -> None:
        network, axis = self.network, self.axes[number]
        self.mode[number] = STARTED
        self.finish_bound[number] = NEVER
        clock, driver = activity.actual_start or NEVER, Driver("actual")
        if network.data_date is not None and network.data_date > clock:
            clock, driver = network.data_date, Driver("data_date")
        bound = _latest(activity.earliest)
        if bound is not None and bound.at > clock:
            clock, driver = bound.at, Driver(bound.kind, bound.ref)
        work = axis.work_at(clock)
        self.base_clock[number], self.base_driver[number] = clock, driver
        self.base_work[number] = work
        if activity.remaining_min is not None:
            self.length[number] = activity.remaining_min
        elif activity.expected_finish is not None:
            self.length[number] = max(0, axis.work_at(activity.expected_finish) - work)
        else:
            self.length[number] = activity.duration_min
        constraint = activity.constraint
        if constraint and constraint.at is not None and constraint.kind in {"FNET", "MFO"}:
            self.finish_bound[number] = constraint.at
            self.finish_driver[number] = Driver("constraint", constraint.kind)

    def _read_summary(self, number: int, activity: Activity) -> None:
        self.mode[number] = SUMMARY
        clock, driver = NEVER, Driver("parent", activity.id)
        constraint = activity.constraint
        if constraint and constraint.at is not None and constraint.kind == "SNET":
            clock = constraint.at
        bound = _latest(activity.earliest)
        if bound is not None and bound.at > clock:
            clock, driver = bound.at, Driver(bound.kind, bound.ref)
        self.gate_bound[number], self.gate_driver[number] = clock, driver

    def _connect_links(self) -> None:
        seen: set[str] = set()
        for number, link in enumerate(self.links):
            if link.id in seen:
                msg = f"two links are called {link.id}"
                raise PlanningError(msg, "duplicate_id", (link.id,))
            seen.add(link.id)
            pred = self._number(link.pred, f"the predecessor of link {link.id}")
            succ = self._number(link.succ, f"the successor of link {link.id}")
            self.set_lag(number, self.activities[pred].duration_min)
            if self.activities[pred].kind == "level_of_effort":
                continue  # Level of effort drives nothing.
            lag_axis = self._lag_axis(link, pred, succ)
            from_start, to_finish = link.type in {"SS", "SF"}, link.type in {"FF", "SF"}
            for end in self._ending(succ) if to_finish else (succ,):
                # From a start to a finish goes by the clock: a start on Monday morning is not
                # shown as a finish on Friday evening.
                same = (
                    not (from_start and to_finish)
                    and not self.children[pred]
                    and not self.children[end]
                    and self.axes[pred] is self.axes[end]
                    and (link.lag == 0 or lag_axis is self.axes[end])
                )
                arc = Arc(pred, end, from_start, to_finish, same, lag_axis, number)
                self.outgoing[pred].append(arc)
                (self.gate_arcs if self.children[end] else self.incoming)[end].append(arc)
        for number, activity in enumerate(self.activities):
            constraint = activity.constraint
            if self.children[number] and constraint and constraint.kind == "FNET":
                self._bound_the_ends(number, constraint.at or NEVER)

    def _bound_the_ends(self, summary: int, at: Minute) -> None:
        for end in self._ending(summary):
            if at > self.finish_bound[end] and self.mode[end] in {PLANNED, STARTED}:
                self.finish_bound[end] = at
                self.finish_driver[end] = Driver("parent", self.ids[summary])

    def _lag_axis(self, link: Link, pred: int, succ: int) -> WorkAxis:
        if link.unit == "elapsed_min":
            return ELAPSED.axis
        match link.calendar or self.network.policy.lag_calendar:
            case "pred":
                return self.own[pred]
            case "succ":
                return self.own[succ]
            case "project":
                return self.network.calendars[self.network.default_calendar].axis
            case _:
                return ELAPSED.axis

    def _ending(self, number: int) -> tuple[int, ...]:
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

    def _followers(self, node: int) -> Iterator[int]:
        count = len(self.ids)
        if node >= count:
            for child in self.children[node - count]:
                yield child + count if self.children[child] else child
            return
        for arc in self.outgoing[node]:
            yield arc.succ + count if self.children[arc.succ] else arc.succ
        if self.parent[node] >= 0:
            yield self.parent[node]

    def _sort(self) -> list[int]:
        """Return all nodes in topological order."""
        count = len(self.ids)
        nodes = [*range(count), *(count + s for s in range(count) if self.children[s])]
        followers = {node: tuple(self._followers(node)) for node in nodes}
        open_count = [0] * (2 * count)
        for after in followers.values():
            for node in after:
                open_count[node] += 1
        order = [node for node in nodes if open_count[node] == 0]
        for node in order:
            for after_node in followers[node]:
                open_count[after_node] -= 1
                if open_count[after_node] == 0:
                    order.append(after_node)
        if len(order) < len(nodes):
            parents = {activity.id: activity.parent for activity in self.activities}
            cycle = find_cycle(parents, [(link.pred, link.succ) for link in self.links]) or ()
            msg = f"the links go round in a circle: {' → '.join(cycle[:12])}"
            raise PlanningError(msg, "cycle", cycle)
        return order

    def _mark_gated(self) -> None:
        """Mark summaries whose children must know a start bound from above."""
        count = len(self.ids)
        for node in self.order:
            if node >= count:
                summary = node - count
                above = self.parent[summary]
                self.gated[summary] = (
                    bool(self.gate_arcs[summary])
                    or self.gate_bound[summary] != NEVER
                    or (above >= 0 and self.gated[above])
                )

    def _mark_clocked(self) -> None:
        """Mark phases whose finish may be held by an instant instead of by their own calendar."""
        for node in self.order:
            if node < len(self.ids):
                self.clocked[node] = any(
                    arc.to_finish and (not arc.same or self.clocked[arc.pred])
                    for arc in self.incoming[node]
                )

    def _number(self, each: str, role: str) -> int:
        number = self.index.get(each)
        if number is None:
            msg = f"{role}, {each}, is no phase here"
            raise PlanningError(msg, "unknown_subject", (each,))
        return number


def _latest(bounds: tuple[Bound, ...]) -> Bound | None:
    """Return the bound that holds longest, of equal ones the first by name."""
    return min(bounds, key=lambda each: (-each.at, each.kind, each.ref), default=None)


def _ended(activity: Activity) -> Minute | None:
    point = activity.duration_min == 0 and activity.kind != "level_of_effort"
    if activity.actual_finish is None and point:
        return activity.actual_start  # A milestone has no time between start and finish.
    return activity.actual_finish
