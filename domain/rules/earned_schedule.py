"""V2: find a project that earns so slowly that it will be late."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from domain.costing.thresholds import late_by_earned_schedule
from domain.costing.valued import InTime, in_time, valued
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import minute_of
from domain.kernel.work_axis import CalendarError
from domain.planning.earned_value import Undefined
from domain.projects.events import DataDateAdvanced
from domain.rules.finding import Cleared, Finding, Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, severity_of, working_days
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "earned_schedule"
VERSION: Final[int] = 1

SPI_T: Final = Parameter(
    "spi_t", 90, "hundredths", "The project earns its plan at least at so much of its pace."
)
DUE: Final = Parameter(
    "due", 15, "hundredths of the budget", "Before so much was to be earned the pace says little."
)
MARGIN: Final = Fraction(2, 100)
STEP: Final = Fraction(5, 100)
MARGIN_DAYS: Final = Decimal(1)


@dataclass(slots=True)
class PaceState:
    """What was last found of the project, and the index it was told with."""

    found: Finding | None = None
    spi_t: Fraction = Fraction(0)


class EarnedScheduleLate:
    """DOMAIN V2: SPI(t) < 0.9, or the finish that earned schedule forecasts lies after the promise.

    The figures are those of `takt cost` for the whole project, looked at whenever the data date
    advances: a period of the rule, from when 15 % of the budget were to be earned, for a day late
    in the first week would forecast months. The impact is the working days, on the project's
    calendar, from the end of the promised day to the finish of IEAC(t). What is undefined crosses
    no limit. It is cleared when SPI(t) is better than its limit by 2 hundredths and the finish
    keeps the promise by a working day, told again when the impact has changed by a working day or
    the index by 5 hundredths.
    """

    name = NAME
    version = VERSION
    code = "V2"
    title = "What the project has earned by now forecasts a late finish."
    parameters: tuple[Parameter, ...] = (SPI_T, DUE)
    weighs_impact = False
    at_once = True
    due = staticmethod(never)
    heeds = Heeds.of(DataDateAdvanced)

    def initial(self) -> PaceState:
        """Return a project that earns nothing."""
        return PaceState()

    def fold(
        self, state: PaceState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        del more
        if not isinstance(recorded.event, DataDateAdvanced) or not project.costs.phases:
            return ()
        before, pace = state.found, _pace(project, recorded.event.data_date)
        spi_t = Undefined("") if pace is None else pace.schedule.spi_t
        if pace is None or isinstance(spi_t, Undefined):
            return _cleared(state, "What is earned tells no finish any more")
        if before is None and not _is_late(pace, project):
            return ()
        if before is not None and not _is_late(pace, project, MARGIN, MARGIN_DAYS):
            return _cleared(state, "It earns its plan in time for what is promised")
        found = _finding(pace, project, recorded.position, before)
        if (
            before is not None
            and abs(found.impact_days - before.impact_days) < MARGIN_DAYS
            and abs(spi_t - state.spi_t) < STEP
        ):
            return ()
        state.found, state.spi_t = found, spi_t
        return (found,)


def _cleared(state: PaceState, because: str) -> tuple[Found, ...]:
    before, state.found = state.found, None
    return () if before is None else (Cleared(NAME, before.subjects, because),)


def _pace(project: Watched, at: datetime) -> InTime | None:
    measures = project.costs.all_measured(project.network, at)
    value = valued(measures, minute_of(at)).value
    if isinstance(value.pv, Undefined) or isinstance(value.bac, Undefined):
        return None
    if value.pv * 100 < value.bac * project.number(NAME, DUE):
        return None
    try:
        pace = in_time(measures, value.ev, minute_of(at), project.network.calendar)
    except CalendarError:
        return None
    return None if isinstance(pace, Undefined) else pace


def _is_late(
    pace: InTime, project: Watched, margin: Fraction = Fraction(0), spare: Decimal = NOTHING
) -> bool:
    limit = Fraction(project.number(NAME, SPI_T), 100) + margin
    end = project.network.promise_end
    if late_by_earned_schedule(pace, end, spi_t_min=limit):
        return True
    finish = pace.finish
    if end is None or isinstance(finish, Undefined):
        return False
    return working_days(project.network.calendar, minute_of(finish), minute_of(end)) < spare


def _finding(pace: InTime, project: Watched, position: int, before: Finding | None) -> Finding:
    network, finish, end = project.network, pace.finish, project.network.promise_end
    impact, forecast = NOTHING, ""
    if not isinstance(finish, Undefined):
        forecast = f", which forecasts {finish.astimezone(network.zone).date()} as its finish"
        if end is not None:
            late = working_days(network.calendar, minute_of(end), minute_of(finish))
            impact = max(NOTHING, late)
    spi_t = pace.schedule.spi_t
    assert isinstance(spi_t, Fraction), "what is undefined is not told"
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        kind="cost",
        subjects=(stream_of("project", network.project_id),),
        severity=severity_of(impact),
        impact_days=impact,
        summary=f"The project earns its plan at {round(spi_t * 100)} % of its pace{forecast}",
        evidence=(position,),
        first_position=position if before is None else before.first_position,
    )
