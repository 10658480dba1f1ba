"""List every aggregate, and read for its decisions what they need to know of other streams."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from consumers.canonical_json import canonical
from consumers.others import Others
from domain.branches import decisions as branches
from domain.branches.commands import AddBranchRequest, MergeBranch, OpenBranch
from domain.branches.state import Branch, Stage
from domain.calendars import decisions as calendars
from domain.commitments import decisions as commitments
from domain.compliance.known import known_to_report
from domain.conflicts import decisions as conflicts
from domain.contracts import decisions as contracts
from domain.contracts.commands import ConfirmAbility, InvalidateReview
from domain.departments import decisions as departments
from domain.departments.state import Department
from domain.disputes import decisions as disputes
from domain.estimates import decisions as estimates
from domain.estimates.commands import BaselineBudget
from domain.inquiries import decisions as inquiries
from domain.inquiries.commands import DraftAnswer
from domain.items import decisions as items
from domain.kernel.corrections import believed
from domain.kernel.decider import Decider
from domain.kernel.ids import ID_PATTERN, stream_of, subject_of
from domain.kernel.messages import Command, Recorded
from domain.kernel.refusals import DomainError, InvalidTransition, Malformed, UnknownSubject
from domain.meetings import decisions as meetings
from domain.meetings.commands import IssueBriefing
from domain.notices import decisions as notices
from domain.phases import decisions as phases
from domain.phases.commands import RecordProgress
from domain.plans import decisions as plans
from domain.plans.commands import AdjustCompletionDate
from domain.plans.surroundings import Surroundings as PlanSurroundings
from domain.plans.surroundings import reads as plan_reads
from domain.projects import decisions as projects
from domain.projects.commands import (
    ApproveBaseline,
    CloseProject,
    IssueHandover,
    SetRule,
    TakeReference,
)
from domain.publications import decisions as publications
from domain.publications.commands import IssueStatusReport
from domain.rates import decisions as rates
from domain.references.shared import is_shared
from domain.reports import decisions as reports
from domain.reports.checks import PhaseKnown
from domain.reports.commands import AcceptReport, SetReportingSchedule
from domain.reports.facts import Report
from domain.requirements import decisions as requirements
from domain.requirements.commands import IdentifyRequirement
from domain.requirements.state import Requirement
from domain.resources import decisions as resources
from domain.resources.commands import HeldFor, MakeAllocation, SetCapacity
from domain.resources.state import Resource
from domain.rules import RULES
from domain.rules.parameters import (
    NOISE,
    NOISE_PARAMETERS,
    NOTICES,
    NOTICES_PARAMETERS,
    RANKING,
    RANKING_PARAMETERS,
)
from domain.special_requests import decisions as special_requests
from domain.special_requests.commands import (
    ApplyRequest,
    ApproveRequest,
    AssessImpact,
    QuoteRequest,
)
from domain.special_requests.decisions import Effect
from domain.special_requests.state import SpecialRequest

RULE_NUMBERS: Final[Mapping[str, frozenset[str]]] = {
    **{rule.name: frozenset(each.name for each in rule.parameters) for rule in RULES},
    NOISE: frozenset(each.name for each in NOISE_PARAMETERS),
    RANKING: frozenset(each.name for each in RANKING_PARAMETERS),
    NOTICES: frozenset(each.name for each in NOTICES_PARAMETERS),
}
"""The numbers a project may set, by the rule that goes by them."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A decider, and how to gather what its decisions need beside the stream itself."""

    decider: Decider[Any, Any]
    others: Callable[[Any, Others], Any]


def _project(command: Any, others: Others) -> Any:  # noqa: ANN401
    return others.state(stream_of("project", command.project_id))


def _of_plan(command: Any, others: Others) -> PlanSurroundings:  # noqa: ANN401
    project = _project(command, others)
    known: dict[str, set[str]] = {"calendar": set(), "resource": set(), "phase": set()}
    for stream in plan_reads(command):
        category, ids = subject_of(stream)
        if category not in known:
            continue
        state = others.state(stream)
        if state.started if category == "phase" else state.exists:
            known[category].add(ids[-1])
    return PlanSurroundings(
        project_exists=project.exists,
        project_closed=project.closed,
        calendars=frozenset(known["calendar"]),
        resources=frozenset(known["resource"]),
        started=frozenset(known["phase"]),
    )


def _of_phase(command: Any, others: Others) -> phases.Surroundings:  # noqa: ANN401
    project = _project(command, others)
    plan_stream = stream_of("plan", command.project_id)
    plan = others.state(plan_stream)
    return phases.Surroundings(
        in_plan=command.phase_id in plan.phases,
        open_gates=tuple(plan.open_gates(command.phase_id)),
        plan_version=others.version(plan_stream),
        project_held=project.held,
        project_closed=project.closed,
    )


