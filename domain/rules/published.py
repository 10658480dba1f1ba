"""Follow the dates that were published, so that rules know which of them a publication moved."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal, NamedTuple, TypeAlias

from domain.kernel.minutes import Minute
from domain.network.project_network import ProjectNetwork
from domain.planning.network import ScheduledPhase
from domain.publications.events import SchedulePublished
from domain.rules.impact import working_days

LEAST_DAYS: Final = Decimal(1)
"""A date that moved by fewer working days counts as where it was; small moves add up."""
JOURNAL_MAX: Final = 50_000
"""So many moves of phases are remembered, to know dates a little back."""

Edge: TypeAlias = Literal["start", "finish"]
EDGES: Final[tuple[Edge, ...]] = ("start", "finish")
WHOLE: Final = "/project"
"""The key of the whole project's dates; a slash is in no phase's id."""


class Span(NamedTuple):
    """From when to when, in minutes."""

    start: Minute
    finish: Minute


class Anchor(NamedTuple):
    """A date as it was published, and the position of the log it was published of."""

    at: Minute
    of_position: int


class PublishedMove(NamedTuple):
    """A published date that is another one now, by so many working days."""

    key: str
    edge: Edge
    old: Anchor
    new: Minute
    days: Decimal


@dataclass(slots=True)
class Published:
    """The dates published last by phase, and the moves since then.

    A publication is of a position at or before its own event, and what moved between the two is not
    in it. So each move is noted with the position of the message that brought it, and taken back
    where it is later; a message counts whole. The first publication is of the schedule as it is,
    where nothing of the network was recorded since its position: else the next one is the first.
    One of an older position than the last, or than the notes go back to, says nothing new.
    """

    of_position: int | None = None
    """What was published last; None: nothing that could be told."""
    anchors: dict[tuple[str, Edge], Anchor] = field(default_factory=dict)
    _now: dict[str, Span] = field(default_factory=dict)
    _phases: Mapping[str, ScheduledPhase] | None = None
    _journal: deque[tuple[int, str, Span | None]] = field(default_factory=deque)
    """Position, key, and the dates before; the oldest first."""
    _known_from: int = 0
    """Dates of earlier positions cannot be told."""
    _touched: set[str] = field(default_factory=set)
    """Whose dates may differ from what was published."""

    def follow(self, network: ProjectNetwork, position: int) -> None:
        """Note what a message moved, at the position of its last event; costs what moved."""
        if self.of_position is None:
            return
        schedule = network.schedule()
        if schedule is None:
            self._phases = None
            return
        before, rows = self._phases, schedule.phases
        self._phases = rows
        if before is None or (rows is not before and schedule.before is not before):
            keys: Iterable[str] = {**self._now, **rows}
        else:
            keys = () if rows is before else schedule.moved
        for key in keys:
            if key != WHOLE:
                row = rows.get(key)
                is_shown = row is not None and not row.summary
                self._note(key, Span(row.start, row.finish) if row and is_shown else None, position)
        self._note(WHOLE, Span(schedule.finish, schedule.finish), position)

    def _note(self, key: str, span: Span | None, position: int) -> None:
        before = self._now.get(key)
        if span == before:
            return
        if span is None:
            del self._now[key]
        else:
            self._now[key] = span
        self._touched.add(key)
        self._journal.append((position, key, before))
        if len(self._journal) > JOURNAL_MAX:
            self._known_from = self._journal.popleft()[0]

    def publish(self, event: SchedulePublished, network: ProjectNetwork) -> Sequence[PublishedMove]:
        """Take a publication in; return what it moved by a working day or more."""
        of_position = event.at_position
        if self.of_position is None:
            if of_position >= network.position:
                self._begin(network, of_position)
            return ()
        if of_position < max(self.of_position, self._known_from):
            return ()
        then: dict[str, Span | None] = {}
        for position, key, before in reversed(self._journal):
            if position <= of_position:
                break
            then[key] = before
        found: list[PublishedMove] = []
        moved_since = set(then)
        for key in sorted(self._touched):
            span = then[key] if key in then else self._now.get(key)
            if self._publish(key, span, of_position, network, found):
                moved_since.add(key)
        while self._journal and self._journal[0][0] <= of_position:
            self._journal.popleft()
        self.of_position, self._touched = of_position, moved_since
        return found

    def _begin(self, network: ProjectNetwork, of_position: int) -> None:
        schedule = network.schedule()
        if schedule is None:
            return
        self.of_position = self._known_from = of_position
        self._phases = schedule.phases
        rows = schedule.phases.values()
        self._now = {row.id: Span(row.start, row.finish) for row in rows if not row.summary}
        self._now[WHOLE] = Span(schedule.finish, schedule.finish)
        for key, span in self._now.items():
            self._anchor(key, span, of_position)

    def _anchor(self, key: str, span: Span, of_position: int) -> None:
        self.anchors[key, "start"] = Anchor(span.start, of_position)
        self.anchors[key, "finish"] = Anchor(span.finish, of_position)

    def _publish(
        self,
        key: str,
        span: Span | None,
        of_position: int,
        network: ProjectNetwork,
        found: list[PublishedMove],
    ) -> bool:
        """Publish one key's dates; tell whether they still differ from what counts as published."""
        if span is None or (key, "start") not in self.anchors:
            for edge in EDGES:
                self.anchors.pop((key, edge), None)
            if span is not None:
                self._anchor(key, span, of_position)
            return False
        line = network.lines.get(key)
        calendar = network.calendar if line is None else network.calendar_of(line)
        differs = False
        for edge, new in zip(EDGES, span, strict=True):
            old = self.anchors[key, edge]
            days = working_days(calendar, old.at, new)
            if abs(days) < LEAST_DAYS:
                differs |= old.at != new
                continue
            self.anchors[key, edge] = Anchor(new, of_position)
            if line is not None and _is_reported(network, key, edge):
                continue
            found.append(PublishedMove(key, edge, old, new, days))
        return differs


def _is_reported(network: ProjectNetwork, phase_id: str, edge: Edge) -> bool:
    """Tell whether a date is no plan any more: whose it is reported it."""
    known = network.lines[phase_id].known
    return known.has_started if edge == "start" else known.has_ended
