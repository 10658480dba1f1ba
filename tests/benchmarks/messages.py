"""Make the messages that benchmarks send: plans that introduce phases, facts about them."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from consumers.intake import FactDoor, judge_fact
from consumers.kafka.json_format import read_event
from domain.kernel.messages import PLANT_SYSTEM, Envelope, Principal
from domain.log.catalogue import catalogue
from domain.log.port import EventLog, MessageKey, Original, Proposed, Submission
from domain.plans.events import PhasePlanned
from domain.projects.events import ProjectOpened

START: Final = datetime(2026, 3, 2, 7, tzinfo=UTC)
PLANT: Final = Principal(party_id="mes", role=PLANT_SYSTEM)
DOOR: Final = FactDoor(catalogue())


def project_of(number: int) -> str:
    return f"PRJ-{number}"


def envelope_of_plan(project: str, at: datetime) -> Envelope:
    """Return who planned a project, and when."""
    return Envelope(
        recorded_at=at,
        effective_at=at,
        intake="request",
        actor="bench",
        role="coordinator",
        source="bench/plan",
        message_id=project,
        causation_id=project,
        correlation_id=project,
        project_id=project,
    )


def introduce(event_log: EventLog, projects: int, phases: int) -> None:
    """Make so many projects known, with so many phases each."""
    for number in range(projects):
        project = project_of(number)
        envelope = envelope_of_plan(project, START)
        opened = ProjectOpened(name=project, zone="UTC", calendar_id="standard", start=START)
        events = [Proposed(f"project-{project}", opened, envelope)] + [
            Proposed(
                f"plan-{project}",
                PhasePlanned(
                    phase_id=f"p{phase}", wbs=str(phase), name=f"Phase {phase}",
                    department_id=f"D{phase % 6}", kind="task", duration_min=480,
                ),
                envelope,
            )
            for phase in range(phases)
        ]  # fmt: skip
        key = MessageKey("bench/plan", project)
        digest = sha256(project.encode()).digest()
        event_log.append([Submission(key, digest, START, tuple(events))])


def fact(number: int, project: int, phase: int) -> bytes:
    """Return one progress record as a structured CloudEvent; numbers make its id and its time."""
    at = START + timedelta(seconds=number)
    moment = at.isoformat().replace("+00:00", "Z")
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"m{number:09d}",
            "source": "/plant/hall-1/mes",
            "type": "phase.progress_recorded.v1",
            "subject": f"phase-{project_of(project)}/p{phase}",
            "time": moment,
            "data": {"remaining_min": 480 - number % 480, "physical_bp": 100, "basis": "count"},
        }
    ).encode()


def judged(raw: bytes, received_at: datetime) -> Submission:
    """Take one message the whole way through the door: strict JSON, CloudEvent, typed event."""
    return judge_fact(
        read_event(raw),
        door=DOOR,
        principal=PLANT,
        received_at=received_at,
        original=Original("http", "bench", raw),
    )
