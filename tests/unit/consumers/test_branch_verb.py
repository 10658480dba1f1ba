"""Ask what if over the verb and over HTTP: open, add, look, merge or drop, and clear errors."""

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
from tests.unit.consumers.systems import StandingClock, ask, system_in

DAY_MIN = 480
PLAN = {
    "format": "takt.plan/1",
    "project": {
        "id": "P",
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
            "duration_min": DAY_MIN,
            "requires": [{"resource": "press", "milli": 1000}],
        }
        for number, phase_id in enumerate(("cut", "weld", "paint"), 1)
    ],
    "links": [
        {"pred": "cut", "succ": "weld", "type": "FS"},
        {"pred": "weld", "succ": "paint", "type": "FS"},
    ],
}
PROMISE = {
    "project_id": "P",
    "to_party": "ACME",
    "deliverable": "Mixer",
    "promised_date": "2026-03-04",
    "delay_cost": {"minor": 125_000, "currency": "EUR"},
}
LONGER = {
    "command": "plan.revise_duration.v1",
    "data": {
        "project_id": "P",
        "phase_id": "cut",
        "duration_min": 3 * DAY_MIN,
        "reason": {"code": "estimate_wrong"},
    },
}
REMOVED = {
    "command": "plan.remove_phase.v1",
    "data": {"project_id": "P", "phase_id": "cut", "reason": {"code": "customer_request"}},
}
UNLINKED = {
    "command": "plan.unlink_phases.v1",
    "data": {"project_id": "P", "link_id": "cut-weld"},
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return planned(tmp_path)


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give what nothing is to be changed of."""
    return planned(tmp_path_factory.mktemp("home"))


def planned(folder: Path) -> Path:
    file = folder / "plan.json"
    file.write_text(json.dumps(PLAN))
    result = takt(folder, "import", "plan", str(file))
    assert result.exit_code == 0, result.output
    opened = branch(folder, "open", "B", "--title", "Cut longer")
    assert opened["changed"] is True
    return folder


def takt(home: Path, *words: str, stdin: str | None = None) -> Result:
    env = {"TAKT_HOME": str(home), "COLUMNS": "200"}
    return CliRunner().invoke(app, list(words), env=env, input=stdin)


def branch(home: Path, verb: str, *words: str, stdin: str | None = None) -> Any:  # noqa: ANN401
    result = takt(home, "branch", verb, "P", *words, "--json", stdin=stdin)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def add(home: Path, *requests: Any, branch_id: str = "B") -> Any:  # noqa: ANN401
    lines = "\n".join(json.dumps(each) for each in requests)
    return branch(home, "add", branch_id, "-", stdin=lines)


def refusal(home: Path, *words: str, stdin: str | None = None) -> tuple[int, str]:
    result = takt(home, *words, stdin=stdin)
    assert result.stdout == ""
    return result.exit_code, result.stderr.removeprefix("takt: ").strip()


def test_one_request_is_typed(home: Path) -> None:
    data = json.dumps(LONGER["data"])
    added = branch(home, "add", "B", "--command", str(LONGER["command"]), "--data", data)
    assert (added["outcome"], added["requests"], added["changed"]) == ("recorded", 1, True)
    document = json.loads(takt(home, "schedule", "P", "--branch", "B", "--json").stdout)
    assert document["finish"] == "2026-03-06T16:00:00+01:00"
    assert document["branch"]["requests"] == 1


def test_a_file_of_requests_is_added_whole_or_not_at_all(home: Path) -> None:
    assert add(home, LONGER, UNLINKED)["requests"] == 2
    wrong = {**UNLINKED, "data": {"project_id": "P", "link_id": "nobody"}}
    file = home / "requests.jsonl"
    file.write_text("\n".join(json.dumps(each) for each in (LONGER, wrong)))
    code, said = refusal(home, "branch", "add", "P", "B", str(file))
    assert (code, said.split(": ")[:2]) == (2, ["unknown_subject", "request 2 of 2"])
    shown = branch(home, "show", "B")
    assert [each["ordinal"] for each in shown["requests"]] == [1, 2]


def test_a_branch_is_listed_and_shown_with_who_asked(home: Path) -> None:
    branch(home, "open", "A")
    add(home, LONGER)
    listed = branch(home, "list")
    assert [(each["id"], each["stage"], each["requests"]) for each in listed["branches"]] == [
        ("A", "open", 0),
        ("B", "open", 1),
    ]
    (request,) = branch(home, "show", "B")["requests"]
    assert (request["command"], request["data"], request["by"]) == (
        LONGER["command"],
        LONGER["data"],
        "local",
    )
    assert "Cut longer" in takt(home, "branch", "list", "P").stdout
    assert "1. plan.revise_duration.v1" in takt(home, "branch", "show", "P", "B").stdout


def test_a_comparison_tells_dates_float_load_and_the_cost_of_delay(home: Path) -> None:
    with system_in(home) as system:
        body = json.dumps(PROMISE).encode()
        client = TestClient(
            create_app(services_of(system, Workers({}))), base_url="http://localhost"
        )
        with client:
            headers = {"Idempotency-Key": "promise", "If-Match": "*"}
            answer = client.post(
                "/v1/commands/project.set_promise.v1",
                content=body,
                headers={**headers, "content-type": "application/json"},
            )
            assert answer.status_code == 201, answer.text
    branch(home, "open", "C")
    add(home, LONGER, UNLINKED, branch_id="C")
    found = branch(home, "compare", "C")
    assert [each["id"] for each in found["moved"]] == ["cut", "paint", "weld"]
    assert found["finish"] == {
        "before": "2026-03-04T16:00:00+01:00",
        "after": "2026-03-04T16:00:00+01:00",
        "moved_min": 0,
    }
    assert [each["pred"] for each in found["links"]["removed"]] == ["cut"]
    assert found["float"]["critical_phases"] == {"before": 3, "after": 1}
    (load,) = found["load"]
    assert load["before"] == {"peak_milli": 1000, "overload_min": 0, "most_missing_milli": 0}
    assert load["after"]["peak_milli"] == 2000
    (promise,) = found["delay"]["promises"]
    assert promise["before"] == {
        "promised": "2026-03-04",
        "missed_days": "0.00",
        "cost": {"minor": 0, "currency": "EUR"},
    }
    assert found["merge"] == {
        "possible": True,
        "code": None,
        "inner_code": None,
        "request": None,
        "text": "",
    }
    assert (found["moved_since"], found["now"]) == (False, None)


def test_what_a_delay_costs_is_told_to_people_or_that_nobody_knows(home: Path) -> None:
    add(home, LONGER)
    said = takt(home, "branch", "compare", "P", "B").stdout
    assert "least float" not in said
    assert "It can be merged, with just this effect" in said
    with system_in(home) as system:
        for number, cost in enumerate((None, PROMISE["delay_cost"])):
            body = {**PROMISE, "delay_cost": cost} if cost else dict(PROMISE)
            if cost is None:
                del body["delay_cost"]
            ask_in(system, "project.set_promise.v1", body, f"promise-{number}")
            on = f"on-{number}"
            opening = {"project_id": "P", "branch_id": on, "title": on}
            ask_in(system, "branch.open.v1", opening, on)
            adding = {"project_id": "P", "branch_id": on, **LONGER}
            ask_in(system, "branch.add_request.v1", adding, f"{on}-add")
    unknown = takt(home, "branch", "compare", "P", "on-0").stdout
    assert "missed by 2.00 working days, cost unknown" in unknown
    known = takt(home, "branch", "compare", "P", "on-1").stdout
    assert "2026-03-04 kept → 2026-03-04 missed by 2.00 working days, cost 2,500.00 EUR" in known


def ask_in(system: Any, command: str, body: Any, message_id: str) -> None:  # noqa: ANN401
    assert ask(system, command, json.dumps(body), message_id=message_id).kind == "recorded"


def test_a_merge_is_told_and_ends_the_branch(home: Path) -> None:
    add(home, LONGER)
    assert branch(home, "merge", "B")["outcome"] == "recorded"
    document = json.loads(takt(home, "schedule", "P", "--json").stdout)
    assert document["finish"] == "2026-03-06T16:00:00+01:00"
    assert refusal(home, "branch", "merge", "P", "B") == (
        1,
        "invalid_transition: branch B is merged: open a new one",
    )
    assert branch(home, "show", "B")["came_to"] == ["plan-P@9"]
    found = branch(home, "compare", "B")
    assert (found["merge"]["code"], found["merge"]["text"]) == (
        "invalid_transition",
        "branch B is merged",
    )


def test_a_project_that_moved_on_is_compared_as_well_and_may_refuse_the_merge(home: Path) -> None:
    add(home, LONGER, UNLINKED)
    branch(home, "open", "other")
    add(home, {**LONGER, "data": {**LONGER["data"], "phase_id": "paint"}}, branch_id="other")  # type: ignore[dict-item]
    branch(home, "merge", "other")
    found = branch(home, "compare", "B")
    assert (found["moved_since"], found["merge"]["possible"]) == (True, True)
    assert found["finish"]["before"] == "2026-03-04T16:00:00+01:00"
    assert found["now"]["finish"]["before"] == "2026-03-06T16:00:00+01:00"
    branch(home, "open", "third")
    add(home, REMOVED, branch_id="third")
    branch(home, "merge", "third")
    refused = branch(home, "compare", "B")
    assert (refused["finish"], refused["now"]) == (found["finish"], None)
    assert refused["merge"] == {
        "possible": False,
        "code": "merge_refused",
        "inner_code": "unknown_subject",
        "request": 1,
        "text": refused["merge"]["text"],
    }
    assert "unknown_subject" in takt(home, "branch", "compare", "P", "B").stdout


@pytest.mark.parametrize(
    ("words", "stdin", "code", "said"),
    [
        (["show", "P", "nobody"], None, 2, "unknown_subject: project P has no branch nobody"),
        (["compare", "P", "no body"], None, 2, "unknown_subject: there is no branch 'no body'"),
        (["compare", "Q", "B"], None, 2, "unknown_subject: project Q has no branch B"),
        (["list", "Q"], None, 2, "unknown_subject: there is no project Q"),
        (["merge", "P", "B"], None, 1, "branch_empty: branch B asks for nothing"),
        (["merge", "Q", "B"], None, 2, "unknown_subject: there is no project Q"),
        (["open", "P", "B"], None, 1, "already_exists: there is a branch B already"),
        (["open", "P", "x y"], None, 2, "malformed at /0/branch_id: "),
        (["open", "P", "C", "--at", "99999"], None, 2, "the log ends at position"),
        (["open", "P", "C", "--at", "soon"], None, 2, "--as-of soon: neither a position nor"),
        (["add", "P", "B"], None, 2, "say either a FILE of requests, or one by --command"),
        (["add", "P", "B", "x", "--command", "y"], None, 2, "say either a FILE of requests"),
        (["add", "P", "B", "--command", "y"], None, 2, "say either a FILE of requests, or"),
        (["add", "P", "B", "nowhere.jsonl"], None, 2, "nowhere.jsonl: No such file"),
        (["add", "P", "B", "-"], "", 2, "stdin: there is no request in it"),
        (["add", "P", "B", "-"], "\n{", 2, "stdin:2: "),
        (["add", "P", "B", "-"], "[]", 2, "stdin:1: "),
        (["add", "P", "B", "-"], '{"command": "x"}', 2, "stdin:1: a request has a command and"),
        (["add", "P", "B", "-"], '{"command": 1, "data": {}}', 2, "stdin:1: a request has a"),
        (["add", "P", "B", "-"], '{"command": "x", "data": []}', 2, "stdin:1: a request has a"),
        (["add", "P", "B", "--command", "x", "--data", "[]"], None, 2, "malformed"),
        (["add", "P", "B", "--command", "x", "--data", '{"project_id":"P"}'], None, 2,
         "unknown_subject: there is no command 'x'"),
        (["add", "P", "B", "--command", "x", "--data", '{"project_id":"Q"}'], None, 2,
         "malformed: a branch of P asks for changes of that project alone"),
        (["add", "P", "B", "--command", "branch.drop.v1", "--data", '{"project_id":"P"}'], None, 2,
         "malformed: a branch asks for changes of its project, not of branches"),
        (["add", "P", "C", "--command", "x", "--data", '{"project_id":"P"}'], None, 2,
         "unknown_subject: project P has no branch C: open it first"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line_that_says_so(
    unchanged: Path, words: list[str], stdin: str | None, code: int, said: str
) -> None:
    found = refusal(unchanged, "branch", *words, stdin=stdin)
    assert found[0] == code, found
    assert found[1].startswith(said), found
    assert "\n" not in found[1]


def test_a_branch_is_not_asked_for_as_of_a_moment(home: Path) -> None:
    for verb in ("schedule", "forecast", "quality"):
        code, said = refusal(home, verb, "P", "--branch", "B", "--as-of", "3")
        assert (code, said) == (
            2,
            "a branch starts from its own position: leave out either the moment or the branch",
        )


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with system_in(home, StandingClock()) as system:
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            yield client


def asked_over_http(client: TestClient, name: str, **body: object) -> Any:  # noqa: ANN401
    headers = {"Idempotency-Key": json.dumps(body)[:200].replace(" ", ""), "If-Match": "*"}
    told = {"project_id": "P", "branch_id": "B", **body}
    return client.post(f"/v1/commands/branch.{name}.v1", json=told, headers=headers)


def test_over_http_a_branch_is_asked_the_same(client: TestClient) -> None:
    assert asked_over_http(client, "add_request", **LONGER).status_code == 201
    answer = client.get("/v1/projects/P/schedule?branch=B")
    assert answer.json()["finish"] == "2026-03-06T16:00:00+01:00"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-takt-position"] == str(answer.json()["branch"]["base_position"])
    why = client.get("/v1/projects/P/why?branch=B&phase=paint").json()
    assert (why["date"], why["branch"]["id"]) == ("2026-03-06T16:00:00+01:00", "B")
    (listed,) = client.get("/v1/projects/P/branches").json()["branches"]
    assert (listed["id"], listed["requests"], listed["opened_by"]) == ("B", 1, "local")
    shown = client.get("/v1/projects/P/branches/B").json()
    assert shown["requests"][0]["data"] == LONGER["data"]
    found = client.get("/v1/projects/P/branches/B/comparison").json()
    assert [each["id"] for each in found["moved"]] == ["cut", "paint", "weld"]
    assert asked_over_http(client, "merge").status_code == 201


def test_over_http_what_cannot_be_done_is_a_problem(client: TestClient) -> None:
    def problem(path: str) -> tuple[int, str]:
        answer = client.get(f"/v1/projects/{path}")
        return answer.status_code, answer.json()["code"]

    assert problem("P/schedule?branch=nobody") == (404, "unknown_subject")
    assert problem("P/schedule?branch=B&as_of=3") == (400, "malformed")
    assert problem("P/forecast?branch=B&as_of=3") == (400, "malformed")
    assert problem("Q/schedule?branch=B") == (404, "unknown_subject")
    assert problem("P/branches/nobody") == (404, "unknown_subject")
    assert problem("P/branches/a%20b/comparison") == (404, "unknown_subject")
    assert problem("Q/branches") == (404, "unknown_subject")
    assert problem("P/status?branch=B") == (400, "malformed")
    assert problem("P/branches?branch=B") == (400, "malformed")
    assert asked_over_http(client, "merge").json()["code"] == "branch_empty"


def test_over_http_a_refused_merge_names_the_inner_code(client: TestClient) -> None:
    assert asked_over_http(client, "add_request", **LONGER).status_code == 201
    gone = client.post(
        "/v1/commands/plan.remove_phase.v1",
        json=REMOVED["data"],
        headers={"Idempotency-Key": "gone", "If-Match": "*"},
    )
    assert gone.status_code == 201
    refused = asked_over_http(client, "merge")
    assert (refused.status_code, refused.json()["code"]) == (422, "merge_refused")
    assert refused.json()["detail"].startswith(
        "request 1 of the branch, plan.revise_duration.v1: unknown_subject: "
    )


def test_a_project_without_a_baseline_cannot_be_compared_with_it(unchanged: Path) -> None:
    assert refusal(unchanged, "compare", "P", "baseline") == (
        2,
        "P has no approved baseline: compare with a position or a time",
    )
