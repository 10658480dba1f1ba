"""Say what was known of a phase at a moment, as a report is checked against it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from domain.kernel.messages import Recorded
from domain.phases.actuals import Aborted, Finished
from domain.phases.events import ProgressRecorded
from domain.phases.facts import Execution
from domain.reports.checks import PhaseKnown

COUNTED = frozenset({"count", "measured"})
"""The bases of progress that are the plant's own and no department's estimate."""


def known_to_report(
    phase_id: str, execution: Execution, at: datetime, *, planned: bool = True
) -> PhaseKnown:
    """Return what the facts up to a moment add up to; nothing is awaited of an unplanned phase.

    Facts of that moment that came to be known later count: a report is held to what is true.
    """
    then = execution.until(at)
    now = then.actuals
    ended = isinstance(now, Finished | Aborted)
    shares = shares_of(then)
    return PhaseKnown(
        phase_id,
        running=planned and not ended and now.work is not None,
        finished_at=now.finished_at if isinstance(now, Finished) else None,
        ended=ended or not planned,
        counted_bp=_last_share(each for each in shares if each.event.basis in COUNTED),
        known_bp=_last_share(shares),
    )


def shares_of(execution: Execution) -> Sequence[Recorded[Any]]:
    """Return what was told of the share done, in order of its truth, since the last reopening."""
    reopened_at = _reopened_at(execution)
    return [
        fact
        for fact in execution.facts
        if isinstance(fact.event, ProgressRecorded)
        and fact.event.physical_bp is not None
        and (reopened_at is None or fact.effective_at >= reopened_at)
    ]


def _reopened_at(execution: Execution) -> datetime | None:
    """Return when the phase was last reopened; None: it was not."""
    version = execution.reopened_at_version
    return next((each.effective_at for each in execution.requests if each.version == version), None)


def _last_share(facts: Iterable[Recorded[Any]]) -> int | None:
    share: int | None = None
    for fact in facts:
        share = fact.event.physical_bp
    return share
