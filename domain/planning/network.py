"""The network a schedule is computed from, and the schedule: plain values, nothing stored.

Instants are UTC minutes since 1970 (`domain.kernel.minutes.Minute`); durations, floats and lags
are working minutes of the phase's calendar unless a unit says otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from domain.kernel.calendar import WorkingCalendar
from domain.kernel.minutes import Minute

ActivityKind: TypeAlias = Literal[
    "task", "start_ms", "finish_ms", "level_of_effort", "procurement", "review"
]
LinkType: TypeAlias = Literal["FS", "SS", "FF", "SF"]
LagUnit: TypeAlias = Literal["working_min", "elapsed_min", "percent_of_pred"]
LagCalendar: TypeAlias = Literal["pred", "succ", "project", "24h"]
ConstraintKind: TypeAlias = Literal["ASAP", "ALAP", "SNET", "SNLT", "FNET", "FNLT", "MSO", "MFO"]
Dialect: TypeAlias = Literal["p6", "msproject"]
OutOfSequence: TypeAlias = Literal["retained_logic", "progress_override", "actual_dates"]
DriverKind: TypeAlias = Literal[
    "predecessor",
    "constraint",
    "calendar",
    "data_date",
    "project_start",
    "actual",
    "material",
    "commitment",
    "resource",
    "parent",
    "child",
]

UNDATED: Final[frozenset[ConstraintKind]] = frozenset({"ASAP", "ALAP"})


class PlanningError(ValueError):
    """A network no schedule exists for; ``code`` is the refusal code of the catalogue."""

    def __init__(self, message: str, code: str, ids: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.ids = ids


@dataclass(frozen=True, slots=True)
class Constraint:
    """A date somebody typed; ``at`` is None for ASAP and ALAP only."""

    kind: ConstraintKind
    at: Minute | None = None

    def __post_init__(self) -> None:
        if self.at is None and self.kind not in UNDATED:
            msg = f"{self.kind} needs a date"
            raise PlanningError(msg, "constraint_date_missing")


@dataclass(frozen=True, slots=True)
class Bound:
    """Something outside the network that (the rest of) a phase cannot start before.

    A commitment's expected date, a material's, the end of an outage: ``kind`` and ``ref`` become
    the driver when the bound holds.
    """

    at: Minute
    kind: DriverKind
    ref: str


@dataclass(frozen=True, slots=True)
class Activity:
    """One phase, or a summary when other activities name it as their parent.

    ``calendar`` is a key of the network's calendars, None the default one. Of a started phase the
    remaining duration governs: ``remaining_min``, or what is left to ``expected_finish``, or the
    whole duration. A summary's duration and actuals are ignored, and its constraint if it is MSO,
    MFO or ALAP: its children have them. ``assumed_start`` says that nobody reported the start.
    """

    id: str
    duration_min: int
    kind: ActivityKind = "task"
    calendar: str | None = None
    parent: str | None = None
    constraint: Constraint | None = None
    deadline: Minute | None = None
    actual_start: Minute | None = None
    actual_finish: Minute | None = None
    remaining_min: int | None = None
    expected_finish: Minute | None = None
    assumed_start: bool = False
    earliest: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A dependency; ``lag`` is in minutes, or in basis points of the predecessor's duration.

    ``calendar`` is the one the lag runs on, None the policy's; elapsed minutes run on the clock.
    """

    id: str
    pred: str
    succ: str
    type: LinkType = "FS"
    lag: int = 0
    unit: LagUnit = "working_min"
    calendar: LagCalendar | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How a project wants its network computed.

    Out of sequence, a started phase's remaining work waits for its predecessors (retained logic),
    goes on at the data date where a link from an open predecessor should have held its start
    (progress override), or follows no link from an open predecessor at all (actual dates).

    ``float_calc`` is kept because other tools have it. Here start float and finish float are equal:
    both pairs of dates lie the same work apart on the phase's own calendar.

    ``dialect`` decides where planning tools differ, as Primavera P6 or as Microsoft Project (with
    its tasks honouring their constraint dates) schedule; `deploy/adr/0017-two-dialects.md` lists
    the differences and their sources. ``lag_calendar`` None is the dialect's: the predecessor's
    for `p6`, the successor's for `msproject`. Under `msproject` ``out_of_sequence`` and the data
    date move nothing: what has started goes on from its start.
    """

    dialect: Dialect = "p6"
    out_of_sequence: OutOfSequence = "retained_logic"
    lag_calendar: LagCalendar | None = None
    critical: Literal["total_float", "longest_path"] = "total_float"
    critical_float_min: int = 0
    float_calc: Literal["start", "finish", "smallest"] = "finish"
    open_ends_critical: bool = False

    @property
    def is_msproject(self) -> bool:
        """Whether dates are computed as Microsoft Project computes them."""
        return self.dialect == "msproject"

    @property
    def lags_run_on(self) -> LagCalendar:
        """The calendar of a lag that names none."""
        return self.lag_calendar or ("succ" if self.is_msproject else "pred")


@dataclass(frozen=True, slots=True)
class Network:
    """Everything a schedule depends on; ``promise`` is the date the project must finish by."""

    project_start: Minute
    calendars: Mapping[str, WorkingCalendar]
    default_calendar: str
    activities: tuple[Activity, ...]
    links: tuple[Link, ...] = ()
    data_date: Minute | None = None
    promise: Minute | None = None
    policy: Policy = Policy()


class Driver(NamedTuple):
    """The one thing that sets a phase's start or finish.

    ``ref`` is the link's id (predecessor), the constraint's kind, the ancestor whose constraint
    holds (parent), the child that finishes last (child, of a summary), the bound's ref, or empty.
    """

    kind: DriverKind
    ref: str = ""


class ScheduledPhase(NamedTuple):
    """The computed dates of one activity; starts at the beginning of a period, finishes at its end.

    ``start`` and ``finish`` are the scheduled dates: the early ones, unless the phase is as late as
    possible. Started phases keep their actual start in every start. Floats are working minutes of
    the phase's calendar and may be negative; a finished phase and level of effort have none.
    """

    id: str
    early_start: Minute
    early_finish: Minute
    late_start: Minute
    late_finish: Minute
    total_float_min: int
    free_float_min: int
    start: Minute
    finish: Minute
    critical: bool
    on_longest_path: bool
    summary: bool
    driver: Driver


@dataclass(frozen=True, slots=True)
class Schedule:
    """The computed dates of a network, by id in the order of ids.

    ``moved`` are the ids whose rows are others than in ``before``, the phases of an older schedule
    of the same ids; without one that is known, ``before`` is None.
    """

    finish: Minute
    phases: Mapping[str, ScheduledPhase]
    before: Mapping[str, ScheduledPhase] | None = field(default=None, compare=False, repr=False)
    moved: Sequence[str] = field(default=(), compare=False, repr=False)
