"""Show the board of conflicts: a table for each state, what presses most first."""

from collections.abc import Iterator, Mapping
from textwrap import shorten
from typing import Any, Final

from domain.kernel.wording import amount_text, counted
from projections.contract import Row
from projections.teller import spoken, words
from projections.web.tables import BoardView, Cell, Column, Entry, Line, Table, Tone, lines
from projections.web.words import NOTHING, count_text, written_day

COLUMNS: Final = (
    Column("Conflict"),
    Column("Severity"),
    Column("Expected loss", numeric=True),
    Column("Act by", narrow=True),
    Column("Owner"),
    Column("Age", numeric=True),
    Column("Comes from"),
    Column("Options"),
)
OVER: Final = frozenset({"dismissed", "resolved", "cleared"})
OVER_MAX: Final = 50
"""So many conflicts of a state that is over are shown."""
PRESSING: Final = frozenset({"overdue", "unacknowledged"})
TONES: Final[Mapping[str, Tone]] = {"critical": "bad", "high": "bad", "medium": "watch"}
WHOLE_BP: Final = 10_000
CHARACTERS_MAX: Final = 80
"""So much of a conflict is said where another one leads to it."""


def conflicts_view(document: Mapping[str, Any]) -> BoardView:
    """Return the page of `conflicts_document`."""
    rows = document["conflicts"]
    told = {row["conflict"]: row["summary"] for row in rows}
    tables = tuple(
        _table(state, [row for row in rows if row["column"] == state], document, told)
        for state, count in document["columns"].items()
        if count
    )
    return BoardView(_sentence(document), tables)


def _sentence(document: Mapping[str, Any]) -> str:
    counts = document["columns"]
    still_open = sum(count for state, count in counts.items() if state not in OVER)
    if not still_open:
        return "No conflict is open."
    alerts = counted(document["alerts"], "root")
    told = [f"{counted(still_open, 'conflict')} open from {alerts}"]
    told += [f"{counts[state]} {state}" for state in counts if state in PRESSING and counts[state]]
    return f"{', '.join(told)}."


def _table(
    state: str, rows: list[Row], document: Mapping[str, Any], told: Mapping[str, str]
) -> Table:
    is_over = state in OVER
    shown = rows[:OVER_MAX] if is_over else rows
    hidden = len(rows) - len(shown)
    currency = document["currency"]
    return Table(
        title=f"{state.replace('_', ' ').capitalize()} ({len(rows)})",
        columns=COLUMNS,
        entries=tuple(_entry(row, currency, told) for row in shown),
        none="",
        note=f"{hidden} more are not listed." if hidden else None,
        folded=is_over,
    )


def _entry(row: Row, currency: str | None, told: Mapping[str, str]) -> Entry:
    act_by = row["act_by"]
    late = row["column"] == "overdue"
    owner = row["owner"]
    age = row["age_days"]
    found_by = row["raised_by"] if row["rule"] is None else words(row["rule"])
    reopened = f"reopened {count_text(row['reopened'])}" if row["reopened"] else None
    return Entry(
        (
            Cell(
                row["summary"],
                lines((f"{row['kind']} · found by {found_by}", reopened, *_ended(row))),
                tuple(Line(subject) for subject in row["subjects"]),
            ),
            Cell(row["severity"], tone=TONES.get(row["severity"], "plain")),
            Cell(f"{row['expected_loss']} d", lines(tuple(_loss(row, currency)))),
            Cell(NOTHING if act_by is None else written_day(act_by)),
            Cell(
                owner or "nobody",
                lines(
                    (
                        None if row["due"] is None else f"due {written_day(row['due'])}",
                        _seen_by(row),
                    )
                ),
                tone="bad" if late else "plain" if owner else "watch",
            ),
            Cell(NOTHING if age is None else f"{age} d"),
            Cell(_root(row), tuple(_family(row, told)), (*_children(row, told), *_evidence(row))),
            _options(row),
        ),
        anchor=f"conflict-{row['conflict']}",
    )


def _loss(row: Row, currency: str | None) -> Iterator[str]:
    if row["impact_days"] is not None:
        likely = row["probability_bp"]
        sure = "" if likely == WHOLE_BP else f", {likely // 100} % likely"
        yield f"{row['impact_days']} d of the promise{sure}"
    if row["expected_cost_minor"] is not None and currency is not None:
        yield f"{amount_text(row['expected_cost_minor'], currency)} {currency}"


def _seen_by(row: Row) -> str | None:
    return f"seen by {', '.join(row['acknowledged_by'])}" if row["acknowledged_by"] else None


def _ended(row: Row) -> Iterator[str]:
    if row["mode"] is not None:
        yield f"{row['mode'].replace('_', ' ')}: {row['decision'] or NOTHING}"
    if row["because"] is not None:
        yield f"cleared: {row['because']}"
    if row["dismissed_until"] is not None:
        yield f"dismissed until {written_day(row['dismissed_until'])}"


def _root(row: Row) -> str:
    root = row["root"]
    return NOTHING if root is None else f"#{root['position']} {root['stream']}"


def _family(row: Row, told: Mapping[str, str]) -> Iterator[Line]:
    """Yield the conflict that stands for this one, or how many this one stands for."""
    if row["root"] is not None:
        yield Line(spoken(row["root"]["type"]))
    if row["parent"] is not None:
        yield _to("part of", row["parent"], told)
    if row["children"]:
        yield Line(f"and {counted(len(row['children']), 'other conflict')}")


def _children(row: Row, told: Mapping[str, str]) -> Iterator[Line]:
    for child in row["children"]:
        yield _to("also", child, told)


def _to(word: str, conflict_id: str, told: Mapping[str, str]) -> Line:
    """Return a link to a conflict; its own row says it whole."""
    text = shorten(told.get(conflict_id, conflict_id), CHARACTERS_MAX, placeholder=" …")
    return Line(f"{word}: {text}", f"#conflict-{conflict_id}")


def _evidence(row: Row) -> Iterator[Line]:
    for position in row["evidence"]:
        yield Line(f"event #{position}")


def _options(row: Row) -> Cell:
    found = [f"{each['effect']}{_branch(each)}" for each in row["options"]]
    if found:
        return Cell(counted(len(found), "option"), lines(found))
    return Cell("none yet" if row["remedies"] else NOTHING, lines(row["remedies"]), tone="quiet")


def _branch(option: Row) -> str:
    return "" if option["branch"] is None else f" (branch {option['branch']})"
