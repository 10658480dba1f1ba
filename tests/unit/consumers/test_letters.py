"""Write a notice, and the minutes of a meeting, as letters: what stands in them, what does not."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from consumers.bootstrap import System
from consumers.cli import app
from consumers.meetings import meetings
from consumers.notices import notices
from projections.reports.as_text import report_text
from projections.reports.letters import minutes_letter, notice_letter
from tests.office_files import paragraphs, tables
from tests.unit.consumers.systems import (
    OPEN,
    StandingClock,
    ask,
    ask_all,
    link,
    plan_phase,
    report,
    system_in,
)

PROMISE = (
    "project.set_promise.v1",
    '{"project_id":"P","to_party":"Brauhaus","deliverable":"Press","promised_date":"2026-03-13"}',
)


def moved(system: System) -> None:
    """Baseline two phases, and let the first last a day longer."""
    requests = [OPEN, plan_phase("cut"), plan_phase("weld"), link("cut", "weld"), PROMISE]
    assert ask_all(system, requests, message_id="plan").kind == "recorded"
    body = json.dumps({"project_id": "P", "name": "first", "at_position": system.log.head()})
    assert ask(system, "project.approve_baseline.v1", body, message_id="b").kind == "recorded"
    system.settle()
    body = '{"project_id":"P","phase_id":"cut","duration_min":960,"reason":{"code":"machine_down"}}'
    assert ask(system, "plan.revise_duration.v1", body, message_id="r").kind == "recorded"
    system.settle()


def letter_to(system: System, recipient: str) -> tuple[dict[str, Any], str]:
    document = notices(system.views, "P", {"party": recipient})
    (row,) = [each for each in document["notices"] if each["recipients"] == [recipient]]
    return notice_letter(document, row), row["notice"]


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def test_a_notice_is_a_letter_that_says_what_moved_and_stays_the_same(tmp_path: Path) -> None:
    clock = StandingClock()
    with system_in(tmp_path, clock) as system:
        moved(system)
        letter, notice = letter_to(system, "Works")
        clock.advance(timedelta(days=3))
        assert letter_to(system, "Works") == (letter, notice)
    assert report_text(letter).splitlines()[0] == "Delay: Press (P), for Works"
    rows = letter["sections"][0]["rows"]
    assert rows == [
        ["cut", "finish", "2026-03-02 17:00", "2026-03-03 17:00", "1.00"],
        ["weld", "finish", "2026-03-03 17:00", "2026-03-04 17:00", "1.00"],
        ["weld", "start", "2026-03-03 08:00", "2026-03-04 08:00", "1.00"],
    ]


def test_a_letter_to_a_customer_names_the_promise_and_no_phase(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        moved(system)
        letter, _ = letter_to(system, "Brauhaus")
    text = report_text(letter)
    assert "Brauhaus" in text.splitlines()[0]
    for internal in ("cut", "weld", "machine_down", "phase-", "Works"):
        assert internal not in text


@pytest.mark.parametrize("ending", [".txt", ".html", ".docx"])
def test_the_verb_writes_one_notice(tmp_path: Path, ending: str) -> None:
    with system_in(tmp_path) as system:
        moved(system)
        letter, notice = letter_to(system, "Works")
    file = tmp_path / f"letter{ending}"
    result = takt(tmp_path, "notices", "P", "--notice", notice, "--to", str(file))
    assert (result.exit_code, result.stdout) == (0, f"{file}: {notice}, for Works\n")
    if ending == ".docx":
        assert paragraphs(file.read_bytes())[0] == letter["title"]
        assert tables(file.read_bytes()) == [
            [letter["sections"][0]["columns"], *letter["sections"][0]["rows"]]
        ]
    else:
        assert letter["title"] in file.read_text()
        assert "2026-03-04 17:00" in file.read_text()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("notices", "P", "--to", "x.docx"), "--to writes one notice as a letter: say --notice"),
        (("notices", "P", "--notice", "n-9", "--to", "x.docx"), "P has no notice n-9"),
        (("notices", "P", "--notice", "n-9", "--to", "x.xlsx"),
         "--to ends in .html, .pdf, .txt, .docx, not .xlsx"),
        (("meetings", "P", "--to", "x.docx"), "minutes are of one meeting: say --meeting"),
    ],
)  # fmt: skip
def test_a_letter_of_nothing_is_refused(tmp_path: Path, words: tuple[str, ...], text: str) -> None:
    with system_in(tmp_path) as system:
        moved(system)
    result = takt(tmp_path, *words)
    assert result.exit_code == 2
    assert text in result.stderr


def asked(system: System, name: str, **body: object) -> None:
    text = json.dumps({"project_id": "P", "meeting_id": "M-1", **body})
    outcome = ask(system, name, text, message_id=f"{name}-{system.log.head()}")
    assert outcome.kind == "recorded", outcome


def held(system: System) -> None:
    """Hold a meeting of two, to which one came: a sentence to the item, one beside it."""
    ask_all(system, [OPEN, plan_phase("cut")], message_id="plan")
    asked(system, "meeting.plan.v1", purpose="Frames are late", start="2026-03-02T07:00:00Z",
          duration_min=60, place="Hall 2")  # fmt: skip
    asked(system, "meeting.add_agenda_item.v1", item_id="frames", topic="New date",
          required_departments=["Works"], lead="anna")  # fmt: skip
    for party in ("anna", "paul"):
        asked(system, "meeting.invite_attendee.v1", party=party)
    facts: dict[str, dict[str, object]] = {
        "meeting.held.v1": {"started": "2026-03-02T07:00:00Z"},
        "meeting.attendance_recorded.v1": {"present": ["anna"]},
    }
    for name, data in facts.items():
        told = report(system, name, "meeting-M-1", data, message_id=name, project="P")
        assert told.kind == "recorded", told
    asked(system, "meeting.record_minute.v1", text="The frames come on Friday", item_id="frames")
    asked(system, "meeting.record_minute.v1", text="Coffee is out")
    asked(system, "meeting.record_decision.v1", decision_id="d1", text="Weld on Saturday")
    asked(system, "meeting.create_action.v1", action_id="a1", text="Order coffee", owner="paul",
          due="2026-03-04T12:00:00Z")  # fmt: skip
    system.settle()


def test_minutes_say_who_was_there_what_was_said_decided_and_is_to_be_done(
    tmp_path: Path,
) -> None:
    with system_in(tmp_path) as system:
        held(system)
        document = meetings(system.views, "P", {"meeting": "M-1"})
    letter = minutes_letter(document, document["meetings"][0])
    assert (letter["title"], letter["audience"]) == ("Minutes: Frames are late", "anna, paul")
    meeting, agenda, decisions, actions = letter["sections"]
    assert {each["label"]: each["value"] for each in meeting["facts"]} == {
        "When": "2026-03-02 07:00",
        "Where": "Hall 2",
        "Present": "anna",
        "Invited and not there": "paul",
        "Approved by": None,
    }
    assert agenda["rows"] == [
        ["New date", "anna", "The frames come on Friday"],
        ["", "", "Coffee is out"],
    ]
    assert decisions["rows"] == [["d1", "Weld on Saturday"]]
    assert actions["rows"] == [["paul", "Order coffee", "2026-03-04", "open"]]


def test_the_verb_writes_minutes(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        held(system)
        asked(system, "meeting.anticipate.v1", meeting_id="M-2", why="A date is in doubt")
        system.settle()
    file = tmp_path / "minutes.docx"
    early = takt(tmp_path, "meetings", "P", "--meeting", "M-2", "--to", str(file))
    assert (early.exit_code, early.stderr) == (
        1,
        "takt: M-2 is not planned yet, so there are no minutes\n",
    )
    words = ("meetings", "P", "--meeting", "M-1", "--to", str(file))
    assert takt(tmp_path, *words).exit_code == 0
    written = file.read_bytes()
    assert paragraphs(written)[0] == "Minutes: Frames are late"
    assert ["", "", "Coffee is out"] in tables(written)[0]
    assert takt(tmp_path, *words).exit_code == 0
    assert file.read_bytes() == written
