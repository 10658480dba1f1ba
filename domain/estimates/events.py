"""What can become true of a phase's cost (stream `estimate-<project>/<phase>`)."""

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from domain.kernel.ids import Id
from domain.kernel.messages import DomainEvent, Mark, MessageClass
from domain.kernel.values import (
    INTEGER_MAX,
    CalendarDate,
    Cost,
    Money,
    Name,
    Text,
    WorkingMinutes,
)

Element: TypeAlias = Literal["labour", "material", "subcontract", "equipment", "other"]
Method: TypeAlias = Literal["analogous", "parametric", "bottom_up", "three_point"]
EvMethod: TypeAlias = Literal["physical_percent", "zero_hundred", "fifty_fifty", "level_of_effort"]
"""How a phase earns: by its measured share; all at its finish; half at its start and half at its
finish; or as planned, whatever is done."""

Minor: TypeAlias = Annotated[int, Field(ge=0, le=INTEGER_MAX)]
Position: TypeAlias = Annotated[int, Field(ge=0)]


class SkillEffort(BaseModel):
    """Minutes of work, of one person each, that people of one skill need."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    skill: Id
    effort_min: Annotated[int, Field(ge=0, le=INTEGER_MAX)]


class ThreePoint(BaseModel):
    """The optimistic, the most likely and the pessimistic cost, in minor units of the money."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    optimistic_minor: Minor
    likely_minor: Minor
    pessimistic_minor: Minor


class EstimateSubmitted(DomainEvent):
    """Somebody estimates one element of a phase's cost anew; its last estimate counts.

    Of a three-point estimate the money is the expected value, (o + 4m + p) / 6.
    """

    type_name = "estimate.submitted.v1"
    message_class: ClassVar[MessageClass] = "revision"

    element: Element
    effort: tuple[SkillEffort, ...] = ()
    money: Cost
    method: Method
    three_point: ThreePoint | None = None
    by: Name


class EstimateApproved(DomainEvent):
    """The phase's estimate as it stands is approved, and how the phase earns."""

    type_name = "estimate.approved.v1"
    message_class: ClassVar[MessageClass] = "revision"

    money: Cost
    effort: tuple[SkillEffort, ...] = ()
    ev_method: EvMethod
    by: Name


class BudgetBaselined(DomainEvent):
    """The approved estimate is the budget, spread over the phase as scheduled at a position."""

    type_name = "estimate.budget_baselined.v1"
    message_class: ClassVar[MessageClass] = "revision"

    money: Cost
    at_position: Position


class _Booked(DomainEvent):
    """What was spent on a phase; it counts whether or not anybody estimated the phase."""

    message_class: ClassVar[MessageClass] = "progress"
    mark: ClassVar[Mark] = "fact"

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class ActualHoursBooked(_Booked):
    """Somebody worked on the phase on a day; the skill says at what rate."""

    type_name = "estimate.actual_hours_booked.v1"

    resource: Id
    minutes: WorkingMinutes
    work_date: CalendarDate
    skill: Id | None = None


class ActualCostBooked(_Booked):
    """Money went out for the phase, other than for hours booked; a credit is negative."""

    type_name = "estimate.actual_cost_booked.v1"

    money: Money
    ref: Text


class EstimateToCompleteGiven(_Booked):
    """Somebody says what the rest of the phase will cost."""

    type_name = "estimate.to_complete_given.v1"

    etc: Cost
    by: Name


EVENTS: tuple[type[DomainEvent], ...] = (
    EstimateSubmitted,
    EstimateApproved,
    BudgetBaselined,
    ActualHoursBooked,
    ActualCostBooked,
    EstimateToCompleteGiven,
)
