"""Write what the registers of a project have in common: which it is, when, how far all is."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum

from domain.network.project_network import ProjectNetwork
from projections.contract import Row
from projections.moments import Moments


def head_of(network: ProjectNetwork, position: int, now: datetime | None) -> Row:
    """Return what every register begins with; `now` is None where no time has passed yet."""
    return {
        "project": network.project_id,
        "name": network.name,
        "position": position,
        "zone": network.zone.key,
        "now": Moments(network.zone).of_optional(now),
    }


def counts(rows: Iterable[Row], stages: type[Enum]) -> Mapping[str, int]:
    """Return how many rows are at each stage, those at which there is none included."""
    found = dict.fromkeys((str(stage.value) for stage in stages), 0)
    for row in rows:
        found[row["stage"]] += 1
    return found
