"""Back-test rules on a project's history: how often they were right, and how early.

The history is replayed message by message through a rule and its noise control, with the ticks the
rule was due at; nothing is used that was not known at that position. What became of its conflicts
is then judged by all that is known at the end. Source of the measures: DOMAIN 5.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from domain.kernel.corrections import corrected, is_correction
from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute, minute_of
from domain.network.project_network import ProjectNetwork
from domain.policies.conflict_on_finding import Judged, told
from domain.policies.slips import KINDS, Slips, working_time
from domain.references.shared import unwrapped
from domain.rules.finding import Finding, Found, Rule
from domain.rules.watched import Watched

HORIZON_DAYS: Final = 60
"""So many working days after it is found a slip is still what a rule warned of."""

Condition: TypeAlias = tuple[str, tuple[str, ...]]
Messages: TypeAlias = Sequence[Sequence[Recorded[Any]]]

_OVER: Final = frozenset({"completed", "cancelled"})
_HUNDREDTH: Final = Decimal("0.01")
_BASIS_POINTS: Final = 10_000
_JUDGES: Final[Mapping[str, str]] = {
    "M4": "commitment", "M5": "commitment", "M6": "commitment", "M7": "commitment",
    "M8": "commitment", "S1": "phase", "S2": "project", "S3": "project", "S4": "phase",
    "S5": "phase", "S8": "phase", "S9": "phase", "S10": "phase", "V2": "project",
}  # fmt: skip
"""Whose slips a rule that never fires has missed, by its place in the catalogue."""


class Ticks(Protocol):
    """The ticks of the log, by position and by moment."""

    def last(self, position: int) -> Recorded[Any] | None:
        """Return the last tick at or before a position."""

    def first(self, due: datetime, after: int, before: int) -> Recorded[Any] | None:
        """Return the first tick between two positions that reaches a moment."""


class Period(NamedTuple):
    """What is judged: conflicts opened from one position to another, both included.

    What came before is known to the rule all the same; what came after, to nobody. `begin` and
    `end` are when the first and the last of them were recorded.
    """

    first: int
    last: int
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Score:
    """What became of a rule's conflicts. Several projects' scores add up (`plus`).

    `fired` are the conflicts opened that can be judged; `true` those after which a slip of a
    subject by at least one working day became actual within the horizon of one of their openings;
    `missed` the slips that became actual without an earlier firing; `undecided` the conflicts
    besides: their horizon is not over, or nothing says when their subjects are to be done.
    """

    rule: str
    code: str
    fired: int = 0
    true: int = 0
    missed: int = 0
    undecided: int = 0
    leads: tuple[Decimal, ...] = ()
    """Of each true one the working days from its first right firing to when the slip was actual."""

    @property
    def false(self) -> int:
        """The conflicts after which nothing slipped in time."""
        return self.fired - self.true

    @property
    def precision_bp(self) -> int | None:
        """True ones of those that fired, in basis points; None where none did."""
        return _share_bp(self.true, self.fired)

    @property
    def recall_bp(self) -> int | None:
        """True ones of those and the missed, in basis points; None where nothing slipped."""
        return _share_bp(self.true, self.true + self.missed)

    @property
    def lead_days(self) -> Decimal | None:
        """The median of the leads in working days; None where nothing was true."""
        if not self.leads:
            return None
        return median(self.leads).quantize(_HUNDREDTH, ROUND_HALF_UP)

    def plus(self, other: "Score") -> "Score":
        """Return the score of both."""
        return Score(
            self.rule,
            self.code,
            self.fired + other.fired,
            self.true + other.true,
            self.missed + other.missed,
            self.undecided + other.undecided,
            (*self.leads, *other.leads),
        )


class Firing(NamedTuple):
    """A conflict is opened, or opened again: where, when, and when its subjects are due then."""

    position: int
    at: Minute
    due: Mapping[str, Minute]


@dataclass(slots=True)
class _Trial:
    """One rule under test: what it knows, and what it told."""

    rule: Rule[Any]
    judged: Judged
    open: set[Condition] = field(default_factory=set)
    fired: dict[Condition, list[Firing]] = field(default_factory=dict)

    def due(self, project: Watched) -> datetime | None:
        """Return the next moment at which time alone brings something about, as for a policy."""
        if project.network.standing in _OVER:
            return None
        own = self.rule.due(self.judged.states[self.rule.name], project)
        dues = (own, self.judged.conditions.due())
        now = project.now
        waits = (due for due in dues if due is not None and (now is None or due > now))
        return min(waits, default=None)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of subjects that the rule is about, as far as they can slip."""
        about = {
            subject_of(stream).category for _, subjects in self.fired for stream in subjects
        } & KINDS
        declared = _JUDGES.get(self.rule.code)
        return frozenset(about if declared is None else {*about, declared})


