"""Tell what happens to a special request of a project."""

from decimal import Decimal

from domain.kernel.messages import DomainEvent
from domain.special_requests.events import ImpactAssessed, RequestIdentified
from tests.unit.projections.histories import History

SUBJECTS = ("request-R-1",)


def request(history: History, event: DomainEvent) -> History:
    """Record an event of the request R-1."""
    return history.record("request-R-1", event)


def identified(history: History) -> History:
    """Let the customer want something."""
    event = RequestIdentified(
        from_party="Brauhaus", found_in="email", verbatim="in blue", identified_by="anna"
    )
    return request(history, event)


def assessed(history: History, *phases: str, days: str = "2") -> History:
    """Assess it as of the present head: these phases are affected."""
    event = ImpactAssessed(
        branch="B1", days=Decimal(days), effort_min=480, phases=phases,
        assessed_at_position=len(history.events),
    )  # fmt: skip
    return request(history, event)
