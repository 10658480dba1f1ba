"""Hold delegates and hand-overs in a project to their rules: who acts for whom, what passes on."""

from datetime import date

import pytest
from pydantic import ValidationError

from domain.kernel.messages import Asked, Principal
from domain.kernel.refusals import (
    DigestMismatch,
    InvalidTransition,
    NotAuthorised,
    PositionAhead,
    ProjectClosed,
    UnknownSubject,
)
from domain.projects.commands import AcceptHandover, AppointDelegate, IssueHandover
from domain.projects.decisions import DECIDER, Surroundings
from domain.projects.events import (
    DelegateAppointed,
    HandoverAccepted,
    HandoverIssued,
    ProjectCompleted,
    ProjectOpened,
)
from tests.builders import ASKED, ASKED_BY_HEAD, COORDINATOR_ID, FRIDAY, HEAD_ID, MONDAY, PROJECT
from tests.spec import Spec

ROLE = "coordinator"
PACK, OTHER = "a" * 64, "b" * 64
MARCH, WEEK, LATER = date(2026, 3, 2), date(2026, 3, 8), date(2026, 3, 15)

a_project = Spec(
    DECIDER, f"project-{PROJECT}", Surroundings(head_position=40, digest=PACK, engine_version=1)
)
opened = ProjectOpened(name="Line 200", zone="Europe/Berlin", calendar_id="plant", start=MONDAY)


def appoint(last: date | None = WEEK, role: str = ROLE) -> AppointDelegate:
    return AppointDelegate(
        project_id=PROJECT, role=role, from_party="anna", to_party="bert", first_day=MARCH,
        last_day=last,
    )  # fmt: skip


def appointed(last: date | None = WEEK, role: str = ROLE) -> DelegateAppointed:
    return DelegateAppointed(
        role=role, from_party="anna", to_party="bert", first_day=MARCH, last_day=last
    )


def issue(
    to_party: str = "bert",
    from_party: str | None = "anna",
    position: int = 40,
    digest: str | None = PACK,
) -> IssueHandover:
    return IssueHandover(
        project_id=PROJECT, role=ROLE, from_party=from_party, to_party=to_party,
        at_position=position, digest=digest,
    )  # fmt: skip


def accept(
    to_party: str | None = "bert", position: int = 40, digest: str | None = PACK
) -> AcceptHandover:
    return AcceptHandover(
        project_id=PROJECT, role=ROLE, from_party="anna", to_party=to_party,
        at_position=position, digest=digest,
    )  # fmt: skip


def issued(
    from_party: str = "anna", to_party: str = "bert", position: int = 40, digest: str = PACK
) -> HandoverIssued:
    return HandoverIssued(
        role=ROLE, from_party=from_party, to_party=to_party, at_position=position, digest=digest,
        engine_version=1,
    )  # fmt: skip


accepted = HandoverAccepted(**issued().model_dump())


def test_a_delegate_is_appointed_once_and_acts_in_that_role_on_those_days() -> None:
    after = a_project.given(opened).when(appoint()).then(appointed())
    after.when(appoint()).then()
    known = after.state.delegations
    assert [known.roles("bert", "anna", day) for day in (MARCH, WEEK, LATER)] == [
        (ROLE,),
        (ROLE,),
        (),
    ]
    assert known.roles("bert", "anna", date(2026, 3, 1)) == ()
    assert known.roles("anna", "bert", MARCH) == known.roles("carla", "anna", MARCH) == ()
    assert known.delegates("anna", MARCH) == ("bert",)


def test_a_delegation_asked_for_again_moves_its_last_day() -> None:
    after = a_project.given(opened, appointed(LATER)).when(appoint()).then(appointed())
    assert after.state.delegations.roles("bert", "anna", LATER) == ()
    endless = after.when(appoint(None)).then(appointed(None))
    assert endless.state.delegations.roles("bert", "anna", LATER) == (ROLE,)


def test_roles_are_delegated_one_by_one() -> None:
    head = "department_head"
    state = a_project.given(opened, appointed(), appointed(LATER, head)).state
    assert state.delegations.roles("bert", "anna", WEEK) == (ROLE, head)
    assert state.delegations.roles("bert", "anna", LATER) == (head,)


