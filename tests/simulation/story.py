"""Make up what plants report and a coordinator asks for in one small world, from a seed."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, Literal

from consumers.kafka.json_format import MEDIA_TYPE

HEADERS: Final = (("content-type", MEDIA_TYPE.encode()),)
BEGUN: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
NOW: Final = datetime(2026, 3, 20, 6, tzinfo=UTC)
"""The world's clock at the start: every fact is older than any clock that jumps."""
PLANNED: Final = ("a", "b", "c", "late")
NEVER_PLANNED: Final = "never"
ORDER: Final = "PO-1"

Nature = Literal["fact", "broken", "ahead", "request"]


@dataclass(frozen=True, slots=True)
class Sent:
    """A record as its sender made it, and what the checker needs to know of it."""

    nature: Nature
    topic: Literal["facts", "requests"]
    key: bytes
    value: bytes
    source: str = ""
    message_id: str = ""
    body: int = 0
    """Which body this message id was sent with; another number is another body."""
    stream: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """A request to the API, with the id under which it is repeated."""

    message_id: str
    name: str
    body: bytes


def requests(rng: Random) -> list[Wish]:
    """Return what the coordinator asks for, in order; some of it cannot be granted."""
    first = [
        _wish("project.open.v1", name="Press", zone="UTC", calendar_id="std", start=_at(0)),
        *(_phase(phase) for phase in PLANNED[:3]),
        _link("a", "b"),
        _link("b", "c"),
        _wish(
            "project.set_promise.v1",
            to_party="C",
            deliverable="Press",
            promised_date="2026-03-05",
        ),
    ]
    revised = {"phase_id": "b", "reason": {"code": "estimate_wrong"}}
    later = [
        _wish("plan.revise_duration.v1", duration_min=4_800, **revised),
        _wish("plan.revise_duration.v1", duration_min=60, **revised),
        _wish("phase.release.v1", phase_id="a"),
        _wish("phase.release.v1", phase_id="nobody"),
        _link("c", "a"),
        _wish("project.hold.v1", reason={"code": "estimate_wrong"}),
        _wish("project.resume.v1"),
        _wish(
            "commitment.request.v1",
            commitment_id=ORDER,
            vendor="V",
            kind="goods",
            item="valve",
            qty="1",
            uom="H87",
            need_by="2026-03-10",
        ),
        _wish("commitment.send.v1", commitment_id=ORDER, revision=1, channel="email"),
        _wish("plan.revise_duration.v1", duration_min=9_600, **revised),
        *(_wish("publication.publish_schedule.v1", audience=each) for each in ("A", "B", "C")),
    ]
    rng.shuffle(later)
    chosen = [*first, *later[: rng.randint(5, len(later))], _phase("late"), _link("b", "late")]
    return [
        Wish(f"ask-{number}", name, json.dumps({"project_id": "P", **body}).encode())
        for number, (name, body) in enumerate(chosen)
    ]


def reports(rng: Random, plant: int) -> list[Sent]:
    """Return what one plant sends, in order: facts, broken bytes, ids used twice."""
    source = f"/plant/{plant}"
    facts = []
    for phase in rng.sample([*PLANNED, NEVER_PLANNED], 2):
        stream = f"phase-P/{phase}"
        facts += [(stream, name, data) for name, data in _life_of_a_phase(rng)]
    if rng.random() < 0.5:
        moved = {"new": "2026-03-20", "told_by": "V", "channel": "email"}
        facts.append((f"commitment-{ORDER}", "commitment.promise_date_moved.v1", moved))
    if rng.random() < 0.5:
        facts.sort(key=lambda _: rng.random())
    sent: list[Sent] = []
    for number, (stream, name, data) in enumerate(facts):
        message_id = f"{plant}-{number}"
        one = _fact(source, message_id, stream, name, data)
        sent.append(one)
        if rng.random() < 0.1:
            sent.append(_fact(source, message_id, stream, name, data, body=1))
        if rng.random() < 0.1:
            sent.append(Sent("broken", "facts", one.key, one.value[: rng.randrange(40)]))
        if rng.random() < 0.05:
            sent.append(_ahead(source, f"{message_id}-ahead", stream))
        if sent and rng.random() < 0.15:
            sent.append(rng.choice([each for each in sent if each.nature == "fact"]))
    if rng.random() < 0.5:
        sent.insert(rng.randrange(len(sent)), _request(source, f"{plant}-request"))
    return sent


def _life_of_a_phase(rng: Random) -> list[tuple[str, dict[str, Any]]]:
    life: list[tuple[str, dict[str, Any]]] = [("phase.started.v1", {"actual_start": _at(1)})]
    for step in range(rng.randint(0, 2)):
        remaining = {"remaining_min": 100 * (3 - step), "basis": "report"}
        life.append(("phase.progress_recorded.v1", remaining))
    if rng.random() < 0.5:
        life.append(("phase.interrupted.v1", {"at": _at(30), "stop_code": "E1"}))
        life.append(("phase.resumed.v1", {"at": _at(40)}))
    life.append(("phase.finished.v1", {"actual_finish": _at(rng.randint(50, 200))}))
    return life


def _fact(
    source: str, message_id: str, stream: str, name: str, data: dict[str, Any], body: int = 0
) -> Sent:
    value = _event(source, message_id, stream, name, data, _at(body))
    return Sent("fact", "facts", stream.encode(), value, source, message_id, body, stream)


def _ahead(source: str, message_id: str, stream: str) -> Sent:
    at = "2027-01-01T00:00:00Z"
    name, data = "phase.started.v1", {"actual_start": at}
    if not stream.startswith("phase-"):
        name, data = "commitment.receipt_posted.v1", {"qty": "1", "at": at}
    value = _event(source, message_id, stream, name, data, at)
    return Sent("ahead", "facts", stream.encode(), value, source, message_id, 0, stream)


def _request(source: str, message_id: str) -> Sent:
    data = {"project_id": "P", "phase_id": "a", "remaining_min": 5}
    value = _event(source, message_id, "phase-P/a", "phase.record_progress.v1", data, _at(0))
    return Sent("request", "requests", b"P", value, source, message_id, 0, "phase-P/a")


def _event(
    source: str, message_id: str, stream: str, name: str, data: dict[str, Any], at: str
) -> bytes:
    event = {
        "specversion": "1.0",
        "id": message_id,
        "source": source,
        "type": name,
        "subject": stream,
        "time": at,
        "data": data,
    }
    return json.dumps(event).encode()


def _at(hours: int) -> str:
    return (BEGUN + timedelta(hours=hours)).isoformat()


def _wish(name: str, /, **body: Any) -> tuple[str, dict[str, Any]]:  # noqa: ANN401
    return name, body


def _phase(phase: str) -> tuple[str, dict[str, Any]]:
    return _wish(
        "plan.plan_phase.v1", phase_id=phase, name=phase, department_id="Works", duration_min=480
    )


def _link(pred: str, succ: str) -> tuple[str, dict[str, Any]]:
    return _wish("plan.link_phases.v1", link_id=f"{pred}-{succ}", pred=pred, succ=succ)
