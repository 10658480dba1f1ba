"""Keep the streams' folded states at hand, as of now or as of a position of the log."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from consumers.deciders import AGGREGATES
from domain.kernel import corrections
from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.log.port import EventLog

STATES_KEPT_MAX: Final = 2_000
PAST_STATES_KEPT_MAX: Final = 8
"""States as of an earlier version: of a large plan each takes megabytes."""
PAGE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Known:
    """A stream's folded state and the version it was folded to."""

    state: Any
    version: int


class States:
    """The folded states of streams as the log has them; thread-safe."""

    def __init__(self, event_log: EventLog) -> None:
        self.log = event_log
        self._states: OrderedDict[str, Known] = OrderedDict()
        self._past: OrderedDict[tuple[str, int], Known] = OrderedDict()
        self._lock = Lock()

    def head(self) -> int:
        """Return the last position that is known of."""
        return self.log.head()

    def recorded(self, stream: str) -> Sequence[Recorded[Any]]:
        """Return a stream as recorded, as far as it is known of."""
        return self.log.read_stream(stream)

    def kept(self) -> Sequence[str]:
        """Return the streams whose states are kept, the one used longest ago first."""
        with self._lock:
            return tuple(self._states)

    def load(self, stream: str, *, fresh: bool = False) -> Known:
        """Return a stream's state as it was last seen; `fresh`: as it is now."""
        with self._lock:
            known = self._states.get(stream)
            if known is not None:
                self._states.move_to_end(stream)
        if known is not None and not fresh:
            return known
        decider = AGGREGATES[subject_of(stream).category].decider
        after = known.version if known is not None else 0
        history = self.log.read_stream(stream, after)
        if any(map(corrections.is_correction, history)):
            # What was folded before may be believed otherwise now.
            history, known = self.log.read_stream(stream), None
        if known is None:
            state = decider.fold(corrections.believed(history))
            known = Known(state, history[-1].version if history else 0)
        elif history:
            known = Known(decider.fold(history, known.state), history[-1].version)
        self.keep({stream: known})
        return known

    def at_version(self, stream: str, version: int) -> Known:
        """Return a stream's state as of an earlier version."""
        with self._lock:
            known = self._past.get((stream, version))
            if known is not None:
                self._past.move_to_end((stream, version))
                return known
        decider = AGGREGATES[subject_of(stream).category].decider
        history = self.log.read_stream(stream)[:version]
        known = Known(decider.fold(corrections.believed(history)), version)
        with self._lock:
            self._past[stream, version] = known
            while len(self._past) > PAST_STATES_KEPT_MAX:
                self._past.popitem(last=False)
        return known

    def keep(self, states: Mapping[str, Known]) -> None:
        """Keep states that are true of the log; a later version stays."""
        with self._lock:
            for stream, known in states.items():
                present = self._states.get(stream)
                if present is None or present.version <= known.version:
                    self._states[stream] = known
                    self._states.move_to_end(stream)
            while len(self._states) > STATES_KEPT_MAX:
                self._states.popitem(last=False)


class PastStates(States):
    """The states of a project's streams as the log had them at a position.

    A stream nobody wrote to since is the one of today, and is not folded again.
    """

    def __init__(self, today: States, project_id: str, position: int) -> None:
        super().__init__(today.log)
        self._today = today
        self._project_id = project_id
        self._position = self._seen = position
        self._then: dict[str, int] = {}
        """The version as of the position, of each stream that was written to since."""

    def head(self) -> int:
        return self._position

    def load(self, stream: str, *, fresh: bool = False) -> Known:
        del fresh
        known = self._today.load(stream, fresh=True)
        self._look_on()
        if stream not in self._then:
            return known
        return self._today.at_version(stream, self._then[stream])

    def _look_on(self) -> None:
        """Take note of what was written since, up to now: it may have been a moment ago."""
        head = self._today.head()
        while page := self.log.read_project(self._project_id, self._seen, head, PAGE):
            for event in page:
                self._then.setdefault(event.stream, event.version - 1)
            self._seen = page[-1].position
        self._seen = max(self._seen, head)

    def recorded(self, stream: str) -> Sequence[Recorded[Any]]:
        history = self.log.read_stream(stream)
        return [event for event in history if event.position <= self._position]
