"""Let several projectors write the rows of one projection, each its shards, fenced by an epoch.

A shard is a part of the keys, with its own position in the log. Who takes it over raises its epoch
here, in the database that holds the rows; whoever still writes under an older one is refused,
however long it slept. Readers see the rows as true up to the slowest shard.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from psycopg import sql

from projections.contract import Batch, Edition, StaleEngine, Stopped
from projections.stores import WHOLE_LOG
from projections.stores.bodies import edition_of, moment_of, must_have_caught_up
from projections.stores.connections import Connection, Connections
from projections.stores.postgres import DDL_LOCK, PostgresRows


class Fenced(StaleEngine):
    """Another projector has taken the shard over: nothing was written, let go of it."""

    def __init__(self, name: str, shard: int, epoch: int, current: int) -> None:
        super().__init__(name, epoch, current)
        self.args = (f"shard {shard} of {name} was taken over: epoch {epoch} is not {current}",)
        self.shard = shard


class ShardsDiffer(Exception):
    """The shards are not those that the rows were made with: their positions mean nothing here."""


class Taken(NamedTuple):
    """A shard as it was when it was taken."""

    epoch: int
    position: int
    following: int | None
    """The next offset to read of the shard's partition; None: its first."""
    undisturbed: bool
    """Whether nobody else had it since the epoch that the taker knew."""


class Reached(NamedTuple):
    """How far a shard has come without a row to change."""

    shard: int
    epoch: int
    position: int
    following: int


class Standing(NamedTuple):
    """How far a shard is, for progress displays."""

    shard: int
    epoch: int
    position: int


def has_shards(url: str, name: str, version: int) -> bool:
    """Tell whether shards write these rows; makes nothing."""
    connections = Connections(url)
    try:
        with connections.one() as run:
            table = run.execute("SELECT to_regclass('takt_shards')").fetchone()
            if table is None or table[0] is None:
                return False
            one = (
                "SELECT 1 FROM takt_shards"
                " WHERE (name = %s OR name LIKE %s || '.%%') AND version = %s LIMIT 1"
            )
            return run.execute(one, (name, name, version)).fetchone() is not None
    finally:
        connections.close()


