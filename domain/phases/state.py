"""Know of a phase what its decisions need: its permission to start and what was done."""

from dataclasses import dataclass
from typing import Any, Final

from domain.kernel.messages import Recorded
from domain.phases.actuals import Actuals, Finished, NotStarted, Stage
from domain.phases.events import PhaseReleased, PhaseReleaseRevoked, PhaseReopened
from domain.phases.facts import FACTS, Execution

NOTHING_RECORDED: Final = Execution()


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase's execution as far as decisions care."""

    execution: Execution = NOTHING_RECORDED

    @property
    def actuals(self) -> Actuals:
        return self.execution.actuals

    @property
    def stage(self) -> Stage:
        return self.execution.stage

    @property
    def started(self) -> bool:
        """Tell whether work ever began, also where it has ended since."""
        return self.actuals.work is not None

    @property
    def running(self) -> bool:
        """Tell whether work has begun and not ended, also where it stands still."""
        return self.stage in {Stage.RUNNING, Stage.INTERRUPTED}


def evolve(phase: Phase, recorded: Recorded[Any]) -> Phase:
    """Return the phase after an event; no fact raises, a request nobody decided does."""
    released = phase.execution.released_against is not None
    match recorded.event:
        case event if isinstance(event, FACTS):
            possible = True
        case PhaseReleased():
            possible = isinstance(phase.actuals, NotStarted) and not released
        case PhaseReleaseRevoked():
            possible = isinstance(phase.actuals, NotStarted) and released
        case PhaseReopened():
            possible = isinstance(phase.actuals, Finished)
        case _:
            possible = False
    if not possible:
        # `decide` never lets this request through; a log that contains it is corrupt.
        msg = f"{type(recorded.event).__name__} cannot follow {phase}"
        raise AssertionError(msg)
    return Phase(phase.execution.after(recorded))
