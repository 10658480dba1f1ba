"""Check whether a plan is kept and whether its path holds: missed tasks, path test, CPLI, BEI.

Checks 11 to 14 of DCMA-EA PAM 200.1 (October 2012), section 4; thresholds as in DOMAIN 4, S14.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from domain.kernel.minutes import Minute, minute_of
from domain.kernel.work_axis import CalendarError
from domain.network.phase_line import PhaseLine
from domain.planning.critical_path import schedule as scheduled
from domain.planning.network import Activity, Network, Schedule
from domain.quality.check import Check, Limit, named
from domain.quality.plan import Plan
from domain.quality.planned import FEW, NO_DATA_DATE, NO_SCHEDULE

NEARLY_ALL: Final = Limit("at_least", 0.95)

SLIP_DAYS: Final = 600
"""By so many working days the critical path test lengthens a phase (PAM 200.1, 4.12)."""

NO_BASELINE: Final = "no baseline is approved"
NOTHING_DUE: Final = "nothing was to be done by the data date"


def missed_tasks(plan: Plan) -> Check:
    """Return the tasks that were to be done by the data date and were not done in time."""
    due, missing = _due(plan)
    if missing is not None:
        return Check(11, "missed_tasks", FEW, undefined=missing)
    late = [line.id for line, by in due.values() if _ended(line) is None or _is_late(line, by)]
    return Check(11, "missed_tasks", FEW, len(late), len(due), named(late))


def critical_path_test(plan: Plan) -> Check:
    """Lengthen the first phase of the longest path by 600 days: the finish must move as much.

    The figure is the working time by which it moves, on that phase's calendar, for the time added.
    Where it fails the phases on the path that stayed where they were are named.
    """
    check = Check(12, "critical_path_test", NEARLY_ALL)
    network = plan.network
    if plan.schedule is None or network.start is None:
        return replace(check, undefined=NO_SCHEDULE)
    first = _first_critical(plan, plan.schedule)
    if first is None:
        return replace(check, undefined="nothing on the critical path is open")
    try:
        slip = SLIP_DAYS * plan.day_min(first)
        after = scheduled(_lengthened(network.network(network.start), first.id, slip))
        moved = network.calendar_of(first).axis.between(plan.schedule.finish, after.finish)
    except CalendarError as beyond:
        return replace(check, undefined=str(beyond))
    check = replace(check, numerator=moved, denominator=slip)
    if check.passed:
        return check
    before = plan.schedule.phases
    stayed = [
        line.id
        for line in plan.open
        if before[line.id].on_longest_path
        and after.phases[line.id].finish == before[line.id].finish
    ]
    return replace(check, phases=named([first.id, *stayed]))


def critical_path_length_index(plan: Plan) -> Check:
    """Return (length of the critical path + total float) / length, to the promise.

    Both are working minutes of the project's calendar: the length from the data date, or else the
    project's start, to the finish; the float from the finish to the end of the promised day.
    """
    check = Check(13, "cpli", NEARLY_ALL)
    promise, start = plan.network.promise_end, plan.network.start
    if plan.schedule is None or start is None:
        return replace(check, undefined=NO_SCHEDULE)
    if promise is None:
        return replace(check, undefined="nothing is promised")
    begin = plan.data_date
    begin = minute_of(start) if begin is None else max(begin, minute_of(start))
    length = plan.worked(begin, plan.schedule.finish)
    spare = plan.worked(plan.schedule.finish, minute_of(promise))
    if length is None or spare is None or length <= 0:
        return replace(check, undefined="nothing on the critical path is open")
    check = replace(check, numerator=length + spare, denominator=length)
    if check.passed:
        return check
    rows = plan.schedule.phases
    return replace(
        check, phases=named(line.id for line in plan.open if rows[line.id].on_longest_path)
    )


def baseline_execution_index(plan: Plan) -> Check:
    """Return tasks done / tasks that were to be done by the data date.

    A task that is done and is not in the baseline counts in both, as PAM 200.1 (4.14) has it since
    2012. The tasks that were to be done and are open are named.
    """
    due, missing = _due(plan)
    if missing not in {None, NOTHING_DUE}:
        return Check(14, "bei", NEARLY_ALL, undefined=missing)
    done = [line for line in plan.tasks if line.known.stage == "finished"]
    added = [line for line in done if line.id not in (plan.baseline or {})]
    of = len(due) + len(added)
    late = [line.id for line, _ in due.values() if _ended(line) is None]
    return Check(
        14, "bei", NEARLY_ALL, len(done), of, named(late), undefined=None if of else NOTHING_DUE
    )


def _due(plan: Plan) -> tuple[Mapping[str, tuple[PhaseLine, Minute]], str | None]:
    """Return the tasks that the baseline has done by the data date, with when, or what is missing.

    A task that was aborted or removed since is no task any more.
    """
    data_date, baseline = plan.data_date, plan.baseline
    if baseline is None or data_date is None:
        return {}, NO_BASELINE if baseline is None else NO_DATA_DATE
    due = {
        line.id: (line, baseline[line.id][1])
        for line in plan.tasks
        if line.id in baseline
        and baseline[line.id][1] <= data_date
        and line.known.stage != "aborted"
    }
    return due, None if due else NOTHING_DUE


def _ended(line: PhaseLine) -> Minute | None:
    ended = line.known.ended_at
    return None if ended is None else minute_of(ended)


def _is_late(line: PhaseLine, by: Minute) -> bool:
    ended = _ended(line)
    return ended is not None and ended > by


def _first_critical(plan: Plan, schedule: Schedule) -> PhaseLine | None:
    """Return the phase the longest path begins with, of those with work still to do."""
    rows = schedule.phases
    return min(
        (line for line in plan.open if rows[line.id].on_longest_path and line.remaining_min),
        key=lambda line: (rows[line.id].start, line.id),
        default=None,
    )


def _lengthened(network: Network, phase_id: str, slip_min: int) -> Network:
    """Return the network with one phase longer by a slip; what is done of it stays done."""

    def longer(activity: Activity) -> Activity:
        if activity.id != phase_id:
            return activity
        remaining = activity.remaining_min
        return replace(
            activity,
            duration_min=activity.duration_min + slip_min,
            remaining_min=None if remaining is None else remaining + slip_min,
            expected_finish=None,
        )

    return replace(network, activities=tuple(map(longer, network.activities)))
