"""Hold the command line to its verbs, its documents and its exit codes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from consumers.cli import app
from tests.unit.consumers.test_plan_import import PLAN

FACT = {
    "specversion": "1.0",
    "id": "m-1",
    "source": "/plant/mes",
    "type": "phase.started.v1",
    "subject": "phase-PRJ-7/weld",
    "time": "2026-03-03T08:00:00Z",
    "data": {"actual_start": "2026-03-03T08:00:00Z"},
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TAKT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def takt(*words: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(app, list(words), input=stdin)


def document(result: Result) -> Any:  # noqa: ANN401  Whatever JSON was printed.
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def planned(home: Path) -> Path:
    (home / "plan.json").write_text(json.dumps(PLAN), encoding="utf-8")
    report = document(takt("import", "plan", str(home / "plan.json"), "--json"))
    assert report["outcome"] == "recorded"
    return home


def test_the_schedule_is_one_json_document_with_the_fields_others_rely_on(planned: Path) -> None:
    del planned
    shown = document(takt("schedule", "PRJ-7", "--json"))
    assert {"project", "position", "data_date", "finish", "promise", "phases"} <= shown.keys()
    assert {
        "id", "wbs", "name", "kind", "department", "duration_min", "early_start", "early_finish",
        "late_start", "late_finish", "total_float_min", "free_float_min", "start", "finish",
        "actual_start", "actual_finish", "critical", "driver",
    } <= shown["phases"][0].keys()  # fmt: skip


@pytest.mark.parametrize(
    ("ending", "begins"),
    [("csv", b"\xef\xbb\xbfproject,"), ("xlsx", b"PK\x03\x04"), ("ics", b"BEGIN:VCALENDAR\r\n")],
)
def test_the_schedule_is_written_to_a_file_the_same_each_time(
    planned: Path, ending: str, begins: bytes
) -> None:
    file = planned / f"grid.{ending}"
    shown = document(takt("schedule", "PRJ-7", "--json"))
    told = takt("schedule", "PRJ-7", "--to", str(file))
    phases = len(shown["phases"])
    assert told.stdout == f"{file}: position {shown['position']}, {phases} phases\n"
    first = file.read_bytes()
    assert first.startswith(begins)
    assert document(takt("schedule", "PRJ-7", "--to", str(file), "--json")) == shown
    assert file.read_bytes() == first


def test_a_grid_of_another_kind_is_refused_and_one_without_its_library_says_what_to_install(
    planned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = takt("schedule", "PRJ-7", "--to", str(planned / "grid.ods"))
    assert result.exit_code == 2
    assert result.stderr == "takt: --to ends in .xlsx, .csv, .ics, .xml, .json, not .ods\n"
    monkeypatch.delitem(sys.modules, "projections.reports.as_ics", raising=False)
    monkeypatch.setitem(sys.modules, "icalendar", None)
    result = takt("schedule", "PRJ-7", "--to", str(planned / "grid.ics"))
    assert result.exit_code == 2
    assert result.stderr == "takt: .ics needs icalendar: install takt[office]\n"


def test_every_verb_speaks_to_people_too(planned: Path) -> None:
    del planned
    for words in (
        ("schedule", "PRJ-7"),
        ("status",),
        ("status", "PRJ-7"),
        ("audit", "trail", "PRJ-7"),
        ("rebuild", "--verify"),
        ("dlq", "list"),
        ("doctor",),
    ):
        result = takt(*words)
        assert result.exit_code == 0, (words, result.output)
        assert result.stdout.strip()


def test_facts_come_in_from_a_file_and_from_stdin_and_twice_is_once(planned: Path) -> None:
    lines = json.dumps(FACT).encode() + b"\n"
    (planned / "facts.jsonl").write_bytes(lines)
    first = document(takt("import", "events", str(planned / "facts.jsonl"), "--json"))
    again = document(takt("import", "events", "-", "--json", stdin=lines))
    assert (first["recorded"], again["recorded"], again["repeated"]) == (1, 0, 1)
    weld = document(takt("schedule", "PRJ-7", "--json"))["phases"]
    assert next(p for p in weld if p["id"] == "weld")["stage"] == "running"


def test_a_line_that_cannot_be_read_is_reported_and_the_others_are_taken_in(planned: Path) -> None:
    del planned
    lines = b'{"nonsense": true}\n' + json.dumps(FACT).encode() + b"\n"
    result = takt("import", "events", "-", "--json", stdin=lines)
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["recorded"], report["refused"]) == (1, 1)
    assert report["rows"][0]["line"] == 1


def test_the_past_is_shown_as_it_stood(planned: Path) -> None:
    del planned
    now = document(takt("schedule", "PRJ-7", "--json"))
    takt("import", "events", "-", stdin=json.dumps(FACT).encode())
    then = document(takt("schedule", "PRJ-7", "--as-of", str(now["position"]), "--json"))
    assert then == now
    result = takt("schedule", "PRJ-7", "--as-of", "2020-01-01T00:00:00Z")
    assert result.exit_code == 2
    assert "there is no project PRJ-7" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("cost", "NOPE"), "there is no project NOPE\n"),
        (("quality", "NOPE", "--as-of", "999999"), "the log ends at position"),
        (("cost", "PRJ-7", "--as-of", "0"), "there is no project PRJ-7 as of 0; the log may"),
    ],
)
def test_only_a_moment_before_the_head_is_said_to_be_too_early(
    planned: Path, words: tuple[str, ...], said: str
) -> None:
    del planned
    assert said in takt(*words).stderr


def test_the_trail_says_who_what_when_and_why(planned: Path) -> None:
    del planned
    entries = document(takt("audit", "trail", "PRJ-7", "--json"))["entries"]
    assert entries
    assert {"position", "stream", "type", "actor", "recorded_at", "effective_at", "what"} <= (
        entries[0].keys()
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("schedule", "NOPE"), "there is no project NOPE"),
        (("schedule", "PRJ-7", "--as-of", "yesterday"), "neither a position nor a time"),
        (("schedule", "PRJ-7", "--as-of", "999999"), "the log ends at position"),
        (("import", "plan", "missing.json"), "missing.json"),
        (("rebuild", "nothing"), "there is no projection 'nothing'"),
        (("run", "mayor"), "there is no role 'mayor'"),
        (("run", "intake"), "TAKT_KAFKA_BOOTSTRAP"),
    ],
)
def test_wrong_use_ends_with_2_and_one_line_that_says_what_to_do(
    planned: Path, words: tuple[str, ...], said: str
) -> None:
    del planned
    result = takt(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_a_plan_that_was_refused_is_refused_again(home: Path) -> None:
    twice = {"links": [{"pred": "cut", "succ": "weld"}, {"pred": "weld", "succ": "cut"}]}
    (home / "cycle.json").write_text(json.dumps(PLAN | twice), encoding="utf-8")
    for _ in range(2):
        result = takt("import", "plan", str(home / "cycle.json"), "--json")
        assert result.exit_code == 1
        assert json.loads(result.stdout)["outcome"] == "refused"


def test_a_home_that_is_a_file_ends_with_2(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("TAKT_HOME", str(home / "file"))
    result = takt("status")
    assert result.exit_code == 2
    assert "File exists" in result.stderr


def test_the_example_plan_of_the_readme_can_be_imported(home: Path) -> None:
    del home
    example = Path(__file__).parents[3] / "deploy" / "examples" / "press-line.plan.json"
    assert document(takt("import", "plan", str(example), "--json"))["outcome"] == "recorded"
    shown = document(takt("schedule", "PRJ-7", "--json"))
    assert shown["finish"] == "2026-03-10T16:30:00+01:00"
    assert shown["promise"] == "2026-03-13"
    assert document(takt("schedule", "PRJ-7", "--as-of", "17", "--json")) == shown


def test_an_unknown_setting_ends_with_2(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del home
    monkeypatch.setenv("TAKT_HOEM", "x")
    result = takt("status")
    assert result.exit_code == 2
    assert "TAKT_HOEM" in result.stderr


def test_a_database_that_is_away_ends_with_3(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del home
    monkeypatch.setenv("TAKT_DATABASE_URL", "postgresql://takt@127.0.0.1:1/takt")
    result = takt("status")
    assert result.exit_code == 3
    assert "Traceback" not in result.output


def test_rows_that_were_tampered_with_fail_the_verification(planned: Path) -> None:
    import sqlite3  # noqa: PLC0415

    with sqlite3.connect(planned / "home" / "takt.db") as connection:
        connection.execute("UPDATE takt_schedule_v1 SET body = '{}' WHERE row_id = 'weld'")
    connection.close()
    result = takt("rebuild", "--verify", "--json")
    assert result.exit_code == 1
    found = {each["name"]: each for each in json.loads(result.stdout)["projections"]}
    assert not found["schedule"]["equal"]
    assert found["schedule"]["differing"] == ["PRJ-7/weld"]
    assert found["status"]["equal"]
    assert takt("rebuild", "schedule").exit_code == 0
    assert takt("rebuild", "--verify").exit_code == 0


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from consumers.cli import app;"
        "CliRunner().invoke(app, ['--help']);"
        "print([m for m in ('kafka', 'fastapi', 'eventsourcing', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def set_aside(home: Path) -> int:
    """Leave one dead letter behind, of a fact that lies in the future; return its id."""
    ahead = {**FACT, "data": {"actual_start": "2199-03-03T08:00:00Z"}}
    (home / "facts.jsonl").write_text(json.dumps(ahead), encoding="utf-8")
    takt("import", "events", str(home / "facts.jsonl"))
    (letter,) = document(takt("dlq", "list", "--json"))["dead_letters"]
    return int(letter["id"])


def test_a_dead_letter_is_shown_mended_and_redriven_once(planned: Path) -> None:
    letter_id = str(set_aside(planned))
    shown = document(takt("dlq", "show", letter_id, "--json"))
    assert (shown["code"], shown["message_id"]) == ("malformed", "m-1")
    assert json.loads(shown["value"]["text"])["data"] == {"actual_start": "2199-03-03T08:00:00Z"}
    assert takt("dlq", "redrive", letter_id).exit_code == 1
    (planned / "mended.json").write_text(json.dumps(FACT), encoding="utf-8")
    redriven = takt("dlq", "redrive", letter_id, "--edit", str(planned / "mended.json"), "--json")
    assert document(redriven)["results"][0]["result"] == "recorded"
    assert document(takt("dlq", "redrive", letter_id, "--json"))["results"][0]["result"] == (
        "redriven"
    )
    assert document(takt("dlq", "redrive", "--all", "--json"))["results"] == []
    (listed,) = document(takt("dlq", "list", "--json"))["dead_letters"]
    assert listed["redriven_at"] is not None
    assert "redriven" in takt("dlq", "list").stdout


def test_all_open_letters_are_tried_and_the_refused_ones_told(planned: Path) -> None:
    letter_id = set_aside(planned)
    result = takt("dlq", "redrive", "--all", "--json")
    assert result.exit_code == 1
    (row,) = json.loads(result.stdout)["results"]
    assert (row["id"], row["result"], row["code"]) == (letter_id, "refused", "malformed")


@pytest.mark.parametrize(
    "words",
    [
        ("dlq", "show", "7"),
        ("dlq", "redrive"),
        ("dlq", "redrive", "7", "--all"),
        ("dlq", "redrive", "--all", "--edit", "f"),
        ("dlq", "redrive", "7"),
        ("schema", "check", "--against", "nowhere"),
    ],
)
def test_wrong_use_of_letters_and_schemas_is_2(home: Path, words: tuple[str, ...]) -> None:
    del home
    assert takt(*words).exit_code == 2


def test_schemas_that_were_exported_agree_with_the_code_and_an_older_shape_does_not(
    home: Path,
) -> None:
    folder = home / "schemas"
    written = document(takt("schema", "export", str(folder), "--json"))["written"]
    assert "events/phase.started.v1" in written
    same = document(takt("schema", "check", "--against", str(folder), "--json"))
    assert (same["readable"], same["compared"], same["messages"]) == (True, len(written), [])
    file = folder / "events" / "phase.started.v1.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"actual_start"', '"began"'))
    result = takt("schema", "check", "--against", str(folder))
    assert result.exit_code == 1
    assert "none      events/phase.started.v1" in result.stdout
    assert "/began is called actual_start now (renamed)" in result.stdout


def test_a_key_that_stands_still_is_listed_and_released(planned: Path) -> None:
    import sqlite3  # noqa: PLC0415

    assert document(takt("quarantine", "list", "--json")) == {"quarantined": []}
    with sqlite3.connect(planned / "home" / "takt.db") as connection:
        connection.execute(
            "INSERT INTO takt_projection_stopped VALUES ('status', 1, 0, 'PRJ-7', 3, 'KeyError: x')"
        )
    connection.close()
    stopped = {"projection": "status", "key": "PRJ-7", "position": 3, "error": "KeyError: x"}
    assert document(takt("quarantine", "list", "--json")) == {"quarantined": [stopped]}
    assert "KeyError: x" in takt("quarantine", "list").stdout
    released = document(takt("quarantine", "release", "status", "PRJ-7", "--json"))
    assert released == {"projection": "status", "key": "PRJ-7", "released": True}
    assert takt("quarantine", "list").stdout == "no key stands still\n"
    assert takt("quarantine", "release", "status", "PRJ-7").exit_code == 1
    assert takt("quarantine", "release", "nothing", "PRJ-7").exit_code == 2
    assert takt("rebuild", "--verify").exit_code == 0


def test_a_rebuild_says_what_it_built_and_takes_the_place_of_what_was_read(planned: Path) -> None:
    del planned
    for generation in (1, 2):
        (built,) = document(takt("rebuild", "status", "--restart", "--json"))["projections"]
        assert (built["name"], built["generation"], built["equal"]) == ("status", generation, True)
    told = takt("rebuild", "schedule")
    assert "equal" in told.stdout
    assert "schedule [##############################] 100% position" in told.stderr
