"""Hold each office form of a report to the document it was written from."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document
from pptx import Presentation
from pptx.util import Inches

from projections.reports import office
from projections.reports.as_docx import report_docx
from projections.reports.as_pptx import report_pptx
from projections.reports.as_xlsx import report_xlsx
from projections.reports.section import Cell, Fact, Section, absent
from tests.office_files import paragraphs, parts, sheets, slides, tables

INJECTED = "=cmd|' /C calc'!A0"
Form = Callable[[Mapping[str, Any]], bytes]
FORMS: list[Form] = [report_xlsx, report_docx, report_pptx]


def document(*sections: Section) -> dict[str, Any]:
    return {
        "report": "status",
        "project": "P",
        "name": "Press",
        "audience": "coordinator",
        "position": 17,
        "as_of": "2026-03-02T09:30:00+00:00",
        "sections": [section.document() for section in sections],
        "digest": "d1",
    }


def with_rows(*rows: tuple[Cell, ...], columns: Sequence[str] = ("What", "Days")) -> Section:
    return Section("look_ahead", "The next weeks", columns=tuple(columns), rows=rows)


REPORT = document(
    Section("headline", "Promise", (Fact("Promised", "2026-03-10"), Fact("Late", 3),
                                    Fact("P80", None))),
    with_rows(("start of Weld", 3), ("finish of Paint", None)),
    Section("glitches", "Glitches ahead", columns=("What",)),
    absent("cost", "Cost", "No cost: nothing is budgeted"),
)  # fmt: skip
TITLE = "Status report: Press"
ABOUT = "P, for coordinator. As of position 17, 2026-03-02T09:30:00+00:00."


def test_a_workbook_has_the_figures_on_one_sheet_and_each_table_on_its_own() -> None:
    assert sheets(report_xlsx(REPORT)) == {
        "Summary": [
            [TITLE, None], [ABOUT, None], ["Digest d1", None], [None, None],
            ["1. Promise", None], ["Promised", "2026-03-10"], ["Late", 3.0], ["P80", None],
            [None, None], ["2. The next weeks", None],
            ["2 rows on the sheet Look ahead", None],
            [None, None], ["3. Glitches ahead", None], ["Nothing.", None],
            [None, None], ["4. Cost", None],
            ["Not available: No cost: nothing is budgeted", None],
        ],
        "Look ahead": [["What", "Days"], ["start of Weld", 3.0], ["finish of Paint", None]],
        "Glitches": [["What"]],
    }  # fmt: skip


def test_a_table_of_a_workbook_can_be_filtered_under_a_head_that_stays() -> None:
    sheet = parts(report_xlsx(REPORT))["xl/worksheets/sheet2.xml"].decode()
    assert '<autoFilter ref="A1:B3"/>' in sheet
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in sheet
    assert '<pageSetup fitToHeight="0" orientation="landscape"/>' in sheet


def test_a_document_has_headings_figures_and_tables_whose_head_is_repeated() -> None:
    written = report_docx(REPORT)
    assert paragraphs(written) == [
        TITLE, ABOUT, "Digest d1",
        "1. Promise", "Promised: 2026-03-10", "Late: 3", f"P80: {office.UNKNOWN}",
        "2. The next weeks",
        "3. Glitches ahead", "Nothing.",
        "4. Cost", "Not available: No cost: nothing is budgeted",
    ]  # fmt: skip
    assert tables(written) == [
        [["What", "Days"], ["start of Weld", "3"], ["finish of Paint", office.UNKNOWN]]
    ]
    assert parts(written)["word/document.xml"].count(b"<w:tblHeader/>") == 1


def test_slides_begin_with_what_it_is_and_have_tables_of_their_own() -> None:
    assert list(slides(report_pptx(REPORT))) == [
        (TITLE, [f"{ABOUT}\nDigest d1"], []),
        ("1. Promise", [], [[["Figure", "Value"], ["Promised", "2026-03-10"], ["Late", "3"],
                             ["P80", office.UNKNOWN]]]),
        ("2. The next weeks", [], [[["What", "Days"], ["start of Weld", "3"],
                                    ["finish of Paint", office.UNKNOWN]]]),
        ("3. Glitches ahead", ["Nothing."], []),
        ("4. Cost", ["Not available: No cost: nothing is budgeted"], []),
    ]  # fmt: skip


def test_a_long_table_runs_over_slides_and_none_is_too_full() -> None:
    rows = tuple((f"phase {each} " + "with a long name " * (each % 7), each) for each in range(60))
    written = report_pptx(document(with_rows(*rows)))
    _, *parts_of_it = slides(written)
    assert len(parts_of_it) > 3
    titles = [title for title, _, _ in parts_of_it]
    assert titles[0] == f"1. The next weeks (1 of {len(parts_of_it)})"
    assert titles[-1] == f"1. The next weeks ({len(parts_of_it)} of {len(parts_of_it)})"
    told = [table for _, _, found in parts_of_it for table in found]
    assert {tuple(table[0]) for table in told} == {("What", "Days")}
    assert [int(row[1]) for table in told for row in table[1:]] == list(range(60))
    assert_nothing_sticks_out(written)


def test_a_text_longer_than_a_slide_is_cut_where_it_ends_and_no_other_form_cuts_it() -> None:
    words = "word " * 5_000
    long = document(with_rows((words, 1)))
    written = report_pptx(long)
    (cell,) = (table[1][0] for _, _, found in slides(written) for table in found)
    assert cell.endswith("…")
    assert words.startswith(cell[:-1])
    assert_nothing_sticks_out(written)
    assert tables(report_docx(long))[0][1][0] == words
    assert sheets(report_xlsx(long))["Look ahead"][1][0] == words


def assert_nothing_sticks_out(written: bytes) -> None:
    """Hold each table to the slide's lower edge, by the heights its rows ask for."""
    for slide in Presentation(BytesIO(written)).slides:
        for shape in slide.shapes:
            if shape.has_table:
                assert shape.top + sum(row.height for row in shape.table.rows) <= Inches(7)
                assert shape.left + sum(each.width for each in shape.table.columns) <= Inches(12.9)


