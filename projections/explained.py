"""Explain a date as a document: the chain behind it, what moved it, and every date it ever had.

Moves are in minutes of the clock and add up exactly; `days` beside them are rounded to tenths in
such a way that the days of a list add up too. Instants are in the project's zone.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Literal, TypeAlias

from domain.attribution.chain import Subject, chain_of, date_of
from domain.attribution.days import adding_up, in_days
from domain.attribution.hops import HopMove, hop_moves
from domain.attribution.moves import STEPS, Attribution, Move, attribute, dates_of, half_step
from domain.attribution.shares import CAUSES_MAX, Fresh, shares
from domain.disputes.facts import Dispute, as_settled
from domain.kernel.messages import Recorded
from domain.network.project_network import ProjectNetwork
from domain.network.walk import Walk
from projections.contract import Row
from projections.moments import Moments

Method: TypeAlias = Literal["recorded", "half-step", "shapley"]

NEAR_MAX: Final = 20
EVENTS_OF_HOP_MAX: Final = 20
OTHERS: Final = "others"
STEP_NAMES: Final = ("progress and time", "from outside", "revisions")

GROUPS: Final[Mapping[str, Callable[[Move], str]]] = {
    "phase": lambda move: move.cause.phase_id or "",
    "department": lambda move: move.cause.department,
    "party": lambda move: move.cause.party,
    "vendor": lambda move: move.cause.vendor,
    "customer": lambda move: move.cause.reason if move.cause.is_customers else "",
    "reason": lambda move: move.cause.reason,
    "class": lambda move: move.cause.message_class,
}
"""By what moves are added up; what is nobody's is under the empty name."""


@dataclass(frozen=True, slots=True)
class Window:
    """What happened to one date between two positions: networks at both ends, and the events."""

    fresh: Fresh
    """Gives a walk that stands at the first position, a new one each time."""
    after: ProjectNetwork
    events: Sequence[Recorded[Any]]
    subject: Subject
    near_min: int = 0
    """Up to so many minutes of total float a phase off the chain counts as near."""
    disputes: Mapping[str, Dispute] = field(default_factory=dict)
    """The disputes of reasons, by the id of the event; what they changed the events say already."""


def chain_document(network: ProjectNetwork, position: int, subject: Subject) -> dict[str, Any]:
    """Return what drives a date, phase by phase back to its root."""
    window = Window(lambda: Walk(network), network, (), subject)
    moments = Moments(network.zone)
    date = date_of(network, subject)
    hops = hop_moves(chain_of(network, subject), network, network, ())
    return {
        **_head(window, position, moments),
        "date": None if date is None else moments.at(date),
        "chain": [_hop(hop, network, moments, moved=False) for hop in hops],
    }


def why_document(window: Window, first: int, position: int, method: Method) -> dict[str, Any]:
    """Return the chain of a date with the values before, and what moved it, adding up.

    Raises WindowTooLarge for the method `shapley`.
    """
    before, after, moments = window.fresh().network, window.after, Moments(window.after.zone)
    charge = half_step if method == "half-step" else attribute
    found = charge(window.fresh(), window.events, window.subject)
    hops = hop_moves(chain_of(after, window.subject), before, after, window.events)
    document = {
        **_head(window, position, moments),
        "from": first,
        "to": position,
        "method": method,
        "before": None if found.first is None else moments.at(found.first),
        "after": None if found.last is None else moments.at(found.last),
        "lacking": found.lacking,
        "moved_min": found.minutes,
        "moved_days": float(in_days(found.minutes)),
        "lost_min": sum(move.minutes for move in found.moves if move.minutes > 0),
        "won_min": -sum(move.minutes for move in found.moves if move.minutes < 0),
        "chain": [_hop(hop, after, moments, moved=True, disputes=window.disputes) for hop in hops],
        "moves": _moves(found.moves, after, moments, window.disputes),
        "by": {name: _added_up(found.moves, key) for name, key in GROUPS.items()},
        "near": _near(window, {hop.hop.phase_id for hop in hops}),
    }
    if method == "half-step":
        document["steps"] = _steps(found)
    if method == "shapley":
        document["shares"] = _shares(window, found)
    return document


