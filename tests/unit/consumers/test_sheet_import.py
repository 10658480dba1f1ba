"""Take edited sheets back: what they ask for, what changed since, and what cannot be typed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from consumers.asking import asked
from consumers.bootstrap import System
from consumers.cli import app
from consumers.deciding import Request
from consumers.failures import WrongInput
from consumers.gateways.sheet_file import sheet_of
from consumers.sheet_import import Terms, import_sheet_file, reason_of, take_back
from domain.kernel.values import Reason
from projections.reports.as_csv import grid_csv
from projections.reports.as_xlsx import grid_xlsx
from projections.reports.grid import grid_of
from tests.edited_sheets import Edits, edit_values, edit_workbook, workbook
from tests.unit.consumers.systems import OPEN, ask, ask_all, link, plan_phase, report, system_in

DAY = 480
WHY = Reason(code="labour_short")


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with system_in(tmp_path) as opened:
        requests = [
            OPEN,
            *(plan_phase(each, DAY) for each in ("cut", "weld", "paint")),
            link("cut", "weld"),
            link("weld", "paint"),
        ]
        assert ask_all(opened, requests, message_id="plan").kind == "recorded"
        opened.settle()
        yield opened


def exported(system: System, file: Path, **cells: Any) -> Path:  # noqa: ANN401  What is typed.
    """Export the schedule as a workbook, or as values, and type into `phase__column`."""
    grid = grid_of(system.views.schedule("P", None))
    edits: Edits = {
        (name.split("__")[0], name.split("__")[1]): each for name, each in cells.items()
    }
    if file.suffix == ".csv":
        file.write_bytes(grid_csv(grid))
        return edit_values(file, edits)
    file.write_bytes(grid_xlsx(grid))
    return edit_workbook(file, edits)


def taken(
    system: System,
    file: Path,
    *,
    dry_run: bool = False,
    reason: Reason | None = WHY,
    insist: bool = False,
) -> dict[str, Any]:
    return import_sheet_file(system, file, Terms(None, reason, insist, dry_run))


def phases(system: System) -> Mapping[str, Mapping[str, Any]]:
    return {each["id"]: each for each in system.views.schedule("P", None)["phases"]}


def told(system: System, after: int) -> list[str]:
    return [each.event.type_name for each in system.log.read(after, 100)]


@pytest.mark.parametrize("name", ["sheet.xlsx", "sheet.csv"])
def test_a_sheet_nobody_edited_asks_for_nothing(system: System, tmp_path: Path, name: str) -> None:
    head = system.log.head()
    assert taken(system, exported(system, tmp_path / name))["outcome"] == "unchanged"
    assert system.log.head() == head


@pytest.mark.parametrize("name", ["sheet.xlsx", "sheet.csv"])
def test_what_was_edited_becomes_one_decision_in_the_editors_name(
    system: System, tmp_path: Path, name: str
) -> None:
    file = exported(
        system, tmp_path / name, cut__duration_min=2 * DAY, weld__name="Weld it",
        weld__department="Hall 2", paint__deadline="2026-03-09 17:00", paint__constraint="SNET",
        paint__constraint_at="2026-03-06T08:00",
    )  # fmt: skip
    head = system.log.head()
    found = taken(system, file)
    assert (found["outcome"], found["requests"], found["sheet_position"]) == ("recorded", 4, head)
    assert told(system, head) == [
        "plan.phase_details_revised.v1",
        "plan.phase_duration_revised.v1",
        "plan.constraint_set.v1",
        "plan.deadline_set.v1",
    ]
    for recorded in system.log.read(head, 100):
        assert (recorded.envelope.actor, recorded.envelope.source) == ("local", "takt/sheet")
    stands = phases(system)
    assert stands["cut"]["duration_min"] == 2 * DAY
    assert (stands["weld"]["name"], stands["weld"]["department"]) == ("Weld it", "Hall 2")
    assert stands["paint"]["deadline"] == "2026-03-09T17:00:00+00:00"
    assert stands["paint"]["constraint"] == {"at": "2026-03-06T08:00:00+00:00", "kind": "SNET"}


def test_the_same_sheet_again_changes_nothing(system: System, tmp_path: Path) -> None:
    file = exported(system, tmp_path / "sheet.xlsx", cut__duration_min=2 * DAY)
    taken(system, file)
    head = system.log.head()
    assert taken(system, file)["outcome"] == "unchanged"
    assert system.log.head() == head


def test_a_dry_run_says_what_would_move_and_records_nothing(system: System, tmp_path: Path) -> None:
    file = exported(system, tmp_path / "sheet.xlsx", cut__duration_min=2 * DAY)
    head = system.log.head()
    found = taken(system, file, dry_run=True, reason=None)
    assert found["outcome"] == "planned"
    assert found["edits"] == [
        {"row": 2, "phase": "cut", "column": "duration_min", "was": DAY, "sheet": 2 * DAY,
         "now": DAY},
    ]  # fmt: skip
    moved = {each["id"] for each in found["effect"]["moved"]}
    assert moved == {"cut", "weld", "paint"}
    assert system.log.head() == head


def test_a_cell_that_changed_since_is_a_conflict_until_somebody_insists(
    system: System, tmp_path: Path
) -> None:
    file = exported(system, tmp_path / "sheet.xlsx", cut__duration_min=2 * DAY, weld__name="Weld!")
    body = '{"project_id":"P","phase_id":"cut","duration_min":960,"reason":{"code":"weather"}}'
    body = body.replace("960", str(3 * DAY))
    assert ask(system, "plan.revise_duration.v1", body, message_id="since").kind == "recorded"
    system.settle()
    head = system.log.head()
    found = taken(system, file)
    assert found["outcome"] == "conflicting"
    assert found["conflicts"] == [
        {"row": 2, "phase": "cut", "column": "duration_min", "was": DAY, "sheet": 2 * DAY,
         "now": 3 * DAY},
    ]  # fmt: skip
    assert system.log.head() == head
    assert taken(system, file, insist=True)["outcome"] == "recorded"
    assert phases(system)["cut"]["duration_min"] == 2 * DAY
    assert phases(system)["weld"]["name"] == "Weld!"


def test_a_change_that_comes_while_a_sheet_is_decided_is_no_less_a_conflict(
    system: System, tmp_path: Path
) -> None:
    """Between the look at what stands and the decision nobody's change is overwritten unseen."""
    file = exported(system, tmp_path / "sheet.xlsx", cut__duration_min=2 * DAY)
    asking = AskingLate(system)
    sheet = sheet_of(file.read_bytes())
    found = take_back(system.views, sheet, "digest", Terms(reason=WHY), asking)
    assert (found["outcome"], asking.tries) == ("conflicting", 1)
    assert [(each["sheet"], each["now"]) for each in found["conflicts"]] == [(2 * DAY, 3 * DAY)]
    system.settle()
    assert phases(system)["cut"]["duration_min"] == 3 * DAY


