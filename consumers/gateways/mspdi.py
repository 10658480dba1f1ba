"""Read Microsoft Project's XML (MSPDI) as a stream into the neutral plan.

A task's UID is its phase's id; times are local times of the project's zone; dates that Project had
computed are kept for comparison only. No document type, entity or address is ever followed.
"""

import re
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import Any, Final, NoReturn

from lxml import etree

from consumers.gateways.mspdi_calendars import SourceCalendar, calendar_of, flattened
from consumers.gateways.mspdi_fields import NAMESPACE, PREFIX, Fields, fields_of
from consumers.gateways.mspdi_shifts import Shifts, Times
from consumers.gateways.mspdi_tasks import ELAPSED_CALENDAR, Sheet
from consumers.gateways.plan_checks import PHASES_MAX, plan_of
from consumers.gateways.plan_form import FORMAT, PlanFile, PlanFileError
from domain.kernel.calendar import STANDARD_WEEK, WorkingCalendar
from domain.kernel.work_axis import ROUND_THE_CLOCK, CalendarError, Windows

_SECTIONS: Final = ("Task", "Calendar", "Resource", "Assignment")
_PROLOGUE_BYTES: Final = 64 * 1024
_STANDARD: Final = "standard"
_ENCODING: Final = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ENCODINGS: Final = re.compile(rb"(?i)utf-?8|us-ascii|iso-8859-\d{1,2}|windows-125\d")
_BEFORE_ROOT: Final = re.compile(rb"(?s)\s+|<\?.*?\?>|<!--.*?-->")
_ID_CHARS: Final = 64
_NOT_IN_IDS: Final = re.compile(r"[^A-Za-z0-9._:-]+")


def read_mspdi(raw: bytes, project_id: str | None = None, zone: str = "UTC") -> PlanFile:
    """Read a project file; raises PlanFileError with a pointer to the place."""
    _check_prologue(raw)
    sheet, calendars, project = _rows(raw)
    sheet.finish()
    name = project.text("Title") or sheet.project_name or project.text("Name") or "Project"
    start = project.time("StartDate")
    if start is None:
        starts = [row["start"] for row in sheet.stored.values() if row["start"] is not None]
        start = min(starts, default=None)
        sheet.notes.append("the project has no start date: the first task's start is taken")
    if project.text("ScheduleFromStart") in {"0", "false"}:
        sheet.notes.append("the project was scheduled from its finish; here it is from its start")
    if project.text("HonorConstraints") in {"0", "false"} and sheet.has_latest_dates:
        sheet.notes.append("links could override latest dates there; here the dates are honoured")
    calendar = _project_calendar(project, calendars)
    head = {
        "id": project_id or _id_of(project.text("Name") or name),
        "name": name,
        "start": start,
        "zone": zone,
        "calendar": calendar,
        "data_date": project.time("StatusDate"),
        "dialect": "msproject",
    }
    return plan_of(
        {
            "format": FORMAT,
            "project": head,
            "calendars": _calendar_rows(sheet, calendars, calendar),
            "resources": sheet.resources,
            "phases": sheet.phases,
            "links": sheet.links,
            "assignments": sheet.assignments,
            "stored": sheet.stored,
            "notes": sheet.notes,
        }
    )


def _rows(raw: bytes) -> tuple[Sheet, dict[int, SourceCalendar], Fields]:
    """Read the sections one element at a time, and what the project says of itself."""
    sheet = Sheet()
    calendars: dict[int, SourceCalendar] = {}
    stream = etree.iterparse(
        BytesIO(raw),
        events=("end",),
        tag=[PREFIX + name for name in _SECTIONS],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )

    def take_calendar(element: etree._Element) -> None:
        calendar = calendar_of(element)
        if calendar.uid in calendars:
            _refuse("duplicate_id", f"two calendars have the UID {calendar.uid}")
        calendars[calendar.uid] = calendar

    take = {
        "Task": sheet.take_task,
        "Calendar": take_calendar,
        "Resource": sheet.take_resource,
        "Assignment": sheet.take_assignment,
    }
    try:
        for _, element in stream:
            section = etree.QName(element).localname
            parent = element.getparent()
            if parent is None or parent.tag != f"{PREFIX}{section}s":
                continue
            take[section](element)
            if len(sheet.phases) > PHASES_MAX:
                _refuse("plan_too_large", f"a plan has at most {PHASES_MAX} phases: split it")
            # The tree would hold a gigabyte of a large file.
            element.clear()
            while element.getprevious() is not None:
                del parent[0]
    except etree.XMLSyntaxError as error:
        _refuse("malformed", f"the file is no well-formed XML: {error.msg}")
    root = stream.root
    if root is None or root.tag != f"{PREFIX}Project":
        found = "nothing" if root is None else str(root.tag)
        _refuse("malformed", f"the root is {found}, not Project in the namespace {NAMESPACE}")
    return sheet, calendars, fields_of(root, "/Project")


