"""Contracts remind of themselves: K1 to K4 rise from recorded clauses, and clear, end to end.

Nothing calls a rule here: requests and facts go in by the door, policies read the log, the clock
ticks, and the board of conflicts is asked.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consumers.bootstrap import System
from consumers.conflicts import conflicts
from consumers.notices import notices
from tests.unit.consumers.systems import (
    OPEN,
    StandingClock,
    ask,
    ask_all,
    plan_phase,
    report,
    system_in,
)

CONTRACT = {"contract_id": "C-1"}
PROMISE = (
    '{"project_id":"P","to_party":"Brauhaus","deliverable":"Press","promised_date":"2026-03-13"}'
)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()  # Monday 2 March, 07:00.


def asked(system: System, name: str, /, **body: object) -> None:
    text = json.dumps({"project_id": "P", **body})
    outcome = ask(system, name, text, message_id=f"{name}-{system.log.head()}")
    assert outcome.kind == "recorded", outcome
    system.settle()


def told(system: System, name: str, stream: str, **data: object) -> None:
    message_id = f"{name}-{system.log.head()}"
    outcome = report(system, name, stream, data, message_id=message_id, project="P")
    assert outcome.kind == "recorded", outcome
    system.settle()


def time_comes(system: System, clock: StandingClock, *moments: str) -> None:
    """Let it be these moments of March 2026, one after the other, e.g. `10 08:00`."""
    for moment in moments:
        day, time = moment.split()
        clock.at = datetime.fromisoformat(f"2026-03-{day}T{time}").replace(tzinfo=UTC)
        system.ticker.tick(clock.at)
        system.settle()


def standing(system: System, rule: str) -> list[tuple[str, str]]:
    """Return of what a rule found on the board: the column, and how grave it is."""
    rows = conflicts(system.views, "P", {})["conflicts"]
    return [(row["column"], row["severity"]) for row in rows if row["rule"] == rule]


def contracted(system: System, *, days: int = 5) -> None:
    """Weld for some days from Monday the 2nd under a customer's contract that names four dates."""
    requests = [OPEN, plan_phase("weld", days * 480), ("project.set_promise.v1", PROMISE)]
    assert ask_all(system, requests, message_id="plan").kind == "recorded"
    told(system, "contract.received.v1", "contract-C-1", party="Brauhaus", kind="customer",
         version=1, doc_hash="aa")  # fmt: skip
    for ref, kind, value, unit in (
        ("4.1", "delivery_date", "2026-03-13", None),
        ("9.3", "notice_period", "7", "days"),
    ):
        asked(system, "contract.record_clause.v1", **CONTRACT, ref=ref, kind=kind, value=value,
              **({} if unit is None else {"unit": unit}))  # fmt: skip


def reviewed(system: System, version: int = 1) -> None:
    asked(system, "contract.assign_review.v1", **CONTRACT, reviewers=["anna"], due="2026-03-20")
    asked(system, "contract.complete_review.v1", **CONTRACT, version=version, outcome="accepted")


def longer(system: System, days: int) -> None:
    asked(system, "plan.revise_duration.v1", phase_id="weld", duration_min=days * 480,
          reason={"code": "estimate_wrong"})  # fmt: skip


def moved_on_wednesday(system: System, clock: StandingClock) -> None:
    """Let what is contracted and in force last twelve days instead of five, from the 4th on."""
    contracted(system)
    asked(system, "project.approve_baseline.v1", name="first", at_position=system.log.head())
    time_comes(system, clock, "04 10:00")
    longer(system, 12)


def customer_is_told(system: System) -> None:
    """Send the one notice that was prepared for the customer."""
    prepared = notices(system.views, "P", {"details": "true"})["notices"]
    (notice,) = [each for each in prepared if each["recipients"] == ["Brauhaus"]]
    told(system, "notice.sent.v1", f"notice-{notice['notice']}", channel="email")


def test_work_that_starts_under_a_contract_nobody_accepted_is_a_conflict_until_it_is(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        contracted(system)
        asked(system, "plan.add_gate.v1", gate_id="G-1", phase_id="weld", kind="contract",
              ref="C-1")  # fmt: skip
        time_comes(system, clock, "02 07:30", "02 07:50")
        before = standing(system, "contract_unreviewed")
        reviewed(system)
        after = standing(system, "contract_unreviewed")
    assert before == [("unacknowledged", "medium")]
    assert after == [("cleared", "medium")]


def test_an_amendment_with_orders_outstanding_is_a_conflict_until_it_is_reviewed(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        contracted(system)
        reviewed(system)
        asked(system, "commitment.request.v1", commitment_id="PO-1", vendor="Norva", kind="goods",
              item="valve", qty="1", uom="H87", need_by="2026-03-20")  # fmt: skip
        assert standing(system, "review_invalidated") == []
        told(system, "contract.amended.v1", "contract-C-1", version=2, changed_clauses=["4.1"])
        before = standing(system, "review_invalidated")
        reviewed(system, 2)
        after = standing(system, "review_invalidated")
    assert before == [("unacknowledged", "high")]
    assert after == [("cleared", "high")]


def test_a_delivery_computed_past_its_clause_is_a_conflict_until_it_is_in_time(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        contracted(system)
        time_comes(system, clock, "02 08:00")
        longer(system, 12)
        # Twelve working days end on Tuesday the 17th, two working days past Friday the 13th.
        time_comes(system, clock, "02 08:20", "02 08:40")
        before = conflicts(system.views, "P", {})["conflicts"]
        longer(system, 5)
        time_comes(system, clock, "02 09:00", "02 09:20")
        after = standing(system, "obligation_at_risk")
    (risk,) = [row for row in before if row["rule"] == "obligation_at_risk"]
    assert (risk["column"], risk["impact_days"]) == ("unacknowledged", "2.00")
    assert risk["summary"].startswith("C-1, 4.1: due 2026-03-13, computed 2026-03-17")
    assert [column for column, _ in after] == ["cleared"]


def test_a_notice_period_is_a_conflict_until_the_notice_that_the_move_made_is_sent(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        moved_on_wednesday(system, clock)
        # Seven days after Wednesday the 4th end with the 11th; two working days before is Tuesday.
        time_comes(system, clock, "10 07:59")
        early = standing(system, "notice_period")
        time_comes(system, clock, "10 08:00")
        before = standing(system, "notice_period")
        customer_is_told(system)
        after = standing(system, "notice_period")
    assert early == []
    assert before == [("unacknowledged", "high")]
    assert after == [("cleared", "high")]


def test_a_notice_sent_before_anybody_was_reminded_raises_nothing(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        moved_on_wednesday(system, clock)
        customer_is_told(system)
        time_comes(system, clock, "10 08:00", "12 00:00", "12 08:00")
        assert standing(system, "notice_period") == []
