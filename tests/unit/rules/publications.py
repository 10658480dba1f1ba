"""Tell of schedules that are published, beside a plan in which one phase waits for another."""

from domain.plans.events import PhaseDurationRevised
from domain.publications.events import SchedulePublished
from tests.unit.projections.histories import DAY, History


def a_plan() -> History:
    """Cut for 20 days from Monday the 2nd of March, then weld for two: from the 30th on."""
    history = History().opened().calendar("plant").phase("cut", 20)
    return history.phase("weld", 2, department_id="hall").link("cut", "weld")


def lasts(history: History, days: int) -> History:
    """Let cutting take so many days: with 21 welding starts a day later than with 20."""
    event = PhaseDurationRevised(phase_id="cut", old_min=0, new_min=days * DAY)
    return history.plan(event)


def published(history: History, of_position: int | None = None) -> History:
    """Publish the schedule as it stands, or stood at a position."""
    event = SchedulePublished(
        at_position=len(history.events) if of_position is None else of_position,
        engine_version=1,
        policy={},
        digest="ab" * 32,
        audience="everybody",
    )
    return history.record("publication-PRJ-7", event)
