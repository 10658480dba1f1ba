"""Plant secrets in what the house keeps to itself, and look for them in what leaves it."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from consumers.bootstrap import System
from consumers.status_reporting import report
from domain.kernel.messages import SYSTEM, Principal
from projections.reports.as_docx import report_docx
from projections.reports.as_html import report_html
from projections.reports.as_pptx import report_pptx
from projections.reports.as_text import report_text
from projections.reports.as_xlsx import report_xlsx
from tests.office_files import parts
from tests.unit.consumers import systems
from tests.unit.consumers.demo_reports import facts, section
from tests.unit.consumers.systems import COORDINATES, ask, ask_all, system_in

PLANTED = "s3cret"
POLICIES = Principal(party_id="s3cret-policies", role=SYSTEM)
OFFICE = (report_xlsx, report_docx, report_pptx)


def unpacked(package: bytes) -> bytes:
    return b"\n".join(parts(package).values())


def secretive(system: System) -> None:
    """Tell of a project in which every internal field says something nobody outside may read."""
    opened = (
        '{"project_id":"P","name":"Press","customer_id":"ACME","coordinator_id":"s3cret-anna",'
        '"code":"s3cret-code","calendar_id":"std","zone":"UTC","start":"2026-03-02T08:00:00Z"}'
    )
    why = '"reason":{"code":"other","text":"s3cret-reason"},"responsible":"s3cret-party"'
    promise = (
        '{"project_id":"P","to_party":"ACME","deliverable":"Press","promised_date":"2026-03-10",'
        '"contract_ref":"s3cret-contract"}'
    )
    order = (
        '{"project_id":"P","commitment_id":"s3cret-PO","vendor":"s3cret-vendor","kind":"goods",'
        '"item":"s3cret-item","qty":"1","uom":"H87","need_by":"2026-03-10",'
        '"order_ref":"s3cret-order","for_phases":["s3cret-id"]}'
    )
    conflict = (
        '{"project_id":"P","conflict_id":"s3cret-conflict","kind":"vendor",'
        '"subjects":["commitment-s3cret-PO"],"summary":"s3cret-summary","severity":"high"}'
    )
    milestone = (
        '{"project_id":"P","phase_id":"ready","name":"Handed over","kind":"finish_ms",'
        '"department_id":"s3cret-department","duration_min":0}'
    )
    phase = (
        '{"project_id":"P","phase_id":"s3cret-id","name":"s3cret-phase",'
        '"department_id":"s3cret-department","duration_min":960}'
    )
    link = '{"project_id":"P","link_id":"s3cret-link","pred":"s3cret-id","succ":"ready"}'
    longer = '{"project_id":"P","phase_id":"s3cret-id","duration_min":4800,' + why + "}"
    asked = [
        ("project.open.v1", opened),
        ("plan.plan_phase.v1", milestone),
        ("plan.plan_phase.v1", phase),
        ("plan.link_phases.v1", link),
        ("project.set_promise.v1", promise),
        ("commitment.request.v1", order),
        ("conflict.raise.v1", conflict),
    ]
    ask_all(system, asked, message_id="1")
    ask(system, "plan.revise_duration.v1", longer, message_id="2")
    for number, party, wish in ((1, "ACME", "Paint it blue"), (2, "s3cret-other", "s3cret-wish")):
        systems.report(
            system,
            "request.identified.v1",
            f"request-SR-{number}",
            {
                "from_party": party,
                "found_in": "email",
                "verbatim": wish,
                "identified_by": "s3cret-clerk",
            },
            message_id=f"sr{number}",
            project="P",
        )
    settled_in_the_house(system)
    system.settle()


def settled_in_the_house(system: System) -> None:
    """Tell of conflicts, meetings, inquiries and notices; each field of ours says a secret."""

    def asked(name: str, *, by: Principal = COORDINATES, **body: Any) -> None:  # noqa: ANN401
        text = json.dumps({"project_id": "P", **body})
        message_id = f"{name}-{system.log.head()}"
        assert ask(system, name, text, message_id=message_id, principal=by).kind == "recorded"

    conflict: dict[str, Any] = {"conflict_id": "s3cret-conflict"}
    asked("conflict.assign.v1", **conflict, owner="s3cret-owner", due="2026-03-01T12:00:00Z")
    asked("conflict.propose_option.v1", **conflict, option_id="s3cret-way", effect="s3cret-effect",
          branch="s3cret-branch")  # fmt: skip
    found: dict[str, Any] = {
        "rule": "s3cret-rule", "rule_version": 1, "kind": "schedule",
        "subjects": ["phase-P/s3cret-id"], "summary": "s3cret-found", "severity": "high",
        "impact_days": "2", "first_position": 1, "evidence": [1], "remedies": ["s3cret-remedy"],
    }  # fmt: skip
    asked("conflict.detect.v1", by=POLICIES, conflict_id="s3cret-1", **found)
    asked("conflict.detect.v1", by=POLICIES, conflict_id="s3cret-2", **found)
    settled: dict[str, Any] = {"conflict_id": "s3cret-2"}
    asked("conflict.assign.v1", **settled, owner="s3cret-settler", due="2026-03-01T12:00:00Z")
    asked("conflict.resolve.v1", **settled, mode="direct", decision="s3cret-decision")
    meeting: dict[str, Any] = {"meeting_id": "s3cret-meeting"}
    asked("meeting.anticipate.v1", **meeting, why="s3cret-why", required_departments=["s3cret-dep"],
          refs=["conflict-s3cret-1"], external_parties=["s3cret-guest"])  # fmt: skip
    asked("meeting.anticipate.v1", meeting_id="s3cret-needed", why="s3cret-need",
          external_parties=["ACME", "s3cret-visitor"])  # fmt: skip
    asked("meeting.plan.v1", **meeting, purpose="s3cret-purpose", start="2026-03-02T07:30:00Z",
          duration_min=60, place="s3cret-place",
          external_parties=["ACME", "s3cret-guest"])  # fmt: skip
    asked("meeting.add_agenda_item.v1", **meeting, item_id="s3cret-item", topic="s3cret-topic",
          required_departments=["s3cret-missing"], lead="s3cret-lead")  # fmt: skip
    asked("meeting.invite_attendee.v1", **meeting, party="s3cret-invited", role="s3cret-role")
    held = {"started": "2026-03-02T07:00:00Z"}
    asked("meeting.plan.v1", meeting_id="s3cret-held", purpose="s3cret-past",
          start="2026-03-02T07:00:00Z", duration_min=30)  # fmt: skip
    systems.report(system, "meeting.held.v1", "meeting-s3cret-held", held, message_id="held",
                   project="P")  # fmt: skip
    asked("meeting.create_action.v1", meeting_id="s3cret-held", action_id="s3cret-action",
          text="s3cret-todo", owner="s3cret-doer", due="2026-03-01T12:00:00Z")  # fmt: skip
    for number, party, text in ((1, "ACME", "When is it ready?"), (2, "s3cret-asker", "s3cret-?")):
        question = {
            "from_party": party, "channel": "s3cret-channel", "text": text,
            "due": "2026-03-05T12:00:00Z", "about": ["phase-P/s3cret-id"],
        }  # fmt: skip
        systems.report(system, "inquiry.received.v1", f"inquiry-Q-{number}", question,
                       message_id=f"q{number}", project="P")  # fmt: skip
        inquiry: dict[str, Any] = {"inquiry_id": f"Q-{number}"}
        asked("inquiry.assign.v1", **inquiry, owner="s3cret-answerer", department_id="s3cret-desk")
        asked("inquiry.draft_answer.v1", **inquiry, text="s3cret-answer",
              evidence=[{"ref": "s3cret-evidence"}])  # fmt: skip
    for number, party in ((1, "ACME"), (2, "s3cret-recipient")):
        asked("notice.prepare.v1", notice_id=f"s3cret-notice-{number}", kind="delay",
              recipients=[party], summary="s3cret-told", content_hash="0" * 64,
              refs=["phase-P/s3cret-id"])  # fmt: skip
    systems.report(system, "notice.sent.v1", "notice-s3cret-notice-2", {"channel": "email"},
                   message_id="sent", project="P")  # fmt: skip
    system.clock.advance(timedelta(minutes=5))  # type: ignore[attr-defined]
    system.ticker.tick(system.clock())


def test_a_customers_report_holds_nothing_internal(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        secretive(system)
        whole = report(system.views, "P", {})
        document = report(system.views, "P", {"for": "customer"})
    forms = (json.dumps(document), report_html(document), report_text(document))
    packages = [write(document) for write in OFFICE]
    # The secrets are there to be leaked: the coordinator sees them.
    for planted in (
        "vendor", "item", "PO", "phase", "department", "reason", "summary", "other", "owner",
        "effect", "rule", "found", "remedy", "settler", "decision", "purpose", "invited", "guest",
        "missing", "lead", "need", "visitor", "todo", "doer", "answerer", "?", "asker", "told",
        "recipient",
    ):  # fmt: skip
        assert f"{PLANTED}-{planted}" in json.dumps(whole), planted
    assert all(PLANTED.encode() in unpacked(write(whole)) for write in OFFICE)
    assert not any(PLANTED in form for form in forms)
    assert not any(PLANTED.encode() in unpacked(package) for package in packages)
    assert [each["id"] for each in document["sections"]] == [
        "promise", "milestones", "requests", "inquiries",
    ]  # fmt: skip
    assert facts(section(document, "promise")) == {
        "Promised for": "2026-03-10", "Expected finish": "2026-03-13",
    }  # fmt: skip
    assert section(document, "milestones")["rows"] == [["Handed over", "2026-03-13", "no"]]
    assert section(document, "requests")["rows"] == [["SR-1", "Paint it blue", "identified"]]
    assert section(document, "inquiries")["rows"] == [
        ["Q-1", "When is it ready?", "2026-03-02", "2026-03-05"]
    ]


def test_a_vendors_report_holds_nothing_of_anybody_elses(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        secretive(system)
        order = (
            '{"project_id":"P","commitment_id":"PO-2","vendor":"Norva","kind":"goods",'
            '"item":"bolts","qty":"1","uom":"H87","need_by":"2026-03-10"}'
        )
        ask(system, "commitment.request.v1", order, message_id="PO-2")
        system.settle()
        document = report(system.views, "P", {"for": "vendor:Norva"})
    assert PLANTED not in json.dumps(document)
    assert [row[0] for row in section(document, "lines")["rows"]] == ["PO-2"]


def test_meetings_inquiries_notices_and_conflicts_are_told_to_the_coordinator(
    tmp_path: Path,
) -> None:
    with system_in(tmp_path) as system:
        secretive(system)
        document = report(system.views, "P", {})
    talks = section(document, "meetings")
    assert facts(talks) == {
        "Meetings planned": 1, "Meetings needed, not planned": 2, "Actions overdue": 1,
        "Inquiries open": 2, "Inquiries overdue": 0,
    }  # fmt: skip
    assert [row[:3] for row in talks["rows"]] == [
        ["meeting", "s3cret-purpose", "2026-03-02"],
        # The policies saw that the grave conflict is with a vendor.
        ["meeting to be planned", "s3cret-summary", None],
        ["meeting to be planned", "s3cret-need", None],
        ["action overdue", "s3cret-todo", "2026-03-01"],
        ["inquiry", "When is it ready?", "2026-03-05"],
        ["inquiry", "s3cret-?", "2026-03-05"],
    ]
    assert facts(section(document, "notices")) == {"Prepared": 1, "Sent": 1}
    assert [row[0] for row in section(document, "notices")["rows"]] == ["ACME", "s3cret-recipient"]
    # The first conflict came with the promise, which the report counts from.
    assert facts(section(document, "conflicts")) == {
        "Opened": 2, "Reopened": 0, "Resolved": 1, "Dismissed": 0, "Cleared": 0, "Open": 2,
        "Overdue": 1,
    }  # fmt: skip
    assert section(document, "conflicts")["rows"] == [
        ["s3cret-summary", "overdue", "s3cret-owner", "2026-03-01", None, None],
        ["s3cret-found", "resolved", "s3cret-settler", "2026-03-01", "direct", "s3cret-decision"],
    ]
    ways_out = section(document, "glitches")["columns"].index("Ways out")
    glitches = [(row[0], row[5], row[ways_out]) for row in section(document, "glitches")["rows"]]
    assert glitches == [
        ("2.00", "s3cret-found", "s3cret-remedy"),
        ("0.00", "s3cret-summary", "s3cret-effect"),
    ]


def test_what_people_typed_is_no_markup(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        opened = systems.OPEN_BODY.replace('"Press"', '"<script>alert(1)</script>"')
        ask(system, "project.open.v1", opened, message_id="1")
        system.settle()
        page = report_html(report(system.views, "P", {}))
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
