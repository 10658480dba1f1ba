"""Put the status report together as of one position, for the audience that asks.

Every audience sees the same figures, as far as they are its own. What a customer or a vendor gets
is made of what is named here and of nothing else, so that an internal field cannot slip through.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

from projections.contract import Row
from projections.reports import sections, talks, weeks
from projections.reports.section import Fact, Section, absent, day, float_days, table

AudienceKind: TypeAlias = Literal["coordinator", "management", "department", "vendor", "customer"]
AUDIENCES: Final[tuple[AudienceKind, ...]] = get_args(AudienceKind)
VERSION: Final = 2
"""Of the document, its digest is of: raised whenever the same log gives another one."""
TOP: Final = 5
"""So many rows of a table one page of management holds."""

Make: TypeAlias = Callable[[Mapping[str, Row], Row], Section]


@dataclass(frozen=True, slots=True)
class Audience:
    """For whom a report is; `party` names the department or the vendor."""

    kind: AudienceKind
    party: str | None = None

    def __str__(self) -> str:
        return self.kind if self.party is None else f"{self.kind}:{self.party}"


class Needs(tuple[str, ...]):
    """The answers a section is made of; one of them missing is its reason."""

    __slots__ = ()


_SECTIONS: Final[Mapping[str, tuple[str, Make, Needs]]] = {
    "head": ("Project and coverage", sections.head, Needs(("status", "reports"))),
    "headline": (
        "Promise and forecast", sections.headline, Needs(("status", "forecast", "why")),
    ),
    "moved": ("What moved, and why", sections.moved, Needs(("why",))),
    "departments": ("Departments", weeks.departments, Needs(("status", "reports", "schedule"))),
    "look_ahead": ("The next weeks", weeks.look_ahead, Needs(("schedule",))),
    "glitches": ("Glitches ahead", sections.glitches, Needs(("conflicts",))),
    "vendors": ("Vendors and contractors", sections.vendors, Needs(("vendors",))),
    "material": ("Material", sections.material, Needs(("material",))),
    "contracts": (
        "Contracts and special requests", sections.contracts, Needs(("contracts", "requests")),
    ),
    "conflicts": ("Conflicts", sections.conflicts, Needs(("conflicts",))),
    "meetings": (
        "Meetings and inquiries", talks.meetings, Needs(("meetings", "inquiries")),
    ),
    "cost": ("Cost and manpower", sections.cost, Needs(("cost",))),
    "notices": ("Notices", talks.notices, Needs(("notices",))),
    "data_quality": ("Data quality", sections.data_quality, Needs(())),
}  # fmt: skip
"""Every section of the whole report in its order: title, how it is made, and out of what."""

_MANAGEMENT: Final = ("head", "headline", "moved", "glitches", "vendors", "cost")


def status_report(
    sources: Mapping[str, Row], absences: Mapping[str, str], asked: Row, audience: Audience
) -> dict[str, Any]:
    """Return the report as a document.

    ``sources`` are the answers by the question's name; ``absences`` says of the others why they are
    not there; ``asked`` holds what no question answers: position, moments and counts.
    """
    made = _MAKERS[audience.kind](sources, absences, asked, audience.party or "")
    return {
        "report": "status",
        "project": asked["project"],
        "name": asked["name"],
        "audience": str(audience),
        "position": asked["position"],
        "as_of": asked["as_of"],
        "previous": asked["previous"],
        "sections": [section.document() for section in made],
    }


def _whole(
    sources: Mapping[str, Row], absences: Mapping[str, str], asked: Row, party: str
) -> Sequence[Section]:
    del party
    return [_made(name, sources, absences, asked) for name in _SECTIONS]


def _management(
    sources: Mapping[str, Row], absences: Mapping[str, str], asked: Row, party: str
) -> Sequence[Section]:
    """Return one page: the promise, what moved it most, what threatens it most, the money."""
    del party
    made = [_made(name, sources, absences, asked) for name in _MANAGEMENT]
    return [_shortened(section) for section in made]


def _made(
    name: str, sources: Mapping[str, Row], absences: Mapping[str, str], asked: Row
) -> Section:
    title, make, needs = _SECTIONS[name]
    for need in needs:
        if need not in sources:
            return absent(name, title, absences.get(need, f"Nobody recorded any {need}"))
    return make(sources, asked)


def _shortened(section: Section) -> Section:
    if len(section.rows) <= TOP:
        return section
    facts = (*section.facts, Fact("Rows left out", len(section.rows) - TOP))
    return Section(section.id, section.title, facts, section.columns, section.rows[:TOP])


def _department(
    sources: Mapping[str, Row], absences: Mapping[str, str], asked: Row, party: str
) -> Sequence[Section]:
    """Return a department's own part, and what others need from it."""
    phases = sections.only(sources["schedule"]["phases"], department=party)
    rows = [
        {
            **phase,
            "begins": day(phase["start"]),
            "ends": day(phase["finish"]),
            "float": float_days(phase["total_float_min"]),
        }
        for phase in phases
        if not phase["summary"] and phase["actual_finish"] is None
    ]
    columns = {
        "name": "Phase", "begins": "Starts", "ends": "Finishes", "critical": "Critical",
        "float": "Total float, days of 8 hours",
    }  # fmt: skip
    own = weeks.own(sources, party)
    return [
        _made("headline", sources, absences, asked),
        _made("departments", own, absences, asked),
        table("phases", "Your open phases", columns, rows),
        _made("look_ahead", own, absences, asked),
        _handed_over(sources, absences),
    ]


