"""Drive a real headless Chromium by its DevTools protocol, and hear what it complains about."""

import json
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from websockets.sync.client import ClientConnection, connect

from tests.services.availability import absent
from tests.services.waiting import wait_until

SWITCHES: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
PATIENCE_S: Final = 30.0


class Page:
    """One tab; `complaints` are console errors, exceptions and what a policy has blocked."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._last = 0
        self.complaints: list[str] = []
        self.requests: list[str] = []
        for domain in ("Page", "Log", "Runtime", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        self._connection.send(json.dumps(message))
        while True:
            answer = json.loads(self._connection.recv(PATIENCE_S))
            if answer.get("id") == self._last:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self._hear(answer)

    def _hear(self, told: dict[str, Any]) -> None:
        parameters = told["params"]
        match told["method"]:
            case "Log.entryAdded" if parameters["entry"]["level"] in {"error", "warning"}:
                self.complaints.append(parameters["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(parameters["exceptionDetails"])[:500])
            case "Runtime.consoleAPICalled" if parameters["type"] in {"error", "warning"}:
                self.complaints.append(json.dumps(parameters["args"])[:500])
            case "Network.requestWillBeSent":
                self.requests.append(parameters["request"]["url"])
            case _:
                pass

    def open(self, url: str) -> None:
        """Go to an address and wait until the page is there."""
        self.call("Page.navigate", url=url)
        self.wait(lambda: self.value("document.readyState") == "complete", f"{url} is loaded")

    def value(self, expression: str) -> Any:  # noqa: ANN401  Whatever the page says.
        """Return what a JavaScript expression is in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def text(self, selector: str) -> str:
        """Return the text of the first element of a selector, empty where there is none."""
        found = self.value(f"document.querySelector({json.dumps(selector)})?.textContent ?? ''")
        return " ".join(str(found).split())

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until something holds in the page."""
        wait_until(condition, what, deadline_s=PATIENCE_S)


class Browser:
    """A Chromium of its own, with an empty profile that goes with it."""

    def __init__(self, program: str) -> None:
        self._profile = Path(tempfile.mkdtemp(prefix="takt-chromium-"))
        self._process = subprocess.Popen(
            [program, *SWITCHES, f"--user-data-dir={self._profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._connections = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        self._connections.close()
        shutil.rmtree(self._profile, ignore_errors=True)

    def page(self) -> Page:
        """Open a tab."""
        told = self._profile / "DevToolsActivePort"
        wait_until(
            lambda: told.exists() and told.read_text().count("\n") > 0,
            "Chromium listens",
            deadline_s=PATIENCE_S,
        )
        port = told.read_text().split()[0]
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/json/new?about:blank", method="PUT"
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
            address = json.load(answer)["webSocketDebuggerUrl"]
        return Page(
            self._connections.enter_context(connect(address, max_size=None, close_timeout=0.1))
        )


@contextmanager
def browser_of_this_run() -> Iterator[Browser]:
    """Give a real Chromium; the test is skipped aloud, or fails, where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        absent("chromium", "the program chromium is not installed")
    with Browser(program) as browser:
        yield browser
