"""Hold each page of tables to what it shows of a small document, cell by cell."""

from html.parser import HTMLParser

import pytest

from projections.web.boards import BOARDS, Board
from projections.web.boards.conflicts import OVER_MAX
from projections.web.boards.load import CELLS_MAX, LEGEND, PHASES_MAX, RESOURCES_MAX
from projections.web.navigation import ways
from projections.web.pages import board_page
from projections.web.shown import Shown
from tests.unit.web.boards import (
    DOCUMENTS,
    evil,
    page,
    sentence_of,
    tables_of,
    text_of,
    tones_of,
    tree_of,
)
from tests.unit.web.documents import CONFLICTS, LOAD, cell, conflict, conflicts, resource
from tests.unit.web.rows import EVIL


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
class TestEveryPage:
    def test_says_its_position_and_where_it_is_among_the_others(self, board: Board) -> None:
        tree = tree_of(page(board.name))
        assert text_of(tree.xpath("//h1")[0]) == f"{board.title}: Bottling line"
        assert tree.xpath("//*[@class='position']/text()") == ["42"]
        assert tree.xpath("//nav//a[@aria-current='page']/text()") == [board.title]
        assert tree.xpath("//footer//a/@href") == [
            f"/v1/projects/PRJ-7/{name}?as_of=42" for name in board.questions
        ]

    def test_shows_what_people_wrote_and_never_obeys_it(self, board: Board) -> None:
        documents = evil(DOCUMENTS[board.name])
        shown = board_page(board, documents, {"as_of": EVIL, "other": EVIL})
        assert "<b>" not in shown
        assert "<script" not in shown
        assert text_of(tree_of(shown).xpath("//h1")[0]) == f"{board.title}: {EVIL}"
        attributes = _Attributes()
        attributes.feed(shown)
        assert not [name for name in attributes.names if name.startswith("on") or name == "style"]

    def test_asks_for_nothing_from_outside(self, board: Board) -> None:
        tree = tree_of(page(board.name))
        addresses = [*tree.xpath("//@src"), *tree.xpath("//@href"), *tree.xpath("//@action")]
        assert [each for each in addresses if not each.startswith(("/", "#", "?"))] == []
        assert tree.xpath("//style | //script[not(@src)]") == []

    def test_follows_what_happens_only_where_it_shows_what_is_now(self, board: Board) -> None:
        tree = tree_of(page(board.name))
        (script,) = tree.xpath("//script/@src")
        assert script.startswith("/static/takt.js?v=")
        assert tree.xpath("//body/@data-project") == ["PRJ-7"]
        assert tree.xpath("//*[@data-fragment]/@data-fragment") == ["head", "tables", "foot"]
        then = tree_of(page(board.name, as_of="42"))
        assert then.xpath("//script | //body/@data-project | //*[@id='state']") == []

    def test_leads_to_rows_that_are_there(self, board: Board) -> None:
        tree = tree_of(page(board.name))
        ids = tree.xpath("//@id")
        assert len(ids) == len(set(ids))
        for anchor in tree.xpath("//a[starts-with(@href, '#')]/@href"):
            assert anchor[1:] in ids

    def test_says_that_it_is_of_the_past_and_keeps_to_it(self, board: Board) -> None:
        tree = tree_of(page(board.name, as_of="41"))
        assert text_of(tree.xpath("//*[contains(@class, 'past')]")[0]) == "the past, as of 41"
        assert f"/projects/PRJ-7/{board.name}?as_of=41" in tree.xpath("//nav//@href")
        assert text_of(tree.xpath("//a[@class='button']")[0]) == "Back to now"
        assert "past" not in page(board.name)


