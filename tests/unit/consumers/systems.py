"""Give a whole system on a SQLite file of its own, with a clock that stands where it is put."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from consumers.bootstrap import System, build
from consumers.deciding import Ask, Request
from consumers.intake import judge_fact
from consumers.kafka.envelope import PROJECT
from consumers.kafka.json_format import read_event
from consumers.settings import Settings
from domain.kernel.messages import COORDINATOR, PLANT_SYSTEM, Principal
from domain.log.port import MessageKey, Original, Outcome

START = datetime(2026, 3, 2, 7, tzinfo=UTC)
COORDINATES = Principal(party_id="anna", role=COORDINATOR)
PLANT = Principal(party_id="mes", role=PLANT_SYSTEM)


class StandingClock:
    """A clock that goes on only when told to."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


@contextmanager
def system_in(home: Path, clock: StandingClock | None = None) -> Iterator[System]:
    """Build a system in a folder and close it at the end."""
    system = build(Settings(home=home), clock=clock or StandingClock())
    try:
        yield system
    finally:
        system.close()


def ask(
    system: System,
    name: str,
    body: str,
    *,
    message_id: str,
    principal: Principal = COORDINATES,
    expected_version: int | None = None,
) -> Outcome:
    """Ask for one thing, as an edge would."""
    return system.dispatcher.dispatch(
        name,
        body.encode(),
        key=MessageKey("tests", message_id),
        principal=principal,
        received_at=system.clock(),
        expected_version=expected_version,
    )


def ask_all(system: System, requests: list[tuple[str, str]], *, message_id: str) -> Outcome:
    """Ask for several things as one decision."""
    return system.dispatcher.dispatch_batch(
        [Request(name, body.encode()) for name, body in requests],
        Ask(MessageKey("tests", message_id), COORDINATES, system.clock()),
    )


def report(
    system: System,
    name: str,
    subject: str,
    data: Mapping[str, object],
    *,
    message_id: str,
    true_at: datetime | None = None,
    project: str | None = None,
) -> Outcome:
    """Tell of something that happened, as a plant would: now, where no other moment is said."""
    event = {
        "specversion": "1.0",
        "id": message_id,
        "source": "/plant/mes",
        "type": name,
        "subject": subject,
        "time": (true_at or system.clock()).isoformat(),
        "data": data,
    }
    if project is not None:
        event[PROJECT] = project
    raw = json.dumps(event).encode()
    submission = judge_fact(
        read_event(raw),
        door=system.door,
        principal=PLANT,
        received_at=system.clock(),
        original=Original("file", message_id, raw),
    )
    (outcome,) = system.log.append([submission])
    return outcome


OPEN_BODY = (
    '{"project_id":"P","name":"Press","zone":"UTC","calendar_id":"std",'
    '"start":"2026-03-02T08:00:00Z"}'
)
OPEN = ("project.open.v1", OPEN_BODY)


def plan_phase(phase_id: str, minutes: int = 480) -> tuple[str, str]:
    """Return a request to plan a phase."""
    body = (
        f'{{"project_id":"P","phase_id":"{phase_id}","name":"{phase_id}",'
        f'"department_id":"Works","duration_min":{minutes}}}'
    )
    return "plan.plan_phase.v1", body


def link(pred: str, succ: str) -> tuple[str, str]:
    """Return a request to link two phases finish to start."""
    return (
        "plan.link_phases.v1",
        f'{{"project_id":"P","link_id":"{pred}-{succ}","pred":"{pred}","succ":"{succ}"}}',
    )
