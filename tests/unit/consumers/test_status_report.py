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
from projections.reports.as_docx import report_docx
from projections.reports.as_html import report_html
from projections.reports.as_pptx import report_pptx
from projections.reports.as_text import report_text
from projections.reports.as_xlsx import report_xlsx
from projections.reports.office import words
from tests.office_files import parts, sheets, slides, tables
from tests.unit.consumers import systems
from tests.unit.consumers.systems import StandingClock, ask, ask_all, system_in
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


def test_the_whole_report_has_every_section_and_says_which_have_no_data(demo: System) -> None:
    document = written(demo)
    assert [each["id"] for each in document["sections"]] == SECTIONS
    lacking = {each["id"]: each["reason"] for each in document["sections"] if not each["available"]}
    assert lacking.keys() >= {"cost", "material"}
    assert lacking["cost"] == "No cost: nothing is budgeted"
    assert all(lacking.values())


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
    system.settle()


def test_a_customers_report_holds_nothing_internal(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        secretive(system)
        whole = report(system.views, "P", {})
        document = report(system.views, "P", {"for": "customer"})
    forms = (json.dumps(document), report_html(document), report_text(document))
    packages = [write(document) for write in OFFICE]
    # The secrets are there to be leaked: the coordinator sees them.
    for planted in ("vendor", "item", "PO", "phase", "department", "reason", "summary", "other"):
        assert f"{PLANTED}-{planted}" in json.dumps(whole), planted
    assert all(PLANTED.encode() in unpacked(write(whole)) for write in OFFICE)
    assert not any(PLANTED in form for form in forms)
    assert not any(PLANTED.encode() in unpacked(package) for package in packages)
    assert [each["id"] for each in document["sections"]] == ["promise", "milestones", "requests"]
    assert facts(section(document, "promise")) == {
        "Promised for": "2026-03-10", "Expected finish": "2026-03-13",
    }  # fmt: skip
    assert section(document, "milestones")["rows"] == [["Handed over", "2026-03-13", "no"]]
    assert section(document, "requests")["rows"] == [["SR-1", "Paint it blue", "identified"]]


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


def test_a_page_is_printed_rather_than_written(home: Path) -> None:
    result = takt(home, "report", PROJECT_ID, "--to", "report.pdf")
    assert result.exit_code == 2
    assert result.stderr == "takt: --to writes no .pdf: write .html, and print that to a file\n"


def test_a_file_of_another_kind_is_refused_before_anything_is_read(home: Path) -> None:
    result = takt(home, "report", PROJECT_ID, "--to", "report.doc")
    assert result.exit_code == 2
    assert "--to ends in .html, .json, .txt, .xlsx, .docx, .pptx, not .doc" in result.stderr
