"""Hold the contract register to a contract's life: reviewed, amended, signed, watched by date."""

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
    plan_phase,
    report,
    system_in,
)

CONTRACT = "contract-C-1"
RECEIVED = {"party": "Brauhaus", "kind": "customer", "version": 1, "doc_hash": "aa"}
ORDER = {
    "commitment_id": "PO-1", "vendor": "Norva", "kind": "goods", "item": "valve", "qty": "1",
    "uom": "H87", "need_by": "2026-03-20",
}  # fmt: skip


def wanted(system: System, name: str, **body: object) -> Outcome:
    text = json.dumps({"project_id": "P", **body})
    return ask(system, name, text, message_id=f"{name}-{system.log.head()}")


def asked(system: System, name: str, **body: object) -> None:
    told = wanted(system, f"contract.{name}.v1", contract_id="C-1", **body)
    assert told.kind == "recorded", told


def told(system: System, name: str, **data: object) -> None:
    outcome = report(
        system, f"contract.{name}.v1", CONTRACT, data,
        message_id=f"{name}-{system.log.head()}", project="P",
    )  # fmt: skip
    assert outcome.kind == "recorded", outcome
    system.settle()


def reviewed(system: System) -> None:
    """Plan a day of work and review a contract that asks for it by Tuesday 3 March."""
    ask_all(system, [OPEN, plan_phase("a", 1_440)], message_id="plan")
    told(system, "received", **RECEIVED)
    asked(system, "record_clause", ref="4.1", kind="delivery_date", value="2026-03-03")
    asked(
        system, "record_clause", ref="7.2", kind="liquidated_damages", value="250000",
        unit="EUR/day", cap_minor=400_000,
    )  # fmt: skip
    asked(system, "record_clause", ref="9", kind="reporting", value="1", unit="weeks")
    asked(system, "assign_review", reviewers=["anna", "ben"], due="2026-03-06")
    asked(system, "confirm_ability", aspect="capacity", evidence_position=3)
    asked(
        system, "raise_review_finding", finding_id="F-1", clause="4.1", text="Too soon",
        severity="high",
    )  # fmt: skip


def completed(system: System) -> None:
    reviewed(system)
    asked(system, "resolve_finding", finding_id="F-1", how="accepted", text="We take the risk")
    asked(system, "complete_review", version=1, outcome="accepted_with_conditions")


def takt(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"TAKT_HOME": str(home), "COLUMNS": "200"})


def contract(home: Path, *words: str) -> Any:  # noqa: ANN401  Whatever JSON was printed.
    result = takt(home, "contracts", "P", *words, "--json")
    assert result.exit_code == 0, result.output
    (one,) = json.loads(result.stdout)["contracts"]
    return one


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()  # Monday 2 March.


def test_a_contract_under_review_shows_what_is_open(tmp_path: Path, clock: StandingClock) -> None:
    with system_in(tmp_path, clock) as system:
        reviewed(system)
        refused = wanted(
            system, "contract.complete_review.v1", contract_id="C-1", version=1, outcome="accepted"
        )
        unsigned = wanted(system, "contract.sign.v1", contract_id="C-1", version=1)
    assert (refused.kind, refused.code) == ("refused", "finding_open")
    assert (unsigned.kind, unsigned.code) == ("refused", "unreviewed")
    one = contract(tmp_path)
    assert (one["review"]["state"], one["review"]["reviewers"]) == ("assigned", ["anna", "ben"])
    assert (one["open_findings"], one["findings"][0]["settled"]) == (1, None)
    assert one["abilities"] == {
        "capacity": "anna", "material": None, "technical": None, "cost": None,
    }  # fmt: skip
    assert "finding F-1 on 4.1: Too soon" in takt(tmp_path, "contracts", "P").stdout


