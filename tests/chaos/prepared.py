"""Lay down the plans that every run is about, where the settings say."""

import json
from pathlib import Path
from typing import Any, Final

from consumers.bootstrap import build
from consumers.gateways.plan_file import plan_of
from consumers.plan_import import take_plan
from consumers.settings import read_settings
from domain.kernel.messages import COORDINATOR, Principal
from tests.chaos.plant import PHASES, PROJECTS

PLANNER: Final = Principal(party_id="planner", role=COORDINATOR)


def plan_of_project(number: int) -> dict[str, Any]:
    """Return the plan of one project: phases in a row."""
    return {
        "format": "takt.plan/1",
        "project": {
            "id": f"PRJ-{number}",
            "name": f"Line {number}",
            "start": "2026-03-02T08:00",
            "zone": "Europe/Berlin",
            "calendar": "day",
        },
        "calendars": [
            {
                "id": "day",
                "weekly": [{"day": day, "windows": [["08:00", "16:00"]]} for day in range(1, 6)],
                "exceptions": [],
            }
        ],
        "resources": [],
        "phases": [
            {
                "id": f"p{phase}",
                "name": f"Phase {phase}",
                "department": "Works",
                "duration_min": 480,
            }
            for phase in range(PHASES)
        ],
        "links": [{"pred": f"p{phase}", "succ": f"p{phase + 1}"} for phase in range(PHASES - 1)],
    }


def prepare(home: Path, **settings: str) -> str:
    """Import the plans where these settings say; return where log and rows lie."""
    read = read_settings({"TAKT_HOME": str(home), **settings})
    system = build(read)
    try:
        for number in range(PROJECTS):
            plan = plan_of_project(number)
            take_plan(
                plan_of(plan),
                json.dumps(plan).encode(),
                dispatcher=system.dispatcher,
                event_log=system.log,
                ask_at=system.clock(),
                principal=PLANNER,
            )
        system.settle()
    finally:
        system.close()
    return read.store
