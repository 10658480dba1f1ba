"""Hold the decisions on a resource, and what is reported of it, to their rules."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from domain.kernel.messages import DomainEvent
from domain.kernel.refusals import (
    AlreadyExists,
    InvalidTransition,
    NotAuthorised,
    NotInPlan,
    OverCapacity,
    ProjectClosed,
    ReasonRequired,
    UnknownSubject,
)
from domain.resources.commands import (
    AuthoriseOvertime,
    ChangeAllocation,
    MakeAllocation,
    RegisterResource,
    ReleaseAllocation,
    SetCapacity,
)
from domain.resources.decisions import DECIDER, Surroundings, reads
from domain.resources.events import (
    AllocationChanged,
    AllocationMade,
    AllocationReleased,
    CapacitySet,
    OutageEnded,
    OutageReported,
    OvertimeAuthorised,
    ResourceRegistered,
)
from domain.resources.facts import Allocation, Outage, outages
from tests.builders import (
    FRIDAY,
    LATE_MATERIAL,
    MONDAY,
    PROJECT,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    fact,
    history,
)
from tests.spec import Spec

STREAM = f"resource-{PROJECT}/laser"

a_resource = Spec(DECIDER, STREAM, Surroundings())
registered = ResourceRegistered(
    name="Laser cutter", resource_class="equipment", department_id="fabrication"
)
capacity = CapacitySet(milli_units=1000, calendar_id="plant")
register = RegisterResource(
    project_id=PROJECT,
    resource_id="laser",
    name="Laser cutter",
    resource_class="equipment",
    department_id="fabrication",
)
set_capacity = SetCapacity(
    project_id=PROJECT, resource_id="laser", milli_units=1000, calendar_id="plant"
)
overtime = OvertimeAuthorised(date=TUESDAY.date(), minutes=120)
authorise = AuthoriseOvertime(
    project_id=PROJECT, resource_id="laser", date=TUESDAY.date(), minutes=120
)
made = AllocationMade(
    allocation_id="A1", phase_id="cut", since=MONDAY, until=WEDNESDAY, milli_units=600
)
make = MakeAllocation(
    project_id=PROJECT,
    resource_id="laser",
    allocation_id="A1",
    phase_id="cut",
    since=MONDAY,
    until=WEDNESDAY,
    milli_units=600,
)
second = make.model_copy(
    update={"allocation_id": "A2", "phase_id": "mark", "since": TUESDAY, "until": THURSDAY}
)
change = ChangeAllocation(
    project_id=PROJECT,
    resource_id="laser",
    allocation_id="A1",
    since=TUESDAY,
    until=FRIDAY,
    milli_units=1000,
    reason=LATE_MATERIAL,
)
release = ReleaseAllocation(project_id=PROJECT, resource_id="laser", allocation_id="A1")
broken = OutageReported(since=TUESDAY, kind="breakdown", ref="CMMS 88")
repaired = OutageEnded(at=THURSDAY)


def test_a_resource_is_registered_once() -> None:
    a_resource.given().when(register).then(registered).when(register).then()
    assert registered.introduces(STREAM) == (STREAM,)


def test_an_id_that_is_taken_registers_no_second_resource() -> None:
    other = register.model_copy(update={"name": "Plasma cutter"})
    a_resource.given(registered).when(other).then_refused(AlreadyExists, "laser")


def test_a_capacity_is_set_and_set_again_only_where_it_differs() -> None:
    after = a_resource.given(registered).when(set_capacity).then(capacity)
    after.when(set_capacity).then()
    after.when(set_capacity.model_copy(update={"milli_units": 500})).then(
        CapacitySet(milli_units=500, calendar_id="plant")
    )


def test_a_capacity_needs_a_registered_resource_and_a_known_calendar() -> None:
    for command in (set_capacity, authorise, make, change, release):
        a_resource.given().when(command).then_refused(UnknownSubject, "laser")
    a_resource.given(registered).when(
        set_capacity, others=Surroundings(calendar_known=False)
    ).then_refused(UnknownSubject, "calendar plant")


def test_resources_of_a_closed_project_stay_as_they_are() -> None:
    for command in (register, set_capacity, authorise, make, change, release):
        a_resource.given(registered).when(
            command, others=Surroundings(project_closed=True)
        ).then_refused(ProjectClosed)


def test_a_decision_reads_the_project_and_the_calendar_it_names() -> None:
    project, calendar = f"project-{PROJECT}", f"calendar-{PROJECT}/plant"
    assert reads(make) == (project, f"plan-{PROJECT}")
    assert reads(register) == (project,)
    assert reads(set_capacity) == (project, calendar, "calendar-plant")
    assert reads(set_capacity.model_copy(update={"calendar_id": None})) == (project,)


def test_an_outage_lasts_until_its_end_is_reported() -> None:
    reported = a_resource.given(registered, fact(broken, TUESDAY)).state
    assert outages(reported.facts) == (Outage(TUESDAY, None, "breakdown", "CMMS 88"),)
    over = a_resource.given(registered, fact(repaired, THURSDAY), fact(broken, TUESDAY)).state
    assert outages(over.facts) == (Outage(TUESDAY, THURSDAY, "breakdown", "CMMS 88"),)


def test_an_end_closes_what_had_begun_and_nothing_later() -> None:
    service = OutageReported(since=FRIDAY, kind="maintenance")
    planned = fact(service, MONDAY)
    state = a_resource.given(fact(broken, TUESDAY), planned, fact(repaired, THURSDAY)).state
    assert outages(state.facts) == (
        Outage(TUESDAY, THURSDAY, "breakdown", "CMMS 88"),
        Outage(FRIDAY, None, "maintenance"),
    )


def test_a_better_known_end_replaces_the_one_reported_before() -> None:
    first = OutageReported(since=TUESDAY, until=WEDNESDAY, kind="breakdown")
    better = OutageReported(since=TUESDAY, until=FRIDAY, kind="breakdown")
    early = fact(OutageEnded(at=THURSDAY), THURSDAY)
    later = fact(better, WEDNESDAY + timedelta(hours=1))
    state = a_resource.given(fact(first, TUESDAY), later, early).state
    assert outages(state.facts) == (Outage(TUESDAY, THURSDAY, "breakdown"),)


def test_overtime_is_authorised_for_a_date_and_taken_back_with_nothing_of_it() -> None:
    none = authorise.model_copy(update={"minutes": 0})
    a_resource.given(registered).when(none).then()
    after = a_resource.given(registered).when(authorise).then(overtime)
    after.when(authorise).then()
    after.when(none).then(OvertimeAuthorised(date=TUESDAY.date(), minutes=0)).when(none).then()


def test_a_share_is_held_changed_and_released_each_once() -> None:
    changed = AllocationChanged(allocation_id="A1", since=TUESDAY, until=FRIDAY, milli_units=1000)
    after = a_resource.given(registered, capacity).when(make).then(made)
    after.when(make).then()
    after = after.when(change).then(changed)
    after.when(change).then()
    after.when(release).then(AllocationReleased(allocation_id="A1")).when(release).then()
    assert after.state.held("A1") == Allocation("A1", "cut", TUESDAY, FRIDAY, 1000)


def test_an_allocation_is_for_a_phase_in_the_plan_under_an_id_of_its_own() -> None:
    a_resource.given(registered).when(make, others=Surroundings(in_plan=False)).then_refused(
        NotInPlan, "cut"
    )
    other = make.model_copy(update={"milli_units": 100})
    a_resource.given(registered, made).when(other).then_refused(AlreadyExists, "A1")
    gone = AllocationReleased(allocation_id="A1")
    a_resource.given(registered, made, gone).when(make).then_refused(AlreadyExists, "A1")


def test_only_what_is_held_can_change_and_a_change_needs_a_reason() -> None:
    a_resource.given(registered).when(change).then_refused(UnknownSubject, "A1")
    a_resource.given(registered).when(release).then_refused(UnknownSubject, "A1")
    gone = AllocationReleased(allocation_id="A1")
    a_resource.given(registered, made, gone).when(change).then_refused(InvalidTransition, "A1")
    unreasoned = change.model_copy(update={"reason": None})
    a_resource.given(registered, made).when(unreasoned).then_refused(ReasonRequired)


def test_an_allocation_stays_inside_the_capacity_that_others_leave() -> None:
    held = a_resource.given(registered, capacity, made)
    held.when(second).then_refused(
        OverCapacity,
        "1.2 of Laser cutter",
        "between 2026-03-03T08:00Z and 2026-03-04T08:00Z",
        "0.2 more than there is",
        "name who accepts",
    )
    held.when(second.model_copy(update={"milli_units": 400})).then(
        AllocationMade(
            allocation_id="A2", phase_id="mark", since=TUESDAY, until=THURSDAY, milli_units=400
        )
    )
    held.when(second.model_copy(update={"since": WEDNESDAY})).then(
        AllocationMade(
            allocation_id="A2", phase_id="mark", since=WEDNESDAY, until=THURSDAY, milli_units=600
        )
    )


def test_a_change_is_held_against_the_others_and_not_against_itself() -> None:
    beside = AllocationMade(
        allocation_id="A2", phase_id="mark", since=THURSDAY, until=FRIDAY, milli_units=400
    )
    a_resource.given(registered, capacity, made, beside).when(change).then_refused(
        OverCapacity, "2026-03-05T08:00Z", "0.4 more"
    )
    smaller = change.model_copy(update={"milli_units": 600})
    a_resource.given(registered, capacity, made, beside).when(smaller).then(
        AllocationChanged(allocation_id="A1", since=TUESDAY, until=FRIDAY, milli_units=600)
    )


def test_capacity_changes_over_time_and_an_outage_takes_it_away() -> None:
    more = CapacitySet(milli_units=2000, valid_from=TUESDAY)
    a_resource.given(registered, capacity, more, made).when(second).then(
        AllocationMade(
            allocation_id="A2", phase_id="mark", since=TUESDAY, until=THURSDAY, milli_units=600
        )
    )
    out = fact(OutageReported(since=THURSDAY, kind="maintenance"), MONDAY)
    late = second.model_copy(update={"since": WEDNESDAY, "until": FRIDAY})
    a_resource.given(registered, capacity, more, out).when(late).then_refused(
        OverCapacity, "between 2026-03-05T08:00Z and 2026-03-06T08:00Z", "0.6 more"
    )


def test_an_outage_over_an_allocation_is_recorded_all_the_same() -> None:
    state = a_resource.given(registered, capacity, made, fact(broken, TUESDAY)).state
    assert outages(state.facts) == (Outage(TUESDAY, None, "breakdown", "CMMS 88"),)
    assert state.held("A1") is not None


def test_who_leads_the_department_or_acts_for_it_may_accept_an_overbooking() -> None:
    accepted = second.model_copy(update={"overbooking_accepted_by": "k.weber"})
    recorded = AllocationMade(
        allocation_id="A2",
        phase_id="mark",
        since=TUESDAY,
        until=THURSDAY,
        milli_units=600,
        overbooking_accepted_by="k.weber",
    )
    held = a_resource.given(registered, capacity, made)
    held.when(accepted).then(recorded)  # The department has no supervisor: anybody named may.
    held.when(accepted, others=Surroundings(acting=("l.ito", "k.weber"))).then(recorded)
    held.when(accepted, others=Surroundings(acting=("l.ito", "p.roy"))).then_refused(
        NotAuthorised, "k.weber cannot accept an overbooking: ask l.ito or p.roy"
    )


def test_nothing_is_refused_of_what_nobody_counted_or_what_is_used_up() -> None:
    much = make.model_copy(update={"milli_units": 90_000})
    all_of_it = made.model_copy(update={"milli_units": 90_000})
    a_resource.given(registered).when(much).then(all_of_it)
    steel = registered.model_copy(update={"resource_class": "material"})
    a_resource.given(steel, capacity).when(much).then(all_of_it)


def test_an_allocation_lasts_for_a_time() -> None:
    fields = make.model_dump()
    with pytest.raises(ValueError, match="until does not lie after since"):
        MakeAllocation(**{**fields, "until": MONDAY})


@pytest.mark.parametrize(
    "impossible",
    [
        (capacity,),
        (registered, registered),
        (overtime,),
        (made,),
        (registered, made, made),
        (registered, AllocationReleased(allocation_id="A1")),
        (registered, made, *[AllocationReleased(allocation_id="A1")] * 2),
    ],
)
def test_what_no_decision_makes_is_a_corrupt_log(impossible: tuple[DomainEvent, ...]) -> None:
    with pytest.raises(AssertionError, match="cannot follow"):
        DECIDER.fold(history(STREAM, *impossible))


def test_a_resource_that_projects_share_names_none() -> None:
    shared = RegisterResource(resource_id="press", name="Press", department_id="shop")
    capacity = SetCapacity(resource_id="press", milli_units=1000, calendar_id="hall")
    assert shared.stream() == "resource-press"
    assert reads(shared) == ()
    assert reads(capacity) == ("calendar-hall",)


def test_what_projects_share_is_not_held_for_one_of_them() -> None:
    with pytest.raises(ValidationError, match="name the project"):
        MakeAllocation.model_validate(make.model_dump() | {"project_id": None})
