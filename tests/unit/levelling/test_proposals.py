"""What is proposed for a project: who waits for what, what stays, and what cannot be."""

import pytest

from domain.kernel.minutes import instant_of, minute_of
from domain.levelling.improvement import first_schedule
from domain.levelling.of_network import Shortage
from domain.levelling.problem import LevellingError, Wait
from domain.levelling.proposal import Proposal, propose
from domain.levelling.waits import Overbooking
from domain.phases.events import PhaseInterrupted
from domain.planning.network import Driver
from domain.plans.events import ConstraintSet
from domain.resources.events import CapacitySet, ResourceRegistered
from tests.unit.levelling.projects import need, out, resources, told
from tests.unit.projections.histories import MONDAY, PROJECT, History, at


def plan(*phases: str, days: int = 1, **capacities: int) -> History:
    """Return the history of a plan whose phases all need the press."""
    history = resources(History().opened().calendar("plant"), **(capacities or {"press": 1_000}))
    for phase_id in phases:
        need(history.phase(phase_id, days), phase_id, "press")
    return history


def proposed(history: History, fence_days: int = 0) -> Proposal:
    found = propose(told(history), first_schedule, fence_days)
    assert found is not None
    assert found.agrees
    return found


def starts(found: Proposal) -> dict[str, str]:
    return {row.id: f"{instant_of(row.start):%m-%d %H:%M}" for row in found.after.phases.values()}


def minute(text: str) -> int:
    return minute_of(at(text))


def test_of_two_that_need_one_press_the_second_waits_and_says_for_whom() -> None:
    found = proposed(plan("cut", "weld"))
    assert starts(found) == {"cut": "03-02 08:00", "weld": "03-03 08:00"}
    until = minute("2026-03-02 17:00")
    assert found.placed["weld"].waits_for == (Wait("press", ("cut",), until),)
    assert found.after.phases["weld"].driver == Driver("resource", "press")
    assert found.placed["cut"].waits_for == ()


def test_as_many_run_at_once_as_there_are_presses_and_no_more() -> None:
    found = proposed(plan("a", "b", "c", "d", press=3_000))
    assert sorted(starts(found).values()) == ["03-02 08:00"] * 3 + ["03-03 08:00"]


def test_shares_of_a_press_add_up() -> None:
    history = resources(History().opened().calendar("plant"), press=1_000)
    for phase_id, milli in (("a", 400), ("b", 600), ("c", 1)):
        need(history.phase(phase_id), phase_id, "press", milli)
    assert sorted(starts(proposed(history)).values()) == ["03-02 08:00"] * 2 + ["03-03 08:00"]


def test_a_phase_that_needs_two_resources_waits_for_the_later_one() -> None:
    history = plan("cut", "weld", press=1_000, crew=1_000)
    need(history.phase("paint", 3), "paint", "crew")
    need(history, "weld", "crew")
    history.link("cut", "weld")
    found = proposed(history)
    assert starts(found) == {"cut": "03-02 08:00", "paint": "03-02 08:00", "weld": "03-05 08:00"}
    until = minute("2026-03-04 17:00")
    assert found.placed["weld"].waits_for == (Wait("crew", ("paint",), until),)


def test_one_outage_gives_one_proposal_for_all_phases_it_concerns() -> None:
    history = plan("cut", "weld", "paint", press=3_000)
    found = proposed(out(history, "press", 0, 30))
    assert starts(found) == dict.fromkeys(("cut", "paint", "weld"), "03-03 14:00")
    until = minute("2026-03-03 14:00")
    for phase_id in ("cut", "paint", "weld"):
        assert found.placed[phase_id].waits_for == (Wait("press", (), until),)


def test_less_of_a_resource_from_a_day_on_counts_from_that_day() -> None:
    history = plan("a", "b", "c", "d", press=2_000)
    fewer = CapacitySet(milli_units=1_000, valid_from=at("2026-03-03 00:00"))
    history.record(f"resource-{PROJECT}/press", fewer)
    found = proposed(history)
    assert sorted(starts(found).values()) == [
        "03-02 08:00", "03-02 08:00", "03-03 08:00", "03-04 08:00",
    ]  # fmt: skip


def test_an_outage_without_an_end_leaves_no_room() -> None:
    with pytest.raises(LevellingError, match="cut asks more of press") as refused:
        proposed(out(plan("cut"), "press", 0, None))
    assert (refused.value.code, refused.value.ids) == ("over_capacity", ("cut", "press"))


def test_what_runs_goes_on_and_others_wait_for_it() -> None:
    history = plan("cut", "weld", days=2).started("weld", "2026-03-02 08:00")
    history.progressed("weld", 240, "2026-03-02 12:00").data_date("2026-03-02 12:00")
    found = proposed(history)
    assert starts(found) == {"cut": "03-03 08:00", "weld": "03-02 08:00"}
    assert found.after.phases["weld"].finish == minute("2026-03-02 17:00")
    assert [wait.held_by for wait in found.placed["cut"].waits_for] == [("weld",)]


