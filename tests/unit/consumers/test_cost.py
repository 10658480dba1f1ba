"""Hold cost and manpower to a project of two phases worked by hand: what was due, earned, spent."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.cli import app
from consumers.http.app import create_app
from consumers.running import services_of
from consumers.supervision import Workers
from domain.log.port import Outcome
from tests.office_files import sheets
from tests.unit.consumers.systems import (
    OPEN,
    StandingClock,
    ask,
    link,
    plan_phase,
    report,
    system_in,
)


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "300"})


def cost(home: Path, *words: str) -> Any:  # noqa: ANN401
    result = takt(home, "cost", "P", *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def euros(minor: int) -> dict[str, object]:
    return {"minor": minor, "currency": "EUR"}


class Story:
    """A home in which things are told at moments of a test's choosing."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = StandingClock()
        self.count = 0

    def asked(self, command: str, at: str, **body: object) -> Outcome:
        self._at(at)
        with system_in(self.home, self.clock) as system:
            outcome = ask(system, command, json.dumps(body), message_id=f"m-{self.count}")
        assert outcome.kind == "recorded", outcome
        return outcome

    def told(self, event: str, subject: str, at: str, **data: object) -> Outcome:
        self._at(at)
        with system_in(self.home, self.clock) as system:
            outcome = report(system, event, subject, data, message_id=f"m-{self.count}")
        assert outcome.kind == "recorded", outcome
        return outcome

    def budgeted(self, phase_id: str, minor: int, method: str, **estimate: object) -> None:
        phase = {"project_id": "P", "phase_id": phase_id}
        self.asked(
            "estimate.submit.v1", "2026-03-02T07:30", **phase, element="labour",
            method="bottom_up", money=euros(minor), **estimate,
        )  # fmt: skip
        self.asked("estimate.approve.v1", "2026-03-02T07:31", **phase, ev_method=method)
        self.asked("estimate.baseline_budget.v1", "2026-03-02T07:32", **phase)

    def works(self, day: str, minutes: int, **hours: object) -> None:
        self.told(
            "estimate.actual_hours_booked.v1", "estimate-P/weld", f"2026-03-{day}T17:00",
            resource="anna", minutes=minutes, work_date=f"2026-03-{day}", **hours,
        )  # fmt: skip

    def gone_on_with(self, home: Path) -> "Story":
        """Return a story of its own that begins where this one ends."""
        shutil.copytree(self.home, home)
        story = Story(home)
        story.count, story.clock.at = self.count, self.clock.at
        return story

    def _at(self, at: str) -> None:
        self.count += 1
        self.clock.at = datetime.fromisoformat(at).replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def told_before(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Return two phases of two days each, one after the other, budgeted at 1,000 and 500 euros.

    Welding has begun and is half done on Tuesday evening, when all of it was due.
    """
    story = Story(tmp_path_factory.mktemp("cost"))
    for name, body in (
        OPEN, plan_phase("weld", 960), plan_phase("grind", 960), link("weld", "grind"),
    ):  # fmt: skip
        story.asked(name, "2026-03-02T07:00", **json.loads(body))
    story.asked("project.approve_baseline.v1", "2026-03-02T07:10", project_id="P", name="first",
                at_position=4)  # fmt: skip
    story.asked(
        "rate.change.v1", "2026-03-02T07:20", skill_id="welder", valid_from="2026-01-01",
        rate=euros(3_000),
    )  # fmt: skip
    story.budgeted(
        "weld", 100_000, "physical_percent", effort=[{"skill": "welder", "effort_min": 960}]
    )
    story.budgeted("grind", 50_000, "fifty_fifty")
    story.told(
        "phase.started.v1", "phase-P/weld", "2026-03-02T08:00", actual_start="2026-03-02T08:00:00Z"
    )
    story.works("03", 600, skill="welder")
    story.told(
        "estimate.actual_cost_booked.v1", "estimate-P/weld", "2026-03-03T17:00",
        money=euros(25_000), ref="wire",
    )  # fmt: skip
    story.told(
        "phase.progress_recorded.v1", "phase-P/weld", "2026-03-03T17:00", remaining_min=480,
        physical_bp=5_000, basis="measured",
    )  # fmt: skip
    story.asked("project.advance_data_date.v1", "2026-03-04T08:00", project_id="P",
                data_date="2026-03-04T08:00:00Z")  # fmt: skip
    return story


@pytest.fixture
def story(told_before: Story, tmp_path: Path) -> Story:
    """Return what was told before, to go on from there."""
    return told_before.gone_on_with(tmp_path / "home")


def test_a_sheet_has_each_phase_planned_beside_actual(story: Story) -> None:
    told = cost(story.home)
    file = story.home / "cost.xlsx"
    assert takt(story.home, "cost", "P", "--to", str(file)).stdout == (
        f"{file}: position {told['position']}, 2 phases\n"
    )
    (head, grind, weld) = sheets(file.read_bytes())["Cost"]
    shown = dict(zip(head, weld, strict=True))
    assert {name: shown[name] for name in ("id", "currency", "bac_minor", "pv_minor", "ev_minor",
            "ac_minor", "cpi", "planned_min", "booked_min", "no_budget")} == {
        "id": "weld", "currency": "EUR", "bac_minor": 100_000, "pv_minor": 100_000,
        "ev_minor": 50_000, "ac_minor": 55_000, "cpi": "0.9091", "planned_min": 960,
        "booked_min": 600, "no_budget": None,
    }  # fmt: skip
    assert dict(zip(head, grind, strict=True))["cpi"] is None
    assert takt(story.home, "cost", "P", "--to", str(story.home / "cost.csv")).exit_code == 0
    assert (story.home / "cost.csv").read_text("utf-8-sig").splitlines()[0].split(",") == head


def test_the_figures_of_a_project_that_is_late_and_dear(story: Story) -> None:
    told = cost(story.home)
    assert {
        name: told[name]
        for name in ("currency", "status_date", "bac", "pv", "ev", "ac", "cv", "sv")
    } == {
        "currency": "EUR",
        "status_date": "2026-03-04T08:00:00Z",
        "bac": 150_000,
        "pv": 100_000,
        "ev": 50_000,
        "ac": 30_000 + 25_000,
        "cv": -5_000,
        "sv": -50_000,
    }
    assert (told["cpi"], told["spi"], told["tcpi"]) == ("0.9091", "0.5000", "1.0526")
    assert told["eac"] == {
        "at_budget": 155_000, "at_cpi": 165_000, "at_cpi_and_spi": 275_000, "bottom_up": None,
    }  # fmt: skip
    assert told["vac"]["at_cpi"] == -15_000
    nobody = "nobody has said what the rest of phase grind will cost"
    assert told["undefined"] == dict.fromkeys(("etc", "eac_bottom_up", "vac_bottom_up"), nobody)
    # Half of the welding was due after one day of four; two have gone by.
    assert told["earned_schedule"] == {
        "planned_days": "4.00",
        "actual_days": "2.00",
        "es_days": "1.00",
        "sv_t_days": "-1.00",
        "spi_t": "0.5000",
        "ieac_t_days": "8.00",
        "ieac_t_finish": "2026-03-11T17:00:00Z",
    }
    assert told["hours"] == [{"skill": "welder", "planned_min": 960, "booked_min": 600}]
    assert told["unbudgeted"] == []
    (works,) = told["departments"]
    assert (works["department"], works["ev"], works["spi"]) == ("Works", 50_000, "0.5000")


def test_each_phase_has_its_own_figures_and_says_what_is_undefined(story: Story) -> None:
    grind, weld = cost(story.home)["phases"]
    assert (weld["id"], weld["ev_method"], weld["ev"], weld["ac"], weld["cpi"]) == (
        "weld", "physical_percent", 50_000, 55_000, "0.9091",
    )  # fmt: skip
    assert (grind["bac"], grind["pv"], grind["ev"], grind["ac"]) == (50_000, 0, 0, 0)
    assert (grind["cpi"], grind["spi"], grind["eac"]["at_cpi"]) == (None, None, None)
    assert grind["undefined"]["cpi"] == "nothing was spent"
    assert grind["undefined"]["spi"] == "nothing was to be done yet"


def test_what_is_said_of_the_rest_gives_the_bottom_up_estimate(story: Story) -> None:
    for phase_id, minor in (("weld", 60_000), ("grind", 50_000)):
        story.told(
            "estimate.to_complete_given.v1", f"estimate-P/{phase_id}", "2026-03-04T07:50",
            etc=euros(minor), by="head",
        )  # fmt: skip
    told = cost(story.home)
    assert (told["etc"], told["eac"]["bottom_up"], told["undefined"]) == (110_000, 165_000, {})


def test_a_phase_that_earns_by_halves_earns_one_at_its_start_and_all_at_its_finish(
    story: Story,
) -> None:
    story.told(
        "phase.started.v1", "phase-P/grind", "2026-03-04T07:59",
        actual_start="2026-03-04T07:59:00Z",
    )  # fmt: skip
    assert cost(story.home)["phases"][0]["ev"] == 25_000
    story.told(
        "phase.finished.v1", "phase-P/grind", "2026-03-04T08:00",
        actual_finish="2026-03-04T08:00:00Z",
    )  # fmt: skip
    assert cost(story.home)["phases"][0]["ev"] == 50_000


def test_what_is_true_after_the_status_date_does_not_count_yet(story: Story) -> None:
    before = cost(story.home)
    story.works("05", 480, skill="welder")
    story.told(
        "phase.progress_recorded.v1", "phase-P/weld", "2026-03-05T17:00", remaining_min=0,
        physical_bp=10_000, basis="measured",
    )  # fmt: skip
    after = cost(story.home)
    assert after == {**before, "position": after["position"]}
    story.asked("project.advance_data_date.v1", "2026-03-06T08:00", project_id="P",
                data_date="2026-03-06T08:00:00Z")  # fmt: skip
    friday = cost(story.home)
    assert (friday["pv"], friday["ev"], friday["ac"]) == (150_000, 100_000, 79_000)
    assert cost(story.home, "--as-of", str(before["position"])) == before


def test_hours_nobody_can_value_make_the_cost_undefined_and_say_why(story: Story) -> None:
    story.works("03", 60, skill="fitter")
    told = cost(story.home)
    why = "there is no rate for fitter on 2026-03-03"
    assert (told["ac"], told["cpi"], told["undefined"]["cpi"]) == (None, None, why)
    assert (told["spi"], told["earned_schedule"]["spi_t"]) == ("0.5000", "0.5000")
    assert told["hours"] == [
        {"skill": "fitter", "planned_min": 0, "booked_min": 60},
        {"skill": "welder", "planned_min": 960, "booked_min": 600},
    ]
    assert f"{why}: ac, cv, cpi, tcpi, eac_at_budget," in takt(story.home, "cost", "P").stdout


def test_hours_without_a_skill_take_that_of_the_requirement_or_are_not_known(
    story: Story,
) -> None:
    story.works("03", 60)
    told = cost(story.home)
    assert told["undefined"]["ac"] == "the skill of anna on phase weld is not known"
    assert told["hours"][-1] == {"skill": None, "planned_min": 0, "booked_min": 60}
    story.asked("resource.register.v1", "2026-03-04T08:00", project_id="P", resource_id="anna",
                name="Anna", resource_class="labour", department_id="Works")  # fmt: skip
    story.asked("plan.require.v1", "2026-03-04T08:01", project_id="P", phase_id="weld",
                resource_id="anna", milli=1_000, skill="welder")  # fmt: skip
    assert cost(story.home)["ac"] == 58_000


def test_money_of_two_currencies_is_not_added_up(story: Story) -> None:
    story.told(
        "estimate.actual_cost_booked.v1", "estimate-P/grind", "2026-03-03T17:00",
        money={"minor": 1, "currency": "USD"}, ref="discs",
    )  # fmt: skip
    told = cost(story.home)
    assert (told["currency"], told["bac"], told["undefined"]["bac"]) == (
        None, None, "the money is in EUR and USD",
    )  # fmt: skip
    assert told["phases"][1]["bac"] == 100_000
    lines = takt(story.home, "cost", "P").stdout.splitlines()
    assert lines[0] == "Press: cost at 2026-03-04T08:00:00Z, in no one currency; n/a is undefined"
    (weld,) = [line for line in lines if line.startswith("  weld (weld) ")]
    assert weld.split()[2:4] == ["1,000.00", "EUR"]


def test_a_phase_without_a_budget_is_named_and_its_cost_counts(story: Story) -> None:
    story.asked("plan.plan_phase.v1", "2026-03-04T08:00", project_id="P", phase_id="paint",
                name="Paint", department_id="Paint shop", duration_min=60)  # fmt: skip
    story.told(
        "estimate.actual_cost_booked.v1", "estimate-P/paint", "2026-03-03T17:00",
        money=euros(700), ref="primer",
    )  # fmt: skip
    story.asked("plan.plan_phase.v1", "2026-03-04T08:00", project_id="P", phase_id="done",
                name="Done", department_id="Works", duration_min=0, kind="finish_ms")  # fmt: skip
    told = cost(story.home)
    assert told["unbudgeted"] == [
        {"id": "paint", "name": "Paint", "reason": "nothing is estimated"}
    ]
    assert (told["bac"], told["ac"]) == (150_000, 55_700)
    paint = told["departments"][0]
    assert (paint["department"], paint["bac"], paint["ac"], paint["earned_schedule"]) == (
        "Paint shop", None, 700, None,
    )  # fmt: skip
    assert paint["undefined"]["bac"] == "nothing is estimated"
    assert (
        "Paint (paint) has no budget: nothing is estimated" in takt(story.home, "cost", "P").stdout
    )


def test_a_budget_on_a_position_at_which_the_phase_was_not_planned_has_no_plan(
    story: Story,
) -> None:
    story.asked("estimate.baseline_budget.v1", "2026-03-04T08:00", project_id="P",
                phase_id="grind", at_position=2)  # fmt: skip
    told = cost(story.home)
    why = "phase grind was not scheduled at position 2"
    assert (told["pv"], told["undefined"]["pv"], told["undefined"]["es_days"]) == (None, why, why)
    assert told["ev"] == 50_000


def test_the_verb_shows_the_figures_as_a_table(story: Story) -> None:
    text = takt(story.home, "cost", "P").stdout
    assert "Press: cost at 2026-03-04T08:00:00Z, in EUR; n/a is undefined" in text
    (row,) = [line for line in text.splitlines() if line.startswith("Works")]
    assert row.split()[1:10] == [
        "1,500.00", "1,000.00", "500.00", "550.00", "-50.00", "-500.00", "0.9091", "0.5000",
        "1.0526",
    ]  # fmt: skip
    assert "Earned schedule: 1.00 of 4.00 working days in 2.00; SPI(t) 0.5000" in text


def test_phases_of_one_name_are_told_apart_under_their_department(story: Story) -> None:
    for phase, department in (("first", "Acceptance"), ("second", "Works")):
        story.asked("plan.plan_phase.v1", "2026-03-04T08:00", project_id="P", phase_id=phase,
                    name="Trial", department_id=department, duration_min=60)  # fmt: skip
    lines = takt(story.home, "cost", "P").stdout.splitlines()
    names = [line[:18].rstrip() for line in lines[2:]]
    assert names[1:8] == [
        "Press",
        "Acceptance",
        "  Trial (first)",
        "Works",
        "  grind (grind)",
        "  Trial (second)",
        "  weld (weld)",
    ]


def test_the_verb_says_why_figures_are_missing(story: Story) -> None:
    text = takt(story.home, "cost", "P").stdout
    assert (
        "nobody has said what the rest of phase grind will cost: "
        "etc, eac_bottom_up, vac_bottom_up undefined"
    ) in text


def test_the_api_answers_as_the_verb_does(story: Story) -> None:
    with system_in(story.home, story.clock) as system:
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            answered = client.get("/v1/projects/P/cost")
    assert (answered.status_code, answered.json()) == (200, cost(story.home))
    assert takt(story.home, "cost", "nobody").exit_code == 2
