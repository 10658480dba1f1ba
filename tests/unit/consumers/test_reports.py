"""Hold the compliance matrix to four weeks of reporting: in time, contradicted, missed, waived."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.cli import app
from consumers.deciding import Ask
from consumers.http.app import create_app
from consumers.requests import digest_of_command
from consumers.running import services_of
from consumers.supervision import Workers
from domain.compliance.progress import progress_of
from domain.kernel.messages import SYSTEM, Principal
from domain.log.port import MessageKey, Outcome
from domain.phases.events import ProgressRecorded
from domain.reports.facts import report_of
from tests.unit.consumers.systems import (
    COORDINATES,
    OPEN,
    StandingClock,
    ask,
    plan_phase,
    report,
    system_in,
)

IDS: dict[str, Any] = {"project_id": "P", "department_id": "Works"}
STREAM = "report-P/Works/2026-W{}"
ITSELF = Principal(party_id="takt", role=SYSTEM)
AS_OF = "2026-03-06T13:00:00Z"
CONTRADICTION = "phase weld: the report says 5000 bp done, the plant 2000 bp counted"


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "300"})


def reports(home: Path, *words: str) -> tuple[int, Any]:
    result = takt(home, "reports", "P", *words, "--json")
    return result.exit_code, json.loads(result.stdout)


def works(told: Any) -> Any:  # noqa: ANN401
    (department,) = told["departments"]
    return department


def states(told: Any) -> dict[str, str]:  # noqa: ANN401
    return {each["period"]: each["state"] for each in works(told)["reports"]}


class Story:
    """A home in which things are told at moments of a test's choosing."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = StandingClock()
        self.count = 0

    def asked(
        self, command: str, at: str, principal: Principal = COORDINATES, **body: object
    ) -> Outcome:
        """Ask for something at a moment."""
        self._at(at)
        said = json.dumps({"project_id": "P", **body})
        with system_in(self.home, self.clock) as system:
            return ask(system, command, said, message_id=f"m-{self.count}", principal=principal)

    def told(self, event: str, subject: str, at: str, **data: object) -> Outcome:
        """Report something at a moment."""
        self._at(at)
        with system_in(self.home, self.clock) as system:
            return report(system, event, subject, data, message_id=f"m-{self.count}")

    def accepts(self, week: int, at: str) -> Outcome:
        return self.asked("report.accept.v1", at, **IDS, period=f"2026-W{week}")

    def sends(self, week: int, at: str, bp: int, kind: str = "submitted", **more: object) -> str:
        line = {"phase_id": "weld", "remaining_min": 240, "physical_bp": bp}
        return self.told(
            f"report.{kind}.v1", STREAM.format(week), at, as_of=AS_OF, lines=[line], **more
        ).kind

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
    """Return a project with two phases, one of them running, and a report due every Friday.

    Due at 16:00 in Berlin, which is 15:00 in UTC, with a day of grace.
    """
    story = Story(tmp_path_factory.mktemp("reports"))
    for name, body in (OPEN, plan_phase("weld"), plan_phase("grind")):
        story.asked(name, "2026-03-02T07:00", **json.loads(body))
    story.asked(
        "report.set_schedule.v1", "2026-03-02T07:05", **IDS, rrule="FREQ=WEEKLY;BYDAY=FR",
        zone="Europe/Berlin", due_offset_min=960, grace_min=1_440,
    )  # fmt: skip
    story.asked(
        "report.request.v1", "2026-03-02T07:06", ITSELF, **IDS, period="2026-W10",
        template=["weld"],
    )  # fmt: skip
    story.told(
        "phase.started.v1", "phase-P/weld", "2026-03-03T07:00", actual_start="2026-03-03T07:00:00Z"
    )
    story.told(
        "phase.progress_recorded.v1", "phase-P/weld", "2026-03-05T07:00", remaining_min=400,
        physical_bp=2_000, basis="count",
    )  # fmt: skip
    return story


@pytest.fixture
def story(told_before: Story, tmp_path: Path) -> Story:
    """Return what was told before, to go on from there."""
    return told_before.gone_on_with(tmp_path / "home")


def test_what_is_awaited_is_shown_before_anybody_reports(story: Story) -> None:
    code, told = reports(story.home)
    assert (code, told["complied"], states(told)) == (0, True, {"2026-W10": "awaited"})
    assert works(told)["rule"] == "FREQ=WEEKLY;BYDAY=FR"
    (first,) = works(told)["reports"]
    assert (first["due"], first["overdue_at"]) == ("2026-03-06T15:00:00Z", "2026-03-07T15:00:00Z")


def test_a_contradicted_report_is_named_refused_returned_corrected_and_then_counts(
    story: Story,
) -> None:
    assert story.sends(10, "2026-03-06T14:00", 5_000) == "recorded"
    code, told = reports(story.home)
    (sent,) = works(told)["reports"]
    assert (code, sent["state"], sent["late_min"], sent["contradicted"]) == (
        1, "submitted", None, True,
    )  # fmt: skip
    (against,) = [check for check in sent["checks"] if not check["passed"]]
    assert against == {
        "check": "R3",
        "passed": False,
        "overruled": False,
        "contradictions": [
            {
                "text": CONTRADICTION,
                "phase_id": "weld",
                "reported": "5000 bp done",
                "known": "2000 bp counted",
            }
        ],
    }
    assert f"Works 2026-W10 R3: {CONTRADICTION}" in takt(story.home, "reports", "P").stdout
    refused = story.accepts(10, "2026-03-06T14:10")
    assert (refused.kind, refused.code) == ("refused", "check_failed")
    assert CONTRADICTION in refused.text
    story.asked(
        "report.return.v1", "2026-03-06T14:20", **IDS, period="2026-W10", findings=["Count again"]
    )
    assert states(reports(story.home)[1]) == {"2026-W10": "returned"}
    assert "returned: Count again" in takt(story.home, "reports", "P").stdout
    before = reports(story.home)[1]["position"]

    story.sends(10, "2026-03-06T16:00", 2_500, kind="corrected", replaces=2)
    assert story.accepts(10, "2026-03-09T08:00").kind == "recorded"
    code, told = reports(story.home)
    accepted = works(told)["reports"][0]
    assert (code, accepted["state"], accepted["versions"], accepted["version"]) == (
        0, "accepted", [2, 4], 4,
    )  # fmt: skip
    assert accepted["submitted_at"] == "2026-03-06T14:00:00Z"
    assert works(told)["figures_as_of"] == AS_OF
    assert works(told)["figures_age_min"] == 2 * 1_440 + 19 * 60
    assert story.accepts(10, "2026-03-09T09:00").kind == "recorded", "a repeat changes nothing"
    assert states(reports(story.home, "--as-of", str(before))[1]) == {"2026-W10": "returned"}


