"""M4: find an order that its vendor has not confirmed while there is still time to act."""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from domain.commitments.events import EVENTS as COMMITMENT_EVENTS
from domain.commitments.events import CommitmentAcknowledged, CommitmentSent
from domain.commitments.facts import Status
from domain.kernel.ids import stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import instant_of, minute_of
from domain.network.calendars import standard_day_min
from domain.network.project_network import ProjectNetwork, end_of_day
from domain.network.supplies import Supply
from domain.rules.by_subject import BySubject, Judgement
from domain.rules.finding import Finding
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING
from domain.rules.parameters import Parameter
from domain.rules.spells import Spells
from domain.rules.waiting import names_waiting
from domain.rules.watched import Watched

NAME: Final[str] = "unconfirmed"
ACK_SLA: Final = Parameter(
    "ack_sla", 3, "working days", "A vendor answers an order so long after it was sent."
)
LEAD: Final = Parameter(
    "lead", 5, "working days", "Before its need an order is confirmed at least so long."
)
QUANTILE_PERCENT: Final = 80


@dataclass(slots=True)
class UnconfirmedState(Spells):
    """What was found, which orders await an answer, and how long vendors took after theirs."""

    awaiting: dict[str, set[str]] = field(default_factory=dict)
    """The orders that are not answered, by vendor."""
    took: dict[str, list[timedelta]] = field(default_factory=dict)
    """From the first answer to an order to its last receipt, by vendor, in ascending order."""
    measured: set[str] = field(default_factory=set)
    """The orders whose time is among them."""


class Unconfirmed(BySubject[UnconfirmedState]):
    """DOMAIN M4: not acknowledged, and now is at or after min(sent + ack_sla, need - N).

    N is the longer of `lead` working days and the time that of ten of this vendor's orders eight
    took at most from answer to receipt (nearest rank). The need is the end of the day of need_by;
    days are working days of the project's calendar. An order that was not even sent is told of at
    need - N. It moves no date by itself, so it has no impact; from need - N on it is grave.
    An answer ends it, whatever it says, and so does a receipt.
    """

    name = NAME
    code = "M4"
    title = "A vendor has not confirmed an order although it is time."
    parameters: tuple[Parameter, ...] = (ACK_SLA, LEAD)
    category = "commitment"
    heeds = Heeds.of(*COMMITMENT_EVENTS)

    def initial(self) -> UnconfirmedState:
        """Return a project that nothing has happened to."""
        return UnconfirmedState()

    def concerned(
        self, state: UnconfirmedState, recorded: Recorded[Any], project: Watched
    ) -> Iterable[str]:
        """Return the commitment, and its vendor's unanswered ones where he delivered."""
        if subject_of(recorded.stream).category != self.category:
            return ()
        supply = project.network.supplies.get(recorded.subject_id)
        if supply is None:
            return ()
        waiting = state.awaiting.setdefault(supply.vendor, set())
        (waiting.add if _is_unanswered(supply) else waiting.discard)(supply.id)
        took = _took(supply)
        if took is None or supply.id in state.measured:
            return (supply.id,)
        state.measured.add(supply.id)
        insort(state.took.setdefault(supply.vendor, []), took)
        return (supply.id, *sorted(waiting))

    def judge(
        self, state: UnconfirmedState, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Compare what time it is with when an answer is late, and when it is too late."""
        network = project.network
        supply, now = network.supplies.get(key), project.now
        if supply is None or not _is_unanswered(supply):
            return Judgement(because=f"{key} is answered, or nothing more is to come")
        latest = self._latest(state, supply, project)
        sent, late = _sent(supply), latest
        if sent is not None:
            sla_min = project.number(NAME, ACK_SLA) * standard_day_min(network.calendar)
            axis = network.calendar.axis
            late = min(latest, instant_of(axis.add(minute_of(sent.effective_at), sla_min)))
        if now is None or now < late:
            return Judgement(because=f"An answer to {key} is not late yet", again=late)
        too_late = now >= latest
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="vendor",
            subjects=(stream_of("commitment", key),),
            severity="high" if too_late else "medium",
            impact_days=NOTHING,
            summary=(
                f"{supply.vendor} has not confirmed {supply.item} ({key}), "
                f"{'sent ' + str(_day(sent.effective_at, network)) if sent else 'never sent'}; "
                f"{names_waiting(network, supply)} need it by {supply.need_by}"
            ),
            evidence=tuple(sorted({supply.need_position, *([sent.position] if sent else ())})),
            first_position=recorded.position,
            act_by=_day(latest, network),
            remedies=(
                f"Ask {supply.vendor} for an answer" if sent else f"Send it to {supply.vendor}",
                "Order it from somebody who answers",
            ),
        )
        return Judgement(found, again=None if too_late else latest)

    def _latest(self, state: UnconfirmedState, supply: Supply, project: Watched) -> datetime:
        """Return need - N."""
        network, need = project.network, end_of_day(supply.need_by, project.network.zone)
        lead_min = project.number(NAME, LEAD) * standard_day_min(network.calendar)
        latest = instant_of(network.calendar.axis.subtract(minute_of(need), lead_min))
        took = state.took.get(supply.vendor)
        if not took:
            return latest
        rank = -(-len(took) * QUANTILE_PERCENT // 100)
        return min(latest, need - took[rank - 1])


def _is_unanswered(supply: Supply) -> bool:
    now = supply.standing
    answered = now.acknowledged_revision == now.revision
    return supply.is_open and not answered and not now.received_qty


def _sent(supply: Supply) -> Recorded[Any] | None:
    """Return when the present revision went out first."""
    for fact in supply.line.facts:
        match fact.event:
            case CommitmentSent(revision=revision) if revision == supply.standing.revision:
                return fact
            case _:
                pass
    return None


def _took(supply: Supply) -> timedelta | None:
    now = supply.standing
    if now.status is not Status.RECEIVED or now.last_receipt_at is None:
        return None
    for fact in supply.line.facts:
        if isinstance(fact.event, CommitmentAcknowledged):
            return max(timedelta(0), now.last_receipt_at - fact.effective_at)
    return None


def _day(moment: datetime, network: ProjectNetwork) -> date:
    return moment.astimezone(network.zone).date()
