"""Hold the decisions on a department to one supervisor at a time, and say who acts on a day."""

from datetime import date

import pytest

from domain.departments.commands import (
    AppointSupervisor,
    AppointSupervisorDelegate,
    RegisterDepartment,
)
from domain.departments.decisions import DECIDER
from domain.departments.events import (
    DepartmentRegistered,
    SupervisorAppointed,
    SupervisorDelegateAppointed,
)
from domain.departments.terms import Acting, Term, leadership_of
from domain.kernel.messages import DomainEvent
from domain.kernel.refusals import (
    AlreadyExists,
    InvalidTransition,
    SupervisorExists,
    UnknownSubject,
)
from tests.builders import history
from tests.spec import Spec

STREAM = "department-welding"
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)

a_department = Spec(DECIDER, STREAM, None)
registered = DepartmentRegistered(name="Welding shop")
register = RegisterDepartment(department_id="welding", name="Welding shop")


def leads(party: str, first_day: date, succeeds: str | None = None) -> SupervisorAppointed:
    return SupervisorAppointed(party=party, first_day=first_day, succeeds=succeeds)


def appoint(party: str, first_day: date, succeeds: str | None = None) -> AppointSupervisor:
    return AppointSupervisor(
        department_id="welding", party=party, first_day=first_day, succeeds=succeeds
    )


def stands_in(party: str, first_day: date, last_day: date) -> SupervisorDelegateAppointed:
    return SupervisorDelegateAppointed(party=party, first_day=first_day, last_day=last_day)


def delegate(party: str, first_day: date, last_day: date) -> AppointSupervisorDelegate:
    return AppointSupervisorDelegate(
        department_id="welding", party=party, first_day=first_day, last_day=last_day
    )


def supervisors(*events: DomainEvent) -> list[str | None]:
    """Return who leads on the last day of February and on the first ones of the months after."""
    known = leadership_of(history(STREAM, *events))
    return [known.supervisor(day) for day in (date(2026, 2, 28), MARCH, APRIL, MAY)]


def test_a_department_is_registered_once_and_belongs_to_no_project() -> None:
    a_department.given().when(register).then(registered).when(register).then()
    other = register.model_copy(update={"name": "Foundry"})
    a_department.given(registered).when(other).then_refused(AlreadyExists, "Welding shop")
    assert "project_id" not in RegisterDepartment.model_fields


def test_nobody_leads_what_is_not_registered() -> None:
    for command in (appoint("l.ito", MARCH), delegate("p.roy", MARCH, APRIL)):
        a_department.given().when(command).then_refused(UnknownSubject, "welding")


def test_a_later_appointment_ends_the_earlier_one() -> None:
    first, then = leads("l.ito", MARCH), leads("p.roy", APRIL)
    after = a_department.given(registered).when(appoint("l.ito", MARCH)).then(first)
    after.when(appoint("p.roy", APRIL)).then(then).when(appoint("p.roy", APRIL)).then()
    assert supervisors(registered, first, then) == [None, "l.ito", "p.roy", "p.roy"]


def test_who_leads_already_is_not_appointed_again() -> None:
    a_department.given(registered, leads("l.ito", MARCH)).when(appoint("l.ito", APRIL)).then()


def test_who_is_to_lead_from_a_later_day_succeeds_himself_to_lead_from_an_earlier_one() -> None:
    later = a_department.given(registered, leads("l.ito", APRIL))
    later.when(appoint("l.ito", MARCH)).then_refused(SupervisorExists, "name l.ito in succeeds")
    later.when(appoint("l.ito", MARCH, "l.ito")).then(leads("l.ito", MARCH, "l.ito"))


@pytest.mark.parametrize("first_day", [MARCH, APRIL])
def test_a_second_supervisor_for_the_same_time_is_refused(first_day: date) -> None:
    a_department.given(registered, leads("l.ito", APRIL)).when(
        appoint("p.roy", first_day)
    ).then_refused(SupervisorExists, "l.ito leads Welding shop from 2026-04-01 on")


