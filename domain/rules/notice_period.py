"""K4: find a notice that a contract wants within some days of a cause, and that was not given."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from domain.commitments.events import CommitmentRequested
from domain.contracts.events import EVENTS as CONTRACT_EVENTS
from domain.contracts.events import ClauseRecorded
from domain.contracts.facts import Paper, Standing
from domain.kernel.ids import stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import instant_of, minute_of
from domain.network.calendars import standard_day_min
from domain.network.project_network import ProjectNetwork, end_of_day
from domain.notices.events import EVENTS as NOTICE_EVENTS
from domain.notices.facts import Dossier, Stage
from domain.rules.by_subject import BySubject, Judgement
from domain.rules.finding import Finding, Found
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING
from domain.rules.parameters import Parameter
from domain.rules.spells import Spells
from domain.rules.watched import Watched

NAME: Final[str] = "notice_period"
WARN: Final = Parameter(
    "warn", 2, "working days", "So long before a notice is due it is told that none was given."
)


class Cause(NamedTuple):
    """What a notice is to be given of: the event, and since when it is true."""

    position: int
    since: datetime
    says: str
    names: frozenset[str]
    """The ids of the events, and the stream, by which a notice may refer to it."""


@dataclass(slots=True)
class NoticesState(Spells):
    """What was found, what makes the project late, and what is ordered from whom."""

    late: Cause | None = None
    """The event by which the forecast went past the promise; None while it keeps it."""
    orders: dict[str, list[str]] = field(default_factory=dict)
    """The commitments of each vendor."""
    notices: dict[str, Dossier] = field(default_factory=dict)
    message: list[str] = field(default_factory=list)
    """The events of the message being read that changed the network, by id."""


class NoticePeriod(BySubject[NoticesState]):
    """DOMAIN K4: now is within two working days of the end of a notice period, and no notice.

    The period is that of a `notice_period` clause and begins when its cause is true: for a
    customer, the event by which the project's forecast went past its promise; for a vendor or
    contractor, the word by which one of his open deliveries is promised for later than needed.
    Days and weeks end with their last day in the project's zone, working days are counted on its
    calendar. A notice was given when the clause is recorded as met after the cause, or when one to
    that party that names the cause, by its event or the commitment, was sent within the period and
    did not come back. It is grave before the period ends, and critical when it has: then what it
    protects may be lost, and a notice that is sent later takes nothing away. It moves no date. It
    ends with the notice, or with the cause.
    """

    name = NAME
    code = "K4"
    title = "A contract wants notice of a delay, the period ends, and none was given."
    parameters: tuple[Parameter, ...] = (WARN,)
    at_once = True
    category = "contract"
    heeds = Heeds.of(*CONTRACT_EVENTS, *NOTICE_EVENTS, network=True)

    def initial(self) -> NoticesState:
        """Return a project that nothing has happened to."""
        return NoticesState()

    def fold(
        self,
        state: NoticesState,
        recorded: Recorded[Any],
        project: Watched,
        *,
        more: bool = False,
    ) -> tuple[Found, ...]:
        """Take one event in; note which one made the project late."""
        if project.changed:
            state.message.append(recorded.event_id)
        if (state.unjudged or project.changed) and not more:
            _note(state, recorded, project.network)
        if not more:
            state.message.clear()
        return super().fold(state, recorded, project, more=more)

    def concerned(
        self, state: NoticesState, recorded: Recorded[Any], project: Watched
    ) -> Iterable[str]:
        """Return the contracts that an event is about; note what is ordered from whom."""
        if subject_of(recorded.stream).category == "notice":
            known = state.notices.get(recorded.subject_id, Dossier()).after(recorded)
            state.notices[recorded.subject_id] = known
            told = () if known.prepared is None else known.prepared.event.recipients
            return [key for key, each in project.papers.items() if each.standing().party in told]
        if isinstance(recorded.event, CommitmentRequested):
            state.orders.setdefault(recorded.event.vendor, []).append(recorded.subject_id)
        return super().concerned(state, recorded, project)

    def reads(self, state: NoticesState, key: str, project: Watched) -> Hashable:
        """Return the cause, of a contract that wants notice of it."""
        contract = project.papers.get(key, Paper()).standing()
        if not _periods(contract):
            return None
        return (_cause(state, contract, project.network),)

    def judge(
        self, state: NoticesState, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Compare what time it is with the end of a contract's notice period."""
        network, now = project.network, project.now
        paper = project.papers.get(key, Paper())
        contract = paper.standing()
        cause = _cause(state, contract, network)
        if cause is None:
            return Judgement(because=f"There is no delay that {key} wants notice of")
        ends = {
            clause.ref: end
            for clause in _periods(contract)
            if (end := _end(clause, cause.since, network)) is not None
            and not _is_met(contract, clause, cause)
            and not _is_told(state, contract.party, cause, end)
        }
        if not ends:
            return Judgement(because=f"Notice was given under {key}")
        ref = min(ends, key=lambda each: (ends[each], each))
        end = ends[ref]
        warn_min = project.number(NAME, WARN) * standard_day_min(network.calendar)
        warn = instant_of(network.calendar.axis.subtract(minute_of(end), warn_min))
        if now is None or now < warn:
            return Judgement(because=f"Notice under {key} is not due yet", again=warn)
        is_breached = now >= end
        day = (end - timedelta(minutes=1)).astimezone(network.zone).date()
        said = next(
            step.position
            for step in reversed(paper.requests)
            if isinstance(step.event, ClauseRecorded) and step.event.ref == ref
        )
        when = f"{'was' if is_breached else 'is'} due by {day}"
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="contract",
            subjects=(stream_of("contract", key),),
            severity="critical" if is_breached else "high",
            impact_days=NOTHING,
            summary=(f"{key}, {ref}: notice to {contract.party} {when}: {cause.says}"),
            evidence=tuple(sorted({said, cause.position})),
            first_position=recorded.position,
            act_by=day,
            remedies=(
                f"Give {contract.party} notice in the form {ref} asks for, and record {ref} as met",
            ),
        )
        return Judgement(found, again=None if is_breached else end)


