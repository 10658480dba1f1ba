"""Hold our recorders to the library's own shipped cases, with text ids, on both databases."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.tests import persistence as shipped
from psycopg.conninfo import conninfo_to_dict

from domain.log.mapper import Encoded
from domain.log.postgres import PostgresLog, PostgresLogFactory
from domain.log.sqlite import SqliteLog, SqliteLogFactory

NUMBERS = count(1)


def undescribed(stored: StoredEvent) -> Encoded:
    """Stand in for the mapper: these cases store bytes that are no events of ours."""
    return Encoded(str(stored.originator_id), stored.topic, 0, stored.state, None, ())


class TextIds(shipped.RecorderTestCase):
    """Streams have names; a UUID is one like any other."""

    def new_originator_id(self) -> UUID | str:
        return f"part-{next(NUMBERS)}"


class OnSqlite:
    """Each case has a file of its own."""

    @pytest.fixture(autouse=True)
    def _file(self, tmp_path: Path) -> Iterator[None]:
        self.path = tmp_path / "takt.db"
        self.made: list[SqliteLog] = []
        yield
        for recorder in self.made:
            recorder.close()
            recorder.datastore.close()

    def create_recorder(self) -> Any:  # noqa: ANN401  Each shipped case names a type of its own.
        factory = SqliteLogFactory({"SQLITE_DBNAME": str(self.path), "ORIGINATOR_ID_TYPE": "text"})
        self.made.append(factory.log_recorder(undescribed))
        return self.made[-1]


@pytest.mark.integration
class OnPostgres:
    """Each case has a database of its own."""

    @pytest.fixture(autouse=True)
    def _database(self, pg_url: str) -> Iterator[None]:
        self.url = pg_url
        self.made: list[PostgresLog] = []
        yield
        for recorder in self.made:
            recorder.close()
            recorder.datastore.close()

    def create_recorder(self) -> Any:  # noqa: ANN401  Each shipped case names a type of its own.
        parts = conninfo_to_dict(self.url)
        factory = PostgresLogFactory(
            {
                "POSTGRES_CONNINFO": self.url,
                "POSTGRES_DBNAME": str(parts["dbname"]),
                "POSTGRES_HOST": str(parts["host"]),
                "POSTGRES_PORT": str(parts["port"]),
                "POSTGRES_USER": str(parts["user"]),
                "POSTGRES_PASSWORD": "",
                "ORIGINATOR_ID_TYPE": "text",
            }
        )
        self.made.append(factory.log_recorder(undescribed))
        return self.made[-1]


class TestApplicationRecorderOnSqlite(
    OnSqlite, TextIds, shipped.ApplicationRecorderTestCase[SqliteLog]
):
    """Insert, select, page, and ten writers beside two readers."""


class TestApplicationRecorderOnPostgres(
    OnPostgres, TextIds, shipped.ApplicationRecorderTestCase[PostgresLog]
):
    """Insert, select, page, and ten writers beside two readers."""


class TestProcessRecorderOnSqlite(OnSqlite, TextIds, shipped.ProcessRecorderTestCase):
    """Events and the position they came from are one transaction."""


class TestProcessRecorderOnPostgres(OnPostgres, TextIds, shipped.ProcessRecorderTestCase):
    """Events and the position they came from are one transaction."""


class TestTrackingRecorderOnSqlite(OnSqlite, shipped.TrackingRecorderTestCase):
    """A position only grows."""


class TestTrackingRecorderOnPostgres(OnPostgres, shipped.TrackingRecorderTestCase):
    """A position only grows."""


class TestNonInterleavingOnSqlite(
    OnSqlite, TextIds, shipped.NonInterleavingNotificationIDsBaseCase
):
    """Two big inserts at once never mix their positions."""


class TestNonInterleavingOnPostgres(
    OnPostgres, TextIds, shipped.NonInterleavingNotificationIDsBaseCase
):
    """Two big inserts at once never mix their positions."""