class AskingLate:
    """Asks after somebody else has changed the same."""

    def __init__(self, system: System) -> None:
        self._system = system
        self.tries = 0

    def tried(self, requests: Sequence[Request]) -> Mapping[str, Any]:
        raise AssertionError(requests)

    def decided(self, requests: Sequence[Request], key: str, looked_at: int) -> Mapping[str, Any]:
        self.tries += 1
        body = {"project_id": "P", "phase_id": "cut", "duration_min": 3 * DAY,
                "reason": {"code": "weather"}}  # fmt: skip
        ask(self._system, "plan.revise_duration.v1", json.dumps(body), message_id="other")
        return asked(self._system, requests, "test", key, looked_at=looked_at)


def test_what_changed_since_and_was_not_edited_stays(system: System, tmp_path: Path) -> None:
    file = exported(system, tmp_path / "sheet.xlsx", weld__name="Weld!")
    body = '{"project_id":"P","phase_id":"cut","duration_min":60,"reason":{"code":"weather"}}'
    assert ask(system, "plan.revise_duration.v1", body, message_id="since").kind == "recorded"
    system.settle()
    assert taken(system, file)["outcome"] == "recorded"
    assert phases(system)["cut"]["duration_min"] == 60
    assert phases(system)["weld"]["name"] == "Weld!"


