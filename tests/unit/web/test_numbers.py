"""The six numbers and what needs doing, in words as well as in colours."""

import pytest

from projections.web.numbers import Figure, figures, needs
from tests.unit.web.rows import conflict, delivery, phase, schedule, status, view


def figure(key: str, *args: object) -> Figure:
    """Return one of the numbers."""
    return next(each for each in figures(view(*args)) if each.key == key)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"slip_working_days": "4.27", "late": True}, ("+4.3 d", "bad", "late")),
        ({"slip_working_days": "-1.20", "late": False}, ("\N{MINUS SIGN}1.2 d", "good", "early")),
        ({"slip_working_days": "0.00", "late": False}, ("0 d", "good", "on time")),
        ({"slip_working_days": None, "late": False}, ("\N{EN DASH}", "plain", "no forecast")),
    ],
)
def test_the_slip_against_the_promise_is_said_in_days_and_words(
    told: dict[str, object], expected: tuple[str, str, str]
) -> None:
    found = figure("promise", None, status(**told))
    value, tone, words = expected
    assert (found.value, found.tone) == (value, tone)
    assert found.detail.startswith(words)


def test_without_a_promise_there_is_nothing_to_be_late_against() -> None:
    rows, told = schedule(promise=None), status(promise=None, slip_working_days=None)
    assert figure("promise", rows, told).detail == "nothing is promised yet"


def test_late_phases_on_the_critical_path_weigh_more_than_others() -> None:
    rows = schedule(phase("weld", critical=True), phase("cut"))
    assert figure("late", rows, status(late_start_phases=["weld", "cut"])).value == "1"
    off_path = figure("late", rows, status(late_start_phases=["cut"]))
    assert (off_path.value, off_path.tone, off_path.detail) == (
        "0",
        "watch",
        "of 1 late phase in all",
    )
    assert figure("late", rows).tone == "good"


def test_conflicts_are_counted_and_old_ones_too() -> None:
    told = status(
        conflicts=[
            conflict("a"),
            conflict("b", severity="low", opened_at="2026-03-11T08:59:00+00:00"),
        ]
    )
    found = figure("conflicts", None, told)
    assert (found.value, found.detail, found.tone) == ("2", "1 open for over 24 h", "bad")


def test_work_done_is_rounded_down() -> None:
    assert figure("done", None, status(percent_bp=9_999)).value == "99 %"


def test_an_interrupted_phase_is_said_in_words() -> None:
    rows = schedule(phase("weld", stage="running"), phase("cut", stage="interrupted"))
    found = figure("running", rows)
    assert (found.value, found.detail, found.tone) == ("2", "1 interrupted", "watch")


# Needs


def test_nothing_waits_where_nothing_is_wrong() -> None:
    assert needs(view()) == ()


@pytest.mark.parametrize(
    ("changed", "action"),
    [
        ({}, "Look at it, give it an owner"),
        ({"acknowledged": True}, "Give it an owner"),
        ({"owner": "Bert"}, "Bert decides"),
        ({"owner": "Bert", "due": "2026-03-12T16:00:00+01:00"}, "Bert decides by 12 Mar"),
        ({"owner": "Bert", "due": "2026-03-10T16:00:00+01:00"}, "Overdue since 10 Mar: ask Bert"),
    ],
)
def test_a_conflict_says_what_to_do_next(changed: dict[str, object], action: str) -> None:
    told = status(conflicts=[conflict("a", **changed)])
    assert [each.action for each in needs(view(None, told))] == [action]


def test_a_late_delivery_says_by_how_much_and_comes_before_an_unconfirmed_one() -> None:
    told = status(
        late_deliveries=[delivery("PO-2"), delivery("PO-3", expected=None)],
        unconfirmed=[delivery("PO-1", need="2026-03-10", expected=None, answer="on_hold")],
    )
    assert [(each.kind, each.detail) for each in needs(view(None, told))] == [
        ("late delivery", "needed 12 Mar, expected 16 Mar · +4 d · PO-2"),
        ("late delivery", "needed 12 Mar, no date is known · PO-3"),
        ("unconfirmed delivery", "needed 10 Mar · on hold · PO-1"),
    ]


def test_late_phases_are_asked_for_the_critical_ones_first() -> None:
    rows = schedule(
        phase("a", stage="running"), phase("b", critical=True), phase("c", stage="finished")
    )
    told = status(late_start_phases=["b"], late_finish_phases=["a", "c"])
    assert [(each.key, each.kind) for each in needs(view(rows, told))] == [
        ("late-b", "late start"),
        ("late-a", "late finish"),
    ]
