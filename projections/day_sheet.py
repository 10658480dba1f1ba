"""Write a department's day sheet as a document: what to start, what should end, who waits for whom.

A hand-off is a link whose ends have different departments; it has an owner on both sides, who leads
the department on the day or acts for whoever does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from domain.departments.terms import Leadership
from domain.kernel.minutes import Minute, minute_of
from domain.network.phase_line import PhaseLine
from domain.network.project_network import LinkLine, ProjectNetwork, end_of_day
from domain.network.supplies import Supply
from domain.planning.network import Schedule, ScheduledPhase
from projections.contract import Row
from projections.moments import Moments

FROM_FINISH: Final = frozenset({"FS", "FF"})
"""Links that wait for the predecessor's finish; the others wait for its start."""
ONTO_START: Final = frozenset({"FS", "SS"})
"""Links that hold the successor's start; the others hold its finish."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose sheet it is, of which day, how many days it looks ahead, and who leads what."""

    department: str
    day: date
    ahead_days: int
    leaderships: Mapping[str, Leadership]
    """By department; one nobody registered has none."""


def day_of(project: ProjectNetwork) -> date | None:
    """Return the day that a sheet is of when none is named: the data date's, else the first."""
    at = project.data_date or project.start
    return None if at is None else at.astimezone(project.zone).date()


def departments_of(project: ProjectNetwork) -> tuple[str, ...]:
    """Return the departments that phases of the plan belong to."""
    return tuple(sorted({line.department for line in project.planned if line.department}))


def day_sheet_document(project: ProjectNetwork, position: int, wanted: Wanted) -> dict[str, Any]:
    """Return the sheet; without a schedule nothing is on it but the owners and the reason."""
    schedule, problem = project.schedule(), project.problem
    sheet = None if schedule is None else _Sheet(project, schedule, wanted)
    return {
        "project": project.project_id,
        "name": project.name,
        "position": position,
        "zone": project.zone.key,
        "department": wanted.department,
        "day": wanted.day.isoformat(),
        "until": (wanted.day + timedelta(days=wanted.ahead_days)).isoformat(),
        "problem": None if problem is None else problem.text,
        "owner": _owner(wanted.department, wanted),
        "start": [] if sheet is None else list(sheet.to_start()),
        "run": [] if sheet is None else list(sheet.running()),
        "awaited": [] if sheet is None else sheet.hand_offs(onto=True),
        "deliveries": [] if sheet is None else list(sheet.deliveries()),
        "awaited_by_others": [] if sheet is None else sheet.hand_offs(onto=False),
    }


