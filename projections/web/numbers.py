"""Pick the six numbers a coordinator looks at first, and what needs doing now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.kernel.wording import counted
from projections.web.view import RUNNING, ConflictView, DeliveryView, PhaseView, ProjectView
from projections.web.words import NOTHING, age, day, number, share, short_day

OLD: Final = timedelta(hours=24)
NEEDS_MAX: Final = 40
GOOD, WATCH, BAD, PLAIN = "good", "watch", "bad", "plain"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what it counts; `tone` is said in words too, colour is never the only sign."""

    key: str
    label: str
    value: str
    detail: str
    tone: str
    href: str


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person: what, since when, and what to do next."""

    key: str
    tone: str
    kind: str
    what: str
    detail: str
    action: str


def figures(view: ProjectView) -> tuple[Figure, ...]:
    """Return the six numbers."""
    return (
        _against_promise(view),
        _late_on_the_path(view),
        _open_conflicts(view),
        _deliveries_at_risk(view),
        _done(view),
        _running(view),
    )


def _against_promise(view: ProjectView) -> Figure:
    label, href = "Against the promise", "#gantt"
    slip = view.slip_days
    if slip is None:
        detail = "nothing is promised yet" if view.promise is None else "no forecast"
        return Figure("promise", label, NOTHING, detail, PLAIN, href)
    forecast = "" if view.promise is None else f"promised {day(view.promise)}"
    if view.late:
        return Figure("promise", label, f"+{number(slip)} d", f"late · {forecast}", BAD, href)
    if slip == 0:
        return Figure("promise", label, "0 d", f"on time · {forecast}", GOOD, href)
    return Figure("promise", label, f"{number(slip)} d", f"early · {forecast}", GOOD, href)


def _late_on_the_path(view: ProjectView) -> Figure:
    late = [phase for phase in view.work if phase.late]
    critical = sum(phase.critical for phase in late)
    tone = BAD if critical else WATCH if late else GOOD
    detail = f"of {counted(len(late), 'late phase')} in all"
    return Figure("late", "Late on the critical path", str(critical), detail, tone, "#phases")


def _open_conflicts(view: ProjectView) -> Figure:
    found = view.conflicts
    old = sum(view.now - each.opened_at > OLD for each in found)
    grave = any(each.severity in {"critical", "high"} for each in found)
    tone = BAD if grave else WATCH if found else GOOD
    detail = f"{old} open for over 24 h" if found else "none is open"
    return Figure("conflicts", "Open conflicts", str(len(found)), detail, tone, "#needs")


def _deliveries_at_risk(view: ProjectView) -> Figure:
    late = sum(each.late for each in view.deliveries)
    unconfirmed = len(view.deliveries) - late
    tone = BAD if late else WATCH if unconfirmed else GOOD
    detail = f"{late} late · {unconfirmed} unconfirmed" if view.deliveries else "all confirmed"
    value = str(len(view.deliveries))
    return Figure("deliveries", "Deliveries at risk", value, detail, tone, "#needs")


def _done(view: ProjectView) -> Figure:
    ended = sum(phase.ended for phase in view.work)
    detail = f"{ended} of {counted(len(view.work), 'phase')} finished"
    return Figure("done", "Work done", share(view.done_bp), detail, PLAIN, "#departments")


def _running(view: ProjectView) -> Figure:
    running = [phase for phase in view.work if phase.stage in RUNNING]
    halted = sum(phase.stage == "interrupted" for phase in running)
    tone = WATCH if halted else PLAIN
    detail = f"{halted} interrupted" if halted else "none interrupted"
    return Figure("running", "Running now", str(len(running)), detail, tone, "#gantt")


def needs(view: ProjectView) -> tuple[Need, ...]:
    """Return what waits for a person: conflicts by gravity, late deliveries, late phases."""
    found = [
        *(_conflict_need(view, each) for each in view.conflicts),
        *(_delivery_need(each) for each in view.deliveries),
        *_late_needs(view),
    ]
    return tuple(found[:NEEDS_MAX])


def _conflict_need(view: ProjectView, conflict: ConflictView) -> Need:
    impact = ""
    if conflict.impact_days:
        impact = f" · costs {number(conflict.impact_days)} d"
    owner = f" · {conflict.owner}" if conflict.owner else ""
    return Need(
        key=f"conflict-{conflict.id}",
        tone=BAD if conflict.severity in {"critical", "high"} else WATCH,
        kind=f"{conflict.severity} · {conflict.kind.replace('_', ' ')}",
        what=conflict.summary,
        detail=f"open for {age(conflict.opened_at, view.now)}{impact}{owner}",
        action=_next_step(view, conflict),
    )


def _next_step(view: ProjectView, conflict: ConflictView) -> str:
    if conflict.owner is None:
        return "Give it an owner" if conflict.acknowledged else "Look at it, give it an owner"
    if conflict.due is None:
        return f"{conflict.owner} decides"
    due = short_day(conflict.due.astimezone(view.zone))
    if conflict.due < view.now:
        return f"Overdue since {due}: ask {conflict.owner}"
    return f"{conflict.owner} decides by {due}"


def _delivery_need(delivery: DeliveryView) -> Need:
    detail = f"needed {short_day(delivery.need)}"
    if delivery.expected is not None:
        detail += f", expected {short_day(delivery.expected)}"
        days = (delivery.expected - delivery.need).days
        detail += f" · +{days} d" if days > 0 else ""
    elif delivery.late:
        detail += ", no date is known"
    if delivery.answer:
        detail += f" · {delivery.answer.replace('_', ' ')}"
    ask = "Settle a date with {}" if delivery.late else "Get {} to confirm"
    return Need(
        key=f"delivery-{delivery.id}",
        tone=BAD if delivery.late else WATCH,
        kind="late delivery" if delivery.late else "unconfirmed delivery",
        what=f"{delivery.item}, {delivery.vendor}",
        detail=f"{detail} · {delivery.id}",
        action=ask.format(delivery.vendor),
    )


def _late_needs(view: ProjectView) -> Iterator[Need]:
    for phase in sorted(view.work, key=lambda each: (not each.critical, each.float_min, each.id)):
        if phase.late and not phase.ended:
            yield _late_need(phase)


def _late_need(phase: PhaseView) -> Need:
    running = phase.stage in RUNNING
    critical = " · critical" if phase.critical else ""
    return Need(
        key=f"late-{phase.id}",
        tone=BAD if phase.critical else WATCH,
        kind="late finish" if running else "late start",
        what=phase.name,
        detail=f"{phase.department}{critical}",
        action="Finish it, or say what remains" if running else "Start it, or plan it anew",
    )
