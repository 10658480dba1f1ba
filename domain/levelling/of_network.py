"""Make of a project's network what is levelled: its unfinished work, links, needs and capacities.

Nothing starts before the critical path says, so every constraint, delivery and actual that the
schedule keeps is kept. What has ended is left out, what runs stays where it is, and the rest of
what was interrupted, or waits for others out of sequence, waits for its resources like any other
work. A summary is two points in time, before and after what lies below it, as in
`domain.planning.structure`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from domain.kernel.minutes import Minute
from domain.levelling.problem import Job, Precedence, Problem, Resource
from domain.network.project_network import ProjectNetwork
from domain.planning.compiled import NEVER, PINNED, PLANNED, STARTED, SUMMARY, Compiled
from domain.planning.early import EarlyDates
from domain.planning.network import LinkType, Network, Schedule
from domain.planning.structure import Arc

_GATE: Final = "/gate"
_EXIT: Final = "/exit"
"""A slash is in no phase's id."""
_TO_DO: Final = frozenset({PLANNED, PINNED, STARTED})
_TYPES: Final[Mapping[tuple[bool, bool], LinkType]] = {
    (False, False): "FS",
    (True, False): "SS",
    (False, True): "FF",
    (True, True): "SF",
}


class Shortage(NamedTuple):
    """A phase that needs more of a resource than there ever is: it is given all there is."""

    phase_id: str
    resource_id: str
    needs_milli: int
    most_milli: int


@dataclass(frozen=True, slots=True)
class Supply:
    """What phases need and what there is of it.

    ``without_capacity`` are resources that are needed and of which nobody said how much there is:
    they hold nothing back. Materials are used up, not held, and are left out.
    """

    resources: tuple[Resource, ...]
    demands: Mapping[str, tuple[tuple[str, int], ...]]
    shortages: tuple[Shortage, ...]
    without_capacity: tuple[str, ...]


@dataclass(slots=True)
class Settled:
    """What was learnt of the critical path beyond the links: dates by phase."""

    earliest: dict[str, Minute] = field(default_factory=dict)
    fixed: dict[str, Minute] = field(default_factory=dict)
    finishes: dict[str, Minute] = field(default_factory=dict)


def supply_of(project: ProjectNetwork) -> Supply:
    """Return what the project's phases need, and what there is of it over time."""
    resources, most = [], {}
    needed = {each for line in project.working_lines() for each, _ in line.requirements}
    without = set(needed)
    for line in project.resources.lines():
        steps = line.steps()
        if line.is_consumed or line.id not in needed:
            without.discard(line.id)
        elif steps:
            without.discard(line.id)
            most[line.id] = max(amount for _, amount in steps)
            resources.append(Resource(line.id, steps))
    demands: dict[str, tuple[tuple[str, int], ...]] = {}
    shortages = []
    for phase in project.working_lines():
        asked = [(each, milli) for each, milli in phase.requirements if each in most]
        if not asked or phase.known.has_ended:
            continue
        shortages += [
            Shortage(phase.id, each, milli, most[each])
            for each, milli in asked
            if milli > most[each]
        ]
        demands[phase.id] = tuple((each, min(milli, most[each])) for each, milli in asked)
    return Supply(tuple(resources), demands, tuple(shortages), tuple(sorted(without)))


def problem_of(
    project: ProjectNetwork,
    network: Network,
    schedule: Schedule,
    supply: Supply,
    settled: Settled,
    frozen_until: Minute | None,
) -> Problem:
    """Return a project's network as a levelling problem.

    ``network`` is the project's for planning and ``schedule`` its critical path. A phase that
    starts before ``frozen_until`` in the schedule is inside the frozen fence.
    """
    reader = _Reader(network, schedule)
    # As in Microsoft Project, what has begun is where it was reported.
    interrupted = {
        line.id
        for line in project.working_lines()
        if line.known.stage == "interrupted" and not network.policy.is_msproject
    }
    jobs = tuple(reader.jobs(supply, settled, interrupted))
    origin = min(
        (at for job in jobs for at in (job.earliest, job.fixed_start) if at is not None),
        default=network.project_start,
    )
    links = tuple(reader.links({job.id for job in jobs if job.fixed_start is None}))
    return Problem(
        jobs=(*jobs, *reader.points()),
        precedences=links,
        resources=supply.resources,
        origin=origin,
        frozen_until=frozen_until,
    )


