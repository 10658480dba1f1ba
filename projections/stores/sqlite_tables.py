"""Say which tables the rows of projections lie in on SQLite."""

from typing import Final

GENERATIONS: Final = (
    "ALTER TABLE takt_projection_active ADD COLUMN generation INTEGER NOT NULL DEFAULT 0"
)
TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS takt_projections (
        name TEXT NOT NULL, version INTEGER NOT NULL, shard INTEGER NOT NULL,
        position INTEGER NOT NULL, floor INTEGER NOT NULL,
        PRIMARY KEY (name, version, shard)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS takt_projection_stopped (
        name TEXT NOT NULL, version INTEGER NOT NULL, shard INTEGER NOT NULL, key TEXT NOT NULL,
        position INTEGER NOT NULL, error TEXT NOT NULL,
        PRIMARY KEY (name, version, shard, key)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS takt_projection_active (
        name TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL,
        generation INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS {rows} (
        key TEXT NOT NULL, row_id TEXT NOT NULL, body TEXT, position INTEGER NOT NULL,
        PRIMARY KEY (key, row_id)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS {rows}_position ON {rows} (position)",
    "CREATE INDEX IF NOT EXISTS {rows}_gone ON {rows} (position) WHERE body IS NULL",
    """CREATE TABLE IF NOT EXISTS {dues} (
        key TEXT NOT NULL PRIMARY KEY, due INTEGER NOT NULL) WITHOUT ROWID""",
)
