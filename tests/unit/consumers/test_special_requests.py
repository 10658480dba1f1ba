"""Follow a customer's request from the call to the days it cost: branch, approval, plan, `why`."""

import json
from datetime import timedelta
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
from domain.log.port import Outcome
from tests.unit.consumers.systems import (
    OPEN,
    StandingClock,
    ask,
    ask_all,
    link,
    plan_phase,
    report,
    system_in,
)

REQUEST = "request-SR-9"
SAID = {
    "from_party": "Brauhaus", "found_in": "call", "verbatim": "All of it in blue",
    "identified_by": "anna",
}  # fmt: skip
PRICE = {"minor": 1_250_000, "currency": "EUR"}
TWO_DAYS_MORE = {
    "project_id": "P", "phase_id": "b", "duration_min": 1_440,
    "reason": {"code": "engineering_change"},
}  # fmt: skip


def wanted(system: System, name: str, **body: object) -> Outcome:
    text = json.dumps({"project_id": "P", **body})
    return ask(system, name, text, message_id=f"{name}-{system.log.head()}")


def asked(system: System, name: str, **body: object) -> Outcome:
    return wanted(system, f"request.{name}.v1", request_id="SR-9", **body)


def done(outcome: Outcome) -> None:
    assert outcome.kind == "recorded", outcome


def told(system: System, name: str, **data: object) -> None:
    done(
        report(
            system,
            f"request.{name}.v1",
            REQUEST,
            data,
            message_id=f"{name}-{system.log.head()}",
            project="P",
        )
    )


def identified(system: System) -> None:
    """Plan two days of work, and hear of a request."""
    ask_all(system, [OPEN, plan_phase("a"), plan_phase("b"), link("a", "b")], message_id="plan")
    told(system, "identified", **SAID)


def assessed(system: System) -> None:
    """Ask on a branch what it would do if the second phase took two days more."""
    identified(system)
    done(asked(system, "classify", kind="finish"))
    done(wanted(system, "branch.open.v1", branch_id="blue", title="All in blue"))
    done(
        wanted(
            system,
            "branch.add_request.v1",
            branch_id="blue",
            command="plan.revise_duration.v1",
            data=TWO_DAYS_MORE,
        )
    )
    done(asked(system, "assess_impact", branch="blue", money=PRICE))


