"""Hold why and attribution to a story whose dates can be worked out by hand."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from domain.attribution.causes import NO_REPORT
from domain.attribution.chain import Subject, chain_of, date_of
from domain.attribution.days import adding_up, in_days
from domain.attribution.hops import hop_moves
from domain.attribution.moves import attribute, half_step
from domain.attribution.roots import Roots
from domain.attribution.shares import WindowTooLarge, shares
from domain.commitments.events import PromiseDateMoved
from domain.kernel.minutes import instant_of
from domain.kernel.values import Reason
from domain.network.walk import Walk
from domain.plans.events import ConstraintSet, DependencyAdded, PhaseDurationRevised
from domain.projects.events import SchedulingPolicySet
from tests.property.random_histories import network_at, walk_at
from tests.unit.projections.histories import DAY, PROJECT, History, at

FINISH = Subject()
CLOCK_DAY = 1_440


def a_line_of_six() -> History:
    """Plan six phases one after the other from Monday 2 March; the first waits for valves."""
    history = History().opened().calendar("plant")
    history.project(SchedulingPolicySet(material_drives=True)).promise("2026-03-20")
    for phase_id in ("cut", "weld", "paint", "mount", "test", "pack"):
        history.phase(phase_id, 2, department_id=f"{phase_id} shop")
    for pred, succ in (
        ("cut", "weld"), ("weld", "paint"), ("paint", "mount"), ("mount", "test"), ("test", "pack"),
    ):  # fmt: skip
        history.link(pred, succ)
    return history.ordered("PO-1", "2026-03-03", "cut")


def moved_by_vendor(history: History, day: str) -> History:
    moved = PromiseDateMoved(new=date.fromisoformat(day), told_by="Fluxtec", channel="mail")
    late = Reason(code="material_short", text="Castings are on allocation")
    return history.record("commitment-PO-1", moved, actor="erp", reason=late)


def test_six_hops_lead_from_the_promise_to_the_vendor_and_their_days_add_up() -> None:
    history = moved_by_vendor(a_line_of_six(), "2026-03-06")
    before, after = network_at(history, len(history.events) - 1), network_at(history, 999)
    hops = hop_moves(chain_of(after, FINISH), before, after, history.events[-1:])
    assert [hop.hop.phase_id for hop in hops] == ["pack", "test", "mount", "paint", "weld", "cut"]
    assert hops[-1].hop.driver == ("commitment", "PO-1")
    assert [recorded.event.type_name for recorded in hops[-1].events] == [
        "commitment.promise_date_moved.v1"
    ]
    # Goods due on Tuesday are there on Wednesday; due on Friday, on Monday: five days later.
    assert hops[-1].moved == 5 * CLOCK_DAY
    moved = attribute(Walk(before), history.events[-1:], FINISH)
    assert sum(hop.own for hop in hops) == moved.minutes == hops[0].moved


def test_a_vendor_who_moves_his_date_is_charged_with_the_reason_he_gave() -> None:
    history = moved_by_vendor(a_line_of_six(), "2026-03-06")
    planned = len(history.events) - 1
    (move,) = attribute(walk_at(history, planned), history.events[planned:], FINISH).moves
    assert (move.cause.party, move.cause.vendor) == ("Fluxtec", "Fluxtec")
    assert (move.cause.reason, move.cause.message_class) == ("material_short", "external")
    assert move.minutes == 5 * CLOCK_DAY


def test_time_that_passes_is_charged_to_the_phase_that_should_have_worked() -> None:
    history = a_line_of_six()
    planned = len(history.events)
    history.data_date("2026-03-06 08:00")
    (move,) = attribute(walk_at(history, planned), history.events[planned:], FINISH).moves
    assert (move.cause.phase_id, move.cause.department) == ("cut", "cut shop")
    assert (move.cause.party, move.cause.message_class) == ("cut shop", "progress")
    assert move.cause.reason == NO_REPORT


def test_time_that_passes_takes_the_reason_of_the_last_report() -> None:
    history = a_line_of_six().started("cut", "2026-03-04 08:00")
    history.progressed("cut", 2 * DAY, "2026-03-04 16:00")
    planned = len(history.events)
    history.data_date("2026-03-10 08:00")
    (move,) = attribute(walk_at(history, planned), history.events[planned:], FINISH).moves
    assert (move.cause.phase_id, move.cause.reason) == ("cut", "unstated")


def test_a_request_of_the_customer_is_told_as_his() -> None:
    history = a_line_of_six()
    planned = len(history.events)
    longer = PhaseDurationRevised(phase_id="test", old_min=2 * DAY, new_min=3 * DAY)
    history.record(f"plan-{PROJECT}", longer, reason=Reason(code="customer_request"))
    (move,) = attribute(walk_at(history, planned), history.events[planned:], FINISH).moves
    assert move.cause.is_customers
    assert (move.cause.department, move.minutes) == ("test shop", CLOCK_DAY)


def test_while_links_go_in_a_circle_the_last_date_stands() -> None:
    history = a_line_of_six()
    planned = len(history.events)
    circle = DependencyAdded(link_id="X", pred="pack", succ="cut", link_type="FS")
    history.plan(circle)
    found = attribute(walk_at(history, planned), history.events[planned:], FINISH)
    assert (found.minutes, found.lacking, found.moves) == (0, True, ())


def test_a_half_step_takes_progress_before_the_outside_and_revisions_last() -> None:
    history = a_line_of_six()
    planned = len(history.events)
    longer = PhaseDurationRevised(phase_id="cut", old_min=2 * DAY, new_min=4 * DAY)
    history.plan(longer)
    moved_by_vendor(history, "2026-03-06").data_date("2026-03-05 08:00")
    found = half_step(walk_at(history, planned), history.events[planned:], FINISH)
    assert [move.recorded.event.message_class for move in found.moves] == [
        "clock", "external", "revision",
    ]  # fmt: skip
    assert [move.recorded.position for move in found.moves] == [
        planned + 3,
        planned + 2,
        planned + 1,
    ]
    recorded = attribute(walk_at(history, planned), history.events[planned:], FINISH)
    assert found.minutes == recorded.minutes == sum(move.minutes for move in found.moves)


def test_two_causes_that_delay_alike_share_and_are_concurrent() -> None:
    history = History().opened().calendar("plant").phase("left", 2).phase("right", 2)
    history.phase("end", 1).link("left", "end").link("right", "end")
    planned = len(history.events)
    for phase_id in ("left", "right"):
        longer = PhaseDurationRevised(phase_id=phase_id, old_min=2 * DAY, new_min=3 * DAY)
        history.plan(longer)
    events = history.events[planned:]
    causes = {"left": frozenset({planned + 1}), "right": frozenset({planned + 2})}
    found = shares(lambda: walk_at(history, planned), events, causes, FINISH)
    assert {name: share.minutes for name, share in found.items()} == {
        "left": Fraction(CLOCK_DAY, 2), "right": Fraction(CLOCK_DAY, 2),
    }  # fmt: skip
    assert all(share.is_concurrent for share in found.values())
    assert [(share.alone, share.spared) for share in found.values()] == [(CLOCK_DAY, 0)] * 2


def test_too_many_causes_are_refused_with_what_to_do() -> None:
    history = a_line_of_six()
    causes = {number: frozenset({number}) for number in range(9)}
    with pytest.raises(WindowTooLarge, match=r"at most 8 causes .* ask for a shorter window"):
        shares(lambda: walk_at(history, 17), (), causes, FINISH)


def test_a_summary_is_explained_by_the_phase_below_it_that_ends_last() -> None:
    history = History().opened().calendar("plant").phase("all", 0)
    history.phase("short", 1, parent="all").phase("long", 3, parent="all")
    chain = chain_of(network_at(history, 99), Subject("all"))
    assert [hop.phase_id for hop in chain.hops] == ["long"]
    assert chain.hops[0].driver.kind == "project_start"


def test_an_actual_date_is_a_root() -> None:
    history = a_line_of_six().started("cut", "2026-03-04 08:00").finished("cut", "2026-03-05 17:00")
    chain = chain_of(network_at(history, 99), Subject("weld", "start"))
    assert [(hop.phase_id, hop.driver.kind) for hop in chain.hops] == [
        ("weld", "predecessor"), ("cut", "actual"),
    ]  # fmt: skip
    assert chain.hops[1].typed is not None
    assert chain.hops[1].typed.by == "mes"


def test_without_a_schedule_there_is_neither_date_nor_chain() -> None:
    history = History().calendar("plant")
    network = network_at(history, 9)
    assert date_of(network, FINISH) is None
    assert chain_of(network, FINISH).hops == ()


def test_days_are_rounded_so_that_they_add_up() -> None:
    thirds = [Fraction(CLOCK_DAY, 3)] * 3
    assert adding_up(thirds) == [Decimal("0.4"), Decimal("0.3"), Decimal("0.3")]
    assert in_days(-72) == Decimal("-0.1")
    assert adding_up([]) == []


def test_dates_are_minutes_of_the_clock() -> None:
    network = network_at(a_line_of_six(), 99)
    finish = date_of(network, FINISH)
    assert finish is not None
    assert instant_of(finish) == at("2026-03-19 17:00")


def test_chains_that_join_have_one_root_and_it_is_the_word_that_set_their_end() -> None:
    history = moved_by_vendor(a_line_of_six(), "2026-03-06")
    promised = history.events[-1].position
    history.phase("paperwork", 1).phase("file", 1).link("paperwork", "file")
    planned = history.events[-3].position
    roots = Roots(network_at(history, 999))
    assert [roots.of(Subject(each)) for each in ("mount", "pack", "cut", None)] == [promised] * 4
    assert roots.of(Subject("file")) == roots.of(Subject("paperwork", "start")) == planned
    assert roots.of(Subject("nowhere")) is None


def test_the_root_of_what_has_begun_is_the_last_report_of_it() -> None:
    history = moved_by_vendor(a_line_of_six(), "2026-03-06").started("cut", "2026-03-09 08:00")
    assert Roots(network_at(history, 999)).of(FINISH) == history.events[-1].position
    history.progressed("cut", 3 * DAY, "2026-03-09 17:00")
    assert Roots(network_at(history, 999)).of(FINISH) == history.events[-1].position


def test_the_root_of_what_a_date_holds_is_who_set_the_date() -> None:
    history = a_line_of_six()
    ordered = history.events[-1].position
    history.plan(ConstraintSet(phase_id="mount", kind="SNET", at=at("2026-06-01 08:00")))
    held = history.events[-1].position
    roots = Roots(network_at(history, 999))
    assert (roots.of(FINISH), roots.of(Subject("weld"))) == (held, ordered)
