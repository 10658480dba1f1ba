"""Read JSON that strangers sent without believing a byte of it.

What it refuses is the list of bad inputs (bytes and JSON); everything it lets through is I-JSON
(RFC 7493) without fractions, so its canonical form (`canonical_json`) is the same in every program.

The normal message is read in one pass (`plain_json`, and the standard library for what is long);
only where something looks odd is it looked at again, slowly, to find out what and where.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NoReturn, TypeAlias

from pydantic import ValidationError

from consumers.plain_json import Odd, plain_value
from domain.kernel.refusals import Malformed
from domain.kernel.values import INTEGER_MAX

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one JSON text may hold; sizes in bytes of UTF-8."""

    bytes_max: int = MIB
    depth_max: int = 32
    nodes_max: int = 10_000
    keys_max: int = 1_000
    text_bytes_max: int = 64 * 1024
    fractions: bool = False
    """Whether numbers may have a fraction or an exponent; our own messages send them as text."""


MESSAGE_LIMITS: Final = Limits()
"""A record, a command, one event of a batch, one line of an event file."""

BATCH_LIMITS: Final = Limits(bytes_max=16 * MIB, depth_max=64, nodes_max=500_000)
"""A batch of events as a whole; each event in it is held to MESSAGE_LIMITS besides."""

PLAN_FILE_LIMITS: Final = Limits(bytes_max=256 * MIB, nodes_max=50_000_000)
"""A plan of up to 200,000 phases."""


class TooLarge(Malformed):
    """More bytes than one message may have; only the edge's answer differs."""


KEY_SHOWN_MAX: Final = 80

_BOMS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_SHALLOW: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|([\[{])|[\]}]', re.DOTALL)
_ODD_ESCAPE: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_INTEGER_DIGITS: Final = len(str(INTEGER_MAX)) + 1


def parse(raw: bytes, limits: Limits = MESSAGE_LIMITS) -> object:
    """Return the value of a JSON text in UTF-8.

    Raises Malformed with a sentence and the JSON pointer (RFC 6901) of the place; TooLarge, which
    is one, where the text has more than `limits.bytes_max` bytes.
    """
    # No text of so few bytes can hold too long a text or too many values.
    if not limits.fractions and len(raw) <= min(
        limits.bytes_max, limits.text_bytes_max, limits.nodes_max
    ):
        try:
            return plain_value(raw, depth_max=limits.depth_max, keys_max=limits.keys_max)
        except Odd:
            pass
    return parse_carefully(raw, limits)


def parse_carefully(raw: bytes, limits: Limits) -> object:
    """Return what `parse` returns, and say what is wrong where something is; it takes longer."""
    _check_bytes(raw, limits)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        msg = f"the text must be UTF-8; byte {error.start} is not"
        raise Malformed(msg) from None
    openers = raw.count(b"{") + raw.count(b"[")
    if openers > limits.depth_max:
        _check_depth(raw, limits)
    odd = (
        len(raw) > limits.text_bytes_max
        or openers + raw.count(b",") >= limits.nodes_max
        or (b"\\u" in raw and _ODD_ESCAPE.search(raw) is not None)
    )
    try:
        value = _decode(_fast_decoder(limits), text)
    except _LookCloserError:
        odd = True
    else:
        if not odd:
            return value
    value = _decode(_marking_decoder(limits), text)
    check(value, limits)
    return value


def parse_object(raw: bytes, limits: Limits = MESSAGE_LIMITS) -> dict[str, Any]:
    """Return the JSON object that the text is; anything else at the top is Malformed."""
    value = parse(raw, limits)
    if not isinstance(value, dict):
        msg = f"a JSON object is expected, this is {_KINDS.get(type(value), 'a text')}"
        raise Malformed(msg)
    return value


def check(value: object, limits: Limits = MESSAGE_LIMITS, pointer: str = "") -> None:
    """Hold an already parsed value to the limits; raises Malformed at the first place that fails.

    `limits.bytes_max` is not looked at: what is parsed has no bytes of its own.
    """
    for nodes, (at, depth, node) in enumerate(_walk(value, pointer), start=1):
        if nodes > limits.nodes_max:
            msg = f"a message may hold {limits.nodes_max} values, this one holds more"
            raise Malformed(msg, pointer)
        if isinstance(node, str):
            _check_text(node, limits, at)
        elif isinstance(node, dict):
            _check_object(node, limits, at)
        elif isinstance(node, _Refused):
            raise Malformed(node.why, at + node.below)
        if depth > limits.depth_max:
            raise Malformed(_too_deep(limits), at)


def refusal_of(wrong: ValidationError, within: str = "") -> Malformed:
    """Return what a model said against a message as a refusal, with the place of its first fault.

    `within` is the pointer of the part of the message that the model was given.
    """
    first = wrong.errors(include_url=False, include_input=False, include_context=False)[0]
    place = "".join(f"/{token(str(part))}" for part in first["loc"])
    return Malformed(first["msg"].removeprefix("Value error, "), within + place)


_KINDS: Final = {
    list: "an array", int: "a number", float: "a number", bool: "a truth value", type(None): "null",
}  # fmt: skip


# Reading


class _LookCloserError(Exception):
    """Something in the text is not allowed; the marking decoder will find out where."""


@dataclass(frozen=True, slots=True)
class _Refused:
    """Stands in a parsed value where something was that is not allowed."""

    why: str
    below: str = ""


def _decode(decoder: json.JSONDecoder, text: str) -> object:
    try:
        value: object = decoder.decode(text)
    except json.JSONDecodeError as error:
        place = f"at line {error.lineno}, column {error.colno}"
        msg = f"this is no JSON: {error.msg.removesuffix(' at')} {place}"
        raise Malformed(msg) from None
    return value