def backtest(
    rules: Sequence[Rule[Any]],
    project_id: str,
    messages: Messages,
    ticks: Ticks,
    period: Period,
    *,
    horizon_days: int = HORIZON_DAYS,
) -> list[Score]:
    """Return the score of each rule over a project's history, message by message as recorded.

    The rules share the project's network and nothing else: each scores as it would alone.
    `horizon_days` are working days.
    """
    replay = _Replay(project_id, rules, ticks)
    replay.run(messages, period.last)
    return [_scored(trial, replay, period, horizon_days) for trial in replay.trials]


class _Replay:
    """A project's history as it came to be known, with several rules looking at it."""

    def __init__(self, project_id: str, rules: Sequence[Rule[Any]], ticks: Ticks) -> None:
        self.project = Watched(project_id)
        self.slips = Slips()
        self.trials = [_Trial(rule, _unjudged(rule)) for rule in rules]
        self._ticks = ticks
        self._done = 0
        declared = {_JUDGES.get(rule.code) for rule in rules}
        # Of a rule that is not known it is not known either whose slips it warns of.
        self._kinds = KINDS if None in declared else frozenset(kind for kind in declared if kind)

    def run(self, messages: Messages, up_to: int) -> None:
        """Take the history in, and the ticks up to a position."""
        for place, message in enumerate(messages):
            self._pass_ticks(message[0].position)
            if any(map(is_correction, message)):
                self._believe(messages[: place + 1])
                continue
            found = list(self._take(message))
            self._look(message[-1])
            for trial, each, at in found:
                self._tell(trial, each, message[-1].position, at)
        self._pass_ticks(up_to + 1)

    def _look(self, last: Recorded[Any]) -> None:
        """Note what is expected after a message, before what was found in it is told."""
        self._done = last.position
        self.slips.look(self.project.network, self.project.moment_of(last), self._kinds)

    def _take(self, message: Sequence[Recorded[Any]]) -> Iterator[tuple[_Trial, Found, datetime]]:
        now = self._ticks.last(message[0].position - 1)
        if now is not None:
            self.project.advance(now.event.to)
        last = len(message) - 1
        for place, recorded in enumerate(map(unwrapped, message)):
            self.project.take(recorded)
            at = self.project.moment_of(recorded)
            for trial in self.trials:
                for each in told(
                    [trial.rule], trial.judged, recorded, self.project, more=place < last
                ):
                    yield trial, each.found, at

    def _pass_ticks(self, before: int) -> None:
        """Hand each rule the ticks it is due at, up to a position."""
        for tick, trials in self._ticks_due(before):
            self.project.take(tick)
            at = self.project.moment_of(tick)
            for trial in trials:
                for each in told([trial.rule], trial.judged, tick, self.project):
                    self._tell(trial, each.found, tick.position, at)

    def _ticks_due(self, before: int) -> Iterator[tuple[Recorded[Any], list[_Trial]]]:
        after = self._done
        while True:
            dues = [(trial, trial.due(self.project)) for trial in self.trials]
            waiting = [(trial, due) for trial, due in dues if due is not None]
            if not waiting:
                return
            tick = self._ticks.first(min(due for _, due in waiting), after, before)
            if tick is None:
                return
            yield tick, [trial for trial, due in waiting if due <= tick.event.to]
            after = tick.position

    def _tell(self, trial: _Trial, found: Found, position: int, at: datetime) -> None:
        condition = found.rule, found.subjects
        if not isinstance(found, Finding):
            trial.open.discard(condition)
        elif condition not in trial.open:
            trial.open.add(condition)
            due = {
                stream: expected.first
                for stream in found.subjects
                if (expected := self.slips.expected(stream)) is not None
                and expected.first is not None
            }
            firing = Firing(position, minute_of(at), due)
            trial.fired.setdefault(condition, []).append(firing)

    def _believe(self, messages: Messages) -> None:
        """Fold the project anew as it is believed since a correction; tell what is otherwise."""
        last = messages[-1][-1]
        believed = {
            each.event_id: each
            for each in corrected(each for message in messages for each in message)
        }
        self.project = Watched(self.project.project_id)
        for trial in self.trials:
            trial.judged = _unjudged(trial.rule)
        self._done = 0
        for message in messages:
            self._pass_silently(message[0].position)
            kept = [believed[each.event_id] for each in message if each.event_id in believed]
            if kept:
                for _ in self._take(kept):
                    pass  # It was told when the event was read first.
            self._done = message[-1].position
        self._look(last)
        at = self.project.moment_of(last)
        for trial in self.trials:
            now = trial.judged.conditions.open()
            trial.open &= now.keys()
            for finding in now.values():
                self._tell(trial, finding, last.position, at)

    def _pass_silently(self, before: int) -> None:
        for tick, trials in self._ticks_due(before):
            self.project.take(tick)
            for trial in trials:
                told([trial.rule], trial.judged, tick, self.project)


