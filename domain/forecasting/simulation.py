"""Compute a network again and again with drawn durations and deliveries: the Monte Carlo forecast.

Each run is the forward pass of the critical path method on the real calendars, with every link,
constraint and actual. Draws are passed in, so the same draws give the same answer.
"""

from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Final, NamedTuple, TypeAlias

from domain.forecasting.distributions import score_of
from domain.forecasting.finishes import Dates, Finishes, Quantiles
from domain.forecasting.passes import Passes
from domain.forecasting.spread import Spread
from domain.kernel.minutes import DAY_MIN, Minute
from domain.planning.compiled import EFFORT, PINNED, PLANNED, STARTED, SUMMARY, Compiled
from domain.planning.network import Activity, Bound, Network

Draw: TypeAlias = Callable[[], float]
"""Returns the next of independent numbers spread evenly over [0, 1)."""

CORRELATION: Final = 0.3
"""Of the normal scores of two phases of one department (DOMAIN 7.7)."""

_WORKED: Final = frozenset({PLANNED, PINNED, STARTED})
_HELD: Final = frozenset({PLANNED, PINNED, STARTED, EFFORT, SUMMARY})

_LEAST: Final = 2.0**-54
"""Stands for a draw of exactly zero, which has no normal score."""


class PhaseForecast(NamedTuple):
    """When a phase may finish; shares of runs, 0 to 1.

    `criticality` is the share in which it lay on the longest path, `kept` that in which it finished
    by its deadline; None where it has none.
    """

    finish: Quantiles
    criticality: float
    kept: float | None


