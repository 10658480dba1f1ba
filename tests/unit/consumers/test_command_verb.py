"""Ask for changes from a terminal, look at what they would come to, and the same over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from consumers.http.app import create_app
from consumers.running import services_of
from consumers.supervision import Workers
from tests.unit.consumers.systems import StandingClock, system_in
from tests.unit.consumers.test_branch_verb import LONGER, UNLINKED, planned, refusal, takt

NAME, DATA = str(LONGER["command"]), json.dumps(LONGER["data"])
PAINT_BEFORE, PAINT_AFTER = "2026-03-04T16:00:00+01:00", "2026-03-06T16:00:00+01:00"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return planned(tmp_path)


def sent(home: Path, *words: str, stdin: str | None = None) -> Any:  # noqa: ANN401
    result = takt(home, "command", "send", *words, "--json", stdin=stdin)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def finish(home: Path) -> str:
    found = json.loads(takt(home, "schedule", "P", "--json").stdout)["finish"]
    assert isinstance(found, str)
    return found


def lines(*requests: object) -> str:
    return "\n".join(json.dumps(each) for each in requests)


def test_a_request_is_typed_and_the_schedule_follows(home: Path) -> None:
    report = sent(home, NAME, DATA)
    assert (report["outcome"], report["changed"], report["requests"]) == ("recorded", True, 1)
    assert finish(home) == PAINT_AFTER


def test_a_key_makes_the_same_request_count_once(home: Path) -> None:
    first = sent(home, NAME, DATA, "--key", "k")
    again = sent(home, NAME, DATA, "--key", "k")
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert again["position"] == first["position"]
    assert refusal(home, "command", "send", "--key", "k", NAME, json.dumps(UNLINKED["data"])) == (
        2,
        "malformed at /0/phase_id: plan.revise_duration.v1: Field required",
    )
    other = json.dumps({**LONGER["data"], "duration_min": 60})  # type: ignore[dict-item]
    code, said = refusal(home, "command", "send", "--key", "k", NAME, other)
    assert (code, said.partition(":")[0]) == (2, "idempotency_conflict")


def test_a_file_is_decided_as_one(home: Path) -> None:
    wrong = {**UNLINKED, "data": {"project_id": "P", "link_id": "nobody"}}
    code, said = refusal(home, "command", "send", "--file", "-", stdin=lines(LONGER, wrong))
    assert (code, said.split(": ")[:2]) == (2, ["unknown_subject", "request 2 of 2"])
    assert finish(home) == PAINT_BEFORE
    report = sent(home, "--file", "-", stdin=lines(LONGER, UNLINKED))
    assert report["requests"] == 2
    assert finish(home) == "2026-03-04T16:00:00+01:00"


def test_a_preview_says_which_dates_move_and_records_nothing(home: Path) -> None:
    text = takt(home, "command", "preview", NAME, DATA).stdout
    assert "1 request would record 1 plan.phase_duration_revised.v1:" in text
    assert "finish: Wed 2026-03-04 16:00 → Fri 2026-03-06 16:00 (+2.0 days)" in text
    assert "moved: Paint (paint) finish Wed 2026-03-04 16:00 → Fri 2026-03-06 16:00" in text
    assert finish(home) == PAINT_BEFORE
    report = json.loads(takt(home, "command", "preview", NAME, DATA, "--json").stdout)
    assert report["effect"]["finish"] == {
        "before": PAINT_BEFORE,
        "after": PAINT_AFTER,
        "moved_min": 2 * 1440,
    }
    sent(home, NAME, DATA)
    assert finish(home) == report["effect"]["finish"]["after"]
    said = takt(home, "command", "preview", NAME, DATA).stdout
    assert said == "nothing would be recorded: it is so already\n"


def test_a_preview_names_the_request_that_would_be_refused(home: Path) -> None:
    wrong = {**UNLINKED, "data": {"project_id": "P", "link_id": "nobody"}}
    code, said = refusal(home, "command", "preview", "--file", "-", stdin=lines(LONGER, wrong))
    assert (code, said.split(": ")[:2]) == (2, ["unknown_subject", "request 2 of 2"])


def test_a_preview_of_what_is_not_there_yet_and_of_what_no_project_owns(home: Path) -> None:
    opening = {
        "project_id": "Q", "name": "Mill", "start": "2026-03-02T08:00:00Z", "zone": "UTC",
        "calendar_id": "day",
    }  # fmt: skip
    text = takt(home, "command", "preview", "project.open.v1", json.dumps(opening)).stdout
    assert text.splitlines() == [
        "1 request would record 1 project.opened.v1:",
        "  no project's dates are concerned",
    ]
    hall = json.dumps({"department_id": "hall", "name": "Hall"})
    report = json.loads(
        takt(home, "command", "preview", "department.register.v1", hall, "--json").stdout
    )
    assert (report["project"], report["effect"], report["possible"]) == (None, None, True)


def test_a_preview_is_about_one_project(home: Path) -> None:
    other = {**UNLINKED, "data": {"project_id": "Q", "link_id": "cut-weld"}}
    code, said = refusal(home, "command", "preview", "--file", "-", stdin=lines(LONGER, other))
    assert (code, said) == (
        2,
        "malformed: a preview is about one project, not about P, Q: look at one after the other",
    )


@pytest.mark.parametrize(
    ("words", "stdin", "told"),
    [
        ((NAME,), None, "say either the NAME of a command and its DATA, or --file FILE"),
        ((NAME, DATA, "--file", "-"), "", "say either the NAME of a command and its DATA, or"),
        (("--file", "-"), "", "stdin: there is no request in it"),
        (("--file", "-"), '{"command": 1, "data": {}}', "stdin:1: a request has a command and"),
        (("--file", "-"), "{", "stdin:1: this is no JSON"),
        (("plan.burn.v1", "{}"), None, "unknown_subject: there is no command 'plan.burn.v1'"),
    ],
)
def test_wrong_use_is_told_and_changes_nothing(
    home: Path, words: tuple[str, ...], stdin: str | None, told: str
) -> None:
    for verb in ("send", "preview"):
        code, said = refusal(home, "command", verb, *words, stdin=stdin)
        assert (code, said.startswith(told)) == (2, True), said


def test_what_can_be_asked_for_is_listed_and_shown(home: Path) -> None:
    listed = takt(home, "command", "list", "calendar.").stdout
    assert "calendar.define.v1" in listed
    assert "plan." not in listed
    shown = takt(home, "command", "show", NAME).stdout.splitlines()
    assert shown[0] == f"{NAME}: Plan another duration for a phase that has not started."
    fields = {line.split()[0]: line.split()[1:] for line in shown[3:-1]}
    assert fields["duration_min"] == ["yes", "integer"]
    assert shown[-1] == "asked for by coordinator"
    assert refusal(home, "command", "show", "x") == (
        2,
        "there is no command 'x': see `takt command list`",
    )
    assert refusal(home, "command", "list", "x.")[0] == 1


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with system_in(home, StandingClock()) as system:
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            yield client


def test_over_http_a_batch_is_previewed_and_then_decided(client: TestClient) -> None:
    batch = {"commands": [{"name": NAME, "data": LONGER["data"]}]}
    found = client.post("/v1/previews", json=batch)
    assert found.status_code == 200, found.text
    assert found.json()["events"] == [
        {"type": "plan.phase_duration_revised.v1", "stream": "plan-P"}
    ]
    assert found.json()["effect"]["finish"]["after"] == PAINT_AFTER
    assert client.get("/v1/projects/P/schedule").json()["finish"] == PAINT_BEFORE
    assert (
        client.post("/v1/commands", json=batch, headers={"Idempotency-Key": "k"}).status_code == 201
    )
    assert client.post("/v1/previews", json=batch).json()["events"] == []


def test_over_http_a_preview_refuses_as_a_batch_does(client: TestClient) -> None:
    wrong = {"commands": [{"name": NAME, "data": {"project_id": "P"}}]}
    assert client.post("/v1/previews", json=wrong).status_code == 422
    assert client.post("/v1/previews", json={"commands": []}).status_code == 400
    gone = {"commands": [{"name": NAME, "data": {**LONGER["data"], "phase_id": "gone"}}]}  # type: ignore[dict-item]
    told = client.post("/v1/previews", json=gone).json()
    assert (told["possible"], told["code"], told["place"]) == (False, "unknown_subject", 1)
