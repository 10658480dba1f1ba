"""Read what is reported of a phase's execution as one flat value: stage, actuals, who said so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from domain.kernel.messages import Recorded
from domain.phases.actuals import Aborted, Finished, stage_of
from domain.phases.events import PhaseAborted
from domain.phases.facts import Execution

StageName: TypeAlias = Literal[
    "planned", "released", "running", "interrupted", "finished", "aborted"
]


@dataclass(frozen=True, slots=True)
class KnownPhase:
    """What is known of one phase's execution; durations in working minutes."""

    stage: StageName = "planned"
    started_at: datetime | None = None
    start_is_assumed: bool = False
    ended_at: datetime | None = None
    """When it was finished, or aborted."""
    remaining_min: int | None = None
    physical_bp: int | None = None
    expected_finish: datetime | None = None
    start_of: Recorded[Any] | None = None
    end_of: Recorded[Any] | None = None
    remaining_of: Recorded[Any] | None = None

    @property
    def has_started(self) -> bool:
        """Whether work began, or can no longer begin."""
        return self.stage not in {"planned", "released"}

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is to be done."""
        return self.stage in {"finished", "aborted"}


def known_of(execution: Execution) -> KnownPhase:
    """Return what an execution adds up to."""
    now = execution.actuals
    ended_at, end_of = None, None
    if isinstance(now, Finished):
        ended_at, end_of = now.finished_at, now.finish_of
    elif isinstance(now, Aborted):
        ended_at = now.aborted_at
        end_of = next(each for each in execution.facts if isinstance(each.event, PhaseAborted))
    stage: StageName = stage_of(now, released=execution.released_against is not None).value
    work = now.work
    if work is None:
        return KnownPhase(stage=stage, ended_at=ended_at, end_of=end_of)
    return KnownPhase(
        stage=stage,
        started_at=work.started_at,
        start_is_assumed=work.start_is_assumed,
        ended_at=ended_at,
        remaining_min=work.remaining_min,
        physical_bp=work.physical_bp,
        expected_finish=work.expected_finish,
        start_of=work.start_of,
        end_of=end_of,
        remaining_of=work.remaining_of,
    )
