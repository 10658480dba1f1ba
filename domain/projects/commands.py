"""What may be asked of a project as a whole."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import COORDINATOR, SYSTEM, Command
from domain.kernel.values import CalendarDate, Cost, Digest, Instant, Name, Text, ZoneName


class ProjectCommand(Command):
    """A request on one project."""

    project_id: Id

    def stream(self) -> str:
        return stream_of("project", self.project_id)


class OpenProject(ProjectCommand):
    """Open a project that does not exist yet."""

    command_name = "project.open.v1"

    name: Name
    code: Text | None = None
    customer_id: Name | None = None
    coordinator_id: Name | None = None
    zone: ZoneName
    calendar_id: Id
    start: Instant


class SetPromise(ProjectCommand):
    """Promise a deliverable to a party, or move a promise made; a move needs a reason.

    `delay_cost` is what each working day of delay costs; left out, it stays as it is.
    """

    command_name = "project.set_promise.v1"

    to_party: Name
    deliverable: Name
    promised_date: CalendarDate
    agreed_by: Name | None = None
    notice_ref: Text | None = None
    contract_ref: Text | None = None
    delay_cost: Cost | None = None


class AdvanceDataDate(ProjectCommand):
    """Say up to when actuals are in; the data date never moves back."""

    command_name = "project.advance_data_date.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, SYSTEM})

    data_date: Instant


class ApproveBaseline(ProjectCommand):
    """Measure the project against the schedule as it stood at a position of the log.

    A digest that is named must be the one that Takt computes itself.
    """

    command_name = "project.approve_baseline.v1"

    name: Name
    at_position: Annotated[int, Field(ge=0)]
    digest: Digest | None = None


class SetSchedulingPolicy(ProjectCommand):
    """Change how the schedule is computed; what is left out stays as it is."""

    command_name = "project.set_scheduling_policy.v1"

    out_of_sequence: Literal["retained_logic", "progress_override", "actual_dates"] | None = None
    lag_calendar: Literal["pred", "succ", "project", "24h"] | None = None
    critical: Literal["total_float", "longest_path"] | None = None
    critical_float_max_min: Annotated[int, Field(ge=0)] | None = None
    float_calc: Literal["start", "finish", "smallest"] | None = None
    dialect: Literal["p6", "msproject"] | None = None
    open_ends_critical: bool | None = None
    material_drives: bool | None = None


class SetRule(ProjectCommand):
    """Let a detection rule go by other numbers, or switch it off; what is left out stays."""

    command_name = "project.set_rule.v1"

    rule: Name
    on: bool | None = None
    parameters: dict[Name, Annotated[int, Field(ge=0, le=1_000_000)]] | None = None


class HoldProject(ProjectCommand):
    """Stop releases until the project is resumed."""

    command_name = "project.hold.v1"
    needs_reason: ClassVar[bool] = True


class ResumeProject(ProjectCommand):
    """End the hold."""

    command_name = "project.resume.v1"


class CloseProject(ProjectCommand):
    """Complete the project: nothing runs and every conflict is closed."""

    command_name = "project.close.v1"


class CancelProject(ProjectCommand):
    """Give the project up."""

    command_name = "project.cancel.v1"
    needs_reason: ClassVar[bool] = True


COMMANDS: tuple[type[Command], ...] = (
    OpenProject,
    SetPromise,
    AdvanceDataDate,
    ApproveBaseline,
    SetSchedulingPolicy,
    SetRule,
    HoldProject,
    ResumeProject,
    CloseProject,
    CancelProject,
)
