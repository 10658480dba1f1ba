"""Ask for levelled dates over the verb and over HTTP: the same document, and nothing changed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.cli import app
from consumers.http.app import create_app
from consumers.running import services_of
from consumers.supervision import Workers
from domain.resources.events import OutageReported
from tests.unit.consumers.systems import StandingClock, ask, report, system_in

PLAN: dict[str, Any] = {
    "format": "takt.plan/1",
    "project": {
        "id": "PRJ-7",
        "name": "Mixer",
        "start": "2026-03-02T08:00:00+01:00",
        "zone": "Europe/Berlin",
        "calendar": "day",
    },
    "calendars": [
        {
            "id": "day",
            "weekly": [{"day": day, "windows": [["08:00", "16:00"]]} for day in range(1, 6)],
        }
    ],
    "resources": [{"id": "press", "name": "Press", "department": "hall", "capacity_milli": 1000}],
    "phases": [
        {
            "id": phase_id,
            "wbs": str(number),
            "name": phase_id.title(),
            "kind": "task",
            "department": "hall",
            "duration_min": 480,
            "requires": [{"resource": "press", "milli": 1000}],
        }
        for number, phase_id in enumerate(("cut", "weld", "paint"), 1)
    ],
    "links": [{"pred": "cut", "succ": "paint", "type": "FS"}],
}
LEVELLING = "/v1/projects/PRJ-7/levelling"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return imported(tmp_path_factory.mktemp("home"))


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    """Return a home of the test's own, for what it writes."""
    return imported(tmp_path)


def imported(home: Path, capacity_milli: int = 1_000) -> Path:
    press = {**PLAN["resources"][0], "capacity_milli": capacity_milli}
    file = home / "plan.json"
    file.write_text(json.dumps({**PLAN, "resources": [press]}))
    result = takt(home, "import", "plan", str(file))
    assert result.exit_code == 0, result.output
    return home


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with system_in(home, StandingClock()) as system:
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            yield client


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def level(home: Path, *words: str) -> Any:  # noqa: ANN401  Whatever JSON was printed.
    result = takt(home, "level", "PRJ-7", *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_every_phase_has_dates_and_says_what_it_waits_for(home: Path) -> None:
    document = level(home)
    assert document["project"] == "PRJ-7"
    assert document["finish"] == "2026-03-04T16:00:00+01:00"
    assert document["schedule_finish"] == "2026-03-03T16:00:00+01:00"
    assert document["stopped_by"] == "optimal"
    cut, weld, paint = document["phases"]
    assert cut["waits_for"] == []
    assert (cut["start"], cut["finish"]) == (
        "2026-03-02T08:00:00+01:00", "2026-03-02T16:00:00+01:00",
    )  # fmt: skip
    assert weld["waits_for"] == [
        {
            "resource": "press",
            "name": "Press",
            "held_by": ["cut"],
            "outage": None,
            "until": "2026-03-02T16:00:00+01:00",
        }
    ]
    assert weld["because"] == ["waits for Press, held by cut until Mon 2026-03-02 16:00"]
    assert weld["start"] == paint["schedule_start"] == "2026-03-03T08:00:00+01:00"
    assert paint["because"] == ["waits for Press, held by weld until Tue 2026-03-03 16:00"]
    assert paint["driver"] == {"kind": "resource", "ref": "press"}


@pytest.mark.parametrize("method", ["serial", "improve"])
def test_the_same_question_has_the_same_answer_to_the_byte(home: Path, method: str) -> None:
    asked = ("level", "PRJ-7", "--method", method, "--seed", "7", "--json")
    assert takt(home, *asked).stdout == takt(home, *asked).stdout


def test_the_solver_answers_in_the_same_form(home: Path) -> None:
    document = level(home, "--method", "cpsat", "--seconds", "5")
    assert document["finish"] == "2026-03-04T16:00:00+01:00"
    assert document.keys() == level(home).keys()


def test_a_person_reads_who_waits_for_whom(home: Path) -> None:
    result = takt(home, "level", "PRJ-7")
    first, *waiting = result.stdout.splitlines()
    assert first == (
        "Mixer finishes Wed 2026-03-04 16:00 where resources suffice, +1.0 days"
        " (1 tried, until nothing better exists)."
    )
    weld = "  weld  Tue 2026-03-03 08:00 to Tue 2026-03-03 16:00  Weld"
    paint = "  paint  Wed 2026-03-04 08:00 to Wed 2026-03-04 16:00  Paint"
    assert waiting == [
        f"{weld} waits for Press, held by cut until Mon 2026-03-02 16:00",
        f"{paint} waits for Press, held by weld until Tue 2026-03-03 16:00",
    ]


def test_nothing_is_written(home: Path) -> None:
    before = level(home)["position"]
    level(home, "--fence", "3", "--seconds", "0.1")
    assert level(home)["position"] == before


def test_an_earlier_moment_is_levelled_as_it_was_known(home: Path) -> None:
    document = level(home, "--as-of", str(level(home)["position"]))
    assert document["finish"] == "2026-03-04T16:00:00+01:00"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--method", "guess"), "method is one of serial, improve, cpsat"),
        (("--seconds", "0"), "seconds is a number above 0"),
        (("--seconds", "nan"), "seconds is a number above 0"),
        (("--seed", str(2**31)), "seed is a whole number from 0 to"),
        (("--fence", "3651"), "fence is a whole number from 0 to 3650"),
        (("--as-of", "yesterday"), "neither a position nor a time"),
    ],
)
def test_what_means_nothing_is_said_to_be_wrong(
    home: Path, words: tuple[str, ...], told: str
) -> None:
    result = takt(home, "level", "PRJ-7", *words)
    assert result.exit_code == 2
    assert told in result.output