def _check_prologue(raw: bytes) -> None:
    """Refuse a document type before any parser sees it, and encodings that could hide one."""
    text = raw[:_PROLOGUE_BYTES].removeprefix(b"\xef\xbb\xbf")
    declared = _ENCODING.match(text)
    if declared is not None and _ENCODINGS.fullmatch(declared[1]) is None:
        _refuse("malformed", f"save the file as UTF-8, not as {declared[1].decode()}")
    place = 0
    while (skipped := _BEFORE_ROOT.match(text, place)) is not None:
        place = skipped.end()
    if text.startswith(b"<!DOCTYPE", place):
        _refuse("malformed", "a document type (DTD) is not accepted: remove it")
    if text[place : place + 1] != b"<" or text[place + 1 : place + 2] in {b"!", b"?", b""}:
        _refuse("malformed", "the file does not begin as XML in UTF-8")


def _project_calendar(project: Fields, calendars: dict[int, SourceCalendar]) -> str:
    uid = project.integer("CalendarUID", -1)
    if uid < 0 and calendars:
        uid = min(calendars)
    return str(uid) if calendars else _STANDARD


def _calendar_rows(
    sheet: Sheet, calendars: dict[int, SourceCalendar], project_calendar: str
) -> list[dict[str, Any]]:
    """Return all calendars with what they inherit; one nobody could work by is left out unused."""
    times = {str(uid): Times(*flattened(each, calendars)) for uid, each in calendars.items()}
    shifts = Shifts(times, project_calendar)
    shifts.assign(sheet)
    used = {project_calendar, *(phase.get("calendar") for phase in sheet.phases)}
    rows = []
    for uid, calendar in sorted(calendars.items()):
        sheet.notes += calendar.lost
        week, dated = times[str(uid)]
        try:
            WorkingCalendar.of("UTC", week, dated)
        except CalendarError as error:
            if str(uid) in used:
                _refuse(error.code, f"calendar {uid}: {error}")
            sheet.notes.append(f"calendar {uid} is used by no task and cannot be worked: {error}")
            continue
        rows.append(_calendar_row(str(uid), calendar.name, week) | {"exceptions": _dated(dated)})
    for made, each in shifts.made.items():
        row = _calendar_row(made, "worked by those assigned", each.week)
        rows.append(row | {"exceptions": _dated(each.dated)})
    for resource in sheet.resources:
        own = resource.get("calendar")
        if own is not None and own not in {row["id"] for row in rows}:
            sheet.notes.append(
                f"resource {resource['id']} names calendar {own}, which is not there"
            )
            del resource["calendar"]
    if not calendars:
        rows.append(_calendar_row(_STANDARD, "Standard", dict(enumerate(STANDARD_WEEK, 1))))
    if ELAPSED_CALENDAR in used:
        rows.append(
            _calendar_row(ELAPSED_CALENDAR, "Elapsed time", dict(enumerate(ROUND_THE_CLOCK, 1)))
        )
    return rows


def _calendar_row(calendar_id: str, name: str, week: Mapping[int, Windows]) -> dict[str, Any]:
    weekly = [{"day": day, "windows": _texts(windows)} for day, windows in sorted(week.items())]
    return {"id": calendar_id, "name": name, "weekly": weekly}


def _dated(dated: Mapping[date, Windows]) -> list[dict[str, Any]]:
    return [{"date": day, "windows": _texts(windows)} for day, windows in sorted(dated.items())]


def _texts(windows: Windows) -> list[list[str]]:
    return [[f"{minute // 60:02}:{minute % 60:02}" for minute in window] for window in windows]


def _id_of(name: str) -> str:
    return _NOT_IN_IDS.sub("-", name).strip("-")[:_ID_CHARS] or "project"


def _refuse(code: str, message: str) -> NoReturn:
    raise PlanFileError(message, code, "")
