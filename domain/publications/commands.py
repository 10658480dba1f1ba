"""What may be asked of a project's publications."""

from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import Command
from domain.kernel.values import Digest, Name
from domain.publications.events import Position


class PublicationCommand(Command):
    """A request to give out what was computed at a position of the log.

    Without a position it is the log as it is. A digest that is named must be the one that Takt
    computes itself.
    """

    project_id: Id
    at_position: Position | None = None
    audience: Name
    digest: Digest | None = None

    def stream(self) -> str:
        return stream_of("publication", self.project_id)


class PublishSchedule(PublicationCommand):
    """Let everybody it is for go by the schedule as it stood at a position."""

    command_name = "publication.publish_schedule.v1"

    audience: Name = "everybody"


class IssueStatusReport(PublicationCommand):
    """Give out the status report for an audience, as of a position.

    The audience is coordinator, management, customer, department:NAME or vendor:NAME.
    """

    command_name = "publication.issue_status_report.v1"


COMMANDS: tuple[type[Command], ...] = (PublishSchedule, IssueStatusReport)