_Pairs: TypeAlias = list[tuple[str, Any]]


@lru_cache(maxsize=16)
def _fast_decoder(limits: Limits) -> json.JSONDecoder:
    keys_max = limits.keys_max

    def pairs(found: _Pairs) -> dict[str, Any]:
        members = dict(found)
        if len(members) != len(found) or len(found) > keys_max:
            raise _LookCloserError
        return members

    def integer(digits: str) -> int:
        if (
            len(digits) > _INTEGER_DIGITS
            or not -INTEGER_MAX <= (number := int(digits)) <= INTEGER_MAX
        ):
            raise _LookCloserError
        return number

    def stop(_: str) -> NoReturn:
        raise _LookCloserError

    return json.JSONDecoder(
        object_pairs_hook=pairs,
        parse_int=integer,
        parse_float=_fraction if limits.fractions else stop,
        parse_constant=stop,
    )


@lru_cache(maxsize=16)
def _marking_decoder(limits: Limits) -> json.JSONDecoder:
    """Return a decoder that leaves a mark in place of what is not allowed, and reads on."""

    def pairs(found: _Pairs) -> dict[str, Any] | _Refused:
        if len(found) > limits.keys_max:
            return _Refused(f"an object may have {limits.keys_max} keys, this one has {len(found)}")
        members = dict(found)
        if len(members) != len(found):
            twice = Counter(key for key, _ in found).most_common(1)[0][0]
            return _Refused("the key stands twice in its object", f"/{token(twice)}")
        return members

    def integer(digits: str) -> int | _Refused:
        if len(digits) <= _INTEGER_DIGITS:
            number = int(digits)
            if -INTEGER_MAX <= number <= INTEGER_MAX:
                return number
        return _Refused("a whole number must lie within 2^53-1; send a larger one as text")

    def fraction(digits: str) -> float | _Refused:
        if not limits.fractions:
            return _Refused('a number with a fraction or exponent is sent as text, e.g. "2.5"')
        try:
            return _fraction(digits)
        except _LookCloserError:
            return _Refused("the number is too large or too small to be kept")

    return json.JSONDecoder(
        object_pairs_hook=pairs,
        parse_int=integer,
        parse_float=fraction,
        parse_constant=lambda name: _Refused(f"{name} is no JSON number"),
    )


def _fraction(digits: str) -> float:
    number = float(digits)
    vanished = number == 0 and any(digit in "123456789" for digit in re.split("[eE]", digits)[0])
    if math.isinf(number) or vanished:
        raise _LookCloserError
    return number


def _check_bytes(raw: bytes, limits: Limits) -> None:
    if len(raw) > limits.bytes_max:
        msg = f"at most {limits.bytes_max} bytes are taken, these are {len(raw)}"
        raise TooLarge(msg)
    if raw.startswith(_BOMS):
        msg = "send UTF-8 without a byte order mark"
        raise Malformed(msg)
    if b"\x00" in raw:
        msg = "the text holds NUL bytes: send UTF-8, and no binary data"
        raise Malformed(msg)
    if not raw.strip(b" \t\r\n"):
        msg = "the message is empty"
        raise Malformed(msg)


def _check_depth(raw: bytes, limits: Limits) -> None:
    """Count open brackets outside texts, before anything could recurse into them."""
    depth = 0
    for token in _SHALLOW.finditer(raw):
        if token[1] is not None:
            depth += 1
            if depth > limits.depth_max:
                msg = f"{_too_deep(limits)} (byte {token.start()})"
                raise Malformed(msg)
        elif token[0] in b"]}":
            depth -= 1


def _too_deep(limits: Limits) -> str:
    return f"arrays and objects may lie {limits.depth_max} deep in each other, not deeper"


def _check_object(node: dict[str, Any], limits: Limits, at: str) -> None:
    if len(node) > limits.keys_max:
        msg = f"an object may have {limits.keys_max} keys, this one has {len(node)}"
        raise Malformed(msg, at)
    for key in node:
        _check_text(key, limits, at)


def _check_text(text: str, limits: Limits, at: str) -> None:
    if "\x00" in text:
        msg = "a text may not hold the NUL character"
        raise Malformed(msg, at)
    if _SURROGATE.search(text):
        msg = "half of a surrogate pair is no character"
        raise Malformed(msg, at)
    if len(text) > limits.text_bytes_max // 4 and len(text.encode()) > limits.text_bytes_max:
        msg = f"a text may have {limits.text_bytes_max} bytes, this one has {len(text.encode())}"
        raise Malformed(msg, at)


def _walk(value: object, pointer: str) -> Iterator[tuple[str, int, object]]:
    """Yield every value in the order of the text, with its pointer and its depth."""
    stack: list[tuple[str, int, object]] = [(pointer, 0, value)]
    while stack:
        at, depth, node = stack.pop()
        if isinstance(node, dict):
            depth += 1
            below = [(f"{at}/{token(key)}", depth, child) for key, child in node.items()]
            stack.extend(reversed(below))
        elif isinstance(node, list):
            depth += 1
            below = [(f"{at}/{index}", depth, child) for index, child in enumerate(node)]
            stack.extend(reversed(below))
        yield at, depth, node


def token(key: str) -> str:
    """Return a key as it stands in a JSON pointer; what cannot be printed is shown, not sent on."""
    shown = key if len(key) <= KEY_SHOWN_MAX else f"{key[:KEY_SHOWN_MAX]}…"
    if not shown.isprintable():
        shown = repr(shown)[1:-1]
    return shown.replace("~", "~0").replace("/", "~1")
