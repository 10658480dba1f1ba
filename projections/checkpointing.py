"""Follow the log, and keep a checkpoint of each key after every few hundred of its events.

It has its own position and its own states, so nobody who writes or reads rows waits for it; where
it lags behind or is away, a moment in the past costs a longer replay.
"""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from threading import Event
from typing import Any, Final

import structlog

from domain.log.port import EventReader, LogUnavailable
from projections.checkpoints import Checkpoints, fold_of
from projections.checkpoints_contract import CheckpointStore, Folded, Kept
from projections.clock import Clock
from projections.contract import Projection, RowsUnavailable
from projections.replay import messages_of, resume, whole_page

EVERY: Final = 500
"""Events of a key from one checkpoint to the next."""
PAGE: Final = 5_000
STATES_KEPT_MAX: Final = 64
WAIT_S: Final = 1.0
RETRY_S: Final = 5.0

log = structlog.get_logger(__name__)


class Checkpointing:
    """Write the checkpoints of some projections; one at a time per store."""

    def __init__(
        self,
        feed: EventReader,
        projections: Sequence[Projection[Any]],
        store: CheckpointStore,
        *,
        every: int = EVERY,
        clock: Clock | None = None,
    ) -> None:
        self._feed = feed
        self._projections = [each for each in projections if each.keeps_state]
        self._folds = sorted(map(fold_of, self._projections))
        self._by = f"{every}:{','.join(self._folds)}"
        self._store = store
        self._checkpoints = Checkpoints(store, warm_bytes=0)
        self._every = every
        self._clock = clock or Clock(feed)
        self._own: OrderedDict[tuple[str, str], Kept] = OrderedDict()
        self._position: int | None = None
        self._counts: Counter[str] = Counter()

    def catch_up(self) -> bool:
        """Follow to the end of the log; True if anything was read."""
        moved = False
        while self.step():
            moved = True
        return moved

    def step(self) -> bool:
        """Follow one page; False where there was nothing to do.

        Raises RowsUnavailable or LogUnavailable where one of them is away; what was followed since
        the last page is then followed again.
        """
        if self._position is None:
            self._begin()
        position, counts = self._position or 0, self._counts.copy()
        page = whole_page(self._feed, position, PAGE)
        if not page:
            return False
        self._position = None  # Until the page is done.
        self._clock.reach(position)
        self._clock.see(page)
        for message in messages_of(page):
            key = message[0].project_id
            if key is None:
                continue
            counts[key] += len(message)
            if counts[key] >= self._every:
                del counts[key]
                for projection in self._projections:
                    self._keep(projection, key, message[-1].position)
        self._store.follow(self._by, page[-1].position, counts)
        self._position, self._counts = page[-1].position, counts
        return True

    def run(self, stop: Event) -> None:
        """Follow until told to stop; what is away is waited for."""
        while not stop.is_set():
            try:
                if not self.step():
                    self._feed.wait(self._position or 0, WAIT_S)
                    stop.wait(WAIT_S)  # A checkpoint may come late: the live path has the turn.
            except (LogUnavailable, RowsUnavailable) as away:
                log.warning("checkpoints.store_away", error=str(away), retry_s=RETRY_S)
                stop.wait(RETRY_S)

    def newest(self, folded: Folded, key: str, up_to: int) -> Kept | None:
        """Return the state that was kept last, from memory where it is still there."""
        own = self._own.pop((folded.name, key), None)
        if own is not None and own.position <= up_to:
            return own
        return self._checkpoints.newest(folded, key, up_to)

    def _begin(self) -> None:
        """Go on where it was left; begin again where the log or the folds are other ones."""
        self._own.clear()
        position, counts = self._store.followed(self._by)
        if position > self._feed.head():
            log.warning("checkpoints.log_put_back", position=position, head=self._feed.head())
            self._store.clear()
            position, counts = 0, {}
        self._store.keep_only(self._folds)
        self._position, self._counts = position, Counter(counts)

    def _keep(self, projection: Projection[Any], key: str, position: int) -> None:
        known = resume(projection, self._feed, key, position, self._clock, self)
        if known.poison is not None or not known.begun:
            return
        try:
            projection.rows(known.state)  # So that rows which stay need not be made again.
        except Exception as error:  # noqa: BLE001  Whatever a projection raises is its defect.
            log.warning("checkpoints.rows_failed", name=projection.name, key=key, error=repr(error))
            return
        kept = Kept(position, known.state, known.ticked, known.begun)
        if self._checkpoints.keep(projection, key, kept):
            self._own[projection.name, key] = kept
            if len(self._own) > STATES_KEPT_MAX:
                self._own.popitem(last=False)
