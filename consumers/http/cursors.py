"""Make a page's end a text that only fits the list it was made for."""

import base64
import binascii
import json
from hashlib import sha256
from typing import Final

from consumers.http.problems import MALFORMED, Problem

CURSOR_BYTES_MAX: Final = 512
_SEAL_BYTES: Final = 12


def cursor_for(filters: str, place: tuple[int, str]) -> str:
    """Return the cursor of a place (position, row id) in a list with these filters."""
    text = json.dumps(place, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_seal(filters, text) + text).rstrip(b"=").decode()


def place_of(filters: str, cursor: str) -> tuple[int, str]:
    """Return the place a cursor names; raises Problem for another list's, and for a made-up one.

    The seal is no secret: who computes one names a place in a list that is theirs to read anyway.
    """
    msg = "the cursor is none of this list: begin again without one"
    if len(cursor) > CURSOR_BYTES_MAX or not cursor.isascii():
        raise Problem(MALFORMED, msg)
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        seal, text = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
        if seal != _seal(filters, text):
            raise Problem(MALFORMED, msg)
        position, row_id = json.loads(text)
    except (binascii.Error, ValueError):
        raise Problem(MALFORMED, msg) from None
    return int(position), str(row_id)


def _seal(filters: str, text: bytes) -> bytes:
    return sha256(filters.encode() + b"\x00" + text).digest()[:_SEAL_BYTES]
