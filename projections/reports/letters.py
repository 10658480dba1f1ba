"""Put a notice, or the minutes of a meeting, into the form of a report: sections of facts and rows.

So each can be printed and mailed as reports are. What stands in a letter is named here, field by
field: whoever it goes to sees nothing else of what is known.
"""

from collections.abc import Sequence
from typing import Any, Final

from projections.contract import Row
from projections.reports.section import Fact, Section, day

_KINDS: Final = {
    "delay": "Delay",
    "glitch": "A difficulty ahead",
    "schedule": "Change of dates",
    "report": "Report",
    "request": "Request",
    "reminder": "Reminder",
}
_WHAT: Final = {
    "start": "start",
    "finish": "finish",
    "need": "needed",
    "need_by": "needed by",
    "promise": "promised",
    "project_finish": "end of the project",
}


def notice_letter(document: Row, notice: Row) -> dict[str, Any]:
    """Return a notice of the register's document as a letter to those it is for.

    The same notice gives the same letter for ever: it says what was known when it was prepared.
    """
    changes = notice["changes"]
    more = notice["changes_count"] - len(changes)
    sections = [
        Section(
            "changed",
            "What has changed",
            (Fact("In short", notice["summary"]),)
            + ((Fact("And further dates", more),) if more > 0 else ()),
            ("of", "what", "until now", "from now on", "working days"),
            tuple(
                (each["name"], _WHAT[each["what"]], _moment(each["old"]), _moment(each["new"]),
                 str(each["days"]))
                for each in changes
            ),
        ),
        Section(
            "answer",
            "Please answer",
            (
                Fact("Please confirm that you have read this notice", notice["notice"]),
                Fact("Digest of what changed", notice["content_hash"]),
            ),
        ),
    ]  # fmt: skip
    title = f"{_KINDS[notice['kind']]}: {document['name']}"
    return _letter(document, title, notice["recipients"], sections) | {
        "position": notice["position"],
        "as_of": notice["prepared_at"],
        "digest": notice["content_hash"],
    }


def minutes_letter(document: Row, meeting: Row) -> dict[str, Any]:
    """Return the minutes of a meeting that was planned, for those invited to it.

    As of the register's position; its digest is for whoever gives it out to add.
    """
    sections = [
        _held(meeting),
        _said(meeting),
        Section(
            "decisions",
            "Decisions",
            columns=("no.", "decision"),
            rows=tuple((each["decision"], each["text"]) for each in meeting["decisions"]),
        ),
        Section(
            "actions",
            "Actions",
            columns=("who", "what", "by", "state"),
            rows=tuple(
                (each["owner"], each["text"], day(each["due"]),
                 "done" if each["done"] else "overdue" if each["overdue"] else "open")
                for each in meeting["actions"]
            ),
        ),
    ]  # fmt: skip
    title = f"Minutes: {meeting['purpose'] or meeting['why']}"
    invited = [each["party"] for each in meeting["invited"]]
    found = _letter(document, title, invited, sections)
    return found | {"as_of": document["now"] or meeting["start"]}


def _letter(
    document: Row, title: str, to: Sequence[str], sections: Sequence[Section]
) -> dict[str, Any]:
    return {
        "project": document["project"],
        "name": document["name"],
        "title": title,
        "audience": ", ".join(to) or "the project",
        "position": document["position"],
        "as_of": document["now"],
        "sections": [each.document() for each in sections],
    }


def _held(meeting: Row) -> Section:
    present = meeting["present"]
    there = frozenset(present or ())
    invited = [each["party"] for each in meeting["invited"]]
    return Section(
        "meeting",
        "The meeting",
        (
            Fact("When", _moment(meeting["start"])),
            Fact("Where", meeting["place"]),
            Fact("Present", None if present is None else ", ".join(present)),
            Fact(
                "Invited and not there",
                None
                if present is None
                else ", ".join(each for each in invited if each not in there) or "nobody",
            ),
            Fact("Approved by", meeting["minutes_approved_by"]),
        ),
    )


def _said(meeting: Row) -> Section:
    """Return what was said by the items of the agenda, and below them what belongs to none."""
    rows = []
    for item in meeting["agenda"]:
        said = [each["text"] for each in meeting["said"] if each["item"] == item["item"]]
        rows += [(item["topic"], item["lead"], text) for text in said or ("",)]
    known = {item["item"] for item in meeting["agenda"]}
    rows += [("", "", each["text"]) for each in meeting["said"] if each["item"] not in known]
    return Section("agenda", "Agenda", columns=("topic", "led by", "said"), rows=tuple(rows))


def _moment(text: str | None) -> str | None:
    """Return a day as it is, and an instant with its minute in its own zone."""
    return None if text is None else text[:16].replace("T", " ")
