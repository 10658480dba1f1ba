"""Build valid messages for tests: instants with names, envelopes, histories, what is planned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from domain.kernel.messages import (
    COORDINATOR,
    DEPARTMENT_HEAD,
    Asked,
    DomainEvent,
    Envelope,
    Intake,
    Principal,
    Recorded,
)
from domain.kernel.values import Reason

PROJECT: Final = "PRJ-7"
MONDAY: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
TUESDAY: Final = MONDAY + timedelta(days=1)
WEDNESDAY: Final = MONDAY + timedelta(days=2)
THURSDAY: Final = MONDAY + timedelta(days=3)
FRIDAY: Final = MONDAY + timedelta(days=4)
MINUTE: Final = timedelta(minutes=1)

COORDINATOR_ID: Final = "c.meyer"
HEAD_ID: Final = "head-of-welding"
ASKED: Final = Asked(at=FRIDAY, principal=Principal(party_id=COORDINATOR_ID, role=COORDINATOR))
ASKED_BY_HEAD: Final = Asked(at=FRIDAY, principal=Principal(party_id=HEAD_ID, role=DEPARTMENT_HEAD))

LATE_MATERIAL: Final = Reason(code="material_late")
REWORK: Final = Reason(code="quality_rework", text="Seam out of tolerance")


@dataclass(frozen=True)
class Step:
    """An event with the moment at which it was true, and the door it came through."""

    event: DomainEvent
    at: datetime
    intake: Intake | None = None
    project_id: str = PROJECT


def fact(event: DomainEvent, at: datetime) -> Step:
    """Return an event reported as done."""
    return Step(event, at, "fact")


def envelope(
    event: DomainEvent,
    at: datetime,
    version: int,
    intake: Intake | None = None,
    **changes: Any,  # noqa: ANN401  Whatever a field of the envelope takes.
) -> Envelope:
    """Return a plausible envelope: what may only be a fact is one, everything else was decided."""
    door: Intake = "fact" if event.mark == "fact" else "request"
    known: dict[str, Any] = {
        "recorded_at": at,
        "effective_at": at,
        "intake": intake or door,
        "actor": COORDINATOR_ID,
        "role": COORDINATOR,
        "source": "tests",
        "message_id": f"m-{version}",
        "causation_id": f"m-{version}",
        "correlation_id": f"m-{version}",
        "project_id": PROJECT,
    }
    return Envelope(**{**known, **changes})


def history(stream: str, *events: DomainEvent | Step) -> Sequence[Recorded[Any]]:
    """Return events as recorded in this order; a bare one happens a minute after the one before."""
    recorded: list[Recorded[Any]] = []
    at = MONDAY - timedelta(days=7)
    for version, given in enumerate(events, 1):
        at += MINUTE
        step = given if isinstance(given, Step) else Step(given, at)
        around = envelope(step.event, step.at, version, step.intake, project_id=step.project_id)
        recorded.append(Recorded(step.event, around, stream, version, version))
    return recorded
