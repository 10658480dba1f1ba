"""Answer what a project's dates would be if its resources were nowhere asked for too much."""

from collections.abc import Callable
from random import Random
from time import monotonic
from typing import Any, Final

from consumers.failures import WrongInput
from consumers.question import Asked, Parameter, Question, whole_number
from consumers.views import Views
from domain.levelling.improvement import SCHEDULES_DEFAULT, first_schedule, improved
from domain.levelling.problem import LevellingError, Problem, Solution
from domain.levelling.proposal import propose
from projections.levelled import impossible_document, levelled_document

METHODS: Final = ("serial", "improve", "cpsat")
FENCE_DAYS: Final = 7
"""Work that starts within a week after the data date is handed out: it is moved last."""
SEED: Final = 1
PLACEMENTS: Final = 200_000
"""Without a time the search places so many jobs in all, a few seconds' worth on any project."""
SCHEDULES_MIN: Final = 20
SOLVER_SECONDS: Final = 10.0
ASKED_SECONDS_MAX: Final = 10.0
"""So long may be searched for the answer of a question over HTTP."""
FENCE_DAYS_MAX: Final = 3_650
SEED_MAX: Final = 2**31 - 1


def levelled(
    views: Views, project_id: str, asked: Asked, seconds_max: float = ASKED_SECONDS_MAX
) -> dict[str, Any]:
    """Return the proposal as a document; it changes nothing.

    Raises WrongInput for parameters that mean nothing, UnknownSubject for no such project.
    """
    method, seed = asked.get("method", "improve"), whole_number(asked, "seed", SEED, 0, SEED_MAX)
    fence_days = whole_number(asked, "fence", FENCE_DAYS, 0, FENCE_DAYS_MAX)
    solve = solver(method, seed, _seconds(asked, seconds_max))
    position = views.position_or_head(asked.get("as_of"))
    project = views.network(project_id, position)
    try:
        proposal = propose(project, solve, fence_days)
        document = (
            impossible_document(project)
            if proposal is None
            else levelled_document(project, proposal)
        )
    except LevellingError as wrong:
        document = impossible_document(project, wrong)
    return {"position": position, "method": method, "seed": seed, **document}


def solver(method: str, seed: int, seconds: float | None) -> Callable[[Problem], Solution]:
    """Return what makes schedules by a method; without a time the same input gives the same.

    Raises WrongInput for a method there is not, and, when it is called, for one that is not
    installed.
    """
    if method not in METHODS:
        msg = f"method is one of {', '.join(METHODS)}, not {method!r}"
        raise WrongInput(msg)
    if method == "serial":
        return first_schedule
    draw = Random(seed).random  # noqa: S311  Nothing is kept secret.
    if method == "cpsat":
        from consumers.levelling_cpsat import solved  # noqa: PLC0415

        budget = SOLVER_SECONDS if seconds is None else seconds
        return lambda problem: solved(problem, draw, seed, budget)
    if seconds is None:
        return lambda problem: improved(problem, draw, _schedules(problem))
    return lambda problem: _within(problem, draw, seconds)


def _schedules(problem: Problem) -> int:
    each = PLACEMENTS // max(1, len(problem.jobs))
    return max(SCHEDULES_MIN, min(SCHEDULES_DEFAULT, each))


def _within(problem: Problem, draw: Callable[[], float], seconds: float) -> Solution:
    until = monotonic() + seconds
    return improved(problem, draw, limit=10**9, enough=lambda: monotonic() >= until)


def _seconds(asked: Asked, most: float) -> float | None:
    text = asked.get("seconds")
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= most:
        msg = f"seconds is a number above 0 and at most {most:.0f}, not {text!r}"
        raise WrongInput(msg)
    return seconds


LEVELLING: Final = Question(
    "levelling",
    "Propose dates at which no resource is asked for more than there is; nothing is changed."
    " `requests` are what a branch would ask for to make it so.",
    levelled,
    (
        Parameter("method", f"How it is searched: {', '.join(METHODS)} (default improve)."),
        Parameter("seconds", "So long is searched; without it a fixed effort, always the same."),
        Parameter("seed", "Seed of the search.", "integer"),
        Parameter("fence", "Days after the data date whose work is moved last.", "integer"),
        Parameter("as_of", "Position or time by knowledge; the head of the log."),
    ),
)
