"""Write a report as lines a person reads in a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from projections.reports.section import title_of


def report_text(document: Mapping[str, Any]) -> str:
    """Return the report, section by section; one without data says why."""
    return "\n".join(_lines(document))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    yield f"{title_of(document)} ({document['project']}), for {document['audience']}"
    yield f"As of position {document['position']}, {document['as_of']}; {document['digest'][:16]}"
    for number, section in enumerate(document["sections"], 1):
        yield ""
        yield f"{number}. {section['title']}"
        if not section["available"]:
            yield f"   not available: {section['reason']}"
            continue
        for fact in section["facts"]:
            yield f"   {fact['label']}: {_shown(fact['value'])}"
        yield from _table(section["columns"], section["rows"])


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    if not columns:
        return
    if not rows:
        yield "   nothing"
        return
    told = [list(columns), *([_shown(cell) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in told) for place in range(len(columns))]
    for row in told:
        padded = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"   {padded}".rstrip()


def _shown(value: object) -> str:
    return "–" if value is None else str(value)  # noqa: RUF001  A dash where nothing is known.
