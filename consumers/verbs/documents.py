"""Write a document of sections as what people read, print and mail: `--to` of several verbs."""

from datetime import datetime
from typing import Final

from consumers.verbs.files import Form, Forms
from consumers.verbs.terminal import EXIT_WRONG, fail


def _html() -> Form:
    from projections.reports.as_html import report_html  # noqa: PLC0415

    return lambda document: report_html(document).encode()


def _text() -> Form:
    from projections.reports.as_text import report_text  # noqa: PLC0415

    return lambda document: f"{report_text(document)}\n".encode()


def _docx() -> Form:
    from projections.reports.as_docx import report_docx  # noqa: PLC0415

    return report_docx


def _pdf() -> Form:
    from consumers.printing import browser, printed  # noqa: PLC0415
    from projections.reports.as_html import report_html  # noqa: PLC0415

    program = browser()
    if program is None:
        fail(".pdf needs Chromium: install it, or write .html and print that", EXIT_WRONG)
    return lambda document: printed(
        report_html(document), datetime.fromisoformat(document["as_of"]), program
    )


LETTERS: Final[Forms] = {".html": _html, ".pdf": _pdf, ".txt": _text, ".docx": _docx}
