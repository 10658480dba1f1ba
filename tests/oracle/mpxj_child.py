"""Schedule networks with MPXJ: JSON on stdin, JSON on stdout, one Java machine for all of them.

Run in a process of its own, `python -m tests.oracle.mpxj_child`, because a Java machine can be
started once in a process and never be got rid of.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import jpype
import mpxj  # noqa: F401  Importing it puts its jars on the class path.

Row: TypeAlias = Mapping[str, Any]
Java: TypeAlias = Any
"""An object on the other side, of which no types are known here."""


def main() -> None:
    """Read ``{dialect, networks}``, write for each network its phases' dates and floats.

    With ``rounds``, so many for each network, write instead the milliseconds of each round and the
    finish of the network.
    """
    jpype.startJVM("-Xmx4g", "-Dlog4j2.level=OFF")
    asked = json.load(sys.stdin)
    networks = (Scheduled(asked["dialect"], network) for network in asked["networks"])
    if "rounds" in asked:
        rounds = zip(networks, asked["rounds"], strict=True)
        told: Sequence[Any] = [
            (network.timed(count), network.finish()) for network, count in rounds
        ]
    else:
        told = [network.rows() for network in networks]
    json.dump(told, sys.stdout)


class Scheduled:
    """One network as MPXJ's project file, and its schedule."""

    def __init__(self, dialect: str, network: Row) -> None:
        self._java = jpype.JPackage("org").mpxj
        self._time = jpype.JPackage("java").time
        self._is_p6 = dialect == "p6"
        self._file = self._java.ProjectFile()
        self._calendars = {key: self._calendar(key, each) for key, each in network["calendars"]}
        self._tasks: dict[str, Java] = {}
        properties = self._file.getProjectProperties()
        properties.setDefaultCalendar(self._calendars[network["default"]])
        properties.setRelationshipLagCalendar(self._java.RelationshipLagCalendar.PREDECESSOR)
        if network["data_date"]:
            properties.setStatusDate(self._at(network["data_date"]))
        if network["promise"]:
            properties.setMustFinishBy(self._at(network["promise"]))
        for phase in network["phases"]:
            self._add(phase, network["default"])
        for link in network["links"]:
            self._connect(link)
        self._start = self._at(network["start"])
        self._schedule()

    def rows(self) -> dict[str, dict[str, Any]]:
        """Return dates as local times, floats in minutes."""
        return {
            key: {
                "early_start": str(task.getEarlyStart()),
                "early_finish": str(task.getEarlyFinish()),
                "late_start": str(task.getLateStart()),
                "late_finish": str(task.getLateFinish()),
                "start": str(task.getStart()),
                "finish": str(task.getFinish()),
                "total_float_min": self._minutes(task.getTotalSlack()),
                "free_float_min": self._minutes(task.getFreeSlack()),
                "critical": bool(task.getCritical()),
            }
            for key, task in self._tasks.items()
        }

    def timed(self, rounds: int) -> list[float]:
        """Return the milliseconds of each further schedule: one call, all of it inside Java."""
        took = []
        for _ in range(rounds):
            scheduler = self._scheduler()
            begin = time.perf_counter()
            scheduler.schedule(self._file, self._start)
            took.append((time.perf_counter() - begin) * 1_000)
        return took

    def finish(self) -> str:
        """Return the last finish of any phase, a local time."""
        return max(str(task.getFinish()) for task in self._tasks.values())

    def _scheduler(self) -> Java:
        cpm = self._java.cpm
        return cpm.PrimaveraScheduler() if self._is_p6 else cpm.MicrosoftScheduler()

    def _schedule(self) -> None:
        cpm = self._java.cpm
        self._scheduler().schedule(self._file, self._start)
        config = self._file.getProjectConfig()
        if self._is_p6:
            calculator = cpm.PrimaveraSlackCalculator(self._file)
        else:
            calculator = cpm.MicrosoftSlackCalculator()
        config.setSlackClaculator(calculator)  # It is spelt so.

    def _calendar(self, name: str, calendar: Row) -> Java:
        made = self._file.addCalendar()
        made.setName(name)
        for number, windows in enumerate(calendar["weekly"], start=1):
            day = self._time.DayOfWeek.of(number)
            kind = self._java.DayType.WORKING if windows else self._java.DayType.NON_WORKING
            made.setCalendarDayType(day, kind)
            hours = made.addCalendarHours(day)
            for begin, end in windows:
                hours.add(self._range(begin, end))
        for day, windows in calendar["exceptions"]:
            exception = made.addCalendarException(self._time.LocalDate.parse(day))
            for begin, end in windows:
                exception.add(self._range(begin, end))
        return made

    def _range(self, begin: int, end: int) -> Java:
        clock = self._time.LocalTime
        return self._java.LocalTimeRange(
            clock.of(begin // 60, begin % 60), clock.of(end // 60 % 24, end % 60)
        )

    def _add(self, phase: Row, default: str) -> None:
        above = self._tasks.get(phase["parent"]) if phase["parent"] else None
        task = (above or self._file).addTask()
        self._tasks[phase["id"]] = task
        task.setName(phase["id"])
        task.setCalendar(self._calendars[phase["calendar"] or default])
        task.setDuration(self._duration(phase["actual_min"] + phase["remaining_min"]))
        task.setPlannedDuration(self._duration(phase["duration_min"]))
        task.setActualDuration(self._duration(phase["actual_min"]))
        task.setRemainingDuration(self._duration(phase["remaining_min"]))
        kinds = self._java.ActivityType
        task.setActivityType(
            {"start_ms": kinds.START_MILESTONE, "finish_ms": kinds.FINISH_MILESTONE}.get(
                phase["kind"], kinds.TASK_DEPENDENT
            )
        )
        task.setMilestone(phase["kind"] in {"start_ms", "finish_ms"})
        if phase["constraint"]:
            kind, at = phase["constraint"]
            task.setConstraintType(getattr(self._java.ConstraintType, CONSTRAINTS[kind]))
            if at:
                task.setConstraintDate(self._at(at))
        for field, name in (
            ("deadline", "Deadline"), ("actual_start", "ActualStart"),
            ("actual_finish", "ActualFinish"),
        ):  # fmt: skip
            if phase[field]:
                getattr(task, f"set{name}")(self._at(phase[field]))

    def _connect(self, link: Row) -> None:
        units = self._java.TimeUnit
        unit, value = {
            "working_min": (units.MINUTES, link["lag"]),
            "elapsed_min": (units.ELAPSED_MINUTES, link["lag"]),
            "percent_of_pred": (units.PERCENT, link["lag"] / 100),
        }[link["unit"]]
        builder = self._java.Relation.Builder()
        builder.predecessorTask(self._tasks[link["pred"]])
        builder.type(getattr(self._java.RelationType, LINKS[link["type"]]))
        builder.lag(self._java.Duration.getInstance(float(value), unit))
        self._tasks[link["succ"]].addPredecessor(builder)

    def _at(self, text: str) -> Java:
        return self._time.LocalDateTime.parse(text)

    def _duration(self, minutes: int) -> Java:
        return self._java.Duration.getInstance(float(minutes), self._java.TimeUnit.MINUTES)

    def _minutes(self, duration: Java) -> int | None:
        if duration is None:
            return None
        properties = self._file.getProjectProperties()
        converted = duration.convertUnits(self._java.TimeUnit.MINUTES, properties)
        return round(float(converted.getDuration()))


LINKS = {"FS": "FINISH_START", "SS": "START_START", "FF": "FINISH_FINISH", "SF": "START_FINISH"}
CONSTRAINTS = {
    "ASAP": "AS_SOON_AS_POSSIBLE",
    "ALAP": "AS_LATE_AS_POSSIBLE",
    "SNET": "START_NO_EARLIER_THAN",
    "SNLT": "START_NO_LATER_THAN",
    "FNET": "FINISH_NO_EARLIER_THAN",
    "FNLT": "FINISH_NO_LATER_THAN",
    "MSO": "MUST_START_ON",
    "MFO": "MUST_FINISH_ON",
}


if __name__ == "__main__":
    main()
