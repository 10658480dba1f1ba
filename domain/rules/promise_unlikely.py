"""S3: find a promise that the past of the project's estimates makes unlikely."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from domain.forecasting.outcomes import outcomes_of
from domain.forecasting.past import whole_forecast_of
from domain.forecasting.simulation import WholeForecast
from domain.forecasting.spread import TooFewOutcomes
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import instant_of, minute_of
from domain.kernel.work_axis import CalendarError
from domain.network.project_network import ProjectNetwork
from domain.rules.finding import Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, severity_of, working_days
from domain.rules.parameters import Parameter
from domain.rules.telling import MARGIN_DAYS, Condition, Conditions
from domain.rules.watched import Watched
from domain.rules.weekly import Weekly

NAME: Final[str] = "promise_unlikely"
VERSION: Final[int] = 1

SHARE: Final = Parameter(
    "share", 20, "percent", "A promise is unlikely once it is missed in so many of the runs."
)
RUNS: Final = Parameter("runs", 100, "runs", "So often the project is simulated.")
SEED: Final = Parameter("seed", 1, "number", "What the draws of a simulation begin with.")

RUNS_MIN: Final = 50
PHASE_RUNS: Final = 100_000
"""A large project is simulated less often, so that phases times runs stay about here."""

_REMEDIES: Final = (
    "shorten the longest path: overtime, a second shift, expediting",
    "re-sequence",
    "agree on another date",
)


@dataclass(slots=True)
class LikelihoodState:
    """What was last told, and when the project was simulated."""

    weekly: Weekly = field(default_factory=Weekly)
    conditions: Conditions = field(default_factory=lambda: Conditions(NAME, VERSION))


class PromiseUnlikely:
    """DOMAIN S3: in a fifth of simulated runs the project finishes after its promise.

    Runs are those of `takt forecast` (DOMAIN 7.7), from what became of the estimates of this
    project alone; with fewer than five finished phases nothing is told. It is simulated at the
    first data date, at each that is a week later than the last one, and when a baseline is
    approved, 100 times, a project of more than 1,000 phases down to 50 times. Draws begin with the
    project's seed each time, so what changes between two findings is the project.

    The impact is the working days from the promise to the date that four fifths of the runs keep;
    its probability is the share of runs that miss the promise. It is told again when the impact has
    changed by a working day, and cleared when that date keeps the promise by one, when nothing is
    promised, or when nothing is left to do.
    """

    name = NAME
    version = VERSION
    code = "S3"
    title = "The project will probably finish after its promise to the customer."
    parameters: tuple[Parameter, ...] = (SHARE, RUNS, SEED)
    weighs_impact = True
    at_once = False
    due = staticmethod(never)
    heeds = Heeds.of(network=True)

    def initial(self) -> LikelihoodState:
        """Return a project that nothing has happened to."""
        return LikelihoodState()

    def fold(
        self,
        state: LikelihoodState,
        recorded: Recorded[Any],
        project: Watched,
        *,
        more: bool = False,
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        if not project.changed or not state.weekly.is_due(recorded, more=more):
            return ()
        network = project.network
        subjects = (stream_of("project", network.project_id),)
        now, because = None, "Nothing is promised, or nothing is left to do"
        is_open = any(not line.known.has_ended for line in network.working_lines())
        if network.promise is not None and network.standing != "cancelled" and is_open:
            forecast = _forecast(project)
            if forecast is None:
                return ()  # As uncertain as before.
            now = _condition(project, forecast, was_told=subjects in state.conditions.told)
            because = "Four fifths of the runs keep the promise by a working day"
        return tuple(state.conditions.tell(subjects, now, recorded.position, because))


def draws(seed: int) -> Callable[[], float]:
    """Return numbers in [0, 1) that follow from a seed: splitmix64, the upper 53 bits.

    Source: Steele, Lea, Flood, Fast splittable pseudorandom number generators (OOPSLA 2014).
    """
    state = seed & _WORD

    def draw() -> float:
        nonlocal state
        state = (state + 0x9E3779B97F4A7C15) & _WORD
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _WORD
        return float((mixed ^ (mixed >> 31)) >> 11) * 2.0**-53

    return draw


_WORD: Final = (1 << 64) - 1


def _forecast(project: Watched) -> WholeForecast | None:
    network = project.network
    most = max(RUNS_MIN, PHASE_RUNS // max(1, len(network.working_lines())))
    runs = max(1, min(project.number(NAME, RUNS), most))
    try:
        draw = draws(project.number(NAME, SEED))
        return whole_forecast_of(network, outcomes_of(network), runs, draw)
    except (TooFewOutcomes, CalendarError):
        return None


def _condition(project: Watched, forecast: WholeForecast, *, was_told: bool) -> Condition | None:
    network: ProjectNetwork = project.network
    end, promise = network.promise_end, network.promise
    if end is None or promise is None or forecast.kept is None:
        return None
    missed_bp = round((1.0 - forecast.kept) * 10_000)
    is_unlikely = missed_bp >= project.number(NAME, SHARE) * 100
    days = working_days(network.calendar, minute_of(end), forecast.finish.p80)
    if not is_unlikely and (not was_told or -days >= MARGIN_DAYS):
        return None
    p50, p80 = (
        instant_of(each).astimezone(network.zone).date()
        for each in (forecast.finish.p50, forecast.finish.p80)
    )
    impact = max(NOTHING, days)
    return Condition(
        kind="schedule",
        severity=severity_of(impact),
        impact_days=impact,
        summary=(
            f"{missed_bp // 100} of 100 runs finish after the promised day {promise.day}: half of "
            f"them by {p50}, four fifths by {p80}"
        ),
        evidence=[promise.typed.position],
        holds=is_unlikely,
        probability_bp=missed_bp,
        remedies=_REMEDIES,
    )