def test_a_project_there_is_not_is_told_as_such(home: Path) -> None:
    result = takt(home, "level", "PRJ-0")
    assert result.exit_code == 2
    assert "there is no project PRJ-0" in result.output


def test_the_verb_and_http_give_one_document(home: Path, client: TestClient) -> None:
    assert client.get(LEVELLING).json() == level(home)


def test_over_http_nobody_searches_for_longer_than_an_answer_may_take(client: TestClient) -> None:
    refused = client.get(LEVELLING, params={"seconds": "11"})
    assert refused.status_code == 400
    assert "at most 10" in refused.json()["detail"]


def schedule(home: Path) -> dict[str, tuple[str, str]]:
    document = json.loads(takt(home, "schedule", "PRJ-7", "--json").stdout)
    return dates_of(document)


def dates_of(document: Any) -> dict[str, tuple[str, str]]:  # noqa: ANN401  Either document.
    return {each["id"]: (each["start"], each["finish"]) for each in document["phases"]}


def merge(home: Path, branch: str) -> None:
    body = json.dumps({"project_id": "PRJ-7", "branch_id": branch})
    with system_in(home, StandingClock()) as system:
        outcome = ask(system, "branch.merge.v1", body, message_id="merge")
        assert (outcome.kind, outcome.code) == ("recorded", "")
        system.settle()


def test_a_branch_asks_for_what_is_proposed_and_changes_nothing_until_it_is_merged(
    plant: Path,
) -> None:
    before = schedule(plant)
    document = level(plant, "--branch", "levelled")
    assert document["branch"]["outcome"] == "recorded"
    assert [(each["command"], each["data"]) for each in document["requests"]] == [
        (
            "plan.constrain.v1",
            {
                "project_id": "PRJ-7",
                "phase_id": phase_id,
                "kind": "SNET",
                "at": start,
                "why": why,
                "reason": {"code": "other", "text": why},
            },
        )
        for phase_id, start, why in (
            (
                "paint",
                "2026-03-04T08:00:00+01:00",
                "waits for Press, held by weld until Tue 2026-03-03 16:00",
            ),
            (
                "weld",
                "2026-03-03T08:00:00+01:00",
                "waits for Press, held by cut until Mon 2026-03-02 16:00",
            ),
        )
    ]
    assert schedule(plant) == before
    merge(plant, "levelled")
    assert schedule(plant) == dates_of(document)
    assert "no resource is asked for too much" in takt(plant, "level", "PRJ-7").stdout


