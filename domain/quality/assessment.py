"""Judge a project's schedule by all fourteen checks of DCMA-EA PAM 200.1."""

from collections.abc import Callable, Mapping
from typing import Final

from domain.kernel.minutes import Minute
from domain.network.project_network import ProjectNetwork
from domain.quality.check import Check
from domain.quality.executed import (
    baseline_execution_index,
    critical_path_length_index,
    critical_path_test,
    missed_tasks,
)
from domain.quality.plan import Plan
from domain.quality.planned import (
    hard_constraints,
    high_duration,
    high_float,
    invalid_dates,
    lags,
    leads,
    logic,
    negative_float,
    relationship_types,
    resources,
)

CHECKS: Final[tuple[Callable[[Plan], Check], ...]] = (
    logic,
    leads,
    lags,
    relationship_types,
    hard_constraints,
    high_float,
    negative_float,
    high_duration,
    invalid_dates,
    resources,
    missed_tasks,
    critical_path_test,
    critical_path_length_index,
    baseline_execution_index,
)


def assess(
    network: ProjectNetwork, baseline: Mapping[str, tuple[Minute, Minute]] | None
) -> tuple[Check, ...]:
    """Return the checks by number; `baseline` has start and finish of each phase in it."""
    plan = Plan.of(network, baseline)
    return tuple(check(plan) for check in CHECKS)