def test_links_come_go_and_change_their_lag(system: System, tmp_path: Path) -> None:
    file = exported(
        system, tmp_path / "sheet.xlsx", weld__predecessors="cut FS +60 working_min",
        paint__predecessors="cut; weld SS",
    )  # fmt: skip
    head = system.log.head()
    assert taken(system, file)["outcome"] == "recorded"
    assert told(system, head) == [
        "plan.dependency_removed.v1",
        "plan.dependency_added.v1",
        "plan.dependency_added.v1",
        "plan.dependency_changed.v1",
    ]
    stands = phases(system)
    assert [(each["pred"], each["type"], each["lag"]) for each in stands["weld"]["links"]] == [
        ("cut", "FS", {"calendar": None, "unit": "working_min", "value": 60})
    ]
    assert {(each["pred"], each["type"]) for each in stands["paint"]["links"]} == {
        ("cut", "FS"),
        ("weld", "SS"),
    }


def test_a_link_never_takes_the_id_of_another(system: System, tmp_path: Path) -> None:
    """`a-b` before `c` and `a` before `b-c` would both be the link `a-b-c`."""
    requests = [plan_phase("a"), plan_phase("b-c"), plan_phase("a-b"), plan_phase("c"),
                link("a", "b-c")]  # fmt: skip
    assert ask_all(system, requests, message_id="more").kind == "recorded"
    system.settle()
    file = exported(system, tmp_path / "sheet.xlsx", c__predecessors="a-b")
    assert taken(system, file)["outcome"] == "recorded"
    stands = phases(system)
    assert [each["pred"] for each in stands["b-c"]["links"]] == ["a"]
    assert [each["pred"] for each in stands["c"]["links"]] == ["a-b"]


def test_a_link_that_closes_a_circle_is_refused_with_its_row_and_nothing_is_recorded(
    system: System, tmp_path: Path
) -> None:
    file = exported(system, tmp_path / "sheet.xlsx", cut__predecessors="paint", weld__name="W")
    head = system.log.head()
    for only_tried in (True, False):
        found = taken(system, file, dry_run=only_tried)
        assert (found["outcome"], found["code"]) == ("refused", "cycle")
        assert (found["row"], system.log.head()) == (2, head)


def test_a_row_below_the_table_plans_a_phase_after_its_parent(
    system: System, tmp_path: Path
) -> None:
    rows = [
        ("id", "name", "department", "duration_min", "parent", "predecessors", "checked by"),
        ("inside", "Inside", "Works", 60, "around", "paint", "Ulf"),
        ("around", "Around", "Works", 0, None, None, None),
    ]
    file = workbook(tmp_path / "new.xlsx", rows)
    found = import_sheet_file(system, file, Terms("P"))
    assert found["outcome"] == "recorded"
    assert found["left_out"] == ["cut", "paint", "weld"]
    assert found["notes"] == ["columns left alone: checked by"]
    stands = phases(system)
    assert stands["inside"]["parent"] == "around"
    assert [each["pred"] for each in stands["inside"]["links"]] == ["paint"]


def test_what_remains_is_taken_and_what_happened_is_told_by_events(
    system: System, tmp_path: Path
) -> None:
    start = {"actual_start": "2026-03-02T06:00:00Z"}
    assert report(system, "phase.started.v1", "phase-P/cut", start, message_id="s").kind == (
        "recorded"
    )
    system.settle()
    file = exported(system, tmp_path / "a.xlsx", cut__remaining_min=120, cut__physical_bp=7_500)
    head = system.log.head()
    assert taken(system, file)["outcome"] == "recorded"
    assert told(system, head) == ["phase.progress_recorded.v1"]
    row = phases(system)["cut"]
    assert (row["remaining_min"], row["physical_bp"]) == (120, 7_500)
    file = exported(system, tmp_path / "b.xlsx", weld__actual_start="2026-03-03 08:00")
    (wrong,) = taken(system, file)["wrong"]
    assert wrong["text"] == "what happened is told by an event: phase.started.v1"


