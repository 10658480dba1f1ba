"""What may be asked of one special request; what the customer says comes in as facts."""

from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import Command
from domain.kernel.values import CalendarDate, Money, Name, Text
from domain.special_requests.events import EffortMinutes, Material, RequestKind


class RequestCommand(Command):
    """A request on one special request of a project."""

    project_id: Id
    request_id: Id

    def stream(self) -> str:
        return stream_of("request", self.request_id)


class ClassifyRequest(RequestCommand):
    """Say of what kind it is."""

    command_name = "request.classify.v1"

    kind: RequestKind


class AssessImpact(RequestCommand):
    """Take what a branch would do as the request's impact: its days and phases are computed.

    The effort is computed too unless it is given; money and material are what the departments say.
    Without a branch the plan stays as it is.
    """

    command_name = "request.assess_impact.v1"

    branch: Id | None = None
    effort_min: EffortMinutes | None = None
    money: Money | None = None
    materials: tuple[Material, ...] = ()


class QuoteRequest(RequestCommand):
    """Tell the customer what it would cost him."""

    command_name = "request.quote.v1"

    money: Money
    valid_until: CalendarDate | None = None


class RejectRequest(RequestCommand):
    """Turn it down."""

    command_name = "request.reject.v1"


class ApproveRequest(RequestCommand):
    """Let it be done, at the impact that was assessed last."""

    command_name = "request.approve.v1"


class ApplyRequest(RequestCommand):
    """Merge the branch it was assessed on: the plan's changes have the request as their reason."""

    command_name = "request.apply.v1"


class VerifyRequest(RequestCommand):
    """Say by what it was seen that what was asked for is there."""

    command_name = "request.verify.v1"

    evidence: Text


class InformCustomer(RequestCommand):
    """Note by which notice the customer was told what became of it."""

    command_name = "request.inform_customer.v1"

    notice: Name


COMMANDS: tuple[type[Command], ...] = (
    ClassifyRequest,
    AssessImpact,
    QuoteRequest,
    RejectRequest,
    ApproveRequest,
    ApplyRequest,
    VerifyRequest,
    InformCustomer,
)
