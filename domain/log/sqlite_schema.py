"""The tables of the log in a SQLite file.

`rowid` is spelt out as a column: a position then survives VACUUM and a dump (the library's table
leaves it to chance), and its plain recorder, which would pass inbox and index by, cannot insert.
"""

from typing import Final

EVENTS: Final = "takt_events"

_REFUSED: Final = """
CREATE TRIGGER IF NOT EXISTS {table}_keeps_{verb}d BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""

TABLES: Final = (
    f"""
CREATE TABLE IF NOT EXISTS {EVENTS} (
    rowid INTEGER PRIMARY KEY,
    originator_id TEXT NOT NULL,
    originator_version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    state BLOB NOT NULL,
    UNIQUE (originator_id, originator_version)
)""",
    """
CREATE TABLE IF NOT EXISTS takt_index (
    position INTEGER PRIMARY KEY,
    project TEXT,
    recorded_at INTEGER NOT NULL
)""",
    """
CREATE INDEX IF NOT EXISTS takt_index_project ON takt_index (project, position)
WHERE project IS NOT NULL""",
    """
CREATE TABLE IF NOT EXISTS takt_inbox (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    digest BLOB NOT NULL,
    kind TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    code TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (source, id)
) WITHOUT ROWID""",
    """
CREATE TABLE IF NOT EXISTS takt_subjects (
    stream TEXT PRIMARY KEY,
    project TEXT
) WITHOUT ROWID""",
    """
CREATE TABLE IF NOT EXISTS takt_lanes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lane TEXT NOT NULL,
    source TEXT NOT NULL,
    message_id TEXT NOT NULL,
    digest BLOB NOT NULL,
    events BLOB NOT NULL,
    parked_at INTEGER NOT NULL,
    original BLOB
)""",
    """
CREATE INDEX IF NOT EXISTS takt_lanes_lane ON takt_lanes (lane, id)""",
    """
CREATE TABLE IF NOT EXISTS takt_dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    place TEXT NOT NULL,
    original BLOB NOT NULL,
    code TEXT NOT NULL,
    text TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    source TEXT,
    message_id TEXT,
    redriven_at INTEGER,
    UNIQUE (channel, place)
)""",
    *(
        _REFUSED.format(table=table, verb=verb)
        for table in (EVENTS, "takt_index")
        for verb in ("update", "delete")
    ),
)
