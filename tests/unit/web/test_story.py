"""Hold the page of why a date moved to days that add up, and to safe words."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from projections.web.pages import why_page
from projections.web.story import days_later, story_view

EVIL = "<script>alert(1)</script>"
UNTIL = datetime(2026, 3, 30, 8, tzinfo=UTC)


def a_move(position: int, minutes: int, days: float, **further: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "position": position,
        "told_at": f"2026-03-{position:02}T09:00:00+01:00",
        "type": "commitment.promise_date_moved.v1",
        "phase_name": None,
        "vendor": "Fluxtec",
        "party": "Fluxtec",
        "reason": "material_short",
        "text": None,
        "minutes": minutes,
        "days": days,
        **further,
    }


def why(**further: Any) -> dict[str, Any]:  # noqa: ANN401  As the document is.
    named = [{"name": "Fluxtec", "days": 2.5}, {"name": "", "days": -1.0}]
    return {
        "project": "PRJ-7",
        "name": EVIL,
        "zone": "Europe/Berlin",
        "phase": None,
        "phase_name": None,
        "edge": "finish",
        "promise": "2026-03-20",
        "problem": None,
        "from": 4,
        "to": 12,
        "before": "2026-03-19T17:00:00+01:00",
        "after": "2026-03-21T05:00:00+01:00",
        "moved_min": 2160,
        "moved_days": 1.5,
        "won_min": 1440,
        "chain": [
            {
                "phase": "pack", "name": "Packing", "department": "Dispatch", "edge": "finish",
                "date": "2026-03-21T05:00:00+01:00", "before": None, "own_min": 2160,
                "driver": {"kind": "commitment", "ref": "PO-1"}, "link": None,
                "set_by": {"position": 5, "by": EVIL, "at": "2026-03-05T09:00:00+01:00"},
            },
        ],
        "moves": [a_move(5, 3600, 2.5, text=EVIL), a_move(9, -1440, -1.0)],
        "by": {
            "party": named,
            "reason": [{"name": "material_short", "days": 1.5}],
            "class": [{"name": "external", "days": 1.5}],
            "vendor": [{"name": "", "days": 1.5}],
            "customer": [{"name": "", "days": 1.5}],
        },
        "near": [{"name": EVIL}],
        **further,
    }  # fmt: skip


def slips() -> dict[str, Any]:
    def told(position: int, day: int) -> dict[str, Any]:
        return {
            "position": position,
            "told_at": f"2026-03-{position:02}T09:00:00+01:00",
            "date": f"2026-03-{day:02}T17:00:00+01:00",
            "type": "plan.phase_planned.v1",
            "text": None,
        }

    return {"dates": [told(2, 12), told(3, 19), told(5, 22), told(9, 21), told(15, 25)]}


def test_the_sentence_says_the_move_and_adds_up() -> None:
    view = story_view(why(name="BL"), slips(), UNTIL)
    assert view.sentence == "Delivery of BL is 1.5 days later: 2.5 lost, 1 won back."
    assert days_later(view) == 2


def test_days_of_a_group_add_up_to_the_move() -> None:
    view = story_view(why(), slips(), UNTIL)
    assert [group.title for group in view.groups] == [
        "Charged to", "By reason", "By kind of change",
    ]  # fmt: skip
    for group in view.groups:
        assert sum(each.days for each in group.sums) == group.total == Decimal("1.5")


def test_bars_lie_on_both_sides_of_one_line() -> None:
    late, early = story_view(why(), slips(), UNTIL).groups[0].sums
    assert early.x + early.bar == late.x
    assert late.bar + early.bar == 120
    assert (late.late, early.late) == (True, False)


def test_what_was_known_begins_with_what_stood_at_the_beginning() -> None:
    view = story_view(why(), slips(), UNTIL)
    assert [known.position for known in view.known] == [3, 5, 9]
    assert view.chart is not None
    assert view.promise == date(2026, 3, 20)


def test_a_date_that_stands_and_one_that_is_not_there_are_said_so() -> None:
    stands = why(name="BL", after="2026-03-19T17:00:00+01:00", moved_days=0.0, moves=[])
    assert story_view(stands, slips(), UNTIL).sentence == "Delivery of BL is where it was."
    none = why(name="BL", before=None, after=None, moved_days=0.0, moves=[], chain=[])
    assert story_view(none, {"dates": []}, UNTIL).sentence == "Delivery of BL has no date yet."


def test_words_of_others_are_shown_and_never_run() -> None:
    page = why_page(story_view(why(), slips(), UNTIL), {"from": EVIL, "phase": '"><b>'})
    assert EVIL not in page
    assert '"><b>' not in page
    assert "&lt;script&gt;" in page


def test_the_page_shows_sums_chain_chart_and_moves() -> None:
    page = why_page(story_view(why(name="BL"), slips(), UNTIL), {})
    for said in ("Charged to", "+2.5", "\N{MINUS SIGN}1", "What was known when", "waits for goods"):
        assert said in page
    assert "promised 20 Mar" in page
