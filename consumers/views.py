"""Answer questions from rows: a project's schedule, status and trail, now or at a moment."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from consumers.branching import Branches
from consumers.failures import WrongInput
from consumers.true_moments import told, true_by
from domain.disputes.facts import Dispute, disputes_of
from domain.kernel.corrections import believed
from domain.kernel.messages import Recorded
from domain.kernel.refusals import UnknownSubject
from domain.kernel.values import Instant, rfc3339
from domain.log.port import EventReader
from domain.network.project_network import ProjectNetwork
from projections import schedule, status
from projections.checkpoints_contract import KeptStates
from projections.clock import Clock
from projections.contract import Change, Projection, Row, Rows
from projections.rebuilding import collector_paused
from projections.replay import history, identity, resume, rows_as_of
from projections.truth import TrueBy, rows_true_at, state_true_at

PAGE: Final = 1_000

_INSTANT: TypeAdapter[Any] = TypeAdapter(Instant)


@dataclass(frozen=True, slots=True)
class Views:
    """The questions that rows can answer; the same for the command line and for pages."""

    feed: EventReader
    projections: Mapping[str, Projection[Any]]
    stored: Mapping[str, Rows]
    branches: Branches
    checkpoints: KeptStates | None = None
    """Where a moment in the past is found by a short replay; without it by a longer one."""
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "clock", Clock(self.feed))

    def schedule(
        self, project_id: str, as_of: str | None, true_at: str | None = None
    ) -> dict[str, Any]:
        """Return the schedule document; raises UnknownSubject for a project that is not there.

        As of a position or a time by knowledge, and with `true_at` of what was true by then.
        """
        rows, position = self._rows("schedule", project_id, as_of, true_at)
        return schedule.document(rows, position) | told(true_by(true_at))

    def status(
        self, project_id: str | None, as_of: str | None, true_at: str | None = None
    ) -> dict[str, Any]:
        """Return the status document of a project, or of all of them, as `schedule` does."""
        moment = true_by(true_at)
        if project_id is not None:
            rows, shown = self._rows("status", project_id, as_of, true_at)
            return status.document(rows, shown) | told(moment)
        position = self._position(as_of, moment)
        found = []
        for key in list(self.stored["status"].keys()):
            changes = self._changes("status", key, position, moment)
            if changes:
                found.append(status.document(_by_id(changes), self._shown(position)))
        return {"position": self._shown(position), "projects": found} | told(moment)

    def trail(self, project_id: str | None, as_of: str | None, limit: int) -> dict[str, Any]:
        """Return the newest entries of the audit trail, oldest first."""
        rows = self.stored["audit"]
        position = self.position_of(as_of)
        if project_id is not None and not rows.page(project_id, (project_id, ""), 1):
            raise _unknown(project_id, as_of)
        changes = rows.changed_since(0) if project_id is None else _paged(rows, project_id)
        entries = (
            dict(change.row)
            for change in changes
            if change.row is not None and (position is None or change.position <= position)
        )
        return {"position": self._shown(position), "entries": list(deque(entries, limit))}

    def as_of(
        self, projection: str, key: str, position: int, true_at: datetime | None = None
    ) -> Sequence[Change]:
        """Return a key's rows as they stood at a position of the log.

        With `true_at` they show what was true at that moment as known at the position; what is
        kept of earlier positions is of no use then, and the whole history of the key is read.
        """
        folded, feed, clock = self.projections[projection], self.feed, self.clock
        with collector_paused():
            if true_at is not None:
                return rows_true_at(folded, feed, key, true_at, position, clock)
            return rows_as_of(folded, feed, key, position, clock, self.checkpoints)

    def network(
        self, project_id: str, position: int, true_at: datetime | None = None
    ) -> ProjectNetwork:
        """Return a project's network as of a position: the caller's own, to fold further.

        With `true_at` it is what was true at that moment as known at the position. Raises
        UnknownSubject for a project that is not opened by then, Poison where an event of it cannot
        be folded.
        """
        folded, feed, clock = self.projections["schedule"], self.feed, self.clock
        with collector_paused():
            if true_at is not None:
                known = state_true_at(folded, feed, project_id, true_at, position, clock)
            else:
                known = resume(folded, feed, project_id, position, clock, self.checkpoints)
        if known.poison is not None:
            raise known.poison
        network: ProjectNetwork = known.state.network
        if network.opened is None:
            as_of = str(position) if position < self.feed.head() else None
            raise _unknown(project_id, as_of, true_at)
        return network

    def today(self, network: ProjectNetwork, position: int) -> date | None:
        """Return the day it is in a project's zone: of the last tick or of its data date.

        None where neither is known by the position.
        """
        now = self.now(network, position)
        return None if now is None else now.astimezone(network.zone).date()

    def now(self, network: ProjectNetwork, position: int) -> datetime | None:
        """Return what time it is for a project: that of the last tick or of its data date.

        None where neither is known by the position.
        """
        self.clock.reach(position)
        tick = self.clock.last(position)
        moments = [network.data_date, None if tick is None else tick.event.to]
        return max((moment for moment in moments if moment is not None), default=None)

    def history(
        self, project_id: str, after: int, up_to: int, true_at: datetime | None = None
    ) -> Iterator[Recorded[Any]]:
        """Yield a project's events above one position, up to another, in the order of the log.

        With `true_at` only those that were true by then.
        """
        feed = self.feed if true_at is None else TrueBy(self.feed, true_at)
        return history(feed, project_id, up_to, after)

    def subjects(
        self, project_id: str, category: str, position: int
    ) -> Mapping[str, Sequence[Recorded[Any]]]:
        """Return the histories of a project's subjects of one category, by id.

        As they are believed at the position.
        """
        # What corrects an event stands on its own stream, so no other one is needed.
        events = self.history(project_id, 0, position)
        return by_subject(believed(of_category(events, category)), category)

    def disputes(self, project_id: str, position: int) -> Mapping[str, Dispute]:
        """Return the disputes of a project's reasons as of a position, by the disputed event."""
        histories = self.subjects(project_id, "dispute", position).values()
        return disputes_of(recorded for each in histories for recorded in each)

    def publications(self, project_id: str, position: int) -> Sequence[Recorded[Any]]:
        """Return what was published of a project by a position, as it is believed there."""
        return self.subjects(project_id, "publication", position).get(project_id, ())

    def first_of_message(self, project_id: str, last: Recorded[Any], count: int) -> int:
        """Return the position of the first of so many events that one message brought.

        They lie side by side, but positions may have gaps: it is looked further and further back.
        """
        told, span = identity(last), 2 * count
        while True:
            after = max(0, last.position - span)
            events = self.history(project_id, after, last.position)
            same = [each.position for each in events if identity(each) == told]
            if len(same) >= count or after == 0:
                return same[max(0, len(same) - count)]
            span *= 2

    def position_of(self, as_of: str | None) -> int | None:
        """Return the position that a text means: a number, or a time by knowledge."""
        if as_of is None:
            return None
        if as_of.isascii() and as_of.isdigit():
            position = int(as_of)
            head = self.feed.head()
            if position > head:
                msg = f"the log ends at position {head}: there is no {position} yet"
                raise WrongInput(msg)
            return position
        try:
            return self.feed.position_at(_INSTANT.validate_python(as_of))
        except ValidationError as wrong:
            said = wrong.errors(include_url=False, include_input=False)[0]["msg"]
            said = said.removeprefix("Value error, ")
            msg = f"--as-of {as_of}: neither a position nor a time: {said}"
            raise WrongInput(msg) from wrong

    def position_or_head(self, as_of: str | None) -> int:
        """Return the position that a text means; where nobody said one, that of the last event."""
        found = self.position_of(as_of)
        return self.feed.head() if found is None else found

    def _rows(
        self, projection: str, project_id: str, as_of: str | None, true_at: str | None
    ) -> tuple[Mapping[str, Row], int]:
        moment = true_by(true_at)
        position = self._position(as_of, moment)
        changes = self._changes(projection, project_id, position, moment)
        if not changes:
            raise _unknown(project_id, as_of, moment)
        return _by_id(changes), self._shown(position)

    def _position(self, as_of: str | None, true_at: datetime | None) -> int | None:
        """Return the position asked for; all that is known, where only a moment by truth is."""
        if as_of is None and true_at is not None:
            return self.feed.head()
        return self.position_of(as_of)

    def _changes(
        self, projection: str, key: str, position: int | None, true_at: datetime | None
    ) -> Sequence[Change]:
        if position is None:
            return self.stored[projection].of_key(key)
        return self.as_of(projection, key, position, true_at)

    def _shown(self, position: int | None) -> int:
        """Return the position a document shows: the one asked for, or what the rows reflect."""
        return (
            min(rows.position() for rows in self.stored.values()) if position is None else position
        )


