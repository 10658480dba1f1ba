"""Say where a subscriber begins: with a snapshot of what is, or with what changed since it left."""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from consumers.http.broadcast import Streams
from consumers.http.row_events import Interest, Told, messages_of, reset_at, snapshot_of
from consumers.http.row_feed import changed
from consumers.http.services import Services
from consumers.http.work import Work
from projections.contract import Change

SHARED_S: Final = 1.0
"""For so long a snapshot is handed to others who ask for the same: many come back at once."""
SHARED_MAX: Final = 8
TRIES: Final = 10


class Beginning(NamedTuple):
    """What a subscriber is told first, and the position it is at then."""

    position: int
    told: Sequence[Told]


class Beginnings:
    """Snapshots and backlogs, for streams and polls alike."""

    def __init__(self, services: Services, work: Work, streams: Streams) -> None:
        self._services = services
        self._work = work
        self._streams = streams
        self._shared: dict[tuple[Interest, int], tuple[float, asyncio.Future[Beginning]]] = {}

    async def beginning(self, interest: Interest, start: int | None) -> Beginning:
        """Return what follows on a position, or a snapshot where there is none (0, None)."""
        return await (self.following(interest, start) if start else self.snapshot(interest))

    async def following(self, interest: Interest, start: int) -> Beginning:
        """Return what changed after a position: from memory where it is, else from the store.

        Below what can be resumed (rows were replaced, tombstones dropped) it is the word `reset`
        and a snapshot.
        """
        held = self._streams.log
        if start <= self._streams.reset_at:
            return await self.anew(interest)
        if held.holds(start):
            told = (message.told(interest) for message in held.after(start))
            return Beginning(max(held.end, start), [each for each in told if each is not None])
        backlog = await self._work.run(self._backlog, interest, start)
        return backlog or await self.anew(interest)

    async def anew(self, interest: Interest) -> Beginning:
        """Return the word that what was told before is void, and a snapshot."""
        position, told = await self.snapshot(interest)
        return Beginning(position, [reset_at(position), *told])

    async def snapshot(self, interest: Interest) -> Beginning:
        """Return what there is; one that somebody else was given just now serves as well."""
        now, question = asyncio.get_running_loop().time(), (interest, self._streams.reset_at)
        for known, (made_at, _) in list(self._shared.items()):
            if now - made_at > SHARED_S:
                del self._shared[known]
        if question in self._shared:
            found = await asyncio.shield(self._shared[question][1])
            if self._streams.log.holds(found.position):
                return found
        making = asyncio.ensure_future(self._work.run(self._snapshot, interest))
        if len(self._shared) < SHARED_MAX:
            self._shared[question] = (now, making)
        try:
            return await asyncio.shield(making)
        except Exception:
            self._shared.pop(question, None)
            raise

    def _snapshot(self, interest: Interest) -> Beginning:
        """Read the rows; once more where others were put in their place meanwhile."""
        reset_before = self._services.reset_at()
        position, rows = self._present_at(interest)
        while (reset_now := self._services.reset_at()) != reset_before:
            position, rows = self._present_at(interest)
            reset_before = reset_now
        return Beginning(position, list(snapshot_of(position, rows)))

    def _present_at(self, interest: Interest) -> tuple[int, list[Change]]:
        """Read all rows, then what changed meanwhile, until the rows are those of one position.

        Where the log runs faster than that, some rows are newer than the position, and come again
        with the change that made them so; none is older.
        """
        position = self._services.watermark()
        rows = {_place(each): each for each in self._present(interest)}
        keys = None if interest.project_id is None else [interest.project_id]
        for _ in range(TRIES):
            if all(change.position <= position for change in rows.values()):
                break
            reached = self._services.watermark()
            for projection in interest.projections:
                for change in self._services.rows[projection].changed_since(position, keys):
                    if interest.covers(change):
                        rows[_place(change)] = change
            position = reached
        return position, [rows[place] for place in sorted(rows) if rows[place].row is not None]

    def _present(self, interest: Interest) -> list[Change]:
        rows: list[Change] = []
        for projection in sorted(interest.projections):
            store = self._services.rows[projection]
            keys = store.keys() if interest.project_id is None else [interest.project_id]
            for key in keys:
                rows += [each for each in store.of_key(key) if interest.covers(each)]
        return rows

    def _backlog(self, interest: Interest, start: int) -> Beginning | None:
        """Return what the store says changed; None where that cannot be resumed from there.

        That is asked after the rows were read, or some could be of a rebuild of just now.
        """
        keys = None if interest.project_id is None else [interest.project_id]
        position, changes = changed(self._services, interest.projections, start, keys)
        if start <= self._services.reset_at():
            return None
        told = (message.told(interest) for message in messages_of(changes))
        return Beginning(position, [each for each in told if each is not None])


def _place(change: Change) -> tuple[str, str, str]:
    return change.projection, change.key, change.row_id