def _of_project(command: Any, others: Others) -> projects.Surroundings:  # noqa: ANN401
    match command:
        case ApproveBaseline():
            return _of_baseline(command, others)
        case IssueHandover():
            return _of_handover(command, others)
        case TakeReference(subject=subject) if is_shared(subject):
            return projects.Surroundings(shared=_shared(command.project_id, subject, others))
        case SetRule():
            return projects.Surroundings(rules=RULE_NUMBERS)
        case CloseProject(project_id=project_id):
            running = tuple(
                subject_of(stream).ids[-1]
                for stream in others.streams_of(project_id, "phase")
                if others.state(stream).running
            )
            open_conflicts = tuple(
                subject_of(stream).ids[-1]
                for stream in others.streams_of(project_id, "conflict")
                if others.state(stream).open
            )
            return projects.Surroundings(running_phases=running, open_conflicts=open_conflicts)
        case _:
            return projects.Surroundings()


def _of_baseline(command: ApproveBaseline, others: Others) -> projects.Surroundings:
    """Return what is computed at the position: a baseline may be of what has no schedule yet."""
    known = projects.Surroundings(head_position=others.head())
    if command.at_position > known.head_position:
        return known
    computed = others.schedule_at(command.project_id, command.at_position)
    if isinstance(computed, DomainError):
        return known
    return replace(known, digest=computed.digest, engine_version=computed.engine_version)


def _of_handover(command: IssueHandover, others: Others) -> projects.Surroundings:
    """Return the pack as it is computed at the position, for who hands over."""
    known = projects.Surroundings(head_position=others.head())
    if command.at_position > known.head_position:
        return known
    party = command.from_party or others.asked_as()
    computed = others.pack(command.project_id, command.at_position, command.role, party)
    if isinstance(computed, DomainError):
        return replace(known, lacking=computed)
    return replace(known, digest=computed.digest, engine_version=computed.engine_version)


def _shared(project_id: str, subject: str, others: Others) -> Sequence[Recorded[Any]]:
    """Return what happened to a shared subject; nothing where the project has one of its own.

    Of an item a project reserves and uses on a stream of its own, and what the plant tells counts.
    """
    category, ids = subject_of(subject)
    is_own = category in {"calendar", "resource"} and (
        others.state(stream_of(category, project_id, *ids)).exists
    )
    return () if is_own else others.recorded(subject)


def _of_calendar(command: Any, others: Others) -> calendars.Surroundings:  # noqa: ANN401
    if command.project_id is None:
        return calendars.Surroundings()
    return calendars.Surroundings(project_closed=_project(command, others).closed)


def _of_resource(command: Any, others: Others) -> resources.Surroundings:  # noqa: ANN401
    known = resources.Surroundings()
    if command.project_id is not None:
        known = replace(known, project_closed=_project(command, others).closed)
    if isinstance(command, SetCapacity) and command.calendar_id is not None:
        streams = [stream_of("calendar", command.calendar_id)]
        if command.project_id is not None:
            streams.append(stream_of("calendar", command.project_id, command.calendar_id))
        calendar_known = any(others.state(stream).exists for stream in streams)
        known = replace(known, calendar_known=calendar_known)
    if isinstance(command, MakeAllocation):
        assert command.project_id is not None, "an allocation names its project"
        plan = others.state(stream_of("plan", command.project_id))
        known = replace(known, in_plan=command.phase_id in plan.phases)
    if isinstance(command, HeldFor) and command.overbooking_accepted_by is not None:
        known = replace(known, acting=_acting_for(others.state(command.stream()), others))
    return known


def _acting_for(resource: Resource, others: Others) -> tuple[str, ...] | None:
    """Return who may decide for the department a resource belongs to; None: nobody was appointed.

    A plan names departments as it likes; what is no id cannot be registered either.
    """
    named = None if resource.registered is None else resource.registered.department_id
    if named is None or re.fullmatch(ID_PATTERN, named) is None:
        return None
    department: Department = others.state(stream_of("department", named))
    acting = department.leadership.acting(others.asked_on())
    return tuple(each.party for each in acting) or None


def _of_commitment(command: Any, others: Others) -> commitments.Surroundings:  # noqa: ANN401
    project = _project(command, others)
    return commitments.Surroundings(project_exists=project.exists, project_closed=project.closed)


def _of_conflict(command: Any, others: Others) -> conflicts.Surroundings:  # noqa: ANN401
    project = _project(command, others)
    return conflicts.Surroundings(project_exists=project.exists, project_closed=project.closed)


