"""Write rows as the same bytes on every store, and sum them up in one digest."""

import json
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple

from pydantic_core import SchemaSerializer, core_schema

from projections.contract import Change, Edition, NotCaughtUp, Row, Sorted

GONE: Final = -1
"""The position of an edition that is being dropped: nobody goes on from it."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_encode: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode
_write_sorted: Final = SchemaSerializer(
    core_schema.dict_schema(core_schema.str_schema(), core_schema.any_schema())
).to_json


class StoredRow(NamedTuple):
    """A present row as it lies in a store."""

    key: str
    row_id: str
    position: int
    body: str


def micros_of(moment: datetime) -> int:
    """Return the microseconds since 1970-01-01T00:00Z."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment_of(micros: int) -> datetime:
    """Return the UTC instant of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def last_of_each(changes: Iterable[Change]) -> Collection[Change]:
    """Return the last change of each row: what it was in between nobody can see."""
    return {(change.key, change.row_id): change for change in changes}.values()


def change_of(name: str, key: str, row_id: str, body: str | None, position: int) -> Change:
    """Return a row of the projection `name` as stored."""
    return Change(name, key, row_id, None if body is None else row_of(body), position)


def body_of(row: Row) -> str:
    """Return the row as canonical JSON text: sorted keys, no white space."""
    if type(row) is Sorted:
        return _write_sorted(row).decode()
    return _encode(row)


def row_of(body: str) -> Row:
    """Return the row of a stored text."""
    row: Row = json.loads(body)
    return row


def digest_of(rows: Iterable[StoredRow]) -> str:
    """Return the SHA-256, in hex, of rows in the order of the UTF-8 bytes of key and row id."""
    digest = sha256()
    for row in rows:
        digest.update(f"{row.key}\x1f{row.row_id}\x1f{row.position}\x1f{row.body}\n".encode())
    return digest.hexdigest()


def slot_of(name: str, edition: Edition) -> str:
    """Return the name under which positions and stops of an edition are kept."""
    return f"{name}.{edition.generation}" if edition.generation else name


def edition_of(slot: str, version: int) -> Edition:
    """Return the edition that a slot of a projection's name stands for."""
    _, _, generation = slot.partition(".")
    return Edition(version, int(generation or 0))


def table_of(name: str, edition: Edition) -> str:
    """Return the name of the table that an edition's rows lie in."""
    generation = f"_g{edition.generation}" if edition.generation else ""
    return f"takt_{name}_v{edition.version}{generation}"


def must_have_caught_up(name: str, version: int, position: int, behind: int) -> None:
    """Raise NotCaughtUp where readers would be shown older rows than before."""
    if position < behind:
        msg = f"version {version} of {name} is at position {position}, readers are at {behind}"
        raise NotCaughtUp(msg)
