"""R4: find departments whose phases take longer than they said would remain."""

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from domain.compliance.optimism import optimism
from domain.kernel.ids import ID_PATTERN, stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.phases.events import EVENTS as PHASE_EVENTS
from domain.rules.finding import Cleared, Finding, Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "optimism"
VERSION: Final[int] = 1

RATIO: Final = Parameter(
    "ratio", 125, "hundredths of what was said",
    "A department is optimistic where its work takes more than so much of what it said remains.",
)  # fmt: skip
MARGIN: Final = Fraction(1, 10)
"""The finding is cleared when the ratio is a tenth below, and told again when it is a tenth off."""


@dataclass(slots=True)
class OptimismState:
    """Which phases of each department have finished, and what was found of the department."""

    finished: dict[str, set[str]] = field(default_factory=dict)
    department_of: dict[str, str] = field(default_factory=dict)
    """By finished phase."""
    found: dict[str, tuple[Finding, Fraction]] = field(default_factory=dict)
    """With the ratio it was told with."""


class Optimism:
    """DOMAIN R4: actual over estimated remaining time of a department's last 10 finished phases.

    Each report on a phase said what remained; what did remain is the working time from then to its
    finish (`domain.compliance.optimism`). It is looked at when a phase finishes, or is found not
    to have finished. It is cleared when the ratio is a tenth below what fires it (1.15 for 1.25),
    as one phase more may move it by hundredths; told again when it has changed by a tenth. A
    department whose name is no id cannot report, so it is not judged.
    """

    name = NAME
    version = VERSION
    code = "R4"
    title = "A department's work takes longer than it says remains."
    parameters: tuple[Parameter, ...] = (RATIO,)
    weighs_impact = False
    at_once = True
    due = staticmethod(never)
    heeds = Heeds.of(*PHASE_EVENTS)

    def initial(self) -> OptimismState:
        """Return a project in which nothing has finished."""
        return OptimismState()

    def fold(
        self, state: OptimismState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        del more
        if not project.changed or subject_of(recorded.stream).category != "phase":
            return ()
        department = _moved(state, recorded.subject_id, project)
        return () if department is None else _judged(state, department, recorded, project)


def _moved(state: OptimismState, phase_id: str, project: Watched) -> str | None:
    """Note whether a phase has finished; return the department to look at, if it is another."""
    line = project.network.lines[phase_id]
    before = state.department_of.pop(phase_id, None)
    if before is not None:
        state.finished[before].discard(phase_id)
    if line.known.stage != "finished":
        return before
    if re.fullmatch(ID_PATTERN, line.department) is None:
        return None
    state.department_of[phase_id] = line.department
    state.finished.setdefault(line.department, set()).add(phase_id)
    return line.department


def _judged(
    state: OptimismState, department: str, recorded: Recorded[Any], project: Watched
) -> tuple[Found, ...]:
    network, known = project.network, state.found.get(department)
    limit = Fraction(project.number(NAME, RATIO), 100)
    ratio = optimism(network, department, state.finished[department])
    if known is None and (ratio is None or ratio <= limit):
        return ()
    before, told = known or (None, None)
    if before is not None and (ratio is None or ratio <= limit - MARGIN):
        del state.found[department]
        return (Cleared(NAME, before.subjects, "Its work takes about what it says remains"),)
    assert ratio is not None, "without a ratio nothing holds"
    if told is not None and abs(ratio - told) < MARGIN:
        return ()
    found = Finding(
        rule=NAME,
        rule_version=VERSION,
        kind="communication",
        subjects=(stream_of("report", project.project_id, department),),
        severity="medium",
        impact_days=NOTHING,
        summary=(
            f"The work of {department} takes {round(ratio * 100)} % of what it says remains, over "
            "the phases that it finished last"
        ),
        evidence=(recorded.position,),
        first_position=recorded.position if before is None else before.first_position,
        remedies=(f"Weigh what {department} reports by what it took before",),
    )
    state.found[department] = found, ratio
    return (found,)
