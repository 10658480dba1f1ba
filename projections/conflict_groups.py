"""Group conflicts by their root cause: those whose chains end in the same event are one alert.

Source: DOMAIN 5.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from domain.attribution.chain import Subject
from domain.attribution.roots import Roots
from domain.conflicts.facts import Dossier
from domain.kernel.ids import subject_of
from domain.network.project_network import ProjectNetwork

_OF_DATES: Final = frozenset({"phase", "estimate", "project"})


class Place(NamedTuple):
    """Where a conflict stands among those of the same root, by its position in the log.

    The one that is ranked first stands for all, with the others as its children.
    """

    root: int | None
    parent: str | None = None
    children: tuple[str, ...] = ()


def groups(
    network: ProjectNetwork,
    ranked: Sequence[tuple[str, Dossier]],
    talks: Mapping[str, Sequence[str]],
) -> Mapping[str, Place]:
    """Return where each conflict stands that is not over; `ranked` has the first to look at first.

    A phase or the project leads to the event in which the chain behind its finish ends, a
    commitment to its promise, a meeting that is needed to the conflict it is about (`talks`, by the
    meeting's stream). Anything else is its own root: the last of the events that show it.
    """
    found = _Found(network, dict(ranked), talks)
    roots = {each: found.root_of(each) for each, known in ranked if known.open}
    together: dict[int, list[str]] = {}
    for each, root in roots.items():
        if root is not None:
            together.setdefault(root, []).append(each)
    places: dict[str, Place] = {}
    for each, root in roots.items():
        first, *others = [each] if root is None else together[root]
        if each == first:
            places[each] = Place(root, None, tuple(others))
        else:
            places[each] = Place(root, first)
    return places


class _Found:
    """The roots of one project's conflicts, chains walked once for all of them."""

    def __init__(
        self,
        network: ProjectNetwork,
        dossiers: Mapping[str, Dossier],
        talks: Mapping[str, Sequence[str]],
    ) -> None:
        self._network = network
        self._dossiers = dossiers
        self._talks = talks
        self._roots = Roots(network)

    def root_of(self, conflict_id: str, *, by_talk: bool = True) -> int | None:
        """Return the position of the event that a conflict comes from; None where none is known."""
        known = self._dossiers[conflict_id]
        # What is scheduled comes first: a paper beside it is what the phase waits for.
        subjects = sorted(
            known.subjects, key=lambda stream: subject_of(stream).category not in _OF_DATES
        )
        for stream in subjects:
            root = self._of(stream, by_talk=by_talk)
            if root is not None:
                return root
        return max(known.evidence, default=None)

    def _of(self, stream: str, *, by_talk: bool) -> int | None:
        category, ids = subject_of(stream)
        match category:
            case "phase" | "estimate":
                return self._roots.of(Subject(ids[-1]))
            case "project":
                return self._roots.of(Subject())
            case "commitment":
                supply = self._network.supplies.get(ids[-1])
                return None if supply is None else supply.promise_position
            case "meeting" if by_talk:
                about = [each for each in self._talks.get(stream, ()) if each in self._dossiers]
                roots = (self.root_of(each, by_talk=False) for each in about)
                return next((root for root in roots if root is not None), None)
            case _:
                return None
