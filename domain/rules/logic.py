"""Say what a link asks of the phase it leads to, from the dates its predecessor has now."""

from collections.abc import Iterator, Mapping
from typing import Final

from domain.kernel.calendar import ELAPSED
from domain.kernel.minutes import Minute
from domain.kernel.work_axis import WorkAxis
from domain.network.phase_line import PhaseLine
from domain.network.project_network import LinkLine, ProjectNetwork
from domain.planning.network import Link, ScheduledPhase

FROM_START: Final = frozenset({"SS", "SF"})
TO_START: Final = frozenset({"FS", "SS"})
_FULL_SHARE_BP: Final = 10_000


def bound_of(
    network: ProjectNetwork, rows: Mapping[str, ScheduledPhase], link: Link
) -> Minute | None:
    """Return the instant before which a link lets its successor not start, or not finish.

    Which of both is in its type. None where the predecessor has no dates.
    """
    row = rows.get(link.pred)
    if row is None:
        return None
    at = row.start if link.type in FROM_START else row.finish
    lag = link.lag
    if link.unit == "percent_of_pred":
        lag = lag * network.lines[link.pred].duration_min // _FULL_SHARE_BP
    return _lag_axis(network, link).add(at, lag) if lag else at


def holding(network: ProjectNetwork, line: PhaseLine) -> Iterator[LinkLine]:
    """Yield the links from planned phases that a phase waits by: its own, and those of its parents.

    A link onto a summary holds back the start of everything below it.
    """
    seen: set[str] = set()
    at: PhaseLine | None = line
    while at is not None and at.id not in seen:
        seen.add(at.id)
        for each in network.links_into(at.id):
            pred = network.lines.get(each.link.pred)
            is_own = at is line or each.link.type in TO_START
            if is_own and pred is not None and pred.planned:
                yield each
        at = None if at.parent is None else network.lines.get(at.parent)


def _lag_axis(network: ProjectNetwork, link: Link) -> WorkAxis:
    runs_on = link.calendar or network.policy.lags_run_on
    if link.unit == "elapsed_min" or runs_on == "24h":
        return ELAPSED.axis
    if runs_on == "project":
        return network.calendar.axis
    line = network.lines[link.pred if runs_on == "pred" else link.succ]
    return network.calendar_of(line).axis
