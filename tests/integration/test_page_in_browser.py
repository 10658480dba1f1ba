"""The page in a real Chromium: changes while one looks, obeys the policy, works without scripts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from consumers.http.app import create_app
from tests.browser import Browser, Page, browser_of_this_run
from tests.fakes_http import Fakes, fakes, open_project_in
from tests.served import Served, served
from tests.unit.web.rows import EVIL, conflict, phase, schedule, status

pytestmark = pytest.mark.integration

PAGE = "/projects/PRJ-7"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give one browser to all tests here."""
    with browser_of_this_run() as one:
        yield one


@pytest.fixture
def page(browser: Browser) -> Page:
    """Give a tab of its own."""
    return browser.page()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Fakes]:
    """Give the fakes behind the server, with a project."""
    made = fakes(tmp_path)
    show(made, 1, "Welding")
    open_project_in(made.log, "PRJ-7", events=9)
    yield made
    made.log.close()


@pytest.fixture
def running(world: Fakes) -> Iterator[Served]:
    """Give a real server over the fakes."""
    with served(create_app(world.services)) as one:
        yield one


def show(world: Fakes, position: int, name: str, *conflicts: str, finish: str = "13") -> None:
    """Let the project be so, in every projection at once."""
    weld = phase("weld", name=name, critical=True, finish=f"2026-03-{finish}T16:00:00+01:00")
    told = status(conflicts=[conflict(each, summary=each) for each in conflicts])
    world.audit.put(position, "PRJ-7", {str(position): {"position": position}})
    world.schedule.put(position, "PRJ-7", schedule(weld, phase("cut", department="Cutting")))
    world.status.put(position, "PRJ-7", told)


def live(page: Page) -> None:
    """Wait until the page follows the stream."""
    page.wait(lambda: page.text("#state") == "live", "the page is live")


def bar_name(page: Page) -> str:
    """Return the name that the bar of the phase `weld` is told by."""
    return page.text("[data-key=bar-weld] title").partition(",")[0]


def test_the_page_changes_while_one_looks_at_it(world: Fakes, running: Served, page: Page) -> None:
    page.open(running.url + PAGE)
    live(page)
    assert bar_name(page) == "Welding"
    assert page.text(".needs .none") == "Nothing waits for you."
    show(world, 2, "Welding of the frame", "The paint is late", finish="16")
    page.wait(
        lambda: bar_name(page) == "Welding of the frame",
        "the new name is shown",
    )
    page.wait(lambda: page.text(".need .what") == "The paint is late", "the conflict is shown")
    assert page.text(".position") == "2"
    assert page.value("document.querySelector('[data-key=bar-weld]').classList.contains('changed')")
    assert not page.value(
        "document.querySelector('[data-key=bar-cut]').classList.contains('changed')"
    )
    assert page.complaints == []


def test_nothing_comes_from_anywhere_else_and_the_policy_is_obeyed(
    running: Served, page: Page
) -> None:
    page.open(running.url + PAGE)
    live(page)
    assert page.requests
    assert [each for each in page.requests if not each.startswith(running.url)] == []
    assert page.complaints == []
    assert page.value("getComputedStyle(document.querySelector('.figures')).display") == "grid"


def test_the_place_of_the_keyboard_outlives_a_change(
    world: Fakes, running: Served, page: Page
) -> None:
    page.open(running.url + PAGE)
    live(page)
    page.value("document.querySelector('[data-key=bar-weld]').focus()")
    page.value("document.querySelector('#phases').open = true")
    show(world, 2, "Welding again")
    page.wait(lambda: bar_name(page) == "Welding again", "the change is shown")
    assert page.value("document.activeElement.dataset.key") == "bar-weld"
    assert page.value("document.querySelector('#phases').open")


def test_every_bar_is_reached_by_the_tab_key(running: Served, page: Page) -> None:
    page.open(running.url + PAGE)
    reached = set()
    for _ in range(40):
        for kind in ("rawKeyDown", "keyUp"):
            page.call(
                "Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab",
                windowsVirtualKeyCode=9,
            )  # fmt: skip
        reached.add(page.value("document.activeElement.dataset?.key ?? ''"))
    assert {"bar-weld", "bar-cut"} <= reached


def test_the_page_is_whole_without_scripts(running: Served, page: Page) -> None:
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.open(running.url + PAGE)
    assert bar_name(page) == "Welding"
    assert page.text("#phase-weld th").startswith("Welding")
    assert page.text("#state") == "as loaded"
    assert page.value("getComputedStyle(document.querySelector('.figures')).display") == "grid"
    assert page.complaints == []
    assert [each for each in page.requests if "/v1/stream" in each] == []


def test_a_name_that_is_an_attack_is_only_a_name(world: Fakes, running: Served, page: Page) -> None:
    page.open(running.url + PAGE)
    live(page)
    show(world, 2, EVIL, EVIL)
    page.wait(lambda: page.text(".need .what") == EVIL, "the name is shown as it is")
    assert page.text("#phase-weld th").startswith(EVIL)
    assert page.value("document.querySelectorAll('main b').length") == 0
    assert page.complaints == []


def test_a_page_that_loses_the_server_says_so_and_finds_it_again(world: Fakes, page: Page) -> None:
    app = create_app(world.services)
    with served(app) as first:
        page.open(first.url + PAGE)
        live(page)
        port = first.port
    page.wait(lambda: page.text("#state").startswith("reconnecting"), "the page says it is lost")
    show(world, 2, "Meanwhile")
    with served(create_app(world.services), port):
        page.wait(lambda: bar_name(page) == "Meanwhile", "it caught up")
        live(page)


def test_nothing_overflows_on_a_phone(running: Served, page: Page) -> None:
    page.call(
        "Emulation.setDeviceMetricsOverride",
        width=360,
        height=780,
        deviceScaleFactor=1,
        mobile=True,
    )
    page.open(running.url + PAGE)
    assert page.value("document.documentElement.scrollWidth") == 360


def test_two_windows_share_one_stream(world: Fakes, running: Served, browser: Browser) -> None:
    windows = [browser.page(), browser.page()]
    for window in windows:
        window.open(running.url + PAGE)
        live(window)
    # A window is live before its stream is there; what both have heard came through one.
    show(world, 2, "Welding again")
    for window in windows:
        window.wait(lambda: bar_name(window) == "Welding again", "the change is shown")  # noqa: B023
    assert b"takt_http_streams 1.0" in running.get("/metrics")[1]
