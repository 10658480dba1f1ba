"""Hold the rows of the benchmark table, and write it with the conditions it held under."""

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, Self

REPOSITORY: Final = Path(__file__).parents[2]
RESULTS: Final = Path(__file__).parent / "RESULTS.md"
JSON_FILE: Final = REPOSITORY / "bench.json"
LIBRARIES: Final = ("eventsourcing", "kafka-python", "pydantic", "psycopg", "fastapi", "uvicorn")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what was measured, against what in the same run, and whether the target is met.

    `ratio` is the figure over its limit or peer (for a latency: the figure itself); None where
    nothing was compared.
    """

    id: str
    what: str
    value: float
    unit: str
    against: str
    ratio: float | None
    target: str
    met: bool | None

    @classmethod
    def stated(cls, id: str, what: str, value: float, unit: str, against: str = "") -> Self:  # noqa: A002  The column's name.
        """Return a figure that is told without a target."""
        return cls(id, what, value, unit, against, None, "stated", None)


def conditions(extra: dict[str, str]) -> dict[str, str]:
    """Return what a reader must know to judge the figures."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": datetime.now(UTC).date().isoformat(),  # noqa: TID251
        "machine": f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, {platform.machine()}, shared",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in LIBRARIES},
        **extra,
    }


def write(rows: Sequence[Row], held: dict[str, str]) -> str:
    """Write `bench.json` and `RESULTS.md`; return the table as text."""
    document = {"conditions": held, "rows": [asdict(row) for row in rows]}
    JSON_FILE.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    shown = table(rows)
    lines = [
        "# Benchmark results",
        "",
        "Written by `make bench`. Figures come from one run on a shared machine: only the ratios",
        "carry over. A row that misses its target says so; the target is that of the design.",
        "",
        *(f"- {name}: {value}" for name, value in held.items()),
        "",
        shown,
        "",
    ]
    RESULTS.write_text("\n".join(lines), encoding="utf-8")
    return shown


def refresh(rows: Sequence[Row], held: dict[str, str]) -> str:
    """Put rows that were measured alone into the table that is kept, and say so below it.

    `bench.json` holds whole runs only. Returns the rows as text.
    """
    kept = RESULTS.read_text(encoding="utf-8").splitlines()
    for row in rows:
        places = [number for number, line in enumerate(kept) if line.startswith("| ")]
        of_it = [number for number in places if kept[number].startswith(f"| {row.id} |")]
        if of_it:
            kept[of_it[0]] = _line(row)
        else:
            kept.insert(places[-1] + 1, _line(row))
    again = ", ".join(f"`{row.id}`" for row in rows)
    kept += [
        f"Measured in a run of their own on {held['date']} (load average {held['load average']}):",
        f"{again}.",
        "",
    ]
    RESULTS.write_text("\n".join(kept), encoding="utf-8")
    return table(rows)


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table for a terminal or a page."""
    head = "| id | what | value | against | ratio | target | met |\n|---|---|---|---|---|---|---|"
    return "\n".join([head, *(_line(row) for row in rows)])


def _line(row: Row) -> str:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    met = {True: "yes", False: "**no**", None: "stated"}[row.met]
    value = f"{row.value:,.0f}" if row.value >= 100 else f"{row.value:.2f}"
    cells = (row.id, row.what, f"{value} {row.unit}", row.against, ratio, row.target, met)
    return f"| {' | '.join(cells)} |"
