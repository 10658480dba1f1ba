"""Q3: find an assessment of a special request that is of a plan that is another one now."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute
from domain.rules.by_subject import BySubject, Judgement
from domain.rules.finding import Finding
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING
from domain.rules.spells import Spells
from domain.rules.watched import Watched
from domain.special_requests.events import EVENTS as REQUEST_EVENTS
from domain.special_requests.events import ImpactAssessed
from domain.special_requests.facts import OVER, Dossier

NAME: Final[str] = "assessment_stale"
Dates: TypeAlias = tuple[tuple[str, Minute, Minute], ...]


@dataclass(slots=True)
class AssessmentsState(Spells):
    """What was found, and the dates of the affected phases when each request was assessed."""

    assessed: dict[str, Dates] = field(default_factory=dict)


class StaleAssessment(BySubject[AssessmentsState]):
    """DOMAIN Q3: an affected phase is scheduled otherwise than when the request was assessed.

    An assessment is only recorded while its branch's base still holds, so what was scheduled then
    is what it is about. It ends with a new assessment, when the phases are back at those dates, or
    when nothing is to be decided any more. What it does to the dates nobody knows: that is what is
    to be assessed.
    """

    name = NAME
    code = "Q3"
    title = "The assessment of a special request is of a plan that has moved since."
    category = "request"
    heeds = Heeds.of(*REQUEST_EVENTS, network=True)

    def initial(self) -> AssessmentsState:
        """Return a project that nothing has happened to."""
        return AssessmentsState()

    def reads(self, state: AssessmentsState, key: str, project: Watched) -> Hashable:
        """Return the present dates of the phases that the assessment is about."""
        if key not in state.assessed or _assessment(project, key) is None:
            return None
        return _dates([each for each, _, _ in state.assessed[key]], project)

    def judge(
        self, state: AssessmentsState, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Compare the dates of affected phases with those at the assessment."""
        assessment = _assessment(project, key)
        if assessment is None:
            return Judgement(because=f"Nothing is to be decided on {key}")
        event = assessment.event
        if isinstance(recorded.event, ImpactAssessed) and recorded.subject_id == key:
            state.assessed[key] = _dates(event.phases, project)
        then = state.assessed.get(key, ())
        now = _dates([each for each, _, _ in then], project)
        moved = [was[0] for was, is_now in zip(then, now, strict=True) if was != is_now]
        if not moved:
            return Judgement(because=f"What {key} affects is where it was assessed")
        names = ", ".join(project.network.name_of(each) for each in moved)
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="request",
            subjects=(stream_of("request", key),),
            severity="medium",
            impact_days=NOTHING,
            summary=(
                f"{key} was assessed at position {event.assessed_at_position}; since then "
                f"{names} stand elsewhere"
            ),
            evidence=(assessment.position,),
            first_position=recorded.position,
            remedies=(f"Assess {key} on a new branch before it is quoted, approved or applied",),
        )
        return Judgement(found)


def _assessment(project: Watched, request_id: str) -> Recorded[ImpactAssessed] | None:
    """Return the last assessment of a request that is still to be decided or applied."""
    now = project.dossiers.get(request_id, Dossier()).standing()
    return None if now.stage in OVER or not now.assessments else now.assessments[-1]


def _dates(phases: Sequence[str], project: Watched) -> Dates:
    """Return start and finish of phases, -1 for one that is not in the plan."""
    schedule = project.network.schedule()
    rows = {} if schedule is None else schedule.phases
    return tuple(
        (each, rows[each].start, rows[each].finish) if each in rows else (each, -1, -1)
        for each in sorted(phases)
    )
