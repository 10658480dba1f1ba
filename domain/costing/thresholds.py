"""Hold figures of cost to their thresholds: the conditions of the rules V1 to V5.

Each is a function of exact figures; what is undefined crosses no threshold. Source of the
conditions and numbers: DOMAIN 4, cost.
"""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from domain.costing.book import CostBook
from domain.costing.measured import MILESTONES
from domain.costing.valued import InTime
from domain.kernel.minutes import minute_of
from domain.network.project_network import ProjectNetwork
from domain.planning.earned_value import EarnedValue, Undefined, Value, ratio

CPI_MIN: Final = Fraction(9, 10)
COMPLETE_MIN: Final = Fraction(15, 100)
"""Before so much is earned, a cost index says little."""

EAC_MAX: Final = Fraction(105, 100)
"""Of the budget at completion."""

SPI_T_MIN: Final = Fraction(9, 10)
TCPI_MAX: Final = Fraction(110, 100)
REMAINDER_MIN: Final = Fraction(9, 10)
"""Of the remainder that the cost index implies."""


def over_budget(
    value: EarnedValue,
    *,
    cpi_min: Fraction = CPI_MIN,
    complete_min: Fraction = COMPLETE_MIN,
    eac_max: Fraction = EAC_MAX,
) -> bool:
    """V1: CPI < 0.9 once 15 % are earned, or EAC = BAC / CPI > 1.05 BAC."""
    earned = ratio(value.ev, value.bac, "nothing is budgeted")
    low = _below(value.cpi, cpi_min) and not _below(earned, complete_min)
    return low or _above(ratio(value.eac_at_cpi, value.bac, "nothing is budgeted"), eac_max)


def late_by_earned_schedule(
    in_time: InTime, promise_end: datetime | None, *, spi_t_min: Fraction = SPI_T_MIN
) -> bool:
    """V2: SPI(t) < 0.9, or the finish it forecasts lies after the promise."""
    if _below(in_time.schedule.spi_t, spi_t_min):
        return True
    finish = in_time.finish
    return promise_end is not None and isinstance(finish, datetime) and finish > promise_end


def beyond_recovery(
    tcpi: Value, one_before: Value, two_before: Value, *, tcpi_max: Fraction = TCPI_MAX
) -> bool:
    """V3: TCPI > 1.10, and it rose in each of the last two periods."""
    if isinstance(tcpi, Undefined) or isinstance(one_before, Undefined):
        return False
    if isinstance(two_before, Undefined):
        return False
    return tcpi > tcpi_max and tcpi > one_before > two_before


def unestimated(
    network: ProjectNetwork, book: CostBook, now: datetime, days: int
) -> tuple[str, ...]:
    """V4: return the phases that start within so many days without an approved estimate, by id.

    Milestones cost nothing; without a schedule nothing is known to start.
    """
    schedule = network.schedule()
    if schedule is None:
        return ()
    horizon = minute_of(now + timedelta(days=days))
    return tuple(
        line.id
        for line in network.working_lines()
        if line.kind not in MILESTONES
        and not line.known.has_started
        and schedule.phases[line.id].start <= horizon
        and book.of(line.id).approved is None
    )


def optimistic_remainder(value: EarnedValue, remainder_min: Fraction = REMAINDER_MIN) -> bool:
    """V5: ETC is more than 10 % below what the cost index implies, (BAC - EV) / CPI."""
    implied = ratio(value.work_remaining, value.cpi, "nothing is earned")
    return _below(ratio(value.etc, implied, "nothing remains"), remainder_min)


def _below(value: Value, limit: Fraction) -> bool:
    return isinstance(value, Fraction) and value < limit


def _above(value: Value, limit: Fraction) -> bool:
    return isinstance(value, Fraction) and value > limit
