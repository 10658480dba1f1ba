"""Write the demo's status report for every audience, and hold each to what is its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.bootstrap import System
from consumers.cli import app
from consumers.demo.project import PROJECT_ID
from consumers.failures import WrongInput
from consumers.http.app import create_app
from consumers.running import begin_demo, services_of
from consumers.status_reporting import report
from consumers.supervision import Workers
from domain.kernel.messages import SYSTEM, Principal
from projections.reports.as_docx import report_docx
from projections.reports.as_html import report_html
from projections.reports.as_pptx import report_pptx
from projections.reports.as_text import report_text
from projections.reports.as_xlsx import report_xlsx
from projections.reports.office import words
from tests.office_files import parts, sheets, slides, tables
from tests.unit.consumers import systems
from tests.unit.consumers.systems import COORDINATES, StandingClock, ask, ask_all, system_in
from tests.unit.consumers.test_demo import MONDAY, TODAY, play

SECTIONS = [
    "head", "headline", "moved", "departments", "look_ahead", "glitches", "vendors", "material",
    "contracts", "conflicts", "meetings", "cost", "notices", "data_quality",
]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a home in which the demo was played for six weeks."""
    home = tmp_path_factory.mktemp("demo")
    clock = StandingClock(MONDAY)
    with system_in(home, clock) as system:
        begin_demo(system, TODAY)
        play(system, clock, timedelta(weeks=6))
        system.ticker.tick(clock.at + timedelta(hours=1))
        system.settle()
    return home


@pytest.fixture
def demo(home: Path) -> Iterator[System]:
    with system_in(home, StandingClock(MONDAY + timedelta(weeks=7))) as system:
        yield system


def written(system: System, **asked: str) -> dict[str, Any]:
    return report(
        system.views, PROJECT_ID, {name.rstrip("_"): text for name, text in asked.items()}
    )


