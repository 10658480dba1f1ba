"""Say what a department has to do on a day: `takt daysheet`."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from consumers.verbs.terminal import EXIT_NO, AsJson, AsOf, opened, show

DAY_MIN = 480


def day_sheet(
    project: str,
    department: Annotated[str, typer.Argument(help="The department, as its phases name it.")],
    day: Annotated[
        str | None, typer.Option(help="The day, YYYY-MM-DD; that of the data date without it.")
    ] = None,
    ahead: Annotated[
        int | None, typer.Option(min=0, help="Days that hand-offs are looked ahead; 14.")
    ] = None,
    as_of: AsOf = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell a department what to start and finish, what it awaits, what others await from it."""
    from consumers.day_sheets import day_sheet as sheet  # noqa: PLC0415

    given = {"department": department, "day": day, "ahead_days": ahead, "as_of": as_of}
    asked = {name: str(value) for name, value in given.items() if value is not None}
    with opened() as system:
        document = sheet(system.views, project, asked)
        show(document, as_json=as_json, text=day_sheet_text)
        if document["problem"] is not None:
            raise typer.Exit(EXIT_NO)


def day_sheet_text(document: Mapping[str, Any]) -> str:
    """Return the sheet as one reads it out in the morning."""
    return "\n".join(_lines(document))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    day = f"{datetime.fromisoformat(document['day']):%a %Y-%m-%d}"
    owner = document["owner"]
    led = "nobody is appointed to lead it"
    if owner["supervisor"] is not None:
        led = f"led by {_led(owner)}"
    yield f"{document['name']}: {document['department']} on {day}, {led}"
    if document["problem"] is not None:
        yield f"There is no schedule: {document['problem']}"
        return
    yield from _part("To start", [_start(each) for each in document["start"]])
    yield from _part("In progress", [_run(each) for each in document["run"]])
    until = document["until"]
    yield from _part(f"Awaited until {until}", [_awaited(each) for each in document["awaited"]])
    yield from _part("Deliveries", [_delivery(each) for each in document["deliveries"]])
    others = [_asked_of_us(each) for each in document["awaited_by_others"]]
    yield from _part(f"Others await until {until}", others)


def _part(title: str, lines: list[str]) -> Iterator[str]:
    yield f"{title}:{'' if lines else ' nothing'}"
    yield from (f"  {line}" for line in lines)


def _start(each: Mapping[str, Any]) -> str:
    released = "" if each["released"] else ", not released yet"
    return (
        f"{_moment(each['start'])}  {_phase(each)}, to finish {_moment(each['finish'])}{released}"
    )


def _run(each: Mapping[str, Any]) -> str:
    ends = "should finish today" if each["should_finish"] else f"until {_moment(each['finish'])}"
    stands = "stands still, " if each["stage"] == "interrupted" else ""
    return f"{_phase(each)}: {stands}{each['remaining_min'] / DAY_MIN:.1f} d left, {ends}"


def _awaited(each: Mapping[str, Any]) -> str:
    source, target = each["from"], each["to"]
    return (
        f"{_moment(each['due'])}  {each['awaited']} of {source['name']} ({source['phase']}) from"
        f" {source['department']}, {_led(source)}; for {target['name']} ({target['phase']})"
        f" on {_moment(each['needed'])}"
    )


def _asked_of_us(each: Mapping[str, Any]) -> str:
    source, target = each["from"], each["to"]
    return (
        f"{_moment(each['due'])}  {each['awaited']} of {source['name']} ({source['phase']}) for"
        f" {target['department']}, {_led(target)}: {target['name']} ({target['phase']})"
        f" on {_moment(each['needed'])}"
    )


def _delivery(each: Mapping[str, Any]) -> str:
    told = each["expected"] or each["promised"]
    when = f"needed {each['need_by']}" + (f", told for {told}" if told else ", not confirmed")
    phases = ", ".join(phase["id"] for phase in each["phases"])
    return f"{each['item']} from {each['vendor']} ({each['id']}): {when}; for {phases}"


def _phase(each: Mapping[str, Any]) -> str:
    return f"{each['name']} ({each['id']}){' critical' if each['critical'] else ''}"


def _led(owner: Mapping[str, Any]) -> str:
    if owner["supervisor"] is None:
        return "nobody appointed"
    acting = f" (acting: {', '.join(owner['delegates'])})" if owner["delegates"] else ""
    return f"{owner['supervisor']}{acting}"


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text):%a %m-%d %H:%M}"
