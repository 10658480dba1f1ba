"""Write what was judged into SQLite, inside a transaction that somebody else began."""

import sqlite3
from collections.abc import Sequence

from domain.log.judgement import Answer, EventRow, Judgement, Waiting
from domain.log.kept import events_bytes, original_bytes
from domain.log.mapper import micros_of
from domain.log.port import DeadLetter


class Known(Exception):
    """The inbox has one of the messages already."""


def write(connection: sqlite3.Connection, judgement: Judgement, head: int) -> Sequence[int]:
    """Write what was judged behind the last position; return the positions of the events.

    Raises Known where the inbox has a message already; then everything is to be rolled back.
    """
    events = judgement.events
    positions = range(head + 1, head + 1 + len(events))
    judgement.settle(positions)
    _insert_answers(connection, judgement.new_answers)
    _insert_events(connection, positions, events)
    if judgement.subjects:
        connection.executemany(
            "INSERT OR IGNORE INTO takt_subjects VALUES (?, ?)",
            list(judgement.subjects.items()),
        )
    if judgement.released:
        connection.executemany(
            "DELETE FROM takt_lanes WHERE id = ?", [(row_id,) for row_id in judgement.released]
        )
        connection.executemany(
            "UPDATE takt_inbox SET kind = ?, first = ?, last = ? WHERE source = ? AND id = ?",
            [(one.kind, one.first, one.last, *one.key) for one in judgement.changed_answers],
        )
    if judgement.parked:
        _insert_waiting(connection, judgement.parked)
    if judgement.letters:
        insert_letters(connection, judgement.letters)
    if judgement.offsets:
        connection.executemany(
            "INSERT INTO tracking VALUES (?, ?) ON CONFLICT (application_name) "
            "DO UPDATE SET notification_id = excluded.notification_id",
            list(judgement.offsets.items()),
        )
    return positions


def _insert_answers(connection: sqlite3.Connection, answers: Sequence[Answer]) -> None:
    if not answers:
        return
    inserted = connection.executemany(
        "INSERT OR IGNORE INTO takt_inbox VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (*one.key, one.digest, one.kind, one.first, one.last, one.code, one.text)
            for one in answers
        ],
    )
    if inserted.rowcount != len(answers):
        raise Known


def _insert_events(
    connection: sqlite3.Connection, positions: Sequence[int], events: Sequence[EventRow]
) -> None:
    if not events:
        return
    connection.executemany(
        "INSERT INTO takt_events VALUES (?, ?, ?, ?, ?)",
        [
            (position, event.stream, event.version, event.topic, event.state)
            for position, event in zip(positions, events, strict=True)
        ],
    )
    connection.executemany(
        "INSERT INTO takt_index VALUES (?, ?, ?)",
        [
            (position, event.project_id, event.at_us)
            for position, event in zip(positions, events, strict=True)
        ],
    )


def _insert_waiting(connection: sqlite3.Connection, parked: Sequence[Waiting]) -> None:
    connection.executemany(
        "INSERT INTO takt_lanes (lane, source, message_id, digest, events, parked_at, original) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                waiting.lane,
                *waiting.answer.key,
                waiting.answer.digest,
                events_bytes(waiting.events),
                waiting.parked_us,
                None if waiting.original is None else original_bytes(waiting.original),
            )
            for waiting in parked
        ],
    )


def insert_letters(connection: sqlite3.Connection, letters: Sequence[DeadLetter]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO takt_dead_letters "
        "(channel, place, original, code, text, received_at, source, message_id) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                letter.original.channel,
                letter.original.place,
                original_bytes(letter.original),
                letter.code,
                letter.text,
                micros_of(letter.received_at),
                *(letter.key or (None, None)),
            )
            for letter in letters
        ],
    )
