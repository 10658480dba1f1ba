"""Ask for impossible plans over HTTP, and import them by the verb: each gets a clear answer."""

import json
from collections.abc import Iterator
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.bootstrap import System
from consumers.cli import app
from consumers.http.app import create_app
from consumers.running import services_of
from consumers.supervision import Workers
from tests.bad_inputs.test_bad_plans import (
    CENTURY_MIN,
    DAY,
    TEN_YEARS_MIN,
    Row,
    chain,
    link,
    phase,
    plan,
)
from tests.unit.consumers.systems import OPEN, ask_all, plan_phase, system_in
from tests.unit.consumers.systems import link as linked

ASKED = {"code": "estimate_wrong"}


class Asking:
    """A client of a server whose project has a chain of phases from p0 on."""

    def __init__(self, client: TestClient, system: System) -> None:
        self._client = client
        self._system = system
        self._keys = count()

    def chain(self, length: int, minutes: int = DAY) -> None:
        ids = [f"p{number}" for number in range(length)]
        links = [linked(one, other) for one, other in pairwise(ids)]
        requests = [OPEN, *(plan_phase(each, minutes) for each in ids), *links]
        assert ask_all(self._system, requests, message_id="chain").kind == "recorded"

    def ask(self, command: str, **body: object) -> tuple[int, Any]:
        """Ask for a change of what there is, whatever its version; return status and answer."""
        headers = {"If-Match": "*", "Idempotency-Key": f"k{next(self._keys)}"}
        body = {"project_id": "P", **body}
        answer = self._client.post(f"/v1/commands/{command}", json=body, headers=headers)
        return answer.status_code, answer.json()

    def define(self, **calendar: object) -> tuple[int, Any]:
        """Ask for a calendar that is not there yet."""
        headers = {"Idempotency-Key": f"k{next(self._keys)}"}
        body = {"project_id": "P", "calendar_id": "new", "zone": "UTC", **calendar}
        answer = self._client.post("/v1/commands/calendar.define.v1", json=body, headers=headers)
        return answer.status_code, answer.json()

    def schedule(self) -> Any:  # noqa: ANN401  The document.
        self._system.settle()
        return self._client.get("/v1/projects/P/schedule").json()

    def get(self, question: str) -> Any:  # noqa: ANN401  The response.
        return self._client.get(f"/v1/projects/P/{question}")


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Asking]:
    with system_in(tmp_path) as system:
        web = create_app(services_of(system, Workers({})))
        with TestClient(web, base_url="http://localhost") as client:
            yield Asking(client, system)


@pytest.mark.parametrize("length", [2, 3, 300])
def test_a_link_that_closes_a_circle_is_refused_over_http(asking: Asking, length: int) -> None:
    asking.chain(length)
    last = f"p{length - 1}"

    status, told = asking.ask("plan.link_phases.v1", link_id="back", pred=last, succ="p0")

    assert (status, told["code"]) == (422, "cycle")
    assert told["detail"].startswith("the link would let the network go in a circle: ")
    assert f"{last} -> p0 -> p1" in told["detail"]
    assert len(told["detail"]) < 300
    assert asking.schedule()["problem"] is None


@pytest.mark.parametrize(
    ("command", "body", "code"),
    [
        ("plan.link_phases.v1", {"link_id": "x", "pred": "p0", "succ": "p0"}, "self_link"),
        ("plan.revise_phase.v1", {"phase_id": "p1", "parent": "p0"}, "summary_duration"),
        ("plan.revise_duration.v1", {"phase_id": "p0", "duration_min": CENTURY_MIN}, "malformed"),
        ("plan.revise_duration.v1", {"phase_id": "p0", "duration_min": -1}, "malformed"),
        ("plan.revise_duration.v1", {"phase_id": "p9", "duration_min": 1}, "unknown_subject"),
        (
            "plan.link_phases.v1",
            {"link_id": "x", "pred": "p0", "succ": "p2", "lag": {"value": CENTURY_MIN}},
            "malformed",
        ),
        (
            "plan.link_phases.v1",
            {"link_id": "x", "pred": "p0", "succ": "p2", "lag": {"value": -CENTURY_MIN}},
            "malformed",
        ),
    ],
)
def test_an_impossible_change_is_refused_over_http_and_changes_nothing(
    asking: Asking, command: str, body: dict[str, Any], code: str
) -> None:
    asking.chain(3)
    before = asking.schedule()

    status, told = asking.ask(command, **body, reason=ASKED)

    assert (status in {404, 422}, told["code"]) == (True, code)
    assert told["detail"]
    assert asking.schedule() == before


def test_a_calendar_without_working_time_is_refused_over_http(asking: Asking) -> None:
    asking.chain(1)

    status, told = asking.define(weekly=[])

    assert (status, told["code"]) == (422, "no_working_time")
    assert told["detail"] == "no day of the week has a working window"


