"""Hold what phases ask of resources, and what there is, to intervals worked out by hand."""

from datetime import date, datetime
from typing import Literal

from domain.kernel.minutes import instant_of, minute_of
from domain.network.demand import ResourceLoad, loads, span_of
from domain.network.fold import fold
from domain.network.manpower import SkillGap, skill_gaps
from domain.network.project_network import ProjectNetwork
from domain.planning.load import overloads, stretches
from domain.plans.events import PhaseRemoved, ResourceRequirementSet
from domain.resources.events import (
    AllocationMade,
    AllocationReleased,
    CapacitySet,
    OutageReported,
    OvertimeAuthorised,
    ResourceRegistered,
)
from tests.unit.projections.histories import DAY, PROJECT, History, at

CREW = f"resource-{PROJECT}/crew"


def told(history: History) -> ProjectNetwork:
    network = ProjectNetwork(PROJECT)
    for recorded in history.events:
        fold(network, recorded)
    return network


def a_crew(
    milli: int | None = 1_000,
    calendar_id: str | None = None,
    resource_class: Literal["labour", "material"] = "labour",
) -> History:
    """Tell of a project on a standard week with a crew, from Monday 2 March 2026 on."""
    history = History().opened().calendar("plant").calendar("six", "123456")
    registered = ResourceRegistered(
        name="Crew", resource_class=resource_class, department_id="shop"
    )
    history.record(CREW, registered)
    if milli is not None:
        history.record(CREW, CapacitySet(milli_units=milli, calendar_id=calendar_id))
    return history


def need(
    history: History,
    phase_id: str,
    milli: int = 1_000,
    skill: str | None = None,
    effort_min: int | None = None,
) -> History:
    return history.plan(
        ResourceRequirementSet(
            phase_id=phase_id, resource_id="crew", milli=milli, skill=skill, effort_min=effort_min
        )
    )


def hold(history: History, phase_id: str, since: str, until: str, milli: int = 1_000) -> History:
    made = AllocationMade(
        allocation_id=f"A-{len(history.events)}",
        phase_id=phase_id,
        since=at(since),
        until=at(until),
        milli_units=milli,
    )
    return history.record(CREW, made)


def loaded(history: History) -> ResourceLoad:
    network = told(history)
    schedule = network.schedule()
    assert schedule is not None
    (load,) = loads(network, schedule, span_of(network, schedule))
    return load


def shown(minute: int) -> str:
    return f"{instant_of(minute):%m-%d %H:%M}"


def asked(load: ResourceLoad) -> list[tuple[str, str, int, str]]:
    return [(shown(each.start), shown(each.finish), each.milli, each.by) for each in load.demands]


def there(load: ResourceLoad, begin: str, end: str) -> list[tuple[str, str, int]]:
    """Return when something is there between two instants."""
    assert load.capacity is not None
    edges = minute_of(at(begin)), minute_of(at(end))
    return [
        (shown(each.start), shown(each.finish), each.capacity_milli)
        for each in stretches((), load.capacity, edges)
        if each.capacity_milli
    ]


def over(load: ResourceLoad) -> list[tuple[str, str, int, tuple[str, ...]]]:
    assert load.capacity is not None
    return [
        (shown(each.start), shown(each.finish), each.overload_min, each.by)
        for each in overloads(stretches(load.demands, load.capacity))
    ]


def test_a_phase_needs_what_it_requires_in_the_working_time_of_its_scheduled_dates() -> None:
    load = loaded(need(a_crew().phase("weld", 1), "weld", 600))
    assert asked(load) == [
        ("03-02 08:00", "03-02 12:00", 600, "weld"),
        ("03-02 13:00", "03-02 17:00", 600, "weld"),
    ]


def test_two_phases_at_once_overload_a_crew_for_the_minutes_they_share() -> None:
    history = need(need(a_crew().phase("weld", 2).phase("cut", 1), "weld"), "cut", 500)
    load = loaded(history)
    assert over(load) == [("03-02 08:00", "03-02 17:00", DAY, ("cut", "weld"))]


def test_what_has_ended_needs_nothing_and_the_past_is_not_looked_at() -> None:
    history = need(need(a_crew().phase("weld", 2).phase("cut", 1), "weld"), "cut")
    history.started("cut", "2026-03-02 08:00").finished("cut", "2026-03-02 17:00")
    history.started("weld", "2026-03-02 08:00").progressed("weld", DAY, "2026-03-03 08:00")
    load = loaded(history.data_date("2026-03-03 08:00"))
    assert asked(load) == [
        ("03-03 08:00", "03-03 12:00", 1_000, "weld"),
        ("03-03 13:00", "03-03 17:00", 1_000, "weld"),
    ]


def test_what_ended_ahead_of_the_data_date_needs_nothing_either() -> None:
    history = need(a_crew().phase("weld", 2), "weld").started("weld", "2026-03-02 08:00")
    assert len(asked(loaded(history))) == 4
    assert asked(loaded(history.finished("weld", "2026-03-03 17:00"))) == []


def test_an_allocation_and_the_requirement_it_serves_are_one_need() -> None:
    history = need(a_crew().phase("weld", 1), "weld", 500)
    load = loaded(hold(history, "weld", "2026-03-02 13:00", "2026-03-03 09:00", 800))
    assert asked(load) == [
        ("03-02 08:00", "03-02 12:00", 500, "weld"),
        ("03-02 13:00", "03-02 17:00", 800, "weld"),
        ("03-03 08:00", "03-03 09:00", 800, "weld"),
    ]


