"""Read what a query says of time: as of when, not before which position, how long to wait."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request

from consumers.failures import WrongInput
from consumers.http.bodies import Bounds
from consumers.http.parameters import one
from consumers.http.problems import MALFORMED, NOT_YET, Problem, retry_after
from consumers.http.services import Services
from consumers.http.work import Work
from consumers.true_moments import moment_named
from domain.kernel.values import INTEGER_MAX, instant

_POSITION: Final = re.compile(r"\d{1,16}", re.ASCII)
_WAIT: Final = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)(ms|s)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """Which state of the rows is asked for."""

    as_of: int | None
    """Replayed as of this position; None: the rows as they are."""
    true_at: datetime | None = None
    """Only what was true by this moment, as known at the position; None: all of it."""

    def position(self, services: Services, projection: str) -> int:
        """Return the position that the rows of a projection will show.

        To be read before the rows: then they may be newer than it says, and never older.
        """
        return services.rows[projection].position() if self.as_of is None else self.as_of


def position_in(text: str, name: str) -> int:
    """Return a position of the log; raises Problem for anything else."""
    if _POSITION.fullmatch(text) is None or int(text) > INTEGER_MAX:
        msg = f"{name} is a position of the log: a whole number from 0 on"
        raise Problem(MALFORMED, msg)
    return int(text)


async def moment_of(request: Request, services: Services, work: Work, bounds: Bounds) -> Moment:
    """Return the moment a query asks for, once the rows are as new as `min_position` wants.

    Raises Problem: malformed, and 503 where the rows do not get there in time.
    """
    as_of, least = one(request, "as_of"), one(request, "min_position")
    if least is not None:
        position = position_in(least, "min_position")
        timeout_s = min(_seconds(one(request, "wait"), bounds), bounds.wait_max_s)
        if not await work.run(services.wait_for, position, timeout_s):
            msg = f"the answer is not yet as new as position {position}"
            raise Problem(NOT_YET, msg, headers=retry_after())
    true_at = _true_at(one(request, "true_at"))
    if as_of is None and true_at is None:
        return Moment(None)
    return Moment(await work.run(_position_at, services, as_of), true_at)


def _true_at(text: str | None) -> datetime | None:
    try:
        return None if text is None else moment_named(text, "true_at")
    except WrongInput as wrong:
        raise Problem(MALFORMED, str(wrong)) from wrong


def _position_at(services: Services, as_of: str | None) -> int:
    if as_of is None:
        return services.log.head()
    if _POSITION.fullmatch(as_of) is not None:
        position, head = position_in(as_of, "as_of"), services.log.head()
        if position > head:
            msg = f"the log ends at position {head}"
            raise Problem(MALFORMED, msg)
        return position
    try:
        # A plus sign in a query is read as a space; no time in RFC 3339 has a space there.
        moment = instant(as_of.replace(" ", "+"))
    except ValueError as wrong:
        msg = f"as_of is a position or a time: {wrong}"
        raise Problem(MALFORMED, msg) from None
    return services.log.position_at(moment)


def _seconds(text: str | None, bounds: Bounds) -> float:
    if text is None:
        return bounds.wait_max_s
    found = _WAIT.fullmatch(text)
    if found is None:
        msg = "wait is a number of seconds such as 1.5 or 2s, or of milliseconds such as 500ms"
        raise Problem(MALFORMED, msg)
    return float(found[1]) / (1000 if found[2] == "ms" else 1)