def test_progress_of_an_accepted_report_is_true_as_of_the_report(story: Story) -> None:
    story.sends(10, "2026-03-06T14:00", 2_500)
    story.accepts(10, "2026-03-09T08:00")
    with system_in(story.home, story.clock) as system:
        history = system.log.read_stream(STREAM.format(10))
        acceptance = history[-1]
        for command in progress_of("P", report_of(history), acceptance.event):
            asked = Ask(
                MessageKey("takt/policies", f"{acceptance.event_id}/{command.phase_id}"),
                ITSELF,
                story.clock(),
                causation_id=acceptance.event_id,
            )
            digest = digest_of_command(command)
            assert system.dispatcher.settle([command], asked, digest, None).kind == "recorded"
        last = system.log.read_stream("phase-P/weld")[-1]
    assert last.event == ProgressRecorded(remaining_min=240, physical_bp=2_500, basis="report")
    assert last.effective_at == datetime.fromisoformat(AS_OF)
    assert last.recorded_at == datetime(2026, 3, 9, 8, tzinfo=UTC)
    assert last.envelope.causation_id == acceptance.event_id


def test_a_missed_report_is_missed_once_and_one_waived_is_no_longer_awaited(story: Story) -> None:
    for week, when in ((11, "2026-03-09T07:00"), (12, "2026-03-16T07:00")):
        story.asked("report.request.v1", when, ITSELF, **IDS, period=f"2026-W{week}")
    for when in ("2026-03-07T15:01", "2026-03-07T16:00", "2026-03-30T08:00"):
        assert (
            story.asked("report.miss.v1", when, ITSELF, **IDS, period="2026-W10").kind == "recorded"
        )
    story.asked(
        "report.waive.v1", "2026-03-30T09:00", **IDS, period="2026-W12",
        reason={"code": "other", "text": "Shutdown"},
    )  # fmt: skip
    story.sends(11, "2026-03-16T07:00", 2_500)
    code, told = reports(story.home)
    assert code == 1
    # W11 came after its grace; nobody has been asked for W13, which is over all the same.
    assert states(told) == {
        "2026-W10": "missed",
        "2026-W11": "submitted",
        "2026-W12": "waived",
        "2026-W13": "overdue",
        "2026-W14": "awaited",
    }
    late = works(told)["reports"][1]
    assert (late["late_min"], late["outside_period"], late["contradicted"]) == (
        2 * 1_440 + 16 * 60, True, True,
    )  # fmt: skip
    with system_in(story.home, story.clock) as system:
        names = [each.event.type_name for each in system.log.read_stream(STREAM.format(10))]
    assert names == ["report.requested.v1", "report.missed.v1"]
    assert states(reports(story.home, "--periods", "2")[1]) == {
        "2026-W13": "overdue",
        "2026-W14": "awaited",
    }
    text = takt(story.home, "reports", "P").stdout
    assert "submitted late!" in text
    assert "as of 2026-03-06T13:00:00Z, outside the period" in text


def test_a_department_without_a_rule_is_listed_and_its_reports_are_kept(story: Story) -> None:
    story.asked(
        "plan.plan_phase.v1", "2026-03-03T08:00", phase_id="paint", name="paint",
        department_id="Paint shop", duration_min=60,
    )  # fmt: skip
    sent = story.told(
        "report.submitted.v1", "report-P/Paint/2026-W10", "2026-03-06T14:00", as_of=AS_OF
    )
    assert sent.kind == "recorded"
    _, told = reports(story.home)
    found = {each["department"]: each for each in told["departments"]}
    assert sorted(found) == ["Paint", "Paint shop", "Works"]
    assert (found["Paint shop"]["rule"], found["Paint shop"]["reports"]) == (None, [])
    (unasked,) = found["Paint"]["reports"]
    assert (unasked["state"], unasked["due"], unasked["outside_period"]) == (
        "submitted", None, True,
    )  # fmt: skip


def test_the_api_answers_as_the_verb_does(story: Story) -> None:
    with system_in(story.home, story.clock) as system:
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            answered = client.get("/v1/projects/P/reports?periods=3")
            wrong = client.get("/v1/projects/P/reports?periods=0")
    assert (answered.status_code, answered.json()) == (200, reports(story.home)[1])
    assert wrong.status_code == 400


def test_a_project_that_is_not_there_is_wrong_use(story: Story) -> None:
    assert takt(story.home, "reports", "nobody").exit_code == 2


def test_a_report_is_about_one_department_and_one_period(story: Story) -> None:
    with pytest.raises(Exception, match="report-<project>/<id>/<id>"):
        story.told("report.submitted.v1", "report-P/Works", "2026-03-06T14:00", as_of=AS_OF)
