"""Read a moment by truth, and the name of a moment on both axes: `true:TIME@KNOWN`."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter, ValidationError

from consumers.failures import WrongInput
from domain.kernel.values import Instant, rfc3339

TRUE: Final = "true:"
KNOWN: Final = "@"
SPELLING: Final = "true:TIME, true:TIME@X as known at X"

_INSTANT: TypeAdapter[Any] = TypeAdapter(Instant)


class TrueMoment(NamedTuple):
    """What had become true by a moment, as known at a text of `as_of`; None: at all."""

    moment: datetime
    known: str | None


def moment_named(text: str, name: str) -> datetime:
    """Return the time a text names; raises WrongInput, which says what the parameter takes."""
    try:
        # A plus sign in a query is read as a space; no time in RFC 3339 has a space there.
        found: datetime = _INSTANT.validate_python(text.replace(" ", "+"))
    except ValidationError as wrong:
        said = wrong.errors(include_url=False, include_input=False)[0]["msg"]
        said = said.removeprefix("Value error, ")
        msg = f"{name} {text}: no time by which something was true: {said}"
        raise WrongInput(msg) from wrong
    return found


def true_by(text: str | None) -> datetime | None:
    """Return the moment of `--true-at`, `true_at`; raises WrongInput."""
    return None if text is None else moment_named(text, "--true-at")


def true_moment(text: str) -> TrueMoment | None:
    """Return what `true:TIME` or `true:TIME@X` names; None for any other text.

    Raises WrongInput.
    """
    if not text.startswith(TRUE):
        return None
    time, at, known = text.removeprefix(TRUE).partition(KNOWN)
    if at and not known:
        msg = f"{text}: say after {KNOWN} as known at which position or time"
        raise WrongInput(msg)
    return TrueMoment(moment_named(time, TRUE.removesuffix(":")), known or None)


def told(moment: datetime | None) -> dict[str, str]:
    """Return what a document says of the moment it is true at; nothing where none was asked."""
    return {} if moment is None else {"true_at": rfc3339(moment)}
