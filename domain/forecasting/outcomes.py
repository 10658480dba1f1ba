"""Collect from a project's network what became of estimates and of vendors' promises."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from domain.commitments.facts import Status, promised_by
from domain.kernel.minutes import minute_of
from domain.kernel.work_axis import CalendarError, WorkAxis
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork
from domain.network.supplies import Supply
from domain.phases.events import ProgressRecorded

ESTIMATED: Final = frozenset({"task", "procurement", "review"})
"""The kinds of phases whose duration somebody estimated."""


class Outcome(NamedTuple):
    """How long something took for what it was estimated at; `known_at` is a position of the log."""

    department: str
    kind: str
    ratio: float
    weight: float
    known_at: int


class Slip(NamedTuple):
    """By how many days goods came later than a promise; all promises of one order weigh one."""

    vendor: str
    days: int
    weight: float
    received_at: datetime
    order: str
    known_at: int


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of estimated durations, of remaining durations as reported, and of promises."""

    durations: Sequence[Outcome] = ()
    remainders: Sequence[Outcome] = ()
    slips: Sequence[Slip] = ()

    def known_by(self, position: int) -> "Outcomes":
        """Return what of it was known at a position of the log."""
        return Outcomes(
            [each for each in self.durations if each.known_at <= position],
            [each for each in self.remainders if each.known_at <= position],
            [each for each in self.slips if each.known_at <= position],
        )


def together(several: Iterable[Outcomes]) -> Outcomes:
    """Return the outcomes of several projects as one."""
    kept = list(several)
    return Outcomes(
        [each for one in kept for each in one.durations],
        [each for one in kept for each in one.remainders],
        [each for one in kept for each in one.slips],
    )


def outcomes_of(network: ProjectNetwork) -> Outcomes:
    """Return what came of a project's estimates and orders as far as it is over.

    A phase counts once it is finished and its start was reported: the working minutes of its
    calendar from actual start to actual finish, interruptions included, for those estimated. Each
    report of a remaining duration counts likewise, all reports of one phase together as one.
    """
    durations: list[Outcome] = []
    remainders: list[Outcome] = []
    for line in network.working_lines():
        known = line.known
        if known.stage != "finished" or known.start_is_assumed or line.kind not in ESTIMATED:
            continue
        try:
            axis = network.calendar_of(line).axis
            durations += _durations(line, axis)
            remainders += _remainders(line, axis)
        except CalendarError:
            continue  # Nobody can say how long it was worked.
    slips = [slip for supply in network.supplies.lines() for slip in _slips(supply, network)]
    return Outcomes(durations, remainders, slips)


def _durations(line: PhaseLine, axis: WorkAxis) -> Iterator[Outcome]:
    known = line.known
    if known.started_at is None or known.ended_at is None or line.duration_min <= 0:
        return
    worked = axis.between(minute_of(known.started_at), minute_of(known.ended_at))
    if worked >= 0:  # A finish before the start contradicts itself and says nothing.
        ratio = worked / line.duration_min
        yield Outcome(line.department, line.kind, ratio, 1.0, _known_at(line))


def _remainders(line: PhaseLine, axis: WorkAxis) -> Sequence[Outcome]:
    end = line.known.ended_at
    reports = [
        (each, each.event.remaining_min)
        for each in line.execution.facts
        if isinstance(each.event, ProgressRecorded)
        and each.event.remaining_min
        and end is not None
        and each.effective_at <= end
    ]
    return [
        Outcome(
            line.department,
            line.kind,
            axis.between(minute_of(report.effective_at), minute_of(end)) / remaining,
            1.0 / len(reports),
            max(_known_at(line), report.position),
        )
        for report, remaining in reports
        if end is not None
    ]


def _known_at(line: PhaseLine) -> int:
    sources = (line.known.start_of, line.known.end_of)
    return max((each.position for each in sources if each is not None), default=0)


def _slips(supply: Supply, network: ProjectNetwork) -> Sequence[Slip]:
    came = supply.standing.last_receipt_at
    if supply.standing.status is not Status.RECEIVED or came is None:
        return ()
    received = came.astimezone(network.zone).date()
    void = {contradiction.fact.version for contradiction in supply.standing.contradictions}
    facts = [each for each in supply.line.facts if each.version not in void]
    promises = dict.fromkeys(
        day for each in facts if each.effective_at <= came and (day := promised_by(each.event))
    )
    return [
        Slip(
            supply.vendor,
            (received - day).days,
            1.0 / len(promises),
            came,
            supply.id,
            max(each.position for each in facts),
        )
        for day in promises
    ]
