"""Hold the effort that is still to be done, skill by skill, against the capacity that is free."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.network.demand import ResourceLoad
from domain.network.phase_line import Manpower, PhaseLine
from domain.network.project_network import ProjectNetwork
from domain.planning.load import Interval, Stretch, stretches

MILLI = 1_000


@dataclass(frozen=True, slots=True)
class SkillGap:
    """One skill until the promise, in milli-minutes: a thousand are a minute of one person.

    ``free`` is what its resources have and nobody without the skill takes; None where of one of
    them nobody said how much there is.
    """

    skill: str
    needed_milli_min: int
    free_milli_min: int | None
    resources: tuple[str, ...]
    phases: tuple[str, ...]

    @property
    def gap_milli_min(self) -> int | None:
        """What is lacking; negative: so much is left."""
        return None if self.free_milli_min is None else self.needed_milli_min - self.free_milli_min


def skill_gaps(
    project: ProjectNetwork, loads: Sequence[ResourceLoad], span: Interval
) -> list[SkillGap]:
    """Return for each skill the estimate to complete against what is free in a span, by skill.

    The estimate of a phase is its effort, as far as it remains; without an effort what it requires
    for as long as it still takes. Work that has the skill takes nothing away from what is free.
    """
    needed: dict[str, int] = defaultdict(int)
    asking: dict[tuple[str, str], set[str]] = defaultdict(set)
    """The phases by skill and resource."""
    for line in project.working_lines():
        for need in line.manpower:
            if need.skill is not None and not line.known.has_ended:
                needed[need.skill] += effort_milli_min(line, need)
                asking[need.skill, need.resource_id].add(line.id)
    free: dict[tuple[str, str], int] = {}
    for load in loads:
        skills = {skill: ids for (skill, of), ids in asking.items() if of == load.resource.id}
        if skills and load.capacity is not None:
            told = _free(stretches(load.demands, load.capacity, span), skills, span)
            free.update(((skill, load.resource.id), minutes) for skill, minutes in told.items())
    found = []
    for skill in sorted(needed):
        phases = {resource: ids for (of, resource), ids in asking.items() if of == skill}
        known = [free[skill, each] for each in phases if (skill, each) in free]
        found.append(
            SkillGap(
                skill,
                needed[skill],
                sum(known) if len(known) == len(phases) else None,
                tuple(sorted(phases)),
                tuple(sorted(set().union(*phases.values()))),
            )
        )
    return found


def effort_milli_min(line: PhaseLine, need: Manpower) -> int:
    """Return the milli-minutes that a phase still needs, whole ones; effort shrinks as it does."""
    if need.effort_min is None:
        return line.remaining_min * need.milli
    if not line.duration_min:
        return need.effort_min * MILLI
    return need.effort_min * MILLI * line.remaining_min // line.duration_min


def _free(
    swept: Iterable[Stretch], skills: Mapping[str, Collection[str]], span: Interval
) -> Mapping[str, int]:
    """Return for each skill the milli-minutes of a span that phases without it leave."""
    free = dict.fromkeys(skills, 0)
    for each in swept:
        if each.capacity_milli and span[0] <= each.start < span[1]:
            for skill, ids in skills.items():
                taken = sum(milli for by, milli in each.by.items() if by not in ids)
                free[skill] += max(each.capacity_milli - taken, 0) * (each.finish - each.start)
    return free
