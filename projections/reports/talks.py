"""Make the sections of the status report about meetings, inquiries and notices.

Source of the sections: DOMAIN 6.2.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from projections.contract import Row
from projections.reports.section import Fact, Section, absent, day, table

WAITING: Final = frozenset({"open", "drafted", "approved"})
"""The stages in which who asked has no answer yet."""


def meetings(sources: Mapping[str, Row], asked: Row) -> Section:
    """List the meetings to come with what is missing, actions overdue, and inquiries open."""
    del asked
    title = "Meetings and inquiries"
    held, inquired = sources["meetings"]["meetings"], sources["inquiries"]["inquiries"]
    if not held and not inquired:
        return absent("meetings", title, "No meeting and no inquiry was recorded")
    to_come = [each for each in held if each["stage"] in {"planned", "anticipated"}]
    late = [action for each in held for action in each["actions"] if action["overdue"]]
    waiting = [each for each in inquired if each["stage"] in WAITING]
    rows = [
        *map(_meeting, to_come),
        *({"what": "action overdue", "name": each["text"], "by": day(each["due"]),
           "who": each["owner"], "missing": None} for each in late),
        *map(_inquiry, waiting),
    ]  # fmt: skip
    facts = (
        Fact("Meetings planned", sum(each["stage"] == "planned" for each in to_come)),
        Fact("Meetings needed, not planned", sum(each["start"] is None for each in to_come)),
        Fact("Actions overdue", len(late)),
        Fact("Inquiries open", len(waiting)),
        Fact("Inquiries overdue", sum(each["overdue"] for each in waiting)),
    )
    columns = {
        "what": "What", "name": "About", "by": "On or by", "who": "Who", "missing": "Missing",
    }  # fmt: skip
    return table("meetings", title, columns, rows, facts)


def _meeting(meeting: Row) -> Row:
    is_planned = meeting["start"] is not None
    return {
        "what": "meeting" if is_planned else "meeting to be planned",
        "name": meeting["purpose"] or meeting["why"],
        "by": day(meeting["start"] if is_planned else meeting["before"]),
        "who": [*(each["party"] for each in meeting["invited"]), *meeting["external_parties"]],
        "missing": list(_missing(meeting)),
    }


def _missing(meeting: Row) -> Iterator[str]:
    yield from meeting["missing_departments"]
    yield from meeting["missing_roles"]
    for item in meeting["agenda"]:
        if item["unprepared"]:
            yield f"{item['lead']} for {item['topic']}"


def _inquiry(inquiry: Row) -> Row:
    return {
        "what": "inquiry overdue" if inquiry["overdue"] else "inquiry",
        "name": inquiry["text"],
        "by": day(inquiry["due"]),
        "who": inquiry["owner"] or inquiry["department"],
        "missing": f"answer to {inquiry['from']}",
    }


def notices(sources: Mapping[str, Row], asked: Row) -> Section:
    """Count the notices by how far they came; list the parties that have not acknowledged all."""
    del asked
    told = sources["notices"]
    if not told["by_party"]:
        return absent("notices", "Notices", "No notice was prepared")
    rows = [
        {**each, **each["last"], "since": day(each["waiting_since"])}
        for each in told["by_party"]
        if each["not_acknowledged"]
    ]
    facts = [Fact(name.capitalize(), count) for name, count in told["stages"].items() if count]
    columns = {
        "party": "To", "count": "Notices", "not_acknowledged": "Not acknowledged",
        "since": "Since", "waiting_days": "Days waiting", "summary": "The last one",
        "stage": "Its state",
    }  # fmt: skip
    return table("notices", "Notices", columns, rows, facts)


def open_inquiries(inquiries: Row, party: str | None) -> Section:
    """List what a party asked and has no answer to, in its own words and nothing of ours."""
    rows = [
        {"inquiry": each["inquiry"], "asked": each["text"], "on": day(each["received_at"]),
         "due": day(each["due"])}
        for each in inquiries["inquiries"]
        if party is not None and each["from"] == party and each["stage"] in WAITING
    ]  # fmt: skip
    columns = {"inquiry": "Inquiry", "asked": "What you asked", "on": "Asked on", "due": "Due"}
    return table("inquiries", "Your open inquiries", columns, rows)
