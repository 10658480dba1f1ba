"""Answer when a project may be finished, by what came of its log's estimates and promises."""

from random import Random
from typing import Any, Final

from consumers.failures import WrongInput
from consumers.question import Asked, Parameter, Question, whole_number
from consumers.views import Views
from domain.forecasting.outcomes import Outcomes, outcomes_of, together
from domain.forecasting.past import came_of, forecast_of, kept_of, told_at, weekly
from domain.forecasting.spread import TooFewOutcomes
from domain.kernel.minutes import minute_of
from domain.kernel.refusals import UnknownSubject
from domain.kernel.work_axis import CalendarError
from domain.network.project_network import ProjectNetwork
from domain.network.walk import Walk
from projections.forecasted import Asked as Terms
from projections.forecasted import Basis, Calibration, forecast_document
from projections.replay import Poison

RUNS: Final = 1_000
RUNS_MAX: Final = 10_000
SEED: Final = 1
CELLS: Final = 5_000_000
"""Runs times phases, where nobody asks for more: what a caller waits for."""

CELLS_MAX: Final = 20_000_000
"""Runs times phases: what is kept of them fits into memory."""

PAST_RUNS: Final = 200
PAST_RUNS_MIN: Final = 50
PAST_MAX: Final = 12
"""So many moments past are looked back to, with so many runs each."""

PAST_CELLS: Final = 2_000_000
"""Moments times runs times phases: a large plan is looked back at from fewer moments, or none."""

PROJECTS_MAX: Final = 200
"""So many other projects of the log are asked how their estimates turned out, the last by id."""


def forecast(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return the dates that half, 80 and 95 of a hundred runs keep, and how such dates were kept.

    The same position, runs and seed give the same answer, to the byte. Raises WrongInput and
    UnknownSubject.
    """
    seed = whole_number(asked, "seed", SEED, 0, 2**63 - 1)
    position = views.position_or_head(asked.get("as_of"))
    network = views.network(project_id, position)
    phases = max(1, len(network.planned))
    runs = whole_number(asked, "runs", max(1, min(RUNS, CELLS // phases)), 1, RUNS_MAX)
    if runs * phases > CELLS_MAX:
        msg = f"{runs} runs of {phases} phases are too many: ask for {CELLS_MAX // phases} at most"
        raise WrongInput(msg)
    basis = _basis(views, network, position)
    draw = Random(seed).random  # noqa: S311  Chance, not secrecy: the seed is told.
    terms = Terms(position, runs, seed)
    try:
        told = forecast_of(network, basis.outcomes, runs, draw)
        problem = None if told is not None else _problem(network)
        kept = _calibration(views, network, position, basis.outcomes, seed)
    except (TooFewOutcomes, CalendarError) as impossible:
        return forecast_document(network, terms, None, basis, None, str(impossible))
    return forecast_document(network, terms, told, basis, kept, problem)


def _calibration(
    views: Views, network: ProjectNetwork, position: int, outcomes: Outcomes, seed: int
) -> Calibration:
    events = list(views.history(network.project_id, 0, position))
    passes = PAST_CELLS // max(1, len(network.planned))
    runs = max(PAST_RUNS_MIN, min(PAST_RUNS, passes // PAST_MAX))
    moments = weekly(events, min(PAST_MAX, passes // runs))
    draw = Random(seed).random  # noqa: S311
    fresh = Walk(ProjectNetwork(network.project_id))
    told = list(told_at(fresh, events, moments, outcomes, runs, draw))
    now = minute_of(network.data_date or events[-1].recorded_at)
    return Calibration(len(told), runs, kept_of(told, came_of(network), now))


def _basis(views: Views, network: ProjectNetwork, position: int) -> Basis:
    """Return what came of estimates in this project and in the others that were opened by then."""
    others = [each for each in views.branches.projects(position) if each != network.project_id]
    several = [outcomes_of(network)]
    for project_id in others[-PROJECTS_MAX:]:
        try:
            several.append(outcomes_of(views.network(project_id, position)))
        except (UnknownSubject, Poison):
            continue  # Not opened by then; or it stands still, and is told of elsewhere.
    return Basis(together(several), len(several), len(others) + 1)


def _problem(network: ProjectNetwork) -> str:
    return "there is no schedule" if network.problem is None else network.problem.text


FORECAST: Final = Question(
    "forecast",
    "Forecast the finish of the project and its phases: P50, P80, P95, criticality, calibration.",
    forecast,
    (
        Parameter("as_of", "Position or time at which it is asked; the head of the log."),
        Parameter(
            "runs", f"How often the network is computed; {RUNS}, fewer for a large plan.", "integer"
        ),
        Parameter("seed", f"What the draws begin with; {SEED}.", "integer"),
    ),
)
