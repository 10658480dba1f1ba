"""Forecast a project from what is known of it, now and at moments past, and see what was kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypeAlias

from domain.forecasting.finishes import Quantiles
from domain.forecasting.outcomes import Outcomes
from domain.forecasting.simulation import Draw, Forecast, WholeForecast, simulate, simulate_whole
from domain.forecasting.spread import TooFewOutcomes, spread_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute, minute_of
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork
from domain.network.walk import Walk
from domain.projects.events import DataDateAdvanced

PhaseId: TypeAlias = str | None
"""A phase, or None for the whole project."""

DUE_MIN: Final = 5
"""Of fewer dates nothing is told of the share that was kept."""

WEEK: Final = timedelta(weeks=1)


class Told(NamedTuple):
    """The dates that a forecast gave to what was open at a position of the log."""

    position: int
    dates: Mapping[PhaseId, Quantiles]


class Kept(NamedTuple):
    """How many of the dates that have come were kept."""

    kept: int
    due: int

    @property
    def share(self) -> float | None:
        """The share of dates kept, 0 to 1; None where too few have come."""
        return self.kept / self.due if self.due >= DUE_MIN else None


def forecast_of(
    network: ProjectNetwork, outcomes: Outcomes, runs: int, draw: Draw
) -> Forecast | None:
    """Return the forecast of what is open in a project; None where it has no schedule.

    Raises TooFewOutcomes, and CalendarError where a drawn duration leads beyond all calendars.
    """
    if network.schedule() is None or network.start is None:
        return None
    return simulate(network.network(network.start), spread_of(network, outcomes), runs, draw)


def whole_forecast_of(
    network: ProjectNetwork, outcomes: Outcomes, runs: int, draw: Draw
) -> WholeForecast | None:
    """Return the forecast of the whole project alone, as `forecast_of` tells it."""
    if network.schedule() is None or network.start is None:
        return None
    spread = spread_of(network, outcomes)
    return simulate_whole(network.network(network.start), spread, runs, draw)


def open_lines(network: ProjectNetwork) -> Sequence[PhaseLine]:
    """Return the phases that are still to be finished; level of effort follows others."""
    return [
        line
        for line in network.working_lines()
        if not line.known.has_ended and line.kind != "level_of_effort"
    ]


def weekly(events: Iterable[Recorded[Any]], most: int) -> Sequence[int]:
    """Return the positions at which another week of the project had been reported.

    A week is over where the data date was advanced to a week after the last one taken. Of a
    project without data dates it is over where a week of recorded time ended. Of more than `most`
    some are taken, spread evenly.
    """
    dated: list[int] = []
    recorded_weeks: list[int] = []
    until: datetime | None = None
    first = before = None
    for recorded in events:
        match recorded.event:
            case DataDateAdvanced(data_date=date) if until is None or date >= until + WEEK:
                dated.append(recorded.position)
                until = date
            case _:
                pass
        if first is None or before is None:
            first = recorded
        elif _week(first, recorded) > _week(first, before):
            recorded_weeks.append(before.position)
        before = recorded
    ends = dated or recorded_weeks
    if len(ends) <= most:
        return ends
    return [ends[number * len(ends) // most] for number in range(most)]


def told_at(
    walk: Walk,
    events: Iterable[Recorded[Any]],
    positions: Sequence[int],
    outcomes: Outcomes,
    runs: int,
    draw: Draw,
) -> Iterator[Told]:
    """Yield what would have been forecast at past positions from what was known then.

    `walk` is that of a project that nothing has happened to. Where nothing could be forecast there
    is nothing to yield. Raises CalendarError as `forecast_of`.
    """
    wanted = set(positions)
    for recorded in events:
        walk.take(recorded)
        if recorded.position in wanted:
            told = _told(walk.network, recorded.position, outcomes, runs, draw)
            if told is not None:
                yield told


def kept_of(
    told: Iterable[Told], came: Mapping[PhaseId, Minute | None], now: Minute
) -> Mapping[str, Kept]:
    """Return, by quantile, how many dates that lie not after now were kept.

    `came` says when each phase finished, None where it has not; phases that are not in it are not
    counted, for they were dropped. A date still to come says nothing, whoever was early.
    """
    kept = dict.fromkeys(Quantiles._fields, 0)
    due = dict.fromkeys(Quantiles._fields, 0)
    for each in told:
        for phase_id, dates in each.dates.items():
            if phase_id not in came:
                continue
            finished = came[phase_id]
            for name, date in zip(Quantiles._fields, dates, strict=True):
                if date <= now:
                    due[name] += 1
                    kept[name] += finished is not None and finished <= date
    return {name: Kept(kept[name], due[name]) for name in Quantiles._fields}


def came_of(network: ProjectNetwork) -> Mapping[PhaseId, Minute | None]:
    """Return when phases of a project finished, and the project itself; None for what is open."""
    came: dict[PhaseId, Minute | None] = {}
    for line in network.working_lines():
        ended = line.known.ended_at
        if line.known.stage == "finished" and ended is not None:
            came[line.id] = minute_of(ended)
        elif line.known.stage != "aborted":
            came[line.id] = None
    schedule = network.schedule()
    if schedule is not None:
        came[None] = None if open_lines(network) else schedule.finish
    return came


def _told(
    network: ProjectNetwork, position: int, outcomes: Outcomes, runs: int, draw: Draw
) -> Told | None:
    lines = open_lines(network)
    if not lines:
        return None
    try:
        forecast = forecast_of(network, outcomes.known_by(position), runs, draw)
    except TooFewOutcomes:
        return None
    if forecast is None:
        return None
    dates: dict[PhaseId, Quantiles] = {None: forecast.finish}
    dates |= {line.id: forecast.phases[line.id].finish for line in lines}
    return Told(position, dates)


def _week(first: Recorded[Any], recorded: Recorded[Any]) -> int:
    return (recorded.recorded_at - first.recorded_at) // WEEK
