"""Turn a plan from a file into requests and facts: one decision for the plan, then the actuals."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol
from zoneinfo import ZoneInfo

from consumers.asking import LOCAL
from consumers.deciding import Ask
from consumers.gateways.plan_file import link_ids, read_plan
from consumers.gateways.plan_form import PlanCalendar, PlanFile, PlanPhaseRow
from consumers.views import Views
from domain.calendars.commands import AddCalendarException, CalendarCommand, DefineCalendar
from domain.calendars.events import WeeklyWindow, Window
from domain.kernel.ids import stream_of
from domain.kernel.messages import Command, DomainEvent, Envelope, Principal
from domain.kernel.values import Reason
from domain.log.port import EventLog, MessageKey, Outcome, Proposed, Submission
from domain.phases.events import PhaseFinished, PhaseStarted, ProgressRecorded
from domain.plans.commands import (
    Constrain,
    LinkPhases,
    PlanCommand,
    PlanPhase,
    Require,
    SetDeadline,
)
from domain.plans.events import Lag
from domain.projects.commands import (
    AdvanceDataDate,
    OpenProject,
    SetPromise,
    SetSchedulingPolicy,
)
from domain.resources.commands import RegisterResource, SetCapacity

if TYPE_CHECKING:
    from consumers.bootstrap import System

IMPORT_SOURCE: Final = "takt/import"
DIFFERENCES_SHOWN_MAX: Final = 50
NO_REASON: Final = Reason(code="other", text="imported with the plan")
_CLASS_OF: Final[Mapping[str, Literal["labour", "material", "other"]]] = {
    "work": "labour",
    "material": "material",
    "cost": "other",
}


@dataclass(frozen=True, slots=True)
class Imported:
    """What a plan file led to."""

    plan: PlanFile
    outcome: Outcome
    actuals: int
    """Facts about phases already begun or done that the file told."""


class Decides(Protocol):
    """Decides a plan's requests, all of them or none."""

    def settle(
        self, commands: Sequence[Command], ask: Ask, digest: bytes, expected_version: int | None
    ) -> Outcome: ...


def take_plan(
    plan: PlanFile, digest: bytes, *, dispatcher: Decides, event_log: EventLog, ask_at: datetime,
    principal: Principal,
) -> Imported:  # fmt: skip
    """Decide the plan as one request, then record its actuals; the same plan again repeats.

    Raises DomainError for what cannot be read; a refusal is in the outcome, nothing is recorded.
    """
    name = digest.hex()[:40]
    ask = Ask(_key_of(plan, digest), principal, ask_at)
    outcome = dispatcher.settle(list(commands_of(plan)), ask, digest, None)
    if outcome.kind != "recorded":
        return Imported(plan, outcome, 0)
    facts = list(_facts_of(plan, name, ask))
    if facts:
        event_log.append(facts)
    return Imported(plan, outcome, len(facts))


def import_plan_file(
    system: "System", file: Path, project_id: str | None, *, dry_run: bool
) -> dict[str, Any]:
    """Import a file as the coordinator of this machine; see `plan_taken` and `plan_tried`.

    Raises OSError and Malformed (with the pointer) for a file that is none.
    """
    plan = read_plan(file, project_id)
    digest = digest_of(file.read_bytes(), plan)
    if dry_run:
        return plan_tried(plan, digest, system.views, system.log, LOCAL, system.clock())
    imported = take_plan(
        plan, digest, dispatcher=system.dispatcher, event_log=system.log,
        ask_at=system.clock(), principal=LOCAL,
    )  # fmt: skip
    system.settle()
    return plan_taken(imported, system.views)


def digest_of(raw: bytes, plan: PlanFile) -> bytes:
    """Return what tells a file again, imported under the same project's id."""
    return sha256(raw + plan.project.id.encode()).digest()


def plan_tried(
    plan: PlanFile, digest: bytes, views: Views, event_log: EventLog, principal: Principal,
    now: datetime,
) -> dict[str, Any]:  # fmt: skip
    """Return what importing a plan would do, as plain JSON values; raises the refusal.

    `outcome` is `planned`, or `repeated` for the very same file.
    """
    key = _key_of(plan, digest)
    answer = event_log.answers([key]).get(key)
    if answer is not None and answer[1].kind == "recorded":
        return _report(plan) | {"outcome": "repeated", "events": 0}
    ask = Ask(MessageKey(IMPORT_SOURCE, "dry-run"), principal, now)
    events = views.branches.deciding.rehearse(list(commands_of(plan)), ask)
    return _report(plan) | {"outcome": "planned", "events": len(events)}