def _of_requirement(command: Any, others: Others) -> requirements.Surroundings:  # noqa: ANN401
    project = _project(command, others)
    known = requirements.Surroundings(project_exists=project.exists, project_closed=project.closed)
    if isinstance(command, IdentifyRequirement):
        plan = others.state(stream_of("plan", command.project_id))
        return replace(known, in_plan=command.phase in plan.phases)
    needed: Requirement = others.state(command.stream())
    if needed.item is None:
        return known
    stock = others.state(stream_of("item", command.project_id, needed.item)).standing
    return replace(
        known,
        reserved=stock.reserved.get(command.requirement_id, Decimal(0)),
        issued=stock.issued.get(command.requirement_id, Decimal(0)),
    )


def _of_item(command: Any, others: Others) -> items.Surroundings:  # noqa: ANN401
    project = _project(command, others)
    known = items.Surroundings(project_exists=project.exists, project_closed=project.closed)
    for stream in items.reads(command):
        if subject_of(stream).category != "requirement":
            continue
        needed: Requirement = others.state(stream)
        named = (needed.project_id, needed.item)
        if needed.open and named == (command.project_id, command.item_id):
            return replace(known, needed=needed.qty)
    return known


def _of_branch(command: Any, others: Others) -> branches.Surroundings:  # noqa: ANN401
    project = _project(command, others)
    known = branches.Surroundings(
        project_exists=project.exists,
        project_closed=project.closed,
        head_position=others.head() if isinstance(command, OpenBranch) else 0,
    )
    match command:
        case AddBranchRequest():
            data = canonical(command.data).decode()
            return replace(known, data=data, refusal=_refusal_on_branch(command, data, others))
        case MergeBranch():
            return replace(known, written=tuple(others.written()))
        case _:
            return known


def _refusal_on_branch(command: AddBranchRequest, data: str, others: Others) -> DomainError | None:
    """Return why a branch cannot ask for this; None: it can, after what it asked before."""
    if command.command.startswith(("branch.", "request.")):
        msg = "a branch asks for changes of its project, not of branches or special requests"
        return Malformed(msg, "/command")
    if command.command.startswith("publication."):
        msg = "what a branch would come to is not published: merge it first"
        return Malformed(msg, "/command")
    if command.command.startswith("event."):
        msg = "what was recorded is corrected on the project itself, not on a branch"
        return Malformed(msg, "/command")
    if command.data.get("project_id") != command.project_id:
        msg = f"a branch of {command.project_id} asks for changes of that project alone"
        return Malformed(msg, "/data/project_id")
    branch: Branch = others.state(command.stream())
    asked = [(each.command, each.data) for each in branch.requests]
    return others.refusal(
        command.project_id, branch.base_position, [*asked, (command.command, data)]
    )


def _of_report(command: Any, others: Others) -> reports.Surroundings:  # noqa: ANN401
    project = _project(command, others)
    known = reports.Surroundings(project_exists=project.exists, project_closed=project.closed)
    if isinstance(command, SetReportingSchedule):
        return known
    schedule = others.state(stream_of("report", command.project_id, command.department_id))
    known = replace(known, schedule=schedule.schedule)
    if isinstance(command, AcceptReport) and project.exists:
        return replace(known, phases=_reported_on(command, others))
    return known


def _reported_on(command: AcceptReport, others: Others) -> tuple[PhaseKnown, ...]:
    """Return the phases of the department that have begun, and those asked for, as they were."""
    report: Report = others.state(command.stream()).report
    named = command.submission
    version = report.latest if named is None else report.version(named)
    if version is None:
        return ()
    plan = others.state(stream_of("plan", command.project_id))
    own = {
        phase_id
        for phase_id, phase in plan.phases.items()
        if phase.department_id == command.department_id
    }
    begun = {
        subject_of(stream).ids[-1] for stream in others.streams_of(command.project_id, "phase")
    }
    template = () if report.requested is None else report.requested.template
    lines = {line.phase_id for line in version.event.lines}
    return tuple(
        known_to_report(
            phase_id,
            others.state(stream_of("phase", command.project_id, phase_id)).execution,
            version.event.as_of,
            planned=phase_id in own,
        )
        for phase_id in sorted((own & begun) | set(template) | (lines & begun))
    )


def _of_estimate(command: Any, others: Others) -> estimates.Surroundings:  # noqa: ANN401
    project = _project(command, others)
    plan = others.state(stream_of("plan", command.project_id))
    phase = others.state(stream_of("phase", command.project_id, command.phase_id))
    baseline = project.baseline
    return estimates.Surroundings(
        in_plan=command.phase_id in plan.phases,
        progressed=phase.started,
        project_closed=project.closed,
        head_position=others.head() if isinstance(command, BaselineBudget) else 0,
        baseline_position=None if baseline is None else baseline.at_position,
    )


def _of_rate(command: Any, others: Others) -> None:  # noqa: ANN401
    del command, others  # A rate is said without regard to anything else.


