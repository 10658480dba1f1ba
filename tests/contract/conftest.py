"""Give each contract of the log every backend, the one in memory included."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.log.port import (
    EventLog,
)
from tests.contract.logs import opened_at
from tests.simulation.memory_log import Tables

BACKENDS = ("memory", "sqlite", pytest.param("postgres", marks=pytest.mark.integration))


@pytest.fixture(params=BACKENDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str | Tables:
    if request.param == "memory":
        return Tables()
    if request.param == "sqlite":
        return str(tmp_path / "takt.db")
    return str(request.getfixturevalue("pg_url"))


@pytest.fixture
def log(address: str | Tables) -> Iterator[EventLog]:
    opened = opened_at(address)
    yield opened
    opened.close()


@pytest.fixture
def other(address: str | Tables, log: EventLog) -> Iterator[EventLog]:
    """Another process on the same database."""
    del log
    opened = opened_at(address)
    yield opened
    opened.close()