def test_the_rest_of_what_was_interrupted_waits_like_any_other_work() -> None:
    history = plan("cut", "weld").started("weld", "2026-03-02 08:00")
    at_noon = at("2026-03-02 12:00")
    history.fact("weld", PhaseInterrupted(at=at_noon, stop_code="power"), at_noon)
    history.started("cut", "2026-03-02 13:00").data_date("2026-03-02 13:00")
    found = proposed(history)
    assert [wait.held_by for wait in found.placed["weld"].waits_for] == [("cut",)]
    assert found.after.phases["cut"].finish == minute("2026-03-03 12:00")
    assert found.after.phases["weld"].finish == minute("2026-03-04 12:00")


def test_a_mandatory_date_stays_and_others_go_around_it() -> None:
    history = plan("cut", "weld")
    history.plan(ConstraintSet(phase_id="weld", kind="MSO", at=MONDAY))
    assert starts(proposed(history)) == {"cut": "03-03 08:00", "weld": "03-02 08:00"}


def test_what_should_be_as_late_as_possible_is_where_its_resource_is_free() -> None:
    history = plan("cut", "weld", "late")
    history.phase("long", 4).plan(ConstraintSet(phase_id="late", kind="ALAP"))
    assert starts(proposed(history))["late"] == "03-05 08:00"
    need(history, "long", "press")
    assert starts(proposed(history)) == {
        "cut": "03-02 08:00", "weld": "03-03 08:00", "late": "03-05 08:00", "long": "03-06 08:00",
    }  # fmt: skip


def test_a_finish_that_may_not_be_sooner_holds_the_resource_until_it_is_there() -> None:
    history = plan("weld", "cut").calendar("six", "123456")
    history.phase("saturday", calendar_id="six")
    need(history, "saturday", "press")
    saturday, sunday = at("2026-03-07 08:00"), at("2026-03-08 12:00")
    history.plan(ConstraintSet(phase_id="weld", kind="FNET", at=sunday))
    history.plan(ConstraintSet(phase_id="saturday", kind="SNET", at=saturday))
    found = proposed(history)
    assert found.after.phases["weld"].finish == minute("2026-03-09 08:00")
    assert starts(found)["saturday"] == "03-09 08:00"


def test_work_that_cannot_move_may_ask_for_too_much_and_is_told() -> None:
    history = plan("cut", "weld").started("cut", "2026-03-02 08:00")
    history.plan(ConstraintSet(phase_id="weld", kind="MSO", at=at("2026-03-02 13:00")))
    begin, end = minute("2026-03-02 13:00"), minute("2026-03-02 17:00")
    assert proposed(history).overbooked == (Overbooking("press", begin, end, 1_000),)


def test_inside_the_fence_work_stays_where_it_was_told_though_the_end_comes_later() -> None:
    """The long chain would be done sooner if the short job gave way to it."""
    history = plan("short", "first", days=5).link("first", "then")
    history.phase("then", 10).data_date("2026-03-02 08:00")
    history.plan(ConstraintSet(phase_id="first", kind="SNET", at=at("2026-03-03 08:00")))
    free, fenced = proposed(history), proposed(history, fence_days=1)
    assert starts(free)["first"] == "03-03 08:00"
    assert starts(fenced)["short"] == "03-02 08:00"
    assert fenced.solution.disturbance == 0
    assert fenced.after.finish > free.after.finish


def test_without_a_data_date_there_is_no_fence() -> None:
    assert proposed(plan("cut", "weld"), fence_days=5).frozen_until is None


def test_who_needs_more_than_there_ever_is_is_given_all_of_it_and_named() -> None:
    history = plan("cut")
    need(history.phase("weld"), "weld", "press", 1_500)
    found = proposed(history)
    assert found.supply.shortages == (Shortage("weld", "press", 1_500, 1_000),)
    assert sorted(starts(found).values()) == ["03-02 08:00", "03-03 08:00"]


def test_what_nobody_counted_holds_nothing_back_and_is_named() -> None:
    history = History().opened().calendar("plant")
    for phase_id in ("cut", "weld"):
        need(history.phase(phase_id), phase_id, "crane")
    found = proposed(history)
    assert found.supply.without_capacity == ("crane",)
    assert found.after == found.before


def test_material_is_used_up_not_held() -> None:
    history = plan("cut", "weld", press=1_000)
    steel = ResourceRegistered(name="Steel", resource_class="material", department_id="shop")
    stream = f"resource-{PROJECT}/steel"
    history.record(stream, steel).record(stream, CapacitySet(milli_units=1))
    need(history, "cut", "steel", 5_000)
    found = proposed(history)
    assert [resource.id for resource in found.supply.resources] == ["press"]
    assert found.supply.without_capacity == ()
    assert found.supply.shortages == ()


def test_a_project_without_a_schedule_has_no_proposal() -> None:
    history = plan("cut", "weld").link("cut", "weld").link("weld", "cut")
    project = told(history)
    assert propose(project, first_schedule, 0) is None
    assert project.problem is not None
    assert project.problem.code == "cycle"
