"""G3: find what has to be talked over with somebody outside, and no meeting is planned for."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from domain.conflicts.events import (
    ConflictCleared,
    ConflictDetected,
    ConflictDismissed,
    ConflictRaised,
    ConflictReopened,
    ConflictResolved,
)
from domain.kernel.ids import is_id, stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import instant_of, minute_of
from domain.meetings.events import MeetingNeedAnticipated
from domain.meetings.facts import Dossier, Stage
from domain.network.calendars import standard_day_min
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork
from domain.plans.events import GateAdded, GateSatisfied, GateWaived
from domain.rules.by_subject import BySubject, Judgement
from domain.rules.finding import Finding
from domain.rules.impact import NOTHING
from domain.rules.outside import parties_of
from domain.rules.parameters import Parameter
from domain.rules.spells import Spells
from domain.rules.watched import Watched

NAME: Final[str] = "meeting_needed"
WITHIN: Final = Parameter(
    "within", 5, "working days", "So long before a phase with a gate of outsiders a meeting is set."
)
GRACE: Final = Parameter(
    "grace", 1, "working days", "So long after a meeting is known to be needed it is planned."
)

_BEGINS: Final = (ConflictDetected, ConflictRaised, ConflictReopened)
_ENDS: Final = (ConflictResolved, ConflictDismissed, ConflictCleared)
_SET: Final = frozenset({Stage.PLANNED, Stage.HELD, Stage.APPROVED})


@dataclass(slots=True)
class TalksState(Spells):
    """What was found; the meetings, the conflicts they are about, and the gates of outsiders.

    A need is known by the stream of its meeting, a gate by its phase and the paper it waits for.
    """

    meetings: dict[str, Dossier] = field(default_factory=dict)
    needs: dict[str, Recorded[MeetingNeedAnticipated]] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    """The streams of the conflicts that are open."""
    gates: dict[str, dict[str, Recorded[GateAdded]]] = field(default_factory=dict)
    """The gates that are neither satisfied nor waived, by key and id."""
    key_of_gate: dict[str, str] = field(default_factory=dict)
    about: dict[str, set[str]] = field(default_factory=dict)
    """The keys of what is to be talked over, by what it is about."""
    talked: dict[str, set[str]] = field(default_factory=dict)
    """The streams of the meetings that are about something."""


class MeetingNeeded(BySubject[TalksState]):
    """DOMAIN G3: there is something to talk over with outsiders, and no meeting about it before it.

    Either a meeting is known to be needed (`meeting.need_anticipated.v1`), as for a grave conflict
    with a vendor, a contractor or the customer: then it must be planned within a working day, and
    before the moment it is needed by; it ends when that is so, with the conflict, and when the
    meeting is cancelled. It is grave once that moment has passed. Or a phase with an open gate of a
    contract, a request or material starts within five working days from now: then a meeting about
    the phase or that paper must be planned before it starts; it ends when one is, with the gate,
    with the start, and when the start moves a working day further away than that. A permit or an
    inspection names no party, so such a gate is nobody's from outside. It moves no date.
    """

    name = NAME
    code = "G3"
    title = "Something has to be talked over with outsiders, and no meeting is planned before it."
    parameters: tuple[Parameter, ...] = (WITHIN, GRACE)
    category = "meeting"

    def initial(self) -> TalksState:
        """Return a project without meetings and gates."""
        return TalksState()

    def subjects(self, state: TalksState, project: Watched) -> Iterable[str]:
        """Return every need and every gate."""
        del project
        return (*state.needs, *state.gates)

    def concerned(
        self, state: TalksState, recorded: Recorded[Any], project: Watched
    ) -> Iterable[str]:
        """Return the needs and gates that an event is about, itself taken in."""
        stream, event = recorded.stream, recorded.event
        match subject_of(stream).category:
            case "meeting":
                return _take_meeting(state, recorded)
            case "conflict":
                if isinstance(event, _BEGINS):
                    state.open.add(stream)
                elif isinstance(event, _ENDS):
                    state.open.discard(stream)
                return sorted(state.about.get(stream, ()))
            case "plan":
                return _take_gate(state, recorded, project)
            case "contract" | "request" | "commitment":
                return sorted(state.about.get(stream, ()))
            case _:
                return ()

    def reads(self, state: TalksState, key: str, project: Watched) -> Hashable:
        """Return when the phase of a gate starts, and whether it has."""
        found = _gated(state, key, project.network)
        return None if found is None else (found[1], found[0].known.has_started)

    def judge(
        self, state: TalksState, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Look for the meeting that a need or a gate wants."""
        if key in state.needs:
            return _judge_need(state, key, project, recorded)
        return _judge_gate(state, key, project, recorded)


def _take_meeting(state: TalksState, recorded: Recorded[Any]) -> Iterable[str]:
    stream = recorded.stream
    meeting = state.meetings.get(stream, Dossier()).after(recorded)
    state.meetings[stream] = meeting
    for ref in meeting.refs:
        state.talked.setdefault(ref, set()).add(stream)
    if isinstance(recorded.event, MeetingNeedAnticipated):
        state.needs[stream] = recorded
        for ref in recorded.event.refs:
            state.about.setdefault(ref, set()).add(stream)
    own = {stream} & state.needs.keys()
    return sorted(own.union(*(state.about.get(ref, ()) for ref in meeting.refs)))


