"""Know of one project what its rules and policies share: network, papers, what time it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.contracts.events import EVENTS as CONTRACT_EVENTS
from domain.contracts.facts import Paper
from domain.costing.budgeted import BudgetedProject
from domain.kernel.clock import ClockAdvanced
from domain.kernel.messages import Recorded
from domain.material.known import KnownMaterial
from domain.network.demand import ResourceLoad, loads, span_of
from domain.network.fold import fold
from domain.network.project_network import ProjectNetwork
from domain.network.without_material import WithoutMaterial
from domain.projects.events import RuleSet
from domain.rules.parameters import Parameter
from domain.rules.stock import Stock
from domain.special_requests.events import EVENTS as REQUEST_EVENTS
from domain.special_requests.facts import Dossier


@dataclass(slots=True)
class Watched:
    """One project as of the event that is being looked at, that event included.

    Rules read it and change nothing in it. Both networks compute a schedule only when one is asked
    for, so a rule that does not need one costs none.
    """

    project_id: str
    network: ProjectNetwork = field(init=False)
    without_material: ProjectNetwork = field(init=False)
    """The same network in which no phase waits for goods: the float that lateness eats up."""
    costs: BudgetedProject = field(default_factory=BudgetedProject)
    now: datetime | None = None
    """The moment time had come to by the last tick before the event; None before the first."""
    changed: bool = False
    """Whether the event said something of the network that was not known."""
    is_repeated: bool = False
    """Whether the event was taken in before."""
    papers: dict[str, Paper] = field(default_factory=dict)
    """The contracts by their ids."""
    dossiers: dict[str, Dossier] = field(default_factory=dict)
    """The special requests by their ids."""
    material: KnownMaterial = field(default_factory=KnownMaterial)
    """The requirements and items, and what is in stock."""
    stock: Stock = field(init=False)
    """The same planned, item by item, in the network in which no phase waits for goods."""
    _position: int = 0

    switched_off: set[str] = field(default_factory=set)
    """The names of the rules that find nothing in this project."""
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    _loads: tuple[int, Sequence[ResourceLoad]] | None = None
    """What was last asked of resources, and the position it was computed at."""

    def __post_init__(self) -> None:
        self.network = ProjectNetwork(self.project_id)
        self.without_material = WithoutMaterial(self.network)
        self.stock = Stock(self.without_material, self.material)

    def take(self, recorded: Recorded[Any]) -> None:
        """Take one event of the project in, or a tick; time never goes back."""
        event = recorded.event
        if isinstance(event, ClockAdvanced):
            self.changed = self.is_repeated = False
            self.advance(event.to)
            return
        self.is_repeated = recorded.position <= self._position
        if not self.is_repeated:
            self._position = recorded.position
            self._take_papers(recorded)
            self.material.fold(recorded)
            self.stock.forget()
        if isinstance(event, RuleSet):
            self._set(event)
        self.changed = fold(self.network, recorded)
        fold(self.without_material, recorded)
        self.costs.take(recorded, self.network)

    def moment_of(self, recorded: Recorded[Any]) -> datetime:
        """Return when an event came: no earlier than time had come to before it."""
        return recorded.recorded_at if self.now is None else max(recorded.recorded_at, self.now)

    def number(self, rule: str, parameter: Parameter) -> int:
        """Return what a rule goes by in this project."""
        return self._numbers.get((rule, parameter.name), parameter.default)

    def loads(self) -> Sequence[ResourceLoad]:
        """Return what is asked of each resource from the data date on; none without a schedule.

        It is computed once for all rules that ask at an event.
        """
        network = self.network
        if self._loads is None or self._loads[0] != network.position:
            schedule = network.schedule()
            found = [] if schedule is None else loads(network, schedule, span_of(network, schedule))
            self._loads = network.position, found
        return self._loads[1]

    def advance(self, moment: datetime) -> None:
        """Let it be at least this late."""
        if self.now is None or moment > self.now:
            self.now = moment

    def _take_papers(self, recorded: Recorded[Any]) -> None:
        subject_id = recorded.subject_id
        match recorded.event:
            case event if isinstance(event, CONTRACT_EVENTS):
                self.papers[subject_id] = self.papers.get(subject_id, Paper()).after(recorded)
            case event if isinstance(event, REQUEST_EVENTS):
                known = self.dossiers.get(subject_id, Dossier())
                self.dossiers[subject_id] = known.after(recorded)
            case _:
                pass

    def _set(self, event: RuleSet) -> None:
        for name, value in (event.parameters or {}).items():
            self._numbers[event.rule, name] = value
        if event.on is not None:
            (self.switched_off.discard if event.on else self.switched_off.add)(event.rule)
