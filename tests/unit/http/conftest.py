"""Give the tests of the HTTP edge an application over fakes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from consumers.http.app import create_app
from consumers.http.bodies import Bounds
from tests.fakes_http import Fakes, fakes


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Fakes]:
    """Give the fakes behind the application."""
    made = fakes(tmp_path)
    yield made
    made.log.close()


@pytest.fixture
def client(world: Fakes) -> Iterator[TestClient]:
    """Give a client of the application."""
    bounds = Bounds(wait_max_s=0.2, keepalive_s=0.2)
    with TestClient(create_app(world.services, bounds)) as made:
        yield made
