"""Say which parties from outside a subject touches, and which departments have a part in it."""

from collections.abc import Iterable, Iterator, Sequence

from domain.contracts.facts import Paper
from domain.kernel.ids import subject_of
from domain.network.supplies import Supply
from domain.rules.watched import Watched
from domain.special_requests.facts import Dossier


def parties_of(subjects: Iterable[str], project: Watched) -> tuple[str, ...]:
    """Return the vendors, contractors and customers that streams are about, sorted.

    A commitment has its vendor; a requirement and an item have the vendors of what is on order for
    them; a contract has its other side, a special request who asked, the project as a whole whoever
    was promised something. A phase by itself touches nobody outside.
    """
    return tuple(sorted({each for stream in subjects for each in _parties(stream, project)}))


def departments_of(subjects: Iterable[str], project: Watched) -> tuple[str, ...]:
    """Return the departments of the phases that streams are about, sorted.

    Those of a contract are the departments that its vendor's deliveries are for; those of the
    project as a whole have a phase to do on the longest path.
    """
    lines = project.network.lines
    phases = {each for stream in subjects for each in _phases(stream, project)}
    return tuple(sorted({lines[each].department for each in phases if each in lines} - {""}))


def _parties(stream: str, project: Watched) -> Iterator[str]:
    category, ids = subject_of(stream)
    match category:
        case "contract":
            yield from filter(None, [project.papers.get(ids[-1], Paper()).standing().party])
        case "request":
            asked = project.dossiers.get(ids[-1], Dossier()).standing().identified
            if asked is not None:
                yield asked.event.from_party
        case "project":
            yield from (promise.party for promise in project.network.promises.values())
        case _:
            yield from (supply.vendor for supply in _supplies(category, ids[-1:], project))


def _phases(stream: str, project: Watched) -> Iterator[str]:
    category, ids = subject_of(stream)
    network = project.network
    match category:
        case "phase" | "estimate":
            yield ids[-1]
        case "requirement" if ids[-1] in project.material.needs:
            yield project.material.needs[ids[-1]].phase
        case "item":
            yield from (need.phase for need in project.material.needs_of(ids[-1]) if need.is_open)
        case "project":
            schedule = network.schedule()
            rows = {} if schedule is None else schedule.phases
            for line in network.working_lines():
                row = rows.get(line.id)
                if row is not None and row.on_longest_path and not line.known.has_ended:
                    yield line.id
        case _:
            for supply in _supplies(category, ids[-1:], project):
                yield from network.supplies.waiting_for(supply)


def _supplies(category: str, ids: Sequence[str], project: Watched) -> Iterator[Supply]:
    """Yield the commitments that a stream is about; of material and contracts what is to come."""
    supplies = project.network.supplies
    match category:
        case "commitment":
            yield from (each for each in map(supplies.get, ids) if each is not None)
        case "requirement":
            yield from (each for each in supplies.of((), ids) if each.is_open)
        case "item":
            needs = [need.id for item_id in ids for need in project.material.needs_of(item_id)]
            yield from (each for each in supplies.of(ids, needs) if each.is_open)
        case "contract":
            party = project.papers.get(ids[-1], Paper()).standing().party
            yield from (each for each in supplies.lines() if each.vendor == party and each.is_open)
        case _:
            pass
