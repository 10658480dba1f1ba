"""Ask how ready meetings are and what waits: at the terminal and over HTTP, the same answer."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.bootstrap import System
from consumers.cli import app
from consumers.conflicts import conflicts
from consumers.http.app import create_app
from consumers.meetings import meetings
from consumers.running import services_of
from consumers.supervision import Workers
from tests.unit.consumers.systems import OPEN, ask, ask_all, plan_phase, report, system_in

MEETING, INQUIRY = "meeting-M-1", "inquiry-Q-1"


def asked(system: System, name: str, **body: object) -> None:
    text = json.dumps({"project_id": "P", **body})
    outcome = ask(system, name, text, message_id=f"{name}-{system.log.head()}")
    assert outcome.kind == "recorded", outcome


def told(system: System, name: str, stream: str, data: Mapping[str, object]) -> None:
    outcome = report(
        system, name, stream, data, message_id=f"{name}-{system.log.head()}", project="P"
    )
    assert outcome.kind == "recorded", outcome


def called(system: System) -> None:
    """Call a meeting of two departments for Wednesday 4 March; only one of them has accepted."""
    ask_all(system, [OPEN, plan_phase("a")], message_id="plan")
    asked(
        system, "meeting.plan.v1", meeting_id="M-1", purpose="Frames are late",
        start="2026-03-04T09:00:00Z", duration_min=60,
    )  # fmt: skip
    asked(
        system, "meeting.add_agenda_item.v1", meeting_id="M-1", item_id="frames",
        topic="New date of the frames", required_departments=["welding", "painting"], lead="anna",
        prep_due="2026-03-03T12:00:00Z",
    )  # fmt: skip
    for party, department in (("anna", "welding"), ("paul", "painting")):
        asked(
            system, "meeting.invite_attendee.v1", meeting_id="M-1", party=party,
            department_id=department,
        )  # fmt: skip
    accepted = {"party": "anna", "answer": "ACCEPTED"}
    told(system, "meeting.invitation_answered.v1", MEETING, accepted)
    system.settle()


def held(system: System) -> None:
    told(system, "meeting.held.v1", MEETING, {"started": "2026-03-02T07:00:00Z"})
    asked(
        system, "meeting.create_action.v1", meeting_id="M-1", action_id="A-1",
        text="Ask the shift leads", owner="anna", due="2026-03-03T12:00:00Z",
    )  # fmt: skip
    system.settle()


def time_goes_on(system: System, days: int) -> None:
    system.clock.advance(timedelta(days=days))  # type: ignore[attr-defined]
    system.ticker.tick(system.clock())
    system.settle()


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def document(home: Path, *words: str) -> Any:  # noqa: ANN401  Whatever JSON was printed.
    result = takt(home, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_meeting_says_who_is_missing_and_what_nobody_is_prepared_for(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        called(system)
        time_goes_on(system, 2)
    (meeting,) = document(tmp_path, "meetings", "P")["meetings"]
    assert (meeting["stage"], meeting["ready"]) == ("planned", False)
    assert meeting["missing_departments"] == ["painting"]
    assert [(item["unprepared"], item["overdue"]) for item in meeting["agenda"]] == [(True, True)]
    assert takt(tmp_path, "meetings", "P").stdout == (
        "Press, 1 meeting:\n"
        "  M-1  2026-03-04 09:00  Frames are late (planned)\n"
        "      MISSING: painting\n"
        "      anna is not prepared for “New date of the frames”, OVERDUE\n"
    )


def test_a_meeting_is_ready_once_all_come_prepared(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        called(system)
        before = system.log.head()
        sent = {"party": "paul", "answer": "DELEGATED", "delegate": "pia"}
        told(system, "meeting.invitation_answered.v1", MEETING, sent)
        prepared = {"attendee": "anna", "item_id": "frames"}
        told(system, "meeting.preparation_confirmed.v1", MEETING, prepared)
        system.settle()
    (meeting,) = document(tmp_path, "meetings", "P")["meetings"]
    assert (meeting["ready"], meeting["missing_departments"]) == (True, [])
    assert "(planned; READY)" in takt(tmp_path, "meetings", "P").stdout
    (earlier,) = document(tmp_path, "meetings", "P", "--as-of", str(before))["meetings"]
    assert earlier["ready"] is False


def test_an_action_is_open_then_overdue_then_done(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        called(system)
        held(system)
        time_goes_on(system, 2)
        late = system.log.head()
        told(system, "meeting.action_completed.v1", MEETING, {"action_id": "A-1"})
        system.settle()
    (meeting,) = document(tmp_path, "meetings", "P", "--as-of", str(late))["meetings"]
    assert [(each["done"], each["overdue"]) for each in meeting["actions"]] == [(False, True)]
    (meeting,) = document(tmp_path, "meetings", "P")["meetings"]
    assert [(each["done"], each["overdue"]) for each in meeting["actions"]] == [(True, False)]
    assert (meeting["stage"], meeting["ready"]) == ("held", None)


def test_an_inquiry_waits_until_it_is_answered(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        ask_all(system, [OPEN, plan_phase("a")], message_id="plan")
        question = {
            "from_party": "Brauhaus", "channel": "email", "text": "When does it arrive?",
            "due": "2026-03-03T12:00:00Z",
        }  # fmt: skip
        told(system, "inquiry.received.v1", INQUIRY, question)
        asked(system, "inquiry.assign.v1", inquiry_id="Q-1", owner="anna")
        time_goes_on(system, 2)
        late = system.log.head()
        asked(system, "inquiry.draft_answer.v1", inquiry_id="Q-1", text="In week 20")
        asked(system, "inquiry.approve_answer.v1", inquiry_id="Q-1", disclosure="customer")
        asked(system, "inquiry.answer.v1", inquiry_id="Q-1", notice="N-3")
        system.settle()
    assert takt(tmp_path, "inquiries", "P", "--as-of", str(late)).stdout == (
        "Press: 1 open.\n"
        "  Q-1  Brauhaus: “When does it arrive?” open, anna answers; "
        "OVERDUE since 2026-03-03 12:00\n"
    )
    (inquiry,) = document(tmp_path, "inquiries", "P")["inquiries"]
    assert (inquiry["stage"], inquiry["disclosure"], inquiry["notice"]) == (
        "answered",
        "customer",
        "N-3",
    )
    assert inquiry["overdue"] is False


def test_notices_say_who_has_not_acknowledged(tmp_path: Path) -> None:
    notice = {
        "kind": "reminder", "content_hash": "ab" * 32, "summary": "The drawing is wanted",
    }  # fmt: skip
    with system_in(tmp_path) as system:
        ask_all(system, [OPEN, plan_phase("a")], message_id="plan")
        for name, party in (("n-1", "Brauhaus"), ("n-2", "Norva")):
            asked(system, "notice.prepare.v1", notice_id=name, recipients=[party], **notice)
        told(system, "notice.sent.v1", "notice-n-1", {"channel": "email"})
        read = {"by": "b.wirt", "at": "2026-03-02T07:00:00Z"}
        told(system, "notice.acknowledged.v1", "notice-n-1", read)
        time_goes_on(system, 2)
    assert takt(tmp_path, "notices", "P").stdout == (
        "Press, 2 notices:\n\n"
        "party     notices  not acknowledged  since       last              which says\n"
        "--------  -------  ----------------  ----------  ----------------  ---------------------\n"
        "Brauhaus  1                                      2026-03-02 07:00  The drawing is wanted\n"
        "Norva     1        1                 2026-03-02  2026-03-02 07:00  The drawing is wanted\n"
        "\n"
        "day         notices  not acknowledged  parties\n"
        "----------  -------  ----------------  -------\n"
        "2026-03-02  2        1                 2\n\n"
        "Not acknowledged: 1. Each in detail: --details, --party.\n"
    )
    shown = document(tmp_path, "notices", "P")
    assert shown["by_day"] == [
        {"day": "2026-03-02", "count": 2, "not_acknowledged": 1, "parties": 2}
    ]
    last = {
        "prepared_at": "2026-03-02T07:00:00+00:00", "stage": "prepared", "kind": "reminder",
        "summary": "The drawing is wanted",
    }  # fmt: skip
    assert shown["by_party"][1] == {
        "party": "Norva", "count": 1, "not_acknowledged": 1,
        "waiting_since": "2026-03-02T07:00:00+00:00", "waiting_days": 2, "last": last,
    }  # fmt: skip
    assert "notices" not in shown


def test_each_notice_is_told_where_details_are_asked_for_or_a_party_is_named(
    tmp_path: Path,
) -> None:
    with system_in(tmp_path) as system:
        ask_all(system, [OPEN, plan_phase("a")], message_id="plan")
        for name, party in (("n-1", "Brauhaus"), ("n-2", "Norva")):
            asked(
                system, "notice.prepare.v1", notice_id=name, recipients=[party], kind="reminder",
                content_hash="ab" * 32, summary="The drawing is wanted",
            )  # fmt: skip
        told(system, "notice.sent.v1", "notice-n-1", {"channel": "email"})
        time_goes_on(system, 2)
    shown = document(tmp_path, "notices", "P", "--details")
    assert [each["channel"] for each in shown["notices"]] == ["email", None]
    only = takt(tmp_path, "notices", "P", "--party", "Norva").stdout
    assert "  2026-03-02 07:00  Norva: The drawing is wanted (prepared for 2 d)\n" in only
    assert "Brauhaus" not in only
    nobody = takt(tmp_path, "notices", "P", "--party", "Nobody")
    assert nobody.stderr == "takt: unknown_subject: P has no notice for Nobody\n"


def test_http_answers_the_same(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        called(system)
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            answers = {
                name: client.get(f"/v1/projects/P/{name}")
                for name in ("meetings", "inquiries", "notices")
            }
    for name, answer in answers.items():
        assert answer.status_code == 200, answer.text
        assert answer.json() == document(tmp_path, name, "P")


def test_a_project_without_any_says_so(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        ask_all(system, [OPEN, plan_phase("a")], message_id="plan")
        system.settle()
    assert takt(tmp_path, "meetings", "P").stdout == "Press has no meetings.\n"
    assert takt(tmp_path, "inquiries", "P").stdout == "Nobody has asked anything about Press.\n"
    assert takt(tmp_path, "notices", "P").stdout == "Press has no notices.\n"


def test_a_grave_conflict_with_a_vendor_asks_for_a_meeting_until_one_is_planned(
    tmp_path: Path,
) -> None:
    with system_in(tmp_path) as system:
        ask_all(system, [OPEN, plan_phase("a")], message_id="plan")
        asked(
            system, "commitment.request.v1", commitment_id="PO-1", vendor="Fluxtec", kind="goods",
            item="valves", qty="1", uom="H87", need_by="2026-03-10", for_phases=["a"],
        )  # fmt: skip
        asked(
            system, "conflict.raise.v1", conflict_id="C-1", kind="vendor", severity="high",
            subjects=["commitment-PO-1"], summary="Valves are late",
        )  # fmt: skip
        system.settle()
        (needed,) = meetings_of(system)
        for _ in range(2):  # What lasts a quarter of an hour is a conflict.
            time_goes_on(system, 1)
        open_then = needs_found(system)
        asked(
            system, "meeting.plan.v1", meeting_id=needed["meeting"], purpose="Valves",
            start="2026-03-06T09:00:00Z", duration_min=60,
        )  # fmt: skip
        system.settle()
        open_now = needs_found(system)
        (planned,) = meetings_of(system)
    assert (needed["stage"], needed["why"]) == ("anticipated", "Valves are late")
    assert needed["external_parties"] == ["Fluxtec"]
    assert open_then == [("unacknowledged", [f"meeting-{needed['meeting']}"])]
    assert open_now == [("cleared", [f"meeting-{needed['meeting']}"])]
    assert planned["stage"] == "planned"


def meetings_of(system: System) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = meetings(system.views, "P", {})["meetings"]
    return found


def needs_found(system: System) -> list[tuple[str, list[str]]]:
    rows = conflicts(system.views, "P", {})["conflicts"]
    return [(row["column"], row["subjects"]) for row in rows if row["rule"] == "meeting_needed"]