def test_what_was_released_is_free_again() -> None:
    history = hold(a_crew().phase("weld", 1), "weld", "2026-03-02 08:00", "2026-03-02 09:00")
    released = AllocationReleased(allocation_id=f"A-{len(history.events) - 1}")
    assert len(asked(loaded(history))) == 1
    assert asked(loaded(history.record(CREW, released))) == []


def test_what_is_held_for_a_phase_that_left_the_plan_is_held_still() -> None:
    history = hold(a_crew().phase("weld", 1).phase("cut", 1), "weld", "2026-03-02 08:00",
                   "2026-03-02 09:00")  # fmt: skip
    assert asked(loaded(history.plan(PhaseRemoved(phase_id="weld")))) == [
        ("03-02 08:00", "03-02 09:00", 1_000, "weld")
    ]


def test_capacity_is_there_in_working_time_and_an_outage_takes_it_away() -> None:
    history = need(a_crew().phase("weld", 1), "weld")
    out = OutageReported(since=at("2026-03-02 10:00"), until=at("2026-03-02 14:00"), kind="absence")
    load = loaded(history.record(CREW, out, effective_at=at("2026-03-02 10:00")))
    assert there(load, "2026-03-02 00:00", "2026-03-02 23:59") == [
        ("03-02 08:00", "03-02 10:00", 1_000),
        ("03-02 14:00", "03-02 17:00", 1_000),
    ]
    assert over(load) == [("03-02 10:00", "03-02 14:00", 180, ("weld",))]


def test_a_crew_with_its_own_calendar_lacks_where_a_phase_works_and_it_does_not() -> None:
    history = a_crew(calendar_id="plant").phase("weld", 6, calendar_id="six")
    assert over(loaded(need(history, "weld"))) == [("03-07 08:00", "03-07 17:00", DAY, ("weld",))]


def test_a_crew_without_a_calendar_works_whenever_a_phase_does_that_needs_it() -> None:
    history = a_crew().phase("weld", 6, calendar_id="six")
    load = loaded(need(history, "weld"))
    assert over(load) == []
    assert there(load, "2026-03-07 00:00", "2026-03-07 23:00") == [
        ("03-07 08:00", "03-07 12:00", 1_000),
        ("03-07 13:00", "03-07 17:00", 1_000),
    ]


def test_overtime_follows_the_day_and_on_a_free_day_begins_when_others_do() -> None:
    history = (
        a_crew()
        .phase("weld", 6)
        .record(CREW, OvertimeAuthorised(date=date(2026, 3, 6), minutes=90))
    )
    history.record(CREW, OvertimeAuthorised(date=date(2026, 3, 7), minutes=120))
    load = loaded(history)
    assert there(load, "2026-03-06 13:00", "2026-03-08 00:00") == [
        ("03-06 13:00", "03-06 18:30", 1_000),
        ("03-07 08:00", "03-07 10:00", 1_000),
    ]
    history.record(CREW, OvertimeAuthorised(date=date(2026, 3, 7), minutes=0))
    assert there(loaded(history), "2026-03-07 00:00", "2026-03-08 00:00") == []


def test_of_material_and_of_what_nobody_counted_there_is_no_capacity() -> None:
    for history in (a_crew(None), a_crew(resource_class="material")):
        assert loaded(need(history.phase("weld", 1), "weld")).capacity is None


def gaps(history: History, until: str) -> list[SkillGap]:
    network = told(history)
    schedule = network.schedule()
    assert schedule is not None
    begin: datetime = network.data_date or at("2026-03-02 08:00")
    span = minute_of(begin), minute_of(at(until))
    return skill_gaps(network, loads(network, schedule, span), span)


def test_effort_by_skill_is_held_against_what_others_leave_free() -> None:
    history = a_crew().phase("weld", 2).phase("fit", 1).phase("tidy", 1)
    need(history, "weld", 1_000, "welding", 1_500)
    need(history, "fit", 1_000, "welding")
    need(history, "tidy", 500)
    # Two days of one person, less half a day that tidying takes.
    assert gaps(history, "2026-03-04 00:00") == [
        SkillGap("welding", 1_980_000, 720_000, ("crew",), ("fit", "weld"))
    ]
    assert gaps(history, "2026-03-04 00:00")[0].gap_milli_min == 1_260_000


def test_effort_shrinks_as_what_remains_does() -> None:
    history = need(a_crew().phase("weld", 2), "weld", 1_000, "welding", 1_500)
    history.started("weld", "2026-03-02 08:00").progressed("weld", 320, "2026-03-03 08:00")
    history.data_date("2026-03-03 08:00")
    (gap,) = gaps(history, "2026-03-04 00:00")
    assert (gap.needed_milli_min, gap.free_milli_min) == (500_000, 480_000)


def test_overtime_is_free_capacity_too() -> None:
    history = need(a_crew().phase("weld", 2), "weld", 1_000, "welding", 1_500)
    history.record(CREW, OvertimeAuthorised(date=date(2026, 3, 3), minutes=60))
    (gap,) = gaps(history, "2026-03-04 00:00")
    assert gap.free_milli_min == 1_020_000


def test_where_nobody_counted_a_crew_the_gap_is_not_known() -> None:
    (gap,) = gaps(need(a_crew(None).phase("weld", 2), "weld", 1_000, "welding"), "2026-03-04 00:00")
    assert (gap.needed_milli_min, gap.free_milli_min, gap.gap_milli_min) == (960_000, None, None)
