"""The chart's geometry: lanes, bars in their place, links, lines, days off."""

import re

import pytest

from projections.web import gantt
from projections.web.gantt import AXIS, LABELS, ROWS_MAX, WIDTH, Bar, Chart, chart
from tests.unit.web.rows import phase, schedule, status, view


def drawn(*phases: dict[str, object], **header: object) -> Chart:
    """Return the chart of some phases."""
    found = chart(view(schedule(*phases, **header)))
    assert found is not None
    return found


def bar(of: Chart, phase_id: str) -> Bar:
    """Return one phase's bar."""
    return next(each for lane in of.lanes for each in lane.bars if each.phase.id == phase_id)


def test_without_dates_there_is_no_chart() -> None:
    assert chart(view(schedule(phase("weld", start=None, finish=None)))) is None


def test_phases_lie_in_the_lanes_of_their_departments_and_summaries_come_first() -> None:
    of = drawn(
        phase("weld"),
        phase("mount", department="Assembly", start="2026-03-10T08:00:00+01:00"),
        phase("line", summary=True, department="Quality", start="2026-03-11T08:00:00+01:00"),
    )
    assert [lane.name for lane in of.lanes] == ["Whole project", "Fabrication", "Assembly"]
    assert of.height == sum(lane.height for lane in of.lanes) + gantt.BOTTOM
    assert of.axis == AXIS


def test_a_bar_begins_and_ends_at_its_dates() -> None:
    start, finish = "2026-03-09T00:00:00+01:00", "2026-03-13T00:00:00+01:00"
    found = bar(drawn(phase("weld", start=start, finish=finish), promise=None), "weld")
    day = WIDTH / 8  # Four days of work, two before and two after.
    assert found.x == pytest.approx(LABELS + 2 * day, abs=0.1)
    assert found.width == pytest.approx(4 * day, abs=0.1)


def test_the_done_part_is_as_long_as_the_share_done() -> None:
    found = bar(drawn(phase("weld", stage="running", physical_bp=2_500)), "weld")
    assert found.done == pytest.approx(found.width / 4, abs=0.1)


def test_float_is_drawn_to_the_latest_finish_of_what_is_not_finished() -> None:
    late = "2026-03-14T16:00:00+01:00"
    slack = {"late_finish": late, "total_float_min": 480}
    of = drawn(phase("weld", **slack), phase("cut", stage="finished", **slack))
    assert bar(of, "weld").slack > 0
    assert bar(of, "cut").slack == 0


def test_a_milestone_has_no_width() -> None:
    moment = "2026-03-13T16:00:00+01:00"
    of = drawn(phase("weld"), phase("done", kind="finish_ms", start=moment, finish=moment))
    assert bar(of, "done").width == 0


def test_a_missed_deadline_is_said_in_days() -> None:
    found = bar(drawn(phase("weld", deadline="2026-03-10T16:00:00+01:00")), "weld")
    assert found.note == "+3 d"


def test_a_slip_against_the_baseline_is_said_in_days() -> None:
    baseline = {
        "baseline_start": "2026-03-09T08:00:00+01:00",
        "baseline_finish": "2026-03-11T16:00:00+01:00",
    }
    found = bar(drawn(phase("weld", **baseline)), "weld")
    assert (found.note, found.baseline is not None) == ("+2 d", True)


def test_a_bar_is_told_in_words() -> None:
    links = [{"id": "L1", "pred": "cut", "type": "FS"}]
    of = drawn(
        phase("weld", critical=True, stage="running", physical_bp=4_000, links=links),
        phase("cut", total_float_min=720, late_finish="2026-03-16T12:00:00+01:00"),
    )
    assert bar(of, "weld").spoken == (
        "Weld, Fabrication, 9 Mar 2026 to 13 Mar 2026, running, 40 % done, critical, "
        "waits for 1 phase"
    )
    assert bar(of, "cut").spoken == (
        "Cut, Fabrication, 9 Mar 2026 to 13 Mar 2026, planned, 1.5 d of float"
    )


