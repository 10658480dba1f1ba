"""Hold the vendor board to a story of three vendors: over both doors, now and at moments past."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.bootstrap import System
from consumers.cli import app
from consumers.http.app import create_app
from consumers.running import services_of
from consumers.supervision import Workers
from tests.unit.consumers.systems import OPEN, StandingClock, ask, report, system_in


class Story:
    """Tell of orders day by day, each message under an id of its own."""

    def __init__(self, system: System, clock: StandingClock) -> None:
        self._system = system
        self._clock = clock
        self._count = 0

    def ask(self, name: str, **body: object) -> None:
        told = ask(self._system, name, json.dumps({"project_id": "P", **body}), message_id=self._id)
        assert told.kind == "recorded", told

    def order(self, line: str, vendor: str, need_by: str) -> None:
        self.ask(
            "commitment.request.v1", commitment_id=line, vendor=vendor, kind="goods",
            item="valve", qty="10", uom="H87", need_by=need_by, order_ref="PO-41",
            for_requirements=["REQ-1"],
        )  # fmt: skip

    def told(self, line: str, name: str, **data: object) -> None:
        outcome = report(
            self._system, f"commitment.{name}.v1", f"commitment-{line}", data, message_id=self._id
        )
        assert outcome.kind == "recorded", outcome

    def came(self, line: str, qty: str = "10") -> None:
        self.told(line, "receipt_posted", qty=qty, at=self._clock.at.isoformat())

    def days_later(self, days: int) -> None:
        self._clock.advance(timedelta(days=days))

    @property
    def _id(self) -> str:
        self._count += 1
        return f"m-{self._count}"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home in which three vendors have promised and delivered, or not."""
    clock = StandingClock()  # Monday 2 March.
    with system_in(tmp_path, clock) as system:
        ask(system, *OPEN, message_id="open")
        story = Story(system, clock)
        story.order("L-1", "Fluxtec", "2026-03-06")
        story.order("L-2", "Fluxtec", "2026-03-12")
        story.order("L-3", "Norva", "2026-03-05")
        story.order("L-4", "Norva", "2026-03-20")
        story.order("L-5", "Zeta", "2026-03-20")
        story.ask("commitment.send.v1", commitment_id="L-1", revision=1, channel="email")
        accepted = {"revision": 1, "status": "accepted"}
        story.told("L-1", "acknowledged", **accepted, promised_date="2026-03-05", raw_code="IA")
        story.told("L-2", "acknowledged", **accepted, promised_date="2026-03-09")
        story.told("L-3", "acknowledged", **accepted, promised_date="2026-03-05")
        story.ask("commitment.request_expedite.v1", commitment_id="L-3", wanted="2026-03-03")
        story.days_later(1)
        story.told(
            "L-1", "promise_date_moved", old="2026-03-05", new="2026-03-09", told_by="desk",
            channel="phone", proof_ref="call-17",
        )  # fmt: skip
        story.told("L-3", "expedite_answered", answer="accepted", date="2026-03-04")
        story.days_later(1)
        story.came("L-3")
        story.days_later(6)
        story.came("L-1")
        story.told("L-1", "inspection_passed", qty="8")
        story.days_later(4)
        story.ask("project.advance_data_date.v1", data_date="2026-03-14T08:00:00Z")
        story.ask("commitment.cancel.v1", commitment_id="L-4", reason={"code": "priority_change"})
        system.settle()
    return tmp_path


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def board(home: Path, *words: str) -> Any:  # noqa: ANN401  Whatever JSON was printed.
    result = takt(home, "vendors", "P", *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def lines(told: Mapping[str, Any]) -> dict[str, Any]:
    return {line["commitment"]: line for line in told["lines"]}


def vendors(told: Mapping[str, Any]) -> dict[str, Any]:
    return {vendor["vendor"]: vendor for vendor in told["vendors"]}


def test_a_line_tells_every_promise_with_its_channel_and_proof(home: Path) -> None:
    line = lines(board(home))["L-1"]
    assert [
        (each["old"], each["new"], each["days"], each["told_by"], each["channel"], each["proof"])
        for each in line["promises"]
    ] == [
        (None, "2026-03-05", None, None, "acknowledgement", "IA"),
        ("2026-03-05", "2026-03-09", 4, "desk", "phone", "call-17"),
    ]
    dates = {name: line[name] for name in ("need", "first_promised", "promised", "expected")}
    assert dates == {
        "need": "2026-03-06",
        "first_promised": "2026-03-05",
        "promised": "2026-03-09",
        "expected": None,
    }
    assert (line["promise_after_need_days"], line["promise_moved_days"]) == (3, 4)
    assert (line["received"], line["passed"], line["uninspected"]) == ("10", "8", "2")
    assert (line["order"], line["requirements"]) == ("PO-41", ["REQ-1"])


def test_a_line_that_should_be_here_is_overdue_against_each_date_by_itself(home: Path) -> None:
    told = board(home)
    overdue = {
        name: (line["overdue_need_days"], line["overdue_promise_days"])
        for name, line in lines(told).items()
    }
    assert told["today"] == "2026-03-14"
    assert overdue == {
        "L-1": (None, None),  # It came.
        "L-2": (2, 5),
        "L-3": (None, None),
        "L-4": (None, None),  # It was given up.
        "L-5": (None, None),  # It is not due yet, and nobody promised anything.
    }


def test_an_expedite_is_told_with_what_the_vendor_answered(home: Path) -> None:
    line = lines(board(home))["L-3"]
    assert line["expedite"] == {"wanted": "2026-03-03", "answer": "accepted", "date": "2026-03-04"}
    assert (line["need"], line["promised"]) == ("2026-03-05", "2026-03-04")
    assert lines(board(home))["L-1"]["expedite"] is None


def test_in_time_for_need_promise_and_first_promise_are_three_figures(home: Path) -> None:
    fluxtec = vendors(board(home))["Fluxtec"]
    # L-1 came on Tuesday 10 March: needed on the 6th, promised for the 9th, first for the 5th.
    # L-2 did not come: needed on the 12th, promised for the 9th.
    assert fluxtec["on_time"] == {
        "need": {"kept": 0, "due": 2, "share": 0.0},
        "promise": {"kept": 0, "due": 2, "share": 0.0},
        "first_promise": {"kept": 0, "due": 2, "share": 0.0},
    }
    assert fluxtec["slip_days"] == {"n": 1, "median": 1, "q80": 1, "min": 1, "max": 1}
    norva = vendors(board(home))["Norva"]
    # L-3 came on the 4th, as promised last, before it was promised first; L-4 was given up.
    assert (norva["lines"], norva["slip_days"]["median"]) == (2, 0)
    assert norva["on_time"] == {
        name: {"kept": 1, "due": 1, "share": 1.0} for name in ("need", "promise", "first_promise")
    }


def test_what_nobody_knows_is_undefined_and_never_nought(home: Path) -> None:
    zeta = vendors(board(home))["Zeta"]
    nothing = {"kept": 0, "due": 0, "share": None}
    assert zeta["on_time"] == {"need": nothing, "promise": nothing, "first_promise": nothing}
    assert zeta["slip_days"] == {"n": 0, "median": None, "q80": None, "min": None, "max": None}


def test_the_board_as_of_a_moment_shows_what_was_believed_then(home: Path) -> None:
    then = lines(board(home, "--as-of", "2026-03-02T12:00:00Z"))["L-1"]
    assert (then["promised"], then["status"], len(then["promises"])) == (
        "2026-03-05",
        "acknowledged",
        1,
    )


def test_the_text_names_what_moved_what_is_overdue_and_each_share(home: Path) -> None:
    text = takt(home, "vendors", "P").stdout
    assert "L-1  Fluxtec, valve: received; need 2026-03-06, promised 2026-03-09" in text
    assert "promise 2026-03-05 → 2026-03-09 (+4 d) desk, phone, call-17" in text
    assert "OVERDUE 5 d" in text
    assert "Zeta: undefined, undefined, undefined; no slip is known" in text
    assert "Norva: 100 % (1 of 1), 100 % (1 of 1), 100 % (1 of 1); slip median +0 d" in text


def test_the_api_answers_as_the_verb_does(home: Path) -> None:
    with system_in(home) as system:
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            answered = client.get("/v1/projects/P/vendors")
            missing = client.get("/v1/projects/NO/vendors")
    assert (answered.status_code, answered.json()) == (200, board(home))
    assert missing.status_code == 404


def test_a_project_that_ordered_nothing_says_so(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        ask(system, *OPEN, message_id="open")
        system.settle()
    assert takt(tmp_path, "vendors", "P").stdout == "Press has ordered nothing.\n"
    assert takt(tmp_path, "vendors", "nobody").exit_code == 2
