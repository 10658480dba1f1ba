"""Count the load of resources under a schedule, by hand and beside a count minute by minute."""

from domain.levelling.load import Load, loads_of
from domain.network.project_network import ProjectNetwork
from domain.resources.events import ResourceRegistered
from tests.unit.levelling.projects import made_up, need, out, resources, told
from tests.unit.projections.histories import PROJECT, History

HOUR = 60


def a_day_each(*phases: str) -> History:
    history = resources(History().opened().calendar("plant"), press=1_000)
    for phase_id in phases:
        history.phase(phase_id, 1)
    return history


def test_two_at_once_are_an_overload_of_as_long_as_both_hold_the_resource() -> None:
    history = need(need(a_day_each("cut", "weld"), "cut", "press"), "weld", "press")
    assert loads_of(told(history)) == {"press": Load("press", 2_000, 9 * HOUR, 1_000)}
    history.link("cut", "weld")
    assert loads_of(told(history)) == {"press": Load("press", 1_000, 0, 0)}


def test_what_is_held_over_night_is_held_all_night() -> None:
    history = need(a_day_each("cut"), "cut", "press", 1_500).phase("weld", 2)
    need(history, "weld", "press", 1_000)
    # Both on Monday, noon included; Tuesday weld is alone, and within capacity.
    assert loads_of(told(history)) == {"press": Load("press", 2_500, 9 * HOUR, 1_500)}
    need(history, "weld", "press", 1_100)
    assert loads_of(told(history))["press"].overload_min == 33 * HOUR


def test_a_resource_that_is_out_is_overloaded_by_whoever_holds_it() -> None:
    history = out(need(a_day_each("cut"), "cut", "press"), "press", 1, 3)
    assert loads_of(told(history)) == {"press": Load("press", 1_000, 2 * HOUR, 1_000)}


def test_of_a_resource_nobody_measured_the_overload_is_unknown() -> None:
    history = need(a_day_each("cut"), "cut", "crane", 3_000)
    assert loads_of(told(history)) == {"crane": Load("crane", 3_000, None, None)}


def test_what_is_used_up_is_no_load_and_what_has_ended_holds_nothing() -> None:
    history = need(need(a_day_each("cut"), "cut", "press"), "cut", "sheet", 9_000)
    sheet = ResourceRegistered(name="Sheet", resource_class="material", department_id="shop")
    history.record(f"resource-{PROJECT}/sheet", sheet)
    assert set(loads_of(told(history))) == {"press"}
    history.started("cut", "2026-03-02 08:00").finished("cut", "2026-03-02 12:00")
    assert loads_of(told(history)) == {"press": Load("press", 0, 0, 0)}


def test_a_sweep_finds_what_a_count_minute_by_minute_finds() -> None:
    for seed in range(25):
        project = made_up(seed, phases=8)
        assert loads_of(project) == minute_by_minute(project), seed


def minute_by_minute(project: ProjectNetwork) -> dict[str, Load]:
    """Return the same by looking at every minute."""
    schedule = project.schedule()
    if schedule is None:
        return {}
    found = {}
    needs = {each for line in project.working_lines() for each, _ in line.requirements}
    for resource_id in sorted(needs):
        resource = project.resources.get(resource_id)
        assert resource is not None
        steps = resource.steps()
        spans = [
            (schedule.phases[line.id].start, schedule.phases[line.id].finish, milli)
            for line in project.working_lines()
            for each, milli in line.requirements
            if each == resource_id and not line.known.has_ended
        ]
        peak = overload = worst = 0
        begin = min((start for start, _, _ in spans), default=0)
        for at in range(begin, max((finish for _, finish, _ in spans), default=0)):
            asked = sum(milli for start, finish, milli in spans if start <= at < finish)
            there = next(amount for since, amount in reversed(steps) if since <= at)
            peak, worst = max(peak, asked), max(worst, asked - there)
            overload += asked > there
        found[resource_id] = Load(resource_id, peak, overload, worst)
    return found