def test_a_successor_sets_aside_what_was_appointed_from_that_day_on() -> None:
    before = (registered, leads("l.ito", MARCH), leads("m.kaya", MAY))
    wanted = appoint("p.roy", APRIL, succeeds="m.kaya")
    a_department.given(*before).when(wanted).then(leads("p.roy", APRIL, "m.kaya"))
    after = supervisors(*before, leads("p.roy", APRIL, "m.kaya"))
    assert after == [None, "l.ito", "p.roy", "p.roy"]
    a_department.given(*before, leads("p.roy", APRIL, "m.kaya")).when(wanted).then()


def test_a_successor_from_the_same_day_takes_the_whole_term() -> None:
    before = (registered, leads("l.ito", MARCH))
    succeeded = leads("p.roy", MARCH, "l.ito")
    a_department.given(*before).when(appoint("p.roy", MARCH, "l.ito")).then(succeeded)
    assert leadership_of(history(STREAM, *before, succeeded)).terms == (Term("p.roy", MARCH),)


def test_only_who_was_appointed_last_is_succeeded() -> None:
    a_department.given(registered).when(appoint("p.roy", APRIL, "l.ito")).then_refused(
        SupervisorExists, "nobody is"
    )
    a_department.given(registered, leads("l.ito", MARCH)).when(
        appoint("p.roy", MARCH, "m.kaya")
    ).then_refused(SupervisorExists, "l.ito is, from 2026-03-01 on")


def test_a_delegate_acts_for_the_supervisor_while_appointed() -> None:
    term = leads("l.ito", MARCH)
    week = date(2026, 3, 9), date(2026, 3, 13)
    a_department.given(registered, term).when(delegate("p.roy", *week)).then(
        stands_in("p.roy", *week)
    ).when(delegate("p.roy", *week)).then()
    known = leadership_of(history(STREAM, registered, term, stands_in("p.roy", *week)))
    both = (Acting("l.ito"), Acting("p.roy", on_behalf_of="l.ito"))
    alone = (Acting("l.ito"),)
    days = [date(2026, 3, day) for day in (8, 9, 13, 14)]
    assert [known.acting(day) for day in days] == [alone, both, both, alone]
    assert known.acting(date(2026, 2, 28)) == ()


def test_a_delegate_acts_for_whoever_leads_by_then() -> None:
    known = leadership_of(
        history(STREAM, leads("l.ito", MARCH), stands_in("p.roy", MARCH, MAY),
                leads("m.kaya", APRIL), leads("p.roy", MAY))
    )  # fmt: skip
    assert known.acting(APRIL) == (Acting("m.kaya"), Acting("p.roy", on_behalf_of="m.kaya"))
    assert known.acting(MAY) == (Acting("p.roy"),)


def test_a_delegation_asked_for_again_moves_its_last_day() -> None:
    before = (registered, leads("l.ito", MARCH), stands_in("p.roy", MARCH, MAY))
    a_department.given(*before).when(delegate("p.roy", MARCH, APRIL)).then(
        stands_in("p.roy", MARCH, APRIL)
    )
    known = leadership_of(history(STREAM, *before, stands_in("p.roy", MARCH, APRIL)))
    assert known.acting(MAY) == (Acting("l.ito"),)


def test_a_delegate_needs_somebody_else_to_act_for() -> None:
    a_department.given(registered, leads("l.ito", APRIL)).when(
        delegate("p.roy", MARCH, MAY)
    ).then_refused(InvalidTransition, "nobody leads Welding shop on 2026-03-01")
    a_department.given(registered, leads("l.ito", MARCH)).when(
        delegate("l.ito", MARCH, MAY)
    ).then_refused(InvalidTransition, "name somebody else")


def test_a_delegation_ends_after_it_began() -> None:
    with pytest.raises(ValueError, match="last_day lies before first_day"):
        delegate("p.roy", MAY, MARCH)
    with pytest.raises(ValueError, match="last_day lies before first_day"):
        stands_in("p.roy", MAY, MARCH)


@pytest.mark.parametrize(
    "impossible",
    [
        (leads("l.ito", MARCH),),
        (stands_in("p.roy", MARCH, MAY),),
        (registered, registered),
        (registered, leads("l.ito", MARCH), leads("p.roy", MARCH)),
    ],
)
def test_what_no_decision_makes_is_a_corrupt_log(impossible: tuple[DomainEvent, ...]) -> None:
    with pytest.raises(AssertionError, match="cannot follow"):
        DECIDER.fold(history(STREAM, *impossible))
