"""Say what a project has cost and earned, and with whose hours: `takt cost`."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from consumers.verbs.terminal import AsJson, AsOf, opened, show

UNDEFINED: Final = "undefined"
HOUR_MIN: Final = 60
MONEY: Final = ("bac", "pv", "ev", "ac", "cv", "sv")
RATIOS: Final = ("cpi", "spi", "tcpi")


def cost(project: str, as_of: AsOf = None, *, as_json: AsJson = False) -> None:
    """Show earned value by project, department and phase, with hours by skill."""
    from consumers.costing import cost as costed  # noqa: PLC0415

    with opened() as system:
        document = costed(system.views, project, {} if as_of is None else {"as_of": as_of})
        show(document, as_json=as_json, text=cost_text)


def cost_text(document: Mapping[str, Any]) -> str:
    """Return the figures as a table, money in minor units, and why some of them are missing."""
    from consumers.verb_texts import table  # noqa: PLC0415

    currency = document["currency"] or "no currency"
    rows = [(document["name"], *_figures(document))]
    rows += [(each["department"], *_figures(each)) for each in document["departments"]]
    rows += [(f"  {each['name']}", *_figures(each)) for each in document["phases"]]
    heading = ("", *(name.upper() for name in (*MONEY, *RATIOS)), "EAC", "VAC")
    told = f"{document['name']}: cost at {document['status_date']}, minor units of {currency}"
    lines = [told, table(heading, rows), *_in_time(document)]
    hours = [
        (each["skill"] or "not known", _hours(each["planned_min"]), _hours(each["booked_min"]))
        for each in document["hours"]
    ]
    if hours:
        lines += ["", table(("skill", "hours planned", "hours booked"), hours)]
    return "\n".join([*lines, *_missing(document)])


def _figures(row: Mapping[str, Any]) -> Iterator[object]:
    """Yield the figures of a row; the estimate shown is BAC / CPI."""
    for name in (*MONEY, *RATIOS):
        yield _said(row[name])
    yield _said(row["eac"]["at_cpi"])
    yield _said(row["vac"]["at_cpi"])


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


def _hours(minutes: int) -> str:
    whole, rest = divmod(minutes, HOUR_MIN)
    return f"{whole}:{rest:02d}"
