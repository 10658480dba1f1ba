"""Hold a comparison to telling every difference between two networks, and nothing else."""

from domain.calendars.events import CalendarExceptionAdded, CalendarExceptionRemoved, Window
from domain.comparison.differences import Change, Comparison, compare
from domain.planning.network import Constraint
from domain.plans.events import (
    ConstraintSet,
    DependencyChanged,
    DependencyRemoved,
    Lag,
    PhaseDetailsRevised,
    PhaseDurationRevised,
    PhaseRemoved,
)
from domain.projects.events import SchedulingPolicySet
from tests.property.random_histories import network_at
from tests.unit.projections.histories import DAY, PROJECT, History, at


def a_plan() -> History:
    history = History().opened().calendar("plant").promise("2026-03-20")
    history.phase("cut", 2).phase("weld", 3).phase("paint", 1)
    return history.link("cut", "weld").link("weld", "paint")


def compared(history: History, planned: int) -> Comparison:
    return compare(network_at(history, planned), network_at(history, len(history.events)))


PLANNED = len(a_plan().events)


def test_the_same_plan_has_no_differences() -> None:
    assert compared(a_plan(), PLANNED).is_empty


def test_a_longer_phase_is_edited_and_what_follows_is_moved() -> None:
    history = a_plan().plan(PhaseDurationRevised(phase_id="cut", old_min=2 * DAY, new_min=3 * DAY))
    found = compared(history, PLANNED)
    assert [(edit.id, edit.changes) for edit in found.edited] == [
        ("cut", (Change("duration_min", 2 * DAY, 3 * DAY),))
    ]
    assert [(move.phase_id, move.worked_min) for move in found.moved] == [
        ("cut", DAY), ("paint", DAY), ("weld", DAY),
    ]  # fmt: skip
    assert found.finish.before is not None
    assert found.finish.after == found.finish.before + 1_440


def test_a_calendar_that_lost_a_day_is_told_even_where_no_phase_moves() -> None:
    after_the_end = CalendarExceptionAdded(date=at("2026-03-25 00:00").date(), kind="holiday")
    history = a_plan().record(f"calendar-{PROJECT}/plant", after_the_end)
    found = compared(history, PLANNED)
    assert [(edit.id, edit.changes) for edit in found.calendars] == [
        ("plant", (Change("2026-03-25", ((480, 720), (780, 1020)), ()),))
    ]
    assert (found.moved, found.edited, found.is_empty) == ((), (), False)


def test_an_exception_that_says_what_the_week_says_is_no_difference() -> None:
    windows = (Window(from_min=480, to_min=720), Window(from_min=780, to_min=1020))
    day = at("2026-03-25 00:00").date()
    same = CalendarExceptionAdded(date=day, windows=windows, kind="overtime")
    history = a_plan().record(f"calendar-{PROJECT}/plant", same)
    assert compared(history, PLANNED).is_empty
    history.record(f"calendar-{PROJECT}/plant", CalendarExceptionRemoved(date=day))
    assert compared(history, PLANNED).is_empty


def test_links_that_went_and_links_that_changed_are_told_apart() -> None:
    history = a_plan().plan(DependencyRemoved(link_id="L2"))
    history.plan(DependencyChanged(link_id="L1", link_type="SS", lag=Lag(value=60)))
    found = compared(history, PLANNED)
    assert (found.links_added, found.links_removed) == ((), ("L2",))
    assert [(edit.id, edit.changes) for edit in found.links_changed] == [
        ("L1", (Change("type", "FS", "SS"), Change("lag", 0, 60)))
    ]


def test_a_phase_that_came_and_one_that_went_are_told() -> None:
    history = a_plan().phase("pack", 1).plan(PhaseRemoved(phase_id="paint", links=("L2",)))
    found = compared(history, PLANNED)
    assert (found.added, found.removed) == (("pack",), ("paint",))


def test_details_constraints_and_the_policy_are_told() -> None:
    history = a_plan().plan(PhaseDetailsRevised(phase_id="weld", department_id="welding"))
    history.plan(ConstraintSet(phase_id="weld", kind="SNET", at=at("2026-03-04 08:00")))
    history.project(SchedulingPolicySet(lag_calendar="24h", material_drives=True))
    found = compared(history, PLANNED)
    (edit,) = found.edited
    assert [change.name for change in edit.changes] == ["department", "constraint"]
    assert isinstance(edit.changes[1].after, Constraint)
    assert found.policy == (
        Change("lag_calendar", "pred", "24h"),
        Change("material_drives", before=False, after=True),
    )


def test_a_plan_without_a_schedule_is_compared_without_dates() -> None:
    history = a_plan().link("paint", "cut")
    found = compared(history, PLANNED)
    assert found.links_added == ("L3",)
    assert (found.finish.after, found.moved) == (None, ())