def _handed_over(sources: Mapping[str, Row], absences: Mapping[str, str]) -> Section:
    title = "What others await from you"
    if "daysheet" not in sources:
        return absent("handed_over", title, absences.get("daysheet", "No day sheet"))
    rows = [
        {"phase": each["from"]["name"], "what": each["awaited"], "by": day(each["due"]),
         "to": each["to"]["department"], "for": each["to"]["name"]}
        for each in sources["daysheet"]["awaited_by_others"]
    ]  # fmt: skip
    columns = {
        "phase": "Your phase", "what": "Its", "by": "By", "to": "Department", "for": "Awaited for",
    }  # fmt: skip
    return table("handed_over", title, columns, rows)


def _vendor(
    sources: Mapping[str, Row], absences: Mapping[str, str], asked: Row, party: str
) -> Sequence[Section]:
    """Return a vendor's own lines, and nothing of anybody else's."""
    del absences, asked
    rows = [
        {**line, "moves": max(0, len(line["promises"]) - 1)}
        for line in sections.only(sources["vendors"]["lines"], vendor=party)
    ]
    columns = {
        "commitment": "Line", "item": "Item", "ordered": "Ordered", "uom": "Unit",
        "received": "Received", "need": "Needed", "promised": "Promised", "status": "Status",
        "moves": "Moves",
    }  # fmt: skip
    return [table("lines", "Your order lines", columns, rows)]


def _customer(
    sources: Mapping[str, Row], absences: Mapping[str, str], asked: Row, party: str
) -> Sequence[Section]:
    """Return the promise, the milestones, and what the customer asked in its own words.

    What we do about it in the house is not told: who answers, who meets, what does not fit.
    """
    del party, absences, asked
    status, customer = sources["status"], sources["schedule"]["customer"]
    facts = (
        Fact("Promised for", status["promise"]),
        Fact("Expected finish", day(status["forecast_finish"])),
    )
    requests = [
        {"request": each["request"], "asked": each["verbatim"], "stage": each["stage"]}
        for each in sources["requests"]["requests"]
        if each["from"] == customer
    ]
    columns = {"request": "Request", "asked": "What you asked for", "stage": "Stage"}
    return [
        Section("promise", "Promise", facts),
        sections.milestones(sources, {}),
        table("requests", "Your requests", columns, requests),
        talks.open_inquiries(sources["inquiries"], customer),
    ]


_MAKERS: Final = {
    "coordinator": _whole,
    "management": _management,
    "department": _department,
    "vendor": _vendor,
    "customer": _customer,
}
