"""Stand the log up as an application of the eventsourcing library, for `save` and `repository`.

The hot path does not come through here: `append` goes to the recorder directly.
"""

import os
from collections.abc import Mapping

from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder
from eventsourcing.utils import Environment, EnvType, strtobool

from domain.kernel.registry import Registry
from domain.log.mapper import EventMapper
from domain.log.port import LogMisconfigured
from domain.log.postgres import PostgresLog, PostgresLogFactory
from domain.log.sqlite import SqliteLog, SqliteLogFactory


class LogApplication(Application[str]):
    """The library's application over the log: `save(Placed(…))` and `repository.get(…)`."""

    name = "Takt"

    def __init__(self, registry: Registry, env: Mapping[str, str]) -> None:
        self._registry = registry
        super().__init__(dict(env))

    @property
    def store(self) -> SqliteLog | PostgresLog:
        """The recorder, as the log's own classes know it."""
        assert isinstance(self.recorder, SqliteLog | PostgresLog)
        return self.recorder

    @property
    def event_mapper(self) -> EventMapper:
        assert isinstance(self.mapper, EventMapper)
        return self.mapper

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Take what was asked for, nothing from the process's environment.

        One variable is looked at there: whoever sets it expects a mode that loses events.
        """
        surroundings = Environment(name, {**os.environ, **(env or {})})
        forbidden = PostgresLogFactory.POSTGRES_ENABLE_DB_FUNCTIONS
        if strtobool(surroundings.get(forbidden) or "no"):
            msg = f"{forbidden} is set: in this mode readers miss events; unset it"
            raise LogMisconfigured(msg)
        return Environment(name, env)

    def construct_mapper(self) -> EventMapper:
        return EventMapper(self._registry)

    def construct_recorder(self) -> ApplicationRecorder:
        assert isinstance(self.factory, SqliteLogFactory | PostgresLogFactory)
        return self.factory.log_recorder(self.event_mapper.describe)