def test_a_person_reads_what_the_branch_would_change(plant: Path) -> None:
    told = takt(plant, "level", "PRJ-7", "--branch", "levelled").stdout
    assert told.splitlines()[-1] == (
        "Branch levelled asks for a start no earlier than proposed of 2 phases;"
        " nothing changes until it is merged."
    )


def test_the_same_proposal_on_the_same_branch_is_a_repeat(plant: Path) -> None:
    position = str(level(plant)["position"])
    asked = ("--as-of", position, "--branch", "levelled")
    assert level(plant, *asked)["branch"]["outcome"] == "recorded"
    head = level(plant)["position"]
    assert level(plant, *asked)["branch"]["outcome"] == "repeated"
    assert level(plant)["position"] == head


def test_a_branch_that_is_there_already_keeps_what_it_asks_for(plant: Path) -> None:
    assert takt(plant, "level", "PRJ-7", "--branch", "levelled").exit_code == 0
    again = takt(plant, "level", "PRJ-7", "--branch", "levelled")
    assert again.exit_code == 1
    assert "No branch was opened: there is a branch levelled already" in again.stdout


def test_a_branch_id_that_is_none_is_wrong_input(plant: Path) -> None:
    refused = takt(plant, "level", "PRJ-7", "--branch", "no such")
    assert refused.exit_code == 2
    assert "branch_id" in refused.output


def test_no_branch_is_opened_where_there_is_nothing_to_ask_for(tmp_path: Path) -> None:
    home = imported(tmp_path, capacity_milli=2_000)
    result = takt(home, "level", "PRJ-7", "--branch", "levelled")
    assert result.exit_code == 1
    assert "No branch was opened: nothing would have to be asked for." in result.stdout


def test_over_http_the_requests_of_the_proposal_make_a_branch(plant: Path) -> None:
    with (
        system_in(plant, StandingClock()) as system,
        TestClient(
            create_app(services_of(system, Workers({}))), base_url="http://localhost"
        ) as client,
    ):
        document = client.get(LEVELLING).json()
        about = {"project_id": "PRJ-7", "branch_id": "levelled"}
        opening = {**about, "title": "Levelled", "base_position": document["position"]}
        commands = [
            {"name": "branch.open.v1", "data": opening},
            *(
                {"name": "branch.add_request.v1", "data": {**about, **request}}
                for request in document["requests"]
            ),
        ]
        answer = client.post(
            "/v1/commands", json={"commands": commands}, headers={"Idempotency-Key": "levelled"}
        )
        assert answer.status_code == 201, answer.text
    merge(plant, "levelled")
    assert schedule(plant) == dates_of(document)


def test_one_outage_changes_the_proposal_for_every_phase_it_concerns_and_is_named(
    tmp_path: Path,
) -> None:
    home = imported(tmp_path, capacity_milli=2_000)
    assert level(home)["finish"] == level(home)["schedule_finish"] == "2026-03-03T16:00:00+01:00"
    with system_in(home, StandingClock()) as system:
        outcome = report(
            system,
            OutageReported.type_name,
            "resource-PRJ-7/press",
            {
                "since": "2026-03-02T06:00:00Z",
                "until": "2026-03-03T12:00:00Z",
                "kind": "breakdown",
                "ref": "WO-77",
            },
            message_id="outage",
        )
        assert outcome.kind == "recorded", outcome
        system.settle()
    document = level(home, "--branch", "after-breakdown")
    assert dates_of(document) == {
        "cut": ("2026-03-03T13:00:00+01:00", "2026-03-04T13:00:00+01:00"),
        "weld": ("2026-03-03T13:00:00+01:00", "2026-03-04T13:00:00+01:00"),
        "paint": ("2026-03-04T13:00:00+01:00", "2026-03-05T13:00:00+01:00"),
    }
    cut, weld, paint = document["phases"]
    reason = "waits for Press, out (breakdown WO-77) until Tue 2026-03-03 13:00"
    assert cut["because"] == weld["because"] == [reason]
    assert paint["driver"]["kind"] == "predecessor"
    assert [each["data"]["reason"] for each in document["requests"]] == [
        {"code": "machine_down", "text": reason}
    ] * 2
    merge(home, "after-breakdown")
    assert schedule(home) == dates_of(document)
