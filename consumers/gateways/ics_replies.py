"""Read answers to invitations from a calendar file, as the facts they are.

What an answer says is a fact of the plant like any other: it goes through the same door.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

from icalendar import Calendar, Event

from consumers.failures import WrongInput
from consumers.strict_json import MIB
from domain.kernel.ids import derived_id
from domain.kernel.values import rfc3339
from projections.reports.as_invitations import DOMAIN, PARTY

FILE_BYTES_MAX: Final = 4 * MIB
SOURCE: Final = "takt/replies"
_MAIL: Final = "mailto:"
_ANSWERS: Final = frozenset({"ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"})


Invited: TypeAlias = Callable[[str, str], Collection[str]]
"""Says who was invited to a meeting of a project; raises UnknownSubject."""


def reply_lines(file: Path, invited: Invited) -> Sequence[bytes]:
    """Return each answer as a CloudEvent, one JSON object a line.

    An answer's id follows from what it says, so a file that is taken in again repeats it. Raises
    WrongInput for a file that holds no answers to invitations of Takt, or one of somebody who was
    not invited, and UnknownSubject for a meeting there is not.
    """
    raw = file.read_bytes() if file.stat().st_size <= FILE_BYTES_MAX else b""
    if not raw:
        raise _wrong(file, f"it is empty or larger than {FILE_BYTES_MAX // MIB} MiB")
    try:
        calendars = Calendar.from_ical(raw, multiple=True)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as broken:
        raise _wrong(file, f"it is no calendar that can be read ({broken})") from broken
    found = [each for calendar in calendars for each in _replies(calendar, file, invited)]
    if not found:
        raise _wrong(file, "there is no answer in it")
    return found


def _wrong(file: Path, what: str) -> WrongInput:
    return WrongInput(f"{file.name}: {what}")


def _replies(calendar: Any, file: Path, invited: Invited) -> Iterator[bytes]:  # noqa: ANN401
    method = str(calendar.get("method", "")).upper()
    if method != "REPLY":
        told = method or "none"
        raise _wrong(
            file, f"its METHOD is {told}: only answers (REPLY) to invitations are taken in"
        )
    for event in calendar.walk("VEVENT"):
        yield from _answers(event, file, invited)


def _answers(event: Event, file: Path, invited: Invited) -> Iterator[bytes]:
    project_id, meeting_id = _meeting(event, file)
    known = invited(project_id, meeting_id)
    at = _stamp(event, file)
    attendees = event.get("attendee", [])
    for attendee in attendees if isinstance(attendees, list) else [attendees]:
        answer = str(attendee.params.get("PARTSTAT", "")).upper()
        if answer not in _ANSWERS:
            told = answer or "nothing"
            raise _wrong(file, f"{attendee} answers {told}, which is none of {sorted(_ANSWERS)}")
        data: dict[str, Any] = {"party": _party(attendee, known, file), "answer": answer}
        delegates = attendee.params.get("DELEGATED-TO", ())
        for delegate in (delegates,) if isinstance(delegates, str) else delegates:
            data["delegate"] = _name(str(delegate))
        yield _event(project_id, meeting_id, data, rfc3339(at))


def _event(project_id: str, meeting_id: str, data: dict[str, Any], at: str) -> bytes:
    said = json.dumps(data, sort_keys=True)
    event = {
        "specversion": "1.0",
        "id": derived_id("reply-", project_id, meeting_id, said, at),
        "source": SOURCE,
        "type": "meeting.invitation_answered.v1",
        "subject": f"meeting-{meeting_id}",
        "time": at,
        "project": project_id,
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False).encode()


def _meeting(event: Event, file: Path) -> Sequence[str]:
    uid = str(event.get("uid", ""))
    name, _, domain = uid.rpartition("@")
    parts = name.split("/")
    if domain != DOMAIN or len(parts) != 2:  # noqa: PLR2004  A project, and a meeting of it.
        raise _wrong(file, f"{uid[:80]!r} is no meeting of Takt")
    return parts


def _stamp(event: Event, file: Path) -> datetime:
    stamp = event.get("dtstamp")
    at = None if stamp is None else stamp.dt
    if not isinstance(at, datetime):
        told = "none" if not isinstance(at, date) else at
        raise _wrong(file, f"an answer has a DTSTAMP that is a time, not {told}")
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _party(attendee: Any, known: Collection[str], file: Path) -> str:  # noqa: ANN401
    """Return who answers: whoever was invited under the address, or under the name beside it."""
    names = (_name(str(attendee)), str(attendee.params.get("CN", "")))
    for name in names:
        if name in known:
            return name
    raise _wrong(file, f"{names[0]} was not invited; invited are {', '.join(sorted(known))}")


def _name(address: str) -> str:
    if address.lower().startswith(PARTY):
        return unquote(address[len(PARTY) :])
    if address.lower().startswith(_MAIL):
        return address[len(_MAIL) :]
    return address
