"""R2: find reports that leave out a phase or a section that they have to be on."""

from typing import Any, Final

from domain.kernel.messages import Recorded
from domain.reports.events import EVENTS as REPORT_EVENTS
from domain.rules.finding import Found, never
from domain.rules.heeding import Heeds
from domain.rules.parameters import Parameter
from domain.rules.report_checks import Judging, ReportsState, told_of_report
from domain.rules.watched import Watched

JUDGING: Final = Judging("report_incomplete", 1, "R2", "low", "is incomplete")


class ReportIncomplete:
    """DOMAIN R2: phases that run or start in the look-ahead, and required sections, left out.

    The version sent last is looked at whenever something happens to the report, by what is known
    then of the report's moment. There is no margin to restore: what is left out is there or not.
    The finding is cleared by a version that has it all, and when the report is accepted or waived.
    """

    name = JUDGING.rule
    version = JUDGING.version
    code = "R2"
    title = "A report leaves out a phase or a section that it has to be on."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact = False
    at_once = True
    due = staticmethod(never)
    heeds = Heeds.of(*REPORT_EVENTS)

    def initial(self) -> ReportsState:
        """Return a project without reports."""
        return ReportsState()

    def fold(
        self, state: ReportsState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        del more
        return told_of_report(JUDGING, state, recorded, project.network)
