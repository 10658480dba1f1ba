"""Say of the demo's project what the generator says of a plant's: what it is, how it goes."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from consumers.demo.plant_beats import Course, Phase
from consumers.demo.plant_days import axis
from consumers.demo.project import CUSTOMER, LINE_STEPS, MODULE_STEPS, MODULES, PROJECT_ID, Step
from domain.kernel.minutes import minute_of
from domain.planning.network import Schedule

_MODULES: Final = tuple(MODULES)


def course_of(plan: Mapping[str, Any], real: Schedule) -> Course:
    """Return the project with the moments at which its work really starts and finishes."""
    phases = tuple(
        Phase(phase["id"], *_step_of(phase["id"]), ())
        for phase in plan["phases"]
        if phase.get("parent") and phase["duration_min"]
    )
    return Course(
        key=PROJECT_ID,
        name=plan["project"]["name"],
        customer=CUSTOMER,
        axis=axis(),
        begin=minute_of(datetime.fromisoformat(plan["project"]["start"])),
        promise=date.fromisoformat(plan["project"]["promise"]),
        phases=phases,
        starts=[real.phases[phase.id].start for phase in phases],
        finishes=[real.phases[phase.id].finish for phase in phases],
        agreed=(),
    )


def _step_of(phase_id: str) -> tuple[Step, int]:
    """Return a phase's step and the number of its module; the line's own work is one module."""
    for step in LINE_STEPS:
        if step.key == phase_id:
            return step, len(_MODULES)
    module, key = phase_id.split("-", 1)
    return next(step for step in MODULE_STEPS if step.key == key), _MODULES.index(module)
