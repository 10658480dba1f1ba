"""Answer what was published of a project, whether it still verifies, and a phase's dates in it."""

from typing import Any, Final

from consumers.failures import WrongInput
from consumers.publishing import SCHEDULE_VERSION, Recomputed
from consumers.question import Asked, Parameter, Question, yes_or_no
from consumers.views import Views
from domain.kernel.refusals import DomainError
from domain.network.project_network import ProjectNetwork
from domain.publications.events import SchedulePublished
from projections.publication_register import Publication, Strip, Verdict, published_document
from projections.reports.status_report import VERSION as REPORT_VERSION


def published(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return what was published: of which position, when, for whom, by which digest.

    Raises WrongInput and UnknownSubject.
    """
    position = views.position_or_head(asked.get("as_of"))
    verify = yes_or_no(asked, "verify")
    network = views.network(project_id, position)
    audience = asked.get("audience")
    publications = [
        each
        for each in views.publications(project_id, position)
        if audience in {None, each.event.audience}
    ]
    verdicts = {each.position: verified(views, project_id, each) for each in publications if verify}
    strip = _strip(views, network, publications, asked.get("phase"))
    return published_document(network, publications, verdicts, strip, position)


def verified(views: Views, project_id: str, publication: Publication) -> Verdict:
    """Compute a publication again and compare it by its digest."""
    event = publication.event
    is_schedule = isinstance(event, SchedulePublished)
    ours = SCHEDULE_VERSION if is_schedule else REPORT_VERSION
    if event.engine_version != ours:
        return Verdict(None, f"engine version {event.engine_version} made it, this is {ours}")
    recomputed = Recomputed(views)
    now = (
        recomputed.schedule(project_id, event.at_position)
        if is_schedule
        else recomputed.report(project_id, event.at_position, event.audience)
    )
    if isinstance(now, DomainError):
        return Verdict(verifies=False, because=str(now))
    if now.digest == event.digest:
        return Verdict(verifies=True)
    return Verdict(verifies=False, because=f"computed again its digest is {now.digest}")


def _strip(
    views: Views, network: ProjectNetwork, publications: list[Publication], phase_id: str | None
) -> Strip | None:
    """Return a phase's dates in each published schedule; each asks for the network as of it."""
    if phase_id is None:
        return None
    if phase_id not in network.lines:
        msg = f"{network.project_id} has no phase {phase_id}"
        raise WrongInput(msg)
    dates = {}
    for each in publications:
        if isinstance(each.event, SchedulePublished):
            schedule = views.network(network.project_id, each.event.at_position).schedule()
            row = None if schedule is None else schedule.phases.get(phase_id)
            dates[each.position] = None if row is None else (row.start, row.finish)
    return Strip(phase_id, dates)


PUBLISHED: Final = Question(
    "published",
    "Show what was published: schedules and status reports, of which position, for whom.",
    published,
    (
        Parameter("as_of", "Position or time at which it is asked; the head of the log."),
        Parameter("audience", "Only what was for this audience."),
        Parameter("phase", "Id of a phase: its start and finish in each published schedule."),
        Parameter("verify", "Compute each again, and say whether its digest holds.", "boolean"),
    ),
    of_branches=False,
)
