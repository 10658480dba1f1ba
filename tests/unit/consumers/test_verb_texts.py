"""What a person reads at the terminal: counts that agree, names with ids, no empty columns."""

from typing import Any

import pytest

from consumers.verb_texts import letters_text, plan_import_text, status_text
from consumers.verbs.conflicts import conflicts_text
from consumers.verbs.contracts import contracts_text
from consumers.verbs.day_sheet import day_sheet_text
from consumers.verbs.load import load_text
from consumers.verbs.material import material_text
from consumers.verbs.rules import rules_text
from consumers.verbs.texts import SAID_MAX, said, weekday_moment
from consumers.verbs.vendors import vendors_text
from consumers.verbs.why import why_text
from projections.material_words import lateness
from projections.teller import quantity

DEPARTMENT = {
    "department": "Works", "planned": 1, "released": 0, "running": 0, "interrupted": 0,
    "finished": 0, "late_starts": 0, "late_finishes": 0, "percent_bp": 0,
}  # fmt: skip


def status(**told: Any) -> str:  # noqa: ANN401
    project = {
        "project": "P", "name": "Press", "standing": "open", "zone": "UTC", "position": 9,
        "forecast_finish": "2026-03-05T17:00:00+00:00", "promise": "2026-03-06",
        "slip_working_days": "-1.00", "departments": [DEPARTMENT], "conflicts": [],
        "unconfirmed": [], "latest": [],
    }  # fmt: skip
    return status_text(project | told)


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        ("-1.00", "promise 2026-03-06 (1.00 working days to spare), position 9"),
        ("1.50", "promise 2026-03-06 (1.50 working days late), position 9"),
        ("0.00", "promise 2026-03-06 (just kept), position 9"),
        (None, "promise 2026-03-06, position 9"),
    ],
)
def test_the_status_says_whether_the_promise_is_kept(slip: str | None, told: str) -> None:
    line = status(slip_working_days=slip).splitlines()[1]
    assert line == f"forecast 2026-03-05 17:00, {told}, times in UTC"


def test_what_is_long_comes_last_and_reasons_stand_where_there_are_any() -> None:
    conflict = {"severity": "high", "id": "c1", "owner": None, "summary": "Weld is late"}
    change = {"at": "2026-03-02T08:00:00+00:00", "who": "anna", "what": "Weld starts later"}
    text = status(conflicts=[conflict], latest=[change | {"why": "rain"}, change | {"why": None}])
    assert text.split("\n\n", 2)[2].splitlines() == [
        "Open conflicts",
        "severity  id  owner   summary",
        "--------  --  ------  ------------",
        "high      c1  nobody  Weld is late",
        "",
        "Latest changes",
        "when              who   what",
        "----------------  ----  -----------------------------",
        "2026-03-02 08:00  anna  Weld starts later (why: rain)",
        "2026-03-02 08:00  anna  Weld starts later",
    ]


def test_a_chain_names_each_phase_as_others_refer_to_it() -> None:
    hop = {
        "name": "Trial", "phase": "second", "edge": "finish", "date": "2026-03-05T17:00:00+00:00",
        "driver": {"kind": "predecessor", "ref": "l"}, "set_by": None,
        "link": {
            "id": "l", "pred": "first", "pred_name": "Trial", "type": "FS", "lag": 0,
            "unit": "working_min",
        },
    }  # fmt: skip
    first = hop | {"phase": "first", "link": None, "driver": {"kind": "project_start", "ref": ""}}
    document = {
        "problem": None, "chain": [hop, first], "date": hop["date"], "name": "Press",
        "phase": None, "phase_name": None, "edge": "finish",
    }  # fmt: skip
    assert why_text(document).splitlines()[2:] == [
        "Because:",
        "  Trial (second)  finish  Thu 2026-03-05 17:00  waits for Trial (first), FS",
        "  Trial (first)   finish  Thu 2026-03-05 17:00  project start",
    ]


def test_a_conflict_that_costs_no_day_says_nothing_of_days() -> None:
    row: dict[str, Any] = {
        "conflict": "c1", "column": "unacknowledged", "severity": "high", "act_by": None,
        "expected_loss": "0.00", "expected_cost_minor": None, "dismissed_until": None,
        "summary": "Works has not reported", "owner": None, "due": None, "age_days": 1,
        "rule": "report_overdue", "raised_by": None, "options": [], "remedies": [],
        "parent": None, "children": [], "root": None,
    }  # fmt: skip
    document = {
        "name": "Press", "since": 0, "totals": {"opened": 1}, "columns": {"unacknowledged": 1},
        "conflicts": [row], "currency": "EUR",
    }  # fmt: skip
    assert conflicts_text(document).splitlines()[2:] == [
        "  high: Works has not reported",
        "      c1 (report_overdue), nobody has it, 1 day old",
    ]


