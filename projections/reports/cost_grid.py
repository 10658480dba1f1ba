"""Lay what a project cost and earned out as a grid: a row per phase, planned beside actual.

Money is in whole minor units of the row's currency and work in minutes, as in the document, so that
a sheet adds them up exactly.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from projections.contract import Row
from projections.reports.grid import Grid, GridCell

_MONEY: Final = ("bac", "pv", "ev", "ac", "etc", "cv", "sv")
_RATIOS: Final = ("cpi", "spi", "tcpi")


def cost_grid(document: Mapping[str, Any]) -> Grid:
    """Return the figures of each phase; an empty cell is undefined, the document says why."""
    columns = (
        "project", "position", "id", "name", "department", "currency",
        *(f"{name}_minor" for name in _MONEY), *_RATIOS, "eac_minor", "vac_minor",
        "planned_min", "booked_min", "no_budget",
    )  # fmt: skip
    without = {each["id"]: each["reason"] for each in document["unbudgeted"]}
    named = (document["project"], document["position"])
    rows = [(*named, *_cells(phase), without.get(phase["id"])) for phase in document["phases"]]
    return Grid(f"Cost: {document['name']}", columns, rows, "Cost")


def _cells(phase: Row) -> Iterator[GridCell]:
    for name in ("id", "name", "department", "currency", *_MONEY, *_RATIOS):
        yield phase[name]
    yield phase["eac"]["at_cpi"]
    yield phase["vac"]["at_cpi"]
    for name in ("planned_min", "booked_min"):
        yield sum(each[name] for each in phase["hours"])
