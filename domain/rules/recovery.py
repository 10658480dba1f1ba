"""V3: find a project whose budget can only be kept by a pace that nobody believes in."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from domain.costing.thresholds import beyond_recovery
from domain.costing.valued import valued
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import minute_of
from domain.planning.earned_value import Undefined, Value
from domain.projects.events import DataDateAdvanced
from domain.rules.finding import Cleared, Finding, Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "recovery"
VERSION: Final[int] = 1

TCPI: Final = Parameter(
    "tcpi", 110, "hundredths", "What is left may have to earn at most so much for what it costs."
)
MARGIN: Final = Fraction(2, 100)
STEP: Final = Fraction(5, 100)
_UNKNOWN: Final = Undefined("it was not looked at yet")


@dataclass(slots=True)
class RecoveryState:
    """The index of the last two periods, and what was found with which."""

    periods: tuple[Value, Value] = (_UNKNOWN, _UNKNOWN)
    found: Finding | None = None
    tcpi: Fraction = field(default=Fraction(0))


class RecoveryNotCredible:
    """DOMAIN V3: TCPI = (BAC - EV) / (BAC - AC) over 1.10, and risen in each of two periods.

    A period is from one advance of the data date to the next; the figures are those of `takt
    cost` for the whole project. Money moves no date, so the impact is nothing. It is cleared when
    TCPI is 2 hundredths below its limit or all is earned, told again when it has changed by 5
    hundredths. Once the budget is spent there is no such index, and what was found stays.
    """

    name = NAME
    version = VERSION
    code = "V3"
    title = "To keep the budget the rest would have to go ever better than it went."
    parameters: tuple[Parameter, ...] = (TCPI,)
    weighs_impact = False
    at_once = True
    due = staticmethod(never)
    heeds = Heeds.of(DataDateAdvanced)

    def initial(self) -> RecoveryState:
        """Return a project that costs nothing."""
        return RecoveryState()

    def fold(
        self, state: RecoveryState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        del more
        if not isinstance(recorded.event, DataDateAdvanced) or not project.costs.phases:
            return ()
        at = recorded.event.data_date
        tcpi = valued(project.costs.all_measured(project.network, at), minute_of(at)).value.tcpi
        (two_before, one_before), before = state.periods, state.found
        state.periods = one_before, tcpi
        limit = Fraction(project.number(NAME, TCPI), 100)
        if isinstance(tcpi, Undefined):
            return ()
        if before is not None and tcpi <= limit - MARGIN:
            state.found = None
            return (Cleared(NAME, before.subjects, "What is left has to go no better than it can"),)
        if before is None and not beyond_recovery(tcpi, one_before, two_before, tcpi_max=limit):
            return ()
        if before is not None and abs(tcpi - state.tcpi) < STEP:
            return ()
        state.tcpi = tcpi
        state.found = _finding(tcpi, project.project_id, recorded.position, before)
        return (state.found,)


def _finding(tcpi: Fraction, project_id: str, position: int, before: Finding | None) -> Finding:
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        kind="cost",
        subjects=(stream_of("project", project_id),),
        severity="high",
        impact_days=NOTHING,
        summary=(
            f"To keep the budget the rest must earn {round(tcpi * 100)} % of what it costs, more "
            "with each period"
        ),
        evidence=(position,),
        first_position=position if before is None else before.first_position,
        remedies=("Take another estimate at completion, or another budget",),
    )