def _unjudged(rule: Rule[Any]) -> Judged:
    return Judged({rule.name: rule.initial()})


def _scored(trial: _Trial, replay: _Replay, period: Period, horizon_days: int) -> Score:
    """Judge a rule's conflicts, and look for the slips it missed."""
    network, end = replay.project.network, minute_of(period.end)
    leads: list[Decimal] = []
    fired = undecided = 0
    for firings in trial.fired.values():
        within = [each for each in firings if each.position >= period.first]
        if not within:
            continue
        lead = next(
            (
                days
                for each in within
                if (days := _lead_days(each, replay, end, horizon_days)) is not None
            ),
            None,
        )
        if lead is not None:
            leads.append(lead)
            fired += 1
        elif all(_is_decided(each, replay, end, horizon_days) for each in within):
            fired += 1
        else:
            undecided += 1
    missed = sum(1 for _ in _missed(trial, replay, period, horizon_days)) if network.opened else 0
    return Score(
        trial.rule.name, trial.rule.code, fired, len(leads), missed, undecided, tuple(leads)
    )


def _lead_days(firing: Firing, replay: _Replay, end: Minute, horizon_days: int) -> Decimal | None:
    """Return the working days from a firing to the first slip it foresaw; None for none."""
    found: list[Decimal] = []
    for stream, due in firing.due.items():
        slip = replay.slips.slip(stream, due, replay.project.network, end)
        if slip is None or not slip.slipped:
            continue
        axis, day_min = working_time(stream, replay.project.network)
        minutes = axis.between(firing.at, slip.actual_at)
        if firing.at < slip.actual_at and minutes <= horizon_days * day_min:
            found.append((Decimal(minutes) / day_min).quantize(_HUNDREDTH, ROUND_HALF_UP))
    return min(found, default=None)


def _is_decided(firing: Firing, replay: _Replay, end: Minute, horizon_days: int) -> bool:
    """Tell whether it is known that a firing foresaw nothing: each subject done, or time over."""
    for stream, due in firing.due.items():
        slip = replay.slips.slip(stream, due, replay.project.network, end)
        if slip is None:
            return False
        axis, day_min = working_time(stream, replay.project.network)
        if not slip.settled and end < axis.add(firing.at, horizon_days * day_min):
            return False
    return bool(firing.due)


def _missed(trial: _Trial, replay: _Replay, period: Period, horizon_days: int) -> Iterator[str]:
    """Yield the subjects that slipped in the period without an earlier firing at them.

    Where nothing was fired, what slips is what was expected one horizon before the subject was
    done, or when work on the project began: of a project or a commitment what was promised or
    needed, of a phase its forecast.
    """
    slips, network, end = replay.slips, replay.project.network, minute_of(period.end)
    begin, began = minute_of(period.begin), _work_began(network)
    foreseen: dict[str, Minute] = {}
    for (_, subjects), firings in trial.fired.items():
        for stream in subjects:
            foreseen[stream] = min(firings[0].at, foreseen.get(stream, firings[0].at))
    for stream in slips.of_kinds(trial.kinds):
        axis, day_min = working_time(stream, network)
        done = slips.done_at(stream, network)
        looked_from = axis.subtract(end if done is None else done, horizon_days * day_min)
        expected = slips.expected(stream, max(looked_from, began))
        due = None if expected is None else expected.firmest
        slip = None if due is None else slips.slip(stream, due, network, end)
        if slip is None or not slip.slipped or slip.actual_at < begin:
            continue
        if stream not in foreseen or foreseen[stream] >= slip.actual_at:
            yield stream


def _work_began(network: ProjectNetwork) -> Minute:
    """Return when the first work was done, 0 where none was: before it a plan is only made."""
    starts = (line.known.started_at or line.known.ended_at for line in network.lines.values())
    return min((minute_of(start) for start in starts if start is not None), default=0)


def _share_bp(part: int, whole: int) -> int | None:
    if whole == 0:
        return None
    return (2 * part * _BASIS_POINTS + whole) // (2 * whole)
