"""Hold allocations to the whole system: a department says who may accept an overbooking."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from consumers.bootstrap import System
from domain.kernel.messages import COORDINATOR, DEPARTMENT_HEAD, Principal
from domain.kernel.refusals import NotAuthorised
from domain.log.port import Outcome
from tests.unit.consumers.systems import (
    OPEN,
    StandingClock,
    ask,
    ask_all,
    plan_phase,
    system_in,
)

HEAD = Principal(party_id="l.ito", role=DEPARTMENT_HEAD)


def told(command: str, /, **body: object) -> tuple[str, str]:
    return command, json.dumps(body)


WELDING = [
    told("department.register.v1", department_id="welding", name="Welding"),
    told(
        "department.appoint_supervisor.v1",
        department_id="welding", party="l.ito", first_day="2026-03-01",
    ),
    told(
        "department.appoint_supervisor_delegate.v1",
        department_id="welding", party="p.roy", first_day="2026-03-02", last_day="2026-03-02",
    ),
]  # fmt: skip
CREW = [
    OPEN,
    plan_phase("a"),
    told(
        "resource.register.v1",
        project_id="P", resource_id="crew", name="Crew", department_id="welding",
    ),
    told("resource.set_capacity.v1", project_id="P", resource_id="crew", milli_units=1000),
]  # fmt: skip


def allocate(
    system: System,
    allocation_id: str,
    accepted_by: str | None = None,
    principal: Principal = HEAD,
    phase: str = "a",
) -> Outcome:
    """Ask for the whole crew for an hour that is always the same."""
    name, body = told(
        "resource.make_allocation.v1",
        project_id="P",
        resource_id="crew",
        allocation_id=allocation_id,
        phase_id=phase,
        since="2026-03-03T08:00:00Z",
        until="2026-03-03T09:00:00Z",
        milli_units=1000,
        overbooking_accepted_by=accepted_by,
    )
    message_id = f"{allocation_id}-{accepted_by}"
    return ask(system, name, body, message_id=message_id, principal=principal)


def test_an_overbooking_is_accepted_by_who_leads_the_department_or_acts_for_it_that_day(
    tmp_path: Path,
) -> None:
    clock = StandingClock()
    with system_in(tmp_path, clock) as system:
        ask_all(system, [*WELDING, *CREW], message_id="1")
        assert allocate(system, "A1").kind == "recorded"
        assert allocate(system, "A2").code == "over_capacity"
        stranger = allocate(system, "A2", "m.kaya")
        assert stranger.code == "not_authorised"
        assert stranger.text == "m.kaya cannot accept an overbooking: ask l.ito or p.roy"
        assert allocate(system, "A2", "p.roy").kind == "recorded"
        clock.advance(timedelta(days=1))
        late = allocate(system, "A3", "p.roy")
        assert late.text == "p.roy cannot accept an overbooking: ask l.ito"
        assert allocate(system, "A3", "l.ito").kind == "recorded"
        *_, accepted = system.log.read_stream("resource-P/crew")
    assert accepted.envelope.decided_on == {"department-welding": 3, "plan-P": 1, "project-P": 1}
    assert accepted.envelope.project_id == "P"


def test_a_phase_that_is_not_in_the_plan_is_given_nothing(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        ask_all(system, CREW, message_id="1")
        assert allocate(system, "A1", phase="nowhere").code == "not_in_plan"


def test_a_department_names_no_project_and_is_not_changed_by_who_is_bound_to_some(
    tmp_path: Path,
) -> None:
    bound = Principal(party_id="anna", role=COORDINATOR, projects=frozenset({"P"}))
    with system_in(tmp_path) as system:
        with pytest.raises(NotAuthorised, match="what no project owns"):
            ask(system, *WELDING[0], message_id="1", principal=bound)
        ask_all(system, WELDING, message_id="2")
        recorded = system.log.read_stream("department-welding")
    assert [each.envelope.project_id for each in recorded] == [None, None, None]
