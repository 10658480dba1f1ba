"""Hold a project's network a second time, in which no phase waits for goods."""

from domain.network.project_network import ProjectNetwork
from domain.planning.network import Schedule


class WithoutMaterial(ProjectNetwork):
    """The network of a project with the float that lateness of goods eats up.

    It takes each event in after its twin. As long as goods hold nothing back in the twin either,
    both have the same dates, and these are computed once.
    """

    def __init__(self, twin: ProjectNetwork) -> None:
        super().__init__(twin.project_id, material=False)
        self._twin = twin

    def schedule(self) -> Schedule | None:
        """Return the schedule as of all events taken in, as `ProjectNetwork.schedule`."""
        if self._twin.waits_for_material:
            return super().schedule()
        schedule, self.problem = self._twin.schedule(), self._twin.problem
        return schedule