def slips_document(
    walk: Walk,
    events: Iterable[Recorded[Any]],
    position: int,
    subject: Subject,
    disputes: Mapping[str, Dispute] | None = None,
) -> dict[str, Any]:
    """Return every date the subject was ever given, in the order in which they were told.

    `walk` is that of a project that nothing has happened to.
    """
    # The events of one message come at one moment: what counts is the date after the last of them.
    told = {_message(each.recorded): each for each in dates_of(walk, events, subject)}
    network = walk.network
    moments = Moments(network.zone)
    window = Window(lambda: Walk(network), network, (), subject)
    return {
        **_head(window, position, moments),
        "dates": [
            {
                "position": each.recorded.position,
                "told_at": moments.of(each.recorded.recorded_at),
                "date": None if each.date is None else moments.at(each.date),
                **_event(as_settled(each.recorded, disputes or {}), disputes or {}),
            }
            for each in told.values()
        ],
    }


def _message(recorded: Recorded[Any]) -> tuple[str, str]:
    return recorded.envelope.source, recorded.envelope.message_id


def _head(window: Window, position: int, moments: Moments) -> dict[str, Any]:
    network, subject = window.after, window.subject
    phase_id, promise = subject.phase_id, network.promise
    return {
        "project": network.project_id,
        "name": network.name,
        "zone": moments.zone.key,
        "position": position,
        "phase": phase_id,
        "phase_name": None if phase_id is None else network.name_of(phase_id),
        "edge": subject.edge,
        "promise": None if promise is None else promise.day.isoformat(),
        "data_date": moments.of_optional(network.data_date),
        "problem": None if network.problem is None else network.problem.text,
    }


def _hop(
    move: HopMove,
    network: ProjectNetwork,
    moments: Moments,
    *,
    moved: bool,
    disputes: Mapping[str, Dispute] | None = None,
) -> Row:
    hop = move.hop
    line, link, typed = network.lines[hop.phase_id], hop.link, hop.typed
    row = {
        "phase": hop.phase_id,
        "name": line.name,
        "department": line.department,
        "edge": hop.edge,
        "date": moments.at(hop.date),
        "driver": {"kind": hop.driver.kind, "ref": hop.driver.ref},
        "link": None
        if link is None
        else {
            "id": link.id, "pred": link.pred, "pred_name": network.name_of(link.pred),
            "type": link.type, "lag": link.lag, "unit": link.unit,
        },
        "set_by": None
        if typed is None
        else {"position": typed.position, "by": typed.by, "at": moments.of(typed.at)},
    }  # fmt: skip
    if not moved:
        return row
    return {
        **row,
        "before": None if move.before is None else moments.at(move.before),
        "moved_min": move.moved,
        "own_min": move.own,
        "events": [
            {"position": each.position, **_event(each, disputes or {})}
            for each in move.events[-EVENTS_OF_HOP_MAX:]
        ],
    }


def _event(recorded: Recorded[Any], disputes: Mapping[str, Dispute]) -> Row:
    envelope = recorded.envelope
    return {
        "type": recorded.event.type_name,
        "stream": recorded.stream,
        "by": envelope.actor,
        "reason": None if envelope.reason is None else envelope.reason.code,
        "text": None if envelope.reason is None else envelope.reason.text,
        "dispute": dispute_row(disputes.get(recorded.event_id)),
    }


def dispute_row(dispute: Dispute | None) -> Row | None:
    """Return who disputes the reason of an event and proposes what, and how it was settled."""
    if dispute is None:
        return None
    proposal, settled = dispute.proposal, dispute.settled
    return {
        "state": dispute.state,
        "by": proposal.by,
        "proposed_reason": proposal.proposed_reason.code,
        "proposed_text": proposal.proposed_reason.text,
        "proposed_responsible": proposal.proposed_responsible,
        "why": proposal.why,
        "position": dispute.raised.position,
        "settled_by": None if settled is None else settled.event.by,
        "settled_text": None if settled is None else settled.event.text,
    }