class _Reader:
    """Reads jobs and links out of a compiled network, and notes which summaries they need."""

    def __init__(self, network: Network, schedule: Schedule) -> None:
        self._compiled = compiled = Compiled(network)
        self._schedule = schedule
        self._early = EarlyDates(compiled)
        self._early.run(compiled.order)
        self._gates: set[int] = set()
        self._exits: set[int] = set()

    def jobs(self, supply: Supply, settled: Settled, interrupted: set[str]) -> Iterator[Job]:
        """Yield what is still to be done, in the order of ids."""
        compiled = self._compiled
        for number, phase_id in enumerate(compiled.ids):
            mode = compiled.mode[number]
            if mode not in _TO_DO:
                continue
            has_begun = mode == STARTED
            begin = self._schedule.phases[phase_id].start
            if has_begun:
                begin = self._rest_begins(number)
            goes_on = has_begun and phase_id not in interrupted and not self._is_held(number)
            stays = mode == PINNED or goes_on or self._is_at_its_latest(number)
            fixed = settled.fixed.get(phase_id, begin if stays else None)
            yield Job(
                phase_id,
                compiled.length[number],
                supply.demands.get(phase_id, ()),
                compiled.axes[number],
                earliest_finish=settled.finishes.get(phase_id, self._finish_bound(number)),
                earliest=max(begin, settled.earliest.get(phase_id, begin)),
                fixed_start=fixed,
                published_start=begin,
            )

    def _is_at_its_latest(self, number: int) -> bool:
        """Return whether a date that somebody typed holds against whatever would delay a phase."""
        latest = self._compiled.latest_work.get(number)
        return latest is not None and self._early.begin_work[number] >= latest

    def _finish_bound(self, number: int) -> Minute | None:
        """Return before which instant a phase cannot finish, where its work alone does not say."""
        compiled = self._compiled
        axis, finish = compiled.axes[number], self._early.finish[number]
        if axis.finishes[axis.works[finish]] != finish:  # Free time lies before this end.
            return max(finish, compiled.finish_bound[number])
        return _known(compiled.finish_bound[number])

    def _rest_begins(self, number: int) -> Minute:
        """Return when work on what has begun goes on; nothing left to do is where it ends."""
        early = self._early
        return (early.begin if self._compiled.length[number] else early.finish)[number]

    def links(self, movable: set[str]) -> Iterator[Precedence]:
        """Yield the links onto what can move, those of summaries through their two points."""
        compiled = self._compiled
        for number, phase_id in enumerate(compiled.ids):
            if phase_id not in movable:
                continue
            for arc in compiled.incoming[number]:
                yield from self._link(arc, phase_id)
            yield from self._held_by_gate(compiled.parent[number], phase_id)
        yield from self._links_of_gates()
        for summary in sorted(self._exits):
            for leaf in compiled.leaves(summary):
                if compiled.mode[leaf] in _TO_DO:
                    yield Precedence(compiled.ids[leaf], compiled.ids[summary] + _EXIT)

    def _links_of_gates(self) -> Iterator[Precedence]:
        compiled = self._compiled
        waiting = sorted(self._gates)
        for summary in waiting:  # Gates above come behind those below.
            name = compiled.ids[summary] + _GATE
            for arc in compiled.gate_arcs[summary]:
                yield from self._link(arc, name)
            above = compiled.parent[summary]
            if above >= 0 and compiled.gated[above]:
                if above not in self._gates:
                    waiting.append(above)
                yield from self._held_by_gate(above, name)

    def points(self) -> Iterator[Job]:
        """Yield the points before and after summaries that links named, once they were read."""
        compiled = self._compiled
        for summary in sorted(self._gates):
            name = compiled.ids[summary] + _GATE
            yield Job(name, 0, earliest=_known(compiled.gate_bound[summary]))
        for summary in sorted(self._exits):
            yield Job(compiled.ids[summary] + _EXIT, 0)

    def _is_held(self, number: int) -> bool:
        """Return whether the rest of what has begun waits for others (retained logic)."""
        compiled = self._compiled
        parent = compiled.parent[number]
        if compiled.msproject:
            return False
        return (parent >= 0 and compiled.gated[parent]) or any(
            not compiled.ignored(arc)
            and (
                compiled.mode[arc.pred] in {PLANNED, PINNED, SUMMARY}
                or (compiled.mode[arc.pred] == STARTED and not arc.from_start)
            )
            for arc in compiled.incoming[number]
        )

    def _held_by_gate(self, summary: int, name: str) -> Iterator[Precedence]:
        compiled = self._compiled
        if summary >= 0 and compiled.gated[summary]:
            self._gates.add(summary)
            yield Precedence(compiled.ids[summary] + _GATE, name)

    def _link(self, arc: Arc, name: str) -> Iterator[Precedence]:
        compiled = self._compiled
        pred, from_start = arc.pred, arc.from_start
        if arc.succ < len(compiled.ids) and compiled.ignored(arc):
            return
        if compiled.mode[pred] == SUMMARY:
            if from_start:
                # A summary starts with its first phase: that of the schedule stands for it.
                starts = self._early.start
                pred = min(compiled.leaves(pred), key=lambda leaf: (starts[leaf], leaf))
                if starts[pred] != self._schedule.phases[compiled.ids[pred]].start:
                    return  # It starts as late as possible, and its link was kept before that.
            elif any(compiled.mode[leaf] in _TO_DO for leaf in compiled.leaves(pred)):
                self._exits.add(pred)
                yield self._precedence(arc, compiled.ids[pred] + _EXIT, name)
                return
        mode = compiled.mode[pred]
        # What has ended or begun is a fact; the schedule's own dates have it in them.
        if mode in {PLANNED, PINNED} or (mode == STARTED and not from_start):
            yield self._precedence(arc, compiled.ids[pred], name)

    def _precedence(self, arc: Arc, pred: str, succ: str) -> Precedence:
        return Precedence(
            pred,
            succ,
            _TYPES[arc.from_start, arc.to_finish],
            self._compiled.lags[arc.number],
            arc.lag_axis,
        )


def _known(at: Minute) -> Minute | None:
    return None if at == NEVER else at
