"""Show the customer's special requests: `takt requests`."""

from collections.abc import Mapping
from typing import Any

from consumers.verbs.terminal import AsJson, AsOf, opened, show
from consumers.verbs.texts import said
from domain.kernel.wording import amount_text


def requests(project: str, as_of: AsOf = None, *, as_json: AsJson = False) -> None:
    """Show the special requests: stage, impact in days and money, whether it is stale, age."""
    from consumers.special_requests import requests as told  # noqa: PLC0415

    with opened() as system:
        document = told(system.views, project, {} if as_of is None else {"as_of": as_of})
        show(document, as_json=as_json, text=requests_text)


def requests_text(document: Mapping[str, Any]) -> str:
    """Return one line for each request."""
    if not document["requests"]:
        return f"{document['name']} has no special requests."
    counts = [f"{count} {stage}" for stage, count in document["stages"].items() if count]
    return "\n".join(
        [f"{document['name']}: {', '.join(counts)}.", *map(_request, document["requests"])]
    )


def _request(request: Mapping[str, Any]) -> str:
    age = "" if request["age_days"] is None else f", {request['age_days']} d old"
    wish, stage = said(request["verbatim"]), f"{request['stage']}{age}"
    told = f"  {request['request']}  {request['from']}: “{wish}” {stage}"
    impact = request["impact"]
    if impact is None:
        return f"{told}; not assessed"
    if request["cost"] is not None:
        return f"{told}; it cost {float(request['cost']['days']):+g} working days"
    told += f"; {float(impact['days']):+g} working days"
    if impact["money"] is not None:
        minor, currency = impact["money"]["minor"], impact["money"]["currency"]
        told += f", {amount_text(minor, currency)} {currency}"
    return f"{told}; STALE: {', '.join(impact['moved'])} moved since" if impact["stale"] else told
