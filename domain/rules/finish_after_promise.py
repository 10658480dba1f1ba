"""S2: find a project whose forecast finish is later than its promise to the customer."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import instant_of, minute_of
from domain.network.calendars import standard_day_min
from domain.network.project_network import ProjectNetwork
from domain.rules.finding import Cleared, Finding, Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, days_of, severity_of, working_days
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "finish_after_promise"
VERSION: Final[int] = 1

MARGIN_DAYS: Final = Decimal(1)
"""The finding is cleared when the forecast keeps the promise by this many working days, and told
again when its impact has changed by as many."""


@dataclass(slots=True)
class FinishState:
    """What was last found of a project."""

    found: Finding | None = None
    unjudged: bool = False
    """Whether something was taken in that was not judged yet."""


class FinishAfterPromise:
    """DOMAIN S2: the whole project's forecast finish against the end of the promised day.

    The promised day ends in the project's zone; lateness is counted in working days of the
    project's calendar. Which promise counts of several: `ProjectNetwork.promise`. A finding is told
    again when its impact has changed by a whole working day; it is cleared when the forecast keeps
    the promise by a working day, when all work is done in time, or when there is nothing left to
    keep (no promise, or the project cancelled).
    """

    name = NAME
    version = VERSION
    code = "S2"
    title = "The project is forecast to finish after its promise to the customer."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact = True
    at_once = False
    due = staticmethod(never)
    heeds = Heeds.of(network=True)

    def initial(self) -> FinishState:
        """Return a project that nothing has happened to."""
        return FinishState()

    def fold(
        self, state: FinishState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        network = project.network
        state.unjudged |= project.changed
        if more or not state.unjudged:
            return ()
        state.unjudged = False
        if state.found is None and not network.promises:
            return ()
        subjects = (stream_of("project", network.project_id),)
        because = _kept_because(network)
        if because is not None:
            if state.found is None:
                return ()
            state.found = None
            return (Cleared(NAME, subjects, because),)
        found = _finding(network, subjects, recorded.position, state.found)
        if found is None:
            return ()
        state.found = found
        return (found,)


def _kept_because(network: ProjectNetwork) -> str | None:
    """Say why the promise is safe, or that none is left; None where it is not surely kept."""
    promise, end = network.promise, network.promise_end
    if network.standing == "cancelled":
        return "The project was cancelled"
    if promise is None or end is None:
        return "Nothing is promised"
    schedule = network.schedule()
    if schedule is None or instant_of(schedule.finish) > end:
        return None
    calendar = network.calendar
    margin_min = calendar.axis.between(schedule.finish, minute_of(end))
    if margin_min >= MARGIN_DAYS * standard_day_min(calendar):
        days = days_of(margin_min, calendar)
        return f"The forecast keeps the promise of {promise.day} by {days} working days"
    if all(line.known.has_ended for line in network.working_lines()):
        return f"The work was done in time for the promise of {promise.day}"
    return None


def _finding(
    network: ProjectNetwork, subjects: tuple[str, ...], position: int, before: Finding | None
) -> Finding | None:
    """Return what is to be told now: None where it is as before, or has not begun."""
    promise, end, schedule = network.promise, network.promise_end, network.schedule()
    if promise is None or end is None or schedule is None:
        return None
    finish = instant_of(schedule.finish)
    if before is None and finish <= end:
        return None
    impact = max(NOTHING, working_days(network.calendar, minute_of(end), schedule.finish))
    if before is not None and abs(impact - before.impact_days) < MARGIN_DAYS:
        return None  # Forecasts rise with each data date and fall with each report.
    day = finish.astimezone(network.zone).date()
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        kind="schedule",
        subjects=subjects,
        severity=severity_of(impact),
        impact_days=impact,
        summary=(
            f"The project is forecast to finish on {day}, {impact} working days after the end of "
            f"the promised day {promise.day}"
        ),
        evidence=tuple(sorted({promise.typed.position, position})),
        first_position=position if before is None else before.first_position,
    )