def plan_taken(imported: Imported, views: Views) -> dict[str, Any]:
    """Return what became of a plan, as plain JSON values: `recorded`, `repeated` or `refused`.

    Of one that was taken, how its computed dates differ from those the other tool had stored.
    """
    plan, outcome = imported.plan, imported.outcome
    taken = outcome.kind == "recorded"
    report = _report(plan) | {
        "outcome": "repeated" if taken and outcome.repeated else outcome.kind,
        "position": outcome.position or None,
        "code": outcome.code or None,
        "text": outcome.text or None,
        "actuals": imported.actuals,
    }
    if taken:
        # As the log has it: the rows that readers use may be a moment behind.
        schedule = views.schedule(plan.project.id, str(views.feed.head()))
        report["differences"] = differences(plan, schedule)
    return report


def _report(plan: PlanFile) -> dict[str, Any]:
    return {
        "project": plan.project.id,
        "phases": len(plan.phases),
        "links": len(plan.links),
        "calendars": len(plan.calendars),
        "resources": len(plan.resources),
        "notes": list(plan.notes),
        "actuals": 0,
        "position": None,
        "code": None,
        "text": None,
    }


def _key_of(plan: PlanFile, digest: bytes) -> MessageKey:
    return MessageKey(IMPORT_SOURCE, f"plan:{plan.project.id}:{digest.hex()[:40]}")


def commands_of(plan: PlanFile) -> Iterator[Command]:
    """Return the requests of a plan: calendars, project, resources, phases from the top, links."""
    project_id = plan.project.id
    for calendar in plan.calendars:
        yield from _calendar(plan, calendar)
    yield OpenProject(
        project_id=project_id,
        name=plan.project.name,
        customer_id=plan.project.customer,
        zone=plan.project.zone,
        calendar_id=plan.project.calendar,
        start=plan.project.start,
    )
    if plan.project.dialect is not None:
        yield SetSchedulingPolicy(project_id=project_id, dialect=plan.project.dialect)
    for resource in plan.resources:
        yield RegisterResource(
            project_id=project_id,
            resource_id=resource.id,
            name=resource.name,
            resource_class=_CLASS_OF[resource.kind],
            department_id=resource.department,
        )
        yield SetCapacity(
            project_id=project_id,
            resource_id=resource.id,
            milli_units=resource.capacity_milli,
            calendar_id=resource.calendar,
        )
    for phase in _parents_first(plan.phases):
        yield from _phase(project_id, phase)
    for link_id, link in zip(link_ids(plan.links), plan.links, strict=True):
        lag = None if link.lag is None else Lag.model_validate(link.lag.model_dump())
        yield LinkPhases(
            project_id=project_id,
            link_id=link_id,
            pred=link.pred,
            succ=link.succ,
            link_type=link.type,
            lag=lag,
        )
    if plan.project.promise is not None:
        last_moment = plan.project.promise - timedelta(microseconds=1)
        yield SetPromise(
            project_id=project_id,
            to_party=plan.project.customer or "customer",
            deliverable=plan.project.name,
            promised_date=last_moment.astimezone(ZoneInfo(plan.project.zone)).date(),
        )
    if plan.project.data_date is not None:
        yield AdvanceDataDate(project_id=project_id, data_date=plan.project.data_date)


def differences(plan: PlanFile, schedule: Mapping[str, Any]) -> dict[str, Any]:
    """Compare computed dates with those the other tool had stored: counts, and the first rows."""
    computed = {phase["id"]: phase for phase in schedule["phases"]}
    rows = []
    compared = 0
    for phase_id, stored in sorted(plan.stored.items()):
        for field in ("start", "finish"):
            theirs: datetime | None = getattr(stored, field)
            ours = computed.get(phase_id, {}).get(field)
            if theirs is None or ours is None:
                continue
            compared += 1
            if datetime.fromisoformat(ours) != theirs:
                rows.append(
                    {"phase": phase_id, "field": field, "stored": theirs.isoformat(), "ours": ours}
                )
    return {"compared": compared, "differing": len(rows), "rows": rows[:DIFFERENCES_SHOWN_MAX]}


