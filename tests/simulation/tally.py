"""A projection that counts: small, cheap, and wrong at once where an event is lost or doubled."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.kernel.messages import Recorded
from projections.contract import NO_PROJECT, Row


class TallyProjection:
    """How often each kind of event came, and the last of its kind, per project."""

    name = "tally"
    version = 1
    keeps_state = True

    def keys(self, recorded: Recorded[Any]) -> Sequence[str]:
        return (recorded.project_id or NO_PROJECT,)

    def initial(self, key: str) -> dict[str, tuple[int, str]]:
        del key
        return {}

    def fold(
        self, state: dict[str, tuple[int, str]], recorded: Recorded[Any]
    ) -> dict[str, tuple[int, str]]:
        kind = recorded.event.type_name
        state[kind] = (state.get(kind, (0, ""))[0] + 1, recorded.event_id)
        return state

    def rows(self, state: dict[str, tuple[int, str]]) -> Mapping[str, Row]:
        return {kind: {"count": count, "last": last} for kind, (count, last) in state.items()}

    def due(self, state: dict[str, tuple[int, str]]) -> datetime | None:
        del state
        return None
