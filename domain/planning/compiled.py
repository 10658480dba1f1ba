"""A network ready to be computed: its structure, and what each phase says of its own dates."""

from typing import Final

from domain.kernel.minutes import Minute
from domain.planning.network import Activity, Bound, Driver, Network
from domain.planning.structure import Arc, Structure

NEVER: Final = -(1 << 62)
ALWAYS: Final = 1 << 62

PLANNED, PINNED, STARTED, FINISHED, EFFORT, SUMMARY = range(6)
"""What decides a phase's dates: logic, a typed date, progress, actuals, others' dates, children."""

FROM_PROJECT_START: Final = Driver("project_start")
FROM_DATA_DATE: Final = Driver("data_date")
FROM_ACTUAL: Final = Driver("actual")


class Compiled(Structure):
    """The structure and, by phase number, what holds a phase apart from its links.

    ``base_work`` is the coordinate before which its work cannot begin, ``base_clock`` the instant
    that says so, ``length`` the work to do. ``finish_bound`` is the instant before which it cannot
    finish; of a summary, ``gate_bound`` that before which nothing below it can start.
    """

    __slots__ = (
        "_data_date", "_working", "alap", "base_clock", "base_driver", "base_work", "end_bounds",
        "finish_bound", "finish_driver", "gate_bound", "gate_driver", "gated", "has_exits",
        "latest_work", "length", "mode", "msproject", "retained", "typed",
    )  # fmt: skip

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        count = len(self.ids)
        self.msproject = network.policy.is_msproject
        self.retained = self.msproject or network.policy.out_of_sequence == "retained_logic"
        self.mode = [PLANNED] * count
        self.length = [activity.duration_min for activity in self.activities]
        self.base_clock = [NEVER] * count
        self.base_work = [NEVER] * count
        self.base_driver = [FROM_PROJECT_START] * count
        self.finish_bound = [NEVER] * count
        self.finish_driver = [FROM_PROJECT_START] * count
        self.gate_bound = [NEVER] * count
        self.gate_driver = [FROM_PROJECT_START] * count
        self.end_bounds: dict[int, tuple[Minute, Driver]] = {}
        """Phases that end a summary which may not finish before an instant."""
        self.latest_work: dict[int, int] = {}
        """The coordinate at which a phase starts at the latest, whatever it follows (msproject)."""
        self.typed = [False] * count
        """Whether a date that somebody typed may hold a phase's late dates."""
        self.alap: set[int] = set()
        """Phases that wait for the last moment that moves no other."""
        self._working: list[int] | None = None
        self.read_all()
        self.gated = [False] * count
        """Summaries below which a start bound from above counts."""
        self._mark_gated()
        self.has_exits = any(
            self.outgoing[summary] or self.activities[summary].constraint is not None
            for summary in self.gate_arcs
        )
        """Whether what follows a summary, or its own constraint, may hold those below it."""

    def read_all(self) -> None:
        """Take over what every activity says of itself, and the network's own dates."""
        for number in self.gate_arcs:
            activity = self.activities[number]
            constraint = activity.constraint
            if constraint is not None and constraint.kind == "FNET":
                bound = constraint.at or NEVER, Driver("parent", activity.id)
                for end in self.ending(number):
                    self.end_bounds[end] = max(bound, self.end_bounds.get(end, bound))
        network = self.network
        self._data_date = None if self.msproject else network.data_date
        clock, driver = network.project_start, FROM_PROJECT_START
        if self._data_date is not None and self._data_date >= clock:
            clock, driver = self._data_date, FROM_DATA_DATE
        works = {axis: axis.works[clock] for axis in set(self.axes)}
        children, end_bounds, has_deadlines = self.children, self.end_bounds, self.msproject
        for number, activity in enumerate(self.activities):
            if (
                activity.constraint is None
                and activity.actual_start is None
                and activity.actual_finish is None
                and not activity.earliest
                and not children[number]
                and activity.kind != "level_of_effort"
                and number not in end_bounds
                and not (has_deadlines and activity.deadline is not None)
            ):
                # Most phases of a plan say nothing but how long they take.
                self.mode[number], self.length[number] = PLANNED, activity.duration_min
                self.base_clock[number], self.base_driver[number] = clock, driver
                self.base_work[number] = works[self.axes[number]]
                self.finish_bound[number] = NEVER
                self._forget_typed(number)
            else:
                self.read_activity(number)

    @property
    def working(self) -> list[int]:
        """The phases whose ends make the project's: level of effort only where nothing else is."""
        if self._working is None:
            leaves = [number for number, below in enumerate(self.children) if not below]
            self._working = [n for n in leaves if self.mode[n] != EFFORT] or leaves
        return self._working

    def read_activity(self, number: int) -> None:
        """Take over what one activity says of itself: bounds, progress, constraint."""
        activity = self.activities[number]
        self.finish_bound[number] = NEVER
        self._forget_typed(number)
        self.typed[number] = activity.constraint is not None or (
            self.msproject and activity.deadline is not None
        )
        if activity.kind == "level_of_effort":
            self._working = None  # Once it has ended it is like any other work.
        if self.children[number]:
            self._read_summary(number, activity)
            return
        if ended_at(activity) is not None:
            self.mode[number] = FINISHED
            self.length[number] = activity.duration_min
            self.base_driver[number] = FROM_ACTUAL
            return
        if activity.kind == "level_of_effort":
            self._read_planned(number, activity)
            self.mode[number] = EFFORT
        elif activity.actual_start is not None:
            self._read_started(number, activity, activity.actual_start)
        else:
            self._read_planned(number, activity)
        constraint = activity.constraint
        if constraint and constraint.kind == "ALAP" and self.mode[number] == PLANNED:
            self.alap.add(number)
        above = self.end_bounds.get(number)
        if above is not None and above[0] > self.finish_bound[number]:
            self.finish_bound[number], self.finish_driver[number] = above

    def _forget_typed(self, number: int) -> None:
        self.typed[number] = False
        self.alap.discard(number)
        self.latest_work.pop(number, None)

    def begin_at(self, number: int, work: int, driver: Driver) -> None:
        """Let a phase begin at a coordinate where that is later than what holds it already."""
        if work > self.base_work[number]:
            self.base_work[number], self.base_driver[number] = work, driver
            self.base_clock[number] = self.axes[number].starts[work]

    def has_room(self, number: int) -> bool:
        """Return whether a phase may end where a period ends.

        What has no length is shown where it starts, and nothing starts where work ends; but a
        milestone of Microsoft Project may stay there.
        """
        return self.msproject or self.length[number] > 0

    def actual_dates(self, number: int) -> tuple[Minute, Minute]:
        """Return start and finish of a finished phase; an unknown start is the finish less work."""
        activity = self.activities[number]
        finish = ended_at(activity)
        if finish is None:
            msg = f"{activity.id} has not ended"
            raise AssertionError(msg)
        start = activity.actual_start
        if start is None:
            start = self.own[number].subtract(finish, activity.duration_min)
        return start, finish

    def ignored(self, arc: Arc) -> bool:
        """Return whether a started successor no longer follows this arc.

        Out of sequence; under msproject no started phase follows any link.
        """
        if self.msproject:
            return self.mode[arc.succ] == STARTED
        if self.retained or self.mode[arc.succ] != STARTED:
            return False
        if arc.to_finish and self.network.policy.out_of_sequence == "progress_override":
            return False
        if arc.from_start:
            return not any(
                self.activities[leaf].actual_start is not None for leaf in self.leaves(arc.pred)
            )
        return any(self.mode[leaf] != FINISHED for leaf in self.leaves(arc.pred))

    def _read_planned(self, number: int, activity: Activity) -> None:
        network, axis = self.network, self.axes[number]
        self.mode[number] = PLANNED
        self.length[number] = activity.duration_min
        clock, driver = network.project_start, FROM_PROJECT_START
        if self._data_date is not None and self._data_date >= clock:
            clock, driver = self._data_date, FROM_DATA_DATE
        constraint = activity.constraint
        if constraint is not None and constraint.at is not None:
            kind, at = constraint.kind, constraint.at
            if kind in {"MSO", "MFO"}:
                self._pin(number, axis.works[at] - (activity.duration_min if kind == "MFO" else 0))
                return
            if kind == "SNET" and at >= clock:
                clock, driver = at, Driver("constraint", kind)
            elif kind == "FNET":
                self.finish_bound[number] = at
                self.finish_driver[number] = Driver("constraint", kind)
            elif self.msproject and kind in {"SNLT", "FNLT"}:
                length = activity.duration_min if kind == "FNLT" else 0
                self.latest_work[number] = axis.works[at] - length
        bound = _latest(activity.earliest)
        if bound is not None and bound.at >= clock:
            clock, driver = bound.at, Driver(bound.kind, bound.ref)
        self.base_clock[number], self.base_driver[number] = clock, driver
        self.base_work[number] = axis.works[clock]

    def _pin(self, number: int, work: int) -> None:
        """Let a phase begin where it must, but not before the data date."""
        self.mode[number] = PINNED
        axis, data_date = self.axes[number], self._data_date
        if data_date is not None and axis.works[data_date] > work:
            self.base_clock[number], self.base_driver[number] = data_date, FROM_DATA_DATE
            self.base_work[number] = axis.works[data_date]
            return
        constraint = self.activities[number].constraint
        self.base_clock[number], self.base_work[number] = axis.starts[work], work
        self.base_driver[number] = Driver("constraint", constraint.kind if constraint else "")

    def _read_started(self, number: int, activity: Activity, start: Minute) -> None:
        network, axis = self.network, self.axes[number]
        self.mode[number] = STARTED
        if self.msproject:
            self._go_on(number, activity, start)
            return
        clock, driver = start, FROM_ACTUAL
        if network.data_date is not None and network.data_date > clock:
            clock, driver = network.data_date, FROM_DATA_DATE
        bound = _latest(activity.earliest)
        if bound is not None and bound.at > clock:
            clock, driver = bound.at, Driver(bound.kind, bound.ref)
        work = axis.works[clock]
        self.base_clock[number], self.base_driver[number] = clock, driver
        self.base_work[number] = work
        if activity.remaining_min is not None:
            self.length[number] = activity.remaining_min
        elif activity.expected_finish is not None:
            self.length[number] = max(0, axis.works[activity.expected_finish] - work)
        else:
            self.length[number] = activity.duration_min
        self._hold_finish(number, activity)

    def _go_on(self, number: int, activity: Activity, start: Minute) -> None:
        """Let what has started go on from its start, the rest right after what is done."""
        axis = self.axes[number]
        begun = axis.works[start]
        if activity.remaining_min is None and activity.expected_finish is not None:
            done, rest = 0, max(0, axis.works[activity.expected_finish] - begun)
        else:
            full, left = activity.duration_min, activity.remaining_min
            rest = full if left is None else left
            done = max(0, full - rest)
        self.base_work[number], self.length[number] = begun + done, rest
        self.base_clock[number] = axis.starts[begun + done] if done else start
        self.base_driver[number] = FROM_ACTUAL
        self._hold_finish(number, activity)

    def _hold_finish(self, number: int, activity: Activity) -> None:
        """Let a started phase end no earlier than its constraint says."""
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

    def _mark_gated(self) -> None:
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


def ended_at(activity: Activity) -> Minute | None:
    """Return when a phase ended; a milestone has no time between its start and its finish."""
    point = activity.duration_min == 0 and activity.kind != "level_of_effort"
    if activity.actual_finish is None and point:
        return activity.actual_start
    return activity.actual_finish


def _latest(bounds: tuple[Bound, ...]) -> Bound | None:
    """Return the bound that holds longest, of equal ones the first by name."""
    return min(bounds, key=lambda each: (-each.at, each.kind, each.ref), default=None)
