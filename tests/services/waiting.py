"""Wait for a condition with a deadline: the only place of the services where anything sleeps."""

import time
from collections.abc import Callable
from typing import Final

POLL_S: Final = 0.05


class Overdue(Exception):
    """What was waited for did not come true in time."""


def wait_until(condition: Callable[[], bool], what: str, *, deadline_s: float) -> None:
    """Return once the condition holds.

    Raises:
        Overdue: `deadline_s` seconds went by; the message names `what`.

    """
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            msg = f"{what} did not come true within {deadline_s:g} s"
            raise Overdue(msg)
        time.sleep(POLL_S)
