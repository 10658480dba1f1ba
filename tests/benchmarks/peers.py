"""What Takt is measured against: the library used plainly, and the drivers used barely."""

from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.utils import Environment


class Bare(Aggregate):
    """The smallest thing the library can save: one event of two fields."""

    @event("Begun")
    def __init__(self, phase: str, remaining_min: int) -> None:
        self.phase = phase
        self.remaining_min = remaining_min


class PlainApplication(Application[UUID]):
    """The library as its first page shows it."""

    name = "plain"


def plain_application(environment: dict[str, str]) -> PlainApplication:
    """Return the library's application on a database named by its environment."""
    return PlainApplication(env=Environment("plain", environment))


def save_plainly(application: PlainApplication, count: int) -> int:
    """Save bare events one by one, as the library does it."""
    for number in range(count):
        application.save(Bare(phase=f"p{number}", remaining_min=number))
    return count
