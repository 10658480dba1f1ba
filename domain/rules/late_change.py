"""Q2: find a special request that was approved after work it changes was released or supplied."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.wording import counted
from domain.network.phase_line import PhaseLine
from domain.rules.by_subject import BySubject, Judgement
from domain.rules.finding import Finding
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, days_of, severity_of
from domain.rules.spells import Spells
from domain.rules.telling import listed
from domain.rules.watched import Watched
from domain.special_requests.events import EVENTS as REQUEST_EVENTS
from domain.special_requests.events import ImpactAssessed, RequestApproved
from domain.special_requests.facts import Dossier, Stage

NAME: Final[str] = "late_change"
_DONE: Final = frozenset({Stage.REJECTED, Stage.WITHDRAWN, Stage.VERIFIED})


class TooLate(NamedTuple):
    """What had happened by the time a request was approved."""

    phases: tuple[str, ...]
    rework_min: int


@dataclass(slots=True)
class ApprovalsState(Spells):
    """What was found, and what each approval came too late for."""

    late: dict[str, TooLate] = field(default_factory=dict)


class LateChange(BySubject[ApprovalsState]):
    """DOMAIN Q2: approved after a phase it affects was released, or was given its material.

    The affected phases are those of the assessment. The rework is counted in working minutes: what
    was worked on these phases by the approval, planned less remaining duration, all of a finished
    one. The impact is what the assessment says in working days. It lasts until the request is
    verified, or is withdrawn or rejected after all.
    """

    name = NAME
    code = "Q2"
    title = "A special request was approved after work it changes was released."
    at_once = True
    category = "request"
    heeds = Heeds.of(*REQUEST_EVENTS)

    def initial(self) -> ApprovalsState:
        """Return a project that nothing has happened to."""
        return ApprovalsState()

    def judge(
        self, state: ApprovalsState, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Look at what was released or issued when a request is approved."""
        dossier = project.dossiers.get(key, Dossier()).standing()
        approval, impact = dossier.approval, dossier.impact
        if approval is None or impact is None or dossier.stage in _DONE:
            state.late.pop(key, None)
            return Judgement(because=f"{key} is {dossier.stage.value}")
        if isinstance(recorded.event, RequestApproved) and recorded.subject_id == key:
            begun = _begun(impact, project)
            worked = sum(_worked_min(each) for each in begun)
            state.late[key] = TooLate(tuple(each.id for each in begun), worked)
        late = state.late.get(key)
        if late is None or not late.phases:
            return Judgement(because=f"Nothing that {key} changes was released before")
        names = listed([project.network.name_of(each) for each in late.phases])
        rework = days_of(late.rework_min, project.network.calendar)
        days = max(NOTHING, impact.days)
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="request",
            subjects=(stream_of("request", key),),
            severity=severity_of(days) if days >= 1 or not late.rework_min else "medium",
            impact_days=days,
            summary=(
                f"{key} was approved after {names} were released or given material; up to "
                f"{counted(rework, 'working day')} have to be done again"
            ),
            evidence=tuple(sorted({approval.position, dossier.assessments[-1].position})),
            first_position=recorded.position,
            remedies=(
                f"Stop work on {names} until the change is applied",
                f"Charge the rework to {key}",
            ),
        )
        return Judgement(found)


def _begun(impact: ImpactAssessed, project: Watched) -> Sequence[PhaseLine]:
    """Return the affected phases that were released, or started, or given material."""
    lines = (project.network.lines.get(each) for each in sorted(impact.phases))
    return [
        line
        for line in lines
        if line is not None and (line.known.stage != "planned" or _is_supplied(line, project))
    ]


def _is_supplied(line: PhaseLine, project: Watched) -> bool:
    material = project.material
    return any(
        material.standing(need.item).issued.get(need.id, 0) > 0
        for need in material.needs_for(line.id)
    )


def _worked_min(line: PhaseLine) -> int:
    return max(0, line.duration_min - line.remaining_min) if line.known.has_started else 0
