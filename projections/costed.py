"""Write a project's cost and manpower as a document: earned value per phase, department, project.

Money is in whole minor units, ratios are texts of four digits, working days of two; a figure that
is not defined is null, and `undefined` says why.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from typing import Any, Final

from domain.costing.measured import Measure
from domain.costing.valued import InTime, Valued
from domain.kernel.values import rfc3339
from domain.planning.earned_value import Undefined, Value
from projections.contract import Row

RATIO: Final = Decimal("0.0001")
DAYS: Final = Decimal("0.01")
DIGITS: Final = 60
"""Of a quotient before it is rounded: more than any amount of money has."""

ESTIMATES: Final = {
    "at_budget": "eac_at_budget",
    "at_cpi": "eac_at_cpi",
    "at_cpi_and_spi": "eac_at_cpi_and_spi",
    "bottom_up": "eac_bottom_up",
}
"""The four estimates at completion: AC + (BAC - EV), BAC / CPI, AC + (BAC - EV) / (CPI · SPI),
AC + ETC."""


def cost_document(
    *,
    project: str,
    name: str,
    position: int,
    status_date: datetime,
    whole: tuple[Valued, InTime | Undefined],
    departments: Mapping[str, tuple[Valued, InTime | Undefined]],
    phases: Sequence[tuple[Measure, Valued]],
) -> dict[str, Any]:
    """Return the figures of the project, of its departments and of each phase, with the hours."""
    measures = [each for each, _ in phases]
    return {
        "project": project,
        "name": name,
        "position": position,
        "status_date": rfc3339(status_date),
        **_group(*whole),
        "hours": _hours(measures),
        "unbudgeted": [
            {"id": each.phase_id, "name": each.name, "reason": each.no_budget}
            for each in measures
            if each.no_budget is not None
        ],
        "departments": [
            {
                "department": department,
                **_group(*figures),
                "hours": _hours([each for each in measures if each.department == department]),
            }
            for department, figures in sorted(departments.items())
        ],
        "phases": [
            {
                "id": measure.phase_id,
                "name": measure.name,
                "department": measure.department,
                "ev_method": measure.ev_method,
                **_figures(figures),
                "hours": _hours([measure]),
            }
            for measure, figures in phases
        ],
    }


def _group(figures: Valued, in_time: InTime | Undefined) -> dict[str, Any]:
    row = _figures(figures)
    undefined = row["undefined"]
    if isinstance(in_time, Undefined):
        undefined["earned_schedule"] = in_time.reason
        return row | {"earned_schedule": None}
    found = in_time.schedule
    values = {
        "planned_days": (found.planned_duration, DAYS),
        "actual_days": (found.actual_time, DAYS),
        "es_days": (found.earned, DAYS),
        "sv_t_days": (found.sv_t, DAYS),
        "spi_t": (found.spi_t, RATIO),
        "ieac_t_days": (found.ieac_t, DAYS),
    }
    schedule: dict[str, Any] = {}
    for name, (value, digits) in values.items():
        schedule[name] = None if isinstance(value, Undefined) else _decimal(value, digits)
        if isinstance(value, Undefined):
            undefined[name] = value.reason
    finish = in_time.finish
    schedule["ieac_t_finish"] = None if isinstance(finish, Undefined) else rfc3339(finish)
    if isinstance(finish, Undefined):
        undefined["ieac_t_finish"] = finish.reason
    return row | {"earned_schedule": schedule}


def _figures(figures: Valued) -> dict[str, Any]:
    value = figures.value
    estimates = {name: getattr(value, field) for name, field in ESTIMATES.items()}
    undefined: dict[str, str] = {}

    def known(name: str, found: Value) -> Fraction | None:
        if isinstance(found, Undefined):
            undefined[name] = found.reason
            return None
        return found

    money = {
        name: _minor(known(name, getattr(value, name)))
        for name in ("bac", "pv", "ev", "ac", "etc", "cv", "sv")
    }
    ratios = {name: _ratio(known(name, getattr(value, name))) for name in ("cpi", "spi", "tcpi")}
    return {
        "currency": figures.currency,
        **money,
        **ratios,
        "eac": {name: _minor(known(f"eac_{name}", each)) for name, each in estimates.items()},
        "vac": {
            name: _minor(known(f"vac_{name}", value.vac(each))) for name, each in estimates.items()
        },
        "undefined": undefined,
    }


def _hours(measures: Sequence[Measure]) -> list[Row]:
    planned: Counter[str | None] = Counter()
    booked: Counter[str | None] = Counter()
    for each in measures:
        planned.update(each.planned_min)
        booked.update(each.booked_min)
    return [
        {"skill": skill, "planned_min": planned[skill], "booked_min": booked[skill]}
        for skill in sorted({*planned, *booked}, key=lambda skill: (skill is None, skill or ""))
    ]


def _minor(value: Fraction | None) -> int | None:
    return None if value is None else round(value)


def _ratio(value: Fraction | None) -> str | None:
    return None if value is None else _decimal(value, RATIO)


def _decimal(value: Fraction, digits: Decimal) -> str:
    with localcontext() as context:
        context.prec = DIGITS
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return str(exact.quantize(digits, ROUND_HALF_EVEN))
