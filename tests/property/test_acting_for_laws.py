"""Laws of acting for another: allowed where a delegation says so, for its days and role alone.

What the system allows is held to a list of what was appointed, read the plain way.
"""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from consumers.bootstrap import System
from domain.kernel.messages import COORDINATOR, DEPARTMENT_HEAD, Principal
from domain.log.port import Outcome
from tests.unit.consumers.systems import OPEN, StandingClock, ask, ask_all, plan_phase, system_in

MONDAY: Final = date(2026, 3, 2)
PARTIES: Final = ("anna", "bert", "carla")
DEPARTMENTS: Final = {"a": "Works", "b": "Paint"}
"""The department of each phase."""
ROLES: Final = (COORDINATOR, DEPARTMENT_HEAD, "system")

SEEDS: Final = range(12)
STEPS: Final = 250
DAYS: Final = 8
WHAT: Final = ("a", "b", "promise", "conflict", "found")


class Appointed:
    """What was appointed, as lists to be read from the beginning each time."""

    def __init__(self) -> None:
        self.delegates: list[tuple[str, str, str, date, date | None]] = []
        self.terms: list[tuple[str, str, date]] = []
        self.stand_ins: list[tuple[str, str, date, date]] = []

    def roles(self, party: str, acted_for: str, day: date, names: Sequence[str]) -> set[str]:
        """Return the roles in which a party may act for another in these departments' matters."""
        last = {each[:4]: each[4] for each in self.delegates}
        found = {
            role
            for (role, giver, taker, first), until in last.items()
            if (giver, taker) == (acted_for, party)
            and first <= day
            and (until is None or day <= until)
        }
        for department in names:
            until_of = {each[:3]: each[3] for each in self.stand_ins}
            stands_in = any(
                (of, taker) == (department, party) and first <= day <= until
                for (of, taker, first), until in until_of.items()
            )
            if stands_in and self.leads(department, day) == acted_for:
                found.add(DEPARTMENT_HEAD)
        return found - {"system"}

    def leads(self, department: str, day: date) -> str | None:
        """Return who leads: a later appointment ends all terms that begin from its day on."""
        terms: list[tuple[date, str]] = []
        for of, party, first in self.terms:
            if of == department:
                terms = [each for each in terms if each[0] < first] + [(first, party)]
        led = [party for first, party in terms if first <= day]
        return led[-1] if led else None


