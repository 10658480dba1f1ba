"""Show how contracts stand and what they oblige to: `takt contracts`."""

from collections.abc import Iterator, Mapping
from typing import Any

from consumers.verbs.terminal import AsJson, AsOf, opened, show
from domain.kernel.wording import amount_text, counted


def contracts(project: str, as_of: AsOf = None, *, as_json: AsJson = False) -> None:
    """Show the contracts: version, review, open findings, signature, obligations by date."""
    from consumers.contracts import contracts as told  # noqa: PLC0415

    with opened() as system:
        document = told(system.views, project, {} if as_of is None else {"as_of": as_of})
        show(document, as_json=as_json, text=contracts_text)


def contracts_text(document: Mapping[str, Any]) -> str:
    """Return one paragraph for each contract: where it stands, then what is open or has a date."""
    if not document["contracts"]:
        return f"{document['name']} has no contracts."
    parts = [f"{document['name']}, {counted(len(document['contracts']), 'contract')}:"]
    for contract in document["contracts"]:
        parts += _contract(contract)
    return "\n".join(parts)


def _contract(contract: Mapping[str, Any]) -> Iterator[str]:
    signed = contract["signed_version"]
    review = contract["review"]["state"].replace("_", " ")
    yield (
        f"  {contract['contract']}  {contract['party']} ({contract['kind']}), version "
        f"{contract['version']}; review {review}; "
        f"{'not signed' if signed is None else f'version {signed} signed'}"
    )
    for each in contract["contradictions"]:
        yield f"      SIGNED UNREVIEWED at position {each['position']}"
    if contract["review"]["overdue_days"] is not None:
        yield f"      review overdue by {contract['review']['overdue_days']} d"
    if contract["commitments_made"]:
        yield f"      ordered before it was amended: {', '.join(contract['commitments_made'])}"
    for finding in contract["findings"]:
        if finding["settled"] is None:
            yield f"      finding {finding['finding']} on {finding['clause']}: {finding['text']}"
    for each in contract["obligations"]:
        if each["due"] is not None or each["breached_at"] is not None:
            yield _obligation(each)
    for each in contract["exposure"]:
        if each["minor"]:
            owed = amount_text(each["minor"], each["currency"])
            yield f"      clause {each['clause']}: exposure {owed} {each['currency']}"


def _obligation(each: Mapping[str, Any]) -> str:
    told = f"      clause {each['clause']}, {each['kind'].replace('_', ' ')}: due {each['due']}"
    if each["met_at"] is not None:
        told += f", last met {each['met_at'][:10]}"
    if each["breached_at"] is not None:
        told += f", BREACHED {each['breached_at'][:10]}"
    if each["forecast"] is not None:
        told += f", scheduled for {each['forecast']} ({each['late_days']:+d} d)"
    return told if each["overdue_days"] is None else f"{told}, OVERDUE {each['overdue_days']} d"
