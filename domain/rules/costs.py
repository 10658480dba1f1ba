"""Say what the rules on cost share: when they look at which phase, and how money is written."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.kernel.wording import amount_text
from domain.projects.events import DataDateAdvanced
from domain.rates.events import RateChanged
from domain.rules.watched import Watched


def phases_concerned(recorded: Recorded[Any], project: Watched) -> Sequence[str]:
    """Return the phases with a cost of which an event can change the figures.

    That is the phase it happened to, those that were worked with the skill of a rate, and every one
    of them where the data date advances.
    """
    if isinstance(recorded.event, DataDateAdvanced):
        return project.costs.phases
    if isinstance(recorded.event, RateChanged):
        return project.costs.book.worked_with(recorded.subject_id)
    if subject_of(recorded.stream).category not in {"estimate", "phase"}:
        return ()
    phase_id = recorded.subject_id
    return (phase_id,) if phase_id in project.costs.book.costs else ()


def status_date(recorded: Recorded[Any], project: Watched) -> datetime:
    """Return as of when figures are taken: the data date, else the moment of the event."""
    return project.network.data_date or project.moment_of(recorded)


def amount(minor: Fraction, currency: str | None) -> str:
    """Return money in words, to the minor unit, e.g. `1,120.00 EUR`."""
    if currency is None:
        return f"{round(minor)} minor units"
    return f"{amount_text(round(minor), currency)} {currency}"
