"""Decide on a department: making it known, and one supervisor at a time with his delegates."""

from typing import Final

from domain.departments.commands import (
    COMMANDS,
    AppointSupervisor,
    AppointSupervisorDelegate,
    DepartmentCommand,
    RegisterDepartment,
)
from domain.departments.events import (
    EVENTS,
    DepartmentRegistered,
    SupervisorAppointed,
    SupervisorDelegateAppointed,
)
from domain.departments.state import Department, evolve
from domain.departments.terms import Delegation
from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.messages import Asked
from domain.kernel.refusals import (
    AlreadyExists,
    InvalidTransition,
    SupervisorExists,
    UnknownSubject,
)


def decide(
    command: DepartmentCommand, department: Department, asked: Asked, others: None
) -> Events:
    """Return the events of a request on a department, `()` for a repeat; raises Rejected."""
    del asked, others
    require_reason(command)
    match command:
        case RegisterDepartment():
            return _register(command, department)
        case _ if not department.exists:
            msg = f"the plant has no department {command.department_id}: register it first"
            raise UnknownSubject(msg)
        case AppointSupervisor():
            return _appoint(command, department)
        case AppointSupervisorDelegate():
            return _delegate(command, department)
        case _:
            raise AssertionError(type(command).__name__)


def _register(command: RegisterDepartment, department: Department) -> Events:
    if department.exists and department.name != command.name:
        msg = f"department {command.department_id} is {department.name}: take another id"
        raise AlreadyExists(msg)
    return () if department.exists else (DepartmentRegistered(name=command.name),)


def _appoint(command: AppointSupervisor, department: Department) -> Events:
    """One supervisor at a time: a later term ends the one before, a term in its way is named."""
    terms = department.leadership.terms
    last = terms[-1] if terms else None
    if last is not None and last.party == command.party and last.first_day <= command.first_day:
        return ()
    if command.succeeds is not None and (last is None or last.party != command.succeeds):
        present = "nobody is" if last is None else f"{last.party} is, from {last.first_day} on"
        msg = f"{command.succeeds} is not appointed last, {present}: name who is, or nobody"
        raise SupervisorExists(msg)
    if last is not None and last.first_day >= command.first_day and command.succeeds is None:
        msg = (
            f"{last.party} leads {department.name} from {last.first_day} on: appoint"
            f" {command.party} from a later day, or name {last.party} in succeeds"
        )
        raise SupervisorExists(msg)
    appointed = SupervisorAppointed(
        party=command.party, first_day=command.first_day, succeeds=command.succeeds
    )
    return (appointed,)


def _delegate(command: AppointSupervisorDelegate, department: Department) -> Events:
    wanted = Delegation(command.party, command.first_day, command.last_day)
    if wanted in department.leadership.delegations:
        return ()
    supervisor = department.leadership.supervisor(command.first_day)
    if supervisor is None:
        msg = f"nobody leads {department.name} on {command.first_day}: appoint a supervisor first"
        raise InvalidTransition(msg)
    if supervisor == command.party:
        msg = f"{supervisor} leads {department.name} on {command.first_day}: name somebody else"
        raise InvalidTransition(msg)
    appointed = SupervisorDelegateAppointed(
        party=command.party, first_day=command.first_day, last_day=command.last_day
    )
    return (appointed,)


DECIDER: Final[Decider[Department, None]] = Decider(
    category="department",
    commands=COMMANDS,
    events=EVENTS,
    initial=Department,
    evolve=evolve,
    decide=decide,
)
