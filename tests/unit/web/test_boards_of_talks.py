"""Hold the pages of reports and meetings to what they show of a small document, cell by cell."""

from typing import get_args

import pytest

from domain.compliance.matrix import CellState
from projections.web.boards.meetings import PAST_MAX
from projections.web.boards.reports import LEGEND, TONES
from tests.unit.web.boards import page, sentence_of, tables_of, text_of, tones_of, tree_of
from tests.unit.web.documents_of_talks import (
    INQUIRIES,
    MEETINGS,
    compliance,
    department,
    meeting,
    report,
)

SENT = "sent 9 Mar 2026, 06:00 version 1, as of 8 Mar 2026, 16:00"


def test_reports_are_a_matrix_in_which_each_cell_says_how_far_it_is_and_when_it_came() -> None:
    shown = page("reports")
    (matrix,) = tables_of(shown).values()
    assert matrix == [
        [
            "Assembly every Monday accepted figures are 2 d old",
            "0", "1", "1",
            (f"accepted due 9 Mar 2026, 07:00 {SENT} accepted by anna, a newer version is not"
            " in time"),
            (f"submitted due 16 Mar 2026, 07:00 {SENT} as of a moment outside the period"
            " weld has not begun more is left (overruled) 2 h late contradicted"),
        ],
        [
            "Paint every Monday no figures accepted",
            "0", "1", "0",
            f"returned due 9 Mar 2026, 07:00 {SENT} returned: say what is left 45 min late",
            "waived due 16 Mar 2026, 07:00",
        ],
        [
            "Quality every Monday no figures accepted",
            "1", "1", "0",
            "missed due 9 Mar 2026, 07:00 reminded 9 Mar 2026, 08:00",
            f"accepted due 16 Mar 2026, 07:00 {SENT} accepted by anna 1 d late",
        ],
        ["Works no schedule no figures accepted", "0", "0", "0", "", ""],
    ]  # fmt: skip
    assert tones_of(shown) == [
        ["quiet", "watch", "bad", "good", "bad"],
        ["quiet", "watch", "quiet", "watch", "quiet"],
        ["bad", "watch", "quiet", "bad", "watch"],
        ["quiet", "quiet", "quiet", "plain", "plain"],
    ]


def test_the_columns_of_reports_are_the_periods_in_their_order() -> None:
    assert text_of(tree_of(page("reports")).find(".//thead/tr")) == (
        "Department Missed Late Contradicted 2026-W10 2026-W11"
    )


def test_how_departments_comply_is_said_in_a_sentence() -> None:
    assert sentence_of(page("reports")) == (
        "1 report missed, 1 contradicted; 1 of 4 departments without a schedule."
    )
    assert sentence_of(page("reports", compliance())) == "0 reports missed, 0 contradicted."


def test_without_departments_nothing_is_to_be_read() -> None:
    shown = page("reports", compliance())
    assert "No department has a phase yet, or reports." in shown
    assert LEGEND not in shown


def test_every_state_of_a_report_has_a_tone_and_is_told_in_words() -> None:
    assert TONES.keys() == set(get_args(CellState))
    shown = page("reports", compliance(department("Paint", report("2026-W12", "not_asked"))))
    assert "not asked" in shown
    assert "not_asked" not in shown


def test_reports_say_times_in_utc_and_others_in_the_zone_of_the_project() -> None:
    assert "Times in UTC." in page("reports")
    assert "Times in Europe/Berlin." in page("meetings")
    assert text_of(tree_of(page("material")).find(".//footer")) == (
        "Times in the project's zone. The same as JSON: material ."
    )


def test_a_meeting_says_what_it_lacks_and_who_comes() -> None:
    shown = page("meetings")
    assert tables_of(shown) == {
        "Meetings to come": [
            ["Design review M-1 Room 1", "12 Mar 2026, 10:00 planned", "ready", "-", "0 items",
             "0 parties"],
            [
                "Delay of the meters M-2 with Fluxtec, ACME Room 1",
                "12 Mar 2026, 10:00 planned",
                "not ready preparation overdue",
                "Assembly role: buyer",
                "2 items Dates (bert) Costs (eva): not prepared, due 10 Mar 2026",
                "2 parties bert (required): declined, sends eva carl (optional): no answer",
            ],
            ["the promise is late M-3", "- anticipated, no date yet before 20 Mar 2026", "-", "-",
             "0 items", "0 parties"],
        ],
        "Open actions": [
            ["order paint", "carl", "10 Mar 2026 overdue", "Kick-off"],
            ["write to ACME", "carl", "13 Mar 2026", "Kick-off"],
        ],
        "Open inquiries": [
            ["When does it come? I-1 project-PRJ-7", "ACME mail", "drafted", "dora Paint",
             "6 Mar 2026", "9 Mar 2026 overdue"],
            ["I-2", "ACME", "open", "nobody", "6 Mar 2026", "-"],
        ],
        "Meetings that are over (1)": [
            ["Kick-off M-0 Room 1 decided: two shifts", "2 Mar 2026, 10:00 held", "-", "-",
             "0 items", "0 parties"],
        ],
    }  # fmt: skip
    assert tones_of(shown) == [
        ["plain", "good", "quiet", "plain", "plain"],
        ["plain", "bad", "bad", "plain", "plain"],
        ["plain", "quiet", "quiet", "plain", "plain"],
    ]
    assert sentence_of(shown) == (
        "3 meetings to come, 1 not ready; 2 actions open, 1 overdue; 2 inquiries open."
    )


@pytest.mark.parametrize(
    ("missing", "overdue", "tone"),
    [([], False, "watch"), (["Paint"], False, "bad"), ([], True, "bad")],
)
def test_what_is_not_ready_is_red_where_a_department_is_missing_or_preparation_is_late(
    missing: list[str], overdue: object, tone: str
) -> None:
    item = {
        "topic": "Costs", "lead": "eva", "unprepared": True, "overdue": overdue, "prep_due": None,
    }  # fmt: skip
    row = meeting("M-9", ready=False, missing_departments=missing, agenda=[item])
    shown = page("meetings", {**MEETINGS, "meetings": [row]}, INQUIRIES)
    assert tones_of(shown)[0][1] == tone


def test_of_meetings_that_are_over_the_last_are_listed() -> None:
    rows = [meeting(f"M-{n}", purpose=None, stage="approved") for n in range(PAST_MAX + 1)]
    shown = page("meetings", {**MEETINGS, "meetings": rows}, {**INQUIRIES, "inquiries": []})
    listed = tables_of(shown)[f"Meetings that are over ({PAST_MAX + 1})"]
    assert len(listed) == PAST_MAX
    assert listed[0][0] == f"M-{PAST_MAX} M-{PAST_MAX} Room 1"
    assert "1 earlier ones are not listed." in shown
    for said in ("No meeting is to come.", "No action is open.", "Nobody waits for an answer."):
        assert said in shown
