"""S11: find progress that falls, actuals after the data date, and facts that come very late."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, NamedTuple

from domain.compliance.known import shares_of
from domain.conflicts.events import Severity
from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.kernel.wording import counted
from domain.network.phase_line import PhaseLine
from domain.network.project_network import end_of_day
from domain.phases.events import EVENTS as PHASE_EVENTS
from domain.phases.facts import FACTS
from domain.projects.events import DataDateAdvanced
from domain.reports.events import EVENTS as REPORT_EVENTS
from domain.rules.finding import Cleared, Finding, Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING
from domain.rules.parameters import Parameter
from domain.rules.report_checks import Judging, ReportsState, told_of_report
from domain.rules.watched import Watched

NAME: Final[str] = "backward_data"
VERSION: Final[int] = 1

AHEAD: Final = Parameter(
    "ahead", 5, "days", "Actuals may lie so long after the end of the data date's day."
)
LATE: Final = Parameter(
    "late", 14, "days", "A fact that came to be known so long after it was true came late."
)
REPORTED: Final = Judging(
    f"{NAME}.reported", VERSION, "S11", "low", "goes back, or tells of the future"
)


class Odd(NamedTuple):
    """What is odd about a phase's facts, and the positions that show it."""

    severity: Severity
    says: str
    evidence: tuple[int, ...]


@dataclass(slots=True)
class DataState:
    """What was last found of each phase, kind by kind, and of each report."""

    reports: ReportsState = field(default_factory=ReportsState)
    found: dict[str, dict[str, Finding]] = field(
        default_factory=lambda: {"falls": {}, "future": {}, "late": {}}
    )
    """By kind, and by the stream of the phase."""


class BackwardData:
    """DOMAIN S11: a finding for each kind of data that cannot be right, or came too late.

    `falls`: the share done that was told last is lower than one before, without a reopening; it is
    cleared when the share is back, or the phase has ended or is reopened. `future`: a phase has an
    actual more than `ahead` days after the day of the data date (the catalogue allows none; plants
    report as they work, so a data date that trails by days is no fault of the facts); cleared when
    the data date has come near. `late`: the fact told last came to be known more than `late` days
    after it was true; cleared by the next one that comes in time. `reported`: a report that is not
    accepted yet goes back or tells of the future; cleared by a version that does not. None of them
    moves the promise by itself, and whole days and shares need no margin.
    """

    name = NAME
    version = VERSION
    code = "S11"
    title = "Progress falls, lies after the data date, or comes very late."
    parameters: tuple[Parameter, ...] = (AHEAD, LATE)
    weighs_impact = False
    at_once = False
    due = staticmethod(never)
    heeds = Heeds.of(*PHASE_EVENTS, *REPORT_EVENTS, DataDateAdvanced)

    def initial(self) -> DataState:
        """Return a project that nothing was told of."""
        return DataState()

    def fold(
        self, state: DataState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the findings it brings about, changes or ends."""
        del more
        told = list(told_of_report(REPORTED, state.reports, recorded, project.network))
        if isinstance(recorded.event, DataDateAdvanced):
            for stream in list(state.found["future"]):
                told += _told(state, "future", stream, recorded, project)
        elif project.changed and subject_of(recorded.stream).category == "phase":
            told += _told(state, "falls", recorded.stream, recorded, project)
            if isinstance(recorded.event, FACTS):
                told += _told(state, "future", recorded.stream, recorded, project)
                told += _told(state, "late", recorded.stream, recorded, project)
        return tuple(told)


def _told(
    state: DataState, kind: str, stream: str, recorded: Recorded[Any], project: Watched
) -> tuple[Found, ...]:
    """Compare what is odd about a phase now with what was told of it before."""
    line = project.network.lines[subject_of(stream).ids[-1]]
    match kind:
        case "falls":
            odd = _falls(line)
        case "future":
            odd = _future(line, project)
        case _:
            odd = _late(recorded, project)
    before = state.found[kind].get(stream)
    if odd is None:
        if before is None:
            return ()
        del state.found[kind][stream]
        return (Cleared(before.rule, before.subjects, "What was told since does not say so"),)
    if before is not None and before.evidence == odd.evidence:
        return ()
    found = Finding(
        rule=f"{NAME}.{kind}",
        rule_version=VERSION,
        kind="communication",
        subjects=(stream,),
        severity=odd.severity,
        impact_days=NOTHING,
        summary=f"“{line.name}” {odd.says}",
        evidence=odd.evidence,
        first_position=recorded.position if before is None else before.first_position,
    )
    state.found[kind][stream] = found
    return (found,)


def _falls(line: PhaseLine) -> Odd | None:
    shares = [] if line.known.has_ended else shares_of(line.execution)
    if not shares:
        return None
    last = shares[-1]
    highest = max(shares, key=lambda each: each.event.physical_bp or 0)
    share, before = last.event.physical_bp, highest.event.physical_bp
    if share == before:
        return None
    says = f"is told to be {share} bp done, after {before} bp, and was not reopened"
    return Odd("medium", says, tuple(sorted((highest.position, last.position))))


def _future(line: PhaseLine, project: Watched) -> Odd | None:
    network = project.network
    if network.data_date is None or not line.execution.facts:
        return None
    day = network.data_date.astimezone(network.zone).date()
    until = end_of_day(day, network.zone) + timedelta(days=project.number(NAME, AHEAD))
    last = line.execution.facts[-1]
    if last.effective_at <= until:
        return None
    last_day = last.effective_at.astimezone(network.zone).date()
    says = f"has actuals of {last_day}, and the data date is {day}"
    return Odd("low", says, (last.position,))


def _late(recorded: Recorded[Any], project: Watched) -> Odd | None:
    days = (recorded.recorded_at - recorded.effective_at) // timedelta(days=1)
    if recorded.recorded_at - recorded.effective_at <= timedelta(days=project.number(NAME, LATE)):
        return None
    says = f"was told of {counted(days, 'day')} after it was true"
    return Odd("low", says, (recorded.position,))