def test_a_delegation_is_of_two_parties_and_ends_after_it_began() -> None:
    with pytest.raises(ValidationError, match="last_day lies before first_day"):
        appoint(date(2026, 3, 1))
    with pytest.raises(ValidationError, match="bert needs no delegation to act for himself"):
        AppointDelegate(
            project_id=PROJECT, role=ROLE, from_party="bert", to_party="bert", first_day=MARCH
        )


def test_a_role_is_handed_over_with_the_pack_that_was_read() -> None:
    a_project.given(opened).when(issue()).then(issued()).when(issue()).then()
    a_project.given(opened).when(issue(digest=None)).then(issued())


def test_who_asks_hands_over_his_own_role_unless_he_names_another() -> None:
    a_project.given(opened).when(issue(from_party=None)).then(issued(from_party=COORDINATOR_ID))
    a_project.given(opened).when(issue(from_party=None), asked=ASKED_BY_HEAD).then(
        issued(from_party=HEAD_ID)
    )
    for_anna = Principal(party_id="bert", role="department_head", on_behalf_of="anna")
    a_project.given(opened).when(
        issue("carla", None), asked=Asked(at=FRIDAY, principal=for_anna)
    ).then(issued(to_party="carla"))


def test_a_department_head_hands_over_and_accepts_for_himself_alone() -> None:
    a_project.given(opened).when(issue(), asked=ASKED_BY_HEAD).then_refused(
        NotAuthorised, f"anna hands over, and you decide as {HEAD_ID}"
    )
    a_project.given(opened, issued()).when(accept(), asked=ASKED_BY_HEAD).then_refused(
        NotAuthorised, "bert accepts"
    )
    mine = issued(to_party=HEAD_ID)
    a_project.given(opened, mine).when(accept(None), asked=ASKED_BY_HEAD).then(
        HandoverAccepted(**mine.model_dump())
    )


def test_nobody_hands_over_to_himself() -> None:
    a_project.given(opened).when(issue("anna")).then_refused(
        InvalidTransition, "anna has the role coordinator already"
    )


def test_a_pack_is_of_what_is_known_and_as_it_is_computed_again() -> None:
    a_project.given(opened).when(issue(position=41)).then_refused(
        PositionAhead, "the log ends at 40"
    )
    a_project.given(opened).when(issue(digest=OTHER)).then_refused(
        DigestMismatch, f"the digest named is {OTHER}, but engine version 1 computes {PACK}"
    )
    nobody_knows = Surroundings(head_position=40, lacking=UnknownSubject("not opened by then"))
    a_project.given(opened).when(issue(), others=nobody_knows).then_refused(
        UnknownSubject, "not opened by then"
    )


def test_a_hand_over_is_accepted_by_whom_it_was_issued_to() -> None:
    a_project.given(opened, issued()).when(accept()).then(accepted).when(accept()).then()
    a_project.given(opened, issued()).when(accept(digest=None)).then(accepted)
    a_project.given(opened).when(accept()).then_refused(
        UnknownSubject, "anna has not handed coordinator over to bert as of position 40"
    )
    a_project.given(opened, issued()).when(accept(None), asked=ASKED).then_refused(
        UnknownSubject, f"over to {COORDINATOR_ID}"
    )


def test_only_the_last_hand_over_is_accepted_and_only_the_pack_that_was_handed_over() -> None:
    later = issued(position=41)
    a_project.given(opened, issued(), later).when(accept()).then_refused(
        UnknownSubject, "the last one is of position 41"
    )
    a_project.given(opened, issued()).when(accept(digest=OTHER)).then_refused(
        DigestMismatch, f"the digest named is {OTHER}"
    )


def test_in_a_closed_project_nobody_is_appointed_and_nothing_passes_on() -> None:
    over = a_project.given(opened, issued(), ProjectCompleted())
    for command in (appoint(), issue(), accept()):
        over.when(command).then_refused(ProjectClosed)
