"""Write JSON in the one form of RFC 8785, so that the same value has the same bytes."""

import json
import math
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Final

from domain.kernel.values import INTEGER_MAX


def canonical(value: object) -> bytes:
    """Return the canonical form of RFC 8785: the same JSON has the same bytes.

    Takes what JSON can say (dict with text keys, list or tuple, str, int, float, bool, None);
    raises ValueError for a number or text JSON cannot say: NaN, infinities, whole numbers beyond
    2^53-1, lone surrogates.
    """
    pieces: list[str] = []
    _write(value, pieces)
    try:
        return "".join(pieces).encode()
    except UnicodeEncodeError as error:
        msg = "a lone surrogate has no canonical form"
        raise ValueError(msg) from error


def digest_of_document(document: object) -> str:
    """Return the SHA-256, in hexadecimal, of a document's canonical form."""
    return sha256(canonical(document)).hexdigest()


def canonical_of_parsed(value: object) -> bytes:
    """Return `canonical` of what `strict_json.parse` gave under limits without fractions, faster.

    The standard library's writer differs from RFC 8785 in fractions, which such a value has not,
    and in the order of keys beyond ASCII.
    """
    text = "".join(_write_plainly(value, 0))
    return text.encode() if text.isascii() else canonical(value)


_PLAIN_WRITER: Final = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)
# What `JSONEncoder.encode` makes anew for every value; without its C form it is what it was.
_make_encoder: Final = getattr(json.encoder, "c_make_encoder", None)
_write_plainly: Final[Callable[[object, int], Iterable[str]]] = (
    (lambda value, _: (_PLAIN_WRITER.encode(value),))
    if _make_encoder is None
    else _make_encoder(
        None, _PLAIN_WRITER.default, json.encoder.encode_basestring, None, ":", ",",
        True, False, False,
    )
)  # fmt: skip


_write_text: Final = json.encoder.encode_basestring


def _write(value: object, pieces: list[str]) -> None:
    if isinstance(value, str):
        pieces.append(_write_text(value))
    elif value is None or isinstance(value, bool):
        pieces.append(_LITERALS[value])
    elif isinstance(value, int):
        if not -INTEGER_MAX <= value <= INTEGER_MAX:
            msg = f"{value} is beyond what a JSON number holds exactly"
            raise ValueError(msg)
        pieces.append(str(value))
    elif isinstance(value, float):
        pieces.append(_ecmascript_number(value))
    elif isinstance(value, dict):
        _write_object(value, pieces)
    elif isinstance(value, list | tuple):
        pieces.append("[")
        for index, item in enumerate(value):
            if index:
                pieces.append(",")
            _write(item, pieces)
        pieces.append("]")
    else:
        msg = f"JSON has no form for {type(value).__name__}"
        raise TypeError(msg)


_LITERALS: Final = {None: "null", True: "true", False: "false"}


def _write_object(members: dict[str, object], pieces: list[str]) -> None:
    separator = "{"
    for key in sorted(members, key=_utf16):
        pieces.append(separator)
        pieces.append(_write_text(key))
        pieces.append(":")
        _write(members[key], pieces)
        separator = ","
    pieces.append("}" if separator == "," else "{}")


def _utf16(key: str) -> bytes:
    """RFC 8785, 3.2.3: keys are ordered by UTF-16 code units, as ECMAScript does."""
    return key.encode("utf-16-be")


_EXPONENT_FROM: Final = 21
_ZEROS_UP_TO: Final = -6


def _ecmascript_number(number: float) -> str:
    """Print as ECMAScript's Number::toString does (RFC 8785, 3.2.2.3).

    Python's repr gives the same shortest digits; only where the point goes differs.
    """
    if not math.isfinite(number):
        msg = f"{number} is no JSON number"
        raise ValueError(msg)
    if number == 0:
        return "0"
    sign = "-" if number < 0 else ""
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    leading = whole + fraction
    # The value is 0.digits times ten to the power of `point`.
    point = len(whole) + int(exponent or 0)
    digits = leading.lstrip("0")
    point -= len(leading) - len(digits)
    digits = digits.rstrip("0")
    if len(digits) <= point <= _EXPONENT_FROM:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= _EXPONENT_FROM:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if _ZEROS_UP_TO < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = point - 1
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if power > 0 else '-'}{abs(power)}"
