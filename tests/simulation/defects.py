"""Plant defects that the simulation must see; the first one plants nothing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from consumers.policy_runner import PolicyRunner
from domain.log.judgement import Waiting
from domain.log.port import (
    DeadLetter,
    EventLog,
    LogUnavailable,
    Outcome,
    Submission,
    Tracked,
)
from projections.contract import Change, Projection, Rows, Stopped
from tests.simulation.memory_log import Tables


class Defect:
    """Hands every part on as it is; a defect bends one of them."""

    def tables(self) -> Tables:
        return Tables()

    def log(self, who: str, log: EventLog) -> EventLog:
        del who
        return log

    def rows(self, rows: Rows) -> Rows:
        return rows

    def projection(self, projection: Projection[Any]) -> Projection[Any]:
        return projection

    def policies(self, runner: PolicyRunner) -> PolicyRunner:
        return runner

    def crashed(self, tables: Tables) -> None:
        """Hear that a process crashed."""

    def cursor(self, cursor: int) -> int:
        return cursor


class Bent:
    """A part with some methods bent; everything else is the part's own."""

    def __init__(self, part: object, **bent: Callable[..., Any]) -> None:
        self._part = part
        vars(self).update(bent)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._part, name)


class OffsetBeforeEvents(Defect):
    """The intake stores how far it is, and then what it took in."""

    def log(self, who: str, log: EventLog) -> EventLog:
        def append(
            items: Sequence[Submission | DeadLetter], tracked: Sequence[Tracked] = ()
        ) -> Sequence[Outcome]:
            log.append([], tracked)
            return log.append(items)

        return cast("EventLog", Bent(log, append=append)) if who.startswith("intake") else log


class InboxInMemory(Defect):
    """What messages were answered is forgotten in a crash."""

    def crashed(self, tables: Tables) -> None:
        tables.inbox.clear()


class WithoutTheWriterLock(Defect):
    """Writers do not wait for each other: readers pass a position that appears later."""

    def tables(self) -> Tables:
        tables = Tables()
        tables.locks = False
        return tables


class FoldedTwice(Defect):
    """A projection's state outlives the failure after which its events are folded again."""

    def projection(self, projection: Projection[Any]) -> Projection[Any]:
        states: dict[str, Any] = {}

        def initial(key: str) -> Any:  # noqa: ANN401
            if key not in states:
                states[key] = projection.initial(key)
            return states[key]

        return cast("Projection[Any]", Bent(projection, initial=initial))


class LaneLosesOne(Defect):
    """Of several facts that wait for a subject, the last is forgotten when it comes."""

    def tables(self) -> Tables:
        return _LeakingTables()


class _LeakingTables(Tables):
    def lane(self, stream: str) -> Sequence[Waiting]:
        waiting = super().lane(stream)
        if len(waiting) > 1 and stream not in self.subjects:
            del self.lanes[waiting[-1].id]
            return waiting[:-1]
        return waiting


class RelaySkipsOne(Defect):
    """The relay begins one event too late after a crash."""

    def log(self, who: str, log: EventLog) -> EventLog:
        def tracked(prefix: str) -> Mapping[str, int]:
            return {name: offset + 1 for name, offset in log.tracked(prefix).items()}

        return cast("EventLog", Bent(log, tracked=tracked)) if who == "relay" else log


class RowsOfTheBatch(Defect):
    """Rows carry the position of the batch that they were written in, not their event's."""

    def rows(self, rows: Rows) -> Rows:
        def write(
            changes: Sequence[Change],
            position: int,
            dues: Mapping[str, datetime | None] | None = None,
            stopped: Mapping[str, Stopped | None] | None = None,
        ) -> None:
            moved = [
                Change(each.projection, each.key, each.row_id, each.row, position)
                for each in changes
            ]
            rows.write(moved, position, dues, stopped)

        return cast("Rows", Bent(rows, write=write))


class CursorOffByOne(Defect):
    """A subscriber resumes one position after the one it was told."""

    def cursor(self, cursor: int) -> int:
        return cursor + 1


class AcknowledgedTooEarly(Defect):
    """The API takes the log's silence for consent."""

    def log(self, who: str, log: EventLog) -> EventLog:
        def append(
            items: Sequence[Submission | DeadLetter], tracked: Sequence[Tracked] = ()
        ) -> Sequence[Outcome]:
            try:
                return log.append(items, tracked)
            except LogUnavailable:
                return [Outcome("recorded", log.head(), log.head()) for _ in items]

        return cast("EventLog", Bent(log, append=append)) if who.startswith("api") else log


class HalfAPageFoldedTwice(Defect):
    """Policies keep what they folded of a page that an outage cut, and fold it again."""

    def policies(self, runner: PolicyRunner) -> PolicyRunner:
        vars(runner)["_reacting"] = _Unforgetting()
        return runner


class _Unforgetting(dict[str, Any]):
    def clear(self) -> None:
        """Keep everything."""


PLANTED: Final[Mapping[type[Defect], int]] = {
    OffsetBeforeEvents: 20,
    InboxInMemory: 20,
    WithoutTheWriterLock: 100,
    FoldedTwice: 200,
    LaneLosesOne: 20,
    RelaySkipsOne: 20,
    RowsOfTheBatch: 20,
    CursorOffByOne: 20,
    AcknowledgedTooEarly: 20,
    HalfAPageFoldedTwice: 100,
}
"""Within how many seeds, from 0 on, each defect is seen."""
