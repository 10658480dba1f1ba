"""Rule G3 against needs and gates that no meeting is planned for, with days counted by hand."""

from datetime import datetime
from decimal import Decimal

import pytest

from domain.conflicts.events import ConflictCleared, ConflictRaised, ConflictReopened
from domain.kernel.messages import DomainEvent
from domain.meetings.events import (
    AgendaItemAdded,
    MeetingCancelled,
    MeetingHeld,
    MeetingMoved,
    MeetingNeedAnticipated,
    MeetingPlanned,
)
from domain.plans.events import GateAdded, GateSatisfied, GateWaived, PhaseDurationRevised
from domain.projects.events import RuleSet
from domain.rules import Cleared, Finding
from domain.rules.meeting_needed import MeetingNeeded
from domain.rules.watched import Watched
from tests.unit.projections.histories import DAY, PROJECT, History, at
from tests.unit.rules.contracts import received
from tests.unit.rules.findings import last, told

RULE = MeetingNeeded()
NEED, CONFLICT = "meeting-M-1", "conflict-C-1"
WELD = f"phase-{PROJECT}/weld"
RAISED = ConflictRaised(
    kind="vendor", subjects=("commitment-PO-1",), summary="Valves are late", severity="high"
)
GATE = GateAdded(gate_id="G1", phase_id="weld", kind="contract", ref="K-1")
SETTLED = ConflictCleared(because="They came")


def needed(before: str | None = "2026-03-06 17:00") -> History:
    """Know of a conflict with Fluxtec that is to be talked over by Friday evening."""
    history = History().opened().calendar("plant").tick("2026-03-02 08:00")
    need = MeetingNeedAnticipated(
        why="Valves are late",
        refs=(CONFLICT, "commitment-PO-1"),
        before=None if before is None else at(before),
        external_parties=("Fluxtec",),
    )
    return history.record(CONFLICT, RAISED).record(NEED, need)


def called(history: History, stream: str, start: str, *refs: str) -> History:
    planned = MeetingPlanned(purpose="Valves", start=at(start), duration_min=60)
    history.record(stream, planned)
    if refs:
        item = AgendaItemAdded(
            item_id="one", topic="Valves", refs=refs, required_departments=("welding",), lead="anna"
        )
        history.record(stream, item)
    return history


def gated(days_before: int = 10) -> History:
    """Weld starts after ten working days, on Monday 16 March, and waits for a customer's paper."""
    history = History().opened().calendar("plant")
    history.phase("cut", days_before).phase("weld", 2).link("cut", "weld")
    return received(history).plan(GATE)


def due_of(history: History) -> datetime | None:
    """Return the moment that the rule waits for after a history."""
    project, state = Watched(PROJECT), RULE.initial()
    for recorded in history.events:
        project.take(recorded)
        RULE.fold(state, recorded, project)
    return RULE.due(state, project)


def known(before: str | None) -> History:
    """Know on a Sunday, 1 February, that a meeting is needed; time stands where events come."""
    need = MeetingNeedAnticipated(
        why="Valves are late",
        refs=(CONFLICT,),
        before=None if before is None else at(before),
        external_parties=("Fluxtec",),
    )
    return History().opened().calendar("plant").record(CONFLICT, RAISED).record(NEED, need)


def test_there_is_a_working_day_to_plan_a_meeting() -> None:
    history = known("2026-03-06 17:00")
    assert due_of(history) == at("2026-02-02 17:00")
    assert told(RULE, history.tick("2026-02-02 16:59")) == []
    assert len(told(RULE, history.tick("2026-02-02 17:00"))) == 1


def test_there_is_less_time_where_the_meeting_is_needed_sooner_or_a_project_says_so() -> None:
    assert due_of(known("2026-02-02 10:00")) == at("2026-02-02 10:00")
    history = known(None).project(RuleSet(rule="meeting_needed", parameters={"grace": 0}))
    assert len(told(RULE, history)) == 1


def test_a_need_without_a_meeting_says_with_whom_by_when_and_why() -> None:
    history = needed()
    assert told(RULE, history) == [
        Finding(
            rule="meeting_needed",
            rule_version=1,
            kind="communication",
            subjects=(NEED,),
            severity="medium",
            impact_days=Decimal(0),
            summary=(
                "A meeting with Fluxtec is needed before 2026-03-06 17:00, and none is planned: "
                "Valves are late"
            ),
            evidence=(5,),
            first_position=5,
            remedies=("Plan the meeting", "Settle it without one, and record that"),
        )
    ]
    assert due_of(history) == at("2026-03-06 17:00")


def test_it_is_grave_once_the_moment_has_passed() -> None:
    assert len(told(RULE, needed().tick("2026-03-06 16:59"))) == 1
    history = needed().tick("2026-03-06 17:00")
    assert last(RULE, history).severity == "high"
    assert due_of(history) is None


def test_a_meeting_planned_before_the_moment_ends_it_and_one_planned_after_does_not() -> None:
    assert len(told(RULE, called(needed(), NEED, "2026-03-09 09:00"))) == 1
    history = called(needed(), NEED, "2026-03-06 09:00")
    ended = Cleared("meeting_needed", (NEED,), "A meeting is planned: Valves are late")
    assert told(RULE, history)[1:] == [ended]
    moved = MeetingMoved(old=at("2026-03-06 09:00"), new=at("2026-03-10 09:00"))
    assert len(told(RULE, history.record(NEED, moved))) == 3


