"""Say what somebody would have to ask for, so that a project has the dates of a proposal.

Each phase that a resource holds back is asked to start no earlier than it is proposed to. That is
all: who follows it is moved by its links, and nothing else differs between the two schedules.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Final, NamedTuple

from domain.kernel.minutes import Minute
from domain.levelling.problem import Wait
from domain.levelling.proposal import Proposal
from domain.network.project_network import ProjectNetwork
from domain.planning.critical_path import schedule as critical_path
from domain.planning.network import Constraint, Driver, Network, ScheduledPhase

AS_LATE_AS_POSSIBLE: Final = Driver("constraint", "ALAP")


class Hold(NamedTuple):
    """A start no earlier than an instant for one phase, and what the phase waits for till then.

    ``replaces`` is the date somebody typed that this one takes the place of: a phase has one.
    """

    phase_id: str
    at: Minute
    waits_for: tuple[Wait, ...]
    replaces: Constraint | None


class Unasked(NamedTuple):
    """Work that has begun and whose rest waits till an instant: no date can be laid on a rest."""

    phase_id: str
    at: Minute


@dataclass(frozen=True, slots=True)
class Asking:
    """What can be asked for, and what cannot, by phase.

    ``elsewhere`` are the phases that have other dates than proposed where all that can be asked for
    is granted, with those dates: what cannot be asked for, and who follows it.
    """

    holds: tuple[Hold, ...]
    unasked: tuple[Unasked, ...]
    elsewhere: tuple[ScheduledPhase, ...]


def asking_for(project: ProjectNetwork, proposal: Proposal) -> Asking:
    """Return what brings the proposed dates about, and where they come out otherwise.

    A phase that something else decides in the proposal, as a date that somebody typed, is not asked
    for; one that should be as late as possible is, where it would float away otherwise.
    """
    if project.start is None:
        raise AssertionError(project)
    network = project.network(project.start)
    found = tuple(_found(project, proposal))
    holds = [each for each in found if isinstance(each, Hold)]
    other = _elsewhere(network, holds, proposal)
    floating = [
        Hold(row.id, proposal.after.phases[row.id].start, (), project.lines[row.id].constraint)
        for row in other
        if row.driver == AS_LATE_AS_POSSIBLE
    ]
    if floating:
        holds += floating
        other = _elsewhere(network, holds, proposal)
    unasked = tuple(each for each in found if isinstance(each, Unasked))
    return Asking(tuple(sorted(holds, key=attrgetter("phase_id"))), unasked, other)


def _elsewhere(
    network: Network, holds: Sequence[Hold], proposal: Proposal
) -> tuple[ScheduledPhase, ...]:
    """Return the phases that are not where they are proposed to be, once holds are laid on."""
    laid = {hold.phase_id: Constraint("SNET", hold.at) for hold in holds}
    activities = tuple(
        replace(each, constraint=laid.get(each.id, each.constraint)) for each in network.activities
    )
    rows = critical_path(replace(network, activities=activities)).phases
    return tuple(
        row
        for row in rows.values()
        if (row.start, row.finish)
        != (proposal.after.phases[row.id].start, proposal.after.phases[row.id].finish)
    )


def _found(project: ProjectNetwork, proposal: Proposal) -> Iterator[Hold | Unasked]:
    for phase_id, bound in sorted(proposal.held.items()):
        line, placed = project.lines[phase_id], proposal.placed.get(phase_id)
        present = line.constraint
        floats = present is not None and present.kind == "ALAP"
        if proposal.after.phases[phase_id].driver.kind != "resource" and not floats:
            continue
        if line.known.has_started:
            yield Unasked(phase_id, bound.at)
        else:
            yield Hold(phase_id, bound.at, () if placed is None else placed.waits_for, present)
