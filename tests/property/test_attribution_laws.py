"""Laws of attribution: whatever happened, what is charged adds up to the move."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.attribution.chain import Edge, Subject, chain_of, date_of
from domain.attribution.days import adding_up, in_days
from domain.attribution.hops import hop_moves
from domain.attribution.moves import Attribution, attribute, dates_of, half_step
from domain.attribution.roots import Roots
from domain.attribution.shares import shares
from tests.property.random_histories import PHASES, a_plan, network_at, steps, told, walk_at

subjects = st.one_of(
    st.just(Subject()),
    st.builds(Subject, st.sampled_from(PHASES), st.sampled_from(["start", "finish"])),
)
windows = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(lambda ends: (min(ends), max(ends)))

PLANNED = len(a_plan().events)


def window_of(events: Sequence[Any], ends: tuple[float, float]) -> tuple[int, int]:
    """Return two positions, the first one where the project is planned."""
    span = len(events) - PLANNED
    return PLANNED + round(ends[0] * span), PLANNED + round(ends[1] * span)


@pytest.mark.parametrize("method", [attribute, half_step], ids=["recorded", "half-step"])
@given(steps, windows, subjects)
@settings(max_examples=150, deadline=None)
def test_what_is_charged_to_events_adds_up_to_the_move(
    method: Any,  # noqa: ANN401
    changes: list[Any],
    ends: tuple[float, float],
    subject: Subject,
) -> None:
    history = told(changes)
    p0, p1 = window_of(history.events, ends)
    found: Attribution = method(walk_at(history, p0), history.events[p0:p1], subject)
    assert sum(move.minutes for move in found.moves) == found.minutes
    before, after = (date_of(network_at(history, each), subject) for each in (p0, p1))
    if before is not None:
        assert found.first == before
    if after is not None:
        assert found.last == after
        assert not found.lacking
    if before is not None and after is not None:
        assert sum(move.minutes for move in found.moves) == after - before


@given(steps, windows, subjects)
@settings(max_examples=100, deadline=None)
def test_between_any_two_positions_the_charges_add_up_from_the_first_date_to_the_last(
    changes: list[Any], ends: tuple[float, float], subject: Subject
) -> None:
    """The first position may lie before the plan, where there is no date yet."""
    history = told(changes)
    p0, p1 = (round(share * len(history.events)) for share in ends)
    dates = [date_of(network_at(history, each), subject) for each in range(p0, p1 + 1)]
    known = [date for date in dates if date is not None]
    found = attribute(walk_at(history, p0), history.events[p0:p1], subject)
    charged = sum(move.minutes for move in found.moves)
    assert charged == (known[-1] - known[0] if known else 0)
    assert (found.first, found.last) == ((known[0], known[-1]) if known else (None, None))
    assert found.lacking is (bool(known) and dates[-1] is None)


@given(steps, windows, subjects)
@settings(max_examples=100, deadline=None)
def test_the_half_step_ends_where_the_order_of_the_log_ends(
    changes: list[Any], ends: tuple[float, float], subject: Subject
) -> None:
    history = told(changes)
    p0, p1 = window_of(history.events, ends)
    stepped, recorded = walk_at(history, p0), walk_at(history, p0)
    half_step(stepped, history.events[p0:p1], subject)
    attribute(recorded, history.events[p0:p1], subject)
    assert stepped.network.schedule() == recorded.network.schedule()


@given(steps, windows, st.integers(1, 4), subjects)
@settings(max_examples=60, deadline=None)
def test_shares_over_all_orders_add_up_to_the_move(
    changes: list[Any], ends: tuple[float, float], count: int, subject: Subject
) -> None:
    history = told(changes)
    p0, p1 = window_of(history.events, ends)
    before, after = (date_of(network_at(history, each), subject) for each in (p0, p1))
    assume(before is not None)  # What appears in a window is measured from where it appears.
    events = history.events[p0:p1]
    causes = {
        name: frozenset(each.position for each in events if each.position % count == name)
        for name in range(count)
    }
    found = shares(lambda: walk_at(history, p0), events, causes, subject)
    moved = 0 if before is None or after is None else after - before
    assert sum((share.minutes for share in found.values()), Fraction()) == moved


@given(steps, windows, subjects)
@settings(max_examples=100, deadline=None)
def test_what_the_phases_of_a_chain_add_is_the_move_of_its_first_date(
    changes: list[Any], ends: tuple[float, float], subject: Subject
) -> None:
    history = told(changes)
    p0, p1 = window_of(history.events, ends)
    before, after = network_at(history, p0), network_at(history, p1)
    chain = chain_of(after, subject)
    hops = hop_moves(chain, before, after, history.events[p0:p1])
    assert sum(hop.own for hop in hops) == (hops[0].moved if hops else 0)
    if chain.hops:
        assert chain.hops[0].date == date_of(after, subject)
        assert chain.hops[-1].link is None


@given(steps, subjects)
@settings(max_examples=60, deadline=None)
def test_every_date_ever_given_is_the_one_a_fresh_replay_gives(
    changes: list[Any], subject: Subject
) -> None:
    history = told(changes)
    given_dates = {
        each.recorded.position: each.date
        for each in dates_of(walk_at(history, 0), history.events, subject)
    }
    last = None
    for position in range(1, len(history.events) + 1):
        last = given_dates.get(position, last)
        assert date_of(network_at(history, position), subject) == last


@given(st.lists(st.one_of(st.integers(-9_000, 9_000), st.fractions(-9_000, 9_000)), max_size=12))
def test_days_that_are_shown_add_up(parts: list[Fraction | int]) -> None:
    shown = adding_up(parts)
    assert sum(shown) == in_days(sum(map(Fraction, parts), Fraction()))
    assert all(abs(day - in_days(part)) <= 1 for day, part in zip(shown, parts, strict=True))


@given(steps)
@settings(max_examples=100, deadline=None)
def test_what_was_walked_before_changes_no_root(changes: list[Any]) -> None:
    network = network_at(told(changes), 9_999)
    asked = [Subject(), *(Subject(each, edge) for each in PHASES for edge in get_args(Edge))]
    shared = Roots(network)
    assert [shared.of(each) for each in asked] == [Roots(network).of(each) for each in asked]
