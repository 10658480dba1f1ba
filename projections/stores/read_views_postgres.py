"""Keep the views for people who write SQL, and the role that may read them, on PostgreSQL."""

from hashlib import sha256
from typing import Final

import structlog
from psycopg import errors, sql

from projections.stores.bodies import edition_of
from projections.stores.connections import Connection
from projections.stores.read_views import READ_VIEWS, select_of

SCHEMA: Final = "takt_read"
READER: Final = "takt_reader"

log = structlog.get_logger(__name__)


def keep_views(run: Connection, name: str) -> None:
    """Make the views of a projection over the editions there are; an equal one stays.

    Where the role of this process may not make them, it says so and goes on without: whoever
    migrates the database makes them then.
    """
    views = [view for view in READ_VIEWS if view.projection == name]
    if not views:
        return
    found = run.execute(
        "SELECT DISTINCT name, version FROM takt_projections"
        " WHERE (name = %s OR name LIKE %s || '.%%') AND position >= 0",
        (name, name),
    ).fetchall()
    editions = [edition_of(slot, version) for slot, version in found]
    try:
        with run.transaction():
            for view in views:
                _keep_view(run, view.title, select_of(view, editions, "postgres"))
    except errors.InsufficientPrivilege as refused:
        log.warning("read_views.not_made", projection=name, error=str(refused))


def _keep_view(run: Connection, title: str, select: str) -> None:
    view = sql.Identifier(SCHEMA, title)
    mark = sha256(select.encode()).hexdigest()
    present = run.execute(
        "SELECT obj_description(c.oid, 'pg_class') FROM pg_class AS c"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s AND c.relname = %s",
        (SCHEMA, title),
    ).fetchone()
    if not select:
        if present is not None:
            run.execute(sql.SQL("DROP VIEW {}").format(view))
        return
    if present is not None and present[0] == mark:
        return
    _keep_reader(run)
    # The text is made of the program's own names; nobody's input is in it.
    run.execute(f"CREATE OR REPLACE VIEW {SCHEMA}.{title} AS {select}".encode())
    run.execute(sql.SQL("COMMENT ON VIEW {} IS {}").format(view, sql.Literal(mark)))
    if _has_reader(run):
        run.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(view, sql.Identifier(READER)))


def _keep_reader(run: Connection) -> None:
    """Make the schema, and the role that may select its views and nothing else."""
    run.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
    if not _has_reader(run):
        try:
            with run.transaction():
                run.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(READER)))
        except (errors.InsufficientPrivilege, errors.DuplicateObject, errors.UniqueViolation):
            return  # Another database of this server made it just now, or an administrator will.
    run.execute(
        sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(
            sql.Identifier(SCHEMA), sql.Identifier(READER)
        )
    )


def _has_reader(run: Connection) -> bool:
    found = run.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (READER,)).fetchone()
    return found is not None
