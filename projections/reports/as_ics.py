"""Write the milestones of a schedule as a calendar that other calendars subscribe to or take in."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from projections.contract import Row
from projections.reports.office import words

MILESTONES: Final = frozenset({"start_ms", "finish_ms"})


def milestones_ics(schedule: Mapping[str, Any]) -> bytes:
    """Return a calendar with an event per milestone that has a date, in the project's zone.

    An event keeps its UID however often it moves, and its SEQUENCE is the position of the log: a
    later file replaces what an earlier one said. Source: RFC 5545, 3.8.4.7 and 3.8.7.4.
    """
    zone = ZoneInfo(schedule["zone"])
    told = Calendar()
    told.add("prodid", "-//Takt//EN")
    told.add("version", "2.0")
    told.add("x-wr-calname", words(f"{schedule['name']}: milestones"))
    moments = []
    for phase in schedule["phases"]:
        if phase["kind"] in MILESTONES and phase["finish"] is not None:
            at = datetime.fromisoformat(phase["finish"]).astimezone(zone)
            moments.append(at)
            told.add_component(_event(phase, at, schedule))
    if moments:
        first, last = min(moments).year, max(moments).year
        told.add_missing_timezones(date(first, 1, 1), date(last + 1, 1, 1))
    written: bytes = told.to_ical()
    return written


def _event(phase: Row, at: datetime, schedule: Mapping[str, Any]) -> Event:
    branch = schedule.get("branch")
    # What would be on a branch must not take the place of what is.
    under = "" if branch is None else f"{branch['id']}/"
    event = Event()
    event.add("uid", words(f"{schedule['project']}/{under}{phase['id']}@milestones.takt"))
    event.add("sequence", schedule["position"])
    # The schedule knows no later moment of its own, and the clock is none of its business.
    event.add("dtstamp", datetime.fromisoformat(schedule["data_date"] or schedule["start"]))
    event.add("dtstart", at)
    event.add("summary", words(phase["name"]))
    reached = "reached" if phase["actual_finish"] is not None else "planned"
    event.add("description", words(f"{phase['department']}: {reached}, {phase['wbs']}"))
    event.add("transp", "TRANSPARENT")  # It takes nobody's time.
    return event
