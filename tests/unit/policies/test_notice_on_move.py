"""One message that moves dates makes one notice for each party that goes by them, of its own."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.commitments.events import CommitmentCancelled, CommitmentRevised
from domain.kernel.values import Reason
from domain.notices.commands import PrepareNotice
from domain.notices.events import CHANGES_MAX, DateChange
from domain.phases.events import PhaseReleased
from domain.plans.events import PhaseDurationRevised
from domain.policies import Request
from domain.policies.notice_on_move import NoticeOnMove, content_hash
from domain.projects.events import (
    BaselineApproved,
    ProjectCompleted,
    PromiseChanged,
    RuleSet,
)
from domain.rules.watched import Watched
from tests.unit.projections.histories import DAY, PROJECT, History

DRAWING = Reason(code="drawing_missing", text="Sheet 4")
ESTIMATED = Reason(code="estimate_wrong")


def asked_of(history: History, *, together: int = 1) -> list[Request]:
    """Return what is asked for over a history whose last `together` events are one message."""
    policy, project = NoticeOnMove(), Watched(PROJECT)
    state = policy.initial()
    asked: list[Request] = []
    within = range(len(history.events) - together, len(history.events) - 1)
    for place, recorded in enumerate(history.events):
        project.take(recorded)
        asked += policy.fold(state, recorded, project, more=place in within)
    return asked


def notices_of(history: History, *, together: int = 1) -> list[PrepareNotice]:
    commands = [request.command for request in asked_of(history, together=together)]
    assert all(isinstance(command, PrepareNotice) for command in commands)
    return [command for command in commands if isinstance(command, PrepareNotice)]


def told(notices: list[PrepareNotice]) -> dict[str, list[tuple[str, str, str]]]:
    """Return by recipient what moved of what, by how many days."""
    return {
        notice.recipients[0]: [
            (change.subject.removeprefix(f"phase-{PROJECT}/"), change.what, str(change.days))
            for change in notice.changes
        ]
        for notice in notices
    }


def planned() -> History:
    """Weld for two days, then paint, then pack a day each, from Monday 2 March; not in force."""
    history = History().opened().calendar("plant")
    history.phase("weld", 2, department_id="welding")
    history.phase("paint", 1, department_id="painting")
    history.phase("pack", 1, department_id="packing")
    return history.link("weld", "paint").link("paint", "pack")


def baselined(history: History) -> History:
    return history.project(
        BaselineApproved(name="first", at_position=len(history.events), approved_by="anna")
    )


def lasts(history: History, phase_id: str, minutes: int, reason: Reason = ESTIMATED) -> History:
    return history.record(
        f"plan-{PROJECT}",
        PhaseDurationRevised(phase_id=phase_id, old_min=DAY, new_min=minutes),
        reason=reason,
    )


def test_a_draft_is_nobodys_notice() -> None:
    assert notices_of(lasts(planned().promise("2026-03-05"), "weld", 5 * DAY)) == []


@pytest.mark.parametrize("puts_in_force", ["baseline", "release", "start"])
def test_a_plan_in_force_tells_each_party_what_moved_for_it_alone(puts_in_force: str) -> None:
    history = planned().promise("2026-03-05").ordered("PO-1", "2026-03-04", "paint")
    if puts_in_force == "baseline":
        baselined(history)
    elif puts_in_force == "release":
        history.record(f"phase-{PROJECT}/weld", PhaseReleased(by="anna", plan_version=5))
    else:
        history.started("weld", "2026-03-02 08:00")
    assert told(notices_of(lasts(history, "weld", 4 * DAY, DRAWING))) == {
        "customer": [(f"project-{PROJECT}", "project_finish", "2.00")],
        "packing": [("pack", "finish", "2.00"), ("pack", "start", "2.00")],
        "painting": [("paint", "finish", "2.00"), ("paint", "start", "2.00")],
        "welding": [("weld", "finish", "2.00")],
        "Fluxtec": [("commitment-PO-1", "need", "2.00")],
    }


def test_a_notice_says_when_it_was_and_is_now_and_who_is_to_know_why() -> None:
    history = baselined(planned().promise("2026-03-05"))
    notices = notices_of(lasts(history, "weld", 4 * DAY, DRAWING))
    by_party = {notice.recipients[0]: notice for notice in notices}
    change = DateChange(
        subject=f"phase-{PROJECT}/weld",
        what="finish",
        old="2026-03-03T17:00:00Z",
        new="2026-03-05T17:00:00Z",
        days=Decimal("2.00"),
    )
    welding = by_party["welding"]
    assert welding.changes == (change,)
    assert (welding.kind, welding.stake, welding.changes_count) == ("delay", "department", 1)
    assert welding.content_hash == content_hash([change])
    assert welding.cause_events == (history.events[-1].event_id,)
    assert welding.summary == ("1 date moved, by 2.00 working days later: drawing missing, Sheet 4")
    assert by_party["customer"].summary == "1 date moved, by 2.00 working days later"


def test_ids_derive_from_cause_and_party() -> None:
    history = lasts(baselined(planned().promise("2026-03-05")), "weld", 4 * DAY)
    first = asked_of(history)
    assert first == asked_of(history)
    assert len({request.message_id for request in first}) == len(first) == 4
    again = asked_of(lasts(history.tick("2026-03-04 10:00"), "weld", 6 * DAY))
    assert again[:4] == first
    assert len({request.message_id for request in again}) == len(again) == 8


def test_what_moves_by_less_than_a_day_is_told_once_it_adds_up() -> None:
    history = baselined(planned())
    lasts(lasts(history, "pack", DAY + 200), "pack", DAY + 400)
    assert notices_of(history) == []
    assert told(notices_of(lasts(history, "pack", DAY + 480))) == {
        "packing": [("pack", "finish", "1.00")]
    }


def test_what_was_told_is_not_told_again() -> None:
    history = lasts(baselined(planned()), "pack", 3 * DAY)
    known = notices_of(history)
    assert told(known) == {"packing": [("pack", "finish", "2.00")]}
    assert notices_of(lasts(history, "pack", 3 * DAY + 60)) == known


def test_coming_sooner_is_told_as_a_new_schedule() -> None:
    (notice,) = notices_of(lasts(baselined(planned()), "weld", DAY))[2:]
    assert notice.recipients == ("welding",)
    assert notice.kind == "schedule"
    assert notice.summary == "1 date moved, by 1.00 working days earlier: estimate wrong"


def test_a_promise_that_moves_is_told_to_whom_it_was_given_even_of_a_draft() -> None:
    moved = PromiseChanged(
        to_party="customer",
        deliverable="mixer",
        old=date(2026, 3, 5),
        new=date(2026, 3, 9),
    )
    notices = notices_of(planned().promise("2026-03-05").project(moved))
    assert told(notices) == {"customer": [(f"project-{PROJECT}", "promise", "2.00")]}
    assert (notices[0].changes[0].old, notices[0].changes[0].new) == ("2026-03-05", "2026-03-09")


def test_a_vendor_is_told_when_we_ask_for_another_day() -> None:
    history = planned().ordered("PO-1", "2026-03-04", "paint")
    history.commitment("PO-1", CommitmentRevised(revision=2, need_by=date(2026, 3, 6)))
    assert told(notices_of(history)) == {"Fluxtec": [("commitment-PO-1", "need_by", "2.00")]}


def test_a_vendor_from_whom_nothing_is_to_come_is_told_nothing() -> None:
    history = baselined(planned().ordered("PO-1", "2026-03-04", "paint"))
    history.commitment("PO-1", CommitmentCancelled())
    assert "Fluxtec" not in told(notices_of(lasts(history, "weld", 4 * DAY)))


def test_what_is_over_or_has_begun_moves_for_nobody() -> None:
    history = baselined(planned()).started("weld", "2026-03-04 08:00")
    moved = told(notices_of(history))
    assert moved["welding"] == [("weld", "finish", "2.00")]
    history.finished("weld", "2026-03-12 17:00").tick("2026-03-13 08:00")
    later = told(notices_of(history)[len(moved) :])
    assert sorted(later) == ["packing", "painting"]


def test_a_message_of_several_events_is_one_cause() -> None:
    history = lasts(lasts(baselined(planned()), "weld", 3 * DAY), "pack", 2 * DAY)
    notices = notices_of(history, together=2)
    assert told(notices) == {
        "packing": [("pack", "finish", "2.00"), ("pack", "start", "1.00")],
        "painting": [("paint", "finish", "1.00"), ("paint", "start", "1.00")],
        "welding": [("weld", "finish", "1.00")],
    }
    causes = tuple(event.event_id for event in history.events[-2:])
    assert {notice.cause_events for notice in notices} == {causes}


def test_a_project_that_is_over_tells_nothing_more() -> None:
    history = baselined(planned()).project(ProjectCompleted())
    assert notices_of(lasts(history, "weld", 4 * DAY)) == []


def test_a_cascade_of_500_phases_is_one_notice_for_each_affected_party() -> None:
    history = History().opened().calendar("plant").promise("2028-03-05")
    departments = ("welding", "painting", "packing", "testing")
    for number in range(500):
        history.phase(f"p{number}", department_id=departments[number % 4])
        if number:
            history.link(f"p{number - 1}", f"p{number}")
    baselined(history.ordered("PO-1", "2027-03-04", "p400"))
    notices = notices_of(lasts(history, "p0", 3 * DAY))
    assert sorted(notice.recipients for notice in notices) == [
        ("Fluxtec",),
        ("customer",),
        *((each,) for each in sorted(departments)),
    ]
    counts = {notice.recipients[0]: notice.changes_count for notice in notices}
    assert counts == {
        "customer": 1,
        "Fluxtec": 1,
        "welding": 249,
        "painting": 250,
        "packing": 250,
        "testing": 250,
    }
    assert max(len(notice.changes) for notice in notices) == CHANGES_MAX


def test_a_correction_tells_what_stands_otherwise_than_was_told() -> None:
    policy = NoticeOnMove()
    wrong = lasts(baselined(planned()), "pack", 4 * DAY)
    before, after = policy.initial(), policy.initial()
    then, now = Watched(PROJECT), Watched(PROJECT)
    for recorded in wrong.events:
        then.take(recorded)
        policy.fold(before, recorded, then)
    for recorded in wrong.events[:-1]:
        now.take(recorded)
        policy.fold(after, recorded, now)
    (request,) = policy.instead(before, after, wrong.events[-1], now)
    assert isinstance(request.command, PrepareNotice)
    assert told([request.command]) == {"packing": [("pack", "finish", "-3.00")]}


def test_what_moves_within_a_day_of_being_told_is_gathered_into_one_notice() -> None:
    history = lasts(baselined(planned()), "pack", 3 * DAY).tick("2026-02-01 12:00")
    lasts(lasts(history, "pack", 5 * DAY), "pack", 6 * DAY)
    (first,) = notices_of(history)
    _, second = notices_of(history.tick("2026-02-02 12:00"))
    assert told([second]) == {"packing": [("pack", "finish", "3.00")]}
    assert (second.changes[0].old, second.changes[0].new) == (
        first.changes[0].new,
        "2026-03-12T17:00:00Z",
    )
    assert second.cause_events == tuple(each.event_id for each in history.events[-3:-1])


def test_what_moves_back_before_it_was_told_is_nothing_to_tell() -> None:
    history = lasts(baselined(planned()), "pack", 3 * DAY)
    lasts(lasts(history, "pack", 5 * DAY), "pack", 3 * DAY).tick("2026-03-04 08:00")
    assert len(notices_of(history)) == 1


def test_a_date_that_was_laid_down_is_told_at_once_with_all_that_waits() -> None:
    history = lasts(baselined(planned().promise("2026-03-05")), "weld", 4 * DAY)
    before = len(notices_of(history))
    lasts(history, "weld", 5 * DAY).project(
        PromiseChanged(
            to_party="customer",
            deliverable="mixer",
            old=date(2026, 3, 5),
            new=date(2026, 3, 9),
        )
    )
    (notice,) = notices_of(history)[before:]
    assert told([notice]) == {
        "customer": [
            (f"project-{PROJECT}", "promise", "2.00"),
            (f"project-{PROJECT}", "project_finish", "1.00"),
        ]
    }


def test_a_project_that_gathers_nothing_tells_after_each_message() -> None:
    history = baselined(planned()).project(RuleSet(rule="notices", parameters={"gather": 0}))
    lasts(lasts(history, "pack", 3 * DAY), "pack", 5 * DAY)
    assert [str(each.changes[0].days) for each in notices_of(history)] == ["2.00", "2.00"]


def test_it_waits_until_a_day_after_it_told_and_for_nothing_where_all_is_told() -> None:
    policy, project = NoticeOnMove(), Watched(PROJECT)
    state = policy.initial()
    history = lasts(baselined(planned()), "pack", 3 * DAY)
    told_at = history.events[-1].recorded_at
    for recorded in lasts(history, "pack", 5 * DAY).events:
        if recorded is history.events[-1]:
            assert policy.due(state, project) is None
        project.take(recorded)
        policy.fold(state, recorded, project)
    assert policy.due(state, project) == told_at + timedelta(days=1)
