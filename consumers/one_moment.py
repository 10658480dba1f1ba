"""Ask several questions of a project as of one position, and read its network and events once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from consumers.views import Views, by_subject
from domain.kernel.corrections import believed
from domain.kernel.messages import Recorded
from domain.network.project_network import ProjectNetwork


class OneMoment(Views):
    """The views of one project as of one position: its network and its events are read once.

    For questions that look at the network and do not fold it further: all of them get the same.
    """

    def __init__(self, views: Views, project_id: str, position: int) -> None:
        super().__init__(
            views.feed, views.projections, views.stored, views.branches, views.checkpoints
        )
        network = views.network(project_id, position)
        told = tuple(views.history(project_id, 0, position))
        for name, value in (
            ("clock", views.clock),
            ("_moment", (project_id, position)),
            ("_network", network),
            ("_told", told),
            ("events", believed(told)),
        ):
            object.__setattr__(self, name, value)  # As the views themselves, it never changes.

    events: Sequence[Recorded[Any]]
    """The project's events, as they are believed at the position."""
    _moment: tuple[str, int]
    _network: ProjectNetwork
    _told: Sequence[Recorded[Any]]

    def network(
        self, project_id: str, position: int, true_at: datetime | None = None
    ) -> ProjectNetwork:
        """Return the one network, where it is asked for."""
        if (project_id, position) == self._moment and true_at is None:
            return self._network
        return super().network(project_id, position, true_at)

    def history(
        self, project_id: str, after: int, up_to: int, true_at: datetime | None = None
    ) -> Iterator[Recorded[Any]]:
        """Yield a project's events above one position, up to another, in the order of the log."""
        whose, position = self._moment
        if project_id == whose and up_to <= position and true_at is None:
            return (each for each in self._told if after < each.position <= up_to)
        return super().history(project_id, after, up_to, true_at)

    def subjects(
        self, project_id: str, category: str, position: int
    ) -> Mapping[str, Sequence[Recorded[Any]]]:
        """Return the histories of a category's subjects, by id."""
        if (project_id, position) != self._moment:
            return super().subjects(project_id, category, position)
        return by_subject(self.events, category)
