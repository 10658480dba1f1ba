"""Write a grid as comma-separated values that a spreadsheet program opens and runs nothing of."""

from csv import writer
from datetime import datetime
from io import StringIO
from re import compile as pattern
from typing import Final

from projections.reports.grid import Grid, GridCell

RUN: Final = pattern("'*[=+\\-@\\t\\r\\n\\uff1d\\uff0b\\uff0d\\uff20]")
"""What a spreadsheet program may take for a formula; the last four are the wide forms.

Apostrophes before count too: the one that is put there can then be taken away again.
"""


def grid_csv(grid: Grid) -> bytes:
    """Return the grid as RFC 4180 asks for, in UTF-8 with the mark by which programs know it.

    A moment is written in RFC 3339, with its offset.
    """
    text = StringIO()
    lines = writer(text)
    lines.writerow(grid.columns)
    lines.writerows([_written(each) for each in row] for row in grid.rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def _written(value: GridCell) -> str | int | None:
    """Return a cell as it stands in the file: an apostrophe before what must not be run."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and RUN.match(value):
        return f"'{value}"
    return value
