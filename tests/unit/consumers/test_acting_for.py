"""Let a party act for another as long as a delegation says so, in that one's role and no other."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.bootstrap import System
from consumers.cli import app
from consumers.deciding import Ask, Request
from consumers.http.app import create_app
from consumers.running import services_of
from consumers.supervision import Workers
from domain.kernel.messages import COORDINATOR, DEPARTMENT_HEAD, Principal
from domain.kernel.refusals import NotAuthorised
from domain.log.port import MessageKey, Outcome
from tests.unit.consumers.systems import ask, ask_all, plan_phase, system_in

Wanted: TypeAlias = tuple[str, dict[str, object]]
"""A command's name and its body."""

MESSAGES: Final = count()
HOLD: Final[Wanted] = ("project.hold.v1", {"project_id": "P", "reason": {"code": "permit"}})
RAISE: Final[Wanted] = (
    "conflict.raise.v1",
    {
        "project_id": "P", "conflict_id": "cf-1", "kind": "schedule", "subjects": ["plan-P"],
        "summary": "Two cranes wanted",
    },
)  # fmt: skip


def delegation(role: str, from_party: str, to_party: str, **days: str) -> str:
    body = {"project_id": "P", "role": role, "from_party": from_party, "to_party": to_party}
    return json.dumps(body | {"first_day": "2026-03-02"} | days)


def proposal(phase_id: str) -> Wanted:
    return "plan.propose_completion_date.v1", {
        "project_id": "P", "phase_id": phase_id, "old": "2026-03-02T16:00:00Z",
        "new": "2026-03-09T16:00:00Z", "reason": {"code": "labour_short"},
    }  # fmt: skip


@contextmanager
def prepared(home: Path) -> Iterator[System]:
    """Open a project in Berlin with phases of Works, which l.ito leads, and of Paint, of k.eno.

    On Monday 2 March bert may act for anna, a coordinator, and p.roy for l.ito.
    """
    opening = (
        '{"project_id":"P","name":"Press","zone":"Europe/Berlin","calendar_id":"std",'
        '"start":"2026-03-02T08:00:00Z"}'
    )
    name, body = plan_phase("b")
    paint = (name, body.replace("Works", "Paint"))
    with system_in(home) as system:
        ask_all(system, [("project.open.v1", opening), plan_phase("a"), paint], message_id="plan")
        for department, head in (("Works", "l.ito"), ("Paint", "k.eno")):
            of = f'"department_id":"{department}"'
            known = f'{{{of},"name":"{department}"}}'
            leads = f'{{{of},"party":"{head}","first_day":"2026-03-01"}}'
            ask(system, "department.register.v1", known, message_id=f"{department}")
            ask(system, "department.appoint_supervisor.v1", leads, message_id=f"{head}")
        stands_in = (
            '{"department_id":"Works","party":"p.roy","first_day":"2026-03-02",'
            '"last_day":"2026-03-02"}'
        )
        ask(system, "department.appoint_supervisor_delegate.v1", stands_in, message_id="p.roy")
        bert = delegation(COORDINATOR, "anna", "bert", last_day="2026-03-02")
        ask(system, "project.appoint_delegate.v1", bert, message_id="bert")
        system.settle()
        yield system


def asked_by(
    system: System,
    party: str,
    acted_for: str,
    request: Wanted,
    *,
    role: str = DEPARTMENT_HEAD,
) -> Outcome:
    name, body = request
    asks = Principal(party_id=party, role=role, on_behalf_of=acted_for)
    return ask(system, name, json.dumps(body), message_id=f"m-{next(MESSAGES)}", principal=asks)


def told(outcome: Outcome) -> tuple[str, str]:
    return outcome.kind, outcome.code


REFUSED: Final = ("refused", "not_authorised")
RECORDED: Final = ("recorded", "")