def moved(system: System) -> None:
    """Let the first phase take a day more, so that the second one moves."""
    done(
        wanted(
            system,
            "plan.revise_duration.v1",
            phase_id="a",
            duration_min=960,
            reason={"code": "estimate_wrong"},
        )
    )


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def document(home: Path, *words: str) -> Any:  # noqa: ANN401  Whatever JSON was printed.
    result = takt(home, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def request(home: Path, *words: str) -> Any:  # noqa: ANN401
    (one,) = document(home, "requests", "P", *words)["requests"]
    return one


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()  # Monday 2 March.


def test_the_impact_is_computed_on_the_branch_and_nothing_of_it_is_in_the_plan(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        assessed(system)
        system.settle()
    one = request(tmp_path)
    assert (one["stage"], one["kind"], one["found_in"]) == ("assessed", "finish", "call")
    assert one["impact"] == {
        "branch": "blue",
        "days": "2.00",
        "effort_min": 960,
        "money": PRICE,
        "materials": [],
        "phases": ["b"],
        "assessed_at_position": 6,
        "stale": False,
        "moved": [],
    }
    assert document(tmp_path, "schedule", "P")["finish"].startswith("2026-03-03")
    line = takt(tmp_path, "requests", "P").stdout
    assert "SR-9  Brauhaus: “All of it in blue” assessed; +2 working days, 12,500.00 EUR" in line


def test_nothing_is_applied_that_nobody_approved(tmp_path: Path, clock: StandingClock) -> None:
    with system_in(tmp_path, clock) as system:
        assessed(system)
        before = system.log.head()
        refused = asked(system, "apply")
        assert (refused.kind, refused.code) == ("refused", "unapproved")
        assert system.log.head() == before


def test_an_assessment_of_a_plan_that_moved_since_is_stale_and_is_made_again(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        assessed(system)
        moved(system)
        assert asked(system, "quote", money=PRICE).code == "assessment_stale"
        assert asked(system, "approve").code == "assessment_stale"
        assert asked(system, "assess_impact", branch="blue").code == "assessment_stale"
        system.settle()
        stale = request(tmp_path)
        done(wanted(system, "branch.open.v1", branch_id="blue-2", title="Again"))
        done(
            wanted(
                system,
                "branch.add_request.v1",
                branch_id="blue-2",
                command="plan.revise_duration.v1",
                data=TWO_DAYS_MORE,
            )
        )
        done(asked(system, "assess_impact", branch="blue-2", money=PRICE))
        done(asked(system, "approve"))
        moved_again = {"phase_id": "a", "duration_min": 480, "reason": {"code": "estimate_wrong"}}
        done(wanted(system, "plan.revise_duration.v1", **moved_again))
        assert asked(system, "apply").code == "assessment_stale"
    assert (stale["impact"]["stale"], stale["impact"]["moved"]) == (True, ["b"])
    assert "STALE: b moved since" in takt(tmp_path, "requests", "P", "--as-of", "10").stdout


def test_the_days_that_a_request_cost_are_the_customers_in_the_answer_to_why(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        assessed(system)
        before = system.log.head()
        told(system, "approved", by="Brauhaus")
        done(asked(system, "apply"))
        done(asked(system, "verify", evidence="Seen on the line"))
        done(asked(system, "inform_customer", notice="N-3"))
        moved(system)
        system.settle()
        applied = next(event for event in system.log.read(before, 100) if event.stream == "plan-P")
    assert applied.envelope.causation_id == "branch-blue/1"
    assert applied.envelope.responsible == "Brauhaus"
    why = document(tmp_path, "why", "P", "--from", str(before))
    customer = {each["name"]: each["days"] for each in why["by"]["customer"]}
    assert customer["customer_request"] == pytest.approx(2.0)
    assert sum(each["minutes"] for each in why["by"]["customer"]) == why["moved_min"]
    (move,) = [each for each in why["moves"] if each["reason"] == "customer_request"]
    assert move["text"] == "request SR-9"
    one = request(tmp_path)
    assert (one["stage"], one["approved_by"], one["notices"]) == ("verified", "Brauhaus", ["N-3"])
    assert one["events"] == ["plan-P@4", "branch-blue@3"]
    assert one["impact"]["stale"] is None
    # Saturday and Sunday lie not in between: two working days are two days of the clock here.
    (charged,) = [each for each in why["by"]["customer"] if each["name"] == "customer_request"]
    assert one["cost"] == {"moved_min": charged["minutes"], "days": "2.00"}
    assert document(tmp_path, "requests", "P")["cost"] == one["cost"]
    assert "verified" in (line := takt(tmp_path, "requests", "P").stdout)
    assert "it cost +2 working days" in line
    asked_then = request(tmp_path, "--as-of", str(before))
    assert (asked_then["stage"], asked_then["approved"]) == ("assessed", False)


def test_an_approval_is_decided_on_the_plan_that_it_looked_at(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        assessed(system)
        done(asked(system, "approve"))
        approved = system.log.read_stream(REQUEST)[-1]
    assert approved.envelope.decided_on == {"plan-P": 3, "project-P": 1}


def test_what_several_requests_cost_adds_up(tmp_path: Path, clock: StandingClock) -> None:
    with system_in(tmp_path, clock) as system:
        assessed(system)
        done(asked(system, "approve"))
        done(asked(system, "apply"))
        done(
            report(
                system,
                "request.identified.v1",
                "request-SR-10",
                SAID,
                message_id="second",
                project="P",
            )
        )
        done(wanted(system, "branch.open.v1", branch_id="crate", title="In crates"))
        done(
            wanted(
                system,
                "branch.add_request.v1",
                branch_id="crate",
                command="plan.plan_phase.v1",
                data={
                    "project_id": "P",
                    "phase_id": "c",
                    "name": "Crate",
                    "department_id": "Works",
                    "duration_min": 240,
                },
            )
        )
        done(
            wanted(
                system,
                "branch.add_request.v1",
                branch_id="crate",
                command="plan.link_phases.v1",
                data={"project_id": "P", "link_id": "b-c", "pred": "b", "succ": "c"},
            )
        )
        for step, more in (("assess_impact", {"branch": "crate"}), ("approve", {}), ("apply", {})):
            done(wanted(system, f"request.{step}.v1", request_id="SR-10", **more))
        system.settle()
    told = document(tmp_path, "requests", "P")
    costs = {each["request"]: each["cost"]["days"] for each in told["requests"]}
    assert costs == {"SR-9": "2.00", "SR-10": "0.50"}
    assert told["cost"]["days"] == "2.50"
    why = document(tmp_path, "why", "P", "--from", "6")
    minutes = {each["name"]: each["minutes"] for each in why["by"]["customer"]}
    assert minutes["customer_request"] == told["cost"]["moved_min"]


def test_a_request_that_changes_nothing_in_the_plan_needs_no_branch(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        identified(system)
        done(asked(system, "assess_impact", money=PRICE))
        done(asked(system, "approve"))
        done(asked(system, "apply"))
        system.settle()
    one = request(tmp_path)
    assert (one["stage"], one["impact"]["days"], one["events"]) == ("applied", "0", [])
    assert one["cost"] == {"moved_min": 0, "days": "0.00"}


def test_a_branch_that_was_merged_or_is_another_projects_assesses_nothing(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        identified(system)
        assert asked(system, "assess_impact", branch="nowhere").code == "unknown_subject"
        done(wanted(system, "branch.open.v1", branch_id="old", title="Old"))
        done(wanted(system, "branch.drop.v1", branch_id="old"))
        assert asked(system, "assess_impact", branch="old").code == "invalid_transition"


def test_a_branch_that_was_merged_by_hand_is_not_applied_again(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        assessed(system)
        done(asked(system, "approve"))
        done(wanted(system, "branch.merge.v1", branch_id="blue"))
        refused = asked(system, "apply")
        # The merge moved what the request affects, so its assessment is stale as well.
        assert (refused.kind, refused.code) == ("refused", "assessment_stale")


TRIED: list[tuple[str, dict[str, object]]] = [
    ("branch.open.v1", {"branch_id": "blue", "title": "Blue"}),
    ("branch.add_request.v1",
     {"branch_id": "blue", "command": "plan.revise_duration.v1", "data": TWO_DAYS_MORE}),
]  # fmt: skip
ASSESSED_AND_APPLIED: list[tuple[str, dict[str, object]]] = [
    ("request.assess_impact.v1", {"request_id": "SR-9", "branch": "blue", "money": PRICE}),
    ("request.approve.v1", {"request_id": "SR-9"}),
    ("request.apply.v1", {"request_id": "SR-9"}),
]


@pytest.mark.parametrize(
    "settled", [ASSESSED_AND_APPLIED, [("branch.merge.v1", {"branch_id": "blue"})]]
)
def test_what_is_tried_and_settled_in_one_batch_moves_the_plan(
    tmp_path: Path, clock: StandingClock, settled: list[tuple[str, dict[str, object]]]
) -> None:
    """A merge decides what its branch asks for as the batch has made it, not as the log had it."""
    with system_in(tmp_path, clock) as system:
        identified(system)
        batch = [(name, json.dumps({"project_id": "P", **body})) for name, body in TRIED + settled]
        head = system.log.head()
        done(ask_all(system, batch, message_id="all-at-once"))
        system.settle()
        kinds = [each.event.type_name for each in system.log.read(head, 20)]
        assert kinds.index("plan.phase_duration_revised.v1") < kinds.index("branch.merged.v1")
        phases = system.views.schedule("P", None)["phases"]
    assert {each["id"]: each["duration_min"] for each in phases}["b"] == 1_440


def test_a_branch_asks_for_nothing_of_special_requests(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        assessed(system)
        body = {"project_id": "P", "request_id": "SR-9"}
        refused = wanted(
            system, "branch.add_request.v1", branch_id="blue",
            command="request.apply.v1", data=body,
        )  # fmt: skip
        assert (refused.kind, refused.code) == ("refused", "malformed")


def test_a_request_grows_older_until_it_is_decided(tmp_path: Path, clock: StandingClock) -> None:
    with system_in(tmp_path, clock) as system:
        identified(system)
        clock.advance(timedelta(days=4))
        wanted(system, "project.advance_data_date.v1", data_date="2026-03-06T08:00:00Z")
        system.settle()
        open_for = request(tmp_path)["age_days"]
        told(system, "withdrawn", by="Brauhaus")
        clock.advance(timedelta(days=6))
        wanted(system, "project.advance_data_date.v1", data_date="2026-03-12T08:00:00Z")
        system.settle()
    assert (open_for, request(tmp_path)["age_days"]) == (4, 4)


def test_the_api_answers_as_the_verb_does(tmp_path: Path, clock: StandingClock) -> None:
    with system_in(tmp_path, clock) as system:
        assessed(system)
        system.settle()
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            answered = client.get("/v1/projects/P/requests")
    assert (answered.status_code, answered.json()) == (200, document(tmp_path, "requests", "P"))


def test_a_project_without_special_requests_says_so(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        ask(system, *OPEN, message_id="open")
        system.settle()
    assert takt(tmp_path, "requests", "P").stdout == "Press has no special requests.\n"
    assert takt(tmp_path, "requests", "nobody").exit_code == 2