class ShardedRows(PostgresRows):
    """Rows of one projection version that shards write: what readers ask, and who may write.

    Shards count from 1; 0 stands for the whole log, read by one engine.
    """

    def __init__(self, url: str, name: str, version: int, generation: int = 0) -> None:
        super().__init__(url, name, version, generation)
        with self._transaction() as run:
            run.execute("SELECT pg_advisory_xact_lock(%s)", (DDL_LOCK,))
            run.execute(_TABLE)

    def position(self) -> int:
        """Return the smallest position over the shards; before there are any, the whole log's."""
        found = self._fetch(
            "SELECT min(position) FROM takt_shards WHERE name = %s AND version = %s", self._me[:2]
        )
        return super().position() if found[0][0] is None else int(found[0][0])

    def stopped(self) -> Sequence[Stopped]:
        """Return the keys that stand still, of all shards."""
        rows = self._fetch(
            "SELECT key, position, error FROM takt_projection_stopped"
            ' WHERE name = %s AND version = %s ORDER BY key COLLATE "C"',
            self._me[:2],
        )
        return [Stopped(*row) for row in rows]

    def standings(self) -> Sequence[Standing]:
        """Return every shard, by its number."""
        rows = self._fetch(
            "SELECT shard, epoch, position FROM takt_shards"
            " WHERE name = %s AND version = %s ORDER BY shard",
            self._me[:2],
        )
        return [Standing(*row) for row in rows]

    def prepare(self, count: int, source: str) -> None:
        """Have so many shards, fed by the partitions of a source.

        New ones begin where an engine on the whole log left off. Of another source the offsets
        mean nothing, so they are forgotten. Raises ShardsDiffer for another number of shards.
        """
        with self._transaction() as run:
            whole = super()._locked_position(run)
            present = run.execute(
                "SELECT count(*) FROM takt_shards WHERE name = %s AND version = %s", self._me[:2]
            ).fetchone()
            assert present is not None
            if present[0] not in {0, count}:
                msg = f"{self._name} has {present[0]} shards, its source has {count} partitions"
                raise ShardsDiffer(msg)
            run.execute(
                "INSERT INTO takt_shards SELECT %s, %s, shard, 0, %s, NULL, %s"
                " FROM generate_series(1, %s) AS shard ON CONFLICT DO NOTHING",
                (*self._me[:2], whole, source, count),
            )
            run.execute(
                "UPDATE takt_shards SET source = %s, following = NULL"
                " WHERE name = %s AND version = %s AND source <> %s",
                (source, *self._me[:2], source),
            )

    def take(self, shard: int, known_epoch: int | None = None) -> Taken:
        """Take a shard over: whoever had it cannot write to it from now on."""
        with self._transaction() as run:
            found = run.execute(
                "UPDATE takt_shards SET epoch = epoch + 1"
                " WHERE name = %s AND version = %s AND shard = %s"
                " RETURNING epoch, position, following",
                (*self._me[:2], shard),
            ).fetchone()
        if found is None:
            msg = f"{self._name} has no shard {shard}"
            raise ShardsDiffer(msg)
        epoch, position, following = found
        return Taken(epoch, position, following, epoch - 1 == known_epoch)

    def activate(self) -> None:
        """Have readers use these rows from now on; every shard stands still until it is done.

        Raises NotCaughtUp where the slowest shard is behind what readers see.
        """
        with self._transaction() as run:
            positions = self._locked_positions(run)
            found = run.execute(_SHOWN, (self._name,)).fetchone()
            shown = None if found is None else Edition(*found)
            if shown == self.edition:
                return
            if shown is not None:
                behind, position = positions.get(shown, 0), positions.get(self.edition, 0)
                must_have_caught_up(self._name, self.edition.version, position, behind)
                super()._raise_floor(run, position)
            run.execute(
                "INSERT INTO takt_projection_active (name, version, generation)"
                " VALUES (%s, %s, %s) ON CONFLICT (name) DO UPDATE"
                " SET version = excluded.version, generation = excluded.generation",
                (self._name, *self.edition),
            )

    def _locked_positions(self, run: Connection) -> Mapping[Edition, int]:
        """Return how far each edition of the projection is true, and keep them all there."""
        found: dict[Edition, list[int]] = {}
        super()._locked_position(run)
        for table in ("takt_shards", "takt_projections"):
            rows = run.execute(
                sql.SQL(
                    "SELECT name, version, position FROM {}"
                    " WHERE name = %s OR name LIKE %s || '.%%'"
                    " ORDER BY version, name, shard FOR UPDATE"
                ).format(sql.Identifier(table)),
                (self._name, self._name),
            ).fetchall()
            sharded = set(found)
            for slot, version, position in rows:
                edition = edition_of(slot, version)
                if edition not in sharded:
                    found.setdefault(edition, []).append(position)
        return {edition: min(each) for edition, each in found.items()}

    def advance(self, reached: Sequence[Reached]) -> Iterable[int]:
        """Move shards on where no row changed; return those that somebody else has taken."""
        if not reached:
            return ()
        with self._transaction() as run:
            moved = run.execute(
                "UPDATE takt_shards AS s SET position = r.position, following = r.following"
                " FROM unnest(%s::int8[], %s::int8[], %s::int8[], %s::int8[])"
                " AS r(shard, epoch, position, following)"
                " WHERE s.name = %s AND s.version = %s AND s.shard = r.shard"
                " AND s.epoch = r.epoch AND s.position <= r.position RETURNING s.shard",
                (*(list(column) for column in zip(*reached, strict=True)), *self._me[:2]),
            ).fetchall()
        return {each.shard for each in reached} - {shard for (shard,) in moved}

    def leave(self) -> None:
        """Go back to one engine on the whole log, where the shards stand together.

        Raises ShardsDiffer where they do not: their projectors must catch up first.
        """
        with self._transaction() as run:
            super()._locked_position(run)
            positions = run.execute(
                "SELECT position FROM takt_shards WHERE name = %s AND version = %s FOR UPDATE",
                self._me[:2],
            ).fetchall()
            if not positions:
                return
            if len(set(positions)) > 1:
                behind, ahead = min(positions)[0], max(positions)[0]
                msg = (
                    f"the shards of {self._name} are at positions {behind} to {ahead}: let their "
                    "projectors (TAKT_FEED=kafka) catch up before the log is read directly"
                )
                raise ShardsDiffer(msg)
            super()._move(run, positions[0][0])
            run.execute(
                "UPDATE takt_projection_stopped SET shard = %s WHERE name = %s AND version = %s",
                (WHOLE_LOG, *self._me[:2]),
            )
            run.execute("DELETE FROM takt_shards WHERE name = %s AND version = %s", self._me[:2])


