"""Follow what drives a date back to its root, phase by phase."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from domain.kernel.minutes import Minute
from domain.network.phase_line import Typed
from domain.network.project_network import ProjectNetwork
from domain.planning.network import Driver, Link, Schedule, ScheduledPhase

Edge: TypeAlias = Literal["start", "finish"]

_STARTING: Final = frozenset({"SS", "SF"})


class Subject(NamedTuple):
    """The date that is asked about: of a phase, or with None the finish of the whole project."""

    phase_id: str | None = None
    edge: Edge = "finish"


class Hop(NamedTuple):
    """One phase on the way from a date to its root.

    `edge` is the date of the phase that the phase before it in the chain, or who asks, looks at;
    `link` is the dependency by which the phase waits for the next hop, None at the root.
    """

    phase_id: str
    edge: Edge
    date: Minute
    driver: Driver
    link: Link | None
    typed: Typed | None
    """Who set the root, or the link."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The hops from a date to its root, the date asked about first; none without a schedule."""

    hops: tuple[Hop, ...] = ()

    @property
    def held_by_time(self) -> str | None:
        """The phase that should have worked: the root, where nothing holds it but the data date."""
        if self.hops and self.hops[-1].driver.kind == "data_date":
            return self.hops[-1].phase_id
        return None


def date_of(network: ProjectNetwork, subject: Subject) -> Minute | None:
    """Return a date as it is now; None without a schedule, and for a phase not in the plan."""
    schedule = network.schedule()
    if schedule is None:
        return None
    if subject.phase_id is None:
        return schedule.finish
    row = schedule.phases.get(subject.phase_id)
    return None if row is None else edge_of(row, subject.edge)


def edge_of(row: ScheduledPhase, edge: Edge) -> Minute:
    """Return the scheduled start or finish of a phase."""
    return row.start if edge == "start" else row.finish


def chain_of(network: ProjectNetwork, subject: Subject) -> Chain:
    """Return the chain behind a date (DOMAIN 7.4); summaries stand for the child that sets theirs.

    Where several predecessors hold a phase alike, the first by the link's id is followed, as the
    schedule does.
    """
    return Chain(tuple(hops_of(network, subject)))


def hops_of(network: ProjectNetwork, subject: Subject) -> Iterator[Hop]:
    """Yield the hops of the chain behind a date, the date asked about first."""
    schedule = network.schedule()
    if schedule is None:
        return
    phase_id, edge = subject.phase_id, subject.edge
    if phase_id is None:
        phase_id = _last(schedule)
    seen: set[str] = set()
    while phase_id is not None and phase_id in schedule.phases and phase_id not in seen:
        phase_id = _worked(network, schedule, phase_id, edge)
        seen.add(phase_id)
        hop = _hop(network, schedule.phases[phase_id], edge)
        yield hop
        phase_id = None
        if hop.link is not None:
            phase_id, edge = hop.link.pred, "start" if hop.link.type in _STARTING else "finish"


def _last(schedule: Schedule) -> str | None:
    """Return the phase that ends the project: of several the first that is critical, by id."""
    ends = [row for row in schedule.phases.values() if not row.summary]
    last = [row for row in ends if row.finish == schedule.finish]
    return min(last, key=lambda row: (not row.on_longest_path, row.id)).id if last else None


def _worked(network: ProjectNetwork, schedule: Schedule, phase_id: str, edge: Edge) -> str:
    """Return the phase itself, or of a summary the phase below it that has its date."""
    while schedule.phases[phase_id].summary:
        date = edge_of(schedule.phases[phase_id], edge)
        below = [
            line.id
            for line in network.planned
            if line.parent == phase_id and edge_of(schedule.phases[line.id], edge) == date
        ]
        if not below:
            break
        phase_id = min(below, key=lambda each: (not schedule.phases[each].on_longest_path, each))
    return phase_id


def _hop(network: ProjectNetwork, row: ScheduledPhase, edge: Edge) -> Hop:
    line, driver = network.lines[row.id], row.driver
    link, typed = None, None
    if driver.kind == "predecessor" and driver.ref in network.links:
        known = network.links[driver.ref]
        link, typed = known.link, known.typed
    elif driver.kind == "actual":
        typed = line.typed.get("actual_finish") or line.typed.get("actual_start")
    elif driver.kind == "constraint":
        typed = line.typed.get("constraint")
    elif driver.kind == "data_date":
        typed = network.data_date_typed
    elif driver.kind == "project_start":
        typed = network.opened
    return Hop(row.id, edge, edge_of(row, edge), driver, link, typed)
