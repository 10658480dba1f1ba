"""Read what a request says it was decided on: If-Match, If-None-Match, Idempotency-Key."""

import re
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers

from consumers.http.problems import MALFORMED, Problem
from domain.kernel.ids import MESSAGE_ID_PATTERN
from domain.kernel.values import INTEGER_MAX

ETAG_BYTES_MAX: Final = 4 * 1024

_TAG: Final = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS: Final = re.compile(rf"[ \t]*{_TAG}(?:[ \t]*,[ \t]*{_TAG})*[ \t]*")
_ONE_TAG: Final = re.compile(_TAG)
_NUMBER: Final = re.compile(r"-?\d+", re.ASCII)
_KEY: Final = re.compile(MESSAGE_ID_PATTERN, re.ASCII)


@dataclass(frozen=True, slots=True)
class Precondition:
    """What the subject's version must be for a command to be decided."""

    versions: tuple[int, ...] = ()
    """Any one of these; empty where If-Match named none that could ever be."""
    any_existing: bool = False
    """`If-Match: *`: it must exist, whatever its version."""
    must_not_exist: bool = False
    """`If-None-Match: *`."""
    said: bool = False
    """Whether there was a precondition at all."""

    def holds(self, current: int) -> bool:
        """Tell whether a present version (0: does not exist) is one that was asked for."""
        if self.must_not_exist:
            return current == 0
        if self.any_existing:
            return current > 0
        return not self.said or current in self.versions


def etag(version: int | str) -> str:
    """Return a strong entity tag."""
    return f'"{version}"'


def precondition(headers: Headers) -> Precondition:
    """Return the precondition of a command; raises Problem where it makes no sense."""
    if_match, if_none_match = headers.getlist("if-match"), headers.getlist("if-none-match")
    if if_match and if_none_match:
        msg = "If-Match and If-None-Match contradict each other: send one"
        raise Problem(MALFORMED, msg)
    if if_none_match:
        if ", ".join(if_none_match).strip() != "*":
            msg = "on a command, If-None-Match can only be *: the subject must not exist yet"
            raise Problem(MALFORMED, msg)
        return Precondition(must_not_exist=True, said=True)
    if not if_match:
        return Precondition()
    text = ", ".join(if_match)
    if text.strip() == "*":
        return Precondition(any_existing=True, said=True)
    return Precondition(versions=tuple(_versions(text)), said=True)


def _versions(text: str) -> list[int]:
    if len(text) > ETAG_BYTES_MAX or _TAGS.fullmatch(text) is None:
        msg = 'If-Match is a version in quotes, e.g. If-Match: "7"'
        raise Problem(MALFORMED, msg)
    found = []
    for tag in _ONE_TAG.findall(text):
        if tag.startswith("W/"):
            # It could never match: comparison is strong here (RFC 9110, 13.1.1).
            msg = f"If-Match takes no weak tags: write {tag[2:42]} without W/"
            raise Problem(MALFORMED, msg)
        if _NUMBER.fullmatch(tag[1:-1]) is None:
            continue
        digits = tag[1:-1]
        if len(digits) > len(str(INTEGER_MAX)) or not 0 <= int(digits) <= INTEGER_MAX:
            msg = "a version is a whole number from 0 to 2^53-1"
            raise Problem(MALFORMED, msg)
        found.append(int(digits))
    return found


def idempotency_key(headers: Headers) -> str | None:
    """Return the key, None where there is none; raises Problem for one that is no key.

    The header's draft (draft-ietf-httpapi-idempotency-key-header) writes the key in quotes; most
    clients do not, so both are read and mean the same.
    """
    found = headers.getlist("idempotency-key")
    if not found:
        return None
    if len(found) > 1:
        msg = "a request has one Idempotency-Key"
        raise Problem(MALFORMED, msg)
    key = found[0].strip()
    if len(key) > 1 and key.startswith('"') and key.endswith('"'):
        key = key[1:-1]
    if _KEY.fullmatch(key) is None:
        msg = "an Idempotency-Key has 1 to 255 visible ASCII characters"
        raise Problem(MALFORMED, msg)
    return key


def not_modified(headers: Headers, tag: str) -> bool:
    """Tell whether the client's If-None-Match names the tag; nonsense in it counts as absent."""
    text = ", ".join(headers.getlist("if-none-match"))
    if text.strip() == "*":
        return True
    if len(text) > ETAG_BYTES_MAX or _TAGS.fullmatch(text) is None:
        return False
    return any(each.removeprefix("W/") == tag for each in _ONE_TAG.findall(text))
