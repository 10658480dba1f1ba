"""Gather what the checks look at: the tasks, their links, their rows, and the baseline."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.kernel.minutes import Minute, minute_of
from domain.kernel.work_axis import CalendarError
from domain.network.calendars import STANDARD_DAY_MIN, standard_day_min
from domain.network.phase_line import PhaseLine
from domain.network.project_network import LinkLine, ProjectNetwork, end_of_day
from domain.planning.network import Schedule


@dataclass(frozen=True, slots=True)
class Plan:
    """A project as the checks see it.

    Tasks are the phases that are worked themselves: no summaries, level of effort or milestones, as
    DCMA-EA PAM 200.1 counts them. `baseline` has start and finish of the phases it knows.
    """

    network: ProjectNetwork
    schedule: Schedule | None
    tasks: tuple[PhaseLine, ...]
    open: tuple[PhaseLine, ...]
    """The tasks that have not ended."""
    links: tuple[LinkLine, ...]
    """Links onto what has not ended."""
    baseline: Mapping[str, tuple[Minute, Minute]] | None

    @classmethod
    def of(
        cls, network: ProjectNetwork, baseline: Mapping[str, tuple[Minute, Minute]] | None
    ) -> "Plan":
        """Return a project's plan; `baseline` None where none was approved."""
        tasks = tuple(
            line
            for line in network.working_lines()
            if line.kind not in {"level_of_effort", "start_ms", "finish_ms"}
        )
        links = tuple(
            line
            for _, line in sorted(network.links.items())
            if _is_planned(network, line.link.pred)
            and _is_planned(network, line.link.succ)
            and not network.lines[line.link.succ].known.has_ended
        )
        unfinished = tuple(line for line in tasks if not line.known.has_ended)
        return cls(network, network.schedule(), tasks, unfinished, links, baseline)

    @property
    def data_date(self) -> Minute | None:
        """The minute up to which actuals are in."""
        data_date = self.network.data_date
        return None if data_date is None else minute_of(data_date)

    @property
    def reported_until(self) -> Minute | None:
        """The end of the data date's day: what is reported of that day is not of the future."""
        data_date, zone = self.network.data_date, self.network.zone
        if data_date is None:
            return None
        return minute_of(end_of_day(data_date.astimezone(zone).date(), zone))

    def lies_under(self, line: PhaseLine) -> frozenset[str]:
        """Return a phase and all that it lies under: a link of theirs is its own as well."""
        found = {line.id}
        above = line.parent
        while above is not None and above not in found:
            found.add(above)
            parent = self.network.lines.get(above)
            above = None if parent is None else parent.parent
        return frozenset(found)

    def day_min(self, line: PhaseLine) -> int:
        """Return the minutes of a standard working day of the calendar a phase is worked by."""
        try:
            return standard_day_min(self.network.calendar_of(line))
        except CalendarError:
            return STANDARD_DAY_MIN

    def worked(self, begin: Minute, end: Minute) -> int | None:
        """Return the minutes of the project's calendar between two moments, if it has any."""
        try:
            return self.network.calendar.axis.between(begin, end)
        except CalendarError:
            return None


def _is_planned(network: ProjectNetwork, phase_id: str) -> bool:
    line = network.lines.get(phase_id)
    return line is not None and line.planned