def section(document: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (each for each in document["sections"] if each["id"] == name)
    return found  # type: ignore[no-any-return]


def facts(part: dict[str, Any]) -> dict[str, Any]:
    return {fact["label"]: fact["value"] for fact in part["facts"]}


def test_the_whole_report_has_every_section_and_none_is_without_data(demo: System) -> None:
    document = written(demo)
    assert [each["id"] for each in document["sections"]] == SECTIONS
    lacking = {each["id"]: each["reason"] for each in document["sections"] if not each["available"]}
    assert lacking == {}
    assert facts(section(document, "material"))["Shortages"] == 1


def test_the_figures_are_those_that_are_served_where_they_are_asked_alone(demo: System) -> None:
    document, status = written(demo), demo.views.status(PROJECT_ID, None)
    headline = facts(section(document, "headline"))
    assert headline["Promised"] == status["promise"]
    assert headline["Scheduled finish"] == status["forecast_finish"]
    assert headline["Working days late"] == status["slip_working_days"]
    rows = section(document, "departments")["rows"]
    assert [row[0] for row in rows] == [each["department"] for each in status["departments"]]
    assert len(section(document, "vendors")["rows"]) == 12
    assert facts(section(document, "conflicts"))["Open"] == len(status["conflicts"])


def test_what_moved_adds_up_to_the_move(demo: System) -> None:
    from consumers.explaining import why  # noqa: PLC0415

    moved = why(demo.views, PROJECT_ID, {"from": "begin"})
    told = facts(section(written(demo), "moved"))
    lost, won = "Lost, minutes of the clock", "Recovered, minutes of the clock"
    assert told[lost] - told[won] == moved["moved_min"]
    assert sum(move["minutes"] for move in moved["moves"]) == moved["moved_min"]


def test_the_same_position_gives_the_same_bytes_however_long_after(home: Path) -> None:
    with system_in(home, StandingClock(MONDAY + timedelta(weeks=8))) as system:
        position = str(system.log.head())
        first = written(system, as_of=position)
        raised = (
            '{"project_id":"' + PROJECT_ID + '","conflict_id":"later","kind":"resource",'
            '"subjects":["project-' + PROJECT_ID + '"],"summary":"later","severity":"low"}'
        )
        ask(system, "conflict.raise.v1", raised, message_id="later")
        system.settle()
        again, now = written(system, as_of=position), written(system)
    assert first == again
    assert now["digest"] != first["digest"]
    assert report_html(first) == report_html(again)


def test_management_gets_one_page_of_the_same_figures(demo: System) -> None:
    whole, page = written(demo), written(demo, for_="management")
    assert [each["id"] for each in page["sections"]] == [
        "head", "headline", "moved", "glitches", "vendors", "cost",
    ]  # fmt: skip
    assert section(page, "headline") == section(whole, "headline")
    assert section(page, "vendors")["rows"] == section(whole, "vendors")["rows"][:5]
    assert facts(section(page, "vendors"))["Rows left out"] == 7


def test_a_department_gets_its_own_part_and_what_others_need_from_it(demo: System) -> None:
    name = demo.views.status(PROJECT_ID, None)["departments"][0]["department"]
    document = written(demo, for_=f"department:{name}")
    assert [row[0] for row in section(document, "departments")["rows"]] == [name]
    assert {row[3] for row in section(document, "look_ahead")["rows"]} <= {name}
    assert section(document, "handed_over")["available"]
    assert "vendors" not in {each["id"] for each in document["sections"]}


def test_a_vendor_gets_its_own_lines_and_nothing_else(demo: System) -> None:
    rows = section(written(demo), "vendors")["rows"]
    vendor, others = rows[0][0], {row[0] for row in rows} - {rows[0][0]}
    document = written(demo, for_=f"vendor:{vendor}")
    assert [each["id"] for each in document["sections"]] == ["lines"]
    own = [row[2] for row in rows if row[0] == vendor]
    assert [row[0] for row in section(document, "lines")["rows"]] == own
    assert not any(other in report_text(document) for other in others)


@pytest.mark.parametrize(
    ("audience", "says"),
    [
        ("everybody", "for is one of coordinator"),
        ("vendor", "for is one of coordinator"),
        ("customer:ACME", "for is one of coordinator"),
        ("department:", "for is one of coordinator"),
        ("vendor:Nobody", "has no vendor Nobody; it has "),
        ("department:Nowhere", "has no department Nowhere; it has "),
    ],
)
def test_an_audience_that_is_none_is_told_which_there_are(
    demo: System, audience: str, says: str
) -> None:
    with pytest.raises(WrongInput, match=says):
        written(demo, for_=audience)


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


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def test_the_verb_writes_files_and_http_serves_the_same_document(home: Path, demo: System) -> None:
    with TestClient(
        create_app(services_of(demo, Workers({}))), base_url="http://localhost"
    ) as http:
        served = http.get(f"/v1/projects/{PROJECT_ID}/report?for=management").json()
    demo.close()
    page, data = home / "report.html", home / "report.json"
    for file in (page, data):
        result = takt(home, "report", PROJECT_ID, "--for", "management", "--to", str(file))
        assert result.exit_code == 0, result.output
        assert served["digest"] in result.stdout
    assert json.loads(data.read_text()) == served
    assert page.read_text() == report_html(served)
    assert takt(home, "report", PROJECT_ID, "--for", "management").stdout.startswith(
        f"Status report: {served['name']} ({PROJECT_ID}), for management\n"
    )


def test_office_files_hold_every_row_of_every_table(demo: System) -> None:
    document = written(demo)
    full = [each for each in document["sections"] if each["rows"]]
    rows = {each["title"]: [[words(cell) for cell in row] for row in each["rows"]] for each in full}
    assert len(full) > 5
    book = sheets(report_xlsx(document))
    for each in full:
        read = book[each["id"].replace("_", " ").capitalize()]
        assert read == [each["columns"], *each["rows"]]
    assert [table[1:] for table in tables(report_docx(document))] == list(rows.values())
    shown = [row for *_, found in slides(report_pptx(document)) for part in found for row in part]
    assert all(row in shown for told in rows.values() for row in told)


def test_the_verb_writes_office_files(home: Path, demo: System) -> None:
    document = written(demo, for_="management")
    demo.close()
    for ending, write in ((".xlsx", report_xlsx), (".docx", report_docx), (".pptx", report_pptx)):
        file = home / f"report{ending}"
        result = takt(home, "report", PROJECT_ID, "--for", "management", "--to", str(file))
        assert result.exit_code == 0, result.output
        assert file.read_bytes() == write(document)


@pytest.mark.parametrize(
    ("ending", "library", "package"),
    [
        ("xlsx", "xlsxwriter", "XlsxWriter"),
        ("docx", "docx", "python-docx"),
        ("pptx", "pptx", "python-pptx"),
    ],
)
def test_without_the_extra_one_is_told_what_to_install(
    home: Path, monkeypatch: pytest.MonkeyPatch, ending: str, library: str, package: str
) -> None:
    monkeypatch.delitem(sys.modules, f"projections.reports.as_{ending}")
    monkeypatch.setitem(sys.modules, library, None)
    result = takt(home, "report", PROJECT_ID, "--to", f"report.{ending}")
    assert result.exit_code == 2
    assert result.stderr == f"takt: .{ending} needs {package}: install takt[office]\n"


def test_the_verbs_are_listed_without_what_writes_office_files() -> None:
    libraries = {"docx", "icalendar", "pptx", "xlsxwriter"}
    asked = f"import sys, consumers.cli; print(sorted({libraries} & {{*sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_without_a_browser_one_is_told_how_to_come_to_a_pdf(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(home))
    result = takt(home, "report", PROJECT_ID, "--to", "report.pdf")
    assert result.exit_code == 2
    assert result.stderr == (
        "takt: .pdf needs Chromium: install it, or write .html and print that\n"
    )


def test_a_file_of_another_kind_is_refused_before_anything_is_read(home: Path) -> None:
    result = takt(home, "report", PROJECT_ID, "--to", "report.doc")
    assert result.exit_code == 2
    assert "--to ends in .html, .pdf, .json, .txt, .xlsx, .docx, .pptx, not .doc" in result.stderr
