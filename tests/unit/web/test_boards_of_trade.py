"""Hold the pages of vendors and material to what they show of a small document, cell by cell."""

from projections.web.boards.material import ROWS_MAX
from tests.unit.web.boards import page, sentence_of, tables_of, tones_of, tree_of
from tests.unit.web.documents_of_trade import MATERIAL, NO_MATERIAL, VENDORS, demand, item


def test_promises_stand_beside_what_is_needed_and_expected_with_each_move() -> None:
    shown = page("vendors")
    assert tables_of(shown)["Promises, the first needed first"] == [
        [
            "flow meter for weld PO-3.1 PO-4",
            "Fluxtec",
            "received answered: accepted",
            "24 of 24 pcs",
            "12 Mar 2026",
            "12 Mar 2026",
            "-",
            "once promised 1 Mar 2026: promised 12 Mar 2026",
            "-",
        ],
        [
            "flow meter for weld PO-4.1 PO-4",
            "Fluxtec",
            ("acknowledged answered: accepted asked to come sooner for 10 Mar 2026: answered"
            " declined, 16 Mar 2026 contradicted"),
            "0 of 24 pcs",
            "12 Mar 2026",
            "16 Mar 2026 4 d after the need",
            "18 Mar 2026 after the need",
            ("1 move, +4 d 1 Mar 2026: promised 12 Mar 2026 told by Eva"
            " 5 Mar 2026: moved to 16 Mar 2026 (+4 d) told by Eva, mail, M-9, vendor delay"),
            "2 d",
        ],
        [
            "transport PO-5.1",
            "Hanse",
            "sent awaits an answer asked to come sooner: no answer yet",
            "0 of 1 units",
            "20 Mar 2026",
            "-",
            "-",
            "-",
            "-",
        ],
    ]  # fmt: skip
    assert tones_of(shown) == [
        ["plain", "plain", "plain", "plain", "plain", "plain", "plain", "quiet"],
        ["plain", "plain", "plain", "plain", "bad", "bad", "plain", "bad"],
        ["plain", "watch", "plain", "plain", "plain", "plain", "plain", "quiet"],
    ]
    assert sentence_of(shown) == "3 order lines on 18 Mar 2026: 1 overdue, 1 unanswered."


def test_vendors_say_how_they_kept_their_word_and_what_is_undefined_is_no_zero() -> None:
    assert tables_of(page("vendors"))["How vendors keep their word in this project"] == [
        ["Fluxtec", "2", "33 % 1 of 3", "100 % 2 of 2", "0 % 0 of 1",
         "median 0 d 80 % within +6 d, of 3"],
        ["Hanse", "1", "none due", "none due", "none due", "unknown"],
    ]  # fmt: skip


def test_where_nothing_is_ordered_that_is_said() -> None:
    shown = page("vendors", {**VENDORS, "today": None, "lines": [], "vendors": []})
    assert sentence_of(shown) == "0 order lines: 0 overdue, 0 unanswered."
    assert "Nothing is ordered." in shown
    assert "There is no vendor yet." in shown


def test_material_says_what_is_short_what_is_to_be_done_and_what_covers_each_need() -> None:
    shown = page("material")
    assert tables_of(shown) == {
        "What is short": [
            ["paint", "5", "12 Mar 2026", "not known", "0 needs", "before #12"],
            [
                "steel",
                "5 kg",
                "12 Mar 2026",
                "1.50 d",
                ("2 needs Weld frame, needed 12 Mar 2026: 2.00 days late"
                " Cut sheets, needed 13 Mar 2026: never"),
                "#31 promise moved Fluxtec comes later anna reason: vendor_delay",
            ],
        ],
        "What is to be done": [
            ["steel", "below the least lot", "PO-9", "10 kg limit 50", "10 Mar 2026", "-"],
            ["steel", "expedite", "PO-4", "10 kg", "16 Mar 2026", "11 Mar 2026"],
        ],
        "What covers each need": [
            ["weld R-1", "steel", "10 kg", "11 Mar 2026", "late 10 kg of PO-4, 16 Mar 2026",
             "16 Mar 2026"],
            ["weld R-0", "steel", "10 kg", "12 Mar 2026", "in time 10 kg of stock",
             "9 Mar 2026"],
            ["PLO-1 order-1/paint", "paint", "5", "13 Mar 2026", "short 5 of nothing", "-"],
        ],
    }  # fmt: skip
    assert sentence_of(shown) == "2 items, 2 short, as planned on 9 Mar 2026, 08:00."


def test_what_is_late_or_short_is_red_and_what_presses_too() -> None:
    tones = [
        [cell.get("class").split()[1] for cell in section.xpath(".//tbody/tr/td")]
        for section in tree_of(page("material")).xpath("//main/section")
    ]
    assert tones == [
        ["bad", "plain", "bad", "plain", "quiet", "bad", "plain", "bad", "plain", "plain"],
        ["plain", "plain", "plain", "plain", "plain", "bad", "plain", "plain", "plain", "plain"],
        [
            "plain", "plain", "plain", "bad", "plain",
            "plain", "plain", "plain", "good", "plain",
            "plain", "plain", "plain", "bad", "plain",
        ],
    ]  # fmt: skip


def test_a_plan_that_cannot_be_made_says_why() -> None:
    shown = page("material", NO_MATERIAL)
    assert tables_of(shown) == {}
    assert tree_of(shown).xpath("//*[@role='alert']/text()") == ["there is a loop"]


def test_of_many_needs_the_first_are_listed() -> None:
    many = item("steel", demands=[demand(f"R-{n}") for n in range(ROWS_MAX + 2)])
    shown = page("material", {**MATERIAL, "items": [many], "shortages": []})
    assert len(tables_of(shown)["What covers each need"]) == ROWS_MAX
    assert "2 needs more are not listed." in shown
    assert "Nothing is short." in shown
