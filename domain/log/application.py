"""Stand the log up as an application of the eventsourcing library, for `save` and `repository`.

The hot path does not come through here: `append` goes to the recorder directly.
"""

from collections.abc import Mapping

from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder, Mapper

from domain.kernel.registry import Registry
from domain.log.mapper import EventMapper
from domain.log.sqlite import SqliteLogFactory


class LogApplication(Application[str]):
    """The library's application over the log: `save(Placed(…))` and `repository.get(…)`."""

    name = "Takt"

    def __init__(self, registry: Registry, env: Mapping[str, str]) -> None:
        self._registry = registry
        super().__init__(dict(env))

    def construct_mapper(self) -> Mapper[str]:
        return EventMapper(self._registry)

    def construct_recorder(self) -> ApplicationRecorder:
        assert isinstance(self.factory, SqliteLogFactory)
        assert isinstance(self.mapper, EventMapper)
        return self.factory.log_recorder(self.mapper.describe)