@pytest.mark.parametrize("link_type", ["FS", "SS", "FF", "SF"])
@pytest.mark.parametrize("start", ["2026-03-09", "2026-03-13", "2026-03-16", "2026-03-20"])
def test_a_link_leads_from_one_bar_to_the_other(link_type: str, start: str) -> None:
    links = [{"id": "L1", "pred": "cut", "type": link_type}]
    of = drawn(
        phase("cut"),
        phase(
            "weld",
            links=links,
            start=f"{start}T16:00:00+01:00",
            finish="2026-03-24T16:00:00+01:00",
        ),
    )
    (arrow,) = of.arrows
    pred, succ = bar(of, "cut"), bar(of, "weld")
    leaves = pred.x if link_type[0] == "S" else pred.end
    enters = succ.end if link_type[1] == "F" else succ.x
    begin, end = _ends(arrow.path)
    assert begin == (leaves, pred.middle)
    # Into the bar's end, or from above into the bar where one follows at once on the other.
    assert end[0] == pytest.approx(enters, abs=gantt.STEP / 2)
    assert end[1] == pytest.approx(succ.middle, abs=gantt.BAR / 2)


def _ends(path: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """Walk a way of horizontal and vertical steps."""
    steps = re.findall(r"([MHVh])([-\d.]+)(?: ([-\d.]+))?", path)
    x, y = float(steps[0][1]), float(steps[0][2])
    begin = (x, y)
    for command, first, _ in steps[1:]:
        match command:
            case "H":
                x = float(first)
            case "V":
                y = float(first)
            case "h":
                x += float(first)
    return begin, (x, y)


def test_a_link_between_critical_phases_is_critical() -> None:
    links = [{"id": "L1", "pred": "cut", "type": "FS"}]
    of = drawn(phase("cut", critical=True), phase("weld", critical=True, links=links))
    assert [arrow.critical for arrow in of.arrows] == [True]


def test_a_link_to_what_is_not_drawn_is_left_out() -> None:
    links = [{"id": "L1", "pred": "gone", "type": "FS"}]
    assert drawn(phase("weld", links=links)).arrows == ()


def test_the_lines_say_what_they_are() -> None:
    of = drawn(phase("weld"))
    assert [(line.key, line.label) for line in of.lines] == [
        ("data-date", "data date"),
        ("today", "today"),
        ("promise", "promised 12 Mar"),
    ]


def test_a_line_outside_the_chart_is_not_drawn() -> None:
    assert "data-date" not in {
        line.key for line in drawn(phase("weld"), data_date="2026-05-01T08:00:00+02:00").lines
    }


def test_weekends_and_closed_days_are_shaded_as_one_stretch() -> None:
    plain = drawn(phase("weld"))
    assert len(plain.shades) == 2
    closed = drawn(phase("weld"), non_working=["2026-03-13"])
    assert closed.shades[-1].width == pytest.approx(1.5 * plain.shades[-1].width, rel=0.1)


def test_where_days_are_too_narrow_none_is_shaded() -> None:
    assert drawn(phase("weld", finish="2029-03-13T16:00:00+01:00")).shades == ()


def test_years_have_few_enough_marks_to_be_read() -> None:
    of = drawn(phase("weld", finish="2036-03-13T16:00:00+01:00"))
    assert len(of.weeks) <= 2 * gantt.WEEK_TICKS_MAX


def test_of_too_many_phases_the_ones_that_matter_are_drawn() -> None:
    many = [phase(f"p{number:04}") for number in range(ROWS_MAX + 50)]
    many[-1] = phase("late-one")
    of = chart(view(schedule(*many), status(late_start_phases=["late-one"])))
    assert of is not None
    assert of.hidden == 50
    assert bar(of, "late-one").note == "late"


def test_only_a_phases_own_change_is_news() -> None:
    before = drawn(phase("weld"), phase("cut"))
    moved = phase("weld", finish="2026-03-16T16:00:00+01:00")
    after = drawn(moved, phase("cut"))
    assert bar(after, "weld").change_key != bar(before, "weld").change_key
    assert bar(after, "cut").width != bar(before, "cut").width
    assert bar(after, "cut").change_key == bar(before, "cut").change_key
