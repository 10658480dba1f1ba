"""Take a project's events into its network, one by one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from domain.calendars.events import EVENTS as CALENDAR_EVENTS
from domain.commitments.events import EVENTS as COMMITMENT_EVENTS
from domain.kernel.messages import DomainEvent, Recorded
from domain.kernel.minutes import Minute, minute_of
from domain.network.phase_line import typed_by
from domain.network.project_network import Baseline, LinkLine, ProjectNetwork, Promise
from domain.network.remembered import same_object
from domain.phases.events import EVENTS as PHASE_EVENTS
from domain.planning.network import Constraint, Link
from domain.plans.events import (
    ConstraintCleared,
    ConstraintSet,
    DeadlineCleared,
    DeadlineSet,
    DependencyAdded,
    DependencyChanged,
    DependencyRemoved,
    Lag,
    PhaseDetailsRevised,
    PhaseDurationRevised,
    PhasePlanned,
    PhaseRemoved,
    ResourceRequirementCleared,
    ResourceRequirementSet,
)
from domain.projects.events import (
    BaselineApproved,
    DataDateAdvanced,
    ProjectCancelled,
    ProjectCompleted,
    ProjectHeld,
    ProjectOpened,
    ProjectResumed,
    PromiseChanged,
    PromiseMade,
    SchedulingPolicySet,
)
from domain.requirements.events import EVENTS as REQUIREMENT_EVENTS
from domain.resources.events import EVENTS as RESOURCE_EVENTS

_Step: TypeAlias = Callable[[ProjectNetwork, Recorded[Any]], None]
_NO_LAG: Final = Lag(value=0)


def fold(network: ProjectNetwork, recorded: Recorded[Any]) -> bool:
    """Take one event of the project in; False if it says nothing, or nothing new, of a network.

    Events come in the order of their positions; one that comes again changes nothing.
    """
    step = _STEPS.get(type(recorded.event))
    if step is None or recorded.position <= network.position:
        return False
    step(network, recorded)
    network.position = recorded.position
    return True


def concerns_network(event: DomainEvent) -> bool:
    """Tell whether an event can change a network."""
    return type(event) in _STEPS


def _opened(network: ProjectNetwork, recorded: Recorded[ProjectOpened]) -> None:
    event = recorded.event
    network.opened = typed_by(recorded)
    network.name = event.name
    network.customer_id = event.customer_id
    network.start = event.start
    network.calendar_id = event.calendar_id
    network.use_zone(ZoneInfo(event.zone))


def _promise_made(network: ProjectNetwork, recorded: Recorded[PromiseMade]) -> None:
    event = recorded.event
    cost = event.delay_cost
    network.promises[event.to_party, event.deliverable] = Promise(
        event.to_party,
        event.deliverable,
        event.promised_date,
        typed_by(recorded),
        None if cost is None else cost.minor,
        None if cost is None else cost.currency,
    )
    network.moved()


def _promise_changed(network: ProjectNetwork, recorded: Recorded[PromiseChanged]) -> None:
    event = recorded.event
    known = network.promises.get((event.to_party, event.deliverable))
    minor = None if known is None else known.delay_cost_minor
    currency = None if known is None else known.delay_currency
    if event.delay_cost is not None:
        minor, currency = event.delay_cost.minor, event.delay_cost.currency
    network.promises[event.to_party, event.deliverable] = Promise(
        event.to_party, event.deliverable, event.new, typed_by(recorded), minor, currency
    )
    network.moved()


def _baseline(network: ProjectNetwork, recorded: Recorded[BaselineApproved]) -> None:
    event = recorded.event
    dates: dict[str, tuple[Minute, Minute]] | None = None
    if event.at_position >= network.position:  # Nothing has happened to the network since.
        schedule = network.schedule()
        if schedule is not None:
            dates = {row.id: (row.start, row.finish) for row in schedule.phases.values()}
    network.baseline = Baseline(
        event.name, event.at_position, event.approved_by, typed_by(recorded), dates
    )
    network.refit()


def _data_date(network: ProjectNetwork, recorded: Recorded[DataDateAdvanced]) -> None:
    network.data_date = recorded.event.data_date
    network.data_date_typed = typed_by(recorded)
    network.moved()


def _policy_set(network: ProjectNetwork, recorded: Recorded[SchedulingPolicySet]) -> None:
    event = recorded.event
    old = network.policy
    threshold, open_ends = event.critical_float_max_min, event.open_ends_critical
    network.policy = replace(
        old,
        out_of_sequence=event.out_of_sequence or old.out_of_sequence,
        lag_calendar=event.lag_calendar or old.lag_calendar,
        critical=event.critical or old.critical,
        critical_float_min=old.critical_float_min if threshold is None else threshold,
        float_calc=event.float_calc or old.float_calc,
        dialect=event.dialect or old.dialect,
        open_ends_critical=old.open_ends_critical if open_ends is None else open_ends,
    )
    if event.material_drives is not None:
        network.material_drives = event.material_drives
    network.refit()


def _held(network: ProjectNetwork, recorded: Recorded[ProjectHeld]) -> None:
    del recorded
    network.standing = "held"


def _resumed(network: ProjectNetwork, recorded: Recorded[ProjectResumed]) -> None:
    del recorded
    network.standing = "open"


def _completed(network: ProjectNetwork, recorded: Recorded[ProjectCompleted]) -> None:
    del recorded
    network.standing = "completed"


def _cancelled(network: ProjectNetwork, recorded: Recorded[ProjectCancelled]) -> None:
    del recorded
    network.standing = "cancelled"


def _calendar(network: ProjectNetwork, recorded: Recorded[Any]) -> None:
    network.calendars.fold(recorded)
    network.refit()


def _phase_planned(network: ProjectNetwork, recorded: Recorded[PhasePlanned]) -> None:
    event = recorded.event
    line = network.line(event.phase_id)
    line.plan(event, typed_by(recorded))
    network.place(line)
    # Links and children may have been planned before the phase they name.
    network.reconnect(event.phase_id)


def _details_revised(network: ProjectNetwork, recorded: Recorded[PhaseDetailsRevised]) -> None:
    line = network.line(recorded.event.phase_id)
    line.revise(recorded.event)
    network.place(line)


def _duration_revised(network: ProjectNetwork, recorded: Recorded[PhaseDurationRevised]) -> None:
    line = network.line(recorded.event.phase_id)
    line.duration_min = recorded.event.new_min
    line.touch("duration", typed_by(recorded))
    network.moved()


def _constraint_set(network: ProjectNetwork, recorded: Recorded[ConstraintSet]) -> None:
    event = recorded.event
    line = network.line(event.phase_id)
    line.constraint = Constraint(event.kind, None if event.at is None else minute_of(event.at))
    line.touch("constraint", typed_by(recorded))
    network.moved()


def _constraint_cleared(network: ProjectNetwork, recorded: Recorded[ConstraintCleared]) -> None:
    line = network.line(recorded.event.phase_id)
    line.constraint = None
    line.touch("constraint", None)
    network.moved()


def _deadline_set(network: ProjectNetwork, recorded: Recorded[DeadlineSet]) -> None:
    line = network.line(recorded.event.phase_id)
    line.deadline = recorded.event.at
    line.touch("deadline", typed_by(recorded))


def _deadline_cleared(network: ProjectNetwork, recorded: Recorded[DeadlineCleared]) -> None:
    line = network.line(recorded.event.phase_id)
    line.deadline = None
    line.touch("deadline", None)


def _phase_removed(network: ProjectNetwork, recorded: Recorded[PhaseRemoved]) -> None:
    event = recorded.event
    network.line(event.phase_id).remove()
    for link_id in event.links:
        link = network.links.pop(link_id, None)
        if link is not None:
            network.relink(link.link.succ)
    network.reconnect(event.phase_id)


def _linked(network: ProjectNetwork, recorded: Recorded[DependencyAdded]) -> None:
    event = recorded.event
    link = _link(event.link_id, event.pred, event.succ, event)
    network.links[event.link_id] = LinkLine(link, event.strength, typed_by(recorded))
    network.relink(event.succ)


def _link_changed(network: ProjectNetwork, recorded: Recorded[DependencyChanged]) -> None:
    event = recorded.event
    known = network.links.get(event.link_id)
    if known is not None:
        link = _link(event.link_id, known.link.pred, known.link.succ, event)
        network.links[event.link_id] = LinkLine(link, event.strength, typed_by(recorded))
        network.relink(known.link.succ)


def _unlinked(network: ProjectNetwork, recorded: Recorded[DependencyRemoved]) -> None:
    known = network.links.pop(recorded.event.link_id, None)
    if known is not None:
        network.relink(known.link.succ)


def _link(link_id: str, pred: str, succ: str, event: DependencyAdded | DependencyChanged) -> Link:
    lag = event.lag or _NO_LAG
    link = Link(link_id, pred, succ, event.link_type, lag.value, lag.unit, lag.calendar)
    return same_object(link)


def _required(network: ProjectNetwork, recorded: Recorded[ResourceRequirementSet]) -> None:
    event = recorded.event
    network.line(event.phase_id).require(
        event.resource_id, event.milli, event.effort_min, event.skill
    )


def _not_required(network: ProjectNetwork, recorded: Recorded[ResourceRequirementCleared]) -> None:
    network.line(recorded.event.phase_id).require(recorded.event.resource_id, 0)


def _resource(network: ProjectNetwork, recorded: Recorded[Any]) -> None:
    network.resources.fold(recorded)


def _phase_happened(network: ProjectNetwork, recorded: Recorded[Any]) -> None:
    network.line(recorded.subject_id).take_in(recorded)
    network.moved()


def _commitment(network: ProjectNetwork, recorded: Recorded[Any]) -> None:
    _wait_anew(network, network.supplies.fold(recorded))


def _requirement(network: ProjectNetwork, recorded: Recorded[Any]) -> None:
    _wait_anew(network, network.supplies.fold_requirement(recorded))


def _wait_anew(network: ProjectNetwork, concerned: Sequence[str]) -> None:
    if network.waits_for_material:
        for phase_id in concerned:
            network.line(phase_id).refit()
            network.moved()


_STEPS: Final[Mapping[type[DomainEvent], _Step]] = {
    ProjectOpened: _opened,
    PromiseMade: _promise_made,
    PromiseChanged: _promise_changed,
    DataDateAdvanced: _data_date,
    BaselineApproved: _baseline,
    SchedulingPolicySet: _policy_set,
    ProjectHeld: _held,
    ProjectResumed: _resumed,
    ProjectCompleted: _completed,
    ProjectCancelled: _cancelled,
    PhasePlanned: _phase_planned,
    PhaseDetailsRevised: _details_revised,
    PhaseDurationRevised: _duration_revised,
    ConstraintSet: _constraint_set,
    ConstraintCleared: _constraint_cleared,
    DeadlineSet: _deadline_set,
    DeadlineCleared: _deadline_cleared,
    PhaseRemoved: _phase_removed,
    DependencyAdded: _linked,
    DependencyChanged: _link_changed,
    DependencyRemoved: _unlinked,
    ResourceRequirementSet: _required,
    ResourceRequirementCleared: _not_required,
    **dict.fromkeys(RESOURCE_EVENTS, _resource),
    **dict.fromkeys(CALENDAR_EVENTS, _calendar),
    **dict.fromkeys(PHASE_EVENTS, _phase_happened),
    **dict.fromkeys(COMMITMENT_EVENTS, _commitment),
    **dict.fromkeys(REQUIREMENT_EVENTS, _requirement),
}

NETWORK_EVENTS: Final[frozenset[type[DomainEvent]]] = frozenset(_STEPS)
"""The types of events that can change a network."""
