"""M6: find a delivery that will probably come after its need, by how its vendor kept his word."""

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, NamedTuple

from domain.commitments.events import EVENTS as COMMITMENT_EVENTS
from domain.deliveries.reliability import delivery_of
from domain.kernel.ids import stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.network.project_network import end_of_day
from domain.rules.by_subject import BySubject, Judgement
from domain.rules.finding import Finding
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, severity_of
from domain.rules.parameters import Parameter
from domain.rules.spells import Spells
from domain.rules.waiting import day_end, impact_of, names_waiting
from domain.rules.watched import Watched

NAME: Final[str] = "vendor_at_risk"
RISK: Final = Parameter(
    "risk", 3_000, "basis points", "A delivery at least so likely to be late is told of."
)
RECEIPTS_MAX: Final = 50
FADING: Final = Decimal("0.97")
SURE_AT: Final = Decimal(5)
_WHOLE: Final = 10_000


class Slip(NamedTuple):
    """By how many calendar days an order came later than promised, early is negative, and when."""

    came_at: datetime
    order: str
    days: int


class Weighed(NamedTuple):
    """A slip in days, and what it counts."""

    days: int
    weight: Decimal


@dataclass(slots=True)
class VendorsState(Spells):
    """What was found, how vendors kept their word, and what is open with them."""

    slips: dict[str, list[Slip]] = field(default_factory=dict)
    """By vendor, in the order in which they came."""
    open: dict[str, set[str]] = field(default_factory=dict)
    """The open orders of each vendor."""
    counted: set[str] = field(default_factory=set)
    """The orders whose slip is among them."""


class VendorAtRisk(BySubject[VendorsState]):
    """DOMAIN M6: Pr(promised + S > need) is at least 0.3; S is how this vendor's orders slipped.

    S is in calendar days, actual less promised; of the last 50 receipts each counts 0.97 of the
    next one. The vendor's own distribution is mixed with that of all vendors: F = (n F_v + n0
    F_all) / (n + n0), n the sum of his weights, n0 = 5. Where nothing was received yet nothing is
    known. An order promised for later than needed is found by M5, one past its promised day by M7,
    not here. Expected is the
    promised day and the median of S. The impact is that of the median of those slips that are too
    late, less the float of the phases that wait. It clears when it would not be found with a
    promise a day later either, or with what M5 finds, or the receipt.

    An order is judged at its own events and at its vendor's receipts.
    """

    name = NAME
    code = "M6"
    title = "A delivery is likely to come after its need, as its vendor's came before."
    parameters: tuple[Parameter, ...] = (RISK,)
    weighs_impact = True
    category = "commitment"
    heeds = Heeds.of(*COMMITMENT_EVENTS)

    def initial(self) -> VendorsState:
        """Return a project that nothing has happened to."""
        return VendorsState()

    def concerned(
        self, state: VendorsState, recorded: Recorded[Any], project: Watched
    ) -> Iterable[str]:
        """Return the commitment, and its vendor's open ones where he delivered it."""
        if subject_of(recorded.stream).category != self.category:
            return ()
        network = project.without_material
        supply = network.supplies.get(recorded.subject_id)
        if supply is None:
            return ()
        waiting = state.open.setdefault(supply.vendor, set())
        (waiting.add if supply.is_open else waiting.discard)(supply.id)
        delivery, came_at = delivery_of(supply, network.zone), supply.standing.last_receipt_at
        slip = None if delivery is None else delivery.slip_days
        if slip is None or came_at is None or supply.id in state.counted:
            return (supply.id,)
        state.counted.add(supply.id)
        insort(state.slips.setdefault(supply.vendor, []), Slip(came_at, supply.id, slip))
        return (supply.id, *sorted(waiting))

    def judge(
        self, state: VendorsState, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Ask how likely an order is to come after its need."""
        network = project.without_material
        supply = network.supplies.get(key)
        if supply is None or not supply.is_open or supply.promised is None:
            return Judgement(because=f"{key} is promised for no day, or nothing more is to come")
        spare = (supply.need_by - supply.promised).days
        if spare < 0:
            return Judgement(because=f"{key} is promised for later than it is needed")
        is_past = project.moment_of(recorded) >= end_of_day(supply.promised, network.zone)
        if is_past and key not in state.found:
            return Judgement(because=f"{key} is past its promised day")
        mixed = _mixed(state, supply.vendor)
        if not mixed:
            return Judgement(because="Nothing is known of any vendor")
        probability_bp = _over_bp(mixed, spare)
        margin = 1 if key in state.found else 0
        if _over_bp(mixed, spare - margin) < project.number(NAME, RISK):
            return Judgement(because=f"{supply.vendor} came in time often enough")
        expected = supply.promised + timedelta(days=_median(mixed))
        late = [each for each in mixed if each.days > spare]
        impact = NOTHING
        if late:
            comes = supply.promised + timedelta(days=_median(late))
            impact = impact_of(network, supply, day_end(comes, network))
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="vendor",
            subjects=(stream_of("commitment", key),),
            severity=severity_of(impact),
            impact_days=impact,
            summary=(
                f"{supply.item} ({key}) of {supply.vendor} is promised for {supply.promised} and "
                f"expected on {expected}; {names_waiting(network, supply)} need it by "
                f"{supply.need_by}"
            ),
            evidence=tuple(sorted({supply.need_position, supply.promise_position})),
            first_position=recorded.position,
            probability_bp=probability_bp,
            act_by=supply.need_by,
            remedies=(
                f"Ask {supply.vendor} what stands in the way, and for proof of progress",
                "Need it later, or order it for earlier",
            ),
        )
        return Judgement(found)


def _mixed(state: VendorsState, vendor: str) -> Sequence[Weighed]:
    """Return the vendor's slips mixed with those of all, by days."""
    own = _faded(state.slips.get(vendor, ()))
    every = [each for _, slips in sorted(state.slips.items()) for each in _faded(slips)]
    total = sum((each.weight for each in every), NOTHING)
    others = [Weighed(each.days, each.weight * SURE_AT / total) for each in every]
    return sorted((*own, *others))


def _faded(slips: Sequence[Slip]) -> list[Weighed]:
    """Return the last receipts, the later the heavier."""
    return [
        Weighed(slip.days, FADING**since)
        for since, slip in enumerate(reversed(slips[-RECEIPTS_MAX:]))
    ]


def _over_bp(slips: Sequence[Weighed], days: int) -> int:
    """Return the share of slips over so many days, in basis points."""
    total = sum((each.weight for each in slips), NOTHING)
    over = sum((each.weight for each in slips if each.days > days), NOTHING)
    return int((over * _WHOLE / total).quantize(Decimal(1), ROUND_HALF_UP))


def _median(slips: Sequence[Weighed]) -> int:
    """Return the least slip that half of the weight does not exceed."""
    half = sum((each.weight for each in slips), NOTHING) / 2
    below = NOTHING
    for each in slips:
        below += each.weight
        if below >= half:
            return each.days
    return slips[-1].days
