"""R3: find reports that contradict what the plant counted, or finished."""

from typing import Any, Final

from domain.kernel.messages import Recorded
from domain.reports.events import EVENTS as REPORT_EVENTS
from domain.rules.finding import Found, never
from domain.rules.heeding import Heeds
from domain.rules.parameters import Parameter
from domain.rules.report_checks import Judging, ReportsState, told_of_report
from domain.rules.watched import Watched

JUDGING: Final = Judging("report_against_plant", 1, "R3", "medium", "contradicts the plant")


class ReportAgainstPlant:
    """DOMAIN R3: more than 1000 bp from the plant's count, or silent on what the plant finished.

    The version sent last is looked at whenever something happens to the report, by what is known
    then of the report's moment; the tolerance is that of the acceptance itself, so it is no number
    of a project. There is no margin to restore: the finding is cleared by a version that agrees,
    and when the report is accepted, its check overruled or not, or waived.
    """

    name = JUDGING.rule
    version = JUDGING.version
    code = "R3"
    title = "A report contradicts what the plant counted or finished."
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
