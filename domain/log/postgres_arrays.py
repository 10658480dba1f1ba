"""Send whole columns to PostgreSQL as binary arrays, at the cost of one packing each."""

from collections.abc import Iterable, Sequence
from struct import pack, unpack_from
from typing import Final

from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper
from psycopg.pq import Format

_TEXT: Final = 25
_BYTEA: Final = 17
_INT8: Final = 20
_COUNT_AT: Final = 12
_ELEMENTS_AT: Final = 20
TEXTS: Final = 1009
"""PostgreSQL's number of the type `text[]`."""
BLOBS: Final = 1001
"""PostgreSQL's number of the type `bytea[]`."""
INTEGERS: Final = 1016
"""PostgreSQL's number of the type `bigint[]`."""


class Texts(list[str | None]):
    """A column of texts."""


class Blobs(list[bytes]):
    """A column of bytes."""


class Integers(list[int]):
    """A column of 64-bit integers."""


def _header(count: int, element: int, *, nulls: bool) -> bytes:
    """Return dimensions, null flag, element type, length and lower bound of an array."""
    if not count:
        return pack(">iii", 0, 0, element)
    return pack(">iiiii", 1, nulls, element, count, 1)


def _elements(column: Iterable[bytes | None]) -> list[bytes]:
    parts: list[bytes] = []
    for element in column:
        if element is None:
            parts.append(b"\xff\xff\xff\xff")
        else:
            parts += (pack(">i", len(element)), element)
    return parts


def binary_texts(column: Texts) -> bytes:
    """Return a `text[]` in PostgreSQL's binary form."""
    encoded = [None if text is None else text.encode() for text in column]
    return b"".join([_header(len(column), _TEXT, nulls=None in encoded), *_elements(encoded)])


def binary_blobs(column: Blobs) -> bytes:
    """Return a `bytea[]` in PostgreSQL's binary form."""
    return b"".join([_header(len(column), _BYTEA, nulls=False), *_elements(column)])


def binary_integers(column: Integers) -> bytes:
    """Return a `bigint[]` in PostgreSQL's binary form."""
    packed: list[int] = [8] * (2 * len(column))
    packed[1::2] = column
    return _header(len(column), _INT8, nulls=False) + pack(">" + "iq" * len(column), *packed)


def integers_of(binary: bytes) -> Sequence[int]:
    """Read a `bigint[]` without nulls in PostgreSQL's binary form."""
    (dimensions,) = unpack_from(">i", binary)
    if not dimensions:
        return ()
    (count,) = unpack_from(">i", binary, _COUNT_AT)
    return unpack_from(">" + "iq" * count, binary, _ELEMENTS_AT)[1::2]


class TextsDumper(Dumper):
    format = Format.BINARY
    oid = TEXTS

    def dump(self, obj: Texts) -> bytes:
        return binary_texts(obj)


class BlobsDumper(Dumper):
    format = Format.BINARY
    oid = BLOBS

    def dump(self, obj: Blobs) -> bytes:
        return binary_blobs(obj)


class IntegersDumper(Dumper):
    format = Format.BINARY
    oid = INTEGERS

    def dump(self, obj: Integers) -> bytes:
        return binary_integers(obj)


def register(context: AdaptContext) -> None:
    """Teach a connection to send these columns."""
    adapters = context.adapters
    assert adapters is not None
    adapters.register_dumper(Texts, TextsDumper)
    adapters.register_dumper(Blobs, BlobsDumper)
    adapters.register_dumper(Integers, IntegersDumper)
