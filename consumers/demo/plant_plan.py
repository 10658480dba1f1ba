"""Write the plan of a plant's project in the neutral form: modules, phases, calendars."""

from datetime import datetime, timedelta
from typing import Any, Final

from consumers.demo.plant_beats import Phase
from consumers.demo.project import DAY, MODULE_STEPS, QUALITY, USES, Step

FINAL: Final = Step("final", "acceptance", QUALITY, 1, kind="review")
"""What is left to do when all modules are built, as often as phases are left."""


def module_form(number: int) -> dict[str, Any]:
    """Return a module of the line, a summary of its phases."""
    return {
        "id": f"m{number:03d}",
        "wbs": str(number + 1),
        "name": f"Module {number + 1}",
        "kind": "task",
        "department": QUALITY,
        "duration_min": 0,
    }


def phase_form(place: int, phase: Phase) -> dict[str, Any]:
    """Return a phase as the plan has it."""
    step, number = phase.step, place % len(MODULE_STEPS) + 1
    of = f"Acceptance {number}" if step is FINAL else f"Module {phase.module + 1}: {step.name}"
    planned: dict[str, Any] = {
        "id": phase.id,
        "wbs": f"{phase.module + 1}.{number}",
        "name": of,
        "kind": step.kind,
        "department": step.department,
        "duration_min": step.days * DAY,
    }
    if step is not FINAL:
        planned["parent"] = f"m{phase.module:03d}"
    if step.key == "cut":
        planned["calendar"] = "six"
    if step.key in USES:
        planned["requires"] = [{"resource": USES[step.key], "milli": 1000}]
    return planned


def calendar_form(key: str, days: range, start: datetime) -> dict[str, Any]:
    """Return a calendar of one shift on these weekdays, closed on one day of the fourth week."""
    windows = [["07:00", "11:00"], ["11:30", "15:30"]]
    closed = (start + timedelta(weeks=3)).date().isoformat()
    return {
        "id": key,
        "weekly": [{"day": day, "windows": windows} for day in days],
        "exceptions": [{"date": closed, "windows": []}],
    }
