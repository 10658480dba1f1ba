"""Break each import contract on purpose: a guard counts once it has been seen to bite."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.trees import ROOT, configuration, copy_of_the_tree

INWARDS = "Dependencies point inwards"
ORDER = "Inside the domain, the log is outermost and the kernel innermost"
LIBRARY = "Only the log imports the eventsourcing library"
DRIVERS = "Database drivers stay in the log and in the row stores"
PURE = "The pure domain knows no infrastructure"
LOG = "Only the engine and the consumers read or write the log"
HANDED = "The log is handed deciders, it never imports one"
READERS = "Projections know events, never decisions, states, commands or policies"
PAGES = "Pages are functions of rows"
KAFKA = "Only the client module imports kafka-python"
OFFICE = "Only reports are written in office formats"
DATES = "Only invitations and answers know calendars of people"
BOOKS = "Only one module reads workbooks"
WEB = "Only the HTTP consumer imports the web framework"
APART = "Aggregates do not import each other"
INSIDE = "Decisions know states, states know events"
PLANNING = "Planning serves the network, the rules, the readers and two aggregates"

TRESPASSES = [
    ("domain/kernel/ids.py", "import projections.contract", INWARDS),
    ("projections/engine.py", "import consumers.settings", INWARDS),
    ("domain/rules/__init__.py", "import domain.log.feed", ORDER),
    ("domain/planning/critical_path.py", "import domain.phases.events", ORDER),
    ("domain/network/__init__.py", "import domain.policies", ORDER),
    ("domain/kernel/messages.py", "import domain.planning.network", ORDER),
    ("domain/shared/__init__.py", "", ORDER),  # An unlisted folder.
    ("domain/policies/__init__.py", "import eventsourcing", LIBRARY),
    ("consumers/dispatch.py", "import eventsourcing.persistence", LIBRARY),
    ("consumers/cli.py", "import psycopg", DRIVERS),
    ("projections/engine.py", "import sqlite3", DRIVERS),
    ("domain/phases/events.py", "import structlog", PURE),
    ("domain/kernel/values.py", "import random", PURE),
    ("domain/policies/__init__.py", "import time", PURE),
    ("projections/schedule.py", "import domain.log.feed", LOG),
    ("projections/web/__init__.py", "import domain.log.port", LOG),
    ("domain/log/open_log.py", "import domain.phases.decisions", HANDED),
    ("domain/log/catalogue.py", "import domain.plans.commands", HANDED),
    ("projections/schedule.py", "import domain.phases.decisions", READERS),
    ("projections/schedule.py", "import domain.policies", READERS),
    ("projections/engine.py", "import kafka", READERS),
    ("projections/web/__init__.py", "import projections.stores", PAGES),
    ("consumers/dispatch.py", "import kafka", KAFKA),
    ("consumers/kafka/__init__.py", "import kafka", KAFKA),
    ("consumers/cli.py", "import docx", OFFICE),
    ("projections/web/__init__.py", "import xlsxwriter", OFFICE),
    ("consumers/sheet_import.py", "import openpyxl", BOOKS),
    ("consumers/meetings.py", "import icalendar", DATES),
    ("consumers/cli.py", "import fastapi", WEB),
    ("projections/web/__init__.py", "import starlette.responses", WEB),
    ("domain/phases/decisions.py", "import domain.conflicts.events", APART),
    ("domain/plans/state.py", "import domain.projects.state", APART),
    ("domain/phases/events.py", "import domain.phases.state", INSIDE),
    ("domain/phases/commands.py", "import domain.phases.decisions", INSIDE),
    ("domain/plans/links.py", "import domain.plans.gates", INSIDE),
    ("domain/phases/helpers.py", "", INSIDE),  # An unlisted file.
    ("domain/phases/decisions.py", "import domain.planning.critical_path", PLANNING),
    ("domain/policies/__init__.py", "import domain.planning.network", PLANNING),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_the_tree(tmp_path_factory.mktemp("tree"))


@pytest.fixture
def spoilt(tree: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Append one line to one file of the copy, and put it right afterwards."""
    name, line = request.param
    file = tree / name
    before = file.read_bytes() if file.exists() else None
    made = file.parent if not file.parent.exists() else None
    file.parent.mkdir(exist_ok=True)
    file.write_bytes((before or b"") + f"\n{line}\n".encode())
    yield tree
    if before is None:
        file.unlink()
    else:
        file.write_bytes(before)
    if made is not None:
        made.rmdir()


def broken_contracts(tree: Path) -> tuple[set[str], str]:
    """Run the linter on a tree; return the names of the broken contracts, and all it said."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    names = {row.removesuffix(" BROKEN") for row in said.splitlines() if row.endswith(" BROKEN")}
    assert (done.returncode == 0) == (not names), said
    return names, said


def contracts() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = configuration()["tool"]["importlinter"]["contracts"]
    return listed


def contract(name: str) -> dict[str, Any]:
    return next(one for one in contracts() if one["name"] == name)


@pytest.mark.slow
def test_the_tree_keeps_every_contract(tree: Path) -> None:
    names, said = broken_contracts(tree)
    assert names == set(), said
    assert f"Contracts: {len(contracts())} kept, 0 broken." in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoilt", "name"),
    [pytest.param((file, line), name, id=f"{file}-{line}") for file, line, name in TRESPASSES],
    indirect=["spoilt"],
)
def test_a_trespass_is_caught(spoilt: Path, name: str) -> None:
    names, said = broken_contracts(spoilt)
    assert name in names, said


def test_every_contract_is_broken_by_some_trespass() -> None:
    assert {one["name"] for one in contracts()} == {name for _, _, name in TRESPASSES}


def test_a_trespass_starts_from_a_file_that_is_there() -> None:
    unlisted = {"domain/shared/__init__.py", "domain/phases/helpers.py"}
    missing = {file for file, _, _ in TRESPASSES if not (ROOT / file).exists()}
    assert missing == unlisted


def test_no_aggregate_is_left_out_of_a_list() -> None:
    layer = next(row for row in contract(ORDER)["layers"] if "plans" in row.split(" | "))
    aggregates = {f"domain.{name}" for name in layer.split(" | ")}
    assert set(contract(APART)["modules"]) == aggregates
    assert set(contract(INSIDE)["containers"]) == aggregates
    layers = {part for row in contract(ORDER)["layers"] for part in row.split(" | ")}
    pure = {f"domain.{name}" for name in layers - {"log"}}
    assert set(contract(PURE)["source_modules"]) == aggregates | pure
