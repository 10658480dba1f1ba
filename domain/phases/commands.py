"""What may be asked of one phase's execution; what simply happened comes in as a fact instead."""

from datetime import datetime
from typing import ClassVar, Literal

from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import COORDINATOR, DEPARTMENT_HEAD, SYSTEM, Command
from domain.kernel.values import BasisPoints, Instant, Quantity, UnitCode, WorkingMinutes


class PhaseCommand(Command):
    """A request on one phase."""

    project_id: Id
    phase_id: Id

    def stream(self) -> str:
        return stream_of("phase", self.project_id, self.phase_id)


class ReleasePhase(PhaseCommand):
    """Let the department start: in the plan, project not held, every gate settled."""

    command_name = "phase.release.v1"


class RevokeRelease(PhaseCommand):
    """Take the permission to start back."""

    command_name = "phase.revoke_release.v1"


class RecordProgress(PhaseCommand):
    """Decide what remains, e.g. from an accepted report or an adjusted date.

    `as_of` is the moment of which it is true, where that is not the moment of asking.
    """

    command_name = "phase.record_progress.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, DEPARTMENT_HEAD, SYSTEM})

    remaining_min: WorkingMinutes
    physical_bp: BasisPoints | None = None
    qty_good: Quantity | None = None
    qty_scrap: Quantity | None = None
    uom: UnitCode | None = None
    expected_finish: Instant | None = None
    basis: Literal["report", "count", "measured"] = "report"
    as_of: Instant | None = None

    def true_at(self) -> datetime | None:
        return self.as_of


class ReopenPhase(PhaseCommand):
    """Set the recorded finish aside: work is needed again."""

    command_name = "phase.reopen.v1"
    needs_reason: ClassVar[bool] = True


class AbortPhase(PhaseCommand):
    """Give the phase up."""

    command_name = "phase.abort.v1"
    needs_reason: ClassVar[bool] = True


COMMANDS: tuple[type[Command], ...] = (
    ReleasePhase,
    RevokeRelease,
    RecordProgress,
    ReopenPhase,
    AbortPhase,
)
