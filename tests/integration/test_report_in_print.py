"""The status report as a PDF that a real Chromium prints, read back page by page."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from consumers.cli import app
from consumers.failures import WrongInput
from consumers.printing import browser, printed
from consumers.status_reporting import report
from projections.reports.as_html import report_html
from tests.pdf_files import pages, unpacked
from tests.services.availability import absent
from tests.unit.consumers.systems import system_in
from tests.unit.consumers.test_report_secrets import PLANTED, secretive

pytestmark = pytest.mark.integration

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def program() -> str:
    found = browser()
    if found is None:
        absent("chromium", "the program chromium is not installed")
    return found


def test_a_customers_report_in_print_holds_nothing_internal(tmp_path: Path, program: str) -> None:
    with system_in(tmp_path) as system:
        secretive(system)
        whole = report(system.views, "P", {})
        document = report(system.views, "P", {"for": "customer"})
    # The secrets are there to be leaked, and would be read: the coordinator's print has them.
    told = "".join(pages(printed(report_html(whole), AT, program)))
    for planted in ("vendor", "item", "PO", "phase", "department", "reason", "summary", "other"):
        assert f"{PLANTED}-{planted}" in told, planted
    pdf = printed(report_html(document), AT, program)
    text = "".join(pages(pdf))
    assert PLANTED not in text
    assert PLANTED.encode() not in unpacked(pdf)
    for shown in ("Handedover", "Paintitblue", "2026-03-13"):
        assert shown in text.replace(" ", "")


def test_the_same_page_is_printed_to_the_same_bytes(program: str) -> None:
    page = "<!doctype html><title>T</title><p>Käfer „Straße“ 8</p>"
    first = printed(page, AT, program)
    assert first == printed(page, AT, program)
    assert first.count(b"(D:20260302080000+00'00')") == 2
    assert b"Mozilla" not in first
    assert "".join(pages(first)).replace(" ", "") == "Käfer„Straße“8"


def test_what_does_not_print_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho cannot >&2\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(WrongInput, match="did not print the page: cannot"):
        printed("<p>x</p>", AT, str(broken))


def test_the_verb_writes_a_pdf_dated_as_of_its_position(tmp_path: Path, program: str) -> None:
    with system_in(tmp_path) as system:
        secretive(system)
        document = report(system.views, "P", {"for": "management"})
    file = tmp_path / "report.pdf"
    words = ["report", "P", "--for", "management", "--to", str(file)]
    result = CliRunner().invoke(app, words, env={"TAKT_HOME": str(tmp_path)})
    assert result.exit_code == 0, result.output
    assert document["digest"] in result.stdout
    as_of = datetime.fromisoformat(document["as_of"])
    assert file.read_bytes() == printed(report_html(document), as_of, program)
