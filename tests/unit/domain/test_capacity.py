"""What a project's network knows of its resources: needs, capacity over time, outages."""

from datetime import datetime

from domain.kernel.messages import DomainEvent
from domain.kernel.minutes import minute_of
from domain.network.capacity import ResourceLine
from domain.network.fold import fold
from domain.network.project_network import ProjectNetwork
from domain.plans.events import (
    PhaseRemoved,
    ResourceRequirementCleared,
    ResourceRequirementSet,
)
from domain.resources.events import CapacitySet, OutageEnded, OutageReported, ResourceRegistered
from domain.resources.facts import ALWAYS
from tests.unit.projections.histories import PROJECT, History, at

PRESS = f"resource-{PROJECT}/press"


def told(history: History) -> ProjectNetwork:
    network = ProjectNetwork(PROJECT)
    for recorded in history.events:
        fold(network, recorded)
    return network


def press(*events: tuple[DomainEvent, datetime | None]) -> ResourceLine:
    history = History().opened()
    for event, effective_at in events:
        history.record(PRESS, event, effective_at=effective_at)
    line = told(history).resources.get("press")
    assert line is not None
    return line


def out(since: str, until: str | None = None) -> tuple[DomainEvent, datetime]:
    end = None if until is None else at(until)
    return OutageReported(since=at(since), until=end, kind="breakdown"), at(since)


def steps(*expected: tuple[str, int]) -> tuple[tuple[int, int], ...]:
    return tuple((ALWAYS if not when else minute_of(at(when)), milli) for when, milli in expected)


def test_a_phase_needs_what_was_said_last_and_nothing_once_it_is_planned_anew() -> None:
    history = History().opened().phase("weld")

    def needs(resource_id: str, milli: int) -> None:
        history.plan(ResourceRequirementSet(phase_id="weld", resource_id=resource_id, milli=milli))

    needs("press", 1_000)
    needs("crew", 2_000)
    needs("press", 500)
    assert told(history).lines["weld"].requirements == (("crew", 2_000), ("press", 500))
    history.plan(ResourceRequirementCleared(phase_id="weld", resource_id="crew"))
    assert told(history).lines["weld"].requirements == (("press", 500),)
    history.plan(PhaseRemoved(phase_id="weld")).phase("weld")
    assert told(history).lines["weld"].requirements == ()


def test_a_resource_is_known_by_what_registered_it() -> None:
    line = press(
        (ResourceRegistered(name="Press", resource_class="material", department_id="hall"), None)
    )
    assert (line.name, line.department, line.is_consumed) == ("Press", "hall", True)
    assert line.steps() == ()


def test_capacity_holds_from_its_date_on_and_one_without_a_date_from_ever() -> None:
    line = press(
        (CapacitySet(milli_units=1_000), None),
        (CapacitySet(milli_units=3_000, valid_from=at("2026-06-01 00:00")), None),
        (CapacitySet(milli_units=2_000, valid_from=at("2026-04-01 00:00")), None),
    )
    assert line.steps() == steps(
        ("", 1_000), ("2026-04-01 00:00", 2_000), ("2026-06-01 00:00", 3_000)
    )


def test_before_the_first_date_there_is_as_much_as_from_it_on() -> None:
    line = press((CapacitySet(milli_units=2_000, valid_from=at("2026-04-01 00:00")), None))
    assert line.steps() == steps(("", 2_000))


def test_nothing_is_there_while_the_resource_is_out() -> None:
    line = press(
        (CapacitySet(milli_units=1_000), None), out("2026-03-02 08:00", "2026-03-03 08:00")
    )
    assert line.steps() == steps(("", 1_000), ("2026-03-02 08:00", 0), ("2026-03-03 08:00", 1_000))


def test_an_outage_without_an_end_lasts_until_one_is_told() -> None:
    open_ended = (CapacitySet(milli_units=1_000), None), out("2026-03-02 08:00")
    assert press(*open_ended).steps() == steps(("", 1_000), ("2026-03-02 08:00", 0))
    ended = OutageEnded(at=at("2026-03-04 10:00")), at("2026-03-04 10:00")
    assert press(*open_ended, ended).steps() == steps(
        ("", 1_000), ("2026-03-02 08:00", 0), ("2026-03-04 10:00", 1_000)
    )
