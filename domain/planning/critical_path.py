"""The critical path method with calendars: early and late dates, floats, drivers, critical phases.

The passes are exact in whole working minutes; ALAP is applied after both, within free float (under
msproject within total float, and what follows waits for it); the longest path is traced back over
driving links from the last finish.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from domain.kernel.minutes import Minute
from domain.planning.compiled import (
    ALWAYS,
    EFFORT,
    FINISHED,
    NEVER,
    STARTED,
    SUMMARY,
    Compiled,
)
from domain.planning.early import EarlyDates
from domain.planning.late import LateDates, Limits
from domain.planning.network import Driver, Network, Schedule, ScheduledPhase
from domain.planning.structure import Arc

_FIXED: Final = frozenset({EFFORT, FINISHED})
_new: Final = tuple.__new__


def schedule(network: Network) -> Schedule:
    """Compute the dates of a network; the order of its activities and links does not matter.

    Raises PlanningError: ``cycle`` (``ids`` holds it), ``unknown_subject``, ``duplicate_id``.
    """
    compiled = Compiled(network)
    early = EarlyDates(compiled)
    early.run(compiled.order)
    done = computed(early)
    return Schedule(done.finish, {row.id: row for row in done.rows})


class Computed(NamedTuple):
    """All that follows from the early dates of a network."""

    finish: Minute
    late: LateDates
    longest: set[int]
    delays: dict[int, int]
    rows: list[ScheduledPhase]


def computed(early: EarlyDates) -> Computed:
    """Return the late dates, floats and rows that follow from early dates."""
    finish = last_finish(early)
    late = LateDates(early, finish)
    compiled = late.compiled
    late.run(reversed(compiled.order))
    if compiled.alap and compiled.msproject:
        return _after_late_starts(early, late, finish)
    longest = longest_path(early, finish)
    delays = as_late_as_possible(early, late)
    return Computed(finish, late, longest, delays, rows_of(late, longest, delays))


def _after_late_starts(early: EarlyDates, late: LateDates, finish: Minute) -> Computed:
    """Return what follows where ALAP phases start at their late dates, and others wait for them.

    So Microsoft Project does in a project scheduled from its start: such a task has no slack, and
    moves its successors as far as their own slack goes.
    """
    compiled = late.compiled
    first = {number: (early.start[number], early.finish[number]) for number in compiled.alap}
    for number in compiled.alap:
        compiled.begin_at(number, late.start_work[number], Driver("constraint", "ALAP"))
    pushed = EarlyDates(compiled)
    pushed.run(compiled.order)
    behind = LateDates(pushed, finish)
    behind.run(reversed(compiled.order))
    longest = longest_path(pushed, last_finish(pushed))
    rows = rows_of(behind, longest, {})
    for number, (start, end) in first.items():
        rows[number] = rows[number]._replace(early_start=start, early_finish=end)
    return Computed(finish, behind, longest, {}, rows)


def last_finish(early: EarlyDates) -> Minute:
    """Return when the last phase finishes; level of effort counts only where nothing else does."""
    compiled = early.compiled
    ends = map(early.finish.__getitem__, compiled.working)
    return max(ends, default=compiled.network.project_start)


def longest_path(
    early: EarlyDates, finish: Minute, known: dict[int, list[int]] | None = None
) -> set[int]:
    """Return the unfinished phases on a chain of driving links that ends with the last finish.

    `known` are the predecessors that drive a phase, as found for the same dates; what is found is
    kept there where there are no summaries.
    """
    compiled = early.compiled
    modes, ends, children = compiled.mode, early.finish, compiled.children
    has_summaries = bool(compiled.gate_arcs)
    known = {} if known is None else known
    waiting = [number for number in _ending_at(finish, ends) if not children[number]]
    found: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number in found or modes[number] in _FIXED:
            continue
        found.add(number)
        if number in known:
            waiting += known[number]
        elif has_summaries:
            for arc in _driving_arcs(early, number):
                if not children[arc.pred]:
                    waiting.append(arc.pred)
                    continue
                edge = early.start if arc.from_start else ends
                waiting += [
                    leaf for leaf in compiled.leaves(arc.pred) if edge[leaf] == edge[arc.pred]
                ]
        else:
            known[number] = drivers = [arc.pred for arc in _driving_arcs(early, number)]
            waiting += drivers
    return found


def as_late_as_possible(early: EarlyDates, late: LateDates) -> dict[int, int]:
    """Return by how many working minutes each ALAP phase starts after its early start.

    Last first, so that a chain of such phases moves together; never beyond the late dates.
    """
    compiled = early.compiled
    delays: dict[int, int] = {}
    if not compiled.alap:
        return delays
    count = len(compiled.ids)
    begin, begin_work, done = early.begin[:], early.begin_work[:], early.finish_work[:]
    kept = Limits(early, last_finish(early), begin, begin_work, done, early.finish[:])
    for node in reversed(compiled.order):
        if node >= count:
            kept.close_gate(node - count)
        elif compiled.mode[node] == SUMMARY:
            kept.open_exit(node)
        elif node in compiled.alap:
            limit = min(kept.finish_limit(node), late.finish_work[node])
            delay = limit - done[node]
            if delay > 0:
                delays[node] = delay
                begin_work[node] += delay
                begin[node] = compiled.axes[node].starts[begin_work[node]]
                done[node] += delay
                kept.finish_clock[node] = _shown(compiled, node, done[node])
    return delays


def rows_of(late: LateDates, longest: set[int], delays: dict[int, int]) -> list[ScheduledPhase]:
    """Return the computed row of every phase, in the order of ids."""
    compiled = late.compiled
    if not compiled.gate_arcs:
        return list(leaf_rows(late, range(len(compiled.ids)), longest, delays))
    leaves = [number for number, below in enumerate(compiled.children) if not below]
    rows: list[ScheduledPhase | None] = [None] * len(compiled.ids)
    for number, row in zip(leaves, leaf_rows(late, leaves, longest, delays), strict=True):
        rows[number] = row
    for node in compiled.order:
        if node < len(rows) and rows[node] is None:
            rows[node] = summary_row(late, node, rows)
    return [row for row in rows if row is not None]


def _ending_at(finish: Minute, ends: list[Minute]) -> Iterator[int]:
    """Yield the phases that end at an instant."""
    number = -1
    for _ in range(ends.count(finish)):
        number = ends.index(finish, number + 1)
        yield number


def _shown(compiled: Compiled, number: int, finish_work: int) -> Minute:
    """Return the instant of a finish; what has no length finishes where it starts."""
    axis = compiled.axes[number]
    return axis.finishes[finish_work] if compiled.length[number] else axis.starts[finish_work]


def _driving_arcs(early: EarlyDates, number: int) -> list[Arc]:
    compiled = early.compiled
    begin, arcs = early.begin_work[number], compiled.incoming[number]
    if len(arcs) != 1 or early.by[number] != arcs[0].number:  # Else the one there is drives.
        arcs = [arc for arc in arcs if early.begin_bound(arc) == begin]
        if compiled.mode[number] == STARTED:
            arcs = [arc for arc in arcs if not compiled.ignored(arc)]
    if compiled.parent[number] < 0:
        return arcs
    arcs = arcs[:]
    axis = compiled.axes[number]
    above = compiled.parent[number]
    while above >= 0 and compiled.gated[above]:
        arcs += [
            arc for arc in compiled.gate_arcs[above] if axis.works[early.bound_of(arc)] == begin
        ]
        above = compiled.parent[above]
    return arcs


def leaf_rows(
    late: LateDates, numbers: Iterable[int], longest: set[int], delays: Mapping[int, int]
) -> Iterator[ScheduledPhase]:
    """Yield the computed rows of phases that are no summaries."""
    compiled, early = late.compiled, late.early
    ids, modes, policy = compiled.ids, compiled.mode, compiled.network.policy
    starts, finishes, driven_by, driver_by = early.start, early.finish, early.by, compiled.driver_by
    totals, frees, begins, works = late.total, late.free, late.begin, late.finish_work
    axes, own, lengths = compiled.axes, compiled.own, compiled.length
    by_path, threshold = policy.critical == "longest_path", policy.critical_float_min
    for number in numbers:
        start, finish, total = starts[number], finishes[number], totals[number]
        late_start, late_finish = start, finish
        if total:
            axis, work = axes[number], works[number]
            late_finish = axis.finishes[work] if lengths[number] else axis.starts[work]
            late_start = begins[number]
            if modes[number] == STARTED:
                late_start, late_finish = start, axis.finishes[work]
            elif axis is not own[number]:
                late_start = late_finish = own[number].previous_finish(late_finish)
        by = driven_by[number]
        driver = driver_by(by) if by >= 0 else early.driver(number)
        shown_start, shown_finish = start, finish
        free = frees[number]
        if delays and (delay := delays.get(number, 0)):
            shown_start = compiled.axes[number].start_at(early.begin_work[number] + delay)
            shown_finish = _shown(compiled, number, early.finish_work[number] + delay)
            driver = Driver("constraint", "ALAP")
            total, free = total - delay, free - delay  # What is left where it is scheduled.
        is_longest = number in longest
        critical = is_longest if by_path else total <= threshold and modes[number] not in _FIXED
        yield _new(
            ScheduledPhase,
            (
                ids[number],
                start,
                finish,
                late_start,
                late_finish,
                total,
                free,
                shown_start,
                shown_finish,
                critical,
                is_longest,
                False,
                driver,
            ),
        )


def summary_row(
    late: LateDates, number: int, rows: Sequence[ScheduledPhase | None]
) -> ScheduledPhase:
    compiled, early, modes = late.compiled, late.early, late.compiled.mode
    late_start, late_finish, start, finish = ALWAYS, NEVER, ALWAYS, NEVER
    total = free = ALWAYS
    critical = on_longest = False
    for child in compiled.children[number]:
        row = rows[child]
        if row is None:
            continue
        _, _, _, each, until, slack, spare, begin, end, is_critical, is_longest, _, _ = row
        # Compared and not asked for `min` and `max`, which cost more than all the rest.
        late_start = each if each < late_start else late_start  # noqa: FURB136
        late_finish = until if until > late_finish else late_finish  # noqa: FURB136
        start = begin if begin < start else start  # noqa: FURB136
        finish = end if end > finish else finish  # noqa: FURB136
        critical, on_longest = critical or is_critical, on_longest or is_longest
        if modes[child] not in _FIXED:
            total = slack if slack < total else total  # noqa: FURB136
            free = spare if spare < free else free  # noqa: FURB136
    is_open = total != ALWAYS
    if compiled.msproject and not compiled.outgoing[number]:
        free = total  # Nothing waits for it: what its parts ask of each other is no matter.
    return ScheduledPhase(
        compiled.ids[number],
        early.start[number],
        early.finish[number],
        late_start,
        late_finish,
        total if is_open else 0,
        free if is_open else 0,
        start,
        finish,
        critical,
        on_longest,
        True,
        early.driver(number),
    )