def _calendar(plan: PlanFile, calendar: PlanCalendar) -> Iterator[CalendarCommand]:
    yield DefineCalendar(
        project_id=plan.project.id,
        calendar_id=calendar.id,
        zone=calendar.zone or plan.project.zone,
        weekly=tuple(
            WeeklyWindow(dow=day.day, from_min=begin, to_min=end)
            for day in sorted(calendar.weekly, key=lambda day: day.day)
            for begin, end in day.windows
        ),
    )
    for exception in calendar.exceptions:
        yield AddCalendarException(
            project_id=plan.project.id,
            calendar_id=calendar.id,
            date=exception.date,
            windows=tuple(Window(from_min=begin, to_min=end) for begin, end in exception.windows),
            kind="short_day" if exception.windows else "holiday",
        )


def _parents_first(phases: Sequence[PlanPhaseRow]) -> Iterator[PlanPhaseRow]:
    """Yield phases in the file's order, but each after its parent."""
    by_id = {phase.id: phase for phase in phases}
    done: set[str] = set()
    for phase in phases:
        chain = []
        at: PlanPhaseRow | None = phase
        while at is not None and at.id not in done:
            chain.append(at)
            done.add(at.id)
            at = None if at.parent is None else by_id.get(at.parent)
        yield from reversed(chain)


def _phase(project_id: str, phase: PlanPhaseRow) -> Iterator[PlanCommand]:
    yield PlanPhase(
        project_id=project_id,
        phase_id=phase.id,
        wbs=phase.wbs,
        name=phase.name,
        department_id=phase.department,
        kind=phase.kind,
        duration_min=phase.duration_min,
        calendar_id=phase.calendar,
        parent=phase.parent,
    )
    if phase.constraint is not None and phase.constraint.kind != "ASAP":
        yield Constrain(
            project_id=project_id,
            phase_id=phase.id,
            kind=phase.constraint.kind,
            at=phase.constraint.at,
            reason=NO_REASON,
        )
    if phase.deadline is not None:
        yield SetDeadline(project_id=project_id, phase_id=phase.id, at=phase.deadline)
    for need in phase.requires:
        yield Require(
            project_id=project_id,
            phase_id=phase.id,
            resource_id=need.resource,
            milli=need.milli,
            effort_min=need.effort_min,
        )


def _facts_of(plan: PlanFile, name: str, ask: Ask) -> Iterator[Submission]:
    for phase in plan.phases:
        for what, event, at in _actuals(plan, phase, ask.received_at):
            key = MessageKey(IMPORT_SOURCE, f"{what}:{plan.project.id}:{name}:{phase.id}")
            envelope = Envelope(
                recorded_at=ask.received_at,
                effective_at=min(at, ask.received_at),
                intake="fact",
                actor=ask.principal.party_id,
                role=ask.principal.role,
                source=IMPORT_SOURCE,
                message_id=key.id,
                causation_id=ask.key.id,
                correlation_id=ask.key.id,
                project_id=plan.project.id,
            )
            stream = stream_of("phase", plan.project.id, phase.id)
            yield Submission(
                key=key,
                digest=sha256(event.model_dump_json().encode()).digest(),
                received_at=ask.received_at,
                events=(Proposed(stream, event, envelope),),
                parks=True,
            )


def _actuals(
    plan: PlanFile, phase: PlanPhaseRow, now: datetime
) -> Iterator[tuple[str, DomainEvent, datetime]]:
    """Return what the file says has happened to a phase, and when it was true."""
    as_of = plan.project.data_date or now
    if phase.actual_start is not None:
        yield "started", PhaseStarted(actual_start=phase.actual_start), phase.actual_start
    if phase.actual_finish is not None:
        yield "finished", PhaseFinished(actual_finish=phase.actual_finish), phase.actual_finish
    elif phase.remaining_min is not None and phase.actual_start is not None:
        progress = ProgressRecorded(
            remaining_min=phase.remaining_min, physical_bp=phase.physical_bp, basis="report"
        )
        yield "progress", progress, max(as_of, phase.actual_start)
