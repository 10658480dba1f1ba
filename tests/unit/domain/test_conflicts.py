"""Hold the decisions on a conflict to its life: found, handled, closed, and back when worse."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.conflicts.commands import (
    AcknowledgeConflict,
    AssignConflict,
    ClearConflict,
    ConflictCommand,
    DetectConflict,
    DismissConflict,
    ProposeOption,
    RaiseConflict,
    ReopenConflict,
    ResolveConflict,
)
from domain.conflicts.decisions import DECIDER, Surroundings, reads
from domain.conflicts.events import (
    ConflictAcknowledged,
    ConflictAssigned,
    ConflictCleared,
    ConflictDetected,
    ConflictDismissed,
    ConflictRaised,
    ConflictReopened,
    ConflictResolved,
    ConflictUpdated,
    OptionProposed,
)
from domain.conflicts.facts import Stage, dossier_of
from domain.kernel.messages import DomainEvent
from domain.kernel.refusals import (
    AlreadyExists,
    AlreadyOpen,
    DecisionMissing,
    DuplicateId,
    InvalidTransition,
    OwnerMissing,
    ProjectClosed,
    ReasonRequired,
    UnknownSubject,
)
from domain.kernel.values import Reason
from tests.builders import (
    COORDINATOR_ID,
    FRIDAY,
    LATE_MATERIAL,
    PROJECT,
    THURSDAY,
    history,
)
from tests.spec import Spec

ID = "cf-1"
STREAM = f"conflict-{ID}"
SUBJECTS = (f"phase-{PROJECT}/weld",)
TWO, THREE = Decimal(2), Decimal(3)

a_conflict = Spec(DECIDER, STREAM, Surroundings(project_exists=True))

detected = ConflictDetected(
    rule="S4",
    rule_version=1,
    kind="schedule",
    subjects=SUBJECTS,
    summary="Weld ends 2 days after its deadline",
    severity="medium",
    impact_days=TWO,
    evidence=(17,),
    first_position=17,
)
raised = ConflictRaised(
    kind="resource", subjects=SUBJECTS, summary="Both want the bay", severity="medium"
)
cleared = ConflictCleared(because="The deadline moved")
assigned = ConflictAssigned(owner="Head of quality", due=FRIDAY)
resolved = ConflictResolved(mode="collaborate", decision="Rinser first")
dismissed = ConflictDismissed()

detect = DetectConflict(
    project_id=PROJECT,
    conflict_id=ID,
    rule="S4",
    rule_version=1,
    kind="schedule",
    subjects=SUBJECTS,
    summary="Weld ends 2 days after its deadline",
    severity="medium",
    impact_days=TWO,
    evidence=(17,),
    first_position=17,
)
raise_it = RaiseConflict(
    project_id=PROJECT,
    conflict_id=ID,
    kind="resource",
    subjects=SUBJECTS,
    summary="Both want the bay",
)
clear = ClearConflict(project_id=PROJECT, conflict_id=ID, because="The deadline moved")
acknowledge = AcknowledgeConflict(project_id=PROJECT, conflict_id=ID)
assign = AssignConflict(project_id=PROJECT, conflict_id=ID, owner="Head of quality", due=FRIDAY)
propose = ProposeOption(project_id=PROJECT, conflict_id=ID, option_id="later", effect="A day more")
resolve = ResolveConflict(
    project_id=PROJECT, conflict_id=ID, mode="collaborate", decision="Rinser first"
)
dismiss = DismissConflict(project_id=PROJECT, conflict_id=ID, reason=LATE_MATERIAL)
reopen = ReopenConflict(
    project_id=PROJECT, conflict_id=ID, reason=Reason(code="other", text="It is back")
)
worse = detect.model_copy(update={"impact_days": THREE})
graver = detect.model_copy(update={"severity": "high"})


def test_a_condition_found_twice_is_one_conflict() -> None:
    a_conflict.given().when(detect).then(detected).when(detect).then()
    assert reads(detect) == (f"project-{PROJECT}",)


def test_an_open_conflict_is_updated_when_it_weighs_otherwise() -> None:
    lighter = detect.model_copy(update={"impact_days": Decimal(1), "severity": "low"})
    updated = ConflictUpdated(severity="low", impact_days=Decimal(1), summary=detect.summary)
    a_conflict.given(detected).when(lighter).then(updated).when(lighter).then()


def test_an_update_says_how_likely_and_by_when_only_where_that_is_otherwise() -> None:
    likelier = detect.model_copy(update={"probability_bp": 8_000})
    by_friday = likelier.model_copy(update={"act_by": date(2026, 3, 6)})
    weight: dict[str, Any] = {
        "severity": "medium", "impact_days": TWO, "summary": detect.summary,
    }  # fmt: skip
    a_conflict.given(detected).when(likelier).then(
        ConflictUpdated(**weight, probability_bp=8_000)
    ).when(by_friday).then(ConflictUpdated(**weight, act_by=date(2026, 3, 6))).when(
        by_friday
    ).then()


def test_a_latest_day_that_is_taken_back_is_gone_and_taken_back_once() -> None:
    weight: dict[str, Any] = {
        "severity": "medium", "impact_days": TWO, "summary": detect.summary,
    }  # fmt: skip
    by_friday = detected.model_copy(update={"act_by": date(2026, 3, 6)})
    dropped = ConflictUpdated(**weight, act_by_dropped=True)
    a_conflict.given(by_friday).when(detect).then(dropped).when(detect).then()
    assert dossier_of(history(STREAM, by_friday, dropped)).act_by is None
    again = detect.model_copy(update={"act_by": date(2026, 3, 9)})
    a_conflict.given(by_friday, dropped).when(again).then(
        ConflictUpdated(**weight, act_by=date(2026, 3, 9))
    )


def test_what_is_known_of_a_conflict_is_what_its_events_say() -> None:
    likelier = ConflictUpdated(
        severity="high", impact_days=THREE, summary="Weld ends later", probability_bp=8_000
    )
    seen = ConflictAcknowledged(by=COORDINATOR_ID)
    option = OptionProposed(option_id="later", effect="A day more")
    known = dossier_of(history(STREAM, detected, likelier, seen, assigned, option, resolved))
    assert (known.stage, known.severity, known.impact_days) == (Stage.RESOLVED, "high", THREE)
    assert (known.probability_bp, known.summary) == (8_000, "Weld ends later")
    assert (known.owner, known.seen_by) == ("Head of quality", (COORDINATOR_ID,))
    assert (known.subjects, known.evidence) == (SUBJECTS, (17,))
    assert (known.options, known.resolution) == ({"later": option}, resolved)


def test_what_is_back_is_to_be_seen_again_and_was_not_decided() -> None:
    seen = ConflictAcknowledged(by=COORDINATOR_ID)
    back = ConflictReopened(because="It is back", severity="high", impact_days=THREE)
    known = dossier_of(history(STREAM, raised, seen, assigned, resolved, cleared, back))
    assert (known.open, known.seen_by, known.resolution, known.cleared) == (True, (), None, None)
    assert (known.impact_days, known.reopened_count, known.evidence) == (THREE, 1, ())


def test_a_cleared_conflict_opens_again_when_its_condition_returns() -> None:
    after = a_conflict.given(detected).when(clear).then(cleared)
    after.when(clear).then()
    reopened = ConflictReopened(because=detect.summary, severity="medium", impact_days=TWO)
    assert after.when(detect).then(reopened).state.open


def test_a_conflict_that_is_back_in_other_words_is_updated_with_them() -> None:
    otherwise = detect.model_copy(update={"summary": "Weld ends a week late"})
    a_conflict.given(detected, cleared).when(otherwise).then(
        ConflictReopened(because="Weld ends a week late", severity="medium", impact_days=TWO),
        ConflictUpdated(severity="medium", impact_days=TWO, summary="Weld ends a week late"),
    ).when(otherwise).then()


CLOSED = [
    pytest.param((detected, assigned, resolved), id="resolved"),
    pytest.param((detected, dismissed), id="dismissed"),
]


@pytest.mark.parametrize("before", CLOSED)
def test_a_closed_conflict_stays_closed_while_it_gets_no_worse(
    before: tuple[DomainEvent, ...],
) -> None:
    for again in (
        detect,
        detect.model_copy(update={"impact_days": Decimal("2.9")}),
        detect.model_copy(update={"severity": "low", "impact_days": Decimal(0)}),
    ):
        a_conflict.given(*before).when(again).then()


@pytest.mark.parametrize("before", CLOSED)
def test_a_closed_conflict_opens_again_when_it_gets_worse(
    before: tuple[DomainEvent, ...],
) -> None:
    (by_days,) = a_conflict.given(*before).when(worse).events
    assert by_days == ConflictReopened(
        because="its impact grew by 1 days to 3", severity="medium", impact_days=THREE
    )
    a_conflict.given(*before).when(graver).then(
        ConflictReopened(
            because="its severity rose from medium to high", severity="high", impact_days=TWO
        )
    )


def test_slow_growth_is_measured_from_the_dismissal() -> None:
    before = a_conflict.given(detected, dismissed)
    before.when(detect.model_copy(update={"impact_days": Decimal("2.6")})).then()
    (reopened,) = before.when(detect.model_copy(update={"impact_days": Decimal("3.1")})).events
    assert isinstance(reopened, ConflictReopened)


def test_a_dismissal_with_a_date_lasts_until_then() -> None:
    past, to_come = (
        ConflictDismissed(until=THURSDAY),
        ConflictDismissed(until=FRIDAY.replace(hour=18)),
    )
    a_conflict.given(detected, to_come).when(detect).then()
    (now,) = a_conflict.given(detected, ConflictDismissed(until=FRIDAY)).when(detect).events
    assert isinstance(now, ConflictReopened)
    a_conflict.given(detected, past).when(detect).then(
        ConflictReopened(
            because=f"it was dismissed until {THURSDAY.isoformat()}",
            severity="medium",
            impact_days=TWO,
        )
    )


def test_a_resolved_conflict_whose_condition_went_may_return_as_new() -> None:
    after = a_conflict.given(detected, assigned, resolved).when(clear).then(cleared)
    (back,) = after.when(detect).events
    assert isinstance(back, ConflictReopened)


def test_clearing_leaves_a_dismissed_conflict_dismissed() -> None:
    a_conflict.given(detected, dismissed).when(clear).then()


def test_a_conflict_is_raised_once() -> None:
    a_conflict.given().when(raise_it).then(raised).when(raise_it).then()


def test_an_id_that_is_taken_raises_no_second_conflict() -> None:
    other = raise_it.model_copy(update={"summary": "Something else"})
    a_conflict.given(raised).when(other).then_refused(AlreadyOpen, ID)
    a_conflict.given(raised, dismissed).when(other).then_refused(AlreadyExists, "reopen it")


def test_a_conflict_is_acknowledged_once_by_each_and_again_when_it_is_back() -> None:
    seen = ConflictAcknowledged(by=COORDINATOR_ID)
    after = a_conflict.given(raised).when(acknowledge).then(seen)
    after.when(acknowledge).then()
    back = ConflictReopened(because="x", severity="medium", impact_days=TWO)
    a_conflict.given(raised, seen, dismissed, back).when(acknowledge).then(seen)


def test_a_conflict_is_assigned_and_assigned_anew() -> None:
    after = a_conflict.given(raised).when(assign).then(assigned)
    after.when(assign).then()
    other = assign.model_copy(update={"owner": "Head of welding"})
    after.when(other).then(ConflictAssigned(owner="Head of welding", due=FRIDAY))


def test_an_option_is_proposed_once() -> None:
    option = OptionProposed(option_id="later", effect="A day more")
    after = a_conflict.given(raised).when(propose).then(option)
    after.when(propose).then()
    after.when(propose.model_copy(update={"effect": "Two days"})).then_refused(DuplicateId, "later")


def test_resolving_takes_an_owner_and_a_decision() -> None:
    a_conflict.given(raised).when(resolve).then_refused(OwnerMissing, "assign it")
    a_conflict.given(raised, assigned).when(
        resolve.model_copy(update={"decision": "  "})
    ).then_refused(DecisionMissing)
    a_conflict.given(raised, assigned).when(resolve).then(resolved).when(resolve).then()


def test_a_long_decision_is_recorded_whole() -> None:
    words = "Because " * 1_000
    a_conflict.given(raised, assigned).when(resolve.model_copy(update={"decision": words})).then(
        ConflictResolved(mode="collaborate", decision=words)
    )


def test_a_conflict_is_dismissed_with_a_reason_until_another_date() -> None:
    after = a_conflict.given(raised).when(dismiss).then(dismissed)
    after.when(dismiss).then()
    after.when(dismiss.model_copy(update={"until": FRIDAY})).then(ConflictDismissed(until=FRIDAY))
    a_conflict.given(raised).when(dismiss.model_copy(update={"reason": None})).then_refused(
        ReasonRequired
    )


def test_a_closed_conflict_is_taken_up_again_with_a_reason() -> None:
    again = ConflictReopened(because="It is back", severity="medium", impact_days=Decimal(0))
    a_conflict.given(raised, dismissed).when(reopen).then(again).when(reopen).then()
    by_code = reopen.model_copy(update={"reason": LATE_MATERIAL})
    (event,) = a_conflict.given(raised, dismissed).when(by_code).events
    assert event == again.model_copy(update={"because": "material_late"})


def test_what_was_taken_up_again_and_closed_once_more_is_taken_up_as_often() -> None:
    (again,) = a_conflict.given(raised, dismissed).when(reopen).events
    a_conflict.given(raised, dismissed, again, dismissed).when(reopen).then(again)


def test_a_conflict_that_was_never_closed_is_not_reopened() -> None:
    a_conflict.given(raised).when(reopen).then_refused(AlreadyOpen, "never closed")


@pytest.mark.parametrize("command", [acknowledge, assign, propose, resolve, dismiss])
def test_a_closed_conflict_is_not_worked_on(command: ConflictCommand) -> None:
    closed = (raised, assigned, ConflictResolved(mode="direct", decision="No"))
    other = command
    if isinstance(command, AssignConflict):
        other = command.model_copy(update={"owner": "Head of welding"})
    a_conflict.given(*closed).when(other).then_refused(InvalidTransition, "resolved")


@pytest.mark.parametrize("command", [clear, acknowledge, assign, propose, resolve, dismiss, reopen])
def test_a_conflict_nobody_found_is_unknown(command: ConflictCommand) -> None:
    a_conflict.given().when(command).then_refused(UnknownSubject, ID)


@pytest.mark.parametrize(
    "command", [detect, raise_it, clear, acknowledge, assign, propose, resolve, dismiss, reopen]
)
def test_a_conflict_answers_to_its_own_project_alone(command: ConflictCommand) -> None:
    elsewhere = command.model_copy(update={"project_id": "PRJ-8"})
    a_conflict.given(raised, assigned).when(elsewhere).then_refused(UnknownSubject, "PRJ-8")


def test_in_a_closed_project_nothing_opens_but_what_is_open_can_be_settled() -> None:
    closed = Surroundings(project_exists=True, project_closed=True)
    nowhere = Surroundings(project_exists=False)
    for command in (detect, raise_it, reopen):
        a_conflict.given(raised, dismissed).when(command, others=closed).then_refused(ProjectClosed)
        a_conflict.given().when(command, others=nowhere).then_refused(UnknownSubject, PROJECT)
    a_conflict.given(raised, assigned).when(resolve, others=closed).then(resolved)


@pytest.mark.parametrize(
    "impossible",
    [
        (detected, detected),
        (detected, raised),
        (assigned,),
        (raised, resolved, dismissed),
        (raised, cleared, cleared),
        (raised, ConflictReopened(because="x", severity="low", impact_days=TWO)),
        (raised, dismissed, ConflictUpdated(severity="low", impact_days=TWO, summary="x")),
    ],
)
def test_what_no_decision_makes_is_a_corrupt_log(impossible: tuple[DomainEvent, ...]) -> None:
    with pytest.raises(AssertionError, match="cannot follow"):
        DECIDER.fold(history(STREAM, *impossible))
