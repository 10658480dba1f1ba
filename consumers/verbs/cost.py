"""Say what a project has cost and earned, and with whose hours: `takt cost`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from consumers.file_forms import COST
from consumers.verbs.files import form_of
from consumers.verbs.terminal import AsJson, AsOf, opened, show
from domain.kernel.wording import amount_text

UNDEFINED: Final = "n/a"
HOUR_MIN: Final = 60
MONEY: Final = ("bac", "pv", "ev", "ac", "cv", "sv")
RATIOS: Final = ("cpi", "spi", "tcpi")


def cost(
    project: str,
    as_of: AsOf = None,
    to: Annotated[
        Path | None, typer.Option(help="A grid of the phases, planned beside actual: .xlsx, .csv.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show earned value by project, department and phase, with hours by skill."""
    form = None if to is None else form_of(to, COST)
    from consumers.costing import cost as costed  # noqa: PLC0415

    with opened() as system:
        document = costed(system.views, project, {} if as_of is None else {"as_of": as_of})
        if to is not None and form is not None:
            to.write_bytes(form(document))
            told = f"{to}: position {document['position']}, {len(document['phases'])} phases"
            show(document, as_json=as_json, text=lambda _: told)
            return
        show(document, as_json=as_json, text=cost_text)


def cost_text(document: Mapping[str, Any]) -> str:
    """Return the figures as a table, each phase under its department, and why some are missing."""
    from consumers.verb_texts import table  # noqa: PLC0415

    currency = document["currency"]
    rows = [(document["name"], *_figures(document, currency))]
    for department in document["departments"]:
        rows.append((department["department"], *_figures(department, currency)))
        rows += [
            (f"  {each['name']} ({each['id']})", *_figures(each, currency))
            for each in document["phases"]
            if each["department"] == department["department"]
        ]
    heading = ("", *(name.upper() for name in (*MONEY, *RATIOS)), "EAC", "VAC")
    told = f"{document['name']}: cost at {document['status_date']}"
    told += ", in no one currency" if currency is None else f", in {currency}"
    lines = [f"{told}; {UNDEFINED} is undefined", table(heading, rows), *_in_time(document)]
    hours = [
        (each["skill"] or "not known", _hours(each["planned_min"]), _hours(each["booked_min"]))
        for each in document["hours"]
    ]
    if hours:
        lines += ["", table(("skill", "hours planned", "hours booked"), hours)]
    return "\n".join([*lines, *_missing(document)])


def _figures(row: Mapping[str, Any], all_in: str | None) -> Iterator[object]:
    """Yield the figures of a row; the estimate shown is BAC / CPI."""
    yield from (_amount(row[name], row["currency"], all_in) for name in MONEY)
    yield from (_said(row[name]) for name in RATIOS)
    yield _amount(row["eac"]["at_cpi"], row["currency"], all_in)
    yield _amount(row["vac"]["at_cpi"], row["currency"], all_in)


def _in_time(document: Mapping[str, Any]) -> Iterator[str]:
    schedule = document["earned_schedule"]
    if schedule is not None:
        yield (
            f"Earned schedule: {_said(schedule['es_days'])} of {schedule['planned_days']} working "
            f"days in {schedule['actual_days']}; SPI(t) {_said(schedule['spi_t'])}, finish by it "
            f"{_said(schedule['ieac_t_finish'])}"
        )


def _missing(document: Mapping[str, Any]) -> Iterator[str]:
    by_reason: dict[str, list[str]] = {}
    for name, reason in document["undefined"].items():
        by_reason.setdefault(reason, []).append(name)
    for reason, names in by_reason.items():
        yield f"  {reason}: {', '.join(names)} undefined"
    for each in document["unbudgeted"]:
        yield f"  {each['name']} ({each['id']}) has no budget: {each['reason']}"


def _said(value: object) -> object:
    return UNDEFINED if value is None else value


def _amount(minor: int | None, currency: str | None, all_in: str | None) -> object:
    """Return an amount, with its currency where not all of them are in the same."""
    if minor is None or currency is None:
        return _said(minor)
    told = amount_text(minor, currency)
    return told if currency == all_in else f"{told} {currency}"


def _hours(minutes: int) -> str:
    whole, rest = divmod(minutes, HOUR_MIN)
    return f"{whole}:{rest:02d}"
