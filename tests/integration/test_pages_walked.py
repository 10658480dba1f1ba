"""Walk through the pages of the demo project in a real Chromium, without scripts and on a phone."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from consumers.bootstrap import System
from consumers.demo.project import PROJECT_ID
from consumers.http.app import create_app
from consumers.running import begin_demo, services_of
from consumers.supervision import Workers
from projections.web.boards import BOARDS
from projections.web.navigation import ways
from tests.browser import Browser, Page, browser_of_this_run
from tests.served import Served, served
from tests.unit.consumers.systems import (
    OPEN,
    StandingClock,
    ask_all,
    plan_phase,
    report,
    system_in,
)
from tests.unit.consumers.test_demo import MONDAY, TODAY, play

pytestmark = pytest.mark.integration

PAGES = ["", "/why", *(f"/{board.name}" for board in BOARDS)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a real server over the first two weeks of the demo."""
    clock = StandingClock(MONDAY)
    with system_in(tmp_path_factory.mktemp("demo"), clock) as system:
        system.lease.take()
        begin_demo(system, TODAY)
        play(system, clock, timedelta(weeks=2))
        system.settle()
        with served(create_app(services_of(system, Workers({})))) as one:
            yield one


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give one browser to all tests here."""
    with browser_of_this_run() as one:
        yield one


def test_one_walks_from_page_to_page_and_back_and_nothing_is_blocked(
    running: Served, browser: Browser
) -> None:
    page = browser.page()
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.open(f"{running.url}/projects/{PROJECT_ID}")
    walked = []
    for way in ways(PROJECT_ID, "overview")[1:]:
        go(page, running.url, way.href)
        walked.append(page.text("h1").partition(":")[0])
        if way.text != "Status report":
            assert page.text("nav [aria-current=page]") == way.text
            assert page.value("getComputedStyle(document.querySelector('.ways ul')).display") == (
                "flex"
            )
    assert walked[1:] == [*(board.title for board in BOARDS), "Status report"]
    # Its own style is let through: without it a definition list is no grid.
    assert page.value("getComputedStyle(document.querySelector('dl')).display") == "grid"
    assert page.complaints == []
    assert [each for each in page.requests if not each.startswith(running.url)] == []


def go(page: Page, url: str, href: str) -> None:
    """Follow a way that the page shows, the one to the status report from the page before it."""
    assert page.value(f"document.querySelector('nav a[href=\"{href}\"]') !== null"), href
    page.open(url + href)


def test_the_phases_of_a_cell_unfold_without_a_script_and_lead_to_the_chart(
    running: Served, browser: Browser
) -> None:
    page = browser.page()
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.open(f"{running.url}/projects/{PROJECT_ID}/load")
    assert not page.value("document.querySelector('.heat details').open")
    x, y = page.value(
        "(box => [box.x + box.width / 2, box.y + box.height / 2])"
        "(document.querySelector('.heat details summary').getBoundingClientRect())"
    )
    for kind in ("mousePressed", "mouseReleased"):
        page.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
    page.wait(
        lambda: bool(page.value("document.querySelector('.heat details').open")),
        "the phases of the cell are shown",
    )
    address = page.value("document.querySelector('.heat details a').getAttribute('href')")
    page.open(running.url + address)
    assert page.value("document.querySelector(':target') !== null")
    assert page.complaints == []


@pytest.mark.parametrize("path", PAGES)
def test_nothing_overflows_on_a_phone(running: Served, browser: Browser, path: str) -> None:
    page = browser.page()
    page.call(
        "Emulation.setDeviceMetricsOverride",
        width=360,
        height=780,
        deviceScaleFactor=1,
        mobile=True,
    )
    page.open(f"{running.url}/projects/{PROJECT_ID}{path}")
    assert page.value("document.documentElement.scrollWidth") == 360
    tables = "[...document.querySelectorAll('table.board:not(.heat)')]"
    assert page.value(f"{tables}.filter(each => each.scrollWidth > 360).length") == 0


def test_a_board_changes_while_one_looks_at_it_and_keeps_what_was_unfolded(
    browser: Browser, tmp_path: Path
) -> None:
    with system_in(tmp_path) as system:
        meeting = {"project_id": "P", "meeting_id": "M-1"}
        told = {"purpose": "Dates", "start": "2026-03-04T09:00:00Z", "duration_min": 60}
        plan = [
            OPEN,
            plan_phase("cut"),
            ("meeting.plan.v1", json.dumps({**meeting, **told, "place": "Hall 2"})),
            ("meeting.invite_attendee.v1", json.dumps({**meeting, "party": "anna"})),
        ]
        assert ask_all(system, plan, message_id="plan").kind == "recorded"
        inquiry(system, "Q-1", "When does it come?")
        with served(create_app(services_of(system, Workers({})))) as running:
            page = browser.page()
            page.open(f"{running.url}/projects/P/meetings")
            page.wait(lambda: page.text("#state") == "live", "the page is live")
            assert "When does it come?" in page.text("main")
            page.value("document.querySelector('main details').open = true")
            page.value("document.querySelector('main details summary').focus()")
            inquiry(system, "Q-2", "And what does it cost?")
            page.wait(lambda: "And what does it cost?" in page.text("main"), "it is shown")
            assert page.text(".position") == str(system.log.head())
            assert page.value("document.querySelector('main details').open")
            assert page.value("document.activeElement.localName") == "summary"
            assert page.complaints == []


def inquiry(system: System, inquiry_id: str, text: str) -> None:
    """Let a customer ask something."""
    data = {"from_party": "ACME", "channel": "email", "text": text, "due": "2026-03-05T12:00:00Z"}
    told = report(system, "inquiry.received.v1", f"inquiry-{inquiry_id}", data,
                  message_id=inquiry_id, project="P")  # fmt: skip
    assert told.kind == "recorded"
    system.settle()
