"""Rows are a function of the log alone: the same bytes whatever surrounds the process."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from tests.benchmarks.messages import fact, introduce, judged
from tests.benchmarks.replaying import RECEIVED

SURROUNDINGS: Final = (
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Kolkata", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"},
    {"PYTHONHASHSEED": "4294967295", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8"},
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give the folder of a log with four projects and what happened to them."""
    log = open_log(tmp_path / "takt.db", registry=catalogue())
    introduce(log, projects=4, phases=5)
    log.append([judged(fact(n, n % 4, n % 5), RECEIVED) for n in range(200)])
    log.close()
    return tmp_path


def takt(
    home: Path, *arguments: str, surroundings: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name.startswith("PATH")}
    return subprocess.run(
        [sys.executable, "-m", "consumers", *arguments, "--json"],
        cwd=Path(__file__).parents[2],
        env={**kept, **surroundings, "TAKT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def verdicts(home: Path, surroundings: dict[str, str], code: int = 0) -> list[dict[str, Any]]:
    done = takt(home, "rebuild", "--verify", surroundings=surroundings)
    assert (done.returncode, done.stderr) == (code, "")
    found: list[dict[str, Any]] = json.loads(done.stdout)["projections"]
    return found


def test_a_rebuild_gives_the_same_bytes_in_all_surroundings(home: Path) -> None:
    found = [verdicts(home, each) for each in SURROUNDINGS]
    assert found[0] == found[1] == found[2]
    assert [each["name"] for each in found[0]] == ["schedule", "status", "audit"]
    assert all(each["equal"] and each["rows"] > 0 for each in found[0])
    # What one surrounding builds anew is what the others find.
    built = takt(home, "rebuild", surroundings=SURROUNDINGS[2])
    assert [each["equal"] for each in json.loads(built.stdout)["projections"]] == [True] * 3
    assert verdicts(home, SURROUNDINGS[1]) == found[0]


def test_one_changed_byte_is_found_and_named_and_mended_by_a_rebuild(home: Path) -> None:
    (_, _, audit) = verdicts(home, SURROUNDINGS[0])
    with sqlite3.connect(home / "takt.db") as edited:
        edited.execute(
            "UPDATE takt_audit_v1 SET body = replace(body, '\"mes\"', '\"mez\"')"
            " WHERE row_id = printf('%020d', 100)"
        )
    edited.close()
    *others, drifted = verdicts(home, SURROUNDINGS[1], code=1)
    assert all(each["equal"] for each in others)
    assert (drifted["equal"], drifted["rebuilt"]) == (False, audit["live"])
    assert [name.partition("/")[2] for name in drifted["differing"]] == [f"{100:020}"]
    assert takt(home, "rebuild", "audit", surroundings=SURROUNDINGS[2]).returncode == 0
    assert verdicts(home, SURROUNDINGS[0])[2] == audit
