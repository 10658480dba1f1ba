"""V5: find phases whose rest is said to cost less than they have cost so far lets expect."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from domain.costing.thresholds import optimistic_remainder
from domain.costing.valued import Valued, valued
from domain.estimates.events import EVENTS as ESTIMATE_EVENTS
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import minute_of
from domain.phases.events import EVENTS as PHASE_EVENTS
from domain.planning.earned_value import ratio
from domain.projects.events import DataDateAdvanced
from domain.rates.events import RateChanged
from domain.rules.costs import amount, phases_concerned, status_date
from domain.rules.finding import Cleared, Finding, Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "optimistic_remainder"
VERSION: Final[int] = 1

REMAINDER: Final = Parameter(
    "remainder", 90, "hundredths of what CPI implies", "The rest is said to cost at least so much."
)
MARGIN: Final = Fraction(2, 100)
STEP: Final = Fraction(5, 100)


@dataclass(slots=True)
class RemainderState:
    """What was last found of each phase, with the share of the implied rest it was told with."""

    found: dict[str, tuple[Finding, Fraction]] = field(default_factory=dict)


class OptimisticRemainder:
    """DOMAIN V5: what the department says the rest costs is over 10 % below (BAC - EV) / CPI.

    Phase by phase, as what is to complete is said of a phase. The figures are those of `takt cost`
    at the data date, or now where none is set; what is undefined crosses no limit. A phase is
    looked at when something happens to it or its costs, and all of them when the data date
    advances. Money moves no date, so the impact is nothing. It is cleared when the rest is said to
    cost 2 hundredths more than the limit, and told again when it has moved by 5 hundredths.
    """

    name = NAME
    version = VERSION
    code = "V5"
    title = "The rest of a phase is said to cost less than the phase so far lets expect."
    parameters: tuple[Parameter, ...] = (REMAINDER,)
    weighs_impact = False
    at_once = True
    due = staticmethod(never)
    heeds = Heeds.of(*PHASE_EVENTS, *ESTIMATE_EVENTS, RateChanged, DataDateAdvanced)

    def initial(self) -> RemainderState:
        """Return a project that costs nothing."""
        return RemainderState()

    def fold(
        self,
        state: RemainderState,
        recorded: Recorded[Any],
        project: Watched,
        *,
        more: bool = False,
    ) -> tuple[Found, ...]:
        """Take one event in; return the findings it brings about, changes or ends."""
        del more
        told: list[Found] = []
        for phase_id in phases_concerned(recorded, project):
            told.extend(_judged(state, phase_id, recorded, project))
        return tuple(told)


def _judged(
    state: RemainderState, phase_id: str, recorded: Recorded[Any], project: Watched
) -> tuple[Found, ...]:
    at = status_date(recorded, project)
    measure = project.costs.measured(phase_id, project.network, at)
    if measure is None:
        return ()
    figures = valued([measure], minute_of(at))
    before, told = state.found.get(phase_id, (None, None))
    limit = Fraction(project.number(NAME, REMAINDER), 100)
    if before is None and not optimistic_remainder(figures.value, limit):
        return ()
    if before is not None and not optimistic_remainder(figures.value, limit + MARGIN):
        del state.found[phase_id]
        return (Cleared(NAME, before.subjects, "The rest is said to cost what may be expected"),)
    share, implied = _share(figures)
    if told is not None and abs(share - told) < STEP:
        return ()
    found = Finding(
        rule=NAME,
        rule_version=VERSION,
        kind="cost",
        subjects=(stream_of("estimate", project.project_id, phase_id),),
        severity="medium",
        impact_days=NOTHING,
        summary=(
            f"The rest of “{measure.name}” is said to cost "
            f"{amount(share * implied, figures.currency)}; by what it has earned so far it is "
            f"{amount(implied, figures.currency)}"
        ),
        evidence=(recorded.position,),
        first_position=recorded.position if before is None else before.first_position,
        remedies=(f"Ask {measure.department or 'who works on it'} what the rest rests on",),
    )
    state.found[phase_id] = found, share
    return (found,)


def _share(figures: Valued) -> tuple[Fraction, Fraction]:
    """Return what the rest is said to cost as a share of what is implied, and that."""
    value = figures.value
    implied = ratio(value.work_remaining, value.cpi, "nothing is earned")
    share = ratio(value.etc, implied, "nothing remains")
    assert isinstance(implied, Fraction), "what is undefined crosses no limit"
    assert isinstance(share, Fraction), "what is undefined crosses no limit"
    return share, implied
