"""What can become true of one phase's execution (stream `phase-<project>/<phase>`)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.kernel.messages import DomainEvent, Mark, MessageClass
from domain.kernel.values import (
    BasisPoints,
    Instant,
    Name,
    Quantity,
    Text,
    UnitCode,
    WorkingMinutes,
)


class PhaseEvent(DomainEvent):
    """A step in the execution of a phase."""

    message_class: ClassVar[MessageClass] = "progress"


class PhaseReleased(PhaseEvent):
    """The department may start; the plan it was released against is named."""

    type_name = "phase.released.v1"

    by: Name
    plan_version: Annotated[int, Field(ge=1)]


class PhaseReleaseRevoked(PhaseEvent):
    """The department may not start after all."""

    type_name = "phase.release_revoked.v1"

    by: Name


class PhaseStarted(PhaseEvent):
    """Work on the phase began."""

    type_name = "phase.started.v1"
    mark: ClassVar[Mark] = "fact"

    actual_start: Instant
    resources: tuple[Name, ...] = ()


class ProgressRecorded(PhaseEvent):
    """So much working time is still needed; the measured share done leaves durations alone."""

    type_name = "phase.progress_recorded.v1"
    mark: ClassVar[Mark] = "both"

    remaining_min: WorkingMinutes
    physical_bp: BasisPoints | None = None
    qty_good: Quantity | None = None
    qty_scrap: Quantity | None = None
    uom: UnitCode | None = None
    expected_finish: Instant | None = None
    basis: Literal["report", "count", "measured"]


class PhaseInterrupted(PhaseEvent):
    """Work stands still."""

    type_name = "phase.interrupted.v1"
    mark: ClassVar[Mark] = "fact"

    at: Instant
    stop_code: Text


class PhaseResumed(PhaseEvent):
    """Work goes on."""

    type_name = "phase.resumed.v1"
    mark: ClassVar[Mark] = "fact"

    at: Instant


class PhaseFinished(PhaseEvent):
    """Work on the phase is done; nothing remains."""

    type_name = "phase.finished.v1"
    mark: ClassVar[Mark] = "fact"

    actual_finish: Instant
    qty_good: Quantity | None = None
    qty_scrap: Quantity | None = None


class PhaseReopened(PhaseEvent):
    """The finish recorded before is set aside: there is work to do again."""

    type_name = "phase.reopened.v1"


class PhaseAborted(PhaseEvent):
    """The phase will not be finished."""

    type_name = "phase.aborted.v1"
    message_class: ClassVar[MessageClass] = "revision"
    mark: ClassVar[Mark] = "both"


EVENTS: tuple[type[DomainEvent], ...] = (
    PhaseReleased,
    PhaseReleaseRevoked,
    PhaseStarted,
    ProgressRecorded,
    PhaseInterrupted,
    PhaseResumed,
    PhaseFinished,
    PhaseReopened,
    PhaseAborted,
)