def test_a_delegate_decides_in_the_role_of_the_one_acted_for(tmp_path: Path) -> None:
    with prepared(tmp_path) as system:
        assert told(asked_by(system, "bert", "anna", HOLD)) == RECORDED
        last = system.log.read_stream("project-P")[-1].envelope
    assert (last.actor, last.role, last.on_behalf_of) == ("bert", COORDINATOR, "anna")
    assert last.decided_on is not None
    assert last.decided_on["department-Works"] == 3, (
        "what it was allowed by is checked at the append"
    )


def test_nobody_acts_for_whom_no_delegation_names(tmp_path: Path) -> None:
    with prepared(tmp_path) as system:
        outcome = asked_by(system, "carla", "anna", HOLD, role=COORDINATOR)
        assert told(outcome) == REFUSED
        assert outcome.text == (
            "carla may not act for anna on 2026-03-02, bert may: a coordinator appoints a delegate"
            " by project.appoint_delegate.v1, of a department's supervisor by"
            " department.appoint_supervisor_delegate.v1"
        )
        assert "nobody may" in asked_by(system, "bert", "carla", HOLD).text
        assert told(asked_by(system, "anna", "bert", HOLD)) == REFUSED, "the other way round"
        himself = asked_by(system, "bert", "bert", HOLD, role=COORDINATOR)
        assert (told(himself), "bert decides for himself" in himself.text) == (REFUSED, True)


def test_the_day_of_a_delegation_is_that_of_the_projects_zone(tmp_path: Path) -> None:
    with prepared(tmp_path) as system:
        clock: Any = system.clock
        clock.at = datetime(2026, 3, 2, 22, 59, tzinfo=UTC)
        assert told(asked_by(system, "bert", "anna", RAISE)) == RECORDED
        clock.at = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
        late = asked_by(system, "bert", "anna", HOLD)
        assert (told(late), "on 2026-03-03, nobody may" in late.text) == (REFUSED, True)


def test_a_department_is_acted_for_in_what_is_its_own(tmp_path: Path) -> None:
    with prepared(tmp_path) as system:
        assert told(asked_by(system, "p.roy", "l.ito", proposal("a"))) == RECORDED
        other = asked_by(system, "p.roy", "l.ito", proposal("b"))
        assert (told(other), "p.roy may not act for l.ito" in other.text) == (REFUSED, True)
        assert told(asked_by(system, "p.roy", "l.ito", RAISE)) == RECORDED, "any head may"
        allocation = {
            "project_id": "P", "resource_id": "crane", "allocation_id": "A-1", "phase_id": "a",
            "since": "2026-03-03T08:00:00Z", "until": "2026-03-03T16:00:00Z", "milli_units": 1000,
        }  # fmt: skip
        for department in ("Paint", "Works"):
            crane = {
                "project_id": "P", "resource_id": f"crane-{department}", "name": "Crane",
                "department_id": department,
            }  # fmt: skip
            known = ask(
                system, "resource.register.v1", json.dumps(crane), message_id=department + "-crane"
            )
            assert known.kind == "recorded", known
        held = [
            asked_by(
                system,
                "p.roy",
                "l.ito",
                ("resource.make_allocation.v1", allocation | {"resource_id": each}),
            ).code
            for each in ("crane-Paint", "crane-Works")
        ]
        assert held[0] == "not_authorised"
        assert held[1] != "not_authorised"


def test_who_acts_for_another_has_none_of_the_rights_of_his_own(tmp_path: Path) -> None:
    with prepared(tmp_path) as system:
        outcome = asked_by(system, "p.roy", "l.ito", HOLD, role=COORDINATOR)
        assert told(outcome) == REFUSED
        assert outcome.text == (
            "project.hold.v1 is for coordinator; p.roy acts for l.ito as department_head"
        )
        elsewhere = Principal(
            party_id="bert", role=COORDINATOR, on_behalf_of="anna", projects=frozenset({"Q"})
        )
        name, body = HOLD
        with pytest.raises(NotAuthorised, match="project P is not yours to change"):
            ask(system, name, json.dumps(body), message_id="q", principal=elsewhere)


