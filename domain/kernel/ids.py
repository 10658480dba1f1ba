"""Name things: the ids of subjects and messages, and the streams made of them."""

import hashlib
import re
from functools import lru_cache
from typing import Annotated, Final, NamedTuple, TypeAlias

from pydantic import StringConstraints

ID_PATTERN: Final = r"^[A-Za-z0-9._:\-]{1,64}$"
MESSAGE_ID_PATTERN: Final = r"^[\x21-\x7e]{1,255}$"

Id: TypeAlias = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
"""An id of a subject, 1 to 64 of `A-Za-z0-9._:-`, kept as given and never normalised."""

MessageId: TypeAlias = Annotated[str, StringConstraints(pattern=MESSAGE_ID_PATTERN)]
"""An id of a message: 1 to 255 visible ASCII characters, opaque."""

StreamName: TypeAlias = Annotated[
    str,
    StringConstraints(
        pattern=r"^(clock|[a-z]+-[A-Za-z0-9._:\-]{1,64}(/[A-Za-z0-9._:\-]{1,64}){0,2})$"
    ),
]
"""`<category>-<id>`, or `<category>-<outer>/<id>` where an id is unique only inside another."""

CLOCK_STREAM: Final = "clock"


class Subject(NamedTuple):
    """What a stream's name says: its category and its ids from the outside in."""

    category: str
    ids: tuple[str, ...]


def is_id(text: str) -> bool:
    """Tell whether a text of people is an id; what is none names no subject."""
    return re.fullmatch(ID_PATTERN, text) is not None


def stream_of(category: str, *ids: str) -> str:
    """Return the stream's name; ids go from the outer to the inner."""
    return f"{category}-{'/'.join(ids)}"


@lru_cache(maxsize=1 << 14)  # Whoever follows an event asks again.
def subject_of(stream: str) -> Subject:
    """Take a stream's name apart; `clock` alone has no ids."""
    category, dash, rest = stream.partition("-")
    return Subject(category, tuple(rest.split("/")) if dash else ())


def derived_id(prefix: str, *parts: str) -> str:
    """Return an id that the same parts always give again: replaying its cause names it alike."""
    text = "\x1f".join(parts)
    return f"{prefix}{hashlib.sha256(text.encode()).hexdigest()[:24]}"
