"""What may be asked of a phase's estimate; hours and costs come in as facts."""

from typing import Annotated, ClassVar, Final, Self

from pydantic import Field, field_validator, model_validator

from domain.estimates.events import Element, EvMethod, Method, SkillEffort, ThreePoint
from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import COORDINATOR, DEPARTMENT_HEAD, Command
from domain.kernel.values import Cost, CurrencyCode

AMOUNT_MINOR_MAX: Final = 10**14
EFFORT_MIN_MAX: Final = 10**12
"""What one element may be estimated at, so that the elements of a phase can be added up."""


class EstimateCommand(Command):
    """A request on the estimate of one phase."""

    project_id: Id
    phase_id: Id

    def stream(self) -> str:
        return stream_of("estimate", self.project_id, self.phase_id)


class SubmitEstimate(EstimateCommand):
    """Estimate one element of what a phase costs; three points name the currency beside them."""

    command_name = "estimate.submit.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, DEPARTMENT_HEAD})

    element: Element
    effort: tuple[SkillEffort, ...] = ()
    method: Method
    money: Cost | None = None
    three_point: ThreePoint | None = None
    currency: CurrencyCode | None = None

    @model_validator(mode="after")
    def _says_one_amount(self) -> Self:
        points = self.three_point
        if self.method == "three_point":
            if points is None or self.currency is None or self.money is not None:
                msg = "a three-point estimate has three_point and currency, and no money"
                raise ValueError(msg)
            if not points.optimistic_minor <= points.likely_minor <= points.pessimistic_minor:
                msg = "the likely cost lies between the optimistic and the pessimistic one"
                raise ValueError(msg)
        elif self.money is None or points is not None or self.currency is not None:
            msg = f"an estimate by {self.method} has money alone"
            raise ValueError(msg)
        amount = 0 if self.money is None else self.money.minor
        if max(amount, 0 if points is None else points.pessimistic_minor) > AMOUNT_MINOR_MAX:
            msg = f"an element costs at most {AMOUNT_MINOR_MAX} minor units"
            raise ValueError(msg)
        return self

    @field_validator("effort")
    @classmethod
    def _each_skill_once(cls, effort: tuple[SkillEffort, ...]) -> tuple[SkillEffort, ...]:
        if any(each.effort_min > EFFORT_MIN_MAX for each in effort):
            msg = f"an element takes at most {EFFORT_MIN_MAX} minutes of a skill"
            raise ValueError(msg)
        if len({each.skill for each in effort}) < len(effort):
            msg = "each skill is estimated once"
            raise ValueError(msg)
        return effort


class ApproveEstimate(EstimateCommand):
    """Approve what is estimated, and fix how the phase earns before its first progress."""

    command_name = "estimate.approve.v1"

    ev_method: EvMethod = "physical_percent"


class BaselineBudget(EstimateCommand):
    """Let the approved estimate be the budget, spread as the schedule was at a position.

    Without a position: that of the project's approved baseline.
    """

    command_name = "estimate.baseline_budget.v1"

    at_position: Annotated[int, Field(ge=0)] | None = None


COMMANDS: tuple[type[Command], ...] = (SubmitEstimate, ApproveEstimate, BaselineBudget)
