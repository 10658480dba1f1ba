"""A grave conflict with somebody outside needs one meeting, proposed from its subjects."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.conflicts.events import (
    ConflictCleared,
    ConflictDetected,
    ConflictReopened,
    ConflictUpdated,
)
from domain.contracts.events import ContractReceived
from domain.kernel.messages import DomainEvent
from domain.meetings.commands import AnticipateMeeting, CancelMeeting
from domain.meetings.events import (
    AgendaItemAdded,
    MeetingCancelled,
    MeetingHeld,
    MeetingNeedAnticipated,
    MeetingPlanned,
)
from domain.policies import Request
from domain.policies.meeting_on_conflict import MeetingOnConflict
from domain.projects.events import ProjectCompleted
from domain.requirements.events import RequirementIdentified
from domain.rules.watched import Watched
from domain.special_requests.events import RequestIdentified
from tests.unit.projections.histories import PROJECT, History, at

CONFLICT = "conflict-C-1"
CLEARED = ConflictCleared(because="They came")


def found(*subjects: str, severity: str = "high", **more: Any) -> ConflictDetected:  # noqa: ANN401
    return ConflictDetected(
        **{
            "rule": "promise_late",
            "rule_version": 1,
            "kind": "vendor",
            "subjects": subjects,
            "summary": "Valves are promised too late",
            "severity": severity,
            "impact_days": Decimal(2),
            "first_position": 1,
            **more,
        }
    )


LATE = found("commitment-PO-1")


def ordered() -> History:
    """Weld needs valves that Fluxtec is to bring by 9 March; paint follows."""
    history = History().opened().calendar("plant")
    history.phase("weld", 2, department_id="welding").phase("paint", 1, department_id="painting")
    return history.link("weld", "paint").ordered("PO-1", "2026-03-09", "weld")


def asked_of(history: History, *, together: int = 1) -> list[Request]:
    """Return what is asked for over a history whose last `together` events are one message."""
    policy, project = MeetingOnConflict(), Watched(PROJECT)
    state = policy.initial()
    asked: list[Request] = []
    within = range(len(history.events) - together, len(history.events) - 1)
    for place, recorded in enumerate(history.events):
        project.take(recorded)
        asked += policy.fold(state, recorded, project, more=place in within)
    assert policy.due(state, project) is None
    return asked


def needs_of(history: History, *, together: int = 1) -> list[AnticipateMeeting]:
    commands = [request.command for request in asked_of(history, together=together)]
    assert all(isinstance(command, AnticipateMeeting) for command in commands)
    return [command for command in commands if isinstance(command, AnticipateMeeting)]


def planned(history: History, need: AnticipateMeeting) -> History:
    """Let the need be known, and the meeting be called."""
    event = MeetingNeedAnticipated(why=need.why, refs=need.refs)
    history.record(need.stream(), event)
    called = MeetingPlanned(purpose="Valves", start=at("2026-03-06 09:00"), duration_min=60)
    return history.record(need.stream(), called)


def test_a_grave_conflict_with_a_vendor_needs_a_meeting_of_those_concerned() -> None:
    late = found("commitment-PO-1", act_by=date(2026, 3, 6))
    (need,) = needs_of(ordered().record(CONFLICT, late))
    assert need == AnticipateMeeting(
        project_id=PROJECT,
        meeting_id=need.meeting_id,
        why="Valves are promised too late",
        refs=(CONFLICT, "commitment-PO-1"),
        required_departments=("welding",),
        before=at("2026-03-07 00:00"),
        external_parties=("Fluxtec",),
    )


@pytest.mark.parametrize(
    ("subject", "event", "outside", "departments"),
    [
        pytest.param(
            "contract-K-1",
            ContractReceived(party="Fluxtec", kind="vendor", version=1, doc_hash="a1"),
            ("Fluxtec",),
            ("welding",),
            id="a contract has its other side, and what its deliveries are for",
        ),
        pytest.param(
            "request-R-1",
            RequestIdentified(
                from_party="Brauhaus", found_in="call", verbatim="Blue", identified_by="ben"
            ),
            ("Brauhaus",),
            (),
            id="a request has who asked",
        ),
        pytest.param(
            "requirement-N-1",
            RequirementIdentified(
                phase="paint", item="valves", qty=Decimal(1), uom="H87", offset_min=0
            ),
            (),
            ("painting",),
            id="a requirement that nothing is ordered for is nobody's outside",
        ),
    ],
)
def test_what_a_conflict_is_about_says_who_is_asked(
    subject: str, event: DomainEvent, outside: tuple[str, ...], departments: tuple[str, ...]
) -> None:
    history = ordered().record(subject, event).record(CONFLICT, found(subject))
    told = [(need.external_parties, need.required_departments) for need in needs_of(history)]
    assert told == ([(outside, departments)] if outside else [])


def test_a_promise_in_danger_is_the_customers_and_of_the_departments_it_waits_for() -> None:
    history = ordered().phase("pack", 1, department_id="packing").promise("2026-03-04")
    history.record(CONFLICT, found(f"project-{PROJECT}"))
    (need,) = needs_of(history)
    # Valves come by Monday the 9th, then weld and paint; packing is done on the first day.
    assert need.external_parties == ("customer",)
    assert need.required_departments == ("painting", "welding")


def test_what_is_not_grave_or_stays_in_the_house_needs_none() -> None:
    history = ordered().record(CONFLICT, found("commitment-PO-1", severity="medium"))
    history.record("conflict-C-2", found(f"phase-{PROJECT}/weld", severity="critical"))
    history.record("conflict-C-3", found("commitment-unknown"))
    assert needs_of(history) == []


def test_a_conflict_that_becomes_grave_needs_one_once() -> None:
    history = ordered().record(CONFLICT, found("commitment-PO-1", severity="medium"))
    graver = ConflictUpdated(severity="critical", impact_days=Decimal(9), summary="Weeks late")
    history.record(CONFLICT, graver).record(CONFLICT, graver)
    assert [need.why for need in needs_of(history)] == ["Weeks late"]


def test_what_one_message_says_is_looked_at_as_a_whole() -> None:
    history = ordered().record(CONFLICT, LATE).record(CONFLICT, CLEARED)
    back = ConflictReopened(because="Late again", severity="high", impact_days=Decimal(2))
    worse = ConflictUpdated(severity="high", impact_days=Decimal(2), summary="Later than ever")
    history.record(CONFLICT, back).record(CONFLICT, worse)
    whys = [need.why for need in needs_of(history, together=2)]
    assert whys == ["Valves are promised too late", "Later than ever"]


def test_the_same_history_asks_under_the_same_ids_and_each_spell_under_its_own() -> None:
    back = ConflictReopened(because="Late again", severity="high", impact_days=Decimal(2))
    history = ordered().record(CONFLICT, LATE).record(CONFLICT, CLEARED).record(CONFLICT, back)
    asked = asked_of(history)
    assert asked == asked_of(history)
    assert len({request.message_id for request in asked}) == 2
    causes = [request.cause.position for request in asked if request.cause is not None]
    assert causes == [7, 9]


REOPENED = ConflictReopened(because="Late again", severity="high", impact_days=Decimal(2))


def again(ended: DomainEvent | None, when: datetime | None = None) -> int:
    """Return how many meetings are needed when a conflict is back after what became of the first.

    None: that one is still to come.
    """
    history = ordered().record(CONFLICT, LATE)
    (need,) = needs_of(history)
    planned(history, need)
    if ended is not None:
        history.record(need.stream(), ended, effective_at=when)
    history.record(CONFLICT, CLEARED).record(CONFLICT, REOPENED)
    return len(needs_of(history))


def test_a_conflict_that_is_back_needs_another_once_the_first_is_no_more_to_come() -> None:
    assert again(None) == 1
    assert again(MeetingCancelled()) == 2
    assert again(MeetingHeld(started=at("2026-03-06 09:00")), at("2026-03-06 09:00")) == 2


def needed(history: History, need: AnticipateMeeting) -> History:
    """Let the need be known, and nobody plan for it."""
    event = MeetingNeedAnticipated(
        why=need.why, refs=need.refs, external_parties=need.external_parties
    )
    return history.record(need.stream(), event)


def test_one_meeting_is_needed_with_the_same_people_whatever_they_have_to_talk_about() -> None:
    history = ordered().ordered("PO-2", "2026-03-09", "paint").record(CONFLICT, LATE)
    history.record("conflict-C-2", found("commitment-PO-2", summary="Pipes are late"))
    (need,) = needs_of(history)
    assert need.why == "Valves are promised too late"
    needed(history, need).record("conflict-C-3", found("commitment-PO-2", summary="Later still"))
    assert needs_of(history) == [need]


def test_a_need_is_let_go_with_its_conflict_and_the_next_that_waited_is_asked_for() -> None:
    history = ordered().ordered("PO-2", "2026-03-09", "paint").record(CONFLICT, LATE)
    history.record("conflict-C-2", found("commitment-PO-2", summary="Pipes are late"))
    (need,) = needs_of(history)
    needed(history, need).record(CONFLICT, CLEARED)
    _, let_go = (request.command for request in asked_of(history))
    assert isinstance(let_go, CancelMeeting)
    assert let_go.stream() == need.stream()
    assert let_go.reason is not None
    assert let_go.reason.text == "It is settled: Valves are promised too late"
    history.record(need.stream(), MeetingCancelled())
    *_, after = (request.command for request in asked_of(history))
    assert isinstance(after, AnticipateMeeting)
    assert (after.why, after.refs) == ("Pipes are late", ("conflict-C-2", "commitment-PO-2"))
    assert after.meeting_id != need.meeting_id


def test_a_meeting_that_is_planned_is_not_let_go_and_covers_its_own_conflict_alone() -> None:
    history = ordered().ordered("PO-2", "2026-03-09", "paint").record(CONFLICT, LATE)
    (need,) = needs_of(history)
    planned(history, need).record("conflict-C-2", found("commitment-PO-2", summary="Pipes"))
    assert [each.why for each in needs_of(history)] == [need.why, "Pipes"]
    assert len(asked_of(history.record(CONFLICT, CLEARED))) == 2


def test_a_need_that_somebody_told_of_without_a_conflict_is_his_to_let_go() -> None:
    history = ordered().record("meeting-M", MeetingNeedAnticipated(why="New hall", refs=()))
    assert asked_of(history.record(CONFLICT, LATE).record(CONFLICT, CLEARED))[1:] == []


def test_a_meeting_that_has_the_conflict_on_its_agenda_is_enough() -> None:
    history = ordered()
    called = MeetingPlanned(purpose="Weekly", start=at("2026-03-06 09:00"), duration_min=60)
    item = AgendaItemAdded(
        item_id="valves", topic="Valves", refs=(CONFLICT,), required_departments=("welding",),
        lead="anna",
    )  # fmt: skip
    history.record("meeting-W", called).record("meeting-W", item)
    assert needs_of(history.record(CONFLICT, LATE)) == []


def test_a_project_that_is_over_needs_no_meeting() -> None:
    assert needs_of(ordered().project(ProjectCompleted()).record(CONFLICT, LATE)) == []