class _Sheet:
    """Reads one department's day out of a project's network and its schedule."""

    def __init__(self, project: ProjectNetwork, schedule: Schedule, wanted: Wanted) -> None:
        self._project = project
        self._schedule = schedule
        self._wanted = wanted
        self._moments = Moments(project.zone)
        self._day_ends = minute_of(end_of_day(wanted.day, project.zone))
        last = wanted.day + timedelta(days=wanted.ahead_days)
        self._sight_ends = minute_of(end_of_day(last, project.zone))
        mine = (line for line in project.working_lines() if line.department == wanted.department)
        self._mine = sorted(mine, key=lambda line: (schedule.phases[line.id].start, line.id))

    def to_start(self) -> Iterator[Row]:
        """Yield what should begin by the end of the day and has not."""
        for line in self._mine:
            row = self._schedule.phases[line.id]
            if not line.known.has_started and row.start < self._day_ends:
                yield {**self._phase(line, row), "released": line.known.stage == "released"}

    def running(self) -> Iterator[Row]:
        """Yield what goes on or stands still, and whether it should end by the end of the day."""
        for line in self._mine:
            row, known = self._schedule.phases[line.id], line.known
            if known.has_started and not known.has_ended:
                yield {
                    **self._phase(line, row),
                    "stage": known.stage,
                    "remaining_min": line.remaining_min,
                    "should_finish": row.finish <= self._day_ends,
                }

    def hand_offs(self, *, onto: bool) -> list[Row]:
        """Return what is awaited from other departments, or what they await, by when it is due."""
        mine = self._wanted.department
        found: list[tuple[Minute, str, Row]] = []
        for link_id, line in self._project.links.items():
            ends = self._ends(line)
            if ends is None:
                continue
            pred, succ = ends
            if (succ if onto else pred).department != mine or pred.department == succ.department:
                continue
            due, needed = self._due(line, pred), self._needed(line, succ)
            if due is not None and needed is not None and min(due, needed) < self._sight_ends:
                found.append((due, link_id, self._hand_off(line, pred, succ, (due, needed))))
        return [row for _, _, row in sorted(found, key=lambda each: each[:2])]

    def deliveries(self) -> Iterator[Row]:
        """Yield what vendors still owe to phases of the department that come into sight."""
        in_sight = {
            line.id
            for line in self._mine
            if not line.known.has_ended and self._schedule.phases[line.id].start < self._sight_ends
        }
        found: list[tuple[Minute, Supply, list[str]]] = []
        for supply in self._project.supplies.lines():
            phases = [each for each in supply.for_phases if each in in_sight]
            bound = supply.bound(self._project.zone)
            if supply.is_open and phases and bound is not None:
                found.append((bound.at, supply, phases))
        for _, supply, phases in sorted(found, key=lambda each: (each[0], each[1].id)):
            yield {
                "id": supply.id,
                "vendor": supply.vendor,
                "item": supply.item,
                "need_by": supply.need_by.isoformat(),
                "promised": None if supply.promised is None else supply.promised.isoformat(),
                "expected": None if supply.expected is None else supply.expected.isoformat(),
                "status": supply.status,
                "confirmed": supply.is_confirmed,
                "phases": [{"id": each, "name": self._project.name_of(each)} for each in phases],
            }

    def _phase(self, line: PhaseLine, row: ScheduledPhase) -> Row:
        return {
            "id": line.id,
            "name": line.name,
            "start": self._moments.at(row.start),
            "finish": self._moments.at(row.finish),
            "critical": row.critical,
            "total_float_min": row.total_float_min,
        }

    def _ends(self, line: LinkLine) -> tuple[PhaseLine, PhaseLine] | None:
        """Return the phases of a link where both are in the schedule."""
        link, rows = line.link, self._schedule.phases
        if link.pred not in rows or link.succ not in rows:
            return None
        return self._project.lines[link.pred], self._project.lines[link.succ]

    def _due(self, line: LinkLine, pred: PhaseLine) -> Minute | None:
        """Return when what is waited for is due; None where it is there."""
        row = self._schedule.phases[pred.id]
        if line.link.type in FROM_FINISH:
            return None if pred.known.has_ended else row.finish
        return None if pred.known.has_started else row.start

    def _needed(self, line: LinkLine, succ: PhaseLine) -> Minute | None:
        """Return when the successor goes on with it; None where it no longer waits."""
        row = self._schedule.phases[succ.id]
        if line.link.type in ONTO_START:
            return None if succ.known.has_ended else row.start
        return None if succ.known.has_ended else row.finish

    def _hand_off(
        self, line: LinkLine, pred: PhaseLine, succ: PhaseLine, at: tuple[Minute, Minute]
    ) -> Row:
        from_finish = line.link.type in FROM_FINISH
        return {
            "link": line.link.id,
            "type": line.link.type,
            "awaited": "finish" if from_finish else "start",
            "due": self._moments.at(at[0]),
            "needed": self._moments.at(at[1]),
            "critical": self._schedule.phases[pred.id].critical,
            "from": {"phase": pred.id, "name": pred.name, **_owner(pred.department, self._wanted)},
            "to": {"phase": succ.id, "name": succ.name, **_owner(succ.department, self._wanted)},
        }


def _owner(department: str, wanted: Wanted) -> Row:
    """Return who answers for a department on the day: the supervisor, and who may act in turn."""
    leadership = wanted.leaderships.get(department, Leadership())
    acting = leadership.acting(wanted.day)
    return {
        "department": department,
        "supervisor": leadership.supervisor(wanted.day),
        "delegates": [each.party for each in acting if each.on_behalf_of is not None],
    }
