"""Find what does not fit, event by event, without a clock and without sampling."""

from typing import Any, Final

from domain.rules.backward_data import BackwardData
from domain.rules.contradiction import FactContradicts
from domain.rules.cost_index import CostIndex
from domain.rules.earned_schedule import EarnedScheduleLate
from domain.rules.estimate_missing import EstimateMissing
from domain.rules.finding import Cleared, Finding, Found, Rule
from domain.rules.finish_after_promise import FinishAfterPromise
from domain.rules.implausible_finish import ImplausibleFinish
from domain.rules.optimism import Optimism
from domain.rules.optimistic_remainder import OptimisticRemainder
from domain.rules.promise_late import PromiseLate
from domain.rules.recovery import RecoveryNotCredible
from domain.rules.report_against_plant import ReportAgainstPlant
from domain.rules.report_incomplete import ReportIncomplete
from domain.rules.report_overdue import ReportOverdue
from domain.rules.stalled import Stalled

RULES: Final[tuple[Rule[Any], ...]] = (
    FactContradicts(),
    PromiseLate(),
    FinishAfterPromise(),
    ReportOverdue(),
    ReportIncomplete(),
    ReportAgainstPlant(),
    Optimism(),
    Stalled(),
    ImplausibleFinish(),
    BackwardData(),
    CostIndex(),
    EarnedScheduleLate(),
    RecoveryNotCredible(),
    EstimateMissing(),
    OptimisticRemainder(),
)
"""Every rule, in the order in which they are asked."""

__all__ = ["RULES", "Cleared", "Finding", "Found", "Rule"]
