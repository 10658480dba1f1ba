"""Make the sections of the status report out of the answers to questions about a project.

Each takes the answers as they are served, so a figure is the same here as where it is asked alone.
Source of the sections: DOMAIN 6.2.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from domain.attribution.days import in_days
from domain.kernel.wording import amount_text
from projections.contract import Row
from projections.reported import rule_words
from projections.reports.section import Fact, Section, absent, day, moment, table
from projections.teller import spoken, words

CAUSES_MAX: Final = 12
HOUR_MIN: Final = 60
OVER: Final = frozenset({"dismissed", "resolved", "cleared"})
"""The columns of the board in which nothing waits to be settled."""


def head(sources: Mapping[str, Row], asked: Row) -> Section:
    """Say which project it is, as of when, and how old the figures of each department are."""
    status, reports = sources["status"], sources["reports"]
    rows = [
        {
            "department": each["department"],
            "reports": "no schedule" if each["rule"] is None else rule_words(each["rule"]),
            "state": words(each["reports"][-1]["state"]) if each["reports"] else None,
            "figures": day(each["figures_as_of"]),
        }
        for each in reports["departments"]
    ]
    facts = (
        Fact("Project", f"{status['name']} ({status['project']})"),
        Fact("Log position", asked["position"]),
        Fact("As of", f"{moment(asked['as_of'])} UTC"),
        Fact("Data date", moment(status["data_date"])),
        Fact("Times in", status["zone"]),
        Fact("Previous report", _previous(asked["previous"])),
        Fact("Compared with position", asked["since"]),
    )
    columns = {
        "department": "Department", "reports": "Reports", "state": "Last report",
        "figures": "Figures of",
    }  # fmt: skip
    return table("head", "Project and coverage", columns, rows, facts)


def _previous(issued: Row | None) -> str | None:
    if issued is None:
        return None
    return f"as of position {issued['position']}, issued {moment(issued['issued_at'])} UTC"


def headline(sources: Mapping[str, Row], asked: Row) -> Section:
    """Hold the promise against the forecast finish, and say how that changed."""
    del asked
    status, forecast, why = sources["status"], sources["forecast"], sources["why"]
    days = status["slip_working_days"]
    facts = (
        Fact("Promised", status["promise"]),
        Fact("Scheduled finish", moment(status["forecast_finish"])),
        Fact("P50", day(forecast["p50"])),
        Fact("P80", day(forecast["p80"])),
        Fact("Forecast", forecast["problem"] or f"{forecast['runs']} runs"),
        Fact("Working days late", days),
        Fact(f"Moved since position {why['from']}, days of the clock", str(why["moved_days"])),
        Fact("Health", _health(status)),
    )
    return Section("headline", "Promise and forecast", facts)


def _health(status: Row) -> str:
    if status["promise"] is None:
        return "nothing is promised"
    if status["late"]:
        return "off track"
    grave = any(each["severity"] in {"critical", "high"} for each in status["conflicts"])
    return "at risk" if grave else "on track"


def moved(sources: Mapping[str, Row], asked: Row) -> Section:
    """Say what moved the finish since the last report, in days that add up to the move."""
    del asked
    why = sources["why"]
    moves = sorted(why["moves"], key=lambda move: -abs(move["minutes"]))
    rows = [
        {
            "days": str(move["days"]),
            "what": spoken(move["type"]),
            "phase": move["phase_name"],
            "who": move["vendor"] or move["department"] or move["party"],
            "class": move["class"],
            "why": move["text"] or words(move["reason"]),
            "position": move["position"],
        }
        for move in moves[:CAUSES_MAX]
    ]
    total, won = Decimal(str(why["moved_days"])), in_days(why["won_min"])
    others = sum((Decimal(str(move["days"])) for move in moves[CAUSES_MAX:]), Decimal())
    facts = [
        Fact("Moved, days of the clock", str(total)),
        Fact("Lost, days of the clock", str(total + won)),  # So that what stands together adds up.
        Fact("Won back, days of the clock", str(won)),
    ]
    if len(moves) > CAUSES_MAX:
        left = len(moves) - CAUSES_MAX
        facts.append(Fact(f"By {left} smaller causes, days of the clock", str(others)))
    columns = {
        "days": "Days", "what": "Event", "phase": "Phase", "who": "Who", "class": "Class",
        "why": "Why", "position": "Position",
    }  # fmt: skip
    return table("moved", "What moved, and why", columns, rows, facts)


def glitches(sources: Mapping[str, Row], asked: Row) -> Section:
    """List open conflicts by expected loss: what is likely to move the promise by the most.

    Those that come from the same event are one line, that of the greatest loss; the board has all.
    """
    del asked
    board = sources["conflicts"]
    rows = [
        {
            **each,
            "rule": words(each["rule"] or "raised by hand"),
            "likely": f"{each['probability_bp'] // 100} %",
            "due": day(each["due"]),
            "also": len(each["children"]),
            "expected_cost": _amount(each["expected_cost_minor"], board["currency"]),
            "ways_out": [option["effect"] for option in each["options"]] or each["remedies"],
        }
        for each in board["conflicts"]
        if each["column"] not in OVER and each["parent"] is None
    ]
    columns = {
        "expected_loss": "Expected loss, days", "impact_days": "Days on the promise",
        "likely": "Likely", "severity": "Severity", "rule": "Rule", "summary": "What",
        "subjects": "About", "act_by": "Act by", "owner": "Owner", "due": "Due",
        "ways_out": "Ways out", "also": "Others from it",
        "evidence": "Evidence, positions",
    }  # fmt: skip
    if board["currency"] is not None:
        columns["expected_cost"] = f"Expected cost, {board['currency']}"
    return table("glitches", "Glitches ahead", columns, rows)


def vendors(sources: Mapping[str, Row], asked: Row) -> Section:
    """List every order line: needed, promised, expected, and how often the promise moved."""
    del asked
    lines = [
        {**each, "moves": max(0, len(each["promises"]) - 1)} for each in sources["vendors"]["lines"]
    ]
    columns = {
        "vendor": "Vendor", "item": "Item", "commitment": "Line", "need": "Needed",
        "promised": "Promised", "expected": "Expected", "status": "Status", "moves": "Moves",
        "overdue_need_days": "Overdue, days",
    }  # fmt: skip
    return table("vendors", "Vendors and contractors", columns, lines)


def material(sources: Mapping[str, Row], asked: Row) -> Section:
    """List what is short and what is to be done about it."""
    del asked
    plan = sources["material"]
    if plan["problem"] is not None:
        return absent("material", "Material", str(plan["problem"]))
    if not plan["items"]:
        return absent("material", "Material", "No phase needs an item that was recorded")
    rows = [
        {"item": item["item"], "what": message["kind"], "qty": message["qty"],
         "at": day(message["at"])}
        for item in plan["items"]
        for message in item["messages"]
    ]  # fmt: skip
    facts = (Fact("Items", len(plan["items"])), Fact("Shortages", len(plan["shortages"])))
    columns = {"item": "Item", "what": "Action", "qty": "Quantity", "at": "By"}
    return table("material", "Material", columns, rows, facts)


def contracts(sources: Mapping[str, Row], asked: Row) -> Section:
    """List the contracts with their reviews, and the special requests with their impact."""
    del asked
    rows = [
        {"what": f"contract {each['contract']}", "party": each["party"],
         "stage": each["review"]["state"], "days": None, "open": each["open_findings"]}
        for each in sources["contracts"]["contracts"]
    ] + [
        {"what": f"request {each['request']}", "party": each["from"],
         "stage": each["stage"], "open": None,
         "days": None if each["impact"] is None else each["impact"]["days"]}
        for each in sources["requests"]["requests"]
    ]  # fmt: skip
    if not rows:
        return absent(
            "contracts", "Contracts and special requests", "No contract or request was recorded"
        )
    columns = {
        "what": "What", "party": "Party", "stage": "Stage", "days": "Days", "open": "Open findings",
    }  # fmt: skip
    return table("contracts", "Contracts and special requests", columns, rows)


def conflicts(sources: Mapping[str, Row], asked: Row) -> Section:
    """Count what was opened and settled since; list what is overdue, and how the settled ended."""
    del asked
    board = sources["conflicts"]
    columns, still = board["columns"], board["conflicts"]
    facts = (
        *(Fact(name.capitalize(), count) for name, count in board["totals"].items()),
        Fact("Open", sum(count for name, count in columns.items() if name not in OVER)),
        Fact("Overdue", columns["overdue"]),
    )
    rows = [
        {**each, "due": day(each["due"])}
        for each in still
        if each["column"] == "overdue"
        or (each["column"] == "resolved" and each["position"] > board["since"])
    ]
    titles = {
        "summary": "What", "column": "State", "owner": "Owner", "due": "Due", "mode": "Mode",
        "decision": "Decision",
    }  # fmt: skip
    return table("conflicts", "Conflicts", titles, rows, facts)


def cost(sources: Mapping[str, Row], asked: Row) -> Section:
    """Tell the earned value; a ratio that is not defined says why."""
    del asked
    figures = dict(sources["cost"])
    if figures["bac"] is None and not figures["ac"]:
        reason = f"No cost: {figures['undefined'].get('bac', 'nothing is budgeted')}"
        return absent("cost", "Cost and manpower", reason)
    money = {
        "bac": "Budget at completion", "pv": "Planned value", "ev": "Earned value",
        "ac": "Actual cost",
    }  # fmt: skip
    figures |= {name: _amount(figures[name], figures["currency"]) for name in money}
    facts = [
        Fact(title, _defined(figures[name], figures["undefined"].get(name)))
        for name, title in (money | {"cpi": "CPI", "spi": "SPI"}).items()
    ]
    hours = [
        {
            "skill": each["skill"] or "not known",
            "planned": _hours(each["planned_min"]),
            "booked": _hours(each["booked_min"]),
        }
        for each in figures["hours"]
    ]
    columns = {"skill": "Skill", "planned": "Planned, hours", "booked": "Booked, hours"}
    return table("cost", f"Cost and manpower ({figures['currency'] or 'no currency'})", columns,
                 hours, facts)  # fmt: skip


def _hours(minutes: int) -> str:
    whole, rest = divmod(minutes, HOUR_MIN)
    return f"{whole}:{rest:02d}"


def _amount(minor: int | None, currency: str | None) -> str | None:
    if minor is None:
        return None
    return str(minor) if currency is None else amount_text(minor, currency)


def _defined(value: Any, why: str | None) -> str:  # noqa: ANN401  A figure as JSON.
    return f"undefined: {why}" if value is None else str(value)


def data_quality(sources: Mapping[str, Row], asked: Row) -> Section:
    """Count what was corrected, entered late, or contradicts the plan."""
    del sources
    facts = tuple(Fact(name, count) for name, count in asked["data_quality"].items())
    return Section("data_quality", "Data quality", facts)


def milestones(sources: Mapping[str, Row], asked: Row) -> Section:
    """List the milestones with their dates."""
    del asked
    rows = [
        {"name": each["name"], "on": day(each["finish"]),
         "reached": each["actual_finish"] is not None}
        for each in sources["schedule"]["phases"]
        if each["kind"] in {"start_ms", "finish_ms"}
    ]  # fmt: skip
    columns = {"name": "Milestone", "on": "On", "reached": "Reached"}
    return table("milestones", "Milestones", columns, rows)


def only(rows: Sequence[Row], **wanted: object) -> list[Row]:
    """Return the rows whose fields have these values."""
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]
