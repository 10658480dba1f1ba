"""A log, two projections of it, and the engine between them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from projections.contract import Rows
from projections.engine import Engine
from projections.stores.memory import MemoryRows
from tests.fakes import ListFeed
from tests.unit.projections.tallies import (
    Counted,
    EachProjection,
    TallyProjection,
)


class World:
    """A log, two projections of it, and the engine between them."""

    def __init__(self, page: int = 500, keys_kept: int = 256) -> None:
        self.feed = ListFeed()
        self.tally, self.each = TallyProjection(), EachProjection()
        self.sums: Rows = MemoryRows("tally")
        self.trail: Rows = MemoryRows("each")
        self.page, self.keys_kept = page, keys_kept
        self.engine = self.restarted()

    def restarted(self) -> Engine:
        """Return an engine that knows nothing but the log and the rows."""
        self.tally, self.each = TallyProjection(), EachProjection()
        self.engine = Engine(
            self.feed,
            [(self.tally, self.sums), (self.each, self.trail)],
            page=self.page,
            keys_kept=self.keys_kept,
        )
        return self.engine

    def count(self, project: str, name: str, amount: int, again_by: datetime | None = None) -> int:
        event = Counted(name=name, amount=amount, again_by=again_by)
        return self.feed.record(f"tally-{project}", event, project_id=project)

    def shown(self, project: str) -> Mapping[str, tuple[Any, Any, int]]:
        return {
            change.row_id: (change.row["amount"], change.row["overdue"], change.position)
            for change in self.sums.of_key(project)
            if change.row is not None
        }
