"""What may be asked of a project as a whole."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from domain.kernel.ids import Id, StreamName, stream_of
from domain.kernel.messages import COORDINATOR, DEPARTMENT_HEAD, SYSTEM, Command
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


class AppointDelegate(ProjectCommand):
    """Let a party act for another in a role of the project, from a first day on.

    Without a last day until further notice. Asked again with the same parties, role and first day,
    it moves the last day.
    """

    command_name = "project.appoint_delegate.v1"

    role: Name
    from_party: Name
    to_party: Name
    first_day: CalendarDate
    last_day: CalendarDate | None = None

    @model_validator(mode="after")
    def _is_of_two_and_ends_after_it_began(self) -> Self:
        if self.from_party == self.to_party:
            msg = f"{self.to_party} needs no delegation to act for himself: name somebody else"
            raise ValueError(msg)
        if self.last_day is not None and self.last_day < self.first_day:
            msg = "last_day lies before first_day: a delegation ends after it began"
            raise ValueError(msg)
        return self


class HandoverCommand(ProjectCommand):
    """A step of a hand-over; a department's head takes it for himself alone."""

    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, DEPARTMENT_HEAD})

    role: Name
    at_position: Annotated[int, Field(ge=0)]
    digest: Digest | None = None
    """Of the pack that was read, as `takt handover` shows it; named, it must be that one."""


class IssueHandover(HandoverCommand):
    """Hand a role over to somebody, with all that is open for it; `from_party`: who asks."""

    command_name = "project.issue_handover.v1"

    from_party: Name | None = None
    to_party: Name


class AcceptHandover(HandoverCommand):
    """Take a role on that was handed over, with the pack that was read; `to_party`: who asks."""

    command_name = "project.accept_handover.v1"

    from_party: Name
    to_party: Name | None = None


class TakeReference(ProjectCommand):
    """Record what is known of a shared subject, as far as the project does not have it yet."""

    command_name = "project.take_reference.v1"
    roles: ClassVar[frozenset[str]] = frozenset({SYSTEM})

    subject: StreamName


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
    AppointDelegate,
    IssueHandover,
    AcceptHandover,
    TakeReference,
)
