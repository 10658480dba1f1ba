"""Read the JSON that nothing is odd about, in one pass of a parser written in Rust.

It accepts less than `strict_json` does and never more: whatever is odd, allowed or not, is left to
that module, which finds out what it is and where. So no refusal is worded here.
"""

import re
from typing import Any, Final

from pydantic_core import from_json

from domain.kernel.values import INTEGER_MAX

_ODD_ESCAPE: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_SPACE_BEFORE_COLON: Final = re.compile(rb'"[ \t\r\n]+:')
_KEY_END: Final = b'":'


class Odd(Exception):
    """The text has to be looked at more closely; it may be right or wrong."""


def plain_value(raw: bytes, *, depth_max: int, keys_max: int) -> object:
    """Return the value of a JSON text that is plainly right; raises Odd for every other.

    Plainly right: UTF-8, no NUL and no half of a surrogate pair, no key twice, whole numbers within
    2^53-1 and no others, no deeper than `depth_max`, no object of more than `keys_max` keys. How
    many values and how long a text may be is for the caller to bound by the length of `raw`.
    """
    if b"\\u" in raw and _ODD_ESCAPE.search(raw) is not None:
        raise Odd
    try:
        value = from_json(raw, allow_inf_nan=False, cache_strings="keys")
    except ValueError:
        raise Odd from None
    members = _members([value], depth_max, keys_max)
    # The parser keeps the last of two members with one key, so there would be fewer of them than
    # the text has. Each one shows as a quote and a colon; other such pairs only raise the count.
    if raw.count(_KEY_END) != members or _SPACE_BEFORE_COLON.search(raw) is not None:
        raise Odd
    return value


def _members(node: Any, depth: int, keys_max: int) -> int:  # noqa: ANN401  A JSON value.
    """Count the members of all objects in an object or array."""
    if depth < 0:
        raise Odd
    members = 0
    if type(node) is dict:
        members = len(node)
        if members > keys_max:
            raise Odd
        node = node.values()
    for child in node:
        kind = type(child)
        if kind is str or child is None or kind is bool:
            continue
        if kind is int:
            if not -INTEGER_MAX <= child <= INTEGER_MAX:
                raise Odd
        elif kind is float:
            raise Odd
        else:
            members += _members(child, depth - 1, keys_max)
    return members
