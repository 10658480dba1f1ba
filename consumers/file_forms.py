"""Say how the bytes of each kind of file are made; what a kind needs is imported when it is made.

Every way out that writes files has the same kinds: the verbs by `--to`, HTTP by the path.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, TypeAlias

Form: TypeAlias = Callable[[Mapping[str, Any]], bytes]
"""What makes a file's bytes of a document."""
Forms: TypeAlias = Mapping[str, Callable[[], Form]]
"""What makes each kind of file, by the ending of its name."""
EXTRA: Final = {
    "docx": "python-docx", "icalendar": "icalendar", "openpyxl": "openpyxl",
    "pptx": "python-pptx", "xlsxwriter": "XlsxWriter",
}  # fmt: skip
"""What the extra `office` installs: the package by the name it is imported by."""


class Lacking(Exception):
    """A kind of file needs what is not installed here; the text says what to do."""


@contextmanager
def needs(kind: str) -> Iterator[None]:
    """Raise Lacking that says what to install where a kind needs what is not there."""
    try:
        yield
    except ModuleNotFoundError as lacking:
        if lacking.name not in EXTRA:
            raise
        msg = f"{kind} needs {EXTRA[lacking.name]}: install takt[office]"
        raise Lacking(msg) from lacking


def made(kind: str, forms: Forms) -> Form:
    """Return what makes a kind of file; raises Lacking where it lacks what it needs."""
    with needs(kind):
        return forms[kind]()


def _csv() -> Form:
    from projections.reports.as_csv import grid_csv  # noqa: PLC0415
    from projections.reports.grid import grid_of  # noqa: PLC0415

    return lambda document: grid_csv(grid_of(document))


def _xlsx() -> Form:
    from projections.reports.as_xlsx import grid_xlsx  # noqa: PLC0415
    from projections.reports.grid import grid_of  # noqa: PLC0415

    return lambda document: grid_xlsx(grid_of(document))


def _milestones() -> Form:
    from projections.reports.as_ics import milestones_ics  # noqa: PLC0415

    return milestones_ics


def _mspdi() -> Form:
    from projections.reports.as_mspdi import plan_mspdi  # noqa: PLC0415

    return plan_mspdi


def _plan_json() -> Form:
    from consumers.canonical_json import canonical  # noqa: PLC0415

    return canonical


def _cost_csv() -> Form:
    from projections.reports.as_csv import grid_csv  # noqa: PLC0415
    from projections.reports.cost_grid import cost_grid  # noqa: PLC0415

    return lambda document: grid_csv(cost_grid(document))


def _cost_xlsx() -> Form:
    from projections.reports.as_xlsx import grid_xlsx  # noqa: PLC0415
    from projections.reports.cost_grid import cost_grid  # noqa: PLC0415

    return lambda document: grid_xlsx(cost_grid(document))


def _invitations() -> Form:
    from projections.reports.as_invitations import meetings_ics  # noqa: PLC0415

    return meetings_ics


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
        msg = ".pdf needs Chromium: install it, or write .html and print that"
        raise Lacking(msg)
    return lambda document: printed(
        report_html(document), datetime.fromisoformat(document["as_of"]), program
    )


def _report_xlsx() -> Form:
    from projections.reports.as_xlsx import report_xlsx  # noqa: PLC0415

    return report_xlsx


def _report_pptx() -> Form:
    from projections.reports.as_pptx import report_pptx  # noqa: PLC0415

    return report_pptx


SCHEDULE: Final[Forms] = {".xlsx": _xlsx, ".csv": _csv, ".ics": _milestones}
PLAN: Final[Forms] = {".xml": _mspdi, ".json": _plan_json}
"""Of the plan itself, to be opened or imported elsewhere, and not of what it shows."""
COST: Final[Forms] = {".xlsx": _cost_xlsx, ".csv": _cost_csv}
INVITATIONS: Final[Forms] = {".ics": _invitations}
LETTERS: Final[Forms] = {".html": _html, ".pdf": _pdf, ".txt": _text, ".docx": _docx}
"""Of a document of sections, as people read, print and mail it."""
TOLD_AGAIN: Final[Forms] = {".xlsx": _report_xlsx, ".pptx": _report_pptx}
"""Of the status report alone: its tables to reckon with, and its slides."""
