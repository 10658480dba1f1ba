"""Write a report as one HTML file that needs nothing else: to be read, printed and mailed."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from projections.reports.section import title_of

HERE: Final = Path(__file__).parent


def report_html(document: Mapping[str, Any]) -> str:
    """Return the report as a page; everything in it is escaped by the template."""
    return (
        _templates()
        .get_template("status_report.html.jinja")
        .render(report=document, title=title_of(document))
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