def test_a_need_without_a_moment_is_met_by_any_meeting() -> None:
    assert "is needed, and none" in last(RULE, needed(None)).summary
    assert due_of(needed(None)) is None
    assert isinstance(told(RULE, called(needed(None), NEED, "2026-09-01 09:00"))[-1], Cleared)


def test_another_meeting_with_the_conflict_on_its_agenda_is_a_meeting_about_it() -> None:
    history = called(needed(), "meeting-W", "2026-03-05 09:00", "commitment-PO-1")
    assert len(told(RULE, history)) == 1
    history = called(needed(), "meeting-W", "2026-03-05 09:00", CONFLICT)
    assert isinstance(told(RULE, history)[-1], Cleared)
    back = history.record("meeting-W", MeetingCancelled())
    assert last(RULE, back).subjects == (NEED,)


@pytest.mark.parametrize(
    ("stream", "event", "because"),
    [
        (CONFLICT, SETTLED, "It is settled: Valves are late"),
        (NEED, MeetingCancelled(), "The meeting is cancelled: Valves are late"),
        (
            NEED,
            MeetingHeld(started=at("2026-03-05 09:00")),
            "The meeting is held: Valves are late",
        ),
    ],
)
def test_a_need_ends_with_what_it_was_for(stream: str, event: DomainEvent, because: str) -> None:
    found = told(RULE, needed().record(stream, event))
    assert found[1:] == [Cleared("meeting_needed", (NEED,), because)]


def test_a_conflict_that_is_back_before_anybody_planned_needs_the_meeting_again() -> None:
    back = ConflictReopened(because="Late again", severity="high", impact_days=Decimal(2))
    history = needed().record(CONFLICT, SETTLED).record(CONFLICT, back)
    assert [type(each) for each in told(RULE, history)] == [Finding, Cleared, Finding]


def test_a_gate_of_an_outsider_is_found_five_working_days_before_its_phase() -> None:
    history = gated()
    assert due_of(history) == at("2026-03-09 08:00")
    assert told(RULE, history.tick("2026-03-09 07:59")) == []
    assert told(RULE, history.tick("2026-03-09 08:00")) == [
        Finding(
            rule="meeting_needed",
            rule_version=1,
            kind="communication",
            subjects=("contract-K-1", WELD),
            severity="medium",
            impact_days=Decimal(0),
            summary=(
                "Weld starts on 2026-03-16 and waits for G1 of Brauhaus, and no meeting about it "
                "is planned"
            ),
            evidence=(7,),
            first_position=9,
            remedies=("Plan the meeting", "Settle it without one, and record that"),
        )
    ]


def near() -> History:
    return gated().tick("2026-03-09 08:00")


def test_a_meeting_about_the_phase_or_the_paper_before_the_start_ends_it() -> None:
    for ref in ("contract-K-1", WELD):
        assert isinstance(
            told(RULE, called(near(), "meeting-W", "2026-03-13 09:00", ref))[-1], Cleared
        )
    assert len(told(RULE, called(near(), "meeting-W", "2026-03-17 09:00", WELD))) == 1
    assert len(told(RULE, called(near(), "meeting-W", "2026-03-13 09:00", CONFLICT))) == 1


@pytest.mark.parametrize(
    "settled",
    [
        GateSatisfied(gate_id="G1", evidence="signed"),
        GateWaived(gate_id="G1", by="anna", why="It is agreed"),
    ],
)
def test_a_gate_ends_it_when_it_is_settled_and_the_last_of_several(settled: DomainEvent) -> None:
    assert isinstance(told(RULE, near().plan(settled))[-1], Cleared)
    another = GATE.model_copy(update={"gate_id": "G2"})
    left = last(RULE, gated().plan(another).tick("2026-03-09 08:00").plan(settled))
    assert "waits for G2 of Brauhaus" in left.summary


def test_a_start_ends_it_and_one_that_moves_away_only_by_a_day_more() -> None:
    assert isinstance(told(RULE, near().started("weld", "2026-03-09 08:00"))[-1], Cleared)
    day_later = PhaseDurationRevised(phase_id="cut", old_min=10 * DAY, new_min=11 * DAY)
    assert len(told(RULE, near().plan(day_later))) == 1
    later = PhaseDurationRevised(phase_id="cut", old_min=10 * DAY, new_min=11 * DAY + 1)
    assert isinstance(told(RULE, near().plan(later))[-1], Cleared)


@pytest.mark.parametrize(
    "gate",
    [
        GATE.model_copy(update={"kind": "permit"}),
        GATE.model_copy(update={"ref": "the frame contract of May"}),
        GATE.model_copy(update={"ref": None}),
        GATE.model_copy(update={"ref": "K-2"}),
        GATE.model_copy(update={"kind": "request", "ref": "contract-K-1"}),
    ],
)
def test_a_gate_that_names_no_party_is_nobodys(gate: GateAdded) -> None:
    history = History().opened().calendar("plant").phase("weld", 2)
    assert told(RULE, received(history).plan(gate).tick("2026-03-02 08:00")) == []


def test_a_gate_of_goods_is_its_vendors() -> None:
    history = History().opened().calendar("plant").phase("weld", 2)
    history.ordered("PO-1", "2026-03-09", "weld")
    history.plan(GATE.model_copy(update={"kind": "material", "ref": "PO-1"}))
    assert "of Fluxtec" in last(RULE, history.tick("2026-03-02 08:00")).summary
