"""Write a forecast as a document: dates with their chances, what they rest on, what was kept."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.forecasting.distributions import Distribution, Observation
from domain.forecasting.finishes import Quantiles
from domain.forecasting.outcomes import Outcome, Outcomes, Slip
from domain.forecasting.past import DUE_MIN, Kept, open_lines
from domain.forecasting.simulation import CORRELATION, Forecast
from domain.kernel.minutes import minute_of
from domain.network.project_network import ProjectNetwork
from projections.contract import Row
from projections.moments import Moments

DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Basis:
    """What a forecast rests on; `projects` gave `outcomes`, of `known` that the log has."""

    outcomes: Outcomes
    projects: int
    known: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """How dates told at past `moments` were kept."""

    moments: int
    runs: int
    kept: Mapping[str, Kept]


@dataclass(frozen=True, slots=True)
class Asked:
    """How a forecast was asked for: the same position, runs and seed give the same answer."""

    position: int
    runs: int
    seed: int


def forecast_document(
    network: ProjectNetwork,
    asked: Asked,
    forecast: Forecast | None,
    basis: Basis,
    calibration: Calibration | None,
    problem: str | None,
) -> dict[str, Any]:
    """Return the document; where nothing can be told, `problem` says why and dates are null."""
    moments, schedule = Moments(network.zone), network.schedule()
    return {
        "project": network.project_id,
        "name": network.name,
        "zone": network.zone.key,
        "position": asked.position,
        "runs": asked.runs,
        "seed": asked.seed,
        "correlation": CORRELATION,
        "problem": problem,
        "data_date": moments.of_optional(network.data_date),
        "scheduled_finish": None if schedule is None else moments.at(schedule.finish),
        "promise": None if network.promise is None else network.promise.day.isoformat(),
        "promise_kept": None if forecast is None else _share(forecast.kept),
        **_dates(None if forecast is None else forecast.finish, moments),
        "phases": [] if forecast is None else list(_phases(network, forecast, moments)),
        "basis": _basis(basis),
        "calibration": None if calibration is None else _calibration(calibration),
    }


def _phases(network: ProjectNetwork, forecast: Forecast, moments: Moments) -> Sequence[Row]:
    schedule = network.schedule()
    if schedule is None:
        return []
    shown = _with_what_they_lie_under(network, (line.id for line in open_lines(network)))
    above = {line.parent for line in network.planned}
    rows = []
    for line in sorted(network.planned, key=lambda each: each.id):
        if line.id not in shown:
            continue
        found = forecast.phases[line.id]
        deadline = None if line.deadline is None else minute_of(line.deadline)
        rows.append(
            {
                "id": line.id,
                "wbs": line.wbs,
                "name": line.name,
                "kind": line.kind,
                "department": line.department,
                "summary": line.id in above,
                "milestone": line.kind in {"start_ms", "finish_ms"},
                "scheduled_finish": moments.at(schedule.phases[line.id].early_finish),
                **_dates(found.finish, moments),
                "criticality": _share(found.criticality),
                "deadline": None if deadline is None else moments.at(deadline),
                "deadline_kept": _share(found.kept),
            }
        )
    return rows


def _with_what_they_lie_under(network: ProjectNetwork, phase_ids: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for phase_id in phase_ids:
        above: str | None = phase_id
        while above is not None and above not in found:
            found.add(above)
            line = network.lines.get(above)
            above = None if line is None else line.parent
    return found


def _dates(quantiles: Quantiles | None, moments: Moments) -> Row:
    if quantiles is None:
        return dict.fromkeys(Quantiles._fields)
    return {name: moments.at(date) for name, date in zip(Quantiles._fields, quantiles, strict=True)}


def _basis(basis: Basis) -> Row:
    groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for each in basis.outcomes.durations:
        groups[each.department, each.kind].append(each)
    return {
        "projects": basis.projects,
        "projects_known": basis.known,
        "finished_phases": len(basis.outcomes.durations),
        "remaining_reports": len(basis.outcomes.remainders),
        "receipts": len({slip.order for slip in basis.outcomes.slips}),
        "groups": [
            {
                "department": department,
                "kind": kind,
                "finished_phases": len(own),
                "median_ratio": _share(
                    Distribution([Observation(each.ratio) for each in own]).median
                ),
            }
            for (department, kind), own in sorted(groups.items())
        ],
        "vendors": _vendors(basis.outcomes.slips),
    }


def _vendors(slips: Sequence[Slip]) -> Sequence[Row]:
    by_vendor: dict[str, list[Slip]] = defaultdict(list)
    for slip in slips:
        by_vendor[slip.vendor].append(slip)
    return [
        {
            "vendor": vendor,
            "receipts": len({slip.order for slip in own}),
            "median_slip_days": int(
                Distribution([Observation(slip.days, slip.weight) for slip in own]).median
            ),
        }
        for vendor, own in sorted(by_vendor.items())
    ]


def _calibration(calibration: Calibration) -> Row:
    return {
        "moments": calibration.moments,
        "runs": calibration.runs,
        **{name: _kept(kept) for name, kept in calibration.kept.items()},
    }


def _kept(kept: Kept) -> Row:
    too_few = None if kept.share is not None else f"too few: {kept.due} of {DUE_MIN}"
    return {"kept": kept.kept, "due": kept.due, "share": _share(kept.share), "too_few": too_few}


def _share(share: float | None) -> float | None:
    return None if share is None else round(share, DIGITS)