@pytest.mark.parametrize(
    ("cell", "typed", "text"),
    [
        ("cut__start", "2026-01-01 08:00",
         "it is computed: change a duration, a link, a constraint or a deadline instead"),
        ("cut__critical", "no",
         "it is computed: change a duration, a link, a constraint or a deadline instead"),
        ("cut__duration_min", "a week", "'a week' is no whole number from 0 on"),
        ("cut__duration_min", 480.5, "'480.5' is no whole number from 0 on"),
        ("cut__duration_min", -60, "'-60' is no whole number from 0 on"),
        ("cut__duration_min", None,
         "it cannot be empty: a phase has a duration; 0 for a milestone"),
        ("cut__name", None, "it cannot be empty: a phase has a name"),
        ("cut__deadline", "next Friday",
         "write the time as 2026-03-02T08:00, with an offset if it is not the project's zone"),
        ("cut__deadline", 46_000,
         "46000 is a number: give the cell a date format, or write 2026-03-02T08:00"),
        ("weld__predecessors", "after cut",
         "'after cut' is no link: write e.g. 'weld FS' or 'weld SS +480 working_min'"),
        ("weld__predecessors", "cut; cut FS", "cut FS is there twice"),
        ("cut__parent", "no id", ("plan.revise_phase.v1: String should match pattern"
         " '^[A-Za-z0-9._:\\-]{1,64}$'")),
    ],
)  # fmt: skip
def test_what_cannot_be_typed_is_told_with_its_row_and_nothing_is_recorded(
    system: System, tmp_path: Path, cell: str, typed: object, text: str
) -> None:
    file = exported(system, tmp_path / "sheet.xlsx", paint__name="New name", **{cell: typed})
    head = system.log.head()
    found = taken(system, file)
    assert found["outcome"] == "wrong"
    (wrong,) = found["wrong"]
    assert (wrong["row"], wrong["text"]) == (2 if cell.startswith("cut") else 4, text)
    assert system.log.head() == head


def test_rows_that_are_no_phases_are_told(system: System, tmp_path: Path) -> None:
    file = exported(system, tmp_path / "sheet.csv")
    told_rows = file.read_text("utf-8-sig").splitlines()
    cells = told_rows[1].split(",")
    at = told_rows[0].split(",").index("id")
    others = [
        ",".join([*cells[:at], name, *cells[at + 1 :]]) for name in ("", "two words", "unknown")
    ]
    lines = [*told_rows, told_rows[1], *others]
    file.write_text("\r\n".join(lines), "utf-8")
    found = taken(system, file)
    assert [(each["row"], each["column"], each["text"]) for each in found["wrong"]] == [
        (5, "id", "the phase cut stands on row 2 already"),
        (6, "id", "a row needs the id of its phase"),
        (7, "id", "'two words' is no id: 1 to 64 of letters, digits, . _ : -"),
    ]


def test_a_phase_removed_or_added_since_is_told(system: System, tmp_path: Path) -> None:
    file = exported(system, tmp_path / "sheet.xlsx", paint__name="New name")
    old = workbook(
        tmp_path / "old.xlsx",
        [("project", "position", "id", "name"), ("P", system.log.head(), "dry", "Dry it")],
    )
    removal = '{"project_id":"P","phase_id":"paint","reason":{"code":"engineering_change"}}'
    assert ask(system, "plan.remove_phase.v1", removal, message_id="gone").kind == "recorded"
    assert ask(system, *plan_phase("dry"), message_id="come").kind == "recorded"
    system.settle()
    (wrong,) = taken(system, file)["wrong"]
    assert wrong["text"] == "the phase paint was removed since: take its row out"
    (wrong,) = taken(system, old)["wrong"]
    assert wrong["text"] == "a phase dry was added since: export anew, or choose another id"


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([("id", "name"), ("cut", "x")],
         "the sheet has no column 'project': name the project (--project)"),
        ([("id", "project"), ("cut", "P"), ("weld", "Q")],
         "row 3 is of another project than those above: one project at a time"),
        ([("id", "project", "position"), ("cut", "P", 5), ("weld", "P", 6)],
         "row 3 was exported at another position than those above: one sheet at once"),
        ([("id", "project", "position"), ("cut", "P", 99)],
         "the sheet says position 99, and the project stands at 6: is it of this log?"),
        ([("id", "project", "branch"), ("cut", "P", "b1")],
         "the sheet is one of the branch b1: only a sheet of the schedule itself can come back"),
        ([("id", "project", "true_at"), ("cut", "P", "T")],
         ("the sheet is one of what was true at T: only a sheet of the schedule itself"
         " can come back")),
    ],
)  # fmt: skip
def test_a_sheet_that_is_of_no_one_position_is_refused(
    system: System, tmp_path: Path, rows: list[tuple[object, ...]], text: str
) -> None:
    with pytest.raises(WrongInput) as wrong:
        import_sheet_file(system, workbook(tmp_path / "s.xlsx", rows), Terms(dry_run=True))
    assert str(wrong.value) == text


