"""Read rows as what a page shows; the only place that knows the rows' shapes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from projections.contract import Row
from projections.web.shown import LIVE, Shown
from projections.web.words import NOTHING

HEADER: Final = "/project"
DEPARTMENT: Final = "department/"
WHOLE_BP: Final = 10_000
MILESTONES: Final = frozenset({"start_ms", "finish_ms", "milestone"})
RUNNING: Final = frozenset({"running", "interrupted"})
ENDED: Final = frozenset({"finished", "aborted"})


@dataclass(frozen=True, slots=True)
class Tie:
    """What a phase waits for."""

    pred: str
    type: str


@dataclass(frozen=True, slots=True)
class PhaseView:
    """One phase as it is drawn and told; without dates where none could be computed."""

    id: str
    wbs: str
    name: str
    department: str
    kind: str
    stage: str
    start: datetime | None
    finish: datetime | None
    late_finish: datetime | None
    baseline_start: datetime | None
    baseline_finish: datetime | None
    deadline: datetime | None
    float_min: int
    critical: bool
    summary: bool
    done_bp: int
    late: bool
    driver: str
    ties: tuple[Tie, ...]

    @property
    def milestone(self) -> bool:
        """Whether it is a moment rather than work."""
        return self.kind in MILESTONES

    @property
    def ended(self) -> bool:
        """Whether nothing of it is left to be done."""
        return self.stage in ENDED


@dataclass(frozen=True, slots=True)
class DepartmentView:
    """How one department stands."""

    name: str
    phases: int
    running: int
    finished: int
    done_bp: int
    late_starts: int
    late_finishes: int
    forecast: datetime | None


@dataclass(frozen=True, slots=True)
class ConflictView:
    """One open conflict."""

    id: str
    kind: str
    summary: str
    severity: str
    impact_days: Decimal | None
    owner: str | None
    due: datetime | None
    acknowledged: bool
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One commitment that is late, or that nobody has confirmed."""

    id: str
    vendor: str
    item: str
    need: date
    expected: date | None
    answer: str | None
    """What the vendor last said of it, where it was no plain yes."""
    late: bool
    phases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One of the latest changes."""

    position: int
    at: datetime
    who: str
    what: str
    why: str | None


@dataclass(frozen=True, slots=True)
class ProjectView:
    """Everything a project's page shows."""

    id: str
    name: str
    standing: str
    customer: str | None
    zone: ZoneInfo
    data_date: datetime | None
    start: datetime | None
    finish: datetime | None
    promise: date | None
    slip_days: Decimal | None
    late: bool
    done_bp: int
    problem: str | None
    working_weekdays: frozenset[int]
    closed_days: frozenset[date]
    phases: tuple[PhaseView, ...]
    departments: tuple[DepartmentView, ...]
    conflicts: tuple[ConflictView, ...]
    deliveries: tuple[DeliveryView, ...]
    latest: tuple[ChangeView, ...]
    position: int
    now: datetime
    shown: Shown = LIVE
    """What was asked for where the page shows the past; None: it is live."""

    @property
    def work(self) -> tuple[PhaseView, ...]:
        """The phases that are done, without those that only sum others up."""
        return tuple(phase for phase in self.phases if not phase.summary)


def project_view(
    project_id: str,
    schedule: Mapping[str, Row],
    status: Mapping[str, Row],
    *,
    position: int,
    now: datetime,
    shown: Shown = LIVE,
) -> ProjectView:
    """Return the view of a project's rows; either set of rows may be empty."""
    header, told = schedule.get(HEADER, {}), status.get(HEADER, {})
    zone = ZoneInfo(header.get("zone") or told.get("zone") or "UTC")
    late = {*told.get("late_start_phases", ()), *told.get("late_finish_phases", ())}
    rows = [row for row_id, row in schedule.items() if row_id != HEADER]
    names = {row["id"]: row["name"] for row in rows}
    phases = [_phase(row, late, names) for row in rows]
    slip = told.get("slip_working_days")
    problem = header.get("problem")
    return ProjectView(
        id=project_id,
        name=header.get("name") or told.get("name") or project_id,
        standing=header.get("standing") or told.get("standing") or "open",
        customer=header.get("customer"),
        zone=zone,
        data_date=_moment(header.get("data_date")),
        start=_moment(header.get("start")),
        finish=_moment(header.get("finish")),
        promise=_day(header.get("promise") or told.get("promise")),
        slip_days=None if slip is None else Decimal(slip),
        late=bool(told.get("late")),
        done_bp=told.get("percent_bp", 0),
        problem=problem["text"] if problem else None,
        working_weekdays=frozenset(header.get("working_weekdays") or (1, 2, 3, 4, 5)),
        closed_days=frozenset(map(date.fromisoformat, header.get("non_working") or ())),
        phases=tuple(sorted(phases, key=_in_order)),
        departments=tuple(
            _department(row)
            for row_id, row in sorted(status.items())
            if row_id.startswith(DEPARTMENT)
        ),
        conflicts=tuple(map(_conflict, told.get("conflicts", ()))),
        deliveries=_deliveries(told),
        latest=tuple(map(_change, told.get("latest", ()))),
        position=position,
        now=now,
        shown=shown,
    )


