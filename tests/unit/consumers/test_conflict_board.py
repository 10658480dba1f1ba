"""Ask for the board of conflicts: at the terminal and over HTTP, ranked, and as of any moment."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from consumers.bootstrap import System
from consumers.cli import app
from consumers.conflicts import conflicts
from consumers.failures import WrongInput
from consumers.http.app import create_app
from consumers.running import services_of
from consumers.supervision import Workers
from consumers.verbs.conflicts import conflicts_text
from domain.kernel.messages import SYSTEM, Principal
from tests.unit.consumers.systems import (
    COORDINATES,
    OPEN,
    ask,
    ask_all,
    link,
    plan_phase,
    report,
    system_in,
)

RULES = Principal(party_id="takt", role=SYSTEM)
PROMISE = (
    '{"project_id":"P","to_party":"ACME","deliverable":"Press","promised_date":"2026-03-20",'
    '"delay_cost":{"minor":120000,"currency":"EUR"}}'
)
OTHER = {"code": "other", "text": "It is known"}


def asked(
    system: System, name: str, conflict: str, *, by: Principal = COORDINATES, **body: object
) -> None:
    text = json.dumps({"project_id": "P", "conflict_id": conflict, **body})
    message_id = f"{name}-{system.log.head()}"
    outcome = ask(system, name, text, message_id=message_id, principal=by)
    assert outcome.kind == "recorded", outcome


def found(
    system: System, conflict: str, days: str, likely_bp: int = 10_000, **more: object
) -> None:
    """Let a rule find that something moves the promise by some days, more or less likely."""
    body: dict[str, object] = {
        "rule": "promise_unlikely", "rule_version": 1, "kind": "schedule",
        "subjects": ["phase-P/a"], "summary": f"{conflict} is late", "severity": "medium",
        "impact_days": days, "probability_bp": likely_bp, "evidence": [1], "first_position": 2,
    }  # fmt: skip
    asked(system, "conflict.detect.v1", conflict, by=RULES, **{**body, **more})


def opened(system: System) -> None:
    """Open a project that counts twice, whose promise costs 1200.00 EUR a day of delay."""
    requests = [OPEN, plan_phase("a"), ("project.set_promise.v1", PROMISE)]
    assert ask_all(system, requests, message_id="plan").kind == "recorded"
    weight = '{"project_id":"P","rule":"ranking","parameters":{"weight":200}}'
    assert ask(system, "project.set_rule.v1", weight, message_id="weight").kind == "recorded"


def time_goes_on(system: System, days: int) -> None:
    system.clock.advance(timedelta(days=days))  # type: ignore[attr-defined]
    system.ticker.tick(system.clock())


def board(system: System, **given: str) -> dict[str, Any]:
    system.settle()
    return conflicts(system.views, "P", given)


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def test_what_is_to_be_expected_to_be_lost_most_comes_first(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        opened(system)
        found(system, "sure", "2")
        found(system, "likely", "5", 5_000)
        found(system, "grave", "2", severity="critical")
        asked(system, "conflict.raise.v1", "said", kind="resource", subjects=["phase-P/a"],
              summary="Both want the bay")  # fmt: skip
        document = board(system)
    told = [
        (row["conflict"], row["expected_loss"], row["expected_cost_minor"])
        for row in document["conflicts"]
    ]
    assert told == [
        ("likely", "5.00", 300_000),  # Half of five days, counted twice; 2.5 days of 1200.00 EUR.
        ("grave", "4.00", 240_000),
        ("sure", "4.00", 240_000),
        ("said", "0.00", 0),
    ]
    assert (document["weight"], document["currency"]) == ("2.00", "EUR")


def test_without_a_cost_of_delay_no_money_is_told_and_a_project_counts_once(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        ask_all(system, [OPEN, plan_phase("a")], message_id="plan")
        found(system, "rare", "1.5", 3_333)
        (row,) = board(system)["conflicts"]
    # A third of one and a half days: 0.49995.
    assert (row["expected_loss"], row["expected_cost_minor"]) == ("0.50", None)


def test_a_conflict_goes_from_column_to_column(tmp_path: Path) -> None:
    columns = []
    with system_in(tmp_path) as system:
        opened(system)
        found(system, "C", "2", act_by="2026-03-09", remedies=["Ask the vendor"])

        def look() -> None:
            document = board(system)
            (row,) = document["conflicts"]
            assert document["columns"][row["column"]] == 1
            assert sum(document["columns"].values()) == 1
            columns.append(row["column"])

        look()
        asked(system, "conflict.acknowledge.v1", "C")
        look()
        asked(system, "conflict.assign.v1", "C", owner="ben", due="2026-03-04T12:00:00Z")
        look()
        asked(system, "conflict.propose_option.v1", "C", option_id="air", effect="Two days sooner",
              branch="by-air")  # fmt: skip
        look()
        time_goes_on(system, 3)
        look()
        late = board(system)["conflicts"][0]
        asked(system, "conflict.dismiss.v1", "C", until="2026-03-20T08:00:00Z", reason=OTHER)
        look()
        until = board(system)["conflicts"][0]["dismissed_until"]
        asked(system, "conflict.reopen.v1", "C", reason=OTHER)
        asked(system, "conflict.resolve.v1", "C", mode="compromise", decision="By air, half of it")
        look()
        settled = board(system)["conflicts"][0]
        asked(system, "conflict.clear.v1", "C", by=RULES, because="The vendor came")
        look()
    assert columns == [
        "unacknowledged", "acknowledged", "assigned", "with_options", "overdue", "dismissed",
        "resolved", "cleared",
    ]  # fmt: skip
    assert (late["owner"], late["due"], late["age_days"]) == ("ben", "2026-03-04T12:00:00+00:00", 3)
    assert (late["act_by"], late["remedies"]) == ("2026-03-09", ["Ask the vendor"])
    assert late["options"] == [{"option": "air", "effect": "Two days sooner", "branch": "by-air"}]
    assert (late["evidence"], late["first_position"]) == ([1], 2)
    assert until == "2026-03-20T08:00:00+00:00"
    assert (settled["mode"], settled["decision"]) == ("compromise", "By air, half of it")
    assert settled["reopened"] == 1


def test_how_likely_it_is_and_by_when_to_act_follow_the_rule(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        opened(system)
        found(system, "C", "2", 2_500, act_by="2026-03-09")
        before = system.log.head()
        found(system, "C", "2", 7_500, act_by="2026-03-06")
        (now,) = board(system)["conflicts"]
        (then,) = board(system, as_of=str(before))["conflicts"]
    assert (now["probability_bp"], now["act_by"], now["expected_loss"]) == (
        7_500, "2026-03-06", "3.00",
    )  # fmt: skip
    assert (then["probability_bp"], then["act_by"], then["expected_loss"]) == (
        2_500, "2026-03-09", "1.00",
    )  # fmt: skip


def test_the_totals_count_since_a_position(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        opened(system)
        found(system, "one", "2")
        found(system, "two", "2")
        asked(system, "conflict.clear.v1", "one", by=RULES, because="It came")
        between = system.log.head()
        found(system, "one", "2")
        asked(system, "conflict.assign.v1", "two", owner="ben", due="2026-03-04T12:00:00Z")
        asked(system, "conflict.resolve.v1", "two", mode="direct", decision="So be it")
        all_of_it, later = board(system)["totals"], board(system, since=str(between))["totals"]
        with pytest.raises(WrongInput, match="turn them round"):
            board(system, since=str(system.log.head()), as_of=str(between))
    assert all_of_it == {"opened": 2, "reopened": 1, "resolved": 1, "dismissed": 0, "cleared": 1}
    assert later == {"opened": 0, "reopened": 1, "resolved": 1, "dismissed": 0, "cleared": 0}


def test_the_terminal_and_http_answer_alike_and_a_branch_is_asked_as_well(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        opened(system)
        found(system, "C", "2", act_by="2026-03-09")
        branch = '{"project_id":"P","branch_id":"by-air","title":"By air"}'
        ask(system, "branch.open.v1", branch, message_id="branch")
        found(system, "D", "1")
        asked(system, "conflict.clear.v1", "D", by=RULES, because="It came")
        system.settle()
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            over_http = client.get("/v1/projects/P/conflicts").json()
            on_branch = client.get("/v1/projects/P/conflicts?branch=by-air").json()
    result = takt(tmp_path, "conflicts", "P", "--json")
    assert json.loads(result.stdout) == over_http
    assert [row["conflict"] for row in on_branch["conflicts"]] == ["C"]
    told = takt(tmp_path, "conflicts", "P", "--branch", "by-air", "--json")
    assert json.loads(told.stdout) == on_branch
    assert takt(tmp_path, "conflicts", "P").stdout == (
        "Press, since position 0: 2 opened, 0 reopened, 0 resolved, 0 dismissed, 1 cleared\n"
        "unacknowledged:\n"
        "  medium, expected loss 4.00 d, 2,400.00 EUR; act by 2026-03-09: C is late\n"
        "      C (promise_unlikely), nobody has it\n"
        "cleared: 1\n"
    )


def test_a_project_without_conflicts_says_so(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        ask(system, *OPEN, message_id="1")
        system.settle()
    assert takt(tmp_path, "conflicts", "P").stdout == "Press has no conflicts.\n"


def test_conflicts_that_come_from_the_same_event_are_one_alert_with_children(
    tmp_path: Path,
) -> None:
    order = (
        '{"project_id":"P","commitment_id":"PO-1","vendor":"Norva","kind":"goods","item":"valve",'
        '"qty":"1","uom":"H87","need_by":"2026-03-10","for_phases":["a"]}'
    )
    policy = '{"project_id":"P","material_drives":true}'
    with system_in(tmp_path) as system:
        opened(system)
        ask_all(system, [plan_phase("b"), link("a", "b"), plan_phase("c")], message_id="more")
        ask(system, "project.set_scheduling_policy.v1", policy, message_id="policy")
        ask(system, "commitment.request.v1", order, message_id="order")
        late = {"new": "2026-03-20", "told_by": "Norva", "channel": "email"}
        report(system, "commitment.promise_date_moved.v1", "commitment-PO-1", late, message_id="m")
        moved = system.log.head()
        found(system, "vendor", "4", subjects=["commitment-PO-1"], rule="promise_late")
        found(system, "promise", "5", subjects=["project-P"], rule="finish_after_promise")
        found(system, "phase", "3", subjects=["phase-P/b"])
        found(system, "other", "1", subjects=["phase-P/c"])
        found(system, "bill", "1", subjects=["contract-C-9"], evidence=[2, moved])
        found(system, "report", "1", subjects=["report-P/Works"], evidence=[])
        found(system, "over", "9", subjects=["phase-P/b"])
        asked(system, "conflict.clear.v1", "over", by=RULES, because="It came")
        need = {"meeting_id": "M", "why": "Late", "refs": ["conflict-vendor", "commitment-PO-1"]}
        text = json.dumps({"project_id": "P", **need})
        ask(system, "meeting.anticipate.v1", text, message_id="need")
        found(system, "talk", "0", subjects=["meeting-M"], rule="meeting_needed", evidence=[2])
        document = conflicts(system.views, "P", {"as_of": str(system.log.head())})
    rows = {row["conflict"]: row for row in document["conflicts"]}
    assert {name: row["parent"] for name, row in rows.items()} == {
        "promise": None, "vendor": "promise", "phase": "promise", "bill": "promise",
        "talk": "promise", "other": None, "report": None, "over": None,
    }  # fmt: skip
    assert rows["promise"]["children"] == ["vendor", "phase", "bill", "talk"]
    assert rows["promise"]["root"] == {
        "position": moved, "type": "commitment.promise_date_moved.v1", "stream": "commitment-PO-1",
    }  # fmt: skip
    assert rows["vendor"]["root"] == rows["promise"]["root"]
    assert rows["other"]["root"]["type"] == "plan.phase_planned.v1"
    assert (rows["report"]["root"], rows["over"]["root"]) == (None, None)
    assert document["alerts"] == 3
    told = conflicts_text(document)
    assert "      from the same root: vendor, phase, bill, talk\n" in told
    assert told.count("      same root as promise\n") == 4


def test_a_need_of_a_meeting_about_a_meeting_goes_round_in_no_circle(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        opened(system)
        need = '{"project_id":"P","meeting_id":"M","why":"Late","refs":["conflict-talk"]}'
        ask(system, "meeting.anticipate.v1", need, message_id="need")
        found(system, "talk", "0", subjects=["meeting-M"], rule="meeting_needed", evidence=[2])
        (row,) = board(system)["conflicts"]
    assert row["root"]["position"] == 2


def test_all_projects_are_ranked_together_each_with_its_weight(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        opened(system)
        other = OPEN[1].replace('"P"', '"Q"')
        assert ask_all(system, [(OPEN[0], other)], message_id="other").kind == "recorded"
        found(system, "small", "2")
        found(system, "none", "0")
        found(system, "of-Q", "3", project_id="Q", subjects=["project-Q"])
        before = system.log.head()
        asked(system, "conflict.assign.v1", "none", owner="anna", due="2026-03-09T08:00:00Z")
        asked(system, "conflict.resolve.v1", "none", mode="direct", decision="Nothing is lost")
        system.settle()
    told = json.loads(takt(tmp_path, "conflicts", "--json").stdout)
    ranked = [(row["project"], row["conflict"], row["expected_loss"]) for row in told["conflicts"]]
    assert ranked == [("P", "small", "4.00"), ("Q", "of-Q", "3.00")]
    assert told["projects"] == 2
    earlier = json.loads(takt(tmp_path, "conflicts", "--as-of", str(before), "--json").stdout)
    assert [row["conflict"] for row in earlier["conflicts"]] == ["small", "of-Q", "none"]
    assert json.loads(takt(tmp_path, "conflicts", "--as-of", "1", "--json").stdout) == {
        "position": 1,
        "projects": 1,
        "conflicts": [],
    }
    lines = takt(tmp_path, "conflicts").stdout.splitlines()
    assert lines[2].split()[:3] == ["4.00", "medium", "P"]
    wrong = takt(tmp_path, "conflicts", "--since", "1")
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        "takt: say of which project: --since and --branch are of one\n",
    )


def test_a_plant_without_open_conflicts_says_so(tmp_path: Path) -> None:
    with system_in(tmp_path):
        pass
    assert takt(tmp_path, "conflicts").stdout == "no project has an open conflict\n"