class World:
    """A system, and beside it what was appointed in it."""

    def __init__(self, system: System, clock: StandingClock, dice: Random) -> None:
        self.system = system
        self.clock = clock
        self.answers: Counter[str] = Counter()
        self._dice = dice
        self.known = Appointed()
        self._messages = count()
        plan = [OPEN]
        for phase, department in DEPARTMENTS.items():
            name, body = plan_phase(phase)
            plan.append((name, body.replace("Works", department)))
            self.ask("department.register.v1", {"department_id": department, "name": department})
        assert ask_all(system, plan, message_id="plan").kind == "recorded"

    @property
    def day(self) -> date:
        return self.clock.at.astimezone(UTC).date()

    def ask(self, name: str, body: dict[str, Any], principal: Principal | None = None) -> Outcome:
        asks = principal or Principal(party_id="anna", role=COORDINATOR)
        told = {key: value for key, value in body.items() if value is not None}
        message_id = f"m{next(self._messages)}"
        return ask(
            self.system, name, json.dumps(told, default=str), message_id=message_id, principal=asks
        )

    def step(self) -> None:
        """Appoint somebody, let time pass, or ask for something in another's name."""
        dice = self._dice
        match dice.choices(("delegate", "lead", "stand in", "day", "ask", "pass on"),
                           (3, 1, 2, 1, 8, 1))[0]:  # fmt: skip
            case "delegate":
                self._delegate(dice.choice(ROLES), *dice.sample(PARTIES, 2))
            case "lead":
                self._lead(dice.choice(list(DEPARTMENTS.values())), dice.choice(PARTIES))
            case "stand in":
                self._stand_in(dice.choice(list(DEPARTMENTS.values())), dice.choice(PARTIES))
            case "day":
                self.clock.advance(timedelta(days=dice.randrange(2)))
            case "ask":
                self.acts(dice.choice(PARTIES), dice.choice(PARTIES), dice.choice(WHAT))
            case _:
                self.passes_on(dice.choice(PARTIES), *dice.sample(PARTIES, 2))

    def _days(self) -> tuple[date, date]:
        first = MONDAY + timedelta(days=self._dice.randrange(DAYS))
        return first, first + timedelta(days=self._dice.randrange(4))

    def _delegate(self, role: str, giver: str, taker: str) -> None:
        first, last = self._days()
        until = last if self._dice.random() < 0.8 else None
        body = delegation(role, giver, taker, first, until)
        assert self.ask("project.appoint_delegate.v1", body).kind == "recorded"
        self.known.delegates.append((role, giver, taker, first, until))

    def _lead(self, department: str, party: str) -> None:
        first, _ = self._days()
        body = {"department_id": department, "party": party, "first_day": first}
        if self.ask("department.appoint_supervisor.v1", body).kind == "recorded":
            self.known.terms.append((department, party, first))

    def _stand_in(self, department: str, party: str) -> None:
        first, last = self._days()
        body = {"department_id": department, "party": party, "first_day": first, "last_day": last}
        if self.ask("department.appoint_supervisor_delegate.v1", body).kind == "recorded":
            self.known.stand_ins.append((department, party, first, last))

    def acts(self, party: str, acted_for: str, what: str) -> None:
        """Ask for something in another's name, and hold the answer to what was appointed."""
        name, body, allowed = self.wanted(what)
        names = [DEPARTMENTS[what]] if what in DEPARTMENTS else list(DEPARTMENTS.values())
        roles = self.known.roles(party, acted_for, self.day, names) & allowed
        before = self.system.log.head()
        # His own role is the highest there is, and counts for nothing.
        asks = Principal(party_id=party, role=COORDINATOR, on_behalf_of=acted_for)
        outcome = self.ask(name, body, asks)
        if party == acted_for or not roles:
            assert (outcome.kind, outcome.code) == ("refused", "not_authorised")
            assert self.system.log.head() == before
            self.answers["refused"] += 1
            return
        self.answers[f"as {min(roles)}"] += 1
        assert outcome.kind == "recorded", outcome
        for recorded in self.system.log.read(before, 10):
            envelope = recorded.envelope
            assert (envelope.actor, envelope.on_behalf_of) == (party, acted_for)
            assert envelope.role == min(roles)

    def passes_on(self, party: str, acted_for: str, taker: str) -> None:
        """Let a delegate appoint another delegate: he never can, and nothing is recorded."""
        before = self.system.log.head()
        asks = Principal(party_id=party, role=COORDINATOR, on_behalf_of=acted_for)
        body = delegation(COORDINATOR, acted_for, taker, MONDAY, None)
        outcome = self.ask("project.appoint_delegate.v1", body, asks)
        assert (outcome.kind, outcome.code) == ("refused", "not_authorised")
        assert self.system.log.head() == before

    def wanted(self, what: str) -> tuple[str, dict[str, Any], frozenset[str]]:
        """Return a request that nothing else can refuse, and the roles it is for."""
        number = next(self._messages)
        both = frozenset({COORDINATOR, DEPARTMENT_HEAD})
        reason = {"code": "labour_short"}
        match what:
            case "promise":
                promise = {"project_id": "P", "to_party": "ACME", "deliverable": f"D{number}",
                           "promised_date": "2026-06-01"}  # fmt: skip
                return "project.set_promise.v1", promise, frozenset({COORDINATOR})
            case "conflict":
                conflict = {
                    "project_id": "P", "conflict_id": f"c{number}", "kind": "schedule",
                    "subjects": ["plan-P"], "summary": "Two cranes wanted",
                }  # fmt: skip
                return "conflict.raise.v1", conflict, both
            case "found":
                found = {
                    "project_id": "P", "conflict_id": f"c{number}", "rule": "over_capacity",
                    "rule_version": 1, "kind": "resource", "subjects": ["plan-P"],
                    "summary": "Two cranes wanted", "severity": "low", "impact_days": "1",
                    "first_position": 1,
                }  # fmt: skip
                # What only the system itself asks for is asked for in nobody's name.
                return "conflict.detect.v1", found, frozenset()
            case phase:
                new = datetime(2026, 4, 1, tzinfo=UTC) + timedelta(minutes=number)
                proposal = {
                    "project_id": "P", "phase_id": phase, "old": "2026-03-02T16:00:00Z",
                    "new": new.isoformat(), "reason": reason,
                }  # fmt: skip
                return "plan.propose_completion_date.v1", proposal, both


def delegation(role: str, giver: str, taker: str, first: date, last: date | None) -> dict[str, Any]:
    return {"project_id": "P", "role": role, "from_party": giver, "to_party": taker,
            "first_day": first, "last_day": last}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_who_acts_for_another_may_do_what_was_delegated_and_nothing_else(
    tmp_path: Path, seed: int
) -> None:
    clock = StandingClock()
    with system_in(tmp_path, clock) as system:
        world = World(system, clock, Random(seed))
        for _ in range(STEPS):
            world.step()
    # A law that was never tried proves nothing.
    assert min(world.answers[each] for each in ("refused", "as coordinator", "as department_head"))
