"""Hand a role over with everything that is open for it: at the terminal and over HTTP, one pack."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.bootstrap import System
from consumers.cli import app
from consumers.handing_over import handover
from consumers.http.app import create_app
from consumers.publishing import recomputed
from consumers.running import services_of
from consumers.supervision import Workers
from domain.kernel.refusals import DomainError
from tests.unit.consumers.systems import OPEN_BODY, ask, ask_all, plan_phase, report, system_in

OPEN = (
    "project.open.v1",
    OPEN_BODY.replace('"start"', '"coordinator_id":"anna","start"'),
)
KINDS = {
    "action", "commitment", "conflict", "finding", "inquiry", "meeting", "notice", "preparation",
    "proposal", "report", "request", "review", "start",
}  # fmt: skip


def asked(system: System, name: str, **body: object) -> None:
    text = json.dumps({"project_id": "P", **body})
    outcome = ask(system, name, text, message_id=f"{name}-{system.log.head()}")
    assert outcome.kind == "recorded", outcome


def told(system: System, name: str, stream: str, **data: object) -> None:
    outcome = report(
        system, name, stream, data, message_id=f"{name}-{system.log.head()}", project="P"
    )
    assert outcome.kind == "recorded", outcome


def much_is_open(system: System) -> None:
    """Leave one thing of each kind open, by Wednesday 4 March; `Works` is led by l.ito."""
    ask_all(system, [OPEN, plan_phase("a"), plan_phase("b")], message_id="plan")
    lead = {"department_id": "Works", "name": "Works"}
    ask(system, "department.register.v1", json.dumps(lead), message_id="works")
    first = {"department_id": "Works", "party": "l.ito", "first_day": "2026-03-01"}
    ask(system, "department.appoint_supervisor.v1", json.dumps(first), message_id="ito")
    asked(
        system, "conflict.raise.v1", conflict_id="cf-1", kind="schedule",
        subjects=["plan-P"], summary="Two cranes wanted",
    )  # fmt: skip
    asked(
        system, "meeting.plan.v1", meeting_id="M-1", purpose="Frames are late",
        start="2026-03-05T09:00:00Z", duration_min=60,
    )  # fmt: skip
    asked(
        system, "meeting.add_agenda_item.v1", meeting_id="M-1", item_id="frames", topic="New date",
        required_departments=["Works"], lead="bert", prep_due="2026-03-03T12:00:00Z",
    )  # fmt: skip
    asked(
        system, "meeting.plan.v1", meeting_id="M-2", purpose="Kick-off",
        start="2026-03-02T07:00:00Z", duration_min=30,
    )  # fmt: skip
    told(system, "meeting.held.v1", "meeting-M-2", started="2026-03-02T07:00:00Z")
    asked(
        system, "meeting.create_action.v1", meeting_id="M-2", action_id="A-1", text="Ask the leads",
        owner="bert", due="2026-03-03T12:00:00Z",
    )  # fmt: skip
    told(
        system, "inquiry.received.v1", "inquiry-Q-1", from_party="Brauhaus", channel="email",
        text="When?", due="2026-03-06T12:00:00Z",
    )  # fmt: skip
    asked(
        system, "report.set_schedule.v1", department_id="Works", rrule="FREQ=DAILY", zone="UTC",
        due_offset_min=60, grace_min=60,
    )  # fmt: skip
    told(
        system, "request.identified.v1", "request-SR-1", from_party="Brauhaus", found_in="call",
        verbatim="All in blue", identified_by="anna",
    )  # fmt: skip
    told(
        system, "contract.received.v1", "contract-C-1", party="Brauhaus", kind="customer",
        version=1, doc_hash="aa",
    )  # fmt: skip
    asked(
        system, "contract.assign_review.v1", contract_id="C-1", reviewers=["bert"],
        due="2026-03-06",
    )  # fmt: skip
    asked(
        system, "contract.record_clause.v1", contract_id="C-1", ref="4.1", kind="delivery_date",
        value="2026-05-01",
    )  # fmt: skip
    asked(
        system, "contract.raise_review_finding.v1", contract_id="C-1", finding_id="F-1",
        clause="4.1", text="Too soon", severity="high",
    )  # fmt: skip
    asked(
        system, "commitment.request.v1", commitment_id="PO-1", vendor="Norva", kind="goods",
        item="valve", qty="10", uom="H87", need_by="2026-03-20",
    )  # fmt: skip
    told(system, "commitment.sent.v1", "commitment-PO-1", revision=1, channel="email")
    asked(
        system, "notice.prepare.v1", notice_id="n-1", recipients=["Norva"], kind="reminder",
        content_hash="ab" * 32, summary="The drawing is wanted",
    )  # fmt: skip
    asked(
        system, "plan.propose_completion_date.v1", phase_id="b", old="2026-03-02T16:00:00Z",
        new="2026-03-09T16:00:00Z", reason={"code": "labour_short"},
    )  # fmt: skip
    system.clock.advance(timedelta(days=2))  # type: ignore[attr-defined]
    system.ticker.tick(system.clock())
    system.settle()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home in which one thing of each kind is open."""
    folder = tmp_path_factory.mktemp("handover")
    with system_in(folder) as system:
        much_is_open(system)
    return folder


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def document(home: Path, *words: str) -> Any:  # noqa: ANN401  Whatever JSON was printed.
    result = takt(home, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refs(pack: Mapping[str, Any]) -> set[str]:
    return {f"{each['kind']} {each['ref']}" for each in pack["points"]}


COORDINATORS = {
    "commitment PO-1", "conflict cf-1", "finding C-1/F-1", "inquiry Q-1", "meeting M-1",
    "notice n-1", "proposal b", "request SR-1",
}  # fmt: skip
BERTS = {"action M-2/A-1", "preparation M-1/frames", "review C-1/bert"}
WORKS = {"report Works/2026-03-03", "report Works/2026-03-04", "start a", "start b"}


def found(home: Path, *words: str) -> set[str]:
    """Return what is open, but for the conflict that a rule found by itself."""
    shown = document(home, "handover", "P", *words)
    return {
        each for each in refs(shown) if each.startswith("conflict cf-1") or "conflict" not in each
    }


def test_every_kind_of_open_point_is_there_with_whose_it_is_and_since_when(home: Path) -> None:
    pack = document(home, "handover", "P")
    assert set(pack["kinds"]) == KINDS
    assert found(home) == COORDINATORS | BERTS | WORKS
    (proposal,) = [each for each in pack["points"] if each["kind"] == "proposal"]
    assert proposal == {
        "kind": "proposal",
        "ref": "b",
        "what": "anna proposes to complete “b” by 2026-03-09T16:00:00+00:00: to be decided",
        "role": "coordinator",
        "party": None,
        "department": None,
        "since": "2026-03-02T07:00:00+00:00",
        "age_days": 2,
        "due": None,
        "overdue": False,
        "position": 22,
    }
    dues = [each["due"] for each in pack["points"] if each["due"] is not None]
    assert dues == sorted(dues)


def test_a_role_a_party_and_both_have_what_is_theirs(home: Path) -> None:
    assert found(home, "--role", "department_head") == WORKS
    assert found(home, "--party", "bert") == BERTS
    assert found(home, "--party", "l.ito") == WORKS, "she leads the department"
    assert found(home, "--party", "anna") == COORDINATORS, "she is the project's coordinator"
    assert found(home, "--party", "l.ito", "--role", "coordinator") == COORDINATORS
    assert found(home, "--party", "carla") == set()
    for_role = found(home, "--role", "coordinator")
    assert for_role == COORDINATORS | BERTS, "what a party is named for, a coordinator follows"


def test_a_pack_is_as_of_any_position_and_its_digest_is_of_what_it_says(home: Path) -> None:
    early = document(home, "handover", "P", "--as-of", "8")
    assert refs(early) == {"conflict cf-1", "meeting M-1", "preparation M-1/frames"}
    assert early["digest"] == document(home, "handover", "P", "--as-of", "8")["digest"]
    later = document(home, "handover", "P", "--as-of", "9")
    assert refs(later) == refs(early)
    assert later["digest"] != early["digest"], "another position is another pack"


def test_what_is_done_is_open_no_more(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        much_is_open(system)
        told(system, "meeting.action_completed.v1", "meeting-M-2", action_id="A-1")
        told(
            system, "meeting.preparation_confirmed.v1", "meeting-M-1", attendee="bert",
            item_id="frames",
        )  # fmt: skip
        reject = {
            "phase_id": "b",
            "proposed": "2026-03-09T16:00:00Z",
            "reason": {"code": "priority_change"},
        }
        asked(system, "plan.reject_completion_date.v1", **reject)
        begun = "2026-03-02T08:00:00Z"
        told(system, "phase.started.v1", "phase-P/a", actual_start=begun)
        told(system, "commitment.acknowledged.v1", "commitment-PO-1", revision=1, status="accepted")
        system.settle()
    left = COORDINATORS | BERTS | WORKS
    done = {"action M-2/A-1", "commitment PO-1", "preparation M-1/frames", "proposal b", "start a"}
    assert found(tmp_path) == left - done


def test_what_was_recorded_in_error_is_not_open(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        much_is_open(system)
        asked(system, "event.void.v1", target="meeting-M-2:3", why="Said of another meeting")
        system.settle()
        asked(system, "event.void.v1", target="inquiry-Q-1:1", why="Asked of another press")
        system.settle()
    assert found(tmp_path).isdisjoint({"action M-2/A-1", "inquiry Q-1"})


def test_a_role_is_handed_over_and_taken_on(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        much_is_open(system)
    roles = ("--role", "coordinator", "--party", "anna")
    pack = document(tmp_path, "handover", "P", *roles)
    issued = document(tmp_path, "handover", "P", *roles, "--to", "bert", "--issue")
    assert (issued["outcome"], issued["changed"]) == ("recorded", True)
    (waiting,) = document(tmp_path, "handover", "P")["handovers"]
    assert (waiting["digest"], waiting["accepted_at"]) == (pack["digest"], None)
    accepted = takt(tmp_path, "handover", "P", "--accept", "--to", "bert")
    assert accepted.exit_code == 0, accepted.output
    shown = takt(tmp_path, "handover", "P").stdout
    assert (
        f"anna handed coordinator over to bert as of position {pack['position']}: accepted" in shown
    )
    again = takt(tmp_path, "handover", "P", "--accept", "--to", "bert")
    assert (again.exit_code, again.stderr) == (
        2,
        "takt: nothing that was handed over to bert waits to be accepted\n",
    )


def test_a_pack_that_was_not_read_cannot_be_handed_over(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        much_is_open(system)
        body = {
            "project_id": "P", "role": "coordinator", "from_party": "anna", "to_party": "bert",
            "at_position": 8, "digest": "ab" * 32,
        }  # fmt: skip
        wrong = ask(system, "project.issue_handover.v1", json.dumps(body), message_id="wrong")
        assert (wrong.kind, wrong.code) == ("refused", "digest_mismatch")
        early = {"at_position": 0}
        nothing = json.dumps(body | early)
        unknown = ask(system, "project.issue_handover.v1", nothing, message_id="nothing")
        assert (unknown.kind, unknown.code) == ("refused", "unknown_subject")


def test_a_pack_is_the_same_computed_from_the_log_alone(home: Path) -> None:
    asked_for = {"role": "coordinator", "party": "anna"}
    with system_in(home) as system:
        alone = recomputed(system.log, system.projections)
        for position in range(1, system.log.head() + 1):
            told_here = handover(system.views, "P", {**asked_for, "as_of": str(position)})
            computed = alone.pack("P", position, **asked_for)
            assert not isinstance(computed, DomainError)
            assert computed.digest == told_here["digest"], position


def test_the_options_of_a_hand_over_belong_together(home: Path) -> None:
    both = takt(home, "handover", "P", "--issue", "--accept")
    assert (both.exit_code, both.stderr) == (2, "takt: say either --issue or --accept\n")
    assert takt(home, "handover", "P", "--issue", "--to", "bert").exit_code == 2
    assert takt(home, "handover", "P", "--accept").exit_code == 2
    assert takt(home, "handover", "Q").exit_code == 2


def test_http_answers_the_same(home: Path) -> None:
    with system_in(home) as system:
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            answer = client.get("/v1/projects/P/handover?role=coordinator&party=anna&as_of=20")
    assert answer.status_code == 200, answer.text
    words = ("--role", "coordinator", "--party", "anna", "--as-of", "20")
    assert answer.json() == document(home, "handover", "P", *words)


def test_a_project_with_nothing_open_says_so(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        ask_all(system, [OPEN], message_id="plan")
        system.settle()
    pack = takt(tmp_path, "handover", "P").stdout.splitlines()
    assert pack[0] == "Press as of position 1: 0 open."
    assert pack[1].startswith("digest ")