class ShardRows(PostgresRows):
    """One shard's part of the rows, as its engine writes it under one epoch.

    `mine` tells the keys of the shard; `following` gives for a position the next offset to read,
    which is written with the rows.
    """

    def __init__(
        self,
        rows: ShardedRows,
        shard: int,
        epoch: int,
        *,
        mine: Callable[[str], bool],
        following: Callable[[int], int | None],
    ) -> None:
        vars(self).update(vars(rows))  # The same rows, over the same connections.
        self._whole = rows._me  # noqa: SLF001
        self._me = (*rows._me[:2], shard)  # noqa: SLF001
        self._mine = mine
        self._following = following
        self.epoch = epoch

    def position(self) -> int:
        return self._stored("SELECT position FROM takt_shards WHERE ")

    def floor(self) -> int:
        rows = self._fetch(
            "SELECT floor FROM takt_projections WHERE name = %s AND version = %s AND shard = %s",
            self._whole,
        )
        return int(rows[0][0]) if rows else 0

    def dues(self) -> Mapping[str, datetime]:
        found = self._fetch("SELECT key, due FROM {dues}")
        return {key: moment_of(due) for key, due in found if self._mine(key)}

    def replace(self, batch: Batch, position: int) -> None:
        raise AssertionError(self._me, len(batch.changes), position)  # Other shards' rows are here.

    def clear(self) -> None:
        raise AssertionError(self._me)

    def close(self) -> None:
        """Hold on to nothing: the connections belong to the rows of all shards."""

    def purge(self, before: int) -> None:
        with self._transaction() as run:
            self._locked_position(run)
            run.execute(
                self._of("DELETE FROM {rows} WHERE body IS NULL AND position < %s"), (before,)
            )
            run.execute(
                "UPDATE takt_projections SET floor = greatest(floor, %s)"
                " WHERE name = %s AND version = %s AND shard = %s",
                (before, *self._whole),
            )

    def _locked_position(self, run: Connection) -> int:
        """Return the shard's position, locked until the end; raises Fenced for an older epoch."""
        found = run.execute(
            "SELECT epoch, position FROM takt_shards"
            " WHERE name = %s AND version = %s AND shard = %s FOR UPDATE",
            self._me,
        ).fetchone()
        epoch, position = found or (0, 0)
        if epoch != self.epoch:
            raise Fenced(self._name, self._me[2], self.epoch, epoch)
        return int(position)

    def _move(self, run: Connection, position: int) -> None:
        run.execute(
            "UPDATE takt_shards SET position = %s, following = coalesce(%s, following)"
            " WHERE name = %s AND version = %s AND shard = %s",
            (position, self._following(position), *self._me),
        )

    def _raise_floor(self, run: Connection, position: int) -> None:
        run.execute(
            "UPDATE takt_projections SET floor = greatest(floor, %s) + 1"
            " WHERE name = %s AND version = %s AND shard = %s",
            (position, *self._whole),
        )


_TABLE: Final = """CREATE TABLE IF NOT EXISTS takt_shards (
    name text NOT NULL, version bigint NOT NULL, shard bigint NOT NULL, epoch bigint NOT NULL,
    position bigint NOT NULL, following bigint, source text NOT NULL,
    PRIMARY KEY (name, version, shard))"""
_SHOWN: Final = "SELECT version, generation FROM takt_projection_active WHERE name = %s FOR UPDATE"