def _of_contract(command: Any, others: Others) -> contracts.Surroundings:  # noqa: ANN401
    known = contracts.Surroundings(project_closed=_project(command, others).closed)
    match command:
        case ConfirmAbility():
            return replace(known, head_position=others.head())
        case InvalidateReview():
            return replace(known, commitments=_commitments_made(command, others))
        case _:
            return known


def _commitments_made(command: InvalidateReview, others: Others) -> tuple[str, ...]:
    """Return what was ordered and not given up: of the contract's vendor, or for the customer."""
    received = others.state(command.stream()).paper.received
    party = None if received is None or received.kind == "customer" else received.party
    made = []
    for stream in others.streams_of(command.project_id, "commitment"):
        line = others.state(stream).line
        is_of_party = line.requested is not None and party in {None, line.requested.vendor}
        if is_of_party and line.standing().closed != "cancelled":
            made.append(subject_of(stream).ids[-1])
    return tuple(made)


def _of_special_request(command: Any, others: Others) -> special_requests.Surroundings:  # noqa: ANN401
    project_id = command.project_id
    known = special_requests.Surroundings(project_closed=_project(command, others).closed)
    if not isinstance(command, AssessImpact | QuoteRequest | ApproveRequest | ApplyRequest):
        return known
    # Whoever edits the plan in the same moment may move what is affected: then decide again.
    others.version(stream_of("plan", project_id))
    if isinstance(command, AssessImpact):
        effect = _effect_of(command, others)
        if isinstance(effect, DomainError):
            return replace(known, effect=effect)
        moved = others.moved(project_id, effect.phases, effect.base_position)
        return replace(known, effect=effect, moved=tuple(moved))
    request: SpecialRequest = others.state(command.stream())
    impact = request.standing.impact
    if impact is None:
        return known
    moved = others.moved(project_id, impact.phases, impact.assessed_at_position)
    known = replace(known, moved=tuple(moved))
    if not isinstance(command, ApplyRequest):
        return known
    written = tuple(others.written())
    merged = impact.branch is None or any(
        name.startswith(f"{stream_of('branch', impact.branch)}@") for name in written
    )
    return replace(known, merged=merged, written=written)


def _of_meeting(command: Any, others: Others) -> meetings.Surroundings:  # noqa: ANN401
    project = _project(command, others)
    return meetings.Surroundings(
        project_exists=project.exists,
        project_closed=project.closed,
        head_position=others.head() if isinstance(command, IssueBriefing) else 0,
    )


def _of_inquiry(command: Any, others: Others) -> inquiries.Surroundings:  # noqa: ANN401
    head = others.head() if isinstance(command, DraftAnswer) else 0
    return inquiries.Surroundings(head_position=head)


def _of_notice(command: Any, others: Others) -> notices.Surroundings:  # noqa: ANN401
    return notices.Surroundings(project_exists=_project(command, others).exists)


def _of_publication(command: Any, others: Others) -> publications.Surroundings:  # noqa: ANN401
    project_id, project, head = command.project_id, _project(command, others), others.head()
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


def _effect_of(command: AssessImpact, others: Others) -> Effect | DomainError:
    if command.branch is None:
        return Effect(Decimal(0), 0, (), others.head())
    branch: Branch = others.state(stream_of("branch", command.branch))
    if not branch.exists or branch.project_id != command.project_id:
        return UnknownSubject(f"project {command.project_id} has no branch {command.branch}")
    if branch.stage is not Stage.OPEN:
        return InvalidTransition(f"branch {command.branch} is {branch.stage.value}: open a new one")
    return others.effect(command.project_id, branch)


AGGREGATES: Final[Mapping[str, Aggregate]] = {
    aggregate.decider.category: aggregate
    for aggregate in (
        Aggregate(calendars.DECIDER, _of_calendar),
        Aggregate(projects.DECIDER, _of_project),
        Aggregate(plans.DECIDER, _of_plan),
        Aggregate(phases.DECIDER, _of_phase),
        Aggregate(departments.DECIDER, lambda _, __: None),
        Aggregate(resources.DECIDER, _of_resource),
        Aggregate(commitments.DECIDER, _of_commitment),
        Aggregate(conflicts.DECIDER, _of_conflict),
        Aggregate(branches.DECIDER, _of_branch),
        Aggregate(requirements.DECIDER, _of_requirement),
        Aggregate(items.DECIDER, _of_item),
        Aggregate(reports.DECIDER, _of_report),
        Aggregate(estimates.DECIDER, _of_estimate),
        Aggregate(rates.DECIDER, _of_rate),
        Aggregate(contracts.DECIDER, _of_contract),
        Aggregate(special_requests.DECIDER, _of_special_request),
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