def by_subject(
    events: Iterable[Recorded[Any]], category: str
) -> Mapping[str, Sequence[Recorded[Any]]]:
    """Return the histories of the subjects of one category, by id."""
    found: dict[str, list[Recorded[Any]]] = {}
    for recorded in of_category(events, category):
        found.setdefault(recorded.subject_id, []).append(recorded)
    return dict(sorted(found.items()))


def of_category(events: Iterable[Recorded[Any]], category: str) -> Iterator[Recorded[Any]]:
    """Yield the events on streams of one category."""
    return (recorded for recorded in events if recorded.stream.startswith(f"{category}-"))


def _paged(rows: Rows, key: str) -> Iterator[Change]:
    """Yield a key's rows by row id, a page at a time: a long trail is not held in memory."""
    after = (key, "")
    while page := rows.page(key, after, PAGE):
        yield from page
        after = (key, page[-1].row_id)


def _by_id(changes: Sequence[Change]) -> Mapping[str, Row]:
    return {change.row_id: change.row for change in changes if change.row is not None}


def _unknown(project_id: str, as_of: str | None, true_at: datetime | None = None) -> UnknownSubject:
    then = "" if as_of is None else f" as of {as_of}; the log may have learnt of it later"
    if true_at is not None:
        then = f" by {rfc3339(true_at)}{then or '; it may have been opened later'}"
    return UnknownSubject(f"there is no project {project_id}{then}")
