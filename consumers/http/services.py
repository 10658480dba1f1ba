"""Name what the HTTP edge needs from the rest of Takt: ports only, put together by bootstrap."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, Protocol, TypeAlias

from consumers.deciding import Ask, Request
from consumers.intake import Dispatcher as DispatchesOne
from consumers.intake import FactDoor
from consumers.views import Views
from domain.kernel.messages import Command, Principal
from domain.kernel.registry import Registry
from domain.log.port import EventLog, Outcome
from projections.contract import Change, Rows

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})

SCHEDULE: Final = "schedule"
STATUS: Final = "status"
AUDIT: Final = "audit"
HEADER_ROW: Final = "/project"
"""The row of a project as a whole, in the schedule and in the status."""


class Credential(NamedTuple):
    """What a request shows of who sends it."""

    authorization: str | None
    client: str | None
    """The address of the other end of the connection; None where there is none."""


class Dispatcher(DispatchesOne, Protocol):
    """Decide requests and put what was decided into the log."""

    def dispatch_batch(self, requests: Sequence[Request], ask: Ask) -> Outcome:
        """Decide several requests as one: all of them, or none."""

    def settle(
        self, commands: Sequence[Command], ask: Ask, digest: bytes, expected_version: int | None
    ) -> Outcome:
        """Decide typed commands as one request."""


class Health(NamedTuple):
    """Whether Takt can do its work, and what was looked at."""

    ready: bool
    checks: Mapping[str, str]
    """What was found, by the name of the part; in words."""


AsOf: TypeAlias = Callable[[str, str, int, datetime | None], Sequence[Change]]
"""`as_of(projection, key, position, true_at)`: the rows of a key as they stood at a position; with
a moment, of what was true by then as known at the position."""

Listener: TypeAlias = Callable[[Sequence[Change], int], None]
"""Takes changed rows by position, and the position that all rows reflect."""

WaitFor: TypeAlias = Callable[[int, float], bool]
"""`wait_for(position, timeout_s)`: until every projection is at the position; False: too late."""


@dataclass(frozen=True, slots=True)
class Services:
    """The ports of the HTTP edge; everything here may block and is called in a thread."""

    log: EventLog
    dispatcher: Dispatcher
    door: FactDoor
    rows: Mapping[str, Rows]
    """Rows by projection: `schedule`, `status` and `audit`."""
    wait_for: WaitFor
    as_of: AsOf
    views: Views
    """The past of projects, for questions that are computed when they are asked."""
    version_of: Callable[[str], int]
    """The present version of a stream; 0 where nothing is recorded."""
    clock: Callable[[], datetime]
    principal_of: Callable[[Credential], Principal]
    """Who stands behind a credential; raises NotAuthorised."""
    registry: Registry
    commands: Mapping[str, type[Command]]
    health: Callable[[], Health]
    reset_at: Callable[[], int] = lambda: 0
    """The position at or below which a stream cannot be resumed: rows were put in the place of
    others by a rebuild there, or tombstones were dropped; 0: everywhere it can."""
    listen: Callable[[Listener], None] = lambda listener: None  # noqa: ARG005  Nobody tells.
    """Have a listener called after each commit of rows in this process, by the one engine that
    writes all of them; where another process writes them nobody tells, and the rows are asked."""
    shards: Callable[[str], Mapping[int, int]] = lambda _: {}
    """The position of each shard of a projection; none where one engine reads the log."""
    may_move: Callable[[int, float], bool] = lambda position, timeout_s: True  # noqa: ARG005
    """`may_move(position, timeout_s)`: wait until rows may come to be above a position, because
    the log did; False: it did not. Where rows move, the store need not be asked again and again."""
    deployment: str = "local"
    hosts: frozenset[str] = field(default=LOOPBACK_NAMES)
    """The names a request may ask for (`Host`); another one is somebody's trick on a browser."""

    def watermark(self) -> int:
        """Return the position up to which every projection is true."""
        return min((rows.position() for rows in self.rows.values()), default=0)
