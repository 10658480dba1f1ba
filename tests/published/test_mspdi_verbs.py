"""Microsoft Project's dates, reproduced by the verbs: import the file, print the schedule."""

import json
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from consumers.cli import app

FILES = (
    "01-single-task", "02-link-fs", "03-link-ss", "04-link-ff", "06-lag", "08-milestone",
    "09-constraint-snet", "10-summary", "12-calendar-6day",
)  # fmt: skip
SPACE = "{http://schemas.microsoft.com/project}"


def stored_dates(file: Path) -> dict[str, tuple[str, str]]:
    """Return the start and finish each task has in the file, by its UID; read apart from Takt."""
    tasks = ET.parse(file).getroot().iter(f"{SPACE}Task")  # noqa: S314  A file of our own choosing.
    return {
        task.findtext(f"{SPACE}UID", ""): (
            task.findtext(f"{SPACE}Start", ""),
            task.findtext(f"{SPACE}Finish", ""),
        )
        for task in tasks
        if task.findtext(f"{SPACE}UID") != "0"
    }


@pytest.mark.parametrize("name", FILES)
def test_every_stored_start_and_finish_is_reproduced(
    name: str, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = shared / "data" / "mspdi" / "docxy" / f"{name}.xml"
    monkeypatch.setenv("TAKT_HOME", str(tmp_path))
    takt = CliRunner()
    imported = takt.invoke(app, ["import", "plan", str(file), "--project", "P", "--json"])
    assert imported.exit_code == 0, imported.output
    shown = takt.invoke(app, ["schedule", "P", "--json"])
    assert shown.exit_code == 0, shown.output
    ours = {
        phase["id"]: tuple(
            datetime.fromisoformat(phase[field]).replace(tzinfo=None).isoformat()
            for field in ("start", "finish")
        )
        for phase in json.loads(shown.stdout)["phases"]
    }
    stored = stored_dates(file)
    assert stored
    assert ours == stored


@pytest.mark.parametrize("name", ["sample", "mspdirelations"])
def test_a_file_as_project_writes_it_is_taken_in_whole(
    name: str, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = shared / "data" / "mspdi" / "mpxj" / f"{name}.xml"
    monkeypatch.setenv("TAKT_HOME", str(tmp_path))
    done = CliRunner().invoke(app, ["import", "plan", str(file), "--project", "P", "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["outcome"] == "recorded"
    assert report["links"] == len(list(ET.parse(file).iter(f"{SPACE}PredecessorLink")))  # noqa: S314
