"""Say what a section of a report is, so that every form of the report shows the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias

Cell: TypeAlias = str | int | None
"""What stands in a table: words, a whole number, or nothing known."""


DAY_MIN: Final = 480
TENTH: Final = Decimal("0.1")


class Fact(NamedTuple):
    """One figure with its name; None where it is not known."""

    label: str
    value: Cell


@dataclass(frozen=True, slots=True)
class Section:
    """One numbered part of a report: figures, and a table; or why there is nothing to tell."""

    id: str
    title: str
    facts: tuple[Fact, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    reason: str | None = None
    """Why there are no data; None where there are."""

    def document(self) -> dict[str, Any]:
        """Return the section as plain JSON values."""
        return {
            "id": self.id,
            "title": self.title,
            "available": self.reason is None,
            "reason": self.reason,
            "facts": [{"label": fact.label, "value": fact.value} for fact in self.facts],
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows],
        }


def absent(section_id: str, title: str, reason: str) -> Section:
    """Return a section that says why it has nothing to tell."""
    return Section(section_id, title, reason=reason)


def table(
    section_id: str,
    title: str,
    columns: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    facts: Sequence[Fact] = (),
) -> Section:
    """Return a section whose table shows some fields of rows, by the columns' titles."""
    return Section(
        section_id,
        title,
        tuple(facts),
        tuple(columns.values()),
        tuple(tuple(cell(row[name]) for name in columns) for row in rows),
    )


def cell(value: object) -> Cell:
    """Return a value as a table shows it."""
    match value:
        case None | int() | str() if not isinstance(value, bool):
            return value
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(str(each) for each in value) or None
        case _:
            return str(value)


def title_of(document: Mapping[str, Any]) -> str:
    """Return what a document is called: a status report, unless it says otherwise.

    One of a branch says so there, so that every form of it does.
    """
    title = str(document.get("title") or f"Status report: {document['name']}")
    branch = document.get("branch")
    if branch is None:
        return title
    return f"{title}, what if: branch {branch['title']} ({branch['id']}); none of it has happened"


def moment(text: str | None) -> str | None:
    """Return day and time of an instant as written, in the offset it is written with."""
    return None if text is None else f"{text[:10]} {text[11:16]}"


def float_days(minutes: int | None) -> str | None:
    """Return working minutes as days of eight hours, to the tenth."""
    return None if minutes is None else str((Decimal(minutes) / DAY_MIN).quantize(TENTH))


def day(moment: str | None) -> str | None:
    """Return the day of an instant as written, in the offset it is written with."""
    return None if moment is None else moment[:10]
