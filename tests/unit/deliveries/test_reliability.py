"""Hold vendors' records to their definitions: what counts, when it is due, and by which rank."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commitments.events import (
    CommitmentAcknowledged,
    CommitmentCancelled,
    CommitmentSent,
    CommitmentShortClosed,
    ExpediteAnswered,
    PromiseDateMoved,
    ReceiptPosted,
)
from domain.commitments.facts import line_of
from domain.deliveries.promises import promises_of
from domain.deliveries.reliability import OnTime, Reliability, reliabilities
from domain.kernel.messages import DomainEvent
from domain.network.fold import fold
from domain.network.project_network import ProjectNetwork
from tests.builders import MONDAY, THURSDAY, TUESDAY, WEDNESDAY, fact, history
from tests.unit.projections.histories import PROJECT, History, at

NOTHING = OnTime(0, 0)


def accepted(day: date, revision: int = 1) -> CommitmentAcknowledged:
    return CommitmentAcknowledged(revision=revision, status="accepted", promised_date=day)


def moved(day: date) -> PromiseDateMoved:
    return PromiseDateMoved(new=day, told_by="desk", channel="phone")


def march(day: int) -> date:
    return date(2026, 3, day)


def record(story: History, today: date | None = None) -> Reliability:
    """Return the record of the only vendor of a history."""
    network = ProjectNetwork(PROJECT)
    for recorded in story.events:
        fold(network, recorded)
    (one,) = reliabilities(network.supplies.lines(), network.zone, today)
    return one


def a_line(*events: DomainEvent, came: str | None = None, zone: str = "UTC") -> History:
    """Tell of one line needed by Friday 13 March, and of its receipt."""
    story = History(zone=zone).opened().ordered("PO-1", "2026-03-13", "weld")
    for event in events:
        story.commitment("PO-1", event)
    if came is not None:
        story.record(
            "commitment-PO-1", ReceiptPosted(qty=Decimal(24), at=at(came)), effective_at=at(came)
        )
    return story


def test_a_line_that_came_is_measured_against_each_date_by_itself() -> None:
    one = record(a_line(accepted(march(9)), moved(march(11)), came="2026-03-12 10:00"))
    assert (one.against_need, one.against_promise, one.against_first_promise) == (
        OnTime(1, 1),
        OnTime(0, 1),
        OnTime(0, 1),
    )
    assert one.slips == (1,)


def test_a_promise_that_was_moved_is_kept_and_the_first_one_is_not() -> None:
    one = record(a_line(accepted(march(9)), moved(march(16)), came="2026-03-14 10:00"))
    assert (one.against_need, one.against_promise, one.against_first_promise) == (
        OnTime(0, 1),
        OnTime(1, 1),
        OnTime(0, 1),
    )
    assert one.slips == (-2,)


def test_a_promise_that_moved_after_the_goods_came_is_not_what_they_are_measured_by() -> None:
    story = a_line(accepted(march(9)), came="2026-03-12 10:00")
    after = at("2026-03-12 11:00")
    story.record("commitment-PO-1", moved(march(30)), effective_at=after)
    assert record(story).slips == (3,)


def test_a_day_ends_in_the_projects_zone() -> None:
    late_in_utc = record(a_line(accepted(march(12)), came="2026-03-12 23:30"))
    assert late_in_utc.slips == (0,)
    story = a_line(accepted(march(12)), came="2026-03-12 23:30", zone="Europe/Berlin")
    assert record(story).slips == (1,)


@pytest.mark.parametrize(
    ("today", "need", "promise"),
    [
        (None, NOTHING, NOTHING),
        (march(9), NOTHING, NOTHING),
        (march(10), NOTHING, OnTime(0, 1)),
        (march(13), NOTHING, OnTime(0, 1)),
        (march(14), OnTime(0, 1), OnTime(0, 1)),
    ],
)
def test_a_line_that_did_not_come_is_due_once_its_day_is_past(
    today: date | None, need: OnTime, promise: OnTime
) -> None:
    one = record(a_line(accepted(march(9))), today)
    assert (one.against_need, one.against_promise, one.slips) == (need, promise, ())


@pytest.mark.parametrize("end", [CommitmentCancelled(), CommitmentShortClosed()])
def test_a_line_that_was_given_up_is_held_against_nobody(end: DomainEvent) -> None:
    one = record(a_line(accepted(march(9)), end), march(30))
    assert (one.lines, one.against_need, one.against_promise) == (1, NOTHING, NOTHING)
    assert one.against_need.share is None


def test_only_days_that_differ_are_moves_and_replaced_answers_promise_nothing() -> None:
    sent = CommitmentSent(revision=1, channel="email")
    line = line_of(
        history(
            "commitment-PO-1",
            *(each.event for each in a_line().events if each.stream == "commitment-PO-1"),
            sent,
            fact(accepted(march(9)), MONDAY),
            fact(accepted(march(9)), TUESDAY),
            fact(ExpediteAnswered(answer="partly", date=march(6), channel="mail"), WEDNESDAY),
            fact(accepted(march(20), revision=4), THURSDAY),
        )
    )
    told = promises_of(line)
    assert [(each.before, each.day, each.days, each.channel) for each in told] == [
        (None, march(9), None, "acknowledgement"),
        (march(9), march(6), -3, "mail"),
    ]
    assert [each.day for each in promises_of(line, MONDAY)] == [march(9)]


def with_slips(*slips: int) -> Reliability:
    return Reliability("V", len(slips), tuple(sorted(slips)), NOTHING, NOTHING, NOTHING)


@pytest.mark.parametrize(
    ("slips", "median", "q80"),
    [
        ((), None, None),
        ((4,), 4, 4),
        ((1, 5), 1, 5),
        ((-2, 0, 1, 3, 9), 1, 3),
        ((0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 4, 7),
    ],
)
def test_quantiles_are_slips_that_were_seen(
    slips: tuple[int, ...], median: int | None, q80: int | None
) -> None:
    one = with_slips(*slips)
    assert (one.quantile(50), one.quantile(80)) == (median, q80)


@given(st.lists(st.integers(-30, 90), min_size=1), st.integers(1, 100))
def test_so_many_of_a_hundred_deliveries_do_not_exceed_a_quantile(
    slips: list[int], percent: int
) -> None:
    quantile = with_slips(*slips).quantile(percent)
    assert quantile in slips
    assert sum(slip <= quantile for slip in slips) * 100 >= percent * len(slips)
    assert sum(slip < quantile for slip in slips) * 100 < percent * len(slips)


@given(st.permutations([accepted(march(9)), moved(march(11)), moved(march(16)), moved(march(12))]))
def test_promises_make_the_same_history_in_any_order_of_arrival(arrived: list[DomainEvent]) -> None:
    days = {event: MONDAY + timedelta(hours=place) for place, event in enumerate(_IN_TIME)}
    line = line_of(
        history(
            "commitment-PO-1",
            *(each.event for each in a_line().events if each.stream == "commitment-PO-1"),
            *(fact(event, days[event]) for event in arrived),
        )
    )
    assert [each.day for each in promises_of(line)] == [march(9), march(11), march(16), march(12)]


_IN_TIME = (accepted(march(9)), moved(march(11)), moved(march(16)), moved(march(12)))
