"""Read the tasks, links, resources and assignments of Microsoft Project's XML."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree

from consumers.gateways.mspdi_fields import Fields, children, fields_of
from consumers.gateways.plan_form import UNKNOWN_DEPARTMENT

ELAPSED_CALENDAR: Final = "24h"
"""The calendar of tasks whose duration is elapsed time; MSPDI's own are numbers."""

_CONSTRAINTS: Final = ("ASAP", "ALAP", "MSO", "MFO", "SNET", "SNLT", "FNET", "FNLT")
_LINK_TYPES: Final = ("FF", "FS", "SF", "SS")
_PERCENT: Final = frozenset({19, 51})
_ELAPSED_PERCENT: Final = frozenset({20, 52})
_ELAPSED: Final = frozenset({4, 6, 8, 10, 12, 36, 38, 40, 42, 44})
_RESOURCE_KINDS: Final = ("material", "work", "cost")
_LATEST: Final = frozenset({"SNLT", "FNLT"})
_FINISH_KINDS: Final = frozenset({"FNET", "FNLT", "MFO"})
_DEFAULTS: Final = frozenset({"", "0", "0.0", "0.00", "false", "PT0H0M0S", "-1", "NA", "500"})

# What Project computes, or keeps for its own screens: it carries nothing a plan would miss.
_PRIVATE: Final = frozenset({
    "ID", "GUID", "CreateDate", "CreationDate", "Type", "EffortDriven", "Estimated",
    "ResumeValid", "Resume", "Stop", "Work", "OverAllocated", "Overallocated", "EarlyStart",
    "EarlyFinish", "LateStart", "LateFinish", "StartSlack", "FinishSlack", "FreeSlack",
    "StartVariance", "FinishVariance", "WorkVariance", "DurationVariance", "CostVariance",
    "PercentComplete", "PercentWorkComplete", "Cost", "OvertimeCost", "OvertimeWork",
    "ActualDuration", "ActualCost", "ActualOvertimeCost", "ActualWork", "ActualOvertimeWork",
    "RegularWork", "RemainingCost", "RemainingWork", "RemainingOvertimeCost",
    "RemainingOvertimeWork", "ACWP", "CV", "SV", "VAC", "BCWS", "BCWP", "LevelAssignments",
    "LevelingCanSplit", "LevelingDelayFormat", "IgnoreResourceCalendar", "HideBar", "Rollup",
    "EarnedValueMethod", "FixedCostAccrual", "IsPublished", "CommitmentType", "StatusManager",
    "DisplayAsSummary", "Recurring", "WorkGroup", "PeakUnits", "CanLevel", "AccrueAt",
    "StandardRateFormat", "OvertimeRateFormat", "Start", "Finish", "Confirmed", "CostRateTable",
    "HasFixedRateUnits", "LinkedFields", "Milestone", "ResponsePending", "UpdateNeeded",
    "WorkContour", "RateScale", "BookingType", "IsGeneric", "IsEnterprise", "Initials",
    "FixedMaterial", "ManualDuration", "ManualFinish", "ActualWorkProtected",
    "ActualOvertimeWorkProtected", "DelayFormat",
})  # fmt: skip
_CARRIED: Final = {
    "Task": frozenset({
        "UID", "Name", "IsNull", "WBS", "OutlineNumber", "OutlineLevel", "Duration",
        "DurationFormat", "Milestone", "Summary", "CalendarUID", "ConstraintType",
        "ConstraintDate", "Deadline", "ActualStart", "ActualFinish", "RemainingDuration",
        "PhysicalPercentComplete", "PredecessorLink", "TotalSlack", "Critical", "Active",
        "Manual", "ManualStart", "ExternalTask",
    }),
    "Resource": frozenset({"UID", "Name", "IsNull", "Type", "MaxUnits", "CalendarUID", "Group"}),
    "Assignment": frozenset({"UID", "TaskUID", "ResourceUID", "Units", "Work"}),
}  # fmt: skip