def test_parts_of_each_other_are_refused_over_http(asking: Asking) -> None:
    asking.chain(2, minutes=0)
    for child, parent, code in (("p0", "p0", "cycle"), ("p1", "p0", "link_to_ancestor")):
        status, told = asking.ask("plan.revise_phase.v1", phase_id=child, parent=parent)
        assert (status, told["code"]) == (422, code), told


def test_leads_zero_durations_and_contradictions_are_scheduled_and_flagged_over_http(
    asking: Asking,
) -> None:
    asking.chain(3)
    for command, body in (
        ("plan.revise_duration.v1", {"phase_id": "p0", "duration_min": 0}),
        ("plan.link_phases.v1",
         {"link_id": "x", "pred": "p0", "succ": "p2", "lag": {"value": -20 * DAY}}),
        ("plan.constrain.v1", {"phase_id": "p1", "kind": "SNET", "at": "2026-03-09T08:00:00Z"}),
        ("plan.constrain.v1", {"phase_id": "p2", "kind": "FNLT", "at": "2026-03-04T17:00:00Z"}),
    ):  # fmt: skip
        status, told = asking.ask(command, **body, reason=ASKED)
        assert (status, told.get("outcome")) == (201, "recorded"), told

    schedule = asking.schedule()

    assert schedule["problem"] is None
    floats = {each["id"]: each["total_float_min"] for each in schedule["phases"]}
    assert (floats["p1"], floats["p2"]) == (-4 * DAY, -4 * DAY)
    first = next(each for each in schedule["phases"] if each["id"] == "p0")
    assert first["start"] == first["finish"] == "2026-03-02T08:00:00+00:00"


def test_work_beyond_all_calendars_is_flagged_in_every_answer_over_http(asking: Asking) -> None:
    asking.chain(60)
    for number in range(60):
        body = {"phase_id": f"p{number}", "duration_min": TEN_YEARS_MIN, "reason": ASKED}
        assert asking.ask("plan.revise_duration.v1", **body)[0] == 201

    schedule = asking.schedule()

    said = "no working time is planned outside the years 1900 to 2400"
    assert (schedule["problem"]["text"], schedule["finish"]) == (said, None)
    assert asking.get("status").status_code == 200
    assert asking.get("why").json()["problem"] == said


def imported(home: Path, document: Row) -> Result:
    """Import a plan by the verb."""
    file = home / "plan.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    environment = {"TAKT_HOME": str(home / "log"), "COLUMNS": "200"}
    return CliRunner().invoke(app, ["import", "plan", str(file), "--json"], env=environment)


def circle(length: int) -> Row:
    phases, links = chain(length)
    return plan(phases, [*links, link(f"p{length - 1}", "p0")])


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (circle(2), "cycle"),
        (circle(1_000), "cycle"),
        (plan([phase("a")], [link("a", "a")]), "self_link"),
    ],
    ids=["circle of 2", "circle of 1000", "itself"],
)
def test_the_verb_says_no_to_a_plan_that_goes_in_a_circle(
    tmp_path: Path, document: Row, code: str
) -> None:
    result = imported(tmp_path, document)

    told = json.loads(result.stdout)
    assert (result.exit_code, told["outcome"], told["code"]) == (1, "refused", code)
    assert told["text"]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (plan([phase("a")], weekly=[]), "no_working_time at /calendars/0: calendar c: no day"),
        (plan([phase("a", CENTURY_MIN)]), "malformed at /phases/0/duration_min: a duration or"),
        (plan([phase("a", parent="a")]), "cycle at /phases/0/parent: a is a part of itself"),
        (
            plan([phase("a"), phase("b")], [link("a", "b", lag={"value": -CENTURY_MIN})]),
            "malformed at /links/0/lag/value: a duration or a lag is at most ten years",
        ),
    ],
    ids=["no working time", "a century", "its own part", "a lag of a century"],
)
def test_the_verb_names_the_place_of_what_cannot_be(
    tmp_path: Path, document: Row, said: str
) -> None:
    result = imported(tmp_path, document)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"takt: {said}")


def test_the_verb_takes_in_what_is_strange_but_possible(tmp_path: Path) -> None:
    late = phase("a", 0, constraint={"kind": "SNET", "at": "2026-03-09T08:00"})
    early = phase("b", constraint={"kind": "FNLT", "at": "2026-03-04T17:00"})
    folds_back = link("a", "b", lag={"value": -DAY})

    result = imported(tmp_path, plan([late, early], [folds_back]))

    told = json.loads(result.stdout)
    assert (result.exit_code, told["outcome"]) == (0, "recorded")
