"""Hold what moved to what rows say: who else computed the schedule is not to show."""

from copy import copy

from domain.rules.moved import Moved
from domain.rules.spells import Spells
from tests.property.random_histories import network_at
from tests.unit.projections.histories import History


def a_line() -> History:
    return History().opened().calendar("plant").phase("cut", 2).phase("weld", 3).link("cut", "weld")


def test_a_row_that_is_equal_though_another_object_has_not_moved() -> None:
    network = network_at(a_line(), 99)
    moved, spells = Moved(), Spells()
    assert moved.since(network) == {"cut", "weld"}
    assert spells.shifted(network.schedule()) is None
    rows = {phase_id: copy(row) for phase_id, row in moved.rows.items()}
    assert all(rows[each] is not moved.rows[each] for each in rows)
    moved.rows = spells.phases = rows
    assert moved.since(network) == set()
    assert spells.shifted(network.schedule()) == []


def test_a_row_with_other_dates_has_moved_whoever_computed_it() -> None:
    before, after = network_at(a_line(), 99), network_at(a_line().phase("weld", 5), 99)
    moved, spells = Moved(), Spells()
    moved.since(before)
    spells.shifted(before.schedule())
    assert "weld" in moved.since(after)
    assert "weld" in (spells.shifted(after.schedule()) or ())
