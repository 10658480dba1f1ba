"""Hold departments and resources to their laws: one leads, and nothing unaccepted is too much."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.departments import commands as on_department
from domain.departments import decisions as departments
from domain.departments.terms import leadership_of
from domain.kernel.messages import Command, DomainEvent
from domain.kernel.minutes import minute_of
from domain.planning.load import Demand, overloads, stretches
from domain.resources import commands as on_resource
from domain.resources import decisions as resources
from domain.resources import events as resource
from domain.resources.facts import outages
from tests.builders import LATE_MATERIAL, MONDAY, PROJECT
from tests.property.test_aggregates import apart, arrived, lived

PRESS = f"resource-{PROJECT}/press"
FIRST = date(2026, 3, 1)

moments = st.integers(0, 40).map(lambda hours: MONDAY + timedelta(hours=hours))
spans = st.tuples(moments, st.integers(1, 20)).map(
    lambda pair: {"since": pair[0], "until": pair[0] + timedelta(hours=pair[1])}
)
days = st.integers(0, 20).map(lambda after: FIRST + timedelta(days=after))
parties = st.sampled_from(["l.ito", "p.roy", "m.kaya"])

department_requests: st.SearchStrategy[Command] = st.one_of(
    st.just(on_department.RegisterDepartment(department_id="welding", name="Welding")),
    st.builds(
        on_department.AppointSupervisor,
        department_id=st.just("welding"),
        party=parties,
        first_day=days,
        succeeds=st.none() | parties,
    ),
    st.builds(
        lambda party, first, length: on_department.AppointSupervisorDelegate(
            department_id="welding",
            party=party,
            first_day=first,
            last_day=first + timedelta(days=length),
        ),
        parties,
        days,
        st.integers(0, 9),
    ),
)


@given(st.lists(st.tuples(department_requests, moments), max_size=25))
def test_no_order_of_requests_on_a_department_is_impossible_and_one_leads(
    messages: list[tuple[DomainEvent | Command, datetime]],
) -> None:
    state, history = lived(departments.DECIDER, "department-welding", None, messages)
    assert departments.DECIDER.fold(history) == state
    known = leadership_of(history)
    assert known == state.leadership
    first_days = [term.first_day for term in known.terms]
    assert first_days == sorted(set(first_days))
    for after in range(40):
        day = FIRST + timedelta(days=after)
        acting = known.acting(day)
        leading = [each.party for each in acting if each.on_behalf_of is None]
        assert leading == [party for party in (known.supervisor(day),) if party is not None]
        assert len({each.party for each in acting}) == len(acting)


def held_for(**fields: Any) -> dict[str, Any]:  # noqa: ANN401  Fields of several commands.
    return {
        "project_id": PROJECT,
        "resource_id": "press",
        **fields["span"],
        **{name: value for name, value in fields.items() if name != "span"},
    }


shares = st.fixed_dictionaries(
    {
        "allocation_id": st.sampled_from(["A", "B", "C", "D"]),
        "span": spans,
        "milli_units": st.sampled_from([300, 500, 1_000]),
        "overbooking_accepted_by": st.sampled_from([None, None, None, "l.ito"]),
    }
)
resource_requests: st.SearchStrategy[Command] = st.one_of(
    st.just(
        on_resource.RegisterResource(
            project_id=PROJECT, resource_id="press", name="Press", department_id="hall"
        )
    ),
    st.builds(
        on_resource.SetCapacity,
        project_id=st.just(PROJECT),
        resource_id=st.just("press"),
        milli_units=st.sampled_from([1_000, 2_000]),
        valid_from=st.none() | moments,
    ),
    st.builds(
        on_resource.AuthoriseOvertime,
        project_id=st.just(PROJECT),
        resource_id=st.just("press"),
        date=days,
        minutes=st.integers(0, 120),
    ),
    shares.map(lambda share: on_resource.MakeAllocation(**held_for(phase_id="cut", **share))),
    shares.map(
        lambda share: on_resource.ChangeAllocation(**held_for(reason=LATE_MATERIAL, **share))
    ),
    st.builds(
        on_resource.ReleaseAllocation,
        project_id=st.just(PROJECT),
        resource_id=st.just("press"),
        allocation_id=st.sampled_from(["A", "B", "C", "D"]),
    ),
)
resource_facts: st.SearchStrategy[DomainEvent] = st.one_of(
    st.builds(
        resource.OutageReported,
        since=moments,
        kind=st.sampled_from(["breakdown", "maintenance", "absence"]),
    ),
    st.builds(resource.OutageEnded, at=moments),
)


@given(st.lists(st.tuples(st.one_of(resource_facts, resource_requests), moments), max_size=30))
def test_no_mix_of_facts_and_requests_of_a_resource_is_impossible(
    messages: list[tuple[DomainEvent | Command, datetime]],
) -> None:
    state, history = lived(resources.DECIDER, PRESS, resources.Surroundings(), messages)
    assert resources.DECIDER.fold(history) == state


@given(st.lists(st.tuples(resource_requests, moments), max_size=30))
def test_what_nobody_accepted_stays_inside_a_capacity_that_never_shrinks(
    messages: list[tuple[DomainEvent | Command, datetime]],
) -> None:
    ample = on_resource.SetCapacity(project_id=PROJECT, resource_id="press", milli_units=1_000)
    register = on_resource.RegisterResource(
        project_id=PROJECT, resource_id="press", name="Press", department_id="hall"
    )
    asked = [
        (message, at)
        for message, at in messages
        if isinstance(message, on_resource.AllocationCommand)
        and getattr(message, "overbooking_accepted_by", None) is None
    ]
    state, _ = lived(
        resources.DECIDER,
        PRESS,
        resources.Surroundings(),
        [(register, MONDAY), (ample, MONDAY), *asked],
    )
    live = [each for each in state.allocations.values() if not each.released]
    demands = [
        Demand(minute_of(each.since), minute_of(each.until), each.milli_units, each.id)
        for each in live
    ]
    assert overloads(stretches(demands, state.steps)) == []


@given(st.lists(resource_facts, max_size=8), st.randoms(use_true_random=False))
def test_facts_of_a_resource_add_up_to_the_same_in_any_order_of_arrival(
    facts: list[DomainEvent], dice: Random
) -> None:
    in_time = apart(facts)
    shuffled = list(in_time)
    dice.shuffle(shuffled)
    first, second = (
        outages(resources.DECIDER.fold(arrived(each, PRESS)).facts) for each in (in_time, shuffled)
    )
    assert second == first
