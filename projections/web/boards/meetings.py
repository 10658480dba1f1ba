"""Show how ready meetings are, what is left to do of them, and who still waits for an answer."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from domain.kernel.wording import counted
from projections.contract import Row
from projections.teller import words
from projections.web.tables import BoardView, Cell, Column, Entry, Table, lines
from projections.web.words import NOTHING, written_day, written_moment

MEETINGS: Final = (
    Column("Meeting"),
    Column("When", narrow=True),
    Column("Ready"),
    Column("Missing departments"),
    Column("Agenda"),
    Column("Comes"),
)
ACTIONS: Final = (
    Column("Action"),
    Column("Owner"),
    Column("Due", narrow=True),
    Column("Of meeting"),
)
INQUIRIES: Final = (
    Column("Inquiry"),
    Column("From"),
    Column("Stands"),
    Column("Owner"),
    Column("Received", narrow=True),
    Column("Due", narrow=True),
)
TO_COME: Final = frozenset({"anticipated", "planned"})
ANSWERED: Final = frozenset({"answered", "closed"})
PAST_MAX: Final = 50
"""So many of the last meetings that are over are shown."""


def meetings_view(document: Mapping[str, Any], inquiries: Mapping[str, Any]) -> BoardView:
    """Return the page of `meetings_document` and `inquiries_document`."""
    rows = document["meetings"]
    to_come = [row for row in rows if row["stage"] in TO_COME]
    past = [row for row in reversed(rows) if row["stage"] not in TO_COME]
    actions = [(row, each) for row in rows for each in row["actions"] if not each["done"]]
    actions.sort(key=lambda pair: pair[1]["due"])
    waiting = [row for row in inquiries["inquiries"] if row["stage"] not in ANSWERED]
    unready = sum(row["ready"] is False for row in to_come)
    overdue = sum(action["overdue"] for _, action in actions)
    sentence = (
        f"{counted(len(to_come), 'meeting')} to come, {unready} not ready; "
        f"{counted(len(actions), 'action')} open, {overdue} overdue; "
        f"{counted(len(waiting), 'inquiry', 'inquiries')} open."
    )
    tables = [
        Table(
            "Meetings to come", MEETINGS, tuple(map(_meeting, to_come)), "No meeting is to come."
        ),
        Table(
            "Open actions",
            ACTIONS,
            tuple(_action(row, each) for row, each in actions),
            "No action is open.",
        ),
        Table(
            "Open inquiries",
            INQUIRIES,
            tuple(map(_inquiry, waiting)),
            "Nobody waits for an answer.",
        ),
    ]
    if past:
        left = len(past) - PAST_MAX
        tables.append(
            Table(
                f"Meetings that are over ({len(past)})",
                MEETINGS,
                tuple(map(_meeting, past[:PAST_MAX])),
                "",
                note=f"{left} earlier ones are not listed." if left > 0 else None,
                folded=True,
            )
        )
    return BoardView(sentence, tuple(tables))


def _meeting(row: Row) -> Entry:
    decided = [f"decided: {each['text']}" for each in row["decisions"]]
    before = None if row["before"] is None else f"before {written_day(row['before'])}"
    stage = row["stage"] if row["start"] is not None else f"{row['stage']}, no date yet"
    parties = f"with {', '.join(row['external_parties'])}" if row["external_parties"] else None
    missing = row["missing_departments"]
    return Entry(
        (
            Cell(
                row["purpose"] or row["why"] or row["meeting"],
                lines((row["meeting"], parties, row["place"], row["link"], *decided)),
            ),
            Cell(written_moment(row["start"]), lines((stage, before))),
            _ready(row),
            Cell(
                ", ".join(missing) or NOTHING,
                lines([f"role: {each}" for each in row["missing_roles"]]),
                tone="bad" if missing or row["missing_roles"] else "quiet",
            ),
            Cell(counted(len(row["agenda"]), "item"), lines(tuple(_agenda(row)))),
            Cell(
                counted(len(row["invited"]), "party", "parties"), folded=lines(tuple(_comes(row)))
            ),
        ),
        anchor=f"meeting-{row['meeting']}",
    )


def _ready(row: Row) -> Cell:
    if row["ready"] is None:
        return Cell(NOTHING, tone="quiet")
    if row["ready"]:
        return Cell("ready", tone="good")
    overdue = any(item["overdue"] for item in row["agenda"])
    return Cell(
        "not ready",
        lines(("preparation overdue" if overdue else None,)),
        tone="bad" if overdue or row["missing_departments"] else "watch",
    )


def _agenda(row: Row) -> Iterator[str]:
    for item in row["agenda"]:
        told = f"{item['topic']} ({item['lead']})"
        if item["unprepared"]:
            due = "" if item["prep_due"] is None else f", due {written_day(item['prep_due'])}"
            told += f": not prepared{due}"
        yield told


def _comes(row: Row) -> Iterator[str]:
    for each in row["invited"]:
        by = "" if each["delegate"] is None else f", sends {each['delegate']}"
        answer = "no answer" if each["answer"] is None else words(each["answer"].lower())
        yield f"{each['party']} ({each['attendance']}): {answer}{by}"


def _action(meeting: Row, action: Row) -> Entry:
    late = action["overdue"]
    return Entry(
        (
            Cell(action["text"]),
            Cell(action["owner"]),
            Cell(
                written_day(action["due"]),
                lines(("overdue" if late else None,)),
                tone="bad" if late else "plain",
            ),
            Cell(meeting["purpose"] or meeting["why"] or meeting["meeting"]),
        )
    )


def _inquiry(row: Row) -> Entry:
    late = row["overdue"]
    return Entry(
        (
            Cell(
                row["text"] or row["inquiry"],
                lines((row["inquiry"] if row["text"] else None, ", ".join(row["about"]))),
            ),
            Cell(row["from"] or NOTHING, lines((row["channel"],))),
            Cell(row["stage"]),
            Cell(
                row["owner"] or "nobody",
                lines((row["department"],)),
                tone="plain" if row["owner"] else "watch",
            ),
            Cell(written_day(row["received_at"])),
            Cell(
                written_day(row["due"]),
                lines(("overdue" if late else None,)),
                tone="bad" if late else "plain",
            ),
        )
    )