def test_a_text_longer_than_a_cell_may_be_is_cut_and_not_left_out() -> None:
    cell = sheets(report_xlsx(document(with_rows(("x" * 40_000, 1)))))["Look ahead"][1][0]
    assert cell == "x" * 32_766 + "…"


def test_a_number_a_sheet_cannot_count_exactly_stays_as_it_is_written() -> None:
    rows = ((-(10**15) + 1, 10**15),)
    found = sheets(report_xlsx(document(with_rows(*rows))))["Look ahead"]
    assert found[1] == [-999_999_999_999_999.0, "1000000000000000"]


@pytest.mark.parametrize("typed", [INJECTED, "+1", "-1", "@SUM(A1)", "\t=1", "http://x.y", "{=1}"])
def test_what_people_typed_stays_text(typed: str) -> None:
    report = document(Section("headline", typed, (Fact(typed, typed),)), with_rows((typed, 1)))
    written = report_xlsx(report)
    found = sheets(written)
    assert found["Look ahead"][1] == [typed, 1.0]
    assert [typed, typed] in found["Summary"]
    assert b"hyperlink" not in b"".join(parts(written).values())
    assert tables(report_docx(report))[0][1][0] == typed
    assert [cell for *_, found in slides(report_pptx(report)) for cell in found][-1][1][0] == typed


@pytest.mark.parametrize("form", FORMS)
def test_what_no_xml_may_hold_is_replaced(form: Form) -> None:
    written = form(document(with_rows(("bell\x07 and half \ud83d and \ufffe", 1))))
    told = "bell\ufffd and half \ufffd and \ufffd".encode()
    assert any(told in part for part in parts(written).values())


@pytest.mark.parametrize("form", FORMS)
def test_the_same_document_gives_the_same_bytes_whenever_it_is_written(
    form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = form(REPORT)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)  # What stamps the parts of a package.
    assert form(REPORT) == first
    with ZipFile(BytesIO(first)) as archive:
        assert {part.date_time for part in archive.infolist()} == {office.WRITTEN}


def test_a_file_is_as_old_as_what_it_knows() -> None:
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    for about in (
        Document(BytesIO(report_docx(REPORT))).core_properties,
        Presentation(BytesIO(report_pptx(REPORT))).core_properties,
    ):
        assert (about.title, about.author) == (TITLE, "Takt")
        assert {about.created, about.modified} <= {at, at.replace(tzinfo=None)}
    core = parts(report_xlsx(REPORT))["docProps/core.xml"].decode()
    assert core.count(">2026-03-02T09:30:00Z<") == 2
