"""Keep the views for people who write SQL as the editions of a projection are, on SQLite."""

import sqlite3

from projections.stores.bodies import edition_of
from projections.stores.read_views import READ_VIEWS, select_of


def keep_views(run: sqlite3.Connection, name: str) -> None:
    """Make the views of a projection over the editions there are; an equal one stays."""
    views = [view for view in READ_VIEWS if view.projection == name]
    if not views:
        return
    found = run.execute(
        "SELECT name, version FROM takt_projections"
        " WHERE (name = ? OR name GLOB ? || '.[0-9]*') AND position >= 0",
        (name, name),
    ).fetchall()
    editions = [edition_of(slot, version) for slot, version in found]
    for view in views:
        title = f"takt_read_{view.title}"
        select = select_of(view, editions, "sqlite")
        wanted = f"CREATE VIEW {title} AS {select}" if select else None
        present = run.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'view' AND name = ?", (title,)
        ).fetchone()
        if present == (None if wanted is None else (wanted,)):
            continue
        run.execute(f"DROP VIEW IF EXISTS {title}")
        if wanted is not None:
            run.execute(wanted)
