"""Say why a date is what it is, and what moved it: `takt why`."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer

from consumers.verbs.terminal import AsJson, OnBranch, TrueAt, opened, show
from consumers.verbs.texts import weekday_moment
from projections.teller import spoken, words

MOVES_MAX: Final = 40
"""So many of the largest moves are listed; the sums are of all of them."""


def why(  # noqa: PLR0913  Each is an option of the verb.
    project: str,
    phase: Annotated[str | None, typer.Argument(help="Without it: the project's finish.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="Position or time to compare with, or begin.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Position or time; now.")] = None,
    true_at: TrueAt = None,
    edge: Annotated[str, typer.Option("--of", help="start or finish of the phase.")] = "finish",
    method: Annotated[
        str, typer.Option(help="How moves are charged: recorded, half-step, shapley.")
    ] = "recorded",
    *,
    branch: OnBranch = None,
    history: Annotated[
        bool, typer.Option("--history", help="List every date it was ever given.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what drives a date back to its root, and what moved it since an earlier moment."""
    from consumers.explaining import slips  # noqa: PLC0415
    from consumers.explaining import why as explain  # noqa: PLC0415
    from consumers.on_branch import asked_of, whole  # noqa: PLC0415

    given = {
        "phase": phase,
        "from": since,
        "to": until,
        "of": edge,
        "method": method,
        "true_at": true_at,
    }
    asked = {name: value for name, value in given.items() if value is not None}
    with opened() as system:
        whole(branch, true_at)
        answer = slips if history else explain
        document = asked_of(system.views, project, branch, lambda on: answer(on, project, asked))
        show(document, as_json=as_json, text=history_text if history else why_text)


def why_text(document: Mapping[str, Any]) -> str:
    """Return the answer as one reads it aloud: the sentence, the chain, the days that add up."""
    if document["problem"] is not None and not document["chain"]:
        return f"{_subject(document)} cannot be computed: {document['problem']}"
    if "moves" not in document:
        date = weekday_moment(document["date"])
        return "\n".join([f"{_subject(document)} is {date}.", "", *_chain(document, moved=False)])
    parts = [_sentence(document), "", *_chain(document, moved=True), "", *_sums(document)]
    if "steps" in document:
        rows = [(step["step"], _days(step["days"])) for step in document["steps"]]
        parts += ["", "In half steps:", *_columns(rows)]
    if "shares" in document:
        shares = [
            (f"{share['party']}, {words(share['reason'])}", _days(share["days"]),
             "concurrent with others" if share["concurrent"] else "")
            for share in document["shares"]
        ]  # fmt: skip
        parts += ["", "Shares over all orders (Shapley):", *_columns(shares)]
    parts += ["", *_moves(document)]
    if document["near"]:
        names = ", ".join(near["name"] for near in document["near"])
        parts += ["", f"Nearly as late, and would have delayed as well: {names}."]
    return "\n".join(parts)


def history_text(document: Mapping[str, Any]) -> str:
    """Return every date in the order in which it was told."""
    rows = [
        (f"#{each['position']}", weekday_moment(each["told_at"]), weekday_moment(each["date"]),
         spoken(each["type"]), each["by"], each["text"] or words(each["reason"] or ""),
         dispute_text(each["dispute"]))
        for each in document["dates"]
    ]  # fmt: skip
    subject = _subject(document)
    subject = f"{subject[0].lower()}{subject[1:]}"
    return "\n".join([f"Every date of {subject}, as it was told:", *_columns(rows)])


def dispute_text(dispute: Mapping[str, Any] | None) -> str:
    """Return who disputes a reason and what he proposes; what was settled says how."""
    if dispute is None:
        return ""
    answers = dispute["proposed_responsible"]
    proposed = dispute["proposed_reason"] + ("" if answers is None else f", {answers} answers")
    told = f"disputed by {dispute['by']}: proposes {proposed}"
    return told if dispute["state"] == "open" else f"{told}; {dispute['state']}"


def _sentence(document: Mapping[str, Any]) -> str:
    subject, days = _subject(document), document["moved_days"]
    if document["after"] is None:
        return f"{subject} had no date between positions {document['from']} and {document['to']}."
    after = weekday_moment(document["after"])
    if not document["moved_min"]:
        return f"{subject} is {after}, as it was at position {document['from']}."
    direction = "later" if document["moved_min"] > 0 else "earlier"
    won = round(document["won_min"] / 1440, 1)
    lost = days + won  # So that what stands in one sentence adds up.
    return (
        f"{subject} moved from {weekday_moment(document['before'])} to {after}: "
        f"{abs(days):.1f} days {direction} ({lost:.1f} lost, {won:.1f} won back)."
    )


def _chain(document: Mapping[str, Any], *, moved: bool) -> Sequence[str]:
    rows = []
    for hop in document["chain"]:
        cells = [
            _named(hop["name"], hop["phase"]),
            hop["edge"],
            weekday_moment(hop["date"]),
            _driver(hop),
        ]
        if moved:
            cells += [_days(hop["moved_min"] / 1440), f"own {_days(hop['own_min'] / 1440)}"]
        rows.append(cells)
    return ["Because:", *_columns(rows)] if rows else ["There is nothing in the plan."]


def _named(name: str, phase_id: str) -> str:
    """Return a phase by name and id: two phases may have the same name."""
    return name if name == phase_id else f"{name} ({phase_id})"


def _driver(hop: Mapping[str, Any]) -> str:
    kind, link, set_by = hop["driver"]["kind"], hop["link"], hop["set_by"]
    if link is not None:
        lag = f" {link['lag']:+} {link['unit']}" if link["lag"] else ""
        return f"waits for {_named(link['pred_name'], link['pred'])}, {link['type']}{lag}"
    told = words(f"{kind} {hop['driver']['ref']}".strip())
    return told if set_by is None else f"{told}, #{set_by['position']} by {set_by['by']}"


def _sums(document: Mapping[str, Any]) -> Sequence[str]:
    rows = [
        (each["name"] or "nobody in particular", _days(each["days"]))
        for each in document["by"]["party"]
    ]
    total = [("together", _days(document["moved_days"]))]
    return [f"Charged to (method: {document['method']}):", *_columns([*rows, *total])]


def _moves(document: Mapping[str, Any]) -> Sequence[str]:
    moves = document["moves"]
    largest = sorted(moves, key=lambda move: -abs(move["minutes"]))[:MOVES_MAX]
    rows = [
        (f"#{move['position']}", weekday_moment(move["told_at"]), spoken(move["type"]),
         move["phase_name"] or move["vendor"] or "", move["party"],
         move["text"] or words(move["reason"]),
         _days(move["minutes"] / 1440), dispute_text(move["dispute"]))
        for move in sorted(largest, key=lambda move: move["position"])
    ]  # fmt: skip
    left = len(moves) - len(largest)
    rest = [f"and {left} smaller ones, in --json"] if left else []
    return ["What moved it, in the order of the log:", *_columns(rows), *rest] if rows else []


def _subject(document: Mapping[str, Any]) -> str:
    if document["phase"] is None:
        return f"The finish of {document['name']}"
    return f"The {document['edge']} of {document['phase_name']}"


def _days(days: float) -> str:
    return f"{days:+.1f} d"


def _columns(rows: Sequence[Sequence[str]]) -> Sequence[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
