"""K3: find an obligation of a contract that is computed to be met too late, and what it costs."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

from domain.commitments.events import CommitmentRequested
from domain.contracts.events import EVENTS as CONTRACT_EVENTS
from domain.contracts.events import ClauseRecorded
from domain.contracts.facts import Paper, Standing
from domain.contracts.obligations import due_of, rate_of
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import instant_of
from domain.kernel.wording import amount_text, counted
from domain.network.project_network import ProjectNetwork, end_of_day
from domain.network.supplies import Supply
from domain.rules.by_subject import BySubject, Judgement
from domain.rules.finding import Finding
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, severity_of, working_days
from domain.rules.spells import Spells
from domain.rules.waiting import day_end
from domain.rules.watched import Watched

NAME: Final[str] = "obligation_at_risk"


@dataclass(slots=True)
class ObligationsState(Spells):
    """What was found, and what is ordered from whom."""

    orders: dict[str, list[str]] = field(default_factory=dict)
    """The commitments of each vendor."""


class Late(NamedTuple):
    """A clause, the day it names, and the later day on which it is computed to be met."""

    clause: ClauseRecorded
    due: date
    computed: date


class ObligationAtRisk(BySubject[ObligationsState]):
    """DOMAIN K3: the computed date is later than the date of the clause; what that costs.

    A delivery date of a customer's contract is met when the project is forecast to finish; one of a
    vendor's or contractor's when the last of what is open from that party is expected, else
    promised, else needed. Any other dated clause, and the next report of a rhythm, is late once its
    day is over in the project's zone. What was met, or breached already, is not at risk.

    The exposure is the liquidated damages of the contract for the calendar days of its latest
    delivery, capped as agreed. The impact is the working days of a customer's delivery past its
    day; what a vendor's delay does to the promise is found by M5. It is told again when the impact
    has changed by a working day, and cleared when no clause is late any more.
    """

    name = NAME
    code = "K3"
    title = "An obligation of a contract will be met too late, or its day is over."
    at_once = False
    category = "contract"
    heeds = Heeds.of(*CONTRACT_EVENTS, network=True)

    def initial(self) -> ObligationsState:
        """Return a project that nothing has happened to."""
        return ObligationsState()

    def concerned(
        self, state: ObligationsState, recorded: Recorded[Any], project: Watched
    ) -> Iterable[str]:
        """Return the contract that an event is about; note what is ordered from whom."""
        if isinstance(recorded.event, CommitmentRequested):
            state.orders.setdefault(recorded.event.vendor, []).append(recorded.subject_id)
        return super().concerned(state, recorded, project)

    def reads(self, state: ObligationsState, key: str, project: Watched) -> Hashable:
        """Return when deliveries are computed to be met, of a contract that has dates for them."""
        contract = project.papers.get(key, Paper()).standing()
        if not any(each.kind == "delivery_date" for each in contract.clauses.values()):
            return None
        return (_delivered(state, contract, project.network),)

    def judge(
        self, state: ObligationsState, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Compare the dates of a contract's clauses with when they are met."""
        network, now = project.network, project.now
        paper = project.papers.get(key, Paper())
        contract = paper.standing()
        today = None if now is None else now.astimezone(network.zone).date()
        open_clauses = _open(contract, network)
        delivered = _delivered(state, contract, network)
        late = list(_late(open_clauses, delivered, today))
        coming = [end_of_day(due, network.zone) for _, due in open_clauses]
        again = min((each for each in coming if now is None or each > now), default=None)
        if not late:
            return Judgement(because=f"No obligation of {key} is late", again=again)
        worst = max(late, key=lambda each: (each.computed - each.due, each.clause.ref))
        deliveries = [each for each in late if each.clause.kind == "delivery_date"]
        impact = NOTHING
        if contract.kind == "customer":
            days = [
                working_days(
                    network.calendar, day_end(each.due, network), day_end(each.computed, network)
                )
                for each in deliveries
            ]
            impact = max(days, default=NOTHING)
        exposed = _exposure(contract, deliveries)
        refs = {each.clause.ref for each in late}
        if exposed:
            refs |= {ref for ref, each in contract.clauses.items() if rate_of(each) is not None}
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="contract",
            subjects=(stream_of("contract", key),),
            severity=severity_of(impact) if deliveries and impact else "medium",
            impact_days=impact,
            summary=(
                f"{key}, {worst.clause.ref}: due {worst.due}, computed {worst.computed}"
                f"{f' (and {len(late) - 1} more)' if len(late) > 1 else ''}{exposed}"
            ),
            evidence=_evidence(paper, refs),
            first_position=recorded.position,
            act_by=worst.due,
            remedies=(
                f"See with takt why what holds {worst.clause.ref} up",
                f"Agree on another day with {contract.party}, and amend the contract",
                "Record that the obligation was met, if it was",
            ),
        )
        return Judgement(found, again=again)


def _open(contract: Standing, network: ProjectNetwork) -> Sequence[tuple[ClauseRecorded, date]]:
    """Return the clauses with a day, that day, where they were not met or breached for it."""
    signed = contract.signatures[-1:]
    signed_on = signed[0].effective_at.astimezone(network.zone).date() if signed else None
    found = []
    for ref, clause in contract.clauses.items():
        met = contract.met.get(ref)
        met_on = None if met is None else met.astimezone(network.zone).date()
        due = due_of(clause, signed_on, met_on)
        is_over = clause.kind != "reporting" and (met is not None or ref in contract.breached)
        if due is not None and not is_over:
            found.append((clause, due))
    return found


def _late(
    clauses: Iterable[tuple[ClauseRecorded, date]], delivered: date | None, today: date | None
) -> Iterable[Late]:
    """Yield what is met too late; nothing that is open can be met before today."""
    for clause, due in clauses:
        computed = delivered if clause.kind == "delivery_date" else None
        days = [day for day in (computed, today) if day is not None]
        if days and max(days) > due:
            yield Late(clause, due, max(days))


def _delivered(state: ObligationsState, contract: Standing, network: ProjectNetwork) -> date | None:
    """Return the day on which a contract's deliveries are computed to be met."""
    if contract.kind == "customer":
        schedule = network.schedule()
        if schedule is None:
            return None
        return instant_of(schedule.finish).astimezone(network.zone).date()
    lines = (network.supplies.get(each) for each in state.orders.get(contract.party, ()))
    days = [_day(line) for line in lines if line is not None and line.is_open]
    return max(days, default=None)


def _day(line: Supply) -> date:
    return line.expected or line.promised or line.need_by


def _exposure(contract: Standing, late: Sequence[Late]) -> str:
    """Return in words what the latest delivery costs."""
    days = max(((each.computed - each.due).days for each in late), default=0)
    rates = (rate_of(clause) for clause in contract.clauses.values())
    owed = [
        f"{amount_text(rate.exposure_minor(days), rate.currency)} {rate.currency}"
        for rate in rates
        if rate is not None and days
    ]
    return f"; exposure {' and '.join(owed)} for {counted(days, 'day')}" if owed else ""


def _evidence(paper: Paper, refs: set[str]) -> tuple[int, ...]:
    """Return the positions of the clauses, and of the papers they are of."""
    clauses = {
        step.event.ref: step.position
        for step in paper.requests
        if isinstance(step.event, ClauseRecorded) and step.event.ref in refs
    }
    return tuple(sorted({*clauses.values(), *(each.position for each in paper.standing().papers)}))
