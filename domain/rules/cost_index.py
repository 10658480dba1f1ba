"""V1: find phases that cost more than they earn, or will cost more than was budgeted."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from domain.costing.thresholds import over_budget
from domain.costing.valued import Valued, valued
from domain.estimates.events import EVENTS as ESTIMATE_EVENTS
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import minute_of
from domain.phases.events import EVENTS as PHASE_EVENTS
from domain.planning.earned_value import Undefined
from domain.projects.events import DataDateAdvanced
from domain.rates.events import RateChanged
from domain.rules.costs import amount, phases_concerned, status_date
from domain.rules.finding import Cleared, Finding, Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "cost_index"
VERSION: Final[int] = 1

CPI: Final = Parameter("cpi", 90, "hundredths", "A phase earns at least so much for what it costs.")
COMPLETE: Final = Parameter(
    "complete", 15, "hundredths of the budget", "Before so much is earned the index says little."
)
EAC: Final = Parameter(
    "eac", 105, "hundredths of the budget", "A phase is forecast to cost at most so much."
)
MARGIN: Final = Fraction(2, 100)
"""The finding is cleared when both figures are better than their limits by this."""

STEP: Final = Fraction(5, 100)
"""It is told again when the forecast has changed by so much of the budget."""


@dataclass(slots=True)
class IndexState:
    """What was last found of each phase, with its forecast as a share of its budget."""

    found: dict[str, tuple[Finding, Fraction]] = field(default_factory=dict)


class CostIndex:
    """DOMAIN V1: CPI < 0.9 once 15 % are earned, or EAC = BAC / CPI over 1.05 BAC, of a phase.

    The figures are those of `takt cost` at the data date, or now where none is set; what is
    undefined (nothing spent, nothing earned, hours of which no rate is known) crosses no limit. A
    phase is looked at when something happens to it or its costs, and all of them when the data
    date advances. Money moves no date, so the impact is nothing. It is cleared when CPI and EAC
    are better than their limits by 2 hundredths, told again when EAC has moved by 5 hundredths of
    the budget.
    """

    name = NAME
    version = VERSION
    code = "V1"
    title = "A phase earns too little for what it costs, or will cost more than its budget."
    parameters: tuple[Parameter, ...] = (CPI, COMPLETE, EAC)
    weighs_impact = False
    at_once = True
    due = staticmethod(never)
    heeds = Heeds.of(*PHASE_EVENTS, *ESTIMATE_EVENTS, RateChanged, DataDateAdvanced)

    def initial(self) -> IndexState:
        """Return a project that costs nothing."""
        return IndexState()

    def fold(
        self, state: IndexState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the findings it brings about, changes or ends."""
        del more
        told: list[Found] = []
        for phase_id in phases_concerned(recorded, project):
            told.extend(_judged(state, phase_id, recorded, project))
        return tuple(told)


def _judged(
    state: IndexState, phase_id: str, recorded: Recorded[Any], project: Watched
) -> tuple[Found, ...]:
    at = status_date(recorded, project)
    measure = project.costs.measured(phase_id, project.network, at)
    if measure is None:
        return ()
    figures = valued([measure], minute_of(at))
    before, told = state.found.get(phase_id, (None, None))
    if before is None and not _is_over(figures, project):
        return ()
    eac, bac = figures.value.eac_at_cpi, figures.value.bac
    if before is not None and not _is_over(figures, project, MARGIN):
        del state.found[phase_id]
        kept = "It earns what it costs, within its budget"
        because = eac.reason if isinstance(eac, Undefined) else kept
        return (Cleared(NAME, before.subjects, because),)
    if not (isinstance(eac, Fraction) and isinstance(bac, Fraction)):
        return ()
    share = eac / bac
    if told is not None and abs(share - told) < STEP:
        return ()
    found = Finding(
        rule=NAME,
        rule_version=VERSION,
        kind="cost",
        subjects=(stream_of("estimate", project.project_id, phase_id),),
        severity="high" if share >= 1 + 4 * STEP else "medium",
        impact_days=NOTHING,
        summary=(
            f"“{measure.name}” is forecast to cost {amount(eac, figures.currency)} by what it has "
            f"earned, {amount(eac - bac, figures.currency)} more than its budget"
        ),
        evidence=(recorded.position,),
        first_position=recorded.position if before is None else before.first_position,
    )
    state.found[phase_id] = found, share
    return (found,)


def _is_over(figures: Valued, project: Watched, margin: Fraction = Fraction(0)) -> bool:
    return over_budget(
        figures.value,
        cpi_min=Fraction(project.number(NAME, CPI), 100) + margin,
        complete_min=Fraction(project.number(NAME, COMPLETE), 100),
        eac_max=Fraction(project.number(NAME, EAC), 100) - margin,
    )
