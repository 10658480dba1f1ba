"""Hold the table of duties to the code: what it names is there, each message, question and test."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.main import get_command

from consumers.cli import app
from consumers.questions import QUESTIONS
from domain.log.catalogue import catalogue

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "deploy" / "duties.md"
NOTHING = "–"  # noqa: RUF001  The dash of the table.
ROWS_OF_PROJECTIONS = {"schedule", "status", "audit"}
DUTIES = 22
COMPLAINTS = 18


def table(title: str) -> list[list[str]]:
    """Return the rows of a table of the page, cell by cell."""
    part = PAGE.read_text(encoding="utf-8").split(f"## {title}", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def verbs() -> set[str]:
    return {f"takt {name}" for name in get_command(app).commands}  # type: ignore[attr-defined]


def questions() -> set[str]:
    return ROWS_OF_PROJECTIONS | {question.name for question in QUESTIONS}


def paths() -> set[str]:
    return {f"/v1/projects/{{id}}/{name}" for name in questions()}


def test_every_duty_and_every_complaint_has_a_row() -> None:
    duties = [row[0].split()[0] for row in table("Duties")]
    assert duties == [f"D{number}" for number in range(1, DUTIES + 1)]
    complaints = [row[0] for row in table("Complaints")]
    assert complaints == [str(number) for number in range(1, COMPLAINTS + 1)]


@pytest.mark.parametrize("row", table("Duties"), ids=lambda row: row[0].split()[0])
def test_what_a_row_names_is_there(row: list[str]) -> None:
    _, messages, shown, verb, path, tests = row
    if NOTHING in row:
        assert row[1:] == [NOTHING] * 5, "a duty is done with all of these, or is not yet"
        return
    known: list[tuple[list[str], Callable[[str], bool]]] = [
        (named(messages), lambda name: name in catalogue().models),
        (shown.split(", "), lambda name: name in questions()),
        (named(verb), lambda name: name in verbs()),
        (named(path), lambda name: name in paths()),
        (named(tests), lambda name: (ROOT / name).is_file()),
    ]
    for names, is_there in known:
        assert names
        assert [name for name in names if not is_there(name)] == []


@pytest.mark.parametrize("row", table("Complaints"), ids=lambda row: row[0])
def test_the_test_of_a_complaint_is_there(row: list[str]) -> None:
    assert (
        row[2] == NOTHING or [name for name in named(row[2]) if not (ROOT / name).is_file()] == []
    )
