"""N1: find parties whose published or promised dates moved, and whom nobody has told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import minute_of
from domain.kernel.wording import counted
from domain.network.project_network import ProjectNetwork, end_of_day
from domain.notices.events import NoticePrepared, NoticeSent, Stake
from domain.projects.events import PromiseChanged, RuleSet
from domain.publications.events import SchedulePublished
from domain.rules.finding import Found
from domain.rules.impact import NOTHING, working_days
from domain.rules.moments import HOUR, JUST_AFTER, Moments
from domain.rules.parameters import Parameter
from domain.rules.published import LEAST_DAYS, WHOLE, Published, PublishedMove
from domain.rules.telling import Condition, Conditions, listed
from domain.rules.watched import Watched

NAME: Final[str] = "moved_not_told"
VERSION: Final[int] = 1

SLA: Final = Parameter("sla", 24, "hours", "So long after a date has moved whom it concerns knows.")
_OVER: Final = frozenset({"completed", "cancelled"})
_ABOUT_DATES: Final = frozenset({"delay", "schedule", "glitch"})


class Party(NamedTuple):
    """Somebody who goes by dates of the project."""

    stake: Stake
    name: str

    @property
    def key(self) -> str:
        """What sorts and names it."""
        return f"{self.stake} {self.name}"


class Owed(NamedTuple):
    """What a party has to be told: since when, by which event, and what tells of it."""

    since: datetime
    position: int
    after: int
    """A notice that was prepared after this position tells of it."""


@dataclass(slots=True)
class ToldState:
    """What is published, who is owed a notice, and which notices are on their way."""

    published: Published = field(default_factory=Published)
    owed: dict[str, Owed] = field(default_factory=dict)
    """By the key of a party."""
    sent: dict[str, int] = field(default_factory=dict)
    """By the key of a party, the position of the last notice prepared for it that went out."""
    unsent: dict[str, dict[str, int]] = field(default_factory=dict)
    """By the key of a party, the notices that have not gone out, with their positions."""
    for_parties: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By the stream of a notice that has not gone out, whom it is for."""
    waiting: Moments = field(default_factory=Moments)
    late: set[str] = field(default_factory=set)
    unjudged: bool = False
    conditions: Conditions = field(default_factory=lambda: Conditions(NAME, VERSION))


class MovedNotTold:
    """DOMAIN N1: a published or promised date moved by a working day, and a party was not told.

    A publication that moves the start or finish of a phase concerns its department; the start, the
    vendors of what is to come for it as well; the project's finish, whoever was promised something.
    A promise that is moved concerns whom it was made to, unless he agreed to it himself or the
    change names the notice of it. A party is told when a notice of dates, prepared for it since the
    dates were published before, has gone out, and none of those waits. After 24 hours, nights and
    weekends included, it is found. It is one finding of the project that names the parties, told
    again when they are others; it ends when all of them are told, which they are or are not, so
    there is no margin to restore. What moved has its impact elsewhere. It is graver where a
    customer does not know.
    """

    name = NAME
    version = VERSION
    code = "N1"
    title = "A party whose dates moved was not told."
    parameters: tuple[Parameter, ...] = (SLA,)
    weighs_impact = False
    at_once = False

    def initial(self) -> ToldState:
        """Return a project of which nothing was published or promised."""
        return ToldState()

    def fold(
        self, state: ToldState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Found]:
        """Take one event in, or a tick; return the finding it brings about, changes or ends."""
        network = project.network
        near = set(state.waiting.come(project.now))
        state.unjudged |= project.changed
        if not project.is_repeated:
            near.update(self._take(state, recorded, project))
        if state.unjudged and not more:
            state.unjudged = False
            state.published.follow(network, recorded.position)
        if network.standing in _OVER:
            near.update(state.owed)
            state.owed.clear()
        if not near:
            return ()
        for key in near:
            _judge(state, key, project)
        subjects = (stream_of("project", network.project_id),)
        now = _condition(state, project) if state.late else None
        because = "Everybody whose dates moved was told"
        return state.conditions.tell(subjects, now, recorded.position, because)

    def due(self, state: ToldState, project: Watched) -> datetime | None:
        """Return when the next party ought to know."""
        del project
        return state.waiting.next()

    def _take(self, state: ToldState, recorded: Recorded[Any], project: Watched) -> Iterable[str]:
        """Take one event in; return the parties it is about."""
        match recorded.event:
            case SchedulePublished() as event:
                moves = state.published.publish(event, project.network)
                return _owe(state, _concerned(moves, project.network), recorded, project)
            case PromiseChanged(to_party=name) as event if event.notice_ref is None:
                days = _days(event, project.network)
                if abs(days) < LEAST_DAYS or event.agreed_by == name:
                    return ()
                customer = Party("customer", name)
                return _owe(state, [(customer, recorded.position)], recorded, project)
            case NoticePrepared(kind=kind) as event if kind in _ABOUT_DATES:
                return _prepared(state, event, recorded)
            case NoticeSent():
                return _went_out(state, recorded.stream)
            case RuleSet(rule=rule) if rule == NAME:
                return tuple(state.owed)
            case _:
                return ()


