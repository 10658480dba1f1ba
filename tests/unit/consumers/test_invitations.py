"""Invite to meetings by the calendars people use, and take their answers in from there."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar, vCalAddress, vText
from typer.testing import CliRunner, Result

from consumers.bootstrap import System
from consumers.cli import app
from consumers.meetings import meetings
from projections.reports.as_invitations import meetings_ics
from tests.unit.consumers.systems import OPEN, StandingClock, ask, ask_all, plan_phase, system_in

ANNA, PAUL = "anna@works.example", "Paul Meier"


def asked(system: System, name: str, **body: object) -> None:
    text = json.dumps({"project_id": "P", "meeting_id": "M-1", **body})
    outcome = ask(system, name, text, message_id=f"{name}-{system.log.head()}")
    assert outcome.kind == "recorded", outcome


def called(system: System) -> None:
    """Call a meeting for Wednesday 4 March at 10 in Berlin, and invite two parties to it."""
    opened = OPEN[1].replace('"zone":"UTC"', '"zone":"Europe/Berlin"')
    ask_all(system, [(OPEN[0], opened), plan_phase("a")], message_id="plan")
    asked(
        system, "meeting.plan.v1", purpose="Frames are late", start="2026-03-04T09:00:00Z",
        duration_min=90, place="Hall 2", link="https://meet.example/m1",
    )  # fmt: skip
    asked(
        system, "meeting.add_agenda_item.v1", item_id="frames", topic="New date of the frames",
        required_departments=["welding"], lead=ANNA,
    )  # fmt: skip
    asked(system, "meeting.invite_attendee.v1", party=ANNA, department_id="welding")
    asked(system, "meeting.invite_attendee.v1", party=PAUL, attendance="optional")
    system.settle()


def document(system: System, **asked_of: str) -> dict[str, Any]:
    system.settle()
    return meetings(system.views, "P", asked_of)


def event(written: bytes) -> Any:  # noqa: ANN401  The library's.
    (found,) = Calendar.from_ical(written).walk("VEVENT")
    return found


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def test_an_invitation_says_when_where_what_and_who(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        called(system)
        written = meetings_ics(document(system, meeting="M-1"))
    calendar = Calendar.from_ical(written)
    assert calendar["method"] == "REQUEST"
    assert [str(each["tzid"]) for each in calendar.walk("VTIMEZONE")] == ["Europe/Berlin"]
    found = event(written)
    assert found["dtstart"].dt.isoformat() == "2026-03-04T10:00:00+01:00"
    assert found["dtend"].dt.isoformat() == "2026-03-04T11:30:00+01:00"
    assert {name: str(found[name]) for name in
            ("uid", "summary", "status", "location", "url", "description")} == {
        "uid": "P/M-1@meetings.takt",
        "summary": "Frames are late",
        "status": "CONFIRMED",
        "location": "Hall 2",
        "url": "https://meet.example/m1",
        "description": f"New date of the frames ({ANNA})",
    }  # fmt: skip
    assert found["sequence"] == 0
    anna, paul = found["attendee"]
    assert (str(anna), str(paul)) == (f"mailto:{ANNA}", "urn:takt:party:Paul%20Meier")
    assert dict(anna.params) == {
        "CN": ANNA, "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE",
    }  # fmt: skip
    assert paul.params["ROLE"] == "OPT-PARTICIPANT"


def test_a_meeting_keeps_its_uid_and_its_sequence_rises_when_it_moves_or_is_cancelled(
    tmp_path: Path,
) -> None:
    clock = StandingClock()
    with system_in(tmp_path, clock) as system:
        called(system)
        seen = [event(meetings_ics(document(system, meeting="M-1")))]
        clock.advance(timedelta(hours=1))
        asked(system, "meeting.move.v1", start="2026-03-05T09:00:00Z",
              reason={"code": "customer_request"})  # fmt: skip
        seen.append(event(meetings_ics(document(system, meeting="M-1"))))
        clock.advance(timedelta(hours=1))
        asked(system, "meeting.cancel.v1", reason={"code": "customer_request"})
        written = meetings_ics(document(system, meeting="M-1"))
        seen.append(event(written))
    assert Calendar.from_ical(written)["method"] == "CANCEL"
    assert [str(each["uid"]) for each in seen] == ["P/M-1@meetings.takt"] * 3
    assert [each["sequence"] for each in seen] == [0, 1, 2]
    assert [each["dtstamp"].dt.hour for each in seen] == [7, 8, 9]
    assert [str(each["status"]) for each in seen] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]


def test_all_meetings_are_a_calendar_and_those_without_a_time_are_not_in_it(
    tmp_path: Path,
) -> None:
    with system_in(tmp_path) as system:
        called(system)
        asked(system, "meeting.plan.v1", meeting_id="M-2", purpose="Paint",
              start="2026-03-06T09:00:00Z", duration_min=30)  # fmt: skip
        asked(system, "meeting.anticipate.v1", meeting_id="M-3", why="A date is in doubt")
        calendar = Calendar.from_ical(meetings_ics(document(system)))
    assert calendar["method"] == "PUBLISH"
    assert [str(each["summary"]) for each in calendar.walk("VEVENT")] == [
        "Frames are late",
        "Paint",
    ]


def reply(
    address: str,
    answer: str,
    *,
    uid: str = "P/M-1@meetings.takt",
    method: str = "REPLY",
    **params: str,
) -> bytes:
    """Write an answer as a mail program would."""
    calendar = Calendar()
    calendar.add("prodid", "-//Mail//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    told = Calendar.from_ical(
        "BEGIN:VEVENT\r\nDTSTAMP:20260302T064500Z\r\nSUMMARY:Accepted\r\nEND:VEVENT\r\n"
    )
    told.add("uid", uid)
    attendee = vCalAddress(address)
    for name, value in {"PARTSTAT": answer, **params}.items():
        attendee.params[name.replace("_", "-")] = vText(value)
    told.add("attendee", attendee, encode=False)
    calendar.add_component(told)
    written: bytes = calendar.to_ical()
    return written


@pytest.mark.parametrize(
    ("answer", "recorded"),
    [
        (reply(f"mailto:{ANNA}", "ACCEPTED", CN="Anna of Welding"), {"answer": "ACCEPTED"}),
        (reply(f"MAILTO:{ANNA}", "tentative"), {"answer": "TENTATIVE"}),
        (reply("mailto:p.meier@corp.example", "DECLINED", CN=PAUL),
         {"party": PAUL, "answer": "DECLINED"}),
        (reply("urn:takt:party:Paul%20Meier", "ACCEPTED"), {"party": PAUL, "answer": "ACCEPTED"}),
        (reply(f"mailto:{ANNA}", "DELEGATED", DELEGATED_TO="mailto:eva@works.example"),
         {"answer": "DELEGATED", "delegate": "eva@works.example"}),
    ],
)  # fmt: skip
def test_an_answer_is_taken_in_once_as_the_fact_it_is(
    tmp_path: Path, answer: bytes, recorded: Mapping[str, str]
) -> None:
    with system_in(tmp_path) as system:
        called(system)
    file = tmp_path / "answer.ics"
    file.write_bytes(answer)
    counts = [
        json.loads(takt(tmp_path, "import", "events", str(file), "--json").stdout) for _ in range(2)
    ]
    assert [(each["recorded"], each["repeated"]) for each in counts] == [(1, 0), (0, 1)]
    with system_in(tmp_path) as system:
        (fact,) = system.log.read_stream("meeting-M-1", 4)
        assert fact.event.model_dump(exclude_none=True) == {"party": ANNA, **recorded}
        assert fact.effective_at == datetime(2026, 3, 2, 6, 45, tzinfo=UTC)
        shown = {each["party"]: each["answer"] for each in
                 document(system)["meetings"][0]["invited"]}  # fmt: skip
    assert shown[str({"party": ANNA, **recorded}["party"])] == recorded["answer"]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", "it is empty or larger than 4 MiB"),
        (b"nothing of the kind", "it is no calendar that can be read"),
        (reply(f"mailto:{ANNA}", "ACCEPTED", method="REQUEST"),
         "its METHOD is REQUEST: only answers (REPLY) to invitations are taken in"),
        (reply(f"mailto:{ANNA}", "ACCEPTED", uid="x@other.example"),
         "'x@other.example' is no meeting of Takt"),
        (reply(f"mailto:{ANNA}", "NEEDS-ACTION"), "answers NEEDS-ACTION, which is none of"),
        (reply("mailto:eve@corp.example", "ACCEPTED", CN="Eve"),
         f"eve@corp.example was not invited; invited are {PAUL}, {ANNA}"),
        (reply(f"mailto:{ANNA}", "ACCEPTED", uid="P/M-9@meetings.takt"), "P has no meeting M-9"),
        (reply(f"mailto:{ANNA}", "ACCEPTED").replace(b"DTSTAMP:20260302T064500Z\r\n", b""),
         "an answer has a DTSTAMP that is a time, not none"),
        (reply(f"mailto:{ANNA}", "ACCEPTED").replace(b"VEVENT", b"VTODO"),
         "there is no answer in it"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_told_and_nothing_is_recorded(
    tmp_path: Path, raw: bytes, text: str
) -> None:
    with system_in(tmp_path) as system:
        called(system)
        head = system.log.head()
    file = tmp_path / "answer.ics"
    file.write_bytes(raw)
    result = takt(tmp_path, "import", "events", str(file))
    assert result.exit_code == 2
    assert text in result.stderr
    with system_in(tmp_path) as system:
        assert system.log.head() == head


def test_the_verb_writes_an_invitation(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        called(system)
        written = meetings_ics(document(system, meeting="M-1"))
    file = tmp_path / "m.ics"
    result = takt(tmp_path, "meetings", "P", "--meeting", "M-1", "--to", str(file))
    assert (result.exit_code, result.stdout) == (0, f"{file}: 1 meeting\n")
    assert file.read_bytes() == written
    unknown = takt(tmp_path, "meetings", "P", "--meeting", "M-9")
    assert (unknown.exit_code, unknown.stderr) == (
        2,
        "takt: unknown_subject: P has no meeting M-9\n",
    )