@dataclass(slots=True)
class Sheet:
    """The rows of a file as they become rows of the plan, and what is left behind."""

    phases: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    resources: list[dict[str, Any]] = field(default_factory=list)
    assignments: list[dict[str, Any]] = field(default_factory=list)
    stored: dict[str, dict[str, Any]] = field(default_factory=dict)
    of_no_matter: set[str] = field(default_factory=set)
    """Tasks that go by their own calendar whoever is assigned to them."""
    outline: list[tuple[int, str]] = field(default_factory=list)
    """The summaries that the next task may lie below, outermost first."""
    skipped: set[str] = field(default_factory=set)
    """Tasks that are no phases: the project's own summary, blank and inactive rows."""
    project_name: str = ""
    left: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def take_task(self, element: etree._Element) -> None:
        """Take a ``Task`` element in; raises PlanFileError."""
        plain = fields_of(element, "/Project/Tasks/Task")
        uid = str(plain.integer("UID"))
        plain.place = f"/Project/Tasks/Task[UID={uid}]"
        level = plain.integer("OutlineLevel", 1)
        if uid == "0" and level == 0:
            self.project_name = plain.text("Name")
            self.skipped.add(uid)
            return
        if plain.flag("IsNull"):
            self.skipped.add(uid)
            self.notes.append(f"row {plain.text('ID') or uid} of the task sheet is blank")
            return
        if plain.text("Active") in {"0", "false"}:
            self.skipped.add(uid)
            self.notes.append(f"task {uid} is inactive and not planned: {plain.text('Name')}")
            return
        self._count_left("Task", element, plain)
        while self.outline and self.outline[-1][0] >= level:
            self.outline.pop()
        links = [
            link
            for each in children(element, "PredecessorLink")
            if (link := self._link(uid, fields_of(each, f"{plain.place}/PredecessorLink")))
        ]
        phase = self._phase(uid, plain, linked=bool(links))
        if self.outline:
            phase["parent"] = self.outline[-1][1]
        self.outline.append((level, uid))
        self.phases.append(phase)
        self.links += links
        self._store(uid, plain)

    def take_resource(self, element: etree._Element) -> None:
        """Take a ``Resource`` element in; the unnamed one stands for work nobody is assigned to."""
        plain = fields_of(element, "/Project/Resources/Resource")
        uid = str(plain.integer("UID"))
        plain.place = f"/Project/Resources/Resource[UID={uid}]"
        if plain.flag("IsNull"):
            self.notes.append(f"row {plain.text('ID') or uid} of the resource sheet is blank")
            return
        self._count_left("Resource", element, plain)
        kind = plain.integer("Type", 1)
        row = {
            "id": uid,
            "name": plain.text("Name") or f"Resource {uid}",
            "department": plain.text("Group") or UNKNOWN_DEPARTMENT,
            "capacity_milli": plain.milli("MaxUnits", 1000),
            "kind": _RESOURCE_KINDS[kind] if 0 <= kind < len(_RESOURCE_KINDS) else "work",
        }
        calendar = plain.integer("CalendarUID", -1)
        if calendar >= 0:
            row["calendar"] = str(calendar)
        self.resources.append(row)

    def take_assignment(self, element: etree._Element) -> None:
        """Take an ``Assignment`` element in; a negative resource is nobody."""
        plain = fields_of(element, "/Project/Assignments/Assignment")
        uid = str(plain.integer("UID"))
        plain.place = f"/Project/Assignments/Assignment[UID={uid}]"
        self._count_left("Assignment", element, plain)
        resource = plain.integer("ResourceUID", -1)
        self.assignments.append(
            {
                "id": uid,
                "phase": str(plain.integer("TaskUID")),
                "resource": str(resource) if resource >= 0 else None,
                "units_milli": plain.milli("Units", 1000),
                "work_min": plain.minutes("Work") or 0,
            }
        )

    def finish(self) -> None:
        """Settle what needs all rows: summaries, assignments of skipped tasks, requirements."""
        phases = {phase["id"]: phase for phase in self.phases}
        for summary in {phase["parent"] for phase in self.phases if "parent" in phase}:
            self._make_summary(phases[summary])
        for rows, ends in ((self.links, ("pred", "succ")), (self.assignments, ("phase",))):
            kept = [row for row in rows if not any(row[end] in self.skipped for end in ends)]
            if len(kept) < len(rows):
                what = "link(s)" if "pred" in ends else "assignment(s)"
                self.notes.append(f"{len(rows) - len(kept)} {what} of tasks that are not planned")
            rows[:] = kept
        workers = {row["id"] for row in self.resources if row["kind"] == "work"}
        for row in self.assignments:
            phase = phases.get(row["phase"])
            if phase is not None and row["resource"] in workers:
                _require(phase, row)
        for tag, count in sorted(self.left.items()):
            self.notes.append(f"{tag}: {count} value(s) not taken over")

    def _phase(self, uid: str, plain: Fields, *, linked: bool) -> dict[str, Any]:
        duration = plain.minutes("Duration") or 0
        phase: dict[str, Any] = {
            "id": uid,
            "wbs": plain.text("WBS") or plain.text("OutlineNumber"),
            "name": plain.text("Name") or f"Task {uid}",
            "duration_min": duration,
        }
        calendar = self._calendar(uid, plain)
        if calendar is not None:
            phase["calendar"] = calendar
        constraint = self._constraint(uid, plain)
        if constraint is not None:
            phase["constraint"] = constraint
        if plain.flag("Milestone") and duration == 0:
            ends = linked or (constraint is not None and constraint["kind"] in _FINISH_KINDS)
            phase["kind"] = "finish_ms" if ends else "start_ms"
        elif plain.flag("Milestone") and not plain.flag("Summary"):
            self.notes.append(f"milestone {uid} has a duration and is planned as a task")
        for name, key in (
            ("Deadline", "deadline"),
            ("ActualStart", "actual_start"),
            ("ActualFinish", "actual_finish"),
        ):
            at = plain.time(name)
            if at is not None:
                phase[key] = at
        if "actual_start" in phase and "actual_finish" not in phase:
            phase["remaining_min"] = plain.minutes("RemainingDuration")
        done = plain.integer("PhysicalPercentComplete", 0)
        if done:
            phase["physical_bp"] = done * 100
        return phase

    def _calendar(self, uid: str, plain: Fields) -> str | None:
        """Return the calendar a task has of its own, also by counting in elapsed time."""
        calendar = plain.integer("CalendarUID", -1)
        if calendar >= 0 and plain.flag("IgnoreResourceCalendar"):
            self.of_no_matter.add(uid)
        if plain.integer("DurationFormat", 7) in _ELAPSED:
            return ELAPSED_CALENDAR
        return str(calendar) if calendar >= 0 else None

    def _constraint(self, uid: str, plain: Fields) -> dict[str, Any] | None:
        typed = plain.time("ManualStart")
        if plain.flag("Manual") and typed is not None:
            self.notes.append(f"task {uid} is scheduled by hand: it must start on {typed}")
            return {"kind": "MSO", "at": typed}
        number = plain.integer("ConstraintType", 0)
        if number == 0:
            return None
        if not 0 < number < len(_CONSTRAINTS):
            plain.refuse("ConstraintType", f"{number} is none of 0 to 7")
        kind, at = _CONSTRAINTS[number], plain.time("ConstraintDate")
        if kind == "ALAP":
            return {"kind": kind}
        if at is None:
            self.notes.append(f"task {uid} has a constraint {kind} without a date: left out")
            return None
        return {"kind": kind, "at": at}

    def _link(self, succ: str, plain: Fields) -> dict[str, Any] | None:
        pred = str(plain.integer("PredecessorUID"))
        if plain.flag("CrossProject"):
            self.notes.append(f"task {succ} waits for a task of another project: link left out")
            return None
        kind = plain.integer("Type", 1)
        if not 0 <= kind < len(_LINK_TYPES):
            plain.refuse("Type", f"{kind} is none of 0 (FF) to 3 (SS)")
        link: dict[str, Any] = {"pred": pred, "succ": succ, "type": _LINK_TYPES[kind]}
        lag, form = plain.integer("LinkLag", 0), plain.integer("LagFormat", 7)
        if lag and form in _PERCENT | _ELAPSED_PERCENT:
            link["lag"] = {"value": lag * 100, "unit": "percent_of_pred"}
            if form in _ELAPSED_PERCENT:
                link["lag"]["calendar"] = "24h"
        elif lag:
            unit = "elapsed_min" if form in _ELAPSED else "working_min"
            link["lag"] = {"value": _whole_minutes(lag), "unit": unit}
            if lag % 10:
                self.notes.append(f"the lag of {pred} to {succ} is rounded to whole minutes")
        return link

    @property
    def has_latest_dates(self) -> bool:
        """Whether a task must start or finish no later than a date."""
        constraints = (phase.get("constraint") for phase in self.phases)
        return any(each is not None and each["kind"] in _LATEST for each in constraints)

    def _store(self, uid: str, plain: Fields) -> None:
        self.stored[uid] = {
            "start": plain.time("Start"),
            "finish": plain.time("Finish"),
            "early_start": plain.time("EarlyStart"),
            "early_finish": plain.time("EarlyFinish"),
            "late_start": plain.time("LateStart"),
            "late_finish": plain.time("LateFinish"),
            "total_slack_min": _slack(plain, "TotalSlack"),
            "free_slack_min": _slack(plain, "FreeSlack"),
            "critical": plain.flag("Critical") if plain.text("Critical") else None,
        }

    def _make_summary(self, phase: dict[str, Any]) -> None:
        phase["duration_min"] = 0
        phase["kind"] = "task"
        for name in ("actual_start", "actual_finish", "remaining_min", "physical_bp"):
            phase.pop(name, None)

    def _count_left(self, kind: str, element: etree._Element, plain: Fields) -> None:
        known = _CARRIED[kind]
        for name, value in plain.values.items():
            if name not in known and name not in _PRIVATE and value not in _DEFAULTS:
                self.left[f"{kind}/{name}"] += 1
        for child in element:
            name = etree.QName(child).localname
            if len(child) and name not in known:
                self.left[f"{kind}/{name}"] += 1


def _slack(plain: Fields, name: str) -> int | None:
    return _whole_minutes(plain.integer(name)) if plain.text(name) else None


def _whole_minutes(tenths: int) -> int:
    """Return tenths of a minute as minutes, the same way for a lag and a lead."""
    minutes = (abs(tenths) + 5) // 10
    return minutes if tenths >= 0 else -minutes


def _require(phase: dict[str, Any], assignment: dict[str, Any]) -> None:
    """Add an assignment to what a phase requires; two of one resource add up."""
    needs = phase.setdefault("requires", [])
    for need in needs:
        if need["resource"] == assignment["resource"]:
            need["milli"] += assignment["units_milli"]
            need["effort_min"] += assignment["work_min"]
            return
    needs.append(
        {
            "resource": assignment["resource"],
            "milli": assignment["units_milli"],
            "effort_min": assignment["work_min"],
        }
    )
