"""Plan the demo's project: a bottling line built by six departments, in the neutral plan form."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

PROJECT_ID: Final = "BL-200"
ZONE: Final = "Europe/Berlin"
CUSTOMER: Final = "Nordquell Getränke"
DAY: Final = 480
"""Working minutes of a standard day."""

ENGINEERING: Final = "Engineering"
PROCUREMENT: Final = "Procurement"
FABRICATION: Final = "Fabrication"
ASSEMBLY: Final = "Assembly"
ELECTRICAL: Final = "Electrical"
QUALITY: Final = "Quality and commissioning"

MODULES: Final = {
    "infeed": "Infeed conveyor",
    "rinser": "Rinser",
    "filler": "Filler",
    "capper": "Capper",
    "labeller": "Labeller",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One phase of a module: what follows `after`, for so many working days."""

    key: str
    name: str
    department: str
    days: int
    after: tuple[str, ...] = ()
    kind: str = "task"
    link: str = "FS"
    lag_days: int = 0


MODULE_STEPS: Final = (
    Step("design", "concept and layout", ENGINEERING, 4),
    Step("drawings", "detail drawings", ENGINEERING, 6, ("design",), link="SS", lag_days=2),
    Step("review", "design review", QUALITY, 1, ("drawings",), "review"),
    Step("order", "purchased parts", PROCUREMENT, 10, ("review",), "procurement"),
    Step("cut", "laser cutting", FABRICATION, 2, ("review",)),
    Step("weld", "welding of the frame", FABRICATION, 4, ("cut",), link="SS", lag_days=1),
    Step("paint", "painting", FABRICATION, 2, ("weld",)),
    Step("mount", "mechanical assembly", ASSEMBLY, 5, ("paint", "order")),
    Step("wire", "wiring", ELECTRICAL, 3, ("mount",), link="SS", lag_days=2),
    Step("bench", "module test", QUALITY, 2, ("mount", "wire")),
)

LINE_STEPS: Final = (
    Step("kickoff", "Kick-off with the customer", ENGINEERING, 0, (), "start_ms"),
    Step("urs", "Requirements agreed", ENGINEERING, 3, ("kickoff",)),
    Step("safety", "Risk assessment", QUALITY, 4, ("urs",), "review"),
    Step("plc", "Control architecture", ELECTRICAL, 5, ("urs",)),
    Step("cabinet-order", "Cabinets and drives", PROCUREMENT, 15, ("plc",), "procurement"),
    Step("cabinet-a", "Control cabinet A", ELECTRICAL, 6, ("cabinet-order",)),
    Step("cabinet-b", "Control cabinet B", ELECTRICAL, 6, ("cabinet-order",), lag_days=2),
    Step("software", "Line software", ELECTRICAL, 18, ("plc",)),
    Step("hmi", "Operator screens", ELECTRICAL, 8, ("software",), link="FF", lag_days=2),
    Step("marry", "Modules joined to the line", ASSEMBLY, 4, ("cabinet-a", "cabinet-b")),
    Step("dry-run", "Dry run", QUALITY, 3, ("marry", "software", "hmi", "safety")),
    Step("fat", "Factory acceptance test", QUALITY, 2, ("dry-run",), "review"),
    Step("fat-passed", "Accepted at the factory", QUALITY, 0, ("fat",), "finish_ms"),
    Step("pack", "Dismantling and packing", ASSEMBLY, 3, ("fat-passed",)),
    Step("ship", "Transport to the customer", PROCUREMENT, 2, ("pack",), "procurement"),
    Step("install", "Installation on site", ASSEMBLY, 6, ("ship",)),
    Step("power", "Power on and signal test", ELECTRICAL, 2, ("install",)),
    Step("sat", "Site acceptance test", QUALITY, 3, ("power",), "review"),
    Step("handover", "Handed over", QUALITY, 0, ("sat",), "finish_ms"),
)

RESOURCES: Final = (
    ("laser", "Laser cutter", FABRICATION, 1000),
    ("welders", "Welding bay", FABRICATION, 2000),
    ("booth", "Paint booth", FABRICATION, 1000),
    ("fitters", "Fitters", ASSEMBLY, 4000),
    ("electricians", "Electricians", ELECTRICAL, 3000),
    ("test-bay", "Test bay", QUALITY, 2000),
)
USES: Final = {
    "cut": "laser",
    "weld": "welders",
    "paint": "booth",
    "mount": "fitters",
    "wire": "electricians",
    "bench": "test-bay",
}


@dataclass(frozen=True, slots=True)
class Order:
    """One commitment of the demo: what a vendor is asked for, and for which phase."""

    id: str
    vendor: str
    item: str
    qty: str
    uom: str
    phase: str
    kind: str = "goods"


