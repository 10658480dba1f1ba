"""Measure what the whole catalogue and all rules cost: intake with everything on, and its growth.

Both are ratios of one run. With everything on the events that policies ask for are on the bill too,
but only those that came from the plant are counted.
"""

import gc
import time
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from pydantic import SecretStr

from consumers.bootstrap import System, build
from consumers.demo.plant import Message, Plant
from consumers.settings import Settings
from domain.commitments.events import CommitmentAcknowledged, CommitmentRequested, PromiseDateMoved
from domain.kernel.messages import Recorded
from domain.phases.events import PhaseFinished, PhaseReleased, PhaseStarted, ProgressRecorded
from domain.plans.events import PhaseDurationRevised
from domain.policies.conflict_on_finding import ConflictOnFinding
from domain.projects.events import BaselineApproved
from domain.rules import RULES
from domain.rules.watched import Watched
from tests.benchmarks.rounds import rates, ratio
from tests.benchmarks.stores import Stores
from tests.benchmarks.table import Row
from tests.plants import Doors
from tests.unit.projections.histories import PROJECT, History

PLANT: Final = Plant(seed=20, at_once=6, phases=(30, 60), reporting=True)
EVENTS: Final = 1_500
PAGE: Final = 100
ROUNDS: Final = 3

SIZES: Final = (200, 1_000, 5_000)
CHAIN: Final = 10
CHAINS_WORKED: Final = 12
GROWTH_MAX: Final = 1.5
START: Final = datetime.fromisoformat("2026-03-02T08:00:00+00:00")


def everything(stores: Stores) -> Row:
    """Take a plant's messages in and project them, without policies and with all of them.

    The three projections are all that are stored; what else is asked for is folded when it is.
    """
    messages = list(PLANT.messages(EVENTS))
    with TemporaryDirectory(prefix="takt-bench-") as home:
        systems = (
            build(_settings(stores, Path(home) / str(number)), clock=lambda: messages[-1].at)
            for number in count()
        )
        made = [next(systems) for _ in range(2 * ROUNDS)]
        waiting = iter(made)
        cases = {
            "core": lambda: _taken_in(next(waiting), messages, is_all=False),
            "all": lambda: _taken_in(next(waiting), messages, is_all=True),
        }
        found = rates(cases, ROUNDS)
        for system in made:
            system.close()
    share = ratio(found["all"], found["core"])
    return Row(
        id=f"everything_{stores.name}",
        what=f"intake, projections, and policies with all {len(RULES)} rules",
        value=median(found["all"]),
        unit="events/s",
        against=f"intake, audit trail, schedule and status, {median(found['core']):,.0f}/s",
        ratio=share,
        target="stated",
        met=None,
    )


def _settings(stores: Stores, home: Path) -> Settings:
    if stores.name == "sqlite":
        return Settings(home=home)
    return Settings(home=home, database_url=SecretStr(stores.address()))


def _taken_in(system: System, messages: list[Message], *, is_all: bool) -> int:
    doors, begin = Doors(system.log, PAGE), 0
    events = 0
    while begin < len(messages):
        events += doors.take(messages[begin : begin + PAGE])
        begin += PAGE
        while system.engine.catch_up() or (is_all and system.policies.catch_up()):
            continue
    return events


def rules_growth() -> Row:
    """Judge the same events, each about one phase, in a project of 200, of 1,000 and of 5,000.

    The network is computed before the clock starts: what is measured is what all rules ask of it.
    """
    each = {size: _judged(size) for size in SIZES}
    share = each[SIZES[-1]] / each[SIZES[0]]
    others = ", ".join(f"{each[size]:,.0f} with {size:,}" for size in SIZES[:-1])
    return Row(
        id="rules_growth",
        what=f"all {len(RULES)} rules, an event about one phase of {SIZES[-1]:,}",
        value=each[SIZES[-1]],
        unit="µs of CPU",
        against=f"the same events in smaller projects: {others}",
        ratio=share,
        target=f"≤ {GROWTH_MAX}",
        met=share <= GROWTH_MAX,
    )


def _judged(size: int) -> float:
    """Return the microseconds of CPU that all rules take for an event of a project of a size."""
    policy, history = ConflictOnFinding(), _planned(size)
    project, state = Watched(PROJECT), policy.initial()
    planned = len(history.events)
    for recorded in history.events:
        project.take(recorded)
        policy.fold(state, recorded, project, more=recorded.position < planned)
    spent = 0
    worked = _worked(history)
    # As in a process that serves, garbage is not looked for among all that is known.
    gc.collect()
    gc.freeze()
    for recorded in worked:
        project.take(recorded)
        project.network.schedule()
        project.without_material.schedule()
        begin = time.process_time_ns()
        policy.fold(state, recorded, project)
        policy.due(state, project)
        spent += time.process_time_ns() - begin
    gc.unfreeze()
    return spent / len(worked) / 1_000


def _planned(size: int) -> History:
    """Tell the plan of a project of chains of ten phases, one of them longer than all others."""
    history = History().opened(START).calendar("plant").promise("2027-03-02")
    for number in range(size):
        chain, place = divmod(number, CHAIN)
        history.phase(f"p{number}", 20 if chain == size // CHAIN - 1 else 3)
        if place:
            history.link(f"p{number - 1}", f"p{number}")
        if place == CHAIN // 2:
            history.record(f"commitment-PO-{number}", _ordered(number))
    history.data_date("2026-03-02 08:00")
    approved = BaselineApproved(name="first", at_position=len(history.events), approved_by="anna")
    return history.project(approved)


def _ordered(number: int) -> CommitmentRequested:
    return CommitmentRequested(
        vendor=f"Vendor {number % 7}", kind="goods", item="Plate", qty=Decimal(4), uom="H87",
        need_by=date(2026, 3, 20), for_phases=(f"p{number}",),
    )  # fmt: skip


def _worked(history: History) -> list[Recorded[Any]]:
    """Tell how the first chains are worked, and what happens to their goods; return the events."""
    dice, planned = Random(1), len(history.events)
    for place in range(CHAIN):
        for chain in range(CHAINS_WORKED):
            number = chain * CHAIN + place
            phase_id, begin = f"p{number}", START + timedelta(days=4 * place)
            end = begin + timedelta(hours=dice.randint(50, 90))
            released = PhaseReleased(by="anna", plan_version=1)
            history.fact(phase_id, released, begin)
            history.fact(phase_id, PhaseStarted(actual_start=begin), begin)
            for left in (1_000, 500):
                report = ProgressRecorded(remaining_min=left, basis="report")
                history.fact(phase_id, report, begin + timedelta(minutes=1_440 - left))
            if place == CHAIN // 2 - 1:
                order, day = f"commitment-PO-{number + 1}", end.date()
                history.record(
                    order,
                    CommitmentAcknowledged(revision=1, status="accepted", promised_date=day),
                )
                moved = PromiseDateMoved(
                    new=day + timedelta(days=dice.randint(1, 9)), told_by="Nord", channel="mail"
                )
                history.record(order, moved)
            if dice.random() < 0.3:
                longer = PhaseDurationRevised(
                    phase_id=f"p{chain * CHAIN + CHAIN - 1}", old_min=0,
                    new_min=dice.randrange(480, 2_400, 60),
                )  # fmt: skip
                history.plan(longer)
            history.fact(phase_id, PhaseFinished(actual_finish=end), end)
    return history.events[planned:]
