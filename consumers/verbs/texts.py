"""Write what several verbs write alike: moments, and what somebody said."""

from datetime import datetime
from typing import Final

SAID_MAX: Final = 60
"""So many characters of what somebody said are shown; all are in --json."""


def weekday_moment(text: str | None, none: str = "no date") -> str:
    """Return e.g. `Mon 2026-03-02 08:00` of an instant, in the offset it is written with."""
    return none if text is None else f"{datetime.fromisoformat(text):%a %Y-%m-%d %H:%M}"


def said(text: str | None) -> str:
    """Return what somebody said on one line, its beginning where it is long."""
    line = " ".join((text or "").split())
    return line if len(line) <= SAID_MAX else f"{line[: SAID_MAX - 1]}…"