def test_a_delegate_passes_nothing_on_and_nobody_acts_as_takt_itself(tmp_path: Path) -> None:
    with prepared(tmp_path) as system:
        further = json.loads(delegation(COORDINATOR, "anna", "carla"))
        passed = asked_by(system, "bert", "anna", ("project.appoint_delegate.v1", further))
        assert (told(passed), "passes nothing on" in passed.text) == (REFUSED, True)
        as_takt = delegation("system", "takt", "carla")
        appointed = ask(system, "project.appoint_delegate.v1", as_takt, message_id="takt")
        assert appointed.kind == "recorded"
        assert told(asked_by(system, "carla", "takt", proposal("a"))) == REFUSED


def test_all_of_a_batch_is_asked_for_in_one_role(tmp_path: Path) -> None:
    with prepared(tmp_path) as system:
        both = delegation(COORDINATOR, "l.ito", "p.roy")
        ask(system, "project.appoint_delegate.v1", both, message_id="both")
        asks = Principal(party_id="p.roy", role=DEPARTMENT_HEAD, on_behalf_of="l.ito")

        def batch(message_id: str, *requests: Wanted) -> Outcome:
            ask_of = Ask(MessageKey("tests", message_id), asks, system.clock())
            named = [Request(name, json.dumps(body).encode()) for name, body in requests]
            return system.dispatcher.dispatch_batch(named, ask_of)

        assert told(batch("one", RAISE, HOLD)) == RECORDED, "a coordinator may ask for both"
        apart = batch("two", ("department.register.v1", {"department_id": "X", "name": "X"}), RAISE)
        assert told(apart) == REFUSED, "what no project owns is delegated in no project"


def test_a_delegation_that_another_process_recorded_counts_at_once(tmp_path: Path) -> None:
    with prepared(tmp_path) as system, system_in(tmp_path) as other:
        assert told(asked_by(other, "carla", "anna", RAISE)) == REFUSED
        carla = delegation(COORDINATOR, "anna", "carla")
        ask(system, "project.appoint_delegate.v1", carla, message_id="carla")
        assert told(asked_by(other, "carla", "anna", RAISE)) == RECORDED


