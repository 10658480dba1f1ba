"""Laws of checkpoints: what is read back and folded on is what was never written down."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendars.events import CalendarExceptionAdded, Window
from domain.commitments.events import (
    CommitmentAcknowledged,
    CommitmentRevised,
    PromiseDateMoved,
    ReceiptPosted,
    ShipmentNotified,
)
from domain.conflicts.events import (
    ConflictAssigned,
    ConflictCleared,
    ConflictRaised,
    ConflictReopened,
)
from domain.kernel.clock import ClockAdvanced
from domain.kernel.corrections import EventCorrected, EventVoided
from domain.kernel.messages import DomainEvent, Recorded
from domain.network.project_network import ProjectNetwork
from domain.phases.events import (
    PhaseAborted,
    PhaseFinished,
    PhaseInterrupted,
    PhaseReleased,
    PhaseReopened,
    PhaseResumed,
    PhaseStarted,
    ProgressRecorded,
)
from domain.plans.events import (
    ConstraintSet,
    DeadlineSet,
    DependencyRemoved,
    GateAdded,
    PhaseDurationRevised,
    PhaseRemoved,
    ResourceRequirementSet,
)
from domain.projects.events import (
    BaselineApproved,
    DataDateAdvanced,
    ProjectHeld,
    PromiseChanged,
    SchedulingPolicySet,
)
from domain.resources.events import (
    AllocationMade,
    CapacitySet,
    OutageReported,
    OvertimeAuthorised,
)
from projections.checkpoints import Checkpoints, body_of, picture_of
from projections.checkpoints_contract import Kept
from projections.clock import Clock
from projections.contract import Projection
from projections.rebuilding import rebuilt
from projections.replay import resume, rows_as_of
from projections.schedule import ScheduleProjection
from projections.status import StatusProjection
from projections.stores.bodies import body_of as row_bytes
from projections.stores.checkpoints import MemoryCheckpoints
from tests.fakes import ListFeed
from tests.unit.projections.histories import DAY, MONDAY, PROJECT, History

PROJECTIONS: tuple[Projection[Any], ...] = (ScheduleProjection(), StatusProjection())
PHASES = ("cut", "weld", "paint", "mount", "test", "unplanned")

happenings = st.tuples(
    st.sampled_from(PHASES), st.integers(0, 30), st.integers(0, 20 * 24), st.integers(0, 5 * DAY)
)


def a_history(
    told: Sequence[tuple[str, int, int, int]], *, mends: bool = True
) -> list[Recorded[Any]]:
    """Tell of a plan on two calendars with goods to wait for, then whatever happens to it."""
    history = History("Europe/Berlin").opened().calendar("plant").calendar("six", "123456")
    history.project(SchedulingPolicySet(material_drives=True)).promise("2026-03-20")
    history.phase("all", 0).phase("cut", 2, parent="all").phase("weld", 3, parent="all")
    history.phase("paint", 2, calendar_id="six").phase("mount", 4).phase("test", 1)
    history.link("cut", "weld", "SS", DAY).link("weld", "paint").link("paint", "mount")
    history.link("cut", "mount").link("mount", "test", "FF", 120)
    history.ordered("PO-1", "2026-03-09", "mount")
    for happening in told:
        _happen(history, *happening, mends=mends)
    return history.events


def _happen(
    history: History, phase: str, kind: int, hours: int, minutes: int, *, mends: bool
) -> None:
    when = MONDAY + timedelta(hours=hours)
    day = when.date()
    facts: tuple[DomainEvent, ...] = (
        PhaseStarted(actual_start=when),
        ProgressRecorded(remaining_min=minutes, qty_good=Decimal(minutes), basis="count"),
        ProgressRecorded(remaining_min=minutes, expected_finish=when, basis="report"),
        PhaseInterrupted(at=when, stop_code="power"),
        PhaseResumed(at=when),
        PhaseFinished(actual_finish=when),
        PhaseAborted(),
        PhaseReleased(by="anna", plan_version=1),
        PhaseReopened(),
    )
    plans: tuple[DomainEvent, ...] = (
        PhaseDurationRevised(phase_id=phase, old_min=DAY, new_min=minutes),
        PhaseRemoved(phase_id=phase),
        ConstraintSet(phase_id=phase, kind="SNET", at=when),
        DeadlineSet(phase_id=phase, at=when),
        DependencyRemoved(link_id=f"L{1 + minutes % 5}"),
        GateAdded(gate_id=f"g{minutes}", phase_id=phase, kind="material"),
        ResourceRequirementSet(
            phase_id=phase, resource_id="press", milli=minutes, effort_min=minutes, skill="welding"
        ),
    )
    resources: tuple[DomainEvent, ...] = (
        CapacitySet(milli_units=minutes, valid_from=when),
        OutageReported(since=when, kind="breakdown"),
        OvertimeAuthorised(date=day, minutes=minutes % 1440),
        AllocationMade(
            allocation_id=f"a{len(history.events)}",
            phase_id=phase,
            since=when,
            until=when,
            milli_units=1 + minutes,
        ),
    )
    projects: tuple[DomainEvent, ...] = (
        DataDateAdvanced(data_date=when),
        BaselineApproved(name="plan", at_position=len(history.events), approved_by="anna"),
        ProjectHeld(),
        PromiseChanged(to_party="ACME", deliverable="line", old=day, new=day),
    )
    deliveries: tuple[DomainEvent, ...] = (
        CommitmentAcknowledged(revision=1, status="accepted", promised_date=day),
        PromiseDateMoved(new=day, told_by="Fluxtec", channel="mail"),
        ShipmentNotified(qty=Decimal(1), eta=day),
        ReceiptPosted(qty=Decimal("0.5"), at=when),
        CommitmentRevised(revision=2, need_by=day),
    )
    conflicts: tuple[DomainEvent, ...] = (
        ConflictRaised(kind="vendor", subjects=(f"phase-{PROJECT}/{phase}",), summary="late",
                       severity="high"),
        ConflictAssigned(owner="ben", due=when),
        ConflictCleared(because="it came"),
        ConflictReopened(because="again", severity="low", impact_days=Decimal("1.5")),
    )  # fmt: skip
    places = [(f"phase-{PROJECT}/{phase}", each) for each in facts]
    places += [(f"plan-{PROJECT}", each) for each in plans]
    places += [(f"project-{PROJECT}", each) for each in projects]
    places += [("commitment-PO-1", each) for each in deliveries]
    places += [(f"resource-{PROJECT}/press", each) for each in resources]
    places += [(f"conflict-{phase}", each) for each in conflicts]
    places += [("clock", ClockAdvanced(to=when))]
    target = history.events[len(history.events) - 1 - minutes % 9]
    if mends and target.project_id is not None and minutes % 3:
        places = [(target.stream, _mended(target, when))]
    closed = CalendarExceptionAdded(
        date=date(2026, 3, 1 + minutes % 28), windows=(Window(from_min=480, to_min=600),),
        kind="short_day",
    )  # fmt: skip
    places += [(f"calendar-{PROJECT}/plant", closed)]
    stream, event = places[kind % len(places)]
    history.record(stream, event, effective_at=when)


def _mended(target: Recorded[Any], when: datetime) -> DomainEvent:
    if isinstance(target.event, ProgressRecorded):
        fields: dict[str, Any] = {"remaining_min": 60}
        return EventCorrected(target=target.event_id, fields=fields, why="misread")
    if when.hour % 2:
        return EventCorrected(target=target.event_id, effective_at=when, why="at another time")
    return EventVoided(target=target.event_id, why="a slip")


def restored(state: Any) -> Any:  # noqa: ANN401  A state of any fold.
    """Write a state down and read it back, a second copy: the first is folded on by nobody."""
    picture, _ = picture_of(body_of(Kept(1, state, 0, begun=True)))
    picture.state()
    return picture.state()[0]


def dumped(rows: Any) -> dict[str, str]:  # noqa: ANN401
    return {row_id: row_bytes(row) for row_id, row in rows.items()}


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda each: each.name)
@settings(max_examples=50, deadline=None)
@given(told=st.lists(happenings, max_size=25), data=st.data())
def test_a_state_read_back_and_folded_on_shows_the_rows_of_one_never_written(
    projection: Projection[Any],
    told: list[tuple[str, int, int, int]],
    data: st.DataObject,
) -> None:
    events = a_history(told)
    cuts = data.draw(st.sets(st.integers(0, len(events)), max_size=3))
    rows_asked = data.draw(st.booleans())
    fresh, kept = projection.initial(PROJECT), projection.initial(PROJECT)

    for number, recorded in enumerate(events):
        if number in cuts:
            kept = restored(kept)
        fresh, kept = projection.fold(fresh, recorded), projection.fold(kept, recorded)
        if rows_asked and number % 5 == 0:
            assert dumped(projection.rows(kept)) == dumped(projection.rows(fresh))

    assert dumped(projection.rows(restored(kept))) == dumped(projection.rows(fresh))
    assert dumped(projection.rows(kept)) == dumped(projection.rows(fresh))
    assert projection.due(restored(kept)) == projection.due(fresh)


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda each: each.name)
@settings(max_examples=30, deadline=None)
@given(told=st.lists(happenings, min_size=5, max_size=40), data=st.data())
def test_rows_at_any_position_are_a_fresh_replays_with_checkpoints_anywhere_and_without(
    projection: Projection[Any],
    told: list[tuple[str, int, int, int]],
    data: st.DataObject,
) -> None:
    feed = ListFeed(a_history(told))
    places = data.draw(st.sets(st.integers(1, feed.head()), max_size=4))
    position = data.draw(st.integers(0, feed.head()))
    checkpoints, clock = Checkpoints(MemoryCheckpoints()), Clock(feed)
    for place in sorted(places):
        known = resume(projection, feed, PROJECT, place, clock, checkpoints)
        kept = Kept(place, known.state, known.ticked, known.begun)
        assert checkpoints.keep(projection, PROJECT, kept)

    fresh = rebuilt(projection, feed.up_to(position), position).of_key(PROJECT)
    without = rows_as_of(projection, feed, PROJECT, position)

    assert dumped({each.row_id: each.row for each in without}) == dumped(
        {each.row_id: each.row for each in fresh}
    )
    for _ in range(2):  # The second time from what is kept warm.
        assert rows_as_of(projection, feed, PROJECT, position, clock, checkpoints) == without


@settings(max_examples=30, deadline=None)
@given(told=st.lists(happenings, max_size=40))
def test_needs_and_capacities_are_read_back(told: list[tuple[str, int, int, int]]) -> None:
    projection = ScheduleProjection()
    state = projection.initial(PROJECT)
    for recorded in a_history(told):
        state = projection.fold(state, recorded)

    def shown(network: ProjectNetwork) -> object:
        return (
            [(line.id, line.steps(), line.outages) for line in network.resources.lines()],
            {line.id: line.requirements for line in network.lines.values()},
        )

    assert shown(restored(state).network) == shown(state.network)
