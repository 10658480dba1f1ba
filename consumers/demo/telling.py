"""Put the demo's story into messages: facts as CloudEvents, requests by name and body."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from consumers.demo import plant_beats
from consumers.demo.project import PROJECT_ID, ZONE
from domain.kernel.messages import COORDINATOR
from domain.kernel.minutes import instant_of
from domain.kernel.values import rfc3339

PLANT: Final = "/nordquell-build/halle-2/mes"
ERP: Final = "/nordquell-build/erp"
OFFICE: Final = "/nordquell-build/departments"
PORTAL: Final = "/nordquell/portal"

Requests = Sequence[tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Beat:
    """One message of the story: a fact as a structured CloudEvent, or commands with their bodies.

    Commands have a body each and are decided as one; `name` is that of the first.
    """

    at: datetime
    id: str
    kind: Literal["fact", "command", "commands"]
    name: str
    body: Mapping[str, Any] | Requests
    party: str = "demo-coordinator"
    role: str = COORDINATOR

    def encoded(self) -> bytes:
        return json.dumps(self.body, ensure_ascii=False).encode()

    def requests(self) -> Requests:
        """Return the commands that are decided as one; none where it is a fact or one command."""
        return () if isinstance(self.body, Mapping) else self.body


def local(day: date, at: time) -> datetime:
    """Return a time of day where the plant is, in UTC."""
    return datetime.combine(day, at, ZoneInfo(ZONE)).astimezone(UTC)


def fact(
    at: datetime,
    message_id: str,
    name: str,
    subject: str,
    data: Mapping[str, Any],
    source: str = PLANT,
    *,
    true: datetime | None = None,
    **extensions: str,
) -> Beat:
    """Return a fact, told when it was true unless another moment is given for that."""
    body = {
        "specversion": "1.0",
        "id": message_id,
        "source": source,
        "type": name,
        "subject": subject,
        "time": rfc3339(true or at),
        "datacontenttype": "application/json",
        **extensions,
        "data": data,
    }
    return Beat(at, message_id, "fact", name, body)


def command(
    at: datetime,
    message_id: str,
    name: str,
    party: str = "demo-coordinator",
    role: str = COORDINATOR,
    **body: object,
) -> Beat:
    """Return a request on the demo's project."""
    return Beat(at, message_id, "command", name, {"project_id": PROJECT_ID, **body}, party, role)


def commands(at: datetime, message_id: str, requests: Requests, **who: str) -> Beat:
    """Return requests that are decided as one: all of them, or none."""
    return Beat(at, message_id, "commands", requests[0][0], requests, **who)


def as_in_a_plant(beats: Iterable[plant_beats.Beat], prefix: str) -> Iterator[Beat]:
    """Tell of the demo's project what the generator of plants tells of any of its projects."""
    for number, beat in enumerate(beats):
        at, message_id = instant_of(beat.told), f"{prefix}-{number}"
        if beat.what == "asked":
            yield commands(at, message_id, json.loads(beat.more))
            continue
        source, name, data = beat.more.split(" ", 2)
        source = source.replace("/plant/", "/nordquell-build/")
        true, told = instant_of(beat.true), json.loads(data)
        yield fact(at, message_id, name, beat.subject, told, source, true=true, project=PROJECT_ID)
