"""Q1: find a special request that nobody has assessed although work it may change starts soon."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute, instant_of, minute_of
from domain.network.calendars import standard_day_min
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork
from domain.plans.events import GateAdded, GateWaived
from domain.rules.by_subject import BySubject, Judgement
from domain.rules.finding import Finding
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, working_days
from domain.rules.parameters import Parameter
from domain.rules.spells import Spells
from domain.rules.watched import Watched
from domain.special_requests.events import EVENTS as REQUEST_EVENTS
from domain.special_requests.facts import OVER, Dossier

NAME: Final[str] = "request_unassessed"
WITHIN: Final = Parameter(
    "within", 10, "working days", "So long before work it may change a request is assessed."
)


@dataclass(slots=True)
class RequestGatesState(Spells):
    """What was found, and which phases wait for which requests."""

    gates: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Request and phase of each gate of a request that nobody waived, by the gates' ids."""
    gated: dict[str, dict[str, str]] = field(default_factory=dict)
    """By request, the phase of each of its gates."""


class RequestUnassessed(BySubject[RequestGatesState]):
    """DOMAIN Q1: identified, no impact assessed, and the first phase it affects is ten days off.

    Before it is assessed nobody knows what it affects: it is the phases that have a gate of the
    request (`ref`), where there are none any that have not started. The days are working days of
    the first such phase's calendar from now to its scheduled start. It ends with an assessment, or
    when the request is rejected, withdrawn or applied, or the start moves a working day further
    away than it was found at. Nobody knows its impact yet.
    """

    name = NAME
    code = "Q1"
    title = "A special request is not assessed, and work it may change starts soon."
    parameters: tuple[Parameter, ...] = (WITHIN,)
    category = "request"
    heeds = Heeds.of(*REQUEST_EVENTS, GateAdded, GateWaived, network=True)

    def initial(self) -> RequestGatesState:
        """Return a project that nothing has happened to."""
        return RequestGatesState()

    def concerned(
        self, state: RequestGatesState, recorded: Recorded[Any], project: Watched
    ) -> Iterable[str]:
        """Return the request, or that of the gate, that an event is about."""
        match recorded.event:
            case GateAdded(kind="request", ref=str(ref), gate_id=gate_id, phase_id=phase_id):
                request_id = ref.removeprefix("request-")
                state.gates[gate_id] = request_id, phase_id
                state.gated.setdefault(request_id, {})[gate_id] = phase_id
                return (request_id,)
            case GateWaived(gate_id=gate_id) if gate_id in state.gates:
                request_id, _ = state.gates.pop(gate_id)
                del state.gated[request_id][gate_id]
                return (request_id,)
            case _:
                return super().concerned(state, recorded, project)

    def reads(self, state: RequestGatesState, key: str, project: Watched) -> Hashable:
        """Return which phase starts first, and when, of a request that is not assessed."""
        if not _is_open(project, key):
            return None
        first = _first(state, key, project.network)
        return (None,) if first is None else (first[0].id, first[1])

    def judge(
        self, state: RequestGatesState, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Compare what time it is with when work starts that a request may change."""
        dossier = project.dossiers.get(key, Dossier()).standing()
        if dossier.identified is None or not _is_open(project, key):
            return Judgement(because=f"{key} was assessed, or is settled")
        first, now = _first(state, key, project.network), project.now
        if first is None:
            return Judgement(because=f"Nothing is to start that {key} could change")
        line, start = first
        calendar = project.network.calendar_of(line)
        days = project.number(NAME, WITHIN) + (key in state.found)
        soon = instant_of(calendar.axis.subtract(start, days * standard_day_min(calendar)))
        if now is None or now < soon:
            return Judgement(because=f"{line.name} starts later than that", again=soon)
        left = working_days(calendar, minute_of(now), start)
        identified = dossier.identified
        day = instant_of(start).astimezone(project.network.zone).date()
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="request",
            subjects=(stream_of("request", key),),
            severity="medium" if left > 0 else "high",
            impact_days=NOTHING,
            summary=(
                f"Nobody has assessed what {identified.event.from_party} asked for ({key}), and "
                f"{line.name} starts on {day}"
            ),
            evidence=(identified.position,),
            first_position=recorded.position,
            act_by=day,
            remedies=(
                f"Open a branch, put in what {key} would change, and assess it",
                f"Hold {line.name} back until it is assessed",
            ),
        )
        return Judgement(found, again=None if left <= 0 else instant_of(start))


def _is_open(project: Watched, request_id: str) -> bool:
    now = project.dossiers.get(request_id, Dossier()).standing()
    return now.identified is not None and not now.assessments and now.stage not in OVER


def _first(
    state: RequestGatesState, request_id: str, network: ProjectNetwork
) -> tuple[PhaseLine, Minute] | None:
    """Return the phase that a request may change first, and when it starts."""
    schedule = network.schedule()
    if schedule is None:
        return None
    gated = set(state.gated.get(request_id, {}).values())
    lines = [network.lines[each] for each in sorted(gated) if each in schedule.phases]
    waiting = [
        (schedule.phases[line.id].start, line.id)
        for line in lines or network.working_lines()
        if not line.known.has_started
    ]
    if not waiting:
        return None
    start, phase_id = min(waiting)
    return network.lines[phase_id], start