def _moves(
    moves: Sequence[Move],
    network: ProjectNetwork,
    moments: Moments,
    disputes: Mapping[str, Dispute],
) -> Sequence[Row]:
    days = adding_up([move.minutes for move in moves])
    return [
        {
            "position": move.recorded.position,
            "told_at": moments.of(move.recorded.recorded_at),
            "true_at": moments.of(move.recorded.envelope.effective_at),
            **_event(move.recorded, disputes),
            "reason": move.cause.reason,
            "text": move.cause.text or None,
            "phase": move.cause.phase_id,
            "phase_name": None
            if move.cause.phase_id is None
            else network.name_of(move.cause.phase_id),
            "department": move.cause.department or None,
            "vendor": move.cause.vendor or None,
            "party": move.cause.party,
            "class": move.cause.message_class,
            "before": moments.at(move.before),
            "after": moments.at(move.after),
            "minutes": move.minutes,
            "days": float(day),
        }
        for move, day in zip(moves, days, strict=True)
    ]


def _added_up(moves: Sequence[Move], key: Callable[[Move], str]) -> Sequence[Row]:
    """Return the sum of each name, the largest loss first."""
    sums: defaultdict[str, int] = defaultdict(int)
    for move in moves:
        sums[key(move)] += move.minutes
    ordered = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    days = adding_up([minutes for _, minutes in ordered])
    return [
        {"name": name, "minutes": minutes, "days": float(day)}
        for (name, minutes), day in zip(ordered, days, strict=True)
    ]


def _steps(found: Attribution) -> Sequence[Row]:
    sums = [0] * len(STEP_NAMES)
    for move in found.moves:
        sums[STEPS[move.recorded.event.message_class]] += move.minutes
    days = adding_up(sums)
    return [
        {"step": name, "minutes": minutes, "days": float(day)}
        for name, minutes, day in zip(STEP_NAMES, sums, days, strict=True)
    ]


def _shares(window: Window, found: Attribution) -> Sequence[Row]:
    """Return the share of each party and reason; the smallest of many go together."""
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    charged: dict[int, tuple[str, str]] = {}
    for move in found.moves:
        name = charged[move.recorded.position] = move.cause.party, move.cause.reason
        sums[name] += abs(move.minutes)
    largest = sorted(sums, key=lambda name: (-sums[name], name))[: CAUSES_MAX - 1]
    causes: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for recorded in window.events:
        name = charged.get(recorded.position, (OTHERS, OTHERS))
        causes[name if name in largest else (OTHERS, OTHERS)].add(recorded.position)
    frozen = {name: frozenset(positions) for name, positions in sorted(causes.items())}
    given = shares(window.fresh, window.events, frozen, window.subject)
    days = adding_up([share.minutes for share in given.values()])
    return [
        {
            "party": party,
            "reason": reason,
            "minutes": _fraction(share.minutes),
            "days": float(day),
            "alone_min": share.alone,
            "spared_min": share.spared,
            "concurrent": share.is_concurrent,
        }
        for ((party, reason), share), day in zip(given.items(), days, strict=True)
    ]


def _fraction(value: Fraction) -> str:
    """Return an exact fraction of minutes, e.g. `1440` or `2161/3`."""
    return str(value)


def _near(window: Window, on_chain: set[str]) -> Sequence[Row]:
    """Return unfinished phases off the chain with little float: they would have delayed as well."""
    schedule = window.after.schedule()
    if schedule is None:
        return []
    near = [
        row
        for row in schedule.phases.values()
        if not row.summary
        and row.id not in on_chain
        and not window.after.lines[row.id].known.has_ended
        and row.total_float_min <= window.near_min
    ]
    near.sort(key=lambda row: (row.total_float_min, row.id))
    return [
        {
            "phase": row.id,
            "name": window.after.name_of(row.id),
            "total_float_min": row.total_float_min,
        }
        for row in near[:NEAR_MAX]
    ]