def test_a_delegate_asks_on_a_branch_from_before_he_was_one_and_merges_while_he_is(
    tmp_path: Path,
) -> None:
    longer = {
        "project_id": "P", "phase_id": "a", "duration_min": 960,
        "reason": {"code": "labour_short"},
    }  # fmt: skip
    on_branch: dict[str, object] = {"project_id": "P", "branch_id": "later"}
    with prepared(tmp_path) as system:
        opening: Wanted = ("branch.open.v1", on_branch | {"title": "Later", "base_position": 3})
        adding: Wanted = (
            "branch.add_request.v1",
            on_branch | {"command": "plan.revise_duration.v1", "data": longer},
        )
        for request in (opening, adding):
            assert told(asked_by(system, "bert", "anna", request)) == RECORDED
        line = system.views.branches.line("P", "later")
        (event,) = system.views.branches.rehearsed(line, 3)
        assert (event.envelope.actor, event.envelope.on_behalf_of) == ("bert", "anna")
        clock: Any = system.clock
        clock.at = datetime(2026, 3, 4, 7, tzinfo=UTC)
        merging: Wanted = ("branch.merge.v1", on_branch)
        assert told(asked_by(system, "bert", "anna", merging)) == REFUSED
        name, body = merging
        assert told(ask(system, name, json.dumps(body), message_id="merge")) == RECORDED
        revised = system.log.read_stream("plan-P")[-1].envelope
    assert (revised.actor, revised.on_behalf_of) == ("anna", None), "who merges decides"


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def test_the_terminal_acts_for_a_party_that_appointed_it(tmp_path: Path) -> None:
    with prepared(tmp_path):
        pass
    name, body = RAISE
    words = ("command", "send", name, json.dumps(body))
    refused = takt(tmp_path, *words, "--acting-for", "anna")
    assert refused.exit_code == 1, refused.output
    assert "not_authorised: local may not act for anna" in refused.stderr
    local = delegation(DEPARTMENT_HEAD, "anna", "local")
    assert takt(tmp_path, "command", "send", "project.appoint_delegate.v1", local).exit_code == 0
    seen = takt(tmp_path, "command", "preview", *words[2:], "--acting-for", "anna")
    assert (seen.exit_code, seen.output.startswith("1 request would record")) == (0, True)
    assert takt(tmp_path, *words, "--acting-for", "anna").exit_code == 0
    hold = ("command", "send", HOLD[0], json.dumps(HOLD[1]))
    as_head = takt(tmp_path, *hold, "--acting-for", "anna")
    assert "project.hold.v1 is for coordinator; local acts for anna" in as_head.stderr
    branch = takt(tmp_path, "branch", "open", "P", "what-if", "--acting-for", "anna")
    assert "branch.open.v1 is for coordinator" in branch.stderr
    assert takt(tmp_path, *hold).exit_code == 0, "for himself he may"
    trail = json.loads(takt(tmp_path, "audit", "trail", "P", "--json").stdout)["entries"]
    (raised,) = [each for each in trail if each["type"] == "conflict.raised.v1"]
    assert (raised["actor"], raised["role"], raised["on_behalf_of"]) == (
        "local",
        DEPARTMENT_HEAD,
        "anna",
    )
    nameless = takt(tmp_path, *hold, "--acting-for", "")
    assert (nameless.exit_code, nameless.stderr) == (
        2,
        "takt: --acting-for '': no party has such a name\n",
    )


def test_over_http_a_header_says_for_whom_and_never_a_body(tmp_path: Path) -> None:
    with prepared(tmp_path) as system:
        local = delegation(COORDINATOR, "jürgen", "local-coordinator")
        ask(system, "project.appoint_delegate.v1", local, message_id="local")
        services = services_of(system, Workers({}))
        name, body = RAISE
        acting = {"X-Takt-Acting-For": "j%C3%BCrgen"}
        new = {"If-None-Match": "*"}

        with TestClient(create_app(services), base_url="http://localhost") as client:

            def post(key: str, **headers: str) -> tuple[int, str]:
                known = {"Idempotency-Key": key, **headers}
                answer = client.post(f"/v1/commands/{name}", json=body, headers=known)
                return answer.status_code, answer.json().get("code", "")

            for_anna = {"X-Takt-Acting-For": "anna"}
            assert post("anna", **new, **for_anna) == (403, "not_authorised")
            batch = {"commands": [{"name": name, "data": body}]}
            looked = client.post("/v1/previews", json=batch, headers=for_anna).json()
            assert (looked["possible"], looked["code"]) == (False, "not_authorised")
            assert client.post("/v1/previews", json=batch, headers=acting).json()["possible"]
            assert post("own", **new, **acting) == (201, "")
            in_body = client.post(
                f"/v1/commands/{name}",
                json=body | {"on_behalf_of": "anna"},
                headers={"Idempotency-Key": "body"},
            )
            assert in_body.status_code == 422
            for wrong in ("%FF", "", "a,b%00"):
                assert post("wrong", **{"X-Takt-Acting-For": wrong})[0] == 400, wrong
            read = client.get("/v1/projects/P/status", headers=acting)
            fact = client.post("/v1/events", json={}, headers=acting)
            assert (read.status_code, fact.status_code) == (400, 400)
            assert "only a command is asked for on behalf of another" in fact.json()["detail"]
        raised = system.log.read_stream("conflict-cf-1")[0].envelope
    assert (raised.actor, raised.on_behalf_of) == ("local-coordinator", "jürgen")
