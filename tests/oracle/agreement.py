"""Compare our dates with MPXJ's, figure by figure, and say why they differ where they do.

Dates are compared as points in the phase's working time: the end of one period and the start of the
next are one point. A difference must have a cause of those listed here, or it is unexplained.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from domain.kernel.work_axis import WorkAxis
from domain.planning.critical_path import schedule
from domain.planning.network import Activity, Link, Network, Schedule

DATES: Final = ("start", "finish", "early_start", "early_finish", "late_start", "late_finish")
LATE: Final = ("late_start", "late_finish", "total_float_min", "free_float_min")
FLOATS: Final = ("total_float_min", "free_float_min")
FIELDS: Final = (*DATES, *FLOATS, "critical")

UNEXPLAINED: Final = "unexplained"
CAUSES: Final = {
    "before the project's start": (
        "MPXJ lets a start-to-finish link, a lead or a finish no earlier than start work before "
        "the project does. Microsoft Project does not (knowledge base Q103971: it ignores the link "
        "and schedules the task on the project's start), nor does P6 before the data date."
    ),
    "free float beyond total float": (
        "MPXJ measures a link's slack to its successor and no further, so that a phase without "
        "total float may have free float. What would move the project's finish is not free."
    ),
    "lag measured on another calendar": (
        "MPXJ subtracts a lag from the slack as working time of the predecessor, whatever calendar "
        "it runs on. Ours is the greatest slip that moves no successor."
    ),
    "lead cut at the data date": (
        "MPXJ cuts a lead off at the data date before it measures the slack of the link."
    ),
    "a start at the end of a period": (
        "MPXJ's latest start may be the moment work ends, which is shown as the next morning and "
        "would move what follows. Ours is the last minute at which work can begin."
    ),
    "early dates of as late as possible": (
        "P6 overwrites the early dates of an activity that is as late as possible; ours stay, and "
        "start and finish tell where it is scheduled. In Microsoft Project's dialect ours are "
        "those before any other such task was moved."
    ),
    "free float before as late as possible": (
        "P6 measures free float to the moved dates of a successor that is as late as possible, "
        "ours to its early dates."
    ),
    "a start on the day its predecessor ends": (
        "MPXJ's P6 lets a start no earlier than override a predecessor that ends on the same day. "
        "Ours waits for the predecessor."
    ),
    "a finish between periods": (
        "A phase that must finish after one on another calendar, which ends when the first does "
        "not work: ours is shown at its next work start, MPXJ's at its last work end, before the "
        "phase it must follow, which so gets a negative float that nobody typed. Backwards alike: "
        "until the next work start of the second the first may slip and move nothing."
    ),
    "early and late dates of what has begun": (
        "P6's early and late dates of begun work are those of what remains; ours keep the actual "
        "start in every start, and the actual finish of what is done."
    ),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of one phase that differs."""

    phase: str
    field: str
    ours: Any
    theirs: Any
    cause: str


def compared(network: Network) -> list[Activity]:
    """Return the phases whose figures are compared: those that are worked themselves."""
    parents = {each.parent for each in network.activities}
    return [each for each in network.activities if each.id not in parents]


def differences(network: Network, theirs: dict[str, dict[str, Any]]) -> Iterator[Difference]:
    """Yield what differs between our schedule of a network and theirs."""
    ours = schedule(network)
    whole = _cause_of_all(network, ours, theirs)
    for activity in compared(network):
        judge = _Judge(network, activity, ours, theirs[activity.id])
        for field in FIELDS:
            if not judge.agrees(field):
                cause = judge.cause(field)
                if whole is not None and cause == UNEXPLAINED:
                    cause = whole
                mine = getattr(ours.phases[activity.id], field)
                yield Difference(activity.id, field, mine, theirs[activity.id][field], cause)


def _cause_of_all(
    network: Network, ours: Schedule, theirs: dict[str, dict[str, Any]]
) -> str | None:
    """Return what makes a whole network differ, from one phase on."""
    if any(row["early_start"] < network.project_start for row in theirs.values()):
        return "before the project's start"
    for activity in compared(network):
        start = theirs[activity.id]["early_start"]
        row, constraint = ours.phases[activity.id], activity.constraint
        if constraint and constraint.kind == "SNET" and start == constraint.at != row.early_start:
            return "a start on the day its predecessor ends"
        axis = _axis(network, activity)
        if activity.duration_min and row.finish != axis.finishes[axis.works[row.finish]]:
            return "a finish between periods"
    return None


class _Judge:
    """Our row of a phase beside theirs."""

    def __init__(
        self, network: Network, activity: Activity, ours: Schedule, theirs: dict[str, Any]
    ) -> None:
        self._network = network
        self._activity = activity
        self._ours = ours.phases[activity.id]
        self._theirs = theirs
        self._axis = _axis(network, activity)
        self._links = [link for link in network.links if link.pred == activity.id]

    def agrees(self, field: str) -> bool:
        return self._gap(field) == 0

    def cause(self, field: str) -> str:
        """Return why a figure differs."""
        activity = self._activity
        constraint = activity.constraint
        p6 = self._network.policy.dialect == "p6"
        if p6 and activity.actual_start is not None and field in DATES[2:]:
            return "early and late dates of what has begun"
        if constraint is not None and constraint.kind == "ALAP" and field in DATES[2:4]:
            return "early dates of as late as possible"
        if field in LATE and abs(self._gap(field)) == 1:
            return "a start at the end of a period"
        if field == "critical" and abs(self._gap("total_float_min")) == 1:
            return "a start at the end of a period"
        if field in LATE[:3] and any(self._ends_elsewhere(link) for link in self._links):
            return "a finish between periods"
        if field == "free_float_min":
            return self._cause_of_free_float(p6=p6)
        return UNEXPLAINED

    def _cause_of_free_float(self, *, p6: bool) -> str:
        if self._theirs["free_float_min"] > max(0, self._theirs["total_float_min"]):
            return "free float beyond total float"
        if any(self._lag_is_elsewhere(link) for link in self._links):
            return "lag measured on another calendar"
        if p6 and any(link.lag < 0 for link in self._links):
            return "lead cut at the data date"
        followers = {link.succ for link in self._links}
        if p6 and any(
            each.id in followers and each.constraint is not None and each.constraint.kind == "ALAP"
            for each in self._network.activities
        ):
            return "free float before as late as possible"
        return UNEXPLAINED

    def _lag_is_elsewhere(self, link: Link) -> bool:
        if link.unit == "elapsed_min":
            return True
        runs_on = self._network.policy.lags_run_on
        return bool(link.lag) and runs_on == "succ" and self._axis_of(link.succ) != self._axis

    def _ends_elsewhere(self, link: Link) -> bool:
        return link.type in {"FF", "SF"} and self._axis_of(link.succ) != self._axis

    def _axis_of(self, phase: str) -> WorkAxis:
        (found,) = [each for each in self._network.activities if each.id == phase]
        return _axis(self._network, found)

    def _gap(self, field: str) -> int:
        ours, theirs = getattr(self._ours, field), self._theirs[field]
        if field in DATES:
            return self._axis.works[ours] - self._axis.works[theirs]
        return int(ours) - int(theirs)


def _axis(network: Network, activity: Activity) -> WorkAxis:
    return network.calendars[activity.calendar or network.default_calendar].axis