class WholeForecast(NamedTuple):
    """When the whole project may finish, and the share of runs that keep its promise, if any."""

    finish: Quantiles
    kept: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What so many runs came to; `kept` is the share that finished by the promise, if any."""

    runs: int
    finish: Quantiles
    kept: float | None
    phases: Mapping[str, PhaseForecast]


def simulate(
    network: Network, spread: Spread, runs: int, draw: Draw, correlation: float = CORRELATION
) -> Forecast:
    """Compute a network in so many runs (at least one), with what is drawn from the spread.

    Dates are early ones: a phase that is planned as late as possible is forecast as if it were not.
    Raises PlanningError as `domain.planning.critical_path.schedule`, and CalendarError where a
    drawn duration leads beyond the years that calendars reach.
    """
    sampled = _Sampled(network, spread, correlation)
    compiled = sampled.compiled
    passes = Passes(compiled, sampled.reread)
    finishes = Finishes(passes)
    critical = [0] * len(compiled.ids)
    ends: list[Minute] = []
    for _ in range(runs):
        sampled.draw_all(draw)
        finish, longest = passes.run()
        ends.append(finish)
        finishes.take()
        for number in _with_summaries(longest, compiled.parent):
            critical[number] += 1
    phases = {}
    for number, activity in enumerate(compiled.activities):
        dates = finishes.of(number)
        phases[activity.id] = PhaseForecast(
            dates.quantiles, critical[number] / runs, dates.kept(activity.deadline)
        )
    whole = Dates(ends)
    return Forecast(runs, whole.quantiles, whole.kept(network.promise), phases)


def simulate_whole(
    network: Network, spread: Spread, runs: int, draw: Draw, correlation: float = CORRELATION
) -> WholeForecast:
    """Compute a network as `simulate` does, but tell of the whole project alone, which is cheaper.

    The same draws give it the same dates. Raises what `simulate` raises.
    """
    sampled = _Sampled(network, spread, correlation)
    passes = Passes(sampled.compiled, sampled.reread)
    ends: list[Minute] = []
    for _ in range(runs):
        sampled.draw_all(draw)
        ends.append(passes.last())
    whole = Dates(ends)
    return WholeForecast(whole.quantiles, whole.kept(network.promise))


def _with_summaries(longest: Iterable[int], parent: Sequence[int]) -> set[int]:
    """Return phases and all that they lie under: a summary is critical where one of its own is."""
    found: set[int] = set()
    for number in longest:
        above = number
        while above >= 0 and above not in found:
            found.add(above)
            above = parent[above]
    return found


class _Sampled:
    """A compiled network whose durations and bounds are those of the last draw.

    Where a duration or a delivery decides where a phase can begin at all, what the phase says of
    itself is read again; elsewhere its length is all that changes.
    """

    def __init__(self, network: Network, spread: Spread, correlation: float) -> None:
        self.compiled = compiled = Compiled(_as_soon_as_possible(network))
        self._shared, self._own = sqrt(correlation), sqrt(1.0 - correlation)
        self._slips = sorted(spread.slips.items())
        uncertain = [
            number
            for number, phase_id in enumerate(compiled.ids)
            if phase_id in spread.ratios and compiled.mode[number] in _WORKED
        ]
        departments = [spread.department.get(compiled.ids[number], "") for number in uncertain]
        self._groups = sorted(set(departments))
        group_of = {name: place for place, name in enumerate(self._groups)}
        self._uncertain = [
            (number, compiled.length[number], group_of[department], ratio.scores, ratio.values)
            for number, department in zip(uncertain, departments, strict=True)
            for ratio in (spread.ratios[compiled.ids[number]],)
        ]
        self._read_again = [
            (number, activity)
            for number, activity in enumerate(compiled.activities)
            if compiled.mode[number] in _HELD
            and (
                (activity.constraint is not None and activity.id in spread.ratios)
                or any(_waits_for(bound, spread.slips) for bound in activity.earliest)
            )
        ]
        """As they are planned, the phases whose beginning depends on what is drawn."""
        self.reread = {number for number, _ in self._read_again}
        self._shares = [
            (arc.number, number)
            for number in uncertain
            if compiled.mode[number] != STARTED
            for arc in compiled.outgoing[number]
            if compiled.lag_follows_span(arc.number)
        ]
        """Links whose lag is a share of a drawn duration."""

    def draw_all(self, draw: Draw) -> None:
        """Draw every uncertain duration and delivery."""
        compiled, shared, own = self.compiled, self._shared, self._own
        lengths = compiled.length
        in_common = [shared * score_of(draw() or _LEAST) for _ in self._groups]
        for number, minutes, group, scores, values in self._uncertain:
            score = in_common[group] + own * score_of(draw() or _LEAST)
            length = int(minutes * values[bisect_left(scores, score)] + 0.5)
            lengths[number] = length or min(minutes, 1)  # Work never becomes a milestone.
        if self._read_again:
            days = {order: slip.at(score_of(draw() or _LEAST)) for order, slip in self._slips}
            for number, activity in self._read_again:
                self._read(number, activity, days)
        for link, pred in self._shares:
            compiled.set_share(link, lengths[pred])

    def _read(self, number: int, planned: Activity, days: Mapping[str, float]) -> None:
        compiled, length = self.compiled, self.compiled.length[number]
        bounds = tuple(
            replace(bound, at=bound.at + round(days[bound.ref] * DAY_MIN))
            if _waits_for(bound, days)
            else bound
            for bound in planned.earliest
        )
        moved = replace(planned, earliest=bounds)
        if compiled.mode[number] in {PLANNED, PINNED}:
            moved = replace(moved, duration_min=length)
        compiled.activities[number] = moved
        compiled.read_activity(number)
        compiled.length[number] = length


def _waits_for(bound: Bound, orders: Container[str]) -> bool:
    return bound.kind == "commitment" and bound.ref in orders


def _as_soon_as_possible(network: Network) -> Network:
    """Return the network without phases that wait for the last moment: they keep no date sooner."""
    activities = tuple(
        replace(activity, constraint=None)
        if activity.constraint is not None and activity.constraint.kind == "ALAP"
        else activity
        for activity in network.activities
    )
    return replace(network, activities=activities)
