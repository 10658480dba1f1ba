"""The tables of the log in PostgreSQL, and the one function through which anything is written.

The application's role needs SELECT on the tables and EXECUTE on `takt_append`, nothing else: the
function runs with its owner's rights and takes the table lock that makes commit order position
order. It verifies what the caller assumed, and raises `MOVED` where that is not so; then nothing
was written, and the caller judges again from what it reads under the lock.
"""

from typing import Final

from psycopg.sql import SQL, Composed, Identifier, Literal

EVENTS: Final = "takt_events"
TRACKING: Final = "takt_tracking"
CHANNEL: Final = "takt_events"
MOVED: Final = "TK001"
VERSION: Final = 1
# Any two numbers nobody else uses: held while tables are made, so that first starts queue up.
MIGRATION_LOCK: Final = 7301_0001

_TABLES: Final = (
    """
CREATE TABLE IF NOT EXISTS {schema}.takt_index (
    position bigint PRIMARY KEY,
    project text,
    recorded_at bigint NOT NULL
)""",
    """
CREATE INDEX IF NOT EXISTS takt_index_project ON {schema}.takt_index (project, position)
WHERE project IS NOT NULL""",
    """
CREATE TABLE IF NOT EXISTS {schema}.takt_inbox (
    source text NOT NULL,
    id text NOT NULL,
    digest bytea NOT NULL,
    kind text NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    code text NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (source, id)
)""",
    """
CREATE TABLE IF NOT EXISTS {schema}.takt_subjects (
    stream text PRIMARY KEY,
    project text
)""",
    """
CREATE TABLE IF NOT EXISTS {schema}.takt_lanes (
    id bigserial PRIMARY KEY,
    lane text NOT NULL,
    source text NOT NULL,
    message_id text NOT NULL,
    digest bytea NOT NULL,
    events bytea NOT NULL,
    parked_at bigint NOT NULL,
    original bytea
)""",
    """
CREATE INDEX IF NOT EXISTS takt_lanes_lane ON {schema}.takt_lanes (lane, id)""",
    """
CREATE TABLE IF NOT EXISTS {schema}.takt_dead_letters (
    id bigserial PRIMARY KEY,
    channel text NOT NULL,
    place text NOT NULL,
    original bytea NOT NULL,
    code text NOT NULL,
    text text NOT NULL,
    received_at bigint NOT NULL,
    source text,
    message_id text,
    redriven_at bigint,
    UNIQUE (channel, place)
)""",
    """
CREATE TABLE IF NOT EXISTS {schema}.takt_log_schema (version integer NOT NULL)""",
    """
CREATE OR REPLACE FUNCTION {schema}.takt_keep() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $body$""",
    *(
        f"""
CREATE OR REPLACE TRIGGER {table}_keeps BEFORE UPDATE OR DELETE OR TRUNCATE
ON {{schema}}.{table} FOR EACH STATEMENT EXECUTE FUNCTION {{schema}}.takt_keep()"""
        for table in (EVENTS, "takt_index")
    ),
)

