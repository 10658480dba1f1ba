"""Make up what a plant reports: facts about the phases of some projects."""

import json
from collections.abc import Iterator
from random import Random
from typing import Final, Literal, NamedTuple

from tests.chaos.history import Identity, digest_of_body

PROJECTS: Final = 8
PHASES: Final = 4
TYPE: Final = "phase.interrupted.v1"
HAPPENED: Final = "2026-03-02T07:00:00Z"

Kind = Literal["fact", "unknown", "malformed"]


class Message(NamedTuple):
    """A message of a plant system: what is sent, and what is to be known of it."""

    identity: Identity
    project: str
    body: str
    sent: bytes
    kind: Kind


def message(source: str, unique: str, project: str, subject: str, says: str = "") -> Message:
    """Return a fact about a subject; the same arguments give the same bytes."""
    data = {"at": HAPPENED, "stop_code": says or unique}
    sent = {
        "specversion": "1.0",
        "id": unique,
        "source": source,
        "type": TYPE,
        "subject": subject,
        "time": HAPPENED,
        "data": data,
    }
    kind: Kind = "unknown" if subject.endswith("/later") else "fact"
    body = digest_of_body(subject, TYPE, data)
    return Message(Identity(source, unique), project, body, json.dumps(sent).encode(), kind)


def messages(source: str, chance: Random, prefix: str = "") -> Iterator[Message]:
    """Yield new facts for ever, whose ids begin so; a few are about a phase nobody planned."""
    number = 0
    while True:
        number += 1
        project = f"PRJ-{chance.randrange(PROJECTS)}"
        phase = "later" if chance.random() < 0.03 else f"p{chance.randrange(PHASES)}"
        yield message(source, f"{prefix}{number:06d}", project, f"phase-{project}/{phase}")
