"""Merge many branches one after the other: what is taken in is checked again, all or nothing."""

from graphlib import CycleError, TopologicalSorter
from random import Random
from typing import Any

from consumers.branch_answers import branches
from consumers.branching import Branches
from consumers.canonical_json import canonical
from consumers.deciding import Ask, Request
from consumers.dispatch import Dispatcher
from consumers.views import Views
from domain.log.catalogue import catalogue
from domain.log.port import MessageKey, Outcome
from projections.schedule import ScheduleProjection
from tests.simulation.memory_log import MemoryLog, Tables
from tests.unit.consumers.systems import COORDINATES, START

PHASES = 40
BRANCHES = 150
DAY_MIN = 480


class Plant:
    """A project of forty phases without a link, in a log in memory."""

    def __init__(self) -> None:
        self.log = MemoryLog(Tables(), catalogue())
        self.dispatcher = Dispatcher(self.log)
        self.asked = 0
        opening = {
            "name": "P",
            "zone": "UTC",
            "calendar_id": "day",
            "start": "2026-03-02T08:00:00Z",
        }
        self.ask("project.open.v1", **opening)
        for number in range(PHASES):
            planned = {"phase_id": f"p{number}", "name": "p", "department_id": "hall"}
            self.ask("plan.plan_phase.v1", **planned, duration_min=DAY_MIN)

    def ask(self, command: str, /, **data: Any) -> Outcome:  # noqa: ANN401  As JSON.
        self.asked += 1
        ask = Ask(MessageKey("tests", str(self.asked)), COORDINATES, START)
        request = Request(command, canonical({"project_id": "P", **data}))
        return self.dispatcher.dispatch_batch([request], ask)

    def add(self, branch_id: str, command: str, /, **data: Any) -> None:  # noqa: ANN401
        told = {"command": command, "data": {"project_id": "P", **data}}
        assert self.ask("branch.add_request.v1", branch_id=branch_id, **told).kind == "recorded"


def closes_a_circle(links: set[tuple[str, str]]) -> bool:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for pred, succ in links:
        sorter.add(succ, pred)
    try:
        sorter.prepare()
    except CycleError:
        return True
    return False


def test_of_many_branches_each_is_merged_whole_or_refused_whole() -> None:
    plant, dice = Plant(), Random(11)
    wanted = {}
    for number in range(BRANCHES):
        branch_id = f"b{number}"
        pred, succ = dice.sample(range(PHASES), 2)
        wanted[branch_id] = (f"p{pred}", f"p{succ}")
        assert plant.ask("branch.open.v1", branch_id=branch_id, title="t").kind == "recorded"
        # The first request could always be granted, so it shows whether a refusal took it back.
        plant.add(branch_id, "plan.revise_phase.v1", phase_id=f"p{pred}", name=branch_id)
        ends = {"pred": f"p{pred}", "succ": f"p{succ}"}
        plant.add(branch_id, "plan.link_phases.v1", link_id=branch_id, **ends)
    links: set[tuple[str, str]] = set()
    names: dict[str, str] = {}
    refused = []
    for branch_id, link in wanted.items():
        head = plant.log.head()
        outcome = plant.ask("branch.merge.v1", branch_id=branch_id)
        if link in links:
            inner = "duplicate_link"
        elif closes_a_circle({*links, link}):
            inner = "cycle"
        else:
            assert outcome.kind == "recorded"
            links.add(link)
            names[link[0]] = branch_id
            continue
        refused.append(branch_id)
        assert (outcome.kind, outcome.code, plant.log.head()) == ("refused", "merge_refused", head)
        assert f"request 2 of the branch, plan.link_phases.v1: {inner}: " in outcome.text
    plan, _ = plant.dispatcher.state_of("plan-P")
    assert {(each.pred, each.succ) for each in plan.links.values()} == links
    assert {id_: each.name for id_, each in plan.phases.items() if each.name != "p"} == names
    assert 0 < len(refused) < BRANCHES
    views = Views(
        plant.log,
        {"schedule": ScheduleProjection()},
        {},
        Branches(plant.log, plant.dispatcher),
    )
    stages = {each["id"]: each["stage"] for each in branches(views, "P", {})["branches"]}
    assert {id_ for id_, stage in stages.items() if stage == "open"} == set(refused)
    assert len(stages) == BRANCHES
