"""Run every benchmark and write the table: `python -m tests.benchmarks [--keep] [name …]`.

Named ones alone are only looked at; with `--keep` their rows are put into the table.
"""

import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import structlog

from tests.benchmarks.appending import batches_of_a_hundred, concurrent_writers
from tests.benchmarks.as_of import as_of
from tests.benchmarks.branching import branches_1k
from tests.benchmarks.broker import through_a_broker
from tests.benchmarks.elsewhere import another_store
from tests.benchmarks.everything import everything, rules_growth
from tests.benchmarks.explaining import why_long
from tests.benchmarks.forecasting import forecast_1k
from tests.benchmarks.growth import growth, million
from tests.benchmarks.intake import intake
from tests.benchmarks.levelling import (
    level_cpsat_j30,
    level_j30,
    level_jobshop,
    level_project_1k,
)
from tests.benchmarks.loading import load_aggregate
from tests.benchmarks.long_log import EVENTS
from tests.benchmarks.network import cpm_10k, cpm_10k_again, cpm_100k
from tests.benchmarks.network_changes import cpm_changes
from tests.benchmarks.network_sizes import cpm_mpxj, cpm_sizes
from tests.benchmarks.project_life import project_event
from tests.benchmarks.projecting import rebuild, rebuild_audit, rebuild_schedule
from tests.benchmarks.rebuilding import rebuild_memory, rebuild_under_load
from tests.benchmarks.replaying import read_own_write, replay
from tests.benchmarks.scaled_out import scaled_out
from tests.benchmarks.stores import Stores, folder
from tests.benchmarks.streaming import event_to_sse, sse_fanout
from tests.benchmarks.table import Row, conditions, refresh, table, write
from tests.services.postgres import postgres_of_this_run

OF_A_STORE: Final[tuple[Callable[[Stores], Row | Iterable[Row]], ...]] = (
    concurrent_writers,
    batches_of_a_hundred,
    replay,
    rebuild,
    rebuild_audit,
    rebuild_schedule,
    rebuild_under_load,
    intake,
    load_aggregate,
    read_own_write,
    event_to_sse,
    sse_fanout,
    another_store,
    through_a_broker,
    scaled_out,
    million,
    growth,
    as_of,
    why_long,
    everything,
)


WITHOUT_A_STORE: Final[tuple[Callable[[], Row | Iterable[Row]], ...]] = (
    cpm_10k,
    cpm_10k_again,
    cpm_100k,
    cpm_changes,
    cpm_sizes,
    cpm_mpxj,
    forecast_1k,
    branches_1k,
    project_event,
    rules_growth,
    rebuild_memory,
    level_j30,
    level_cpsat_j30,
    level_jobshop,
    level_project_1k,
)


KEEP: Final = "--keep"


def main() -> None:
    """Measure, print, write."""
    wanted = {name for name in sys.argv[1:] if name != KEEP}
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with ExitStack() as opened:
        place = opened.enter_context(folder())
        server = opened.enter_context(postgres_of_this_run())
        stores = [Stores("pg", place, server), Stores("sqlite", place, None)]
        rows = [*_measured(stores, wanted)]
        for measure in WITHOUT_A_STORE:
            if not wanted or measure.__name__ in wanted:
                rows.extend(_told_rows(measure()))
        held = conditions(
            {
                "postgresql": _version(server.url()),
                "disk": _disk(place),
                "long log": f"{EVENTS:,} events (TAKT_BENCH_EVENTS; the design asks for 1,000,000)",
                "load average": ", ".join(f"{load:.1f}" for load in os.getloadavg()),
            }
        )
    if not wanted:
        shown = write(rows, held)
    elif KEEP in sys.argv:
        shown = refresh(rows, held)
    else:
        shown = table(rows)
    print(shown)  # noqa: T201  It talks to who runs it.


def _measured(stores: list[Stores], wanted: set[str]) -> Iterator[Row]:
    for each in stores:
        for measure in OF_A_STORE:
            if wanted and measure.__name__ not in wanted:
                continue
            yield from _told_rows(measure(each))


def _told_rows(found: Row | Iterable[Row]) -> Iterator[Row]:
    for row in (found,) if isinstance(found, Row) else found:
        _told(row)
        yield row


def _told(row: Row) -> None:
    print(f"{row.id}: {row.value:,.2f} {row.unit}", file=sys.stderr, flush=True)  # noqa: T201


def _version(url: str) -> str:
    import psycopg  # noqa: PLC0415

    with psycopg.connect(url) as connection:
        return str(connection.info.parameter_status("server_version"))


def _disk(place: Path) -> str:
    return f"temporary folder of the machine ({place.parent.name}), fsync on"


if __name__ == "__main__":
    main()
