"""List every aggregate, and read for its decisions what they need to know of other streams."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from consumers.around_trade import (
    of_branch,
    of_commitment,
    of_contract,
    of_item,
    of_requirement,
    of_special_request,
)
from consumers.around_work import (
    of_calendar,
    of_estimate,
    of_phase,
    of_plan,
    of_project,
    of_rate,
    of_report,
    of_resource,
)
from consumers.others import Others
from domain.branches import decisions as branches
from domain.calendars import decisions as calendars
from domain.commitments import decisions as commitments
from domain.conflicts import decisions as conflicts
from domain.contracts import decisions as contracts
from domain.departments import decisions as departments
from domain.disputes import decisions as disputes
from domain.estimates import decisions as estimates
from domain.inquiries import decisions as inquiries
from domain.inquiries.commands import DraftAnswer
from domain.items import decisions as items
from domain.kernel.corrections import believed
from domain.kernel.decider import Decider
from domain.kernel.ids import subject_of
from domain.kernel.messages import Command
from domain.meetings import decisions as meetings
from domain.meetings.commands import IssueBriefing
from domain.notices import decisions as notices
from domain.phases import decisions as phases
from domain.phases.commands import RecordProgress
from domain.plans import decisions as plans
from domain.plans.commands import AdjustCompletionDate
from domain.projects import decisions as projects
from domain.publications import decisions as publications
from domain.publications.commands import IssueStatusReport
from domain.rates import decisions as rates
from domain.reports import decisions as reports
from domain.requirements import decisions as requirements
from domain.resources import decisions as resources
from domain.special_requests import decisions as special_requests


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A decider, and how to gather what its decisions need beside the stream itself."""

    decider: Decider[Any, Any]
    others: Callable[[Any, Others], Any]


def _of_conflict(command: Any, others: Others) -> conflicts.Surroundings:  # noqa: ANN401
    project = others.project(command.project_id)
    return conflicts.Surroundings(project_exists=project.exists, project_closed=project.closed)


def _of_meeting(command: Any, others: Others) -> meetings.Surroundings:  # noqa: ANN401
    project = others.project(command.project_id)
    return meetings.Surroundings(
        project_exists=project.exists,
        project_closed=project.closed,
        head_position=others.head() if isinstance(command, IssueBriefing) else 0,
    )


def _of_inquiry(command: Any, others: Others) -> inquiries.Surroundings:  # noqa: ANN401
    head = others.head() if isinstance(command, DraftAnswer) else 0
    return inquiries.Surroundings(head_position=head)


def _of_notice(command: Any, others: Others) -> notices.Surroundings:  # noqa: ANN401
    return notices.Surroundings(project_exists=others.project(command.project_id).exists)


def _of_publication(command: Any, others: Others) -> publications.Surroundings:  # noqa: ANN401
    project_id, project, head = (
        command.project_id,
        others.project(command.project_id),
        others.head(),
    )
    known = publications.Surroundings(project.exists, project.closed, head)
    position = head if command.at_position is None else command.at_position
    if not project.exists or position > head:
        return known
    if isinstance(command, IssueStatusReport):
        return replace(known, computed=others.report_at(project_id, position, command.audience))
    return replace(known, computed=others.schedule_at(project_id, position))


def _of_dispute(command: Any, others: Others) -> disputes.Surroundings:  # noqa: ANN401
    stream, _, version = command.target.rpartition(":")
    if subject_of(stream).category not in AGGREGATES:
        return disputes.Surroundings(None)
    for recorded in believed(others.recorded(stream)):
        if recorded.version == int(version) and recorded.project_id == command.project_id:
            return disputes.Surroundings(recorded.envelope)
    return disputes.Surroundings(None)


AGGREGATES: Final[Mapping[str, Aggregate]] = {
    aggregate.decider.category: aggregate
    for aggregate in (
        Aggregate(calendars.DECIDER, of_calendar),
        Aggregate(projects.DECIDER, of_project),
        Aggregate(plans.DECIDER, of_plan),
        Aggregate(phases.DECIDER, of_phase),
        Aggregate(departments.DECIDER, lambda _, __: None),
        Aggregate(resources.DECIDER, of_resource),
        Aggregate(commitments.DECIDER, of_commitment),
        Aggregate(conflicts.DECIDER, _of_conflict),
        Aggregate(branches.DECIDER, of_branch),
        Aggregate(requirements.DECIDER, of_requirement),
        Aggregate(items.DECIDER, of_item),
        Aggregate(reports.DECIDER, of_report),
        Aggregate(estimates.DECIDER, of_estimate),
        Aggregate(rates.DECIDER, of_rate),
        Aggregate(contracts.DECIDER, of_contract),
        Aggregate(special_requests.DECIDER, of_special_request),
        Aggregate(meetings.DECIDER, _of_meeting),
        Aggregate(inquiries.DECIDER, _of_inquiry),
        Aggregate(disputes.DECIDER, _of_dispute),
        Aggregate(notices.DECIDER, _of_notice),
        Aggregate(publications.DECIDER, _of_publication),
    )
}
"""Every aggregate by the category of its streams."""


def following_commands(command: Command) -> tuple[Command, ...]:
    """Return what a request brings with it on other streams, decided in the same commit.

    A completion date adjusted by what remains is a progress record on the phase's own stream.
    """
    match command:
        case AdjustCompletionDate(means="remaining", remaining_min=int(left)):
            return (
                RecordProgress(
                    project_id=command.project_id,
                    phase_id=command.phase_id,
                    remaining_min=left,
                    basis="report",
                    reason=command.reason,
                    responsible=command.responsible,
                ),
            )
        case _:
            return ()