def test_a_duration_needs_a_reason_and_a_reason_a_code(system: System, tmp_path: Path) -> None:
    file = exported(system, tmp_path / "sheet.xlsx", cut__duration_min=60)
    with pytest.raises(WrongInput, match="row 2 changes a duration: say why by a reason"):
        taken(system, file, reason=None)
    assert reason_of(None, None) is None
    assert reason_of("other", "the press is new") == Reason(code="other", text="the press is new")
    with pytest.raises(WrongInput, match=r"name its code as well \(--reason CODE\)"):
        reason_of(None, "because")
    with pytest.raises(WrongInput, match="'other' needs words too"):
        reason_of("other", None)


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def test_the_verb_tries_takes_and_refuses(tmp_path: Path) -> None:
    with system_in(tmp_path) as opened:
        requests = [OPEN, plan_phase("cut", DAY), plan_phase("weld", DAY), link("cut", "weld")]
        assert ask_all(opened, requests, message_id="plan").kind == "recorded"
        opened.settle()
    file = tmp_path / "sheet.xlsx"
    assert takt(tmp_path, "schedule", "P", "--to", str(file)).exit_code == 0
    edit_workbook(file, {("cut", "duration_min"): 2 * DAY})
    tried = takt(tmp_path, "import", "plan", str(file), "--dry-run")
    assert tried.exit_code == 0
    assert tried.stdout.splitlines()[:4] == [
        "planned: 2 rows of P, exported at 4, held to 4: 1 request",
        "  row 2, cut duration_min: 480 → 960",
        "which would come to:",
        "  finish: Tue 2026-03-03 17:00 → Wed 2026-03-04 17:00 (+1.0 days)",
    ]
    unsaid = takt(tmp_path, "import", "plan", str(file))
    assert unsaid.exit_code == 2
    assert "row 2 changes a duration: say why by a reason (--reason CODE)" in unsaid.stderr
    done = takt(tmp_path, "import", "plan", str(file), "--reason", "labour_short", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["outcome"] == "recorded"
    edit_workbook(file, {("cut", "duration_min"): 3 * DAY, ("cut", "name"): "Cut them"})
    conflict = takt(tmp_path, "import", "plan", str(file), "--reason", "labour_short")
    assert conflict.exit_code == 1
    why_not, cell = conflict.stdout.splitlines()[1:]
    assert why_not.endswith("take over what stands there now, or say --insist")
    assert cell == "  row 2, cut duration_min: 480 → 1440; stands at 960 now"
    edit_workbook(file, {("cut", "finish"): "2026-03-02 08:00"})
    wrong = takt(tmp_path, "import", "plan", str(file), "--reason", "labour_short")
    assert (wrong.exit_code, wrong.stdout.splitlines()[1]) == (
        2,
        "nothing is recorded: mend these rows",
    )


def test_what_is_said_of_sheets_is_refused_of_plans(tmp_path: Path) -> None:
    result = takt(tmp_path, "import", "plan", "plan.json", "--insist")
    assert result.exit_code == 2
    assert "--reason, --because, --acting-for and --insist are said of sheets" in result.stderr