def test_counts_agree_with_what_they_count() -> None:
    plan = {
        "outcome": "imported", "project": "P", "phases": 2, "links": 1, "calendars": 1,
        "resources": 0, "code": None, "text": None, "differences": None, "notes": [],
    }  # fmt: skip
    assert plan_import_text(plan).splitlines()[0] == (
        "imported: project P: 2 phases, 1 link, 1 calendar, 0 resources"
    )
    contract = {
        "contract": "C", "party": "Brauhaus", "kind": "customer", "version": 1,
        "signed_version": None, "review": {"state": "none", "overdue_days": None},
        "contradictions": [], "commitments_made": [], "findings": [], "obligations": [],
        "exposure": [],
    }  # fmt: skip
    assert contracts_text({"name": "Press", "contracts": [contract]}).startswith(
        "Press, 1 contract:\n"
    )
    load: dict[str, Any] = {
        "name": "Press", "from": "2026-03-02T08:00:00+00:00", "to": "2026-03-06T08:00:00+00:00",
        "resources": [], "bucket": "day", "manpower": None, "problem": None,
    }  # fmt: skip
    assert load_text(load).endswith(": 0 of 0 resources are asked for too much.")


def test_a_project_that_needs_no_item_says_so() -> None:
    document: dict[str, Any] = {
        "name": "Press", "problem": None, "items": [], "shortages": [],
        "as_of": "2026-03-02T08:00:00+00:00",
    }  # fmt: skip
    assert material_text(document) == "Press needs no item that was recorded."


def test_an_order_line_says_what_came_and_when() -> None:
    line: dict[str, Any] = {
        "commitment": "PO-1", "vendor": "Norva", "item": "valves", "status": "received",
        "need": "2026-03-02", "promised": "2026-03-02", "expected": "2026-03-02",
        "overdue_promise_days": None, "overdue_need_days": None, "promises": [],
        "received": "4.0", "uom": "H87", "received_at": "2026-03-12T08:00:00+00:00",
    }  # fmt: skip
    told = vendors_text({"name": "Press", "lines": [line], "vendors": []}).splitlines()
    assert told[0] == "Press, 1 order line:"
    assert told[1] == (
        "  PO-1  Norva, valves: received; need 2026-03-02, promised 2026-03-02, "
        "expected 2026-03-02, received 4 pcs by 2026-03-12"
    )
    line |= {"status": "sent", "promised": None, "expected": None, "received_at": None}
    told = vendors_text({"name": "Press", "lines": [line], "vendors": []}).splitlines()
    assert told[1] == "  PO-1  Norva, valves: sent; need 2026-03-02, nothing promised"


def test_no_dead_letters_are_told_as_none() -> None:
    assert letters_text({"dead_letters": [], "parked": []}) == "No dead letters\n\nNo parked facts"


def test_a_department_that_nobody_leads_says_so() -> None:
    document = {
        "name": "Press", "department": "Works", "day": "2026-03-02", "problem": "no calendar",
        "owner": {"supervisor": None, "delegates": []},
    }  # fmt: skip
    assert day_sheet_text(document).splitlines()[0] == (
        "Press: Works on Mon 2026-03-02, nobody is appointed to lead it"
    )


def test_rules_stand_in_columns_with_numbers_in_their_units() -> None:
    number = {"name": "grace", "value": 1, "default": 1, "unit": "working days", "text": "So long."}
    rules = [
        {"code": "G1", "name": "short", "title": "One.", "on": True, "numbers": [number]},
        {"code": "G2", "name": "much_longer", "title": "Two.", "on": False, "numbers": []},
    ]
    assert rules_text({"rules": rules, "noise": [], "ranking": []}).splitlines()[:3] == [
        "G1   short        One.",
        "     grace: 1 working day. So long.",
        "G2   much_longer  Two.  (off)",
    ]


def test_a_quantity_has_its_unit_where_that_is_known_and_no_gap_where_it_is_not() -> None:
    told = [quantity("3", "MTR"), quantity("3.50", "XYZ"), quantity("120.0", None)]
    assert told == ["3 m", "3.5 XYZ", "120"]


def test_what_somebody_said_is_one_line_and_cut_where_it_is_long() -> None:
    assert [said(None), said(" Paint\n it  blue ")] == ["", "Paint it blue"]
    assert said("a" * (SAID_MAX + 1)) == "a" * (SAID_MAX - 1) + "…"


def test_a_moment_is_told_with_its_weekday_in_its_own_offset() -> None:
    assert weekday_moment("2026-03-02T08:00:00+01:00") == "Mon 2026-03-02 08:00"
    assert [weekday_moment(None), weekday_moment(None, "none")] == ["no date", "none"]


def test_what_is_short_and_can_still_be_had_in_time_is_not_late_by_nothing() -> None:
    told = [lateness("0.00"), lateness("2.00"), lateness(None)]
    assert told == ["in time if ordered now", "2.00 days late", "never"]
