"""Say of which classes the states of folds are made, and what of them can be computed again."""

from functools import cache
from typing import Final

from domain.commitments import facts as commitments
from domain.network.calendars import ProjectCalendars, _Definition
from domain.network.capacity import ProjectResources, ResourceLine
from domain.network.known import KnownPhase
from domain.network.phase_line import Manpower, PhaseLine, Typed
from domain.network.project_network import Baseline, LinkLine, Problem, ProjectNetwork, Promise
from domain.network.supplies import Supplies, Supply
from domain.phases import actuals as phases
from domain.phases.contradictions import Circumstances
from domain.phases.facts import Execution
from domain.planning.network import (
    Activity,
    Bound,
    Constraint,
    Driver,
    Link,
    Policy,
    ScheduledPhase,
)
from domain.resources.facts import Allocation
from projections.checkpoints_codec import Form, Forms
from projections.checkpoints_facts import events
from projections.moments import Moments
from projections.open_conflicts import ConflictLine, OpenConflicts
from projections.schedule import ScheduleState
from projections.status import StatusState

_PLAIN: Final[tuple[type, ...]] = (
    Activity, Allocation, Baseline, Bound, ConflictLine, Constraint, Driver, KnownPhase, Link,
    LinkLine, Manpower, PhaseLine, Policy, Problem, Promise, ResourceLine, ScheduledPhase,
    Supply, Typed,
    phases.Aborted, Circumstances, Execution, phases.Finished, phases.Interrupted,
    phases.NotStarted, phases.Running, phases.Work, commitments.Line, commitments.Standing,
)  # fmt: skip
_PROJECT: Final = ""
"""A fresh object's project, before its own is filled in."""


@cache
def forms() -> Forms:
    """Return the form of every class that may occur in a state."""
    computed = frozenset({
        "_activities", "_dirty", "_incoming", "_planned", "_planner", "_planning_links",
        "_schedule", "_scheduled", "_touched", "_working", "revised",
    })  # fmt: skip
    return Forms(
        (
            *(Form(cls.__name__, cls) for cls in _PLAIN),
            Form("commitments.Contradiction", commitments.Contradiction),
            Form("CalendarDefinition", _Definition),
            Form("Moments", Moments),
            Form("OpenConflicts", OpenConflicts, fresh=OpenConflicts),
            Form(
                "ProjectCalendars",
                ProjectCalendars,
                derived=frozenset({"_compiled"}),
                fresh=ProjectCalendars,
            ),
            Form(
                "ProjectNetwork",
                ProjectNetwork,
                derived=computed,
                fresh=lambda: ProjectNetwork(_PROJECT),
            ),
            Form("ProjectResources", ProjectResources, fresh=ProjectResources),
            Form(
                "ScheduleState",
                ScheduleState,
                derived=frozenset({"_last", "dirty"}),
                shared=frozenset({"_seen"}),
                json=frozenset({"_rows"}),
                fresh=_schedule_to_show,
            ),
            Form(
                "StatusState",
                StatusState,
                derived=frozenset(
                    {"_moments", "_open_deliveries", "_rows", "_shares", "dirty", "due"}
                ),
                fresh=_status_to_show,
            ),
            Form("Supplies", Supplies, fresh=Supplies),
        ),
        enums=(phases.Stage, commitments.Status),
        events=events(),
    )


def _schedule_to_show() -> ScheduleState:
    state = ScheduleState(_PROJECT)
    state.dirty = True
    return state


def _status_to_show() -> StatusState:
    state = StatusState(_PROJECT)
    state.dirty = True
    return state