def _in_order(phase: PhaseView) -> tuple[bool, datetime | None, tuple[str, ...], str]:
    start = phase.start
    return start is None, start, tuple(phase.wbs.split(".")), phase.id


def _phase(row: Row, late: set[str], names: Mapping[str, str]) -> PhaseView:
    return PhaseView(
        id=row["id"],
        wbs=row.get("wbs", ""),
        name=row["name"],
        department=row.get("department") or NOTHING,
        kind=row.get("kind", "task"),
        stage=row.get("stage", "planned"),
        start=_moment(row.get("start")),
        finish=_moment(row.get("finish")),
        late_finish=_moment(row.get("late_finish")),
        baseline_start=_moment(row.get("baseline_start")),
        baseline_finish=_moment(row.get("baseline_finish")),
        deadline=_moment(row.get("deadline")),
        float_min=row.get("total_float_min") or 0,
        critical=bool(row.get("critical")),
        summary=bool(row.get("summary")),
        done_bp=_done_bp(row),
        late=row["id"] in late,
        driver=_driver(row, names),
        ties=tuple(Tie(link["pred"], link["type"]) for link in row.get("links", ())),
    )


def _done_bp(row: Row) -> int:
    """Return the share done: what was measured, or else the working time that is no more left."""
    if row.get("stage") in ENDED or row.get("actual_finish"):
        return WHOLE_BP
    measured: int | None = row.get("physical_bp")
    if measured is not None:
        return measured
    duration: int = row.get("duration_min") or 0
    remaining: int | None = row.get("remaining_min")
    if not duration or remaining is None or row.get("stage") not in RUNNING:
        return 0
    return max(0, min(WHOLE_BP, (duration - remaining) * WHOLE_BP // duration))


_DRIVERS: Final = {
    "project_start": "start of the project",
    "data_date": "data date",
    "actual": "what happened",
    "constraint": "date set by hand",
    "calendar": "working time",
}


def _driver(row: Row, names: Mapping[str, str]) -> str:
    """Say what decides a phase's dates; another phase is told by its name."""
    driver = row.get("driver") or {}
    kind, ref = driver.get("kind") or "", driver.get("ref") or ""
    if kind == "predecessor":
        link = next((each for each in row.get("links", ()) if each["id"] == ref), None)
        pred = ref if link is None else link["pred"]
        return f"after “{names.get(pred, pred)}”"
    if kind in {"child", "parent"}:
        return f"“{names.get(ref, ref)}”"
    return _DRIVERS.get(kind) or f"{kind.replace('_', ' ')} {ref}".strip()


def _department(row: Row) -> DepartmentView:
    return DepartmentView(
        name=row["department"],
        phases=row["phase_count"],
        running=row["running"] + row.get("interrupted", 0),
        finished=row["finished"],
        done_bp=row["percent_bp"],
        late_starts=row["late_starts"],
        late_finishes=row["late_finishes"],
        forecast=_moment(row.get("forecast_finish")),
    )


def _conflict(row: Row) -> ConflictView:
    impact = row.get("impact_days")
    return ConflictView(
        id=row["id"],
        kind=row["kind"],
        summary=row["summary"],
        severity=row["severity"],
        impact_days=None if impact is None else Decimal(impact),
        owner=row.get("owner"),
        due=_moment(row.get("due")),
        acknowledged=bool(row.get("acknowledged")),
        opened_at=datetime.fromisoformat(row["opened_at"]),
    )


def _deliveries(told: Row) -> tuple[DeliveryView, ...]:
    """Return late deliveries and unconfirmed ones, each once, the soonest needed first."""
    late_rows: Sequence[Row] = told.get("late_deliveries", ())
    late = {row["commitment"] for row in late_rows}
    others = [row for row in told.get("unconfirmed", ()) if row["commitment"] not in late]
    found = [_delivery(row, late=True) for row in late_rows]
    found += [_delivery(row, late=False) for row in others]
    return tuple(sorted(found, key=lambda each: (not each.late, each.need, each.id)))


def _delivery(row: Row, *, late: bool) -> DeliveryView:
    return DeliveryView(
        id=row["commitment"],
        vendor=row["vendor"],
        item=row["item"],
        need=date.fromisoformat(row["need"]),
        expected=_day(row.get("expected")),
        answer=row.get("answer"),
        late=late,
        phases=tuple(row.get("phases", ())),
    )


def _change(row: Row) -> ChangeView:
    return ChangeView(
        position=row["position"],
        at=datetime.fromisoformat(row["at"]),
        who=row["who"],
        what=row["what"],
        why=row.get("why"),
    )


def _moment(text: Any) -> datetime | None:  # noqa: ANN401  A row's value, a text or nothing.
    return None if not text else datetime.fromisoformat(text)


def _day(text: Any) -> date | None:  # noqa: ANN401
    return None if not text else date.fromisoformat(text)
