"""Tell random histories of a project: plan edits, reports, time, vendors, calendars, and gaps."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.calendars.events import CalendarExceptionAdded
from domain.commitments.events import PromiseDateMoved
from domain.kernel.corrections import EventCorrected, EventVoided
from domain.kernel.messages import DomainEvent
from domain.kernel.values import Reason, instant, rfc3339
from domain.network.project_network import ProjectNetwork
from domain.network.walk import Walk, network_of
from domain.phases.events import PhaseFinished, PhaseStarted, ProgressRecorded
from domain.plans.events import (
    ConstraintCleared,
    ConstraintSet,
    DependencyAdded,
    DependencyRemoved,
    PhaseDurationRevised,
    PhasePlanned,
    PhaseRemoved,
)
from domain.projects.events import SchedulingPolicySet
from tests.unit.projections.histories import DAY, MONDAY, PROJECT, History

PHASES = ("cut", "weld", "paint", "mount", "test", "pack")
LINKS = 6
"""Links with these numbers are there from the beginning; further ones come and may go."""

steps = st.lists(
    st.one_of(
        st.tuples(st.just("duration"), st.sampled_from(PHASES), st.integers(0, 6)),
        st.tuples(st.just("start"), st.sampled_from(PHASES), st.integers(0, 15)),
        st.tuples(st.just("progress"), st.sampled_from(PHASES), st.integers(0, 6)),
        st.tuples(st.just("finish"), st.sampled_from(PHASES), st.integers(1, 20)),
        st.tuples(st.just("data"), st.integers(1, 20)),
        st.tuples(st.just("vendor"), st.integers(-3, 20)),
        st.tuples(st.just("constraint"), st.sampled_from(PHASES), st.integers(-5, 25)),
        st.tuples(st.just("unconstrained"), st.sampled_from(PHASES)),
        st.tuples(st.just("holiday"), st.integers(0, 25)),
        st.tuples(st.just("link"), st.sampled_from(PHASES), st.sampled_from(PHASES)),
        st.tuples(st.just("unlink"), st.integers(1, LINKS)),
        st.tuples(st.just("remove"), st.sampled_from(PHASES)),
        st.tuples(st.just("plan again"), st.sampled_from(PHASES), st.integers(1, 4)),
        st.tuples(st.just("material"), st.booleans()),
        st.tuples(st.just("mend"), st.integers(0, 8), st.sampled_from(("void", "correct"))),
    ),
    max_size=14,
)
"""A link may close a circle: then there is no schedule until another step opens it again."""


def a_plan() -> History:
    history = History().opened().calendar("plant").calendar("six", "123456")
    history.project(SchedulingPolicySet(material_drives=True)).promise("2026-03-20")
    history.phase("cut", 2).phase("weld", 3, department_id="welding")
    history.phase("paint", 2, calendar_id="six").phase("mount", 4).phase("test", 1)
    history.phase("pack", 1)
    history.link("cut", "weld", "SS", DAY).link("weld", "paint").link("paint", "mount")
    history.link("cut", "mount").link("mount", "test", "FF", 120).link("test", "pack")
    return history.ordered("PO-1", "2026-03-09", "mount")


def told(changes: Sequence[Any]) -> History:
    """Return the plan's history with these steps after it."""
    history = a_plan()
    for number, change in enumerate(changes):
        tell(history, number, *change)
    return history


def tell(history: History, number: int, kind: str, *about: Any) -> None:  # noqa: ANN401, C901, PLR0912, PLR0915
    match kind, *about:
        case ("duration", phase_id, days):
            event = PhaseDurationRevised(phase_id=phase_id, old_min=0, new_min=days * DAY)
            asked = Reason(code="customer_request") if days % 2 else None
            history.record(f"plan-{PROJECT}", event, reason=asked)
        case ("start", phase_id, days):
            when = MONDAY + timedelta(days=days)
            history.fact(phase_id, PhaseStarted(actual_start=when), when)
        case ("progress", phase_id, days):
            left = ProgressRecorded(remaining_min=days * DAY, basis="report")
            history.fact(phase_id, left, MONDAY + timedelta(days=number, hours=7))
        case ("finish", phase_id, days):
            when = MONDAY + timedelta(days=days, hours=8)
            history.fact(phase_id, PhaseFinished(actual_finish=when), when)
        case ("data", days):
            history.data_date(f"{MONDAY + timedelta(days=days):%Y-%m-%d %H:%M}")
        case ("vendor", days):
            new = date(2026, 3, 9) + timedelta(days=days)
            moved = PromiseDateMoved(new=new, told_by="Fluxtec", channel="mail")
            history.commitment("PO-1", moved)
        case ("constraint", phase_id, days):
            when = MONDAY + timedelta(days=days)
            history.plan(ConstraintSet(phase_id=phase_id, kind="SNET", at=when))
        case ("unconstrained", phase_id):
            history.plan(ConstraintCleared(phase_id=phase_id))
        case ("holiday", days):
            free = (MONDAY + timedelta(days=days)).date()
            closed = CalendarExceptionAdded(date=free, windows=(), kind="shutdown")
            history.record(f"calendar-{PROJECT}/plant", closed)
        case ("link", pred, succ):
            link_id = f"X{number}"
            history.plan(DependencyAdded(link_id=link_id, pred=pred, succ=succ, link_type="FS"))
        case ("unlink", link):
            history.plan(DependencyRemoved(link_id=f"L{link}"))
        case ("remove", phase_id):
            history.plan(PhaseRemoved(phase_id=phase_id, links=_links_of(history, phase_id)))
        case ("plan again", phase_id, days):
            again = PhasePlanned(
                phase_id=phase_id, wbs=phase_id, name=phase_id, department_id="shop",
                kind="task", duration_min=days * DAY,
            )  # fmt: skip
            history.plan(again)
        case ("mend", back, how):
            _mend(history, back, how)
        case ("material", drives):
            history.project(SchedulingPolicySet(material_drives=drives))


def _links_of(history: History, phase_id: str) -> tuple[str, ...]:
    events = (recorded.event for recorded in history.events)
    return tuple(
        event.link_id
        for event in events
        if isinstance(event, DependencyAdded) and phase_id in (event.pred, event.succ)
    )


def _mend(history: History, back: int, kind: str) -> None:
    """Correct or void one of the events that are no part of the plan and that can bear it."""
    later = history.events[len(a_plan().events) :]
    if not later:
        return
    target = later[-1 - back % len(later)]
    if kind == "void":
        event: DomainEvent = EventVoided(target=target.event_id, why="a slip")
    elif isinstance(target.event, ProgressRecorded):
        event = EventCorrected(target=target.event_id, fields={"remaining_min": DAY}, why="misread")
    else:
        at = rfc3339(target.effective_at - timedelta(days=1))
        event = EventCorrected(target=target.event_id, effective_at=instant(at), why="earlier")
    history.record(target.stream, event)


def network_at(history: History, position: int) -> ProjectNetwork:
    """Return the network of a fresh replay up to a position."""
    return network_of(PROJECT, history.events[:position])


def walk_at(history: History, position: int) -> Walk:
    """Return a walk that stands at a position."""
    return Walk(network_at(history, position), lambda: history.events[:position])
