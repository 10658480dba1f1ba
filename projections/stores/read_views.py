"""Say what people who write SQL may read of the rows: a view a projection version, plain columns.

The views look through the pointer row, so a rebuild is not to be noticed. A view's name ends in
the version of its columns: other columns are another view.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from projections.contract import Edition
from projections.stores.bodies import table_of

Kind: TypeAlias = Literal["text", "integer", "boolean", "moment", "day", "json"]
Dialect: TypeAlias = Literal["sqlite", "postgres"]

HEADERS: Final = "row_id = '/project'"
NOT_HEADERS: Final = "row_id <> '/project'"


class ReadView(NamedTuple):
    """One view: of which projection version, which of its rows, and which fields of them."""

    name: str
    projection: str
    version: int
    rows: str
    """The condition that picks rows, in SQL that both databases know."""
    fields: Sequence[tuple[str, Kind]]
    """Fields of the row's body, each a column of its name."""

    @property
    def title(self) -> str:
        return f"{self.name}_v{self.version}"


READ_VIEWS: Final = (
    ReadView(
        "schedule",
        "schedule",
        1,
        NOT_HEADERS,
        (
            ("id", "text"),
            ("wbs", "text"),
            ("name", "text"),
            ("kind", "text"),
            ("department", "text"),
            ("parent", "text"),
            ("stage", "text"),
            ("duration_min", "integer"),
            ("remaining_min", "integer"),
            ("physical_bp", "integer"),
            ("start", "moment"),
            ("finish", "moment"),
            ("early_start", "moment"),
            ("early_finish", "moment"),
            ("late_start", "moment"),
            ("late_finish", "moment"),
            ("actual_start", "moment"),
            ("actual_finish", "moment"),
            ("baseline_start", "moment"),
            ("baseline_finish", "moment"),
            ("deadline", "moment"),
            ("total_float_min", "integer"),
            ("free_float_min", "integer"),
            ("critical", "boolean"),
            ("summary", "boolean"),
            ("driver", "json"),
        ),
    ),
    ReadView(
        "projects",
        "schedule",
        1,
        HEADERS,
        (
            ("project", "text"),
            ("name", "text"),
            ("standing", "text"),
            ("zone", "text"),
            ("customer", "text"),
            ("data_date", "moment"),
            ("start", "moment"),
            ("finish", "moment"),
            ("promise", "day"),
            ("promise_to", "text"),
            ("promise_deliverable", "text"),
            ("phase_count", "integer"),
            ("critical_count", "integer"),
            ("negative_float_count", "integer"),
        ),
    ),
    ReadView(
        "status",
        "status",
        1,
        HEADERS,
        (
            ("project", "text"),
            ("name", "text"),
            ("standing", "text"),
            ("data_date", "moment"),
            ("promise", "day"),
            ("forecast_finish", "moment"),
            ("slip_working_days", "text"),
            ("slip_calendar_days", "text"),
            ("late", "boolean"),
            ("percent_bp", "integer"),
            ("phase_count", "integer"),
            ("planned", "integer"),
            ("released", "integer"),
            ("running", "integer"),
            ("interrupted", "integer"),
            ("finished", "integer"),
            ("aborted", "integer"),
            ("late_starts", "integer"),
            ("late_finishes", "integer"),
            ("critical_count", "integer"),
            ("conflicts", "json"),
            ("late_deliveries", "json"),
        ),
    ),
    ReadView(
        "departments",
        "status",
        1,
        NOT_HEADERS,
        (
            ("department", "text"),
            ("percent_bp", "integer"),
            ("phase_count", "integer"),
            ("planned", "integer"),
            ("released", "integer"),
            ("running", "integer"),
            ("interrupted", "integer"),
            ("finished", "integer"),
            ("late_starts", "integer"),
            ("late_finishes", "integer"),
            ("forecast_finish", "moment"),
        ),
    ),
    ReadView(
        "audit",
        "audit",
        1,
        "1 = 1",
        (
            ("recorded_at", "moment"),
            ("effective_at", "moment"),
            ("type", "text"),
            ("class", "text"),
            ("what", "text"),
            ("actor", "text"),
            ("role", "text"),
            ("on_behalf_of", "text"),
            ("responsible", "text"),
            ("reason", "json"),
            ("project", "text"),
            ("stream", "text"),
            ("event_id", "text"),
            ("source", "text"),
            ("message_id", "text"),
            ("causation_id", "text"),
            ("correlation_id", "text"),
            ("external_ref", "text"),
            ("old", "json"),
            ("new", "json"),
        ),
    ),
)


def select_of(view: ReadView, editions: Iterable[Edition], dialect: Dialect) -> str:
    """Return the statement behind a view: the rows of the edition that is shown, and no others."""
    column = _postgres_column if dialect == "postgres" else _sqlite_column
    columns = ", ".join(column(name, kind) for name, kind in view.fields)
    parts = [
        f"SELECT key, row_id, position, {columns} FROM {table_of(view.projection, edition)}"  # noqa: S608  All names are the program's own.
        f" WHERE body IS NOT NULL AND {view.rows} AND EXISTS ("
        f"SELECT 1 FROM takt_projection_active AS a WHERE a.name = '{view.projection}'"
        f" AND a.version = {edition.version} AND a.generation = {edition.generation})"
        for edition in sorted(editions)
        if edition.version == view.version
    ]
    return " UNION ALL ".join(parts)


def _postgres_column(name: str, kind: Kind) -> str:
    if kind == "json":
        return f"(body::jsonb)->'{name}' AS \"{name}\""
    types = {"integer": "::bigint", "boolean": "::boolean", "moment": "::timestamptz"}
    types |= {"day": "::date", "text": ""}
    return f"((body::jsonb)->>'{name}'){types[kind]} AS \"{name}\""


def _sqlite_column(name: str, kind: Kind) -> str:
    del kind  # Its columns have no types: moments are texts as Takt writes them, true is 1.
    return f"json_extract(body, '$.{name}') AS \"{name}\""
