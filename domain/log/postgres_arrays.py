"""Send whole columns to PostgreSQL as binary arrays, at the cost of one packing each."""

from collections.abc import Iterable
from struct import pack
from typing import Final

from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper
from psycopg.pq import Format

_TEXT: Final = 25
_BYTEA: Final = 17
_INT8: Final = 20


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


class TextsDumper(Dumper):
    format = Format.BINARY
    oid = 1009

    def dump(self, obj: Texts) -> bytes:
        encoded = [None if text is None else text.encode() for text in obj]
        return b"".join([_header(len(obj), _TEXT, nulls=None in encoded), *_elements(encoded)])


class BlobsDumper(Dumper):
    format = Format.BINARY
    oid = 1001

    def dump(self, obj: Blobs) -> bytes:
        return b"".join([_header(len(obj), _BYTEA, nulls=False), *_elements(obj)])


class IntegersDumper(Dumper):
    format = Format.BINARY
    oid = 1016

    def dump(self, obj: Integers) -> bytes:
        packed: list[int] = [8] * (2 * len(obj))
        packed[1::2] = obj
        return _header(len(obj), _INT8, nulls=False) + pack(">" + "iq" * len(obj), *packed)


def register(context: AdaptContext) -> None:
    """Teach a connection to send these columns."""
    adapters = context.adapters
    assert adapters is not None
    adapters.register_dumper(Texts, TextsDumper)
    adapters.register_dumper(Blobs, BlobsDumper)
    adapters.register_dumper(Integers, IntegersDumper)