_APPEND: Final = """
CREATE OR REPLACE FUNCTION {schema}.takt_append(
    head_streams text[], head_versions bigint[],
    streams text[], versions bigint[], topics text[], states bytea[], projects text[],
    ats bigint[],
    sources text[], ids text[], digests bytea[], firsts bigint[], lasts bigint[],
    kinds text[], codes text[], texts text[],
    new_subjects text[], subject_projects text[], empty_lanes text[],
    names text[], offsets bigint[],
    rare jsonb
) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, {schema}, pg_temp
AS $body$
DECLARE
    positions bigint[] := '{{}}';
    written bigint;
BEGIN
{lock}
    -- Inbox. A row that is there already is a repeat or a conflict that the caller did not know.
    IF cardinality(streams) > 0 THEN
        positions := ARRAY(
            SELECT nextval({sequence}) FROM generate_series(1, cardinality(streams))
        );
    END IF;
    IF cardinality(ids) > 0 THEN
        INSERT INTO takt_inbox
        SELECT a.source, a.id, a.digest, coalesce(a.kind, 'recorded'),
            coalesce(positions[a.first], 0), coalesce(positions[a.last], 0),
            coalesce(a.code, ''), coalesce(a.text, '')
        FROM unnest(sources, ids, digests, firsts, lasts, kinds, codes, texts)
            AS a(source, id, digest, first, last, kind, code, text)
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written <> cardinality(ids) THEN
            RAISE EXCEPTION 'a message is known' USING ERRCODE = {moved};
        END IF;
    END IF;
    -- Versions of the streams written, and of those the decisions read.
    IF EXISTS (
        SELECT FROM unnest(head_streams, head_versions) AS h(stream, version)
        WHERE h.version <> coalesce((
            SELECT max(e.originator_version) FROM takt_events AS e
            WHERE e.originator_id = h.stream
        ), 0)
    ) THEN
        RAISE EXCEPTION 'a stream has moved' USING ERRCODE = {moved};
    END IF;
    -- The moments are inside the stored bytes, so the caller has to set them again.
    IF ats[1] < (SELECT i.recorded_at FROM takt_index AS i ORDER BY i.position DESC LIMIT 1) THEN
        RAISE EXCEPTION 'the clock is behind' USING ERRCODE = {moved};
    END IF;
    IF cardinality(streams) > 0 THEN
        INSERT INTO takt_events
            (originator_id, originator_version, topic, state, notification_id)
        SELECT * FROM unnest(streams, versions, topics, states, positions);
        INSERT INTO takt_index SELECT * FROM unnest(positions, projects, ats);
    END IF;
    IF cardinality(new_subjects) > 0 THEN
        INSERT INTO takt_subjects SELECT * FROM unnest(new_subjects, subject_projects)
        ON CONFLICT DO NOTHING;
    END IF;
    IF cardinality(empty_lanes) > 0
        AND EXISTS (SELECT FROM takt_lanes AS l WHERE l.lane = ANY (empty_lanes))
    THEN
        RAISE EXCEPTION 'a lane is not empty' USING ERRCODE = {moved};
    END IF;
    IF rare IS NOT NULL THEN
        DELETE FROM takt_lanes WHERE id IN (
            SELECT value::bigint FROM jsonb_array_elements_text(rare -> 'released')
        );
        DELETE FROM takt_inbox AS i USING jsonb_array_elements(rare -> 'forgotten') AS f
        WHERE i.source = f ->> 0 AND i.id = f ->> 1;
        UPDATE takt_inbox AS i SET kind = c ->> 2,
            first = coalesce(positions[(c ->> 3)::int], 0),
            last = coalesce(positions[(c ->> 4)::int], 0)
        FROM jsonb_array_elements(rare -> 'changed') AS c
        WHERE i.source = c ->> 0 AND i.id = c ->> 1;
        INSERT INTO takt_lanes (lane, source, message_id, digest, events, parked_at, original)
        SELECT p ->> 0, p ->> 1, p ->> 2, decode(p ->> 3, 'base64'), decode(p ->> 4, 'base64'),
            (p ->> 5)::bigint, decode(p ->> 6, 'base64')
        FROM jsonb_array_elements(rare -> 'parked') WITH ORDINALITY AS parked(p, nth)
        ORDER BY nth;
        INSERT INTO takt_dead_letters
            (channel, place, original, code, text, received_at, source, message_id)
        SELECT d ->> 0, d ->> 1, decode(d ->> 2, 'base64'), d ->> 3, d ->> 4,
            (d ->> 5)::bigint, d ->> 6, d ->> 7
        FROM jsonb_array_elements(rare -> 'letters') WITH ORDINALITY AS letters(d, nth)
        ORDER BY nth
        ON CONFLICT DO NOTHING;
        UPDATE takt_dead_letters AS t SET redriven_at = (r ->> 1)::bigint
        FROM jsonb_array_elements(rare -> 'redriven') AS r WHERE t.id = (r ->> 0)::bigint;
    END IF;
    IF cardinality(names) > 0 THEN
        INSERT INTO {tracking} AS t SELECT * FROM unnest(names, offsets)
        ON CONFLICT (application_name) DO UPDATE SET notification_id = EXCLUDED.notification_id
        WHERE t.notification_id < EXCLUDED.notification_id;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written <> cardinality(names) THEN
            RAISE EXCEPTION 'a source position is not above the stored one'
                USING ERRCODE = {moved};
        END IF;
    END IF;
    IF cardinality(streams) > 0 THEN
        PERFORM pg_notify({channel}, '');
    END IF;
    RETURN positions;
END $body$"""

# A statement of its own: what is read after it is read from a snapshot taken after the wait.
LOCK: Final = "    LOCK TABLE takt_events IN EXCLUSIVE MODE;"

CALL: Final = "SELECT {schema}.takt_append({arguments})"


def statements(schema: str, lock: str = LOCK) -> list[Composed]:
    """Return what makes everything but the library's own tables, safe to run again.

    `lock` is an argument so that a test can show what happens without it.
    """
    named = Identifier(schema)
    append = SQL(_APPEND).format(
        schema=named,
        lock=SQL(lock),
        sequence=Literal(f"{schema}.{EVENTS}_notification_id_seq"),
        moved=Literal(MOVED),
        tracking=Identifier(TRACKING),
        channel=Literal(CHANNEL),
    )
    tables = [SQL(table).format(schema=named) for table in _TABLES]
    revoke = SQL("REVOKE ALL ON FUNCTION {schema}.takt_append FROM PUBLIC").format(schema=named)
    return [*tables, append, revoke]


def grants(schema: str, role: str) -> list[Composed]:
    """Return what lets a role append and read, and nothing else."""
    names = {"schema": Identifier(schema), "role": Identifier(role)}
    return [
        SQL(grant).format(**names)
        for grant in (
            "GRANT USAGE ON SCHEMA {schema} TO {role}",
            "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}",
            "GRANT EXECUTE ON FUNCTION {schema}.takt_append TO {role}",
        )
    ]
