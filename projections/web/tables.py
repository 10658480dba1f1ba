"""Say what a table on a page is made of, so that one template shows them all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Tone: TypeAlias = Literal["plain", "good", "watch", "bad", "quiet"]
"""How a cell is coloured; its words say the same without the colour."""


class Line(NamedTuple):
    """A line of text beneath the first one of a cell, a link where it leads somewhere."""

    text: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: what it says, what is said beneath it, and what is unfolded by who wants it."""

    text: str
    lines: tuple[Line, ...] = ()
    folded: tuple[Line, ...] = ()
    tone: Tone = "plain"
    href: str | None = None
    spoken: str | None = None
    """The cell in a sentence, where its text is short."""


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; numbers stand on the right, what is narrow is not broken in two."""

    text: str
    numeric: bool = False
    narrow: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A row; its first cell is its head. Others lead to it by its anchor."""

    cells: tuple[Cell, ...]
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its title; `none` is said instead where it has no row."""

    title: str
    columns: tuple[Column, ...]
    entries: tuple[Entry, ...]
    none: str
    note: str | None = None
    """What is left out, or how it is to be read."""
    heat: bool = False
    """Whether cells have the colour of their tone as their ground."""
    folded: bool = False
    """Whether it is closed at first, because what it lists is over."""


@dataclass(frozen=True, slots=True)
class BoardView:
    """A page of tables: one sentence that says how it stands, and the tables."""

    sentence: str
    tables: tuple[Table, ...]
    problem: str | None = None
    """Why there is nothing to show."""


def lines(texts: Sequence[str | None]) -> tuple[Line, ...]:
    """Return plain lines of what there is to say."""
    return tuple(Line(text) for text in texts if text)
