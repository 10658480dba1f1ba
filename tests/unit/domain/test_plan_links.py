"""Hold the links of a plan to an acyclic network, however large and however it came about."""

from itertools import pairwise

import pytest
from pydantic import ValidationError

from domain.kernel.messages import DomainEvent, Recorded
from domain.kernel.refusals import (
    Cycle,
    DuplicateId,
    DuplicateLink,
    LevelOfEffortDrives,
    LinkToAncestor,
    SelfLink,
    UnknownSubject,
)
from domain.plans.commands import LinkPhases, PlanPhase, UnlinkPhases
from domain.plans.decisions import DECIDER
from domain.plans.events import (
    LAG_MIN_MAX,
    DependencyAdded,
    DependencyChanged,
    DependencyRemoved,
    Lag,
    LinkType,
    PhasePlanned,
)
from domain.plans.state import Plan
from domain.plans.surroundings import Surroundings
from tests.builders import ASKED, PROJECT, envelope, history
from tests.builders import MONDAY as AT
from tests.spec import Spec

STREAM = f"plan-{PROJECT}"
OPEN = Surroundings(project_exists=True, project_closed=False)
LONG = 10_000

a_plan = Spec(DECIDER, STREAM, OPEN)


def planned(phase_id: str, parent: str | None = None, kind: str = "task") -> PhasePlanned:
    return PhasePlanned.model_validate(
        {
            "phase_id": phase_id,
            "wbs": "",
            "name": phase_id,
            "department_id": "welding",
            "kind": kind,
            "duration_min": 0,
            "parent": parent,
        }
    )


def link(pred: str, succ: str, link_id: str = "L1", link_type: LinkType = "FS") -> LinkPhases:
    return LinkPhases(
        project_id=PROJECT, link_id=link_id, pred=pred, succ=succ, link_type=link_type
    )


def linked(
    pred: str, succ: str, link_id: str = "L1", link_type: LinkType = "FS"
) -> DependencyAdded:
    return DependencyAdded(link_id=link_id, pred=pred, succ=succ, link_type=link_type)


unlink = UnlinkPhases(project_id=PROJECT, link_id="L1")
cut, weld, paint = planned("cut"), planned("weld"), planned("paint")


def test_phases_are_linked_once() -> None:
    a_plan.given(cut, weld).when(link("cut", "weld")).then(linked("cut", "weld")).when(
        link("cut", "weld")
    ).then()


def test_a_link_keeps_its_ends_and_changes_how_it_waits() -> None:
    lag = Lag(value=-120)
    overlap = link("cut", "weld").model_copy(update={"link_type": "SS", "lag": lag})
    changed = DependencyChanged(link_id="L1", link_type="SS", lag=lag)
    before = (cut, weld, paint, linked("cut", "weld"))
    a_plan.given(*before).when(overlap).then(changed).when(overlap).then()
    a_plan.given(*before).when(link("cut", "paint")).then_refused(DuplicateId, "cut to weld")


def test_a_phase_does_not_wait_for_itself() -> None:
    a_plan.given(cut).when(link("cut", "cut")).then_refused(SelfLink, "cut")


@pytest.mark.parametrize(("pred", "succ"), [("cut", "gone"), ("gone", "cut")])
def test_a_phase_that_is_not_planned_is_not_linked(pred: str, succ: str) -> None:
    a_plan.given(cut).when(link(pred, succ)).then_refused(UnknownSubject, "gone")


@pytest.mark.parametrize(("pred", "succ"), [("frame", "cut"), ("cut", "frame")])
def test_a_phase_is_not_linked_to_what_is_above_it(pred: str, succ: str) -> None:
    before = (planned("frame"), planned("inner", "frame"), planned("cut", "inner"))
    a_plan.given(*before).when(link(pred, succ)).then_refused(LinkToAncestor, "frame is above cut")


def test_two_links_of_one_type_do_not_join_the_same_phases() -> None:
    before = (cut, weld, linked("cut", "weld"))
    a_plan.given(*before).when(link("cut", "weld", "L2")).then_refused(DuplicateLink, "L1")


def test_links_of_different_types_may_join_the_same_phases() -> None:
    overlap = linked("cut", "weld", "L2", "SS")
    before = (cut, weld, linked("cut", "weld"))
    after = a_plan.given(*before).when(link("cut", "weld", "L2", "SS")).then(overlap)
    after.when(link("cut", "weld", "L2", "FS")).then_refused(DuplicateLink, "L1")
    after.when(unlink).then(DependencyRemoved(link_id="L1"))


def test_a_level_of_effort_drives_nothing_but_may_wait() -> None:
    before = (cut, planned("supervise", kind="level_of_effort"))
    a_plan.given(*before).when(link("supervise", "cut")).then_refused(LevelOfEffortDrives)
    a_plan.given(*before).when(link("cut", "supervise")).then(linked("cut", "supervise"))


