"""Keep what a project's phases cost and when their budgets were to be spent, event by event."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.costing.book import CostBook
from domain.costing.measured import MILESTONES, Measure, Scheduled, measure
from domain.estimates.events import BudgetBaselined
from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute
from domain.network.project_network import ProjectNetwork
from domain.projects.events import BaselineApproved
from domain.rates.events import RateChanged
from domain.rates.facts import Rates


class BudgetedProject:
    """The costs of one project as of the last event taken in.

    A budget is spread over the schedule of its baseline, or of the moment it was made at. One of
    an older position cannot be seen any more in a fold, which does not look back: what follows
    from the spread is undefined then.
    """

    def __init__(self) -> None:
        self.book = CostBook()
        self._rates: dict[str, Rates] = {}
        self._scheduled: dict[str, Scheduled] = {}
        self._dates: dict[int, Mapping[str, tuple[Minute, Minute]]] = {}
        """Start and finish of each phase, by the position of the baseline."""

    @property
    def phases(self) -> Sequence[str]:
        """The phases of which anything is known that costs, sorted."""
        return sorted(self.book.costs)

    def take(self, recorded: Recorded[Any], network: ProjectNetwork) -> None:
        """Take one event of the project in, after the network has."""
        self.book.fold(recorded)
        match recorded.event:
            case BaselineApproved(at_position=position):
                baseline = network.baseline
                if baseline is not None and baseline.dates is not None:
                    self._dates[position] = baseline.dates
            case BudgetBaselined(at_position=position):
                self._spread(recorded.subject_id, position, network)
            case RateChanged() as changed:
                skill = recorded.subject_id
                self._rates[skill] = self._rates.get(skill, Rates()).after(changed)
            case _:
                pass

    def measured(self, phase_id: str, network: ProjectNetwork, at: datetime) -> Measure | None:
        """Return a phase's figures as of a moment; None where nothing is known of it."""
        line = network.lines.get(phase_id)
        if line is None:
            return None
        scheduled = self._scheduled.get(phase_id)
        return measure(line, self.book, self._rates, scheduled, at=at, zone=network.zone)

    def all_measured(self, network: ProjectNetwork, at: datetime) -> Sequence[Measure]:
        """Return the figures of every phase that is work, and of any other that cost something."""
        lines = network.working_lines()
        phases = {line.id for line in lines if line.kind not in MILESTONES} | set(self.book.costs)
        found = (self.measured(phase_id, network, at) for phase_id in sorted(phases))
        return [each for each in found if each is not None]

    def _spread(self, phase_id: str, position: int, network: ProjectNetwork) -> None:
        self._scheduled.pop(phase_id, None)
        dates, line = self._dates.get(position), network.lines.get(phase_id)
        if dates is None and position >= network.position:
            schedule = network.schedule()
            row = None if schedule is None else schedule.phases.get(phase_id)
            dates = {} if row is None else {phase_id: (row.start, row.finish)}
        if line is not None and dates is not None and phase_id in dates:
            self._scheduled[phase_id] = Scheduled(*dates[phase_id], network.calendar_of(line).axis)