class _Attributes(HTMLParser):
    """Collect the names of all attributes: a text that broke out of its quotes shows here."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.names |= {name for name, _ in attrs}


def test_every_page_of_a_project_leads_to_all_of_the_same_moment() -> None:
    found = ways("A B", "load", Shown("2026-03-02T08:00:00Z"))
    assert [(way.text, way.href) for way in found[:3]] == [
        ("Overview", "/projects/A%20B?as_of=2026-03-02T08%3A00%3A00Z"),
        ("Why", "/projects/A%20B/why?to=2026-03-02T08%3A00%3A00Z"),
        ("Conflicts", "/projects/A%20B/conflicts?as_of=2026-03-02T08%3A00%3A00Z"),
    ]
    assert [way.text for way in found if way.here] == ["Load"]


def test_each_cell_knows_the_head_of_its_column_for_where_it_stands_beneath_and_not_beside() -> (
    None
):
    table = tree_of(page("conflicts")).find(".//table")
    heads = [text_of(head) for head in table.xpath("./thead//th")]
    assert [cell.get("data-label") for cell in table.xpath(".//td")] == heads[1:]


def test_a_heat_map_is_reached_and_scrolled_by_keyboard() -> None:
    (region,) = tree_of(page("load")).xpath("//*[@role='region']")
    assert (region.get("tabindex"), region.get("aria-label")) == (
        "0",
        "Load by week, as a share of capacity, can be scrolled",
    )


def test_conflicts_stand_by_state_with_all_that_is_known_of_them() -> None:
    root = "#31 phase-PRJ-7/cut"
    assert tables_of(page("conflicts")) == {
        "Overdue (1)": [
            [
                "weld is late phase-PRJ-7/weld schedule · found by promise unlikely reopened twice",
                "high",
                "2.00 d 4.00 d of the promise, 50 % likely 2,400.00 EUR",
                "16 Mar 2026",
                "bert due 10 Mar 2026 seen by anna, bert",
                "2 d",
                (f"{root} also: paint is late event #31 progress recorded and 1 other conflict"),
                "2 options a second shift (branch night) ask for a later day",
            ]
        ],
        "Unacknowledged (1)": [
            [
                "paint is late phase-PRJ-7/weld schedule · found by promise unlikely",
                "low",
                "0.00 d",
                "-",
                "nobody",
                "2 d",
                f"{root} event #31 progress recorded part of: weld is late",
                "none yet re-sequence",
            ]
        ],
        "Cleared (1)": [
            [
                "crane is late phase-PRJ-7/weld schedule · found by anna cleared: it is there",
                "medium",
                "2.00 d 4.00 d of the promise, 50 % likely 2,400.00 EUR",
                "-",
                "nobody",
                "-",
                "- event #31",
                "-",
            ]
        ],
    }
    assert sentence_of(page("conflicts")) == (
        "2 conflicts open from 1 root, 1 overdue, 1 unacknowledged."
    )


def test_a_conflict_leads_to_those_of_the_same_root() -> None:
    tree = tree_of(page("conflicts"))
    assert tree.xpath("//main//a/@href") == ["#conflict-paint", "#conflict-weld"]


def test_a_project_without_conflicts_says_so() -> None:
    empty = page("conflicts", conflicts())
    assert sentence_of(empty) == "No conflict is open."
    assert tables_of(empty) == {}


def test_of_what_is_over_only_so_much_is_listed() -> None:
    rows = [conflict(str(n), column="resolved", mode="mitigated") for n in range(OVER_MAX + 2)]
    shown = page("conflicts", conflicts(*rows))
    (table,) = tables_of(shown).values()
    assert len(table) == OVER_MAX
    assert "2 more are not listed." in shown


def test_load_is_a_share_in_words_and_a_colour_and_what_is_asked_too_much_comes_first() -> None:
    shown = page("load")
    heat = tables_of(shown)["Load by week, as a share of capacity"]
    assert heat == [
        ["Press shop breakdown from 4 Mar 2026", "16 h", "▲ 140 % Cut sheets Weld frame", "0 %"],
        ["Bay shop", "-", "", "90 % Cut sheets"],
        ["Crew", "-", "8 h Cut sheets", ""],
        ["Oven shop", "-", "▲ 8 h Cut sheets", ""],
    ]
    assert tones_of(shown) == [
        ["bad", "bad", "quiet"],
        ["quiet", "plain", "watch"],
        ["quiet", "plain", "plain"],
        ["quiet", "bad", "plain"],
    ]
    assert text_of(tree_of(shown).xpath("//thead/tr")[0]) == "Resource Too much 2 Mar 9 Mar"
    assert (
        sentence_of(shown) == "1 of 4 resources is asked for too much, 2 Mar 2026 to 13 Mar 2026."
    )


def test_a_cell_says_what_is_asked_of_how_much_and_leads_to_its_phases() -> None:
    tree = tree_of(page("load"))
    assert tree.xpath("//tr[@id='resource-press']/td/@title") == [
        "56 h of 40 h, 2 phases",
        "0 h of 40 h, 0 phases",
    ]
    assert tree.xpath("//tr[@id='resource-press']//a/@href") == [
        "/projects/PRJ-7#phase-cut",
        "/projects/PRJ-7#phase-weld",
    ]


def test_the_manpower_that_is_lacking_stands_beneath() -> None:
    assert tables_of(page("load"))["Manpower until 20 Mar 2026"] == [
        ["fit crew", "10 h", "-", "unknown nobody said how much there is", "1 phase Cut sheets"],
        ["paint painters", "10 h", "15 h", "enough", "0 phases"],
        ["weld press, bay", "40 h", "20.5 h", "19.5 h 1.5 people",
         "2 phases Cut sheets Weld frame"],
    ]  # fmt: skip


def test_without_a_schedule_there_is_no_load_and_why_is_said() -> None:
    none = {**LOAD, "from": None, "problem": "a loop", "resources": [], "manpower": None}
    shown = page("load", none)
    assert tables_of(shown) == {}
    assert tree_of(shown).xpath("//*[@role='alert']/text()") == ["a loop"]
    assert "the project has no start" in page("load", {**none, "problem": None})


def test_a_heat_map_ends_somewhere_and_says_so() -> None:
    cells = [
        cell(f"2026-{month:02}-{day:02}", "2026-12-31", 1, 8)
        for month in range(1, 4)
        for day in range(1, 29)
    ]
    many = [resource(f"R{n:03}") for n in range(RESOURCES_MAX)]
    ids = [f"phase{n}" for n in range(PHASES_MAX + 3)]
    busy = resource("busy", *cells, cell("2026-01-01", "2026-01-02", 9, 8, phases=ids))
    document = {**LOAD, "bucket": "day", "resources": [*many, {**busy, "overload_min": 60}]}
    shown = page("load", document, bucket="day")
    heat = tables_of(shown)["Load by day, as a share of capacity"]
    assert (len(heat), len(heat[0])) == (RESOURCES_MAX, 2 + CELLS_MAX)
    assert heat[0][2].endswith("phase11 and 3 more")
    assert text_of(tree_of(shown).xpath("//thead//th[3]")[0]) == "Thu 1 Jan"
    assert (
        f"{LEGEND} 31 days more are not shown. 1 resource with less too much are not shown."
    ) in text_of(tree_of(shown).xpath("//main/section[1]")[0])


def test_load_is_chosen_by_week_or_by_day() -> None:
    tree = tree_of(page("load", bucket="day", as_of="41"))
    assert [(each.text, each.get("href")) for each in tree.xpath("//ul[@class='choices']//a")] == [
        ("by week", "?bucket=week&as_of=41"),
        ("by day", "?bucket=day&as_of=41"),
    ]
    assert tree.xpath("//ul[@class='choices']//a[@aria-current]/text()") == ["by day"]
    assert tree.xpath("//input[@type='hidden']/@value") == ["day"]
    assert tree.xpath("//a[@class='button']/@href") == ["?bucket=day"]


def test_documents_are_left_as_they_were() -> None:
    before = repr((CONFLICTS, LOAD))
    page("conflicts")
    page("load")
    assert repr((CONFLICTS, LOAD)) == before
