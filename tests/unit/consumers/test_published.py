"""Publish schedules and issue reports on a whole system, and hold each to its digest long after."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.bootstrap import System
from consumers.canonical_json import canonical
from consumers.cli import app
from consumers.failures import WrongInput
from consumers.http.app import create_app
from consumers.published import published
from consumers.running import services_of
from consumers.status_reporting import report
from consumers.supervision import Workers
from domain.conflicts.events import ConflictCleared, ConflictDetected
from domain.kernel.messages import Recorded
from domain.log.port import Outcome
from domain.projects.events import BaselineApproved
from domain.publications.events import SchedulePublished
from domain.rules.fingerprint import conflict_id
from projections.schedule import ScheduleProjection
from tests.unit.consumers import systems
from tests.unit.consumers.systems import (
    OPEN,
    StandingClock,
    ask,
    ask_all,
    link,
    plan_phase,
    system_in,
)

WEEK = timedelta(weeks=1)
PLANNED = 5
"""Opened, three phases, and a link."""


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def system(tmp_path: Path, clock: StandingClock) -> Iterator[System]:
    """Give a project of welding for two days, painting for one behind it, and packing apart."""
    with system_in(tmp_path, clock) as system:
        plan = [plan_phase("weld", 960), plan_phase("paint"), plan_phase("pack")]
        told = ask_all(system, [OPEN, *plan, link("weld", "paint")], message_id="plan")
        assert told.kind == "recorded", told
        system.settle()
        assert system.log.head() == PLANNED
        yield system


def lasts(system: System, minutes: int) -> None:
    body = {
        "project_id": "P", "phase_id": "weld", "duration_min": minutes,
        "reason": {"code": "drawing_missing"},
    }  # fmt: skip
    told = ask(system, "plan.revise_duration.v1", json.dumps(body), message_id=f"lasts-{minutes}")
    assert told.kind == "recorded", told
    system.settle()


def publish(system: System, **said: object) -> Outcome:
    body = json.dumps({"project_id": "P", **said})
    name = "publication.publish_schedule.v1"
    told = ask(system, name, body, message_id=f"publish-{_short(body)}-{system.log.head()}")
    system.settle()
    return told


def issue(system: System, **said: object) -> Outcome:
    body = json.dumps({"project_id": "P", **said})
    name = "publication.issue_status_report.v1"
    told = ask(system, name, body, message_id=f"issue-{_short(body)}-{system.log.head()}")
    system.settle()
    return told


def _short(body: str) -> str:
    return sha256(body.encode()).hexdigest()[:8]


def asked(system: System, **given: str) -> dict[str, Any]:
    return published(system.views, "P", given)


def test_a_schedule_is_published_by_the_digest_of_its_document(system: System) -> None:
    document = system.views.schedule("P", None)
    assert publish(system).kind == "recorded"
    (event,) = (each.event for each in system.log.read_stream("publication-P"))
    assert event == SchedulePublished(
        at_position=PLANNED,
        engine_version=ScheduleProjection.version,
        policy={
            "critical": "total_float",
            "critical_float_max_min": 0,
            "dialect": "p6",
            "float_calc": "finish",
            "material_drives": False,
            "open_ends_critical": False,
            "out_of_sequence": "retained_logic",
        },
        digest=sha256(canonical(document)).hexdigest(),
        audience="everybody",
    )


def test_a_digest_of_another_position_is_refused(system: System) -> None:
    publish(system)
    lasts(system, 1440)
    (event,) = (each.event for each in system.log.read_stream("publication-P"))
    wrong = publish(system, digest=event.digest)
    assert (wrong.kind, wrong.code) == ("refused", "digest_mismatch")
    assert event.digest in wrong.text
    assert publish(system, digest=event.digest, at_position=PLANNED).kind == "recorded"
    assert publish(system, at_position=99).code == "position_ahead"


def test_a_baseline_has_the_same_digest_as_the_schedule_that_was_published(system: System) -> None:
    publish(system)
    body = '{"project_id":"P","name":"first","at_position":5}'
    ask(system, "project.approve_baseline.v1", body, message_id="baseline")
    first, second = (
        each.event
        for each in system.log.read(0, 100)
        if isinstance(each.event, SchedulePublished | BaselineApproved)
    )
    assert first.digest == second.digest
    wrong = json.dumps({"project_id": "P", "name": "b", "at_position": 7, "digest": first.digest})
    refused = ask(system, "project.approve_baseline.v1", wrong, message_id="wrong")
    assert refused.code == "digest_mismatch"


def test_a_schedule_that_cannot_be_computed_is_not_published(system: System) -> None:
    early = publish(system, at_position=0)
    assert (early.code, early.kind) == ("unknown_subject", "refused")


def test_what_a_branch_would_come_to_is_not_published(system: System) -> None:
    opened = '{"project_id":"P","branch_id":"B","title":"What if"}'
    ask(system, "branch.open.v1", opened, message_id="open")
    body = {
        "project_id": "P", "branch_id": "B", "command": "publication.publish_schedule.v1",
        "data": {"project_id": "P"},
    }  # fmt: skip
    told = ask(system, "branch.add_request.v1", json.dumps(body), message_id="add")
    assert told.code == "malformed"
    assert "merge it first" in told.text


def test_everything_published_still_verifies_after_the_project_has_moved_on(
    system: System, clock: StandingClock
) -> None:
    publish(system)
    issue(system, audience="management")
    lasts(system, 1440)
    clock.advance(WEEK)
    publish(system, audience="Norva")
    issue(system, audience="management")
    another = OPEN[1].replace('"P"', '"A"')
    assert ask(system, OPEN[0], another, message_id="another").kind == "recorded"
    system.settle()
    found = asked(system, verify="true")["published"]
    assert [
        (each["what"], each["at_position"], each["audience"], each["previous"], each["verifies"])
        for each in found
    ] == [
        ("schedule", 5, "everybody", None, True),
        ("status report", 6, "management", None, True),
        ("schedule", 8, "Norva", None, True),
        ("status report", 9, "management", 6, True),
    ]
    assert found[0]["published_at"] == "2026-03-02T07:00:00+00:00"
    assert found[2]["published_at"] == "2026-03-09T07:00:00+00:00"
    assert {each["by"] for each in found} == {"anna"}
    assert [each["verifies"] for each in asked(system, audience="Norva")["published"]] == [None]
    assert [each["position"] for each in asked(system, as_of="7")["published"]] == [6, 7]


class Forged:
    """A log in which somebody wrote another publication over the one that is there."""

    def __init__(self, log: Any, **fields: object) -> None:  # noqa: ANN401  Any log.
        self._log, self._fields = log, fields

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  All else is the log's.
        return getattr(self._log, name)

    def read_project(self, *asked: Any) -> list[Recorded[Any]]:  # noqa: ANN401  As the log's.
        return [self._forged(each) for each in self._log.read_project(*asked)]

    def _forged(self, recorded: Recorded[Any]) -> Recorded[Any]:
        if not recorded.stream.startswith("publication-"):
            return recorded
        return Recorded(
            recorded.event.model_copy(update=self._fields),
            recorded.envelope,
            recorded.stream,
            recorded.version,
            recorded.position,
        )


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"digest": "cd" * 32}, (False, "computed again its digest is {digest}")),
        ({"engine_version": 9}, (None, "engine version 9 made it, this is 1")),
        (
            {"at_position": 0},
            (False, "there is no project P as of 0; the log may have learnt of it"),
        ),
    ],
)
def test_a_publication_that_is_not_what_we_compute_is_told(
    system: System, fields: dict[str, object], told: tuple[bool | None, str]
) -> None:
    publish(system)
    (computed,) = asked(system)["published"]
    views = replace(system.views, feed=Forged(system.log, **fields))
    (found,) = published(views, "P", {"verify": "true"})["published"]
    verifies, because = told
    assert found["verifies"] is verifies
    assert found["because"].startswith(because.format(**computed))


def test_a_phase_has_a_date_in_every_published_schedule(system: System) -> None:
    publish(system)
    lasts(system, 1440)
    publish(system)
    ask_all(
        system,
        [("plan.remove_phase.v1",
          '{"project_id":"P","phase_id":"paint","reason":{"code":"engineering_change"}}')],
        message_id="gone",
    )  # fmt: skip
    system.settle()
    publish(system)
    strip = asked(system, phase="paint")["phase"]
    assert [(each["at_position"], each["start"], each["finish"]) for each in strip["dates"]] == [
        (5, "2026-03-04T08:00:00+00:00", "2026-03-04T17:00:00+00:00"),
        (7, "2026-03-05T08:00:00+00:00", "2026-03-05T17:00:00+00:00"),
        (strip["dates"][2]["at_position"], None, None),
    ]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"phase": "nowhere"}, "P has no phase nowhere"),
        ({"verify": "perhaps"}, "verify is true or false"),
        ({"as_of": "99"}, "the log ends at position 5"),
    ],
)
def test_what_cannot_be_asked_is_said(system: System, given: dict[str, str], says: str) -> None:
    with pytest.raises(WrongInput, match=says):
        asked(system, **given)


def test_a_report_names_the_one_before_and_is_compared_with_it(
    system: System, clock: StandingClock
) -> None:
    first = report(system.views, "P", {})
    # The first position at which there was a schedule.
    assert (first["previous"], facts(first)["Compared with position"]) == (None, 5)
    issue(system, audience="coordinator", digest=first["digest"], at_position=first["position"])
    clock.advance(WEEK)
    lasts(system, 1440)
    second = report(system.views, "P", {})
    assert second["previous"] == {
        "position": 5, "issued_at": "2026-03-02T07:00:00Z", "digest": first["digest"],
    }  # fmt: skip
    head = facts(second)
    assert head["Compared with position"] == 5
    assert head["Previous report"] == "as of position 5, issued 2026-03-02 07:00 UTC"
    # What was known at the position itself stays as it was.
    assert report(system.views, "P", {"as_of": "5"}) == first
    # Another audience was told nothing yet.
    assert report(system.views, "P", {"for": "management"})["previous"] is None
    # Who names another beginning gets that one.
    assert facts(report(system.views, "P", {"since": "6"}))["Compared with position"] == 6


def test_a_report_to_nobody_is_refused(system: System) -> None:
    told = issue(system, audience="everybody")
    assert (told.kind, told.code) == ("refused", "malformed")
    assert "for is one of coordinator" in told.text


def test_departments_that_nobody_told_of_published_dates_are_a_conflict_until_somebody_does(
    system: System, clock: StandingClock
) -> None:
    body = '{"project_id":"P","name":"first","at_position":5}'
    ask(system, "project.approve_baseline.v1", body, message_id="baseline")
    publish(system)
    lasts(system, 1440)
    publish(system)
    clock.advance(timedelta(hours=25))
    wait(system, clock)
    found = {each.rule: each for each in conflicts(system)}
    assert found["moved_not_told"].summary == (
        "Not told after 24 hours of dates that moved by a working day or more: department Works"
    )
    assert found["date_churn"].subjects == ("phase-P/paint",)
    for stream in system.log.subjects("notice", "P"):
        told = systems.report(
            system, "notice.sent.v1", stream, {"channel": "email"}, message_id=stream
        )
        assert told.kind == "recorded", told
    wait(system, clock)
    cleared = [each for each in system.log.read(0, 500) if isinstance(each.event, ConflictCleared)]
    (told_at_last,) = (
        each for each in cleared if each.event.because == "Everybody whose dates moved was told"
    )
    conflict = conflict_id("moved_not_told", found["moved_not_told"].subjects)
    assert told_at_last.stream == f"conflict-{conflict}"


def wait(system: System, clock: StandingClock) -> None:
    """Let an hour pass in which time is told, so that what was found has lasted."""
    for _ in range(4):
        clock.advance(timedelta(minutes=15))
        system.ticker.tick(clock.at)
        system.settle()


def conflicts(system: System) -> list[ConflictDetected]:
    events = [each.event for each in system.log.read(0, 500)]
    return [each for each in events if isinstance(each, ConflictDetected)]


def facts(document: dict[str, Any]) -> dict[str, Any]:
    (head,) = (each for each in document["sections"] if each["id"] == "head")
    return {fact["label"]: fact["value"] for fact in head["facts"]}


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def test_the_verbs_publish_issue_and_show(system: System, tmp_path: Path) -> None:
    system.close()
    done = takt(tmp_path, "publish", "P")
    assert (done.exit_code, done.stdout) == (
        0, "schedule of P published to everybody at position 6\n",
    )  # fmt: skip
    again = takt(tmp_path, "publish", "P", "--at", "5")
    assert again.stdout == "schedule of P was published to everybody before, as it is\n"
    wrong = takt(tmp_path, "publish", "P", "--digest", "cd" * 32)
    assert (wrong.exit_code, wrong.stderr.split(":")[1]) == (1, " digest_mismatch")
    assert takt(tmp_path, "publish", "P", "--at", "99").exit_code == 2
    issued = takt(tmp_path, "report", "P", "--for", "management", "--issue", "--json")
    assert issued.exit_code == 0, issued.stderr
    since = takt(tmp_path, "report", "P", "--issue", "--since", "3")
    assert (
        since.stderr == "takt: --issue goes on from the report issued before: leave --since out\n"
    )
    shown = takt(tmp_path, "published", "P", "--phase", "paint", "--verify")
    assert shown.exit_code == 0, shown.stderr
    digest = json.loads(issued.stdout)["digest"]
    lines = shown.stdout.splitlines()
    day, minute = lines[2].split()[1:3]
    assert lines[2].split()[:6] == ["5", day, minute, "schedule", "everybody", "local"]
    assert digest[:12] in lines[3]
    assert lines[-1] == "Times in UTC"


def test_http_answers_and_takes_the_same(system: System) -> None:
    services = services_of(system, Workers({}))
    with TestClient(create_app(services), base_url="http://localhost") as http:
        told = http.post(
            "/v1/commands/publication.publish_schedule.v1",
            json={"project_id": "P", "audience": "Norva"},
            headers={"Idempotency-Key": "1"},
        )
        assert told.status_code == 201, told.text
        served = http.get("/v1/projects/P/published?verify=true").json()
        assert [each["verifies"] for each in served["published"]] == [True]
        assert http.get("/v1/projects/P/published?verify=no").status_code == 400
        wrong = http.post(
            "/v1/commands/publication.publish_schedule.v1",
            json={"project_id": "P", "digest": "cd" * 32},
            headers={"Idempotency-Key": "2", "If-Match": '"1"'},
        )
        assert (wrong.status_code, wrong.json()["code"]) == (422, "digest_mismatch")
