"""Say how far what is unfinished may turn out otherwise, by what came of the like before."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from domain.forecasting.distributions import Distribution, Observation, shrunk
from domain.forecasting.outcomes import ESTIMATED, Outcome, Outcomes, Slip
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork
from domain.network.supplies import Supply

OUTCOMES_MIN: Final = 5
"""With fewer finished phases than this nothing is told of how estimates turn out."""

RECEIPTS_MAX: Final = 50
"""So many of a vendor's last receipts count (DOMAIN M6)."""

FADING: Final = 0.97
"""What a receipt weighs against the next one of the same vendor (DOMAIN M6)."""


class TooFewOutcomes(Exception):
    """Fewer phases are finished than it takes to say how estimates turn out."""

    def __init__(self, known: int) -> None:
        super().__init__(f"too few finished phases: {known} of {OUTCOMES_MIN}")
        self.known = known


@dataclass(frozen=True, slots=True)
class Spread:
    """What the durations and deliveries of one network are drawn from.

    `ratios` is by phase, for those whose (remaining) duration is uncertain: their sampled duration
    is the estimated one times what is drawn. Phases of one `department` are drawn together. `slips`
    is by commitment, in days of 24 hours from the day it is promised.
    """

    ratios: Mapping[str, Distribution]
    department: Mapping[str, str] = field(default_factory=dict)
    slips: Mapping[str, Distribution] = field(default_factory=dict)


def spread_of(network: ProjectNetwork, outcomes: Outcomes) -> Spread:
    """Return what a network's unfinished work is drawn from.

    Durations not begun follow durations, those begun follow remaining durations as reported, each
    of the same department and kind and shrunk to all. Raises TooFewOutcomes.
    """
    open_lines = [
        line
        for line in network.working_lines()
        if line.kind in ESTIMATED and not line.known.has_ended and line.duration_min
    ]
    slips = _slips(network, outcomes.slips) if network.waits_for_material else {}
    if not open_lines:
        return Spread({}, slips=slips)
    if len(outcomes.durations) < OUTCOMES_MIN:
        raise TooFewOutcomes(len(outcomes.durations))
    planned = _by_kind(outcomes.durations)
    begun = planned
    if len(outcomes.remainders) >= OUTCOMES_MIN:
        begun = _by_kind(outcomes.remainders)
    return Spread(
        {line.id: (begun if line.known.has_started else planned)(line) for line in open_lines},
        {line.id: line.department for line in open_lines},
        slips,
    )


def _by_kind(outcomes: Iterable[Outcome]) -> Callable[[PhaseLine], Distribution]:
    every: list[Observation] = []
    own: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for each in outcomes:
        observation = Observation(each.ratio, each.weight)
        every.append(observation)
        own[each.department, each.kind].append(observation)
    made: dict[tuple[str, str], Distribution] = {}

    def of(line: PhaseLine) -> Distribution:
        key = line.department, line.kind
        known = made.get(key)
        if known is None:
            known = made[key] = shrunk(own.get(key, ()), every)
        return known

    return of


def _slips(network: ProjectNetwork, slips: Iterable[Slip]) -> Mapping[str, Distribution]:
    """Return by how much each open order may still slip; it did not come before today.

    What is on its way comes on the day it was announced for, so it is not drawn.
    """
    by_vendor = _faded(slips)
    every = [each for own in by_vendor.values() for each in own]
    if not every:
        return {}
    today = None
    if network.data_date is not None:
        today = network.data_date.astimezone(network.zone).date()
    return {
        supply.id: _from_today(supply, by_vendor.get(supply.vendor, ()), every, today)
        for supply in network.supplies.lines()
        if supply.is_open and supply.expected is None
    }


def _from_today(
    supply: Supply, own: Sequence[Observation], every: Sequence[Observation], today: date | None
) -> Distribution:
    if today is None:
        return shrunk(own, every)
    late = (today - (supply.promised or supply.need_by)).days
    own = [each for each in own if each.value >= late]
    every = [each for each in every if each.value >= late]
    return shrunk(own, every or [Observation(late)])


def _faded(slips: Iterable[Slip]) -> Mapping[str, Sequence[Observation]]:
    """Return a vendor's slips, the later received the heavier."""
    orders: dict[str, dict[str, list[Slip]]] = defaultdict(lambda: defaultdict(list))
    for slip in slips:
        orders[slip.vendor][slip.order].append(slip)
    faded = {}
    for vendor, by_order in sorted(orders.items()):
        last = sorted(by_order.values(), key=lambda own: (own[0].received_at, own[0].order))
        faded[vendor] = [
            Observation(float(slip.days), slip.weight * FADING**since)
            for since, own in enumerate(reversed(last[-RECEIPTS_MAX:]))
            for slip in own
        ]
    return faded
