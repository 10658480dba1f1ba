"""Read what decisions about projects, their plans and their work need to know of other streams."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from consumers.others import Others
from domain.calendars import decisions as calendars
from domain.compliance.known import known_to_report
from domain.departments.state import Department
from domain.estimates import decisions as estimates
from domain.estimates.commands import BaselineBudget
from domain.kernel.ids import ID_PATTERN, stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.kernel.refusals import DomainError
from domain.phases import decisions as phases
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
from domain.references.shared import is_shared
from domain.reports import decisions as reports
from domain.reports.checks import PhaseKnown
from domain.reports.commands import AcceptReport, SetReportingSchedule
from domain.reports.facts import Report
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

RULE_NUMBERS: Final[Mapping[str, frozenset[str]]] = {
    **{rule.name: frozenset(each.name for each in rule.parameters) for rule in RULES},
    NOISE: frozenset(each.name for each in NOISE_PARAMETERS),
    RANKING: frozenset(each.name for each in RANKING_PARAMETERS),
    NOTICES: frozenset(each.name for each in NOTICES_PARAMETERS),
}
"""The numbers a project may set, by the rule that goes by them."""


def of_project(command: Any, others: Others) -> projects.Surroundings:  # noqa: ANN401
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


def of_calendar(command: Any, others: Others) -> calendars.Surroundings:  # noqa: ANN401
    if command.project_id is None:
        return calendars.Surroundings()
    return calendars.Surroundings(project_closed=others.project(command.project_id).closed)


def of_plan(command: Any, others: Others) -> PlanSurroundings:  # noqa: ANN401
    project = others.project(command.project_id)
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


def of_phase(command: Any, others: Others) -> phases.Surroundings:  # noqa: ANN401
    project = others.project(command.project_id)
    plan_stream = stream_of("plan", command.project_id)
    plan = others.state(plan_stream)
    return phases.Surroundings(
        in_plan=command.phase_id in plan.phases,
        open_gates=tuple(plan.open_gates(command.phase_id)),
        plan_version=others.version(plan_stream),
        project_held=project.held,
        project_closed=project.closed,
    )


def of_resource(command: Any, others: Others) -> resources.Surroundings:  # noqa: ANN401
    known = resources.Surroundings()
    if command.project_id is not None:
        known = replace(known, project_closed=others.project(command.project_id).closed)
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


def of_estimate(command: Any, others: Others) -> estimates.Surroundings:  # noqa: ANN401
    project = others.project(command.project_id)
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


def of_rate(command: Any, others: Others) -> None:  # noqa: ANN401
    del command, others  # A rate is said without regard to anything else.


def of_report(command: Any, others: Others) -> reports.Surroundings:  # noqa: ANN401
    project = others.project(command.project_id)
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
    template = () if report.requested is None else report.requested.template
    lines = {line.phase_id for line in version.event.lines}
    streams = {each: stream_of("phase", command.project_id, each) for each in (own | lines)}
    begun = {phase_id for phase_id, stream in streams.items() if others.version(stream)}
    return tuple(
        known_to_report(
            phase_id,
            others.state(stream_of("phase", command.project_id, phase_id)).execution,
            version.event.as_of,
            planned=phase_id in own,
        )
        for phase_id in sorted(begun | set(template))
    )