def _concerned(
    moves: Sequence[PublishedMove], network: ProjectNetwork
) -> Iterable[tuple[Party, int]]:
    """Return whom moves of published dates concern, each with the position published before."""
    for move in moves:
        before = move.old.of_position
        if move.key == WHOLE:
            for promise in network.promises.values():
                yield Party("customer", promise.party), before
            continue
        line = network.lines[move.key]
        if line.department:
            yield Party("department", line.department), before
        if move.edge == "start":
            for supply in network.supplies.for_phase(move.key):
                if supply.is_open:
                    yield Party("vendor", supply.vendor), before


def _owe(
    state: ToldState,
    parties: Iterable[tuple[Party, int]],
    recorded: Recorded[Any],
    project: Watched,
) -> Iterable[str]:
    """Note that parties are to be told; one that waits already waits since then."""
    since, found = project.moment_of(recorded), []
    for party, after in parties:
        known = state.owed.get(party.key)
        if known is None:
            state.owed[party.key] = Owed(since, recorded.position, after)
        else:
            state.owed[party.key] = known._replace(after=min(known.after, after))
        found.append(party.key)
    return found


def _prepared(state: ToldState, event: NoticePrepared, recorded: Recorded[Any]) -> Iterable[str]:
    stakes: tuple[Stake, ...] = ("customer", "vendor", "department")
    if event.stake is not None:
        stakes = (event.stake,)
    keys = tuple(Party(stake, name).key for name in event.recipients for stake in stakes)
    state.for_parties[recorded.stream] = keys
    for key in keys:
        state.unsent.setdefault(key, {})[recorded.stream] = recorded.position
    return [key for key in keys if key in state.owed]


def _went_out(state: ToldState, stream: str) -> Iterable[str]:
    keys = state.for_parties.pop(stream, ())
    for key in keys:
        position = state.unsent[key].pop(stream)
        state.sent[key] = max(position, state.sent.get(key, 0))
    return [key for key in keys if key in state.owed]


def _judge(state: ToldState, key: str, project: Watched) -> None:
    """Find out whether a party knows by now, or is late to know, or when it will be."""
    state.waiting.wait(key, None)
    state.late.discard(key)
    owed = state.owed.get(key)
    if owed is None:
        return
    waits = any(position > owed.after for position in state.unsent.get(key, {}).values())
    if not waits and state.sent.get(key, 0) > owed.after:
        del state.owed[key]
        return
    until = owed.since + project.number(NAME, SLA) * HOUR
    if project.now is None or project.now <= until:
        state.waiting.wait(key, until + JUST_AFTER)
        return
    state.late.add(key)


def _days(event: PromiseChanged, network: ProjectNetwork) -> Decimal:
    begin, end = (minute_of(end_of_day(day, network.zone)) for day in (event.old, event.new))
    return working_days(network.calendar, begin, end)


def _condition(state: ToldState, project: Watched) -> Condition:
    parties = sorted(state.late)
    is_grave = any(each.startswith("customer ") for each in parties)
    hours = project.number(NAME, SLA)
    return Condition(
        kind="communication",
        severity="high" if is_grave else "medium",
        impact_days=NOTHING,
        summary=(
            f"Not told after {counted(hours, 'hour')} of dates that moved by a working day or "
            "more: "
            f"{listed(parties)}"
        ),
        evidence=[state.owed[each].position for each in parties],
        measure=Decimal(len(parties)),
        grade="; ".join(parties),
        remedies=("Send them what changed for them", "Let them acknowledge it"),
    )
