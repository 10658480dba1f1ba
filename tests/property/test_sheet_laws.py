"""Laws of sheets that come back: nothing edited asks for nothing, and each edit is found."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.gateways.sheet_file import BLANK, read_sheet
from consumers.sheet_changes import Changes, Stood, changes_of
from projections.reports.as_csv import grid_csv
from projections.reports.as_xlsx import grid_xlsx
from projections.reports.grid import Grid, grid_of
from projections.reports.office import words
from tests.unit.projections.test_grid_forms import phase, schedule

ZONES = ("Europe/Berlin", "UTC", "America/New_York", "Asia/Kathmandu")
IDS = ("a", "b-c", "D.1")
WORDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12
).filter(str.strip)
HOSTILE = st.sampled_from(
    [
        "=1+1",
        "'=x",
        "@x",
        "-1",
        "+49",
        "1.10",
        "2026-03-02",
        "2026-03-02 08:00",
        "a;b",
        'q"q',
        "a\tb",
    ]
)
# Both ends of summer time lie in it: an hour that is there twice, and one that is left out.
MOMENTS = st.integers(0, 365 * 24 * 3_600).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
LINKS = st.lists(
    st.builds(
        lambda pred, link_type, value, unit: {
            "id": f"{pred}-{link_type}",
            "pred": pred,
            "type": link_type,
            "strength": "hard",
            "lag": {"calendar": None, "unit": unit, "value": value} if value else None,
        },
        st.sampled_from(IDS),
        st.sampled_from(["FS", "SS", "FF", "SF"]),
        st.integers(-(10**6), 10**6),
        st.sampled_from(["working_min", "elapsed_min", "percent_of_pred"]),
    ),
    max_size=3,
    unique_by=lambda each: (each["pred"], each["type"]),
)


@st.composite
def phases(draw: st.DrawFn, zone: ZoneInfo) -> list[dict[str, Any]]:
    def moment() -> str | None:
        found = draw(st.none() | MOMENTS)
        return None if found is None else found.astimezone(zone).isoformat()

    rows = []
    for phase_id in IDS:
        constraint_at = moment()
        kind = draw(st.sampled_from(["SNET", "ALAP"]))
        rows.append(
            phase(
                phase_id,
                name=draw(WORDS | HOSTILE),
                wbs=draw(st.just("") | WORDS | HOSTILE),
                department=draw(WORDS | HOSTILE),
                duration_min=draw(st.integers(0, 10**9)),
                total_float_min=draw(st.integers(-(10**6), 10**6)),
                physical_bp=draw(st.none() | st.integers(0, 10_000)),
                critical=draw(st.booleans()),
                deadline=moment(),
                start=moment(),
                constraint=draw(st.none() | st.just({"kind": kind, "at": constraint_at})),
                links=draw(LINKS),
            )
        )
    return rows


def changed(form: str, sheet: Grid, exported: Grid, zone: ZoneInfo) -> Changes:
    """Write a grid to a file, and read it back as the edited form of another."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"sheet{form}"
        file.write_bytes((grid_xlsx if form == ".xlsx" else grid_csv)(sheet))
        stood = Stood.of(exported)
        return changes_of(read_sheet(file), stood, stood, zone, insist=False)


@pytest.mark.parametrize("form", [".xlsx", ".csv"])
@given(data=st.data())
def test_a_sheet_nobody_edited_asks_for_nothing(form: str, data: st.DataObject) -> None:
    zone = ZoneInfo(data.draw(st.sampled_from(ZONES)))
    grid = grid_of(schedule(*data.draw(phases(zone)), zone=zone.key))
    found = changed(form, grid, grid, zone)
    assert (found.edits, found.conflicts, found.wrong, found.phases) == ([], [], [], [])
    assert found.left_out == []


@pytest.mark.parametrize("form", [".xlsx", ".csv"])
@given(data=st.data())
def test_each_cell_that_shows_something_else_is_found_and_no_other(
    form: str, data: st.DataObject
) -> None:
    zone = ZoneInfo(data.draw(st.sampled_from(ZONES)))
    before, after = (grid_of(schedule(*data.draw(phases(zone)), zone=zone.key)) for _ in range(2))
    found = changed(form, after, before, zone)
    told: set[tuple[object, str | None]] = {(each.phase, each.column) for each in found.edits}
    at = after.columns.index("id")
    told |= {(after.rows[each.row - 2][at], each.column) for each in found.wrong}
    assert told == set(_otherwise(before, after))
    assert found.conflicts == []


def _otherwise(before: Grid, after: Grid) -> Sequence[tuple[object, str]]:
    """Return the cells in which two grids show something else, as a person would see it."""
    rows: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]] = [
        (dict(zip(before.columns, one, strict=True)), dict(zip(after.columns, other, strict=True)))
        for one, other in zip(before.rows, after.rows, strict=True)
    ]
    return [
        (one["id"], column)
        for one, other in rows
        for column in before.columns
        if _seen(column, one[column]) != _seen(column, other[column])
    ]


def _seen(column: str, value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None, fold=0)
    if column == "predecessors":
        return None if value is None else frozenset(str(value).split("; "))
    return None if value is None else words(str(value)).replace("\r\n", "\n").strip(BLANK) or None
