"""Hold the decisions on a resource, and what is reported of it, to their rules."""

from datetime import timedelta

import pytest

from domain.kernel.messages import DomainEvent
from domain.kernel.refusals import AlreadyExists, ProjectClosed, UnknownSubject
from domain.resources.commands import RegisterResource, SetCapacity
from domain.resources.decisions import DECIDER, Surroundings, reads
from domain.resources.events import CapacitySet, OutageEnded, OutageReported, ResourceRegistered
from domain.resources.facts import Outage, outages
from tests.builders import FRIDAY, MONDAY, PROJECT, THURSDAY, TUESDAY, WEDNESDAY, fact, history
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
    a_resource.given().when(set_capacity).then_refused(UnknownSubject, "laser")
    a_resource.given(registered).when(
        set_capacity, others=Surroundings(calendar_known=False)
    ).then_refused(UnknownSubject, "calendar plant")


def test_resources_of_a_closed_project_stay_as_they_are() -> None:
    for command in (register, set_capacity):
        a_resource.given(registered).when(
            command, others=Surroundings(project_closed=True)
        ).then_refused(ProjectClosed)


def test_a_decision_reads_the_project_and_the_calendar_it_names() -> None:
    project, calendar = f"project-{PROJECT}", f"calendar-{PROJECT}/plant"
    assert reads(register) == (project,)
    assert reads(set_capacity) == (project, calendar)
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


@pytest.mark.parametrize("impossible", [(capacity,), (registered, registered)])
def test_what_no_decision_makes_is_a_corrupt_log(impossible: tuple[DomainEvent, ...]) -> None:
    with pytest.raises(AssertionError, match="cannot follow"):
        DECIDER.fold(history(STREAM, *impossible))
