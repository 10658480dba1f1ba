"""Rule K4: notice periods of recorded clauses, counted by hand."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from domain.commitments.events import PromiseDateMoved
from domain.contracts.events import ObligationMet
from domain.notices.events import NoticeBounced, NoticePrepared, NoticeSent
from domain.plans.events import PhaseDurationRevised
from domain.rules import Cleared, Finding, Found
from domain.rules.notice_period import NoticePeriod
from domain.rules.watched import Watched
from tests.unit.projections.histories import DAY, PROJECT, History, at
from tests.unit.rules.contracts import SUBJECTS, clause, contract, received
from tests.unit.rules.findings import last, told

RULE = NoticePeriod()


def a_delay(value: str = "7", unit: str = "days") -> History:
    """On Wednesday the 4th the work is known to end a day after the promise of Friday the 6th."""
    history = received(History().opened().calendar("plant").phase("weld", 5).promise("2026-03-06"))
    clause(history, "9.3", "notice_period", value, unit)
    longer = PhaseDurationRevised(phase_id="weld", old_min=5 * DAY, new_min=6 * DAY)
    return history.record(f"plan-{PROJECT}", longer, effective_at=at("2026-03-04 10:00"))


def a_late_vendor() -> History:
    """On Wednesday the 4th Fluxtec says that what is needed on the 6th comes on the 12th."""
    history = received(History().opened().calendar("plant"), "vendor", "Fluxtec")
    clause(history, "9.3", "notice_period", "7", "days")
    history.ordered("PO-1", "2026-03-06")
    moved = PromiseDateMoved(new=date(2026, 3, 12), told_by="desk", channel="email")
    return history.record("commitment-PO-1", moved, effective_at=at("2026-03-04 10:00"))


def due_of(history: History) -> datetime | None:
    """Return the moment that the rule waits for after a history."""
    project, state = Watched(PROJECT), RULE.initial()
    for recorded in history.events:
        project.take(recorded)
        RULE.fold(state, recorded, project)
    return RULE.due(state, project)


def test_it_is_found_two_working_days_before_the_period_ends() -> None:
    """Seven days after Wednesday the 4th end with the 11th; two working days before is the 10th."""
    history = a_delay()
    assert due_of(history) == at("2026-03-10 08:00")
    assert told(RULE, history.tick("2026-03-10 07:59")) == []
    assert last(RULE, history.tick("2026-03-10 08:00")) == Finding(
        rule="notice_period",
        rule_version=1,
        kind="contract",
        subjects=SUBJECTS,
        severity="high",
        impact_days=Decimal(0),
        summary=(
            "K-1, 9.3: notice to Brauhaus is due by 2026-03-11: "
            "the project was forecast to finish on 2026-03-09"
        ),
        evidence=(6, 7),
        first_position=9,
        act_by=date(2026, 3, 11),
        remedies=("Give Brauhaus notice in the form 9.3 asks for, and record 9.3 as met",),
    )


def test_it_is_critical_when_the_period_is_over() -> None:
    history = a_delay().tick("2026-03-10 08:00").tick("2026-03-12 00:00")
    found = last(RULE, history)
    assert found.severity == "critical"
    assert found.summary.startswith("K-1, 9.3: notice to Brauhaus was due by 2026-03-11: the")
    assert due_of(history) is None


def test_working_days_are_counted_on_the_calendar_of_the_project() -> None:
    """Three of them after Wednesday at ten end on Monday at ten; two before is Thursday at ten."""
    assert due_of(a_delay("3", "working_days")) == at("2026-03-05 10:00")


def test_weeks_are_seven_days_each() -> None:
    assert due_of(a_delay("1", "weeks")) == due_of(a_delay("7", "days"))


def test_a_notice_after_the_cause_ends_it() -> None:
    given = ObligationMet(clause="9.3", at=at("2026-03-10 12:00"))
    history = contract(a_delay().tick("2026-03-10 08:00"), given)
    assert told(RULE, history)[1:] == [
        Cleared("notice_period", SUBJECTS, "Notice was given under K-1")
    ]


def noticed(history: History, sent: str | None, to: str = "Brauhaus", *names: str) -> History:
    """Prepare a notice that names events or subjects, and send it at a moment."""
    history.record(
        "notice-N-1",
        NoticePrepared(
            kind="delay",
            recipients=(to,),
            cause_events=tuple(each for each in names if ":" in each),
            refs=tuple(each for each in names if ":" not in each),
            content_hash="0" * 64,
            summary="Later",
        ),
    )
    if sent is not None:
        history.record("notice-N-1", NoticeSent(channel="email"), effective_at=at(sent))
    return history


def cause_of(history: History) -> str:
    return history.events[-1].event_id


def test_a_notice_sent_in_time_that_names_the_cause_prevents_it() -> None:
    history = a_delay()
    noticed(history, "2026-03-05 09:00", "Brauhaus", cause_of(history))
    assert told(RULE, history.tick("2026-03-12 00:00")) == []


def test_a_notice_sent_in_time_ends_it_and_one_that_comes_back_does_not() -> None:
    history = a_delay()
    cause = cause_of(history)
    noticed(history.tick("2026-03-10 08:00"), "2026-03-11 23:59", "Brauhaus", cause)
    assert told(RULE, history)[1:] == [
        Cleared("notice_period", SUBJECTS, "Notice was given under K-1")
    ]
    history.record("notice-N-1", NoticeBounced(), effective_at=at("2026-03-11 23:59"))
    assert last(RULE, history).severity == "high"


@pytest.mark.parametrize(
    ("sent", "to", "names_it"),
    [
        pytest.param(None, "Brauhaus", True, id="only prepared"),
        pytest.param("2026-03-12 00:00", "Brauhaus", True, id="sent after the period"),
        pytest.param("2026-03-04 09:59", "Brauhaus", True, id="sent before the cause"),
        pytest.param("2026-03-05 09:00", "Norva", True, id="sent to somebody else"),
        pytest.param("2026-03-05 09:00", "Brauhaus", False, id="of something else"),
    ],
)
def test_a_notice_that_is_none_of_this_ends_nothing(
    sent: str | None, to: str, *, names_it: bool
) -> None:
    history = a_delay()
    names = cause_of(history) if names_it else f"plan-{PROJECT}:1"
    noticed(history.tick("2026-03-10 08:00"), sent, to, names)
    assert [type(each) for each in told(RULE, history)] == [Finding]


def test_any_event_of_the_message_that_made_it_late_is_its_cause() -> None:
    history = a_delay()
    longer = PhaseDurationRevised(phase_id="weld", old_min=6 * DAY, new_min=7 * DAY)
    first = cause_of(history)
    history.record(f"plan-{PROJECT}", longer, effective_at=at("2026-03-04 10:00"))
    noticed(history, "2026-03-05 09:00", "Brauhaus", first)
    history.tick("2026-03-10 08:00")
    project, state = Watched(PROJECT), RULE.initial()
    found: list[Found] = []
    for place, recorded in enumerate(history.events):
        project.take(recorded)
        found += RULE.fold(state, recorded, project, more=recorded.event_id == first and place > 0)
    assert found == []


def test_a_vendor_is_told_by_the_name_of_what_he_is_to_bring() -> None:
    history = a_late_vendor()
    noticed(history, "2026-03-04 10:00", "Fluxtec", "commitment-PO-1")
    assert told(RULE, history.tick("2026-03-11 08:00")) == []
    assert told(RULE, a_late_vendor().tick("2026-03-11 08:00")) != []


def test_a_notice_of_an_earlier_cause_counts_for_nothing() -> None:
    given = ObligationMet(clause="9.3", at=at("2026-03-03 12:00"))
    assert told(RULE, contract(a_delay(), given).tick("2026-03-10 08:00")) != []


def test_it_ends_with_its_cause() -> None:
    history = a_delay().tick("2026-03-10 08:00")
    history.plan(PhaseDurationRevised(phase_id="weld", old_min=6 * DAY, new_min=5 * DAY))
    assert told(RULE, history)[1:] == [
        Cleared("notice_period", SUBJECTS, "There is no delay that K-1 wants notice of")
    ]


def test_a_vendors_word_that_he_is_late_begins_the_period_of_his_contract() -> None:
    found = last(RULE, a_late_vendor().tick("2026-03-10 08:00"))
    assert found.summary.endswith("valves (PO-1) is promised for 2026-03-12, not 2026-03-06")


def test_a_contract_without_a_notice_clause_wants_none() -> None:
    history = History().opened().calendar("plant").phase("weld", 6).promise("2026-03-06")
    assert told(RULE, received(history).tick("2026-04-01 00:00")) == []
