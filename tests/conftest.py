"""Give every test its surroundings: real services, published cases, seeded laws, no network."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.services import availability, network
from tests.services.kafka import KafkaServer, kafka_of_this_run
from tests.services.postgres import PostgresServer, postgres_of_this_run
from tests.shared import SHARED
from tests.tiers import SilentTiers

# The same examples on every machine; `pytest --hypothesis-profile=nightly` looks further and
# remembers what it found. No deadlines: speed is measured by the benchmarks, never by a test.
settings.register_profile("ci", derandomize=True, max_examples=200, deadline=None)
settings.register_profile("nightly", max_examples=5_000, deadline=None)
settings.load_profile("ci")

RUNNING = pytest.StashKey[list[KafkaServer | PostgresServer]]()
FIGURES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RUNNING] = []
    config.stash[FIGURES] = []
    config.pluginmanager.register(SilentTiers())
    network.stay_on_loopback()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Start again what the test before killed and, because it failed, left lying."""
    for server in item.config.stash[RUNNING]:
        server.start()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for line in config.stash[FIGURES]:
        terminalreporter.write_line(line)
    reasons = [
        str(report.longrepr[2])
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    ]
    wanted = availability.skipped_for_want(reasons)
    counts = ", ".join(f"{service} {count}" for service, count in sorted(wanted.items()))
    terminalreporter.write_line(f"tests skipped for want of a service: {counts}")


@pytest.fixture
def tell_figures(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Give a way to say at the end of the run how much a test went through."""
    return lambda figures: request.config.stash[FIGURES].append(f"{request.node.name}: {figures}")


@pytest.fixture(scope="session")
def kafka(pytestconfig: pytest.Config) -> Iterator[KafkaServer]:
    """Give a real Apache Kafka broker, one per run; see `KafkaServer`."""
    with kafka_of_this_run() as server:
        pytestconfig.stash[RUNNING].append(server)
        yield server
        pytestconfig.stash[RUNNING].remove(server)


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    """Give a real PostgreSQL server, one per run; see `PostgresServer`."""
    with postgres_of_this_run() as server:
        pytestconfig.stash[RUNNING].append(server)
        yield server
        pytestconfig.stash[RUNNING].remove(server)


@pytest.fixture
def pg_url(postgres: PostgresServer) -> Iterator[str]:
    """Give the address of an empty database that is this test's own, dropped afterwards."""
    name = postgres.create_database()
    yield postgres.url(name)
    postgres.start()
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of the published cases, `data/` inside it; they are not ours to ship."""
    if not (SHARED / "data").is_dir():
        pytest.skip("no published cases: neither TAKT_SHARED nor ../shared has a folder data/")
    return SHARED