def test_a_cycle_is_refused_and_named() -> None:
    before = (cut, weld, paint, linked("cut", "weld", "L1"), linked("weld", "paint", "L2"))
    a_plan.given(cut, weld, linked("cut", "weld")).when(link("weld", "cut", "L3")).then_refused(
        Cycle, "cut", "weld"
    )
    a_plan.given(*before).when(link("paint", "cut", "L3")).then_refused(
        Cycle, "paint -> cut -> weld -> paint"
    )


def test_a_cycle_through_a_summary_is_refused() -> None:
    before = (planned("frame"), planned("cut", "frame"), weld, linked("frame", "weld"))
    a_plan.given(*before).when(link("weld", "cut", "L2")).then_refused(Cycle, "weld -> cut")


def test_a_link_goes_the_other_way_once_the_first_is_gone() -> None:
    before = (cut, weld, linked("cut", "weld"))
    after = a_plan.given(*before).when(unlink).then(DependencyRemoved(link_id="L1"))
    after.when(unlink).then()
    after.when(link("weld", "cut")).then(linked("weld", "cut"))


def test_two_links_between_phases_bar_the_way_back_until_both_are_gone() -> None:
    before = (cut, weld, linked("cut", "weld"), linked("cut", "weld", "L2", "SS"))
    after = a_plan.given(*before).when(unlink).then(DependencyRemoved(link_id="L1"))
    after.when(link("weld", "cut", "L3")).then_refused(Cycle)


def test_a_link_nobody_made_is_not_removed() -> None:
    a_plan.given(cut).when(unlink).then_refused(UnknownSubject, "L1")


@pytest.mark.parametrize("minutes", [LAG_MIN_MAX, -LAG_MIN_MAX])
def test_a_lag_of_ten_years_cannot_even_be_asked_for(minutes: int) -> None:
    with pytest.raises(ValidationError, match=r"less than|greater than"):
        Lag(value=minutes)


def edited(plan: Plan, *commands: PlanPhase | LinkPhases) -> Plan:
    """Decide a batch as the dispatcher does: each on what the one before it left."""
    for command in commands:
        for event in DECIDER.decide(command, plan, ASKED, OPEN):
            around = envelope(event, AT, 1)
            plan = DECIDER.evolve(plan, Recorded(event, around, STREAM, 1, 1))
    return plan


def chain(length: int) -> Plan:
    names = [f"p{number:05d}" for number in range(length)]
    phases = (
        PlanPhase(project_id=PROJECT, phase_id=name, name=name, department_id="d", duration_min=1)
        for name in names
    )
    links = (link(pred, succ, f"L-{succ}") for pred, succ in pairwise(names))
    return edited(Plan(), *phases, *links)


def test_a_chain_of_ten_thousand_closed_into_a_loop_is_refused() -> None:
    plan = chain(LONG)
    assert len(plan.links) == LONG - 1
    back = link(f"p{LONG - 1:05d}", "p00000", "back")
    with pytest.raises(Cycle, match=rf"p0{LONG - 1} -> p00000 -> .*\({LONG - 12} more\)"):
        DECIDER.decide(back, plan, ASKED, OPEN)


def test_one_phase_may_have_ten_thousand_predecessors() -> None:
    phases = (
        PlanPhase(project_id=PROJECT, phase_id=f"p{n}", name="x", department_id="d", duration_min=1)
        for n in range(LONG + 1)
    )
    plan = edited(Plan(), *phases, *(link(f"p{n}", f"p{LONG}", f"L{n}") for n in range(LONG)))
    assert len(plan.links) == LONG
    with pytest.raises(Cycle):
        DECIDER.decide(link(f"p{LONG}", "p17", "back"), plan, ASKED, OPEN)


def test_a_fork_is_changed_alone() -> None:
    plan = a_plan.given(
        planned("frame"), planned("cut", "frame"), weld, linked("cut", "weld")
    ).state
    fork = DECIDER.fork(plan)
    edited(
        fork,
        PlanPhase(
            project_id=PROJECT,
            phase_id="paint",
            name="p",
            department_id="d",
            duration_min=1,
            parent="frame",
        ),
        link("paint", "weld", "L2"),
    )
    assert set(fork.phases) - set(plan.phases) == {"paint"}
    assert set(plan.links) == {"L1"}
    assert plan.network.children == {"frame": ["cut"]}
    assert list(plan.network.links()) == [("cut", "weld")]
    with pytest.raises(Cycle):
        DECIDER.decide(link("weld", "paint", "L3"), fork, ASKED, OPEN)


@pytest.mark.parametrize(
    "impossible",
    [
        (cut, weld, linked("cut", "weld"), linked("weld", "cut", "L2")),
        (cut, linked("cut", "weld")),
        (cut, weld, linked("cut", "weld"), linked("cut", "weld")),
        (cut, weld, linked("cut", "weld"), linked("cut", "weld", "L2")),
        (DependencyRemoved(link_id="L1"),),
        (DependencyChanged(link_id="L1", link_type="SS"),),
    ],
)
def test_links_no_decision_makes_are_a_corrupt_log(impossible: tuple[DomainEvent, ...]) -> None:
    with pytest.raises(AssertionError, match=r"cannot follow|closes a cycle"):
        DECIDER.fold(history(STREAM, *impossible))
