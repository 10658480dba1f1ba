"""Pages are whole, escape what people wrote, and need neither script nor style in place."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from lxml import etree

from projections.web.pages import (
    FRAGMENTS,
    fragment,
    message_page,
    project_page,
    projects_page,
    static_file,
)
from projections.web.view import ProjectView
from tests.unit.web.rows import EVIL, conflict, delivery, phase, schedule, status, view


def parsed(page: str) -> Any:  # noqa: ANN401  A tree to be asked by XPath.
    """Return a page as a browser would read it."""
    return etree.HTML(page)


def evil_view() -> ProjectView:
    """Return a project in which everything that people write is an attack."""
    links = [{"id": EVIL, "pred": "cut", "type": "FS"}]
    rows = schedule(
        phase("weld", name=EVIL, department=EVIL, wbs=EVIL, stage="running", critical=True),
        phase("cut", name=EVIL, summary=True),
        phase("paint", links=links, driver={"kind": EVIL, "ref": EVIL}, kind="finish_ms"),
        name=EVIL,
        customer=EVIL,
        standing=EVIL,
        problem={"code": "cycle", "text": EVIL, "ids": []},
    )
    latest = {"position": 3, "at": "2026-03-10T08:00:00+00:00", "who": EVIL, "what": EVIL}
    told = status(
        late_start_phases=["weld"],
        conflicts=[conflict(EVIL, summary=EVIL, owner=EVIL, kind=EVIL)],
        unconfirmed=[delivery(EVIL, vendor=EVIL, item=EVIL)],
        latest=[{**latest, "why": EVIL}],
    )
    told["department/evil"] = {**told["department/Fabrication"], "department": EVIL}
    return view(rows, told, as_of=EVIL)


@pytest.mark.parametrize(
    "page",
    [
        project_page(evil_view()),
        projects_page([evil_view()]),
        message_page(EVIL, EVIL),
        *(fragment(name, evil_view()) for name in FRAGMENTS),
    ],
    ids=["project", "projects", "message", *FRAGMENTS],
)
def test_what_people_wrote_is_shown_and_never_obeyed(page: str) -> None:
    assert "<b>" not in page
    assert "alert(1)</script>" not in page
    attributes = _Attributes()
    attributes.feed(page)
    assert not [name for name in attributes.names if name.startswith("on") or name == "style"]


def test_an_evil_name_can_still_be_read() -> None:
    tree = parsed(project_page(evil_view()))
    assert tree.findtext(".//h1") == EVIL


class _Attributes(HTMLParser):
    """Collect the names of all attributes: a name that broke out of its quotes shows here."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.names |= {name for name, _ in attrs}


def test_a_page_asks_for_nothing_from_outside_and_has_no_inline_script_or_style() -> None:
    tree = parsed(project_page(view()))
    addresses = [*tree.xpath("//@src"), *tree.xpath("//@href"), *tree.xpath("//@action")]
    assert addresses
    assert [each for each in addresses if not each.startswith(("/", "#"))] == []
    assert tree.xpath("//style") == []
    assert [each for each in tree.xpath("//script") if each.get("src") is None] == []


def test_every_part_of_a_page_can_be_fetched_by_itself() -> None:
    page, seen = project_page(view()), view()
    for name in FRAGMENTS:
        assert fragment(name, seen) in page


def test_a_part_that_says_the_same_has_the_same_digest() -> None:
    def digest(of: ProjectView) -> str:
        found = re.search(r'data-digest="(\w+)"', fragment("gantt", of))
        assert found is not None
        return found[1]

    assert digest(view()) == digest(view())
    assert digest(view()) != digest(view(schedule(phase("weld", name="Other"))))


def test_ids_are_there_once_and_every_bar_leads_to_its_row() -> None:
    tree = parsed(project_page(view(schedule(phase("weld"), phase("cut")))))
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    for anchor in tree.xpath("//a[starts-with(@href, '#')]/@href"):
        assert anchor[1:] in ids


def test_every_bar_can_be_reached_by_keyboard_and_is_told_in_words() -> None:
    tree = parsed(project_page(view(schedule(phase("weld"), phase("cut")))))
    bars = tree.xpath("//a[contains(@class, 'phase')]")
    assert [bar.get("aria-label").partition(",")[0] for bar in bars] == ["Cut", "Weld"]
    rows = tree.xpath("//table[contains(@class, 'phases')]/tbody/tr")
    assert len(rows) == 2


def test_the_past_is_shown_without_a_script_and_with_a_way_back() -> None:
    page = project_page(view(as_of="41"))
    assert "<script" not in page
    assert "Back to now" in page


def test_a_page_without_projects_says_how_to_begin() -> None:
    assert "takt run --demo" in projects_page([])


def test_a_list_of_projects_leads_to_each() -> None:
    tree = parsed(projects_page([view()]))
    assert tree.xpath("//tbody//a/@href") == ["/projects/PRJ-7"]


@pytest.mark.parametrize("name", ["takt.css", "takt.js", "icon.svg"])
def test_the_package_brings_its_own_files(name: str) -> None:
    found = static_file(name)
    assert found is not None
    assert found.content


@pytest.mark.parametrize("name", ["../pages.py", "pages.py", "", ".", "templates"])
def test_no_other_file_is_given_away(name: str) -> None:
    assert static_file(name) is None