def _note(state: NoticesState, recorded: Recorded[Any], network: ProjectNetwork) -> None:
    """Note the event by which the forecast went past the promise, or that it keeps it."""
    end = network.promise_end
    schedule = None if end is None else network.schedule()
    if end is None or schedule is None or instant_of(schedule.finish) <= end:
        state.late = None
    elif state.late is None:
        day = instant_of(schedule.finish).astimezone(network.zone).date()
        says = f"the project was forecast to finish on {day}"
        names = frozenset([*state.message, recorded.event_id])
        state.late = Cause(recorded.position, recorded.effective_at, says, names)


def _periods(contract: Standing) -> list[ClauseRecorded]:
    return [each for each in contract.clauses.values() if each.kind == "notice_period"]


def _cause(state: NoticesState, contract: Standing, network: ProjectNetwork) -> Cause | None:
    """Return the first thing that a contract wants notice of."""
    if contract.kind == "customer":
        return state.late
    found = []
    for each in state.orders.get(contract.party, ()):
        line = network.supplies.get(each)
        if line is None or not line.is_open or line.promised is None:
            continue
        said = line.standing.promised_of
        if said is not None and line.promised > line.need_by:
            says = f"{line.item} ({line.id}) is promised for {line.promised}, not {line.need_by}"
            names = frozenset({said.event_id, said.stream})
            found.append(Cause(said.position, said.effective_at, says, names))
    return min(found, key=lambda each: (each.since, each.position), default=None)


def _is_met(contract: Standing, clause: ClauseRecorded, cause: Cause) -> bool:
    met = contract.met.get(clause.ref)
    return met is not None and met >= cause.since


def _is_told(state: NoticesState, party: str, cause: Cause, end: datetime) -> bool:
    """Tell whether a notice of the cause went to a party in time, and did not come back."""
    for notice in state.notices.values():
        prepared, sent = notice.prepared, notice.sent
        if prepared is None or sent is None or notice.stage is Stage.BOUNCED:
            continue
        event = prepared.event
        names_it = not cause.names.isdisjoint([*event.cause_events, *event.refs])
        if party in event.recipients and names_it and cause.since <= sent.effective_at < end:
            return True
    return False


def _end(clause: ClauseRecorded, since: datetime, network: ProjectNetwork) -> datetime | None:
    """Return when the period of a clause is over that began at a moment; None: it has no number."""
    if not clause.value.isdecimal():
        return None
    count = int(clause.value)
    if clause.unit == "working_days":
        minutes = count * standard_day_min(network.calendar)
        return instant_of(network.calendar.axis.add(minute_of(since), minutes))
    days = count * 7 if clause.unit == "weeks" else count
    return end_of_day(since.astimezone(network.zone).date() + timedelta(days=days), network.zone)