def test_a_signed_contract_obliges_by_dates_that_are_computed(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        completed(system)
        asked(system, "sign", version=1)
        clock.advance(timedelta(days=10))
        wanted(system, "project.advance_data_date.v1", data_date="2026-03-12T08:00:00Z")
        told(system, "obligation_met", clause="9", at="2026-03-09T12:00:00Z")
        told(system, "obligation_breached", clause="4.1", at="2026-03-04T00:00:00Z")
    one = contract(tmp_path)
    assert (one["signed_version"], one["signed_by"]) == (1, "anna")
    due = {
        each["clause"]: (each["due"], each["overdue_days"], each["reviewed"])
        for each in one["obligations"]
    }
    assert due == {
        "4.1": ("2026-03-03", 9, True),
        "7.2": (None, None, True),
        "9": ("2026-03-16", None, True),  # Weekly from the 2nd on; the report of the 9th was made.
    }
    (delivery,) = [each for each in one["obligations"] if each["clause"] == "4.1"]
    # Three days of work from Thursday 12 March on end on Monday 16 March.
    assert (delivery["forecast"], delivery["late_days"]) == ("2026-03-16", 13)
    assert delivery["breached_at"] == "2026-03-04T00:00:00+00:00"
    assert one["exposure"] == [{"clause": "7.2", "minor": 400_000, "currency": "EUR"}]
    text = takt(tmp_path, "contracts", "P").stdout
    assert "version 1; review accepted with conditions; version 1 signed" in text
    assert "clause 4.1, delivery date: due 2026-03-03, BREACHED 2026-03-04" in text
    assert "scheduled for 2026-03-16 (+13 d), OVERDUE 9 d" in text
    assert "clause 7.2: exposure 4,000.00 EUR" in text


def test_an_amendment_invalidates_the_review_by_itself_and_lists_what_was_ordered(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        completed(system)
        before = system.log.head()
        wanted(system, "commitment.request.v1", **ORDER)
        told(system, "amended", version=2, changed_clauses=["4.1"])
        names = [event.event.type_name for event in system.log.read_stream(CONTRACT)]
        unsigned = wanted(system, "contract.sign.v1", contract_id="C-1", version=2)
    assert names[-2:] == ["contract.amended.v1", "contract.review_invalidated.v1"]
    assert unsigned.code == "unreviewed"
    one = contract(tmp_path)
    assert (one["version"], one["review"]["state"]) == (2, "invalidated")
    assert one["commitments_made"] == ["PO-1"]
    assert [each["reviewed"] for each in one["obligations"]] == [False, True, True]
    assert "ordered before it was amended: PO-1" in takt(tmp_path, "contracts", "P").stdout
    then = contract(tmp_path, "--as-of", str(before))
    assert (then["version"], then["review"]["state"]) == (1, "accepted_with_conditions")


def test_an_amendment_of_something_else_invalidates_nothing(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        completed(system)
        told(system, "amended", version=2, changed_clauses=["12"])
        names = [event.event.type_name for event in system.log.read_stream(CONTRACT)]
    assert names[-1] == "contract.amended.v1"
    assert contract(tmp_path)["review"]["state"] == "outdated"


def test_only_orders_at_the_vendor_of_the_contract_are_listed_for_him(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        ask(system, *OPEN, message_id="open")
        told(system, "received", **{**RECEIVED, "kind": "vendor", "party": "Norva"})
        asked(system, "record_clause", ref="4.1", kind="spec", value="DIN 11850")
        asked(system, "assign_review", reviewers=["anna"], due="2026-03-06")
        asked(system, "complete_review", version=1, outcome="accepted")
        for line, vendor in (("PO-1", "Norva"), ("PO-2", "Zeta"), ("PO-3", "Norva")):
            order = {**ORDER, "commitment_id": line, "vendor": vendor}
            wanted(system, "commitment.request.v1", **order)
        given_up = {"commitment_id": "PO-3", "reason": {"code": "priority_change"}}
        wanted(system, "commitment.cancel.v1", **given_up)
        told(system, "amended", version=2, changed_clauses=["4.1"])
    assert contract(tmp_path)["commitments_made"] == ["PO-1"]


def test_a_contract_that_was_signed_anyway_stays_and_is_shown(
    tmp_path: Path, clock: StandingClock
) -> None:
    with system_in(tmp_path, clock) as system:
        ask(system, *OPEN, message_id="open")
        told(system, "received", **RECEIVED)
        told(system, "signed", version=1, by="c.meyer")
    one = contract(tmp_path)
    assert (one["signed_version"], one["review"]["state"]) == (1, "none")
    assert [each["code"] for each in one["contradictions"]] == ["unreviewed"]
    assert "SIGNED UNREVIEWED" in takt(tmp_path, "contracts", "P").stdout


def test_the_api_answers_as_the_verb_does(tmp_path: Path, clock: StandingClock) -> None:
    with system_in(tmp_path, clock) as system:
        completed(system)
        services = services_of(system, Workers({}))
        with TestClient(create_app(services), base_url="http://localhost") as client:
            answered = client.get("/v1/projects/P/contracts")
    told_by_verb = json.loads(takt(tmp_path, "contracts", "P", "--json").stdout)
    assert (answered.status_code, answered.json()) == (200, told_by_verb)


def test_a_project_without_contracts_says_so(tmp_path: Path) -> None:
    with system_in(tmp_path) as system:
        ask(system, *OPEN, message_id="open")
        system.settle()
    assert takt(tmp_path, "contracts", "P").stdout == "Press has no contracts.\n"
    assert takt(tmp_path, "contracts", "nobody").exit_code == 2
