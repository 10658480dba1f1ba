"""Show how order lines stand and how vendors kept their dates: `takt vendors`."""

from collections.abc import Iterator, Mapping
from typing import Any

from consumers.verbs.terminal import AsJson, AsOf, opened, show
from domain.kernel.wording import counted
from projections.teller import quantity, words


def vendors(project: str, as_of: AsOf = None, *, as_json: AsJson = False) -> None:
    """Show every order line with its promises, and how each vendor kept his dates."""
    from consumers.vendors import vendors as told  # noqa: PLC0415

    with opened() as system:
        document = told(system.views, project, {} if as_of is None else {"as_of": as_of})
        show(document, as_json=as_json, text=vendors_text)


def vendors_text(document: Mapping[str, Any]) -> str:
    """Return the lines by need, under each the promises that moved, then the vendors."""
    if not document["lines"]:
        return f"{document['name']} has ordered nothing."
    parts = [f"{document['name']}, {counted(len(document['lines']), 'order line')}:"]
    for line in document["lines"]:
        parts += _line(line)
    parts += ["", "On time, of those due (against need, promise, first promise), and days of slip:"]
    parts += [_vendor(each) for each in document["vendors"]]
    return "\n".join(parts)


def _line(line: Mapping[str, Any]) -> Iterator[str]:
    named = [f"{name} {line[name]}" for name in ("need", "promised", "expected") if line[name]]
    dates = ", ".join(named if line["promised"] else [*named, "nothing promised"])
    status = words(line["status"])
    told = f"  {line['commitment']}  {line['vendor']}, {line['item']}: {status}; {dates}"
    if line["received_at"] is not None:
        received = quantity(line["received"], line["uom"])
        told += f", received {received} by {line['received_at'][:10]}"
    overdue = line["overdue_promise_days"] or line["overdue_need_days"]
    yield told if overdue is None else f"{told}; OVERDUE {overdue} d"
    for each in line["promises"]:
        if each["days"] is not None:
            by = ", ".join(each[name] for name in ("told_by", "channel", "proof") if each[name])
            yield f"      promise {each['old']} → {each['new']} ({each['days']:+d} d) {by}".rstrip()


def _vendor(vendor: Mapping[str, Any]) -> str:
    on_time, slip = vendor["on_time"], vendor["slip_days"]
    shares = ", ".join(_share(on_time[name]) for name in ("need", "promise", "first_promise"))
    told = f"  {vendor['vendor']}: {shares}"
    if not slip["n"]:
        return f"{told}; no slip is known"
    return f"{told}; slip median {slip['median']:+d} d, q80 {slip['q80']:+d} d (n = {slip['n']})"


def _share(kept: Mapping[str, Any]) -> str:
    if kept["share"] is None:
        return "undefined"
    return f"{100 * kept['share']:.0f} % ({kept['kept']} of {kept['due']})"