ORDERS: Final = (
    Order("PO-4101.1", "Band & Kette", "conveyor chain", "64.0", "MTR", "infeed-mount"),
    Order("PO-4102.1", "Aquadys", "rinser nozzles", "48", "H87", "rinser-mount"),
    Order("PO-4103.1", "Fluxtec", "flow meters", "24", "H87", "filler-mount"),
    Order("PO-4103.2", "Fluxtec", "filling valves", "24", "H87", "filler-mount"),
    Order("PO-4104.1", "Kopfwerk", "capping heads", "12", "H87", "capper-mount"),
    Order("PO-4105.1", "Etiketta", "label applicator", "2", "H87", "labeller-mount"),
    Order("PO-4106.1", "Drive Union", "servo drives", "18", "H87", "cabinet-a"),
    Order("PO-4106.2", "Drive Union", "frequency converters", "9", "H87", "cabinet-b"),
    Order("PO-4107.1", "Schalt & Sohn", "cabinet enclosures", "2", "H87", "cabinet-a"),
    Order("PO-4108.1", "Lackhaus Weber", "coating, RAL 5010", "120.0", "KGM", "infeed-paint"),
    Order("PO-4109.1", "TÜV service", "safety acceptance", "1", "C62", "dry-run", "service"),
    Order("PO-4110.1", "Hanse Spedition", "heavy transport", "3", "H87", "ship", "subcontract"),
)
"""Twelve commitments with eleven vendors."""


def project_start(today: date) -> datetime:
    """Return 07:00 on the Monday eight weeks before the week of `today`, in the project's zone."""
    monday = today - timedelta(days=today.weekday() + 56)
    return datetime.combine(monday, time(7), ZoneInfo(ZONE))


def promised_date(start: datetime) -> date:
    """Return the day the line was promised for: the one on which the plan just ends."""
    return (start + timedelta(weeks=11, days=1)).date()


def plan(start: datetime) -> dict[str, Any]:
    """Return the whole plan as `takt.plan/1`."""
    phases, links = _phases_and_links()
    return {
        "format": "takt.plan/1",
        "project": {
            "id": PROJECT_ID,
            "name": "Bottling line BL-200",
            "start": start.isoformat(),
            "zone": ZONE,
            "calendar": "plant",
            "customer": CUSTOMER,
            "promise": promised_date(start).isoformat(),
        },
        "calendars": [_plant_calendar(start), _two_shifts()],
        "resources": [
            {"id": key, "name": name, "department": department, "capacity_milli": milli}
            for key, name, department, milli in RESOURCES
        ],
        "phases": phases,
        "links": links,
    }


def _plant_calendar(start: datetime) -> dict[str, Any]:
    closed = (start + timedelta(weeks=4, days=3)).date()  # A works meeting: closed at noon.
    return {
        "id": "plant",
        "weekly": [
            {"day": day, "windows": [["07:00", "11:00"], ["11:30", "15:30"]]} for day in range(1, 6)
        ],
        "exceptions": [{"date": closed.isoformat(), "windows": [["07:00", "11:00"]]}],
    }


def _two_shifts() -> dict[str, Any]:
    return {
        "id": "two-shifts",
        "weekly": [
            {"day": day, "windows": [["06:00", "14:00"], ["14:00", "22:00"]]} for day in range(1, 6)
        ],
        "exceptions": [],
    }


def _phases_and_links() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    phases: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    phases.append(_summary("line", "1", "The line", QUALITY))
    for place, step in enumerate(LINE_STEPS[:4], 1):
        phases.append(_phase(step, step.key, step.name, f"1.{place}", "line"))
        links.extend(_links(step, ""))
    for number, (module, title) in enumerate(MODULES.items(), 2):
        phases.append(_summary(module, str(number), title, ASSEMBLY))
        for place, step in enumerate(MODULE_STEPS, 1):
            name = f"{title}: {step.name}"
            phases.append(_phase(step, f"{module}-{step.key}", name, f"{number}.{place}", module))
            links.extend(_links(step, f"{module}-"))
        links.append(_link("urs", f"{module}-design"))
        links.append(_link(f"{module}-bench", "marry"))
    first = len(MODULES) + 2
    phases.append(_summary("delivery", str(first), "Control, acceptance, delivery", QUALITY))
    for place, step in enumerate(LINE_STEPS[4:], 1):
        phases.append(_phase(step, step.key, step.name, f"{first}.{place}", "delivery"))
        links.extend(_links(step, ""))
    return phases, links


def _summary(key: str, wbs: str, name: str, department: str) -> dict[str, Any]:
    return {
        "id": key,
        "wbs": wbs,
        "name": name,
        "kind": "task",
        "department": department,
        "duration_min": 0,
    }


def _phase(step: Step, key: str, name: str, wbs: str, parent: str) -> dict[str, Any]:
    phase: dict[str, Any] = {
        "id": key,
        "wbs": wbs,
        "name": name,
        "kind": step.kind,
        "department": step.department,
        "duration_min": step.days * DAY,
        "parent": parent,
    }
    if step.key == "cut":
        phase["calendar"] = "two-shifts"
    if step.key in USES:
        phase["requires"] = [{"resource": USES[step.key], "milli": 1000}]
    return phase


def _links(step: Step, prefix: str) -> list[dict[str, Any]]:
    return [_link(f"{prefix}{pred}", f"{prefix}{step.key}", step) for pred in step.after]


def _link(pred: str, succ: str, step: Step | None = None) -> dict[str, Any]:
    link: dict[str, Any] = {"pred": pred, "succ": succ, "type": "FS"}
    if step is not None:
        link["type"] = step.link
        if step.lag_days:
            link["lag"] = {"value": step.lag_days * DAY, "unit": "working_min"}
    return link
