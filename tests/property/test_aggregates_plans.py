"""Hold plans to their laws: whatever is asked, the network stays one that can be worked through."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.messages import Recorded
from domain.kernel.refusals import Cycle, DomainError
from domain.planning.acyclic import find_cycle
from domain.plans.commands import (
    LinkPhases,
    PlanCommand,
    PlanPhase,
    RemovePhase,
    RevisePhase,
    UnlinkPhases,
)
from domain.plans.decisions import DECIDER
from domain.plans.network import PlanNetwork
from domain.plans.state import Plan
from domain.plans.surroundings import Surroundings
from tests.builders import ASKED, LATE_MATERIAL, MONDAY, PROJECT, envelope

OPEN = Surroundings(project_exists=True, project_closed=False)
STREAM = f"plan-{PROJECT}"

ids = st.sampled_from([f"p{number}" for number in range(9)])
link_ids = st.sampled_from([f"L{number}" for number in range(14)])
phases = st.builds(
    lambda phase, parent, kind: PlanPhase(
        project_id=PROJECT,
        phase_id=phase,
        name=phase,
        department_id="welding",
        kind=kind,
        duration_min=0,
        parent=parent,
    ),
    ids,
    st.none() | ids,
    st.sampled_from(["task", "task", "task", "level_of_effort"]),
)
links = st.builds(
    lambda link, pred, succ, kind: LinkPhases(
        project_id=PROJECT, link_id=link, pred=pred, succ=succ, link_type=kind
    ),
    link_ids,
    ids,
    ids,
    st.sampled_from(["FS", "SS", "FF", "SF"]),
)
moves = st.builds(
    lambda phase, parent: RevisePhase(project_id=PROJECT, phase_id=phase, parent=parent), ids, ids
)
unlinks = st.builds(lambda link: UnlinkPhases(project_id=PROJECT, link_id=link), link_ids)
removals = st.builds(
    lambda phase: RemovePhase(project_id=PROJECT, phase_id=phase, reason=LATE_MATERIAL), ids
)
edits: st.SearchStrategy[list[PlanCommand]] = st.lists(
    st.one_of(phases, phases, links, links, links, moves, unlinks, removals), max_size=60
)


def asked_for(plan: Plan, command: PlanCommand) -> Plan:
    """Decide one request and take in what came of it; a refused one changes nothing."""
    try:
        events = DECIDER.decide(command, plan, ASKED, OPEN)
    except DomainError:
        return plan
    for event in events:
        plan = DECIDER.evolve(plan, Recorded(event, envelope(event, MONDAY, 1), STREAM, 1, 1))
    return plan


def planned_by(commands: list[PlanCommand]) -> Plan:
    plan = DECIDER.initial()
    for command in commands:
        plan = asked_for(plan, command)
    return plan


def must_follow(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield what must follow what, told from phases and links alone: entries before exits."""
    for phase, parent in plan.network.parents.items():
        yield f"{phase} in", f"{phase} out"
        if parent is not None:
            yield f"{parent} in", f"{phase} in"
            yield f"{phase} out", f"{parent} out"
    for link in plan.links.values():
        yield f"{link.pred} out", f"{link.succ} in"


@given(edits)
def test_whatever_is_asked_the_network_has_an_order(commands: list[PlanCommand]) -> None:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for before, after in must_follow(planned_by(commands)):
        sorter.add(after, before)
    try:
        sorter.prepare()
    except CycleError as cycle:
        raise AssertionError(cycle) from cycle


@given(edits, links)
def test_a_link_is_refused_as_a_cycle_exactly_where_it_would_close_one(
    commands: list[PlanCommand], link: LinkPhases
) -> None:
    plan = planned_by(commands)
    refused = False
    try:
        DECIDER.decide(link, plan, ASKED, OPEN)
    except Cycle:
        refused = True
    except DomainError:
        return
    is_new = link.link_id not in plan.links
    ends = [(known.pred, known.succ) for known in plan.links.values()]
    cycle = find_cycle(plan.network.parents, [*ends, (link.pred, link.succ)])
    assert refused is (is_new and cycle is not None)


@given(edits, moves)
def test_a_move_is_refused_as_a_cycle_exactly_where_it_would_close_one(
    commands: list[PlanCommand], move: RevisePhase
) -> None:
    plan = planned_by(commands)
    refused = False
    try:
        DECIDER.decide(move, plan, ASKED, OPEN)
    except Cycle:
        refused = True
    except DomainError:
        return
    ends = [(known.pred, known.succ) for known in plan.links.values()]
    parents = {**plan.network.parents, move.phase_id: move.parent}
    assert refused is (find_cycle(parents, ends) is not None)


@given(edits)
def test_a_request_made_twice_changes_nothing_the_second_time(commands: list[PlanCommand]) -> None:
    plan = DECIDER.initial()
    for command in commands:
        try:
            DECIDER.decide(command, plan, ASKED, OPEN)
        except DomainError:
            continue
        plan = asked_for(plan, command)
        assert DECIDER.decide(command, plan, ASKED, OPEN) == ()


def told(plan: Plan) -> tuple[object, ...]:
    return (
        dict(plan.phases),
        dict(plan.links),
        dict(plan.network.parents),
        {phase: list(below) for phase, below in plan.network.children.items()},
        sorted(plan.network.links()),
        set(plan.removed),
        set(plan.unlinked),
    )


@given(edits, edits)
def test_what_is_done_to_a_fork_is_not_done_to_the_plan(
    before: list[PlanCommand], after: list[PlanCommand]
) -> None:
    plan = planned_by(before)
    as_it_was = told(plan)
    fork = DECIDER.fork(plan)
    for command in after:
        fork = asked_for(fork, command)
    assert told(plan) == as_it_was
    assert told(fork) == told(planned_by([*before, *after]))


@given(edits)
def test_the_links_kept_for_the_search_are_those_of_the_plan(commands: list[PlanCommand]) -> None:
    plan = planned_by(commands)
    kept = sorted((link.pred, link.succ) for link in plan.links.values())
    assert sorted(plan.network.links()) == kept
    assert set(plan.network.parents) == set(plan.phases)
    assert {link_id: known.twin_key for link_id, known in plan.links.items()} == {
        link_id: key for key, link_id in plan.twins.items()
    }


@pytest.mark.parametrize("seed", range(12))
def test_the_search_agrees_with_plain_reachability_in_larger_networks(seed: int) -> None:
    """Large enough that the search runs out of its budget and has to raise levels."""
    dice, size = Random(seed), 45
    network = PlanNetwork()
    names = [f"p{number}" for number in range(size)]
    for number, name in enumerate(names):
        network.add(name, dice.choice([None, *names[: min(number, 4)]]))
    links: list[tuple[str, str]] = []
    for _ in range(size * 5):
        pred, succ = dice.sample(names, 2)
        if dice.random() < 0.1 and links:
            gone = dice.choice(links)
            links.remove(gone)
            network.unlink(*gone)
        closes = find_cycle(network.parents, [*links, (pred, succ)]) is not None
        assert network.link_closes_cycle(pred, succ) is closes
        if not closes:
            network.link(pred, succ)
            links.append((pred, succ))