def _take_gate(state: TalksState, recorded: Recorded[Any], project: Watched) -> Iterable[str]:
    match recorded.event:
        case GateAdded(gate_id=gate_id, phase_id=phase_id, kind=kind, ref=str(ref)):
            paper = _paper_of(kind, ref)
            if paper is None:
                return ()
            about = sorted((paper, stream_of("phase", project.project_id, phase_id)))
            key = state.key_of_gate[gate_id] = " ".join(about)
            state.gates.setdefault(key, {})[gate_id] = recorded
            for each in about:
                state.about.setdefault(each, set()).add(key)
        case GateSatisfied(gate_id=gate_id) | GateWaived(gate_id=gate_id) if (
            gate_id in state.key_of_gate
        ):
            key = state.key_of_gate[gate_id]
            state.gates[key].pop(gate_id, None)
        case _:
            return ()
    return (key,)


def _paper_of(kind: str, ref: str) -> str | None:
    """Return the stream of what a gate waits for, by its id or its stream; None: of nobody's.

    What a gate refers to is a text of people; not every one is an id.
    """
    category = {"contract": "contract", "request": "request", "material": "commitment"}.get(kind)
    paper_id = ref.removeprefix(f"{category}-")
    if category is None or not is_id(paper_id):
        return None
    return stream_of(category, paper_id)


def _judge_need(
    state: TalksState, stream: str, project: Watched, recorded: Recorded[Any]
) -> Judgement:
    need, meeting = state.needs[stream], state.meetings[stream]
    before, why = need.event.before, need.event.why
    conflicts = [ref for ref in need.event.refs if ref.startswith("conflict-")]
    if conflicts and not state.open.intersection(conflicts):
        return Judgement(because=f"It is settled: {why}")
    if meeting.stage in {Stage.CANCELLED, Stage.HELD, Stage.APPROVED}:
        return Judgement(because=f"The meeting is {meeting.stage.value}: {why}")
    others = _meetings_about(state, conflicts or need.event.refs, frozenset({Stage.PLANNED}))
    if any(before is None or start <= before for start in others):
        return Judgement(because=f"A meeting is planned: {why}")
    now, until = project.moment_of(recorded), _planned_by(need, project)
    if now < until:
        return Judgement(because=f"There is time to plan it: {why}", again=until)
    is_past = before is not None and now >= before
    who = ", ".join(need.event.external_parties or ()) or "outsiders"
    by = (
        ""
        if before is None
        else f" before {before.astimezone(project.network.zone):%Y-%m-%d %H:%M}"
    )
    found = _finding(
        (stream,),
        f"A meeting with {who} is needed{by}, and none is planned: {why}",
        [need.position],
        recorded,
        is_grave=is_past,
    )
    return Judgement(found, again=None if is_past else before)


def _planned_by(need: Recorded[MeetingNeedAnticipated], project: Watched) -> datetime:
    """Return until when nobody is told that a meeting is not planned yet."""
    calendar, before = project.network.calendar, need.event.before
    grace_min = project.number(NAME, GRACE) * standard_day_min(calendar)
    until = instant_of(calendar.axis.add(minute_of(need.recorded_at), grace_min))
    return until if before is None else min(until, before)


def _judge_gate(
    state: TalksState, key: str, project: Watched, recorded: Recorded[Any]
) -> Judgement:
    about, network, now = key.split(" "), project.network, project.now
    outside, gated = parties_of(about, project), _gated(state, key, network)
    if gated is None or gated[0].known.has_started or not outside:
        return Judgement(because="No phase waits for that gate any more")
    line, start_min = gated
    start, calendar = instant_of(start_min), network.calendar_of(line)
    planned = [each for each in _meetings_about(state, about, _SET) if each <= start]
    if planned:
        return Judgement(because=f"A meeting is planned before {line.name} starts")
    day_min = standard_day_min(calendar)
    within_min = project.number(NAME, WITHIN) * day_min
    soon = instant_of(calendar.axis.subtract(start_min, within_min))
    margin_min = within_min + (day_min if key in state.found else 0)
    if now is None or now < instant_of(calendar.axis.subtract(start_min, margin_min)):
        return Judgement(because=f"{line.name} starts later than that", again=soon)
    day = start.astimezone(network.zone).date()
    what = ", ".join(sorted(state.gates[key]))
    summary = (
        f"{line.name} starts on {day} and waits for {what} of {', '.join(outside)}, and no meeting "
        f"about it is planned"
    )
    evidence = [gate.position for gate in state.gates[key].values()]
    return Judgement(_finding(tuple(about), summary, evidence, recorded, is_grave=False))


def _meetings_about(
    state: TalksState, refs: Iterable[str], stages: frozenset[Stage]
) -> Sequence[datetime]:
    """Return when the meetings in these stages begin that are about one of some subjects."""
    streams = {stream for ref in refs for stream in state.talked.get(ref, ())}
    meetings = [state.meetings[each] for each in sorted(streams)]
    return [each.start for each in meetings if each.stage in stages and each.start is not None]


def _gated(state: TalksState, key: str, network: ProjectNetwork) -> tuple[PhaseLine, int] | None:
    """Return the phase that waits for a gate, and the minute it starts; None where none does."""
    schedule = network.schedule() if state.gates.get(key) else None
    if schedule is None:
        return None
    phase_id = next(iter(state.gates[key].values())).event.phase_id
    row = schedule.phases.get(phase_id)
    return None if row is None else (network.lines[phase_id], row.start)


def _finding(
    subjects: tuple[str, ...],
    summary: str,
    evidence: Iterable[int],
    recorded: Recorded[Any],
    *,
    is_grave: bool,
) -> Finding:
    return Finding(
        rule=NAME,
        rule_version=1,
        kind="communication",
        subjects=subjects,
        severity="high" if is_grave else "medium",
        impact_days=NOTHING,
        summary=summary,
        evidence=tuple(sorted(evidence)),
        first_position=recorded.position,
        remedies=("Plan the meeting", "Settle it without one, and record that"),
    )
