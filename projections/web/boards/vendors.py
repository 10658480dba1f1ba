"""Show what vendors promised beside what is needed, and how they kept their word."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from domain.kernel.wording import counted
from projections.contract import Row
from projections.teller import quantity, words
from projections.web.tables import BoardView, Cell, Column, Entry, Table, lines
from projections.web.words import NOTHING, signed_days, written_day

LINES: Final = (
    Column("Order line"),
    Column("Vendor"),
    Column("Stands"),
    Column("Received", numeric=True),
    Column("Needed", narrow=True),
    Column("Promised", narrow=True),
    Column("Expected", narrow=True),
    Column("Moves", numeric=True),
    Column("Overdue", numeric=True),
)
VENDORS: Final = (
    Column("Vendor"),
    Column("Lines", numeric=True),
    Column("Against the need", numeric=True),
    Column("Against the promise", numeric=True),
    Column("Against the first promise", numeric=True),
    Column("Slip", numeric=True),
)


def vendors_view(document: Mapping[str, Any]) -> BoardView:
    """Return the page of `vendors_document`."""
    rows = document["lines"]
    overdue = sum(_overdue(row) is not None for row in rows)
    unsure = sum(row["awaits_answer"] for row in rows)
    today = "" if document["today"] is None else f" on {written_day(document['today'])}"
    sentence = f"{counted(len(rows), 'order line')}{today}: {overdue} overdue, {unsure} unanswered."
    promises = Table(
        "Promises, the first needed first",
        LINES,
        tuple(map(_line, rows)),
        none="Nothing is ordered.",
    )
    vendors = Table(
        "How vendors keep their word in this project",
        VENDORS,
        tuple(map(_vendor, document["vendors"])),
        none="There is no vendor yet.",
        note="Kept of those that were due. Slip: calendar days from the promise to what came.",
    )
    return BoardView(sentence, (promises, vendors))


def _overdue(row: Row) -> int | None:
    days: int | None = row["overdue_promise_days"] or row["overdue_need_days"]
    return days


def _line(row: Row) -> Entry:
    promised_late, overdue = row["promise_after_need_days"] or 0, _overdue(row)
    expected_late = row["expected"] is not None and row["expected"] > row["need"]
    moves = tuple(_moves(row))
    return Entry(
        (
            Cell(
                row["item"],
                lines((row["commitment"], row["order"])),
                lines([f"for {each}" for each in row["phases"]]),
            ),
            Cell(row["vendor"]),
            Cell(
                words(row["status"]),
                lines(
                    (
                        None if row["answer"] is None else f"answered: {words(row['answer'])}",
                        "awaits an answer" if row["awaits_answer"] else None,
                        _expedite(row["expedite"]),
                        "contradicted" if row["contradictions"] else None,
                    )
                ),
                tone="watch" if row["awaits_answer"] else "plain",
            ),
            Cell(f"{quantity(row['received'], None)} of {quantity(row['ordered'], row['uom'])}"),
            Cell(written_day(row["need"])),
            Cell(
                written_day(row["promised"]),
                lines((f"{promised_late} d after the need" if promised_late > 0 else None,)),
                tone="bad" if promised_late > 0 else "plain",
            ),
            Cell(
                written_day(row["expected"]),
                lines(("after the need" if expected_late else None,)),
                tone="bad" if expected_late else "plain",
            ),
            Cell(_moved(row), folded=lines(moves)),
            Cell(
                NOTHING if overdue is None else f"{overdue} d",
                tone="quiet" if overdue is None else "bad",
            ),
        ),
        anchor=f"line-{row['commitment']}",
    )


def _moved(row: Row) -> str:
    moves = sum(each["days"] is not None for each in row["promises"])
    if not moves:
        return "once promised" if row["promises"] else NOTHING
    return f"{counted(moves, 'move')}, {signed_days(row['promise_moved_days'])}"


def _moves(row: Row) -> Iterator[str]:
    for each in row["promises"]:
        by = [each[name] for name in ("told_by", "channel", "proof") if each[name]]
        by += [words(each["reason"])] if each["reason"] else []
        days = "" if each["days"] is None else f" ({signed_days(each['days'])})"
        told = f" told by {', '.join(by)}" if by else ""
        word = "promised" if each["days"] is None else "moved to"
        yield f"{written_day(each['at'])}: {word} {written_day(each['new'])}{days}{told}"


def _expedite(asked: Row | None) -> str | None:
    if asked is None:
        return None
    wanted = "" if asked["wanted"] is None else f" for {written_day(asked['wanted'])}"
    answer = "no answer yet" if asked["answer"] is None else f"answered {words(asked['answer'])}"
    day = "" if asked["date"] is None else f", {written_day(asked['date'])}"
    return f"asked to come sooner{wanted}: {answer}{day}"


def _vendor(row: Row) -> Entry:
    slip, on_time = row["slip_days"], row["on_time"]
    told = "unknown"
    if slip["n"]:
        told = f"median {signed_days(slip['median'])}"
    return Entry(
        (
            Cell(row["vendor"]),
            Cell(str(row["lines"])),
            *(_kept(on_time[name]) for name in ("need", "promise", "first_promise")),
            Cell(
                told,
                lines((f"80 % within {signed_days(slip['q80'])}, of {slip['n']}",))
                if slip["n"]
                else (),
            ),
        )
    )


def _kept(counted: Row) -> Cell:
    kept, due = counted["kept"], counted["due"]
    if not due:
        return Cell("none due", tone="quiet")
    return Cell(
        f"{100 * kept // due} %",
        lines((f"{kept} of {due}",)),
        tone="good" if kept == due else "watch",
    )
