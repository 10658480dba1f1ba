"""Write meetings as invitations that calendars of people take in, move and take out again.

Source: RFC 5545 for what stands there, RFC 5546 for what asks for an answer.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vText

from projections.contract import Row
from projections.reports.office import words

DOMAIN: Final = "meetings.takt"
PARTY: Final = "urn:takt:party:"
"""Stands for a party who is no address of mail."""
_ROLES: Final = {"required": "REQ-PARTICIPANT", "optional": "OPT-PARTICIPANT"}
_TO_COME: Final = "planned"
_CANCELLED: Final = "cancelled"


def meetings_ics(document: Mapping[str, Any]) -> bytes:
    """Return a calendar of the meetings that have a time.

    A document of one meeting is an invitation to it, which asks for an answer, or takes it back
    where the meeting was cancelled; of several it is a calendar to subscribe to. A meeting keeps
    its UID, and its SEQUENCE rises whenever it is moved or cancelled.
    """
    rows = [row for row in document["meetings"] if row["start"] is not None]
    zone = ZoneInfo(document["zone"])
    told = Calendar()
    told.add("prodid", "-//Takt//EN")
    told.add("version", "2.0")
    told.add("method", _method(document["meetings"]))
    told.add("x-wr-calname", words(f"{document['name']}: meetings"))
    for row in rows:
        told.add_component(_event(row, document["project"], zone))
    told.add_missing_timezones()
    written: bytes = told.to_ical()
    return written


def address_of(party: str) -> str:
    """Return a party as a calendar addresses it: by mail, if its name is an address of mail."""
    return f"mailto:{party}" if "@" in party else f"{PARTY}{quote(party, safe='')}"


def uid_of(project_id: str, meeting_id: str) -> str:
    """Return what a meeting is known by in calendars."""
    return f"{project_id}/{meeting_id}@{DOMAIN}"


def _method(rows: list[Row]) -> str:
    if len(rows) != 1:
        return "PUBLISH"
    return "CANCEL" if rows[0]["stage"] == _CANCELLED else "REQUEST"


def _event(row: Row, project_id: str, zone: ZoneInfo) -> Event:
    start = datetime.fromisoformat(row["start"]).astimezone(zone)
    event = Event()
    event.add("uid", words(uid_of(project_id, row["meeting"])))
    event.add("sequence", row["sequence"])
    event.add("dtstamp", datetime.fromisoformat(row["called_at"]).astimezone(UTC))
    event.add("dtstart", start)
    # Minutes of the clock: when summer time ends meanwhile, it does not last an hour longer.
    end = (start.astimezone(UTC) + timedelta(minutes=row["duration_min"])).astimezone(zone)
    event.add("dtend", end)
    event.add("summary", words(row["purpose"]))
    event.add("status", "CANCELLED" if row["stage"] == _CANCELLED else "CONFIRMED")
    if row["place"] is not None:
        event.add("location", words(row["place"]))
    if row["link"] is not None:
        event.add("url", words(row["link"]))
    agenda = [f"{each['topic']} ({each['lead']})" for each in row["agenda"]]
    if agenda:
        event.add("description", words("\n".join(agenda)))
    event.add("organizer", vCalAddress(f"{PARTY}takt"))
    for invited in row["invited"]:
        event.add("attendee", _attendee(invited, row), encode=False)
    return event


def _attendee(invited: Row, meeting: Row) -> vCalAddress:
    attendee = vCalAddress(address_of(invited["party"]))
    attendee.params["CN"] = vText(words(invited["party"]))
    attendee.params["ROLE"] = vText(_ROLES[invited["attendance"]])
    attendee.params["PARTSTAT"] = vText(invited["answer"] or "NEEDS-ACTION")
    attendee.params["RSVP"] = vText("TRUE" if meeting["stage"] == _TO_COME else "FALSE")
    if invited["delegate"] is not None:
        attendee.params["DELEGATED-TO"] = vCalAddress(address_of(invited["delegate"]))
    return attendee
