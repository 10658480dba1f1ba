"""Write the status report to files of every kind, by the verb, and serve it over HTTP."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.bootstrap import System
from consumers.cli import app
from consumers.demo.project import PROJECT_ID
from consumers.http.app import create_app
from consumers.running import services_of
from consumers.supervision import Workers
from projections.reports.as_docx import report_docx
from projections.reports.as_html import report_html
from projections.reports.as_pptx import report_pptx
from projections.reports.as_xlsx import report_xlsx
from projections.reports.office import words
from tests.office_files import sheets, slides, tables
from tests.unit.consumers.demo_reports import written


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def test_the_verb_writes_files_and_http_serves_the_same_document(
    played_demo: Path, demo: System
) -> None:
    with TestClient(
        create_app(services_of(demo, Workers({}))), base_url="http://localhost"
    ) as http:
        served = http.get(f"/v1/projects/{PROJECT_ID}/report?for=management").json()
    demo.close()
    page, data = played_demo / "report.html", played_demo / "report.json"
    for file in (page, data):
        result = takt(played_demo, "report", PROJECT_ID, "--for", "management", "--to", str(file))
        assert result.exit_code == 0, result.output
        assert served["digest"] in result.stdout
    assert json.loads(data.read_text()) == served
    assert page.read_text() == report_html(served)
    assert takt(played_demo, "report", PROJECT_ID, "--for", "management").stdout.startswith(
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


def test_the_verb_writes_office_files(played_demo: Path, demo: System) -> None:
    document = written(demo, for_="management")
    demo.close()
    for ending, write in ((".xlsx", report_xlsx), (".docx", report_docx), (".pptx", report_pptx)):
        file = played_demo / f"report{ending}"
        result = takt(played_demo, "report", PROJECT_ID, "--for", "management", "--to", str(file))
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
    played_demo: Path, monkeypatch: pytest.MonkeyPatch, ending: str, library: str, package: str
) -> None:
    monkeypatch.delitem(sys.modules, f"projections.reports.as_{ending}")
    monkeypatch.setitem(sys.modules, library, None)
    result = takt(played_demo, "report", PROJECT_ID, "--to", f"report.{ending}")
    assert result.exit_code == 2
    assert result.stderr == f"takt: .{ending} needs {package}: install takt[office]\n"


def test_the_verbs_are_listed_without_what_writes_office_files() -> None:
    libraries = {"docx", "icalendar", "pptx", "xlsxwriter"}
    asked = f"import sys, consumers.cli; print(sorted({libraries} & {{*sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_without_a_browser_one_is_told_how_to_come_to_a_pdf(
    played_demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(played_demo))
    result = takt(played_demo, "report", PROJECT_ID, "--to", "report.pdf")
    assert result.exit_code == 2
    assert result.stderr == (
        "takt: .pdf needs Chromium: install it, or write .html and print that\n"
    )


def test_a_file_of_another_kind_is_refused_before_anything_is_read(played_demo: Path) -> None:
    result = takt(played_demo, "report", PROJECT_ID, "--to", "report.doc")
    assert result.exit_code == 2
    assert "--to ends in .html, .pdf, .txt, .docx, .json, .xlsx, .pptx, not .doc" in result.stderr
