"""Say for people what the verbs' documents say for programs."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from consumers.gateways.event_file import import_events, lines_of
from domain.kernel.messages import PLANT_SYSTEM, Principal
from domain.kernel.wording import counted

if TYPE_CHECKING:
    from consumers.bootstrap import System

DAY_MIN: Final = 480
REPLIES: Final = ".ics"
"""How the name of a file ends that holds answers to invitations."""
Document = Mapping[str, Any]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return left-aligned columns under a head, two spaces apart."""
    texts = [[str("" if cell is None else cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *texts, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in ([*head], ["-" * width for width in widths], *texts)
    ]
    return "\n".join(lines)


def moment(text: str | None) -> str:
    """Return day and time of an instant in its own zone; nothing for none."""
    return "" if text is None else f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"


def days(minutes: int | None) -> str:
    """Return working minutes as days of eight hours."""
    return "" if minutes is None else f"{minutes / DAY_MIN:.1f} d"


def schedule_text(document: Document) -> str:
    """Return a project's schedule as a table; `*` marks what is critical."""
    rows = [
        (
            phase["wbs"],
            phase["id"],
            phase["name"],
            phase["department"],
            moment(phase["start"]),
            moment(phase["finish"]),
            days(phase["total_float_min"]),
            "*" if phase["critical"] else "",
            _driver(phase["driver"]),
        )
        for phase in document["phases"]
    ]
    head = (
        f"{document['project']}  {document['name']}  finish {moment(document['finish'])}"
        f"  promise {document['promise'] or 'none'}  data date {moment(document['data_date'])}"
        f"  position {document['position']}{_branch(document)}  times in {document['zone']}"
    )
    columns = ("wbs", "id", "name", "department", "start", "finish", "float", "crit", "driven by")
    problem = document["problem"]
    said = f"\nNo dates: {problem['text']}" if problem else ""
    return f"{head}{said}\n\n{table(columns, rows)}"


def _branch(document: Document) -> str:
    branch = document.get("branch")
    return "" if branch is None else f" and what branch {branch['id']} asks for"


def status_text(document: Document) -> str:
    """Return the status of a project, or a line for each of them."""
    if "projects" in document:
        rows = [
            (
                one["project"],
                one["name"],
                moment(one["forecast_finish"]),
                one["promise"],
                one["slip_working_days"],
                one["running"],
                len(one["conflicts"]),
                len(one["unconfirmed"]),
            )
            for one in document["projects"]
        ]
        columns = (
            "id", "name", "forecast", "promise", "slip wd", "running", "conflicts", "unconfirmed",
        )  # fmt: skip
        return table(columns, rows)
    return "\n\n".join(_status_parts(document))


def _status_parts(document: Document) -> Iterable[str]:
    slip = document["slip_working_days"]
    against = "" if slip is None else f" ({_against(slip)})"
    yield (
        f"{document['project']}  {document['name']}  ({document['standing']})\n"
        f"forecast {moment(document['forecast_finish'])}, promise "
        f"{document['promise'] or 'none'}{against}, position {document['position']},"
        f" times in {document['zone']}"
    )
    yield table(
        ("department", "planned", "released", "running", "stopped", "done", "late starts",
         "late finishes", "done %"),
        [
            (
                row["department"], row["planned"], row["released"], row["running"],
                row["interrupted"], row["finished"], row["late_starts"], row["late_finishes"],
                row["percent_bp"] // 100,
            )
            for row in document["departments"]
        ],
    )  # fmt: skip
    if document["conflicts"]:
        rows = [
            (each["severity"], each["id"], each["owner"] or "nobody", each["summary"])
            for each in document["conflicts"]
        ]
        yield "Open conflicts\n" + table(("severity", "id", "owner", "summary"), rows)
    if document["unconfirmed"]:
        waiting = [
            (each["vendor"], each["item"], each["need"], each["promised"], each["status"])
            for each in document["unconfirmed"]
        ]
        yield "Unconfirmed commitments\n" + table(
            ("vendor", "item", "need", "promised", "status"), waiting
        )
    yield "Latest changes\n" + table(
        ("when", "who", "what"),
        [
            (moment(each["at"]), each["who"], _with_reason(each["what"], each["why"]))
            for each in document["latest"]
        ],
    )


def _against(slip: str) -> str:
    if not float(slip):
        return "just kept"
    way = "to spare" if slip.startswith("-") else "late"
    return f"{counted(slip.removeprefix('-'), 'working day')} {way}"


def _with_reason(what: str, why: str | None) -> str:
    return f"{what} (why: {why})" if why else what


def trail_text(document: Document) -> str:
    """Return the audit trail as a table, oldest first."""
    rows = [
        (
            entry["position"],
            moment(entry["recorded_at"]),
            moment(entry["effective_at"]),
            entry["actor"],
            entry["what"],
            _reason(entry["reason"]),
        )
        for entry in document["entries"]
    ]
    shown = table(("position", "known", "true", "who", "what", "why"), rows)
    return f"{shown}\n\nTimes in UTC"


def plan_import_text(report: Document) -> str:
    """Return what importing a plan led to."""
    of = ", ".join(
        counted(report[f"{name}s"], name) for name in ("phase", "link", "calendar", "resource")
    )
    lines = [f"{report['outcome']}: project {report['project']}: {of}"]
    if report["code"]:
        lines.append(f"{report['code']}: {report['text']}")
    if report.get("differences"):
        found = report["differences"]
        lines.append(f"{found['differing']} of {found['compared']} stored dates differ from ours")
        lines += [
            f"  {row['phase']} {row['field']}: stored {row['stored']}, ours {row['ours']}"
            for row in found["rows"]
        ]
    return "\n".join([*lines, *(f"note: {note}" for note in report["notes"])])


def event_report(system: "System", file: str) -> dict[str, Any]:
    """Import facts from a file, or from stdin for `-`; return the report as JSON values."""
    principal = Principal(party_id="local", role=PLANT_SYSTEM)
    if file == "-":
        lines, name = lines_of(sys.stdin.buffer), "stdin"
        report = _import(system, lines, name, principal)
    elif file.lower().endswith(REPLIES):
        from consumers.gateways.ics_replies import reply_lines  # noqa: PLC0415
        from consumers.meetings import invited_to  # noqa: PLC0415

        path = Path(file)
        replies = reply_lines(path, partial(invited_to, system.views))
        report = _import(system, replies, path.name, principal)
    else:
        path = Path(file)
        with path.open("rb") as stream:
            report = _import(system, lines_of(stream), path.name, principal)
    return report


def _import(
    system: "System", lines: Iterable[bytes], name: str, principal: Principal
) -> dict[str, Any]:
    report = import_events(
        lines,
        name=name,
        event_log=system.log,
        door=system.door,
        principal=principal,
        clock=system.clock,
    )
    return {
        "lines": report.lines,
        "recorded": report.recorded,
        "repeated": report.repeated,
        "parked": report.parked,
        "refused": report.refused,
        "conflicts": report.conflicts,
        "rows": [row._asdict() for row in report.rows],
    }


def event_import_text(report: Document) -> str:
    """Return what importing facts led to."""
    counts = ", ".join(
        f"{report[name]} {name}"
        for name in ("recorded", "repeated", "parked", "refused", "conflicts")
    )
    rows = [
        f"line {row['line']}: {row['code']} {row['pointer']}: {row['text']}"
        for row in report["rows"]
    ]
    return "\n".join([counts, *rows])


def rebuild_text(document: Document) -> str:
    """Return how rows compare with a rebuild."""
    rows = [
        (
            each["name"],
            f"v{each['version']}",
            each["rows"] if each["rows"] is not None else "",
            each["position"],
            {True: "equal", False: "DIFFERENT", None: "built"}[each["equal"]],
            (each["live"] or "")[:16],
            (each["rebuilt"] or "")[:16],
        )
        for each in document["projections"]
    ]
    return table(("projection", "version", "rows", "position", "", "live", "rebuilt"), rows)


def quarantine_text(document: Document) -> str:
    """Return the keys that stand still."""
    rows = [
        (each["projection"], each["key"], each["position"], each["error"])
        for each in document["quarantined"]
    ]
    return (
        table(("projection", "key", "position", "error"), rows) if rows else "no key stands still"
    )


def letters(system: "System") -> dict[str, Any]:
    """Return dead letters and parked facts as JSON values."""
    return {
        "dead_letters": [
            {
                "id": kept.id,
                "channel": kept.letter.original.channel,
                "place": kept.letter.original.place,
                "code": kept.letter.code,
                "text": kept.letter.text,
                "received_at": kept.letter.received_at.isoformat(),
                "redriven_at": None if kept.redriven_at is None else kept.redriven_at.isoformat(),
            }
            for kept in system.log.dead_letters(limit=10_000)
        ],
        "parked": [
            {
                "lane": fact.lane,
                "source": fact.key.source,
                "id": fact.key.id,
                "type": fact.type_name,
                "parked_at": fact.parked_at.isoformat(),
            }
            for fact in system.log.parked()
        ],
    }


def letters_text(document: Document) -> str:
    """Return dead letters and parked facts as tables."""
    dead = [
        (
            row["id"],
            row["received_at"],
            row["channel"],
            row["place"],
            row["code"],
            row["text"],
            row["redriven_at"] or "",
        )
        for row in document["dead_letters"]
    ]
    parked = [
        (row["lane"], row["parked_at"], row["type"], row["source"], row["id"])
        for row in document["parked"]
    ]
    heads = ("id", "received", "channel", "place", "code", "text", "redriven")
    letters = f"Dead letters\n{table(heads, dead)}" if dead else "No dead letters"
    waiting = table(("lane", "since", "type", "source", "id"), parked)
    facts = f"Parked facts\n{waiting}" if parked else "No parked facts"
    return f"{letters}\n\n{facts}"


def _driver(driver: Document | None) -> str:
    return "" if driver is None else f"{driver['kind']} {driver['ref']}".rstrip()


def _reason(reason: Document | None) -> str:
    return "" if reason is None else ": ".join(filter(None, (reason["code"], reason["text"])))
