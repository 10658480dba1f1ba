"""S14: find schedules that fail checks of their quality."""

from dataclasses import dataclass, field
from typing import Any, Final

from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.quality.assessment import assess
from domain.rules.finding import Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING
from domain.rules.parameters import Parameter
from domain.rules.telling import Condition, Conditions
from domain.rules.watched import Watched
from domain.rules.weekly import Weekly

NAME: Final[str] = "schedule_quality"
VERSION: Final[int] = 1

MANY: Final = 5
"""With so many failed checks the dates themselves are in doubt."""
_REMEDIES: Final = ("mend the plan check by check: takt quality names the phases and links",)


@dataclass(slots=True)
class QualityState:
    """What was last told, and when the checks were made."""

    weekly: Weekly = field(default_factory=Weekly)
    conditions: Conditions = field(default_factory=lambda: Conditions(NAME, VERSION))


class ScheduleQuality:
    """DOMAIN S14: the fourteen checks of DCMA-EA PAM 200.1, one finding for those that fail.

    The checks look at the whole plan, and one of them schedules it again, so they are made at the
    first data date, at each that is a week later than the last they were made at, and when a
    baseline is approved. A check that has nothing to measure by has not failed.

    A plan that is hard to trust moves no date, so there is no impact. The finding is told again
    when other checks fail than before, and cleared when none does; days are no measure of it.
    """

    name = NAME
    version = VERSION
    code = "S14"
    title = "The schedule fails checks of its quality."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact = False
    at_once = True
    due = staticmethod(never)
    heeds = Heeds.of(network=True)

    def initial(self) -> QualityState:
        """Return a project that nothing has happened to."""
        return QualityState()

    def fold(
        self, state: QualityState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        if not project.changed or not state.weekly.is_due(recorded, more=more):
            return ()
        network = project.network
        baseline = network.baseline
        checks = assess(network, None if baseline is None else baseline.dates)
        failed = [each.name.replace("_", " ") for each in checks if each.passed is False]
        now = None
        if failed:
            now = Condition(
                kind="schedule",
                severity="medium" if len(failed) >= MANY else "low",
                impact_days=NOTHING,
                summary=f"The schedule fails {len(failed)} of 14 checks: {', '.join(failed)}",
                evidence=[] if baseline is None else [baseline.typed.position],
                grade=", ".join(failed),
                remedies=_REMEDIES,
            )
        subjects = (stream_of("project", network.project_id),)
        because = "The schedule fails no check"
        return tuple(state.conditions.tell(subjects, now, recorded.position, because))
