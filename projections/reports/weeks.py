"""Make the sections of the status report about departments and about the weeks to come.

Source of the sections: DOMAIN 6.2.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from projections.contract import Row
from projections.reports.section import Section, day, table
from projections.teller import words

LOOK_AHEAD_WEEKS: Final = (2, 4, 6)
REPORTS_BACK: Final = 8
"""So many of a department's last reports are counted."""
_TO_COME: Final = frozenset({"requested", "sent", "acknowledged", "partly_received"})
"""The states of an order line of which goods are still to come."""


def departments(sources: Mapping[str, Row], asked: Row) -> Section:
    """Say of each department what is done, runs, is late, is left to do, and how it reports.

    The baseline execution index is what is finished against what the baseline has finished by
    today (DCMA-14); undefined where that is nothing.
    """
    reports = {each["department"]: each for each in sources["reports"]["departments"]}
    actions = _open_actions(sources.get("meetings"))
    rows = [
        {
            **each,
            "bei": _execution_index(sources["schedule"]["phases"], each, asked["today"]),
            "late": each["late_starts"] + each["late_finishes"],
            "forecast": day(each["forecast_finish"]),
            "actions": actions[each["department"]],
            "reports": _reported(reports.get(each["department"])),
        }
        for each in sources["status"]["departments"]
    ]
    columns = {
        "department": "Department", "phase_count": "Phases", "finished": "Finished",
        "bei": "Of those due (BEI)", "running": "Running", "interrupted": "Interrupted",
        "late": "Late", "forecast": "Finishes", "actions": "Open actions",
        "reports": f"Last {REPORTS_BACK} reports",
    }  # fmt: skip
    return table("departments", "Departments", columns, rows)


def _execution_index(phases: Sequence[Row], department: Row, today: str) -> str:
    due = sum(
        not phase["summary"]
        and phase["department"] == department["department"]
        and phase["baseline_finish"] is not None
        and phase["baseline_finish"][:10] < today
        for phase in phases
    )
    if not due:
        return "nothing was due"
    return str((Decimal(department["finished"]) / due).quantize(Decimal("0.01")))


def _open_actions(talks: Row | None) -> Counter[str]:
    """Count the actions that are open by the department that their owner was invited for."""
    found: Counter[str] = Counter()
    for meeting in () if talks is None else talks["meetings"]:
        department_of = {each["party"]: each["department"] for each in meeting["invited"]}
        for action in meeting["actions"]:
            department = department_of.get(action["owner"], action["owner"])
            if not action["done"] and department is not None:
                found[department] += 1
    return found


def _reported(reports: Row | None) -> str:
    if reports is None or reports["rule"] is None:
        return "no schedule"
    states = Counter(each["state"] for each in reports["reports"][-REPORTS_BACK:])
    return (
        ", ".join(f"{count} {words(state)}" for state, count in sorted(states.items()))
        or "none yet"
    )


def look_ahead(sources: Mapping[str, Row], asked: Row) -> Section:
    """List what starts and finishes, comes in and is met about in the next six weeks."""
    begin, weeks = asked["today"], asked["weeks_end"]
    rows = []
    for row in (*_edges(sources["schedule"]), *_deliveries(sources), *_meetings(sources)):
        if row["on"] is not None and begin <= row["on"] < weeks[-1]:
            ends = zip(LOOK_AHEAD_WEEKS, weeks, strict=True)
            rows.append({**row, "weeks": next(n for n, end in ends if row["on"] < end)})
    rows.sort(key=lambda row: (row["on"], row["what"]))
    columns = {
        "on": "On", "weeks": "Within weeks", "what": "What", "department": "Department",
        "critical": "Critical",
    }  # fmt: skip
    return table("look_ahead", "The next weeks", columns, rows)


def _edges(schedule: Row) -> Iterator[Row]:
    for phase in schedule["phases"]:
        for edge in () if phase["summary"] else ("start", "finish"):
            if phase[f"actual_{edge}"] is None:
                yield {
                    "on": day(phase[edge]),
                    "what": f"{edge} of {phase['name']}",
                    "department": phase["department"],
                    "critical": phase["critical"],
                }


def _deliveries(sources: Mapping[str, Row]) -> Iterator[Row]:
    """Yield what vendors are to bring, on the day it is expected, else promised, else needed."""
    phases = {phase["id"]: phase for phase in sources["schedule"]["phases"]}
    for line in sources.get("vendors", {"lines": ()})["lines"]:
        if line["status"] in _TO_COME:
            waiting = [phases[each] for each in line["phases"] if each in phases]
            yield {
                "on": line["expected"] or line["promised"] or line["need"],
                "what": f"{line['item']} of {line['vendor']} ({line['commitment']})",
                "department": _listed(each["department"] for each in waiting),
                "critical": any(each["critical"] for each in waiting),
            }


def _meetings(sources: Mapping[str, Row]) -> Iterator[Row]:
    for meeting in sources.get("meetings", {"meetings": ()})["meetings"]:
        if meeting["stage"] == "planned":
            needed = (each["required_departments"] for each in meeting["agenda"])
            yield {
                "on": day(meeting["start"]),
                "what": f"meeting: {meeting['purpose']}",
                "department": _listed(name for names in needed for name in names),
                "critical": None,
            }


def own(sources: Mapping[str, Row], department: str) -> dict[str, Row]:
    """Return the answers as far as they are a department's: its phases, and what they wait for."""
    phases = [each for each in sources["schedule"]["phases"] if each["department"] == department]
    ids = {each["id"] for each in phases}
    status = sources["status"]
    found = {
        **sources,
        "schedule": {**sources["schedule"], "phases": phases},
        "status": {
            **status,
            "departments": [e for e in status["departments"] if e["department"] == department],
        },
    }
    if "vendors" in sources:
        lines = [line for line in sources["vendors"]["lines"] if ids.intersection(line["phases"])]
        found["vendors"] = {**sources["vendors"], "lines": lines}
    if "meetings" in sources:
        meetings = [_own_part(each, department) for each in sources["meetings"]["meetings"]]
        found["meetings"] = {"meetings": [each for each in meetings if each["agenda"]]}
    return found


def _own_part(meeting: Row, department: str) -> Row:
    """Return a meeting with the items alone that need a department, and no other one named."""
    items = (each for each in meeting["agenda"] if department in each["required_departments"])
    agenda = [{**each, "required_departments": [department]} for each in items]
    return {**meeting, "agenda": agenda}


def _listed(names: Iterable[str]) -> list[str]:
    return sorted(set(names))
