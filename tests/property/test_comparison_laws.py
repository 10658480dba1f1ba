"""Laws of comparing: nothing differs from itself, and backwards says the same the other way."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.comparison.differences import compare
from tests.property.random_histories import a_plan, network_at, steps, told

PLANNED = len(a_plan().events)


@given(steps)
@settings(max_examples=60, deadline=None)
def test_a_network_is_the_same_as_a_fresh_replay_of_it(changes: list[Any]) -> None:
    history = told(changes)
    end = len(history.events)
    assert compare(network_at(history, end), network_at(history, end)).is_empty


@given(steps, st.floats(0, 1))
@settings(max_examples=80, deadline=None)
def test_backwards_everything_is_told_the_other_way_round(changes: list[Any], share: float) -> None:
    history = told(changes)
    end = len(history.events)
    begin = PLANNED + round(share * (end - PLANNED))
    there = compare(network_at(history, begin), network_at(history, end))
    back = compare(network_at(history, end), network_at(history, begin))
    assert (there.added, there.removed) == (back.removed, back.added)
    assert (there.links_added, there.links_removed) == (back.links_removed, back.links_added)
    assert there.finish == tuple(reversed(back.finish))
    assert [move.phase_id for move in there.moved] == [move.phase_id for move in back.moved]
    for one, other in zip(there.edited, back.edited, strict=True):
        assert [(c.name, c.before, c.after) for c in one.changes] == [
            (c.name, c.after, c.before) for c in other.changes
        ]
    assert there.is_empty == back.is_empty
