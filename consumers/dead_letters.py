"""Take dead letters in again, as they came or mended, through the door they first came to.

A mended letter is judged as a new message that stands where the old one stood. A letter is marked
once what it says is in the log; until then it stays among those to be looked at, also while its
fact waits for a subject. Redriving twice records once: the message's id is known by then.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from consumers.failures import WrongInput
from consumers.intake import Dispatcher, FactDoor, dispatch_request, judge_fact, text_of
from consumers.kafka.binding import from_http, from_kafka
from consumers.kafka.envelope import CloudEvent
from consumers.kafka.json_format import MEDIA_TYPE, read_event
from consumers.strict_json import parse
from domain.kernel.messages import COORDINATOR, PLANT_SYSTEM, Principal
from domain.kernel.refusals import DomainError, Malformed
from domain.log.port import EventLog, KeptLetter, Original, Outcome

PAGE: Final = 500
STRUCTURED: Final = (("content-type", MEDIA_TYPE.encode()),)

Result: TypeAlias = Literal["recorded", "repeated", "parked", "refused", "conflict", "redriven"]
"""What redriving came to; `redriven`: it was taken in before, and nothing was done now."""

TAKEN_IN: Final = frozenset({"recorded", "repeated", "parked", "redriven"})


@dataclass(frozen=True, slots=True)
class Redriven:
    """What became of one letter."""

    id: int
    place: str
    result: Result
    position: int = 0
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Redriver:
    """What redriving needs: the log, the doors, and the clock."""

    log: EventLog
    door: FactDoor
    dispatcher: Dispatcher
    clock: Callable[[], datetime]

    def letter(self, letter_id: int) -> KeptLetter:
        """Return a letter; raises WrongInput where there is none."""
        for kept in self.log.dead_letters(letter_id - 1, 1):
            if kept.id == letter_id:
                return kept
        msg = f"there is no dead letter {letter_id}: `takt dlq list` lists them"
        raise WrongInput(msg)

    def waiting(self) -> Iterator[KeptLetter]:
        """Yield the letters that were not taken in again, oldest first."""
        after = 0
        while page := self.log.dead_letters(after, PAGE):
            yield from (kept for kept in page if kept.redriven_at is None)
            after = page[-1].id

    def redrive(self, kept: KeptLetter, mended: bytes | None = None) -> Redriven:
        """Judge a letter anew, with other bytes if it was mended; never raises a refusal.

        Raises LogUnavailable when the database is away: whether it was recorded by then, doing it
        again tells.
        """
        original = kept.letter.original
        if kept.redriven_at is not None:
            return Redriven(kept.id, original.place, "redriven")
        if mended is not None:
            original = _mended(original, mended)
        try:
            outcome = self._taken(original)
        except DomainError as refusal:
            return Redriven(
                kept.id, original.place, "refused", code=refusal.code, text=text_of(refusal)
            )
        if outcome.kind == "recorded":
            self.log.mark_redriven(kept.id, self.clock())
        return Redriven(
            kept.id,
            original.place,
            _result(outcome),
            outcome.position,
            outcome.code,
            outcome.text,
        )

    def _taken(self, original: Original) -> Outcome:
        event, principal = event_of(original), principal_of(original)
        if is_request(original):
            return dispatch_request(
                event, dispatcher=self.dispatcher, principal=principal, received_at=self.clock()
            )
        submission = judge_fact(
            event,
            door=self.door,
            principal=principal,
            received_at=self.clock(),
            original=original,
        )
        (outcome,) = self.log.append([submission])
        return outcome


def _result(outcome: Outcome) -> Result:
    match outcome.kind:
        case "recorded":
            return "repeated" if outcome.repeated else "recorded"
        case "parked" | "conflict" as kept:
            return kept
        case _:
            return "refused"


def event_of(original: Original) -> CloudEvent:
    """Read a letter's message as its channel does; raises Malformed."""
    value = original.value or b""
    match original.channel:
        case "kafka":
            return from_kafka(original.headers, original.value)
        case "http":
            headers = [(name.encode("latin-1"), text or b"") for name, text in original.headers]
            return from_http(headers, value)
        case "file":
            return read_event(value)
        case channel:
            msg = f"the letter keeps no message as it came ({channel}): send it again at its source"
            raise Malformed(msg)


def is_request(original: Original) -> bool:
    """Tell whether a letter came by a topic of requests: they stand in topics of commands."""
    return original.channel == "kafka" and ".commands." in original.place


def principal_of(original: Original) -> Principal:
    """Return who sent a letter, as its channel has it: the topic, the party, or the local file."""
    if original.channel == "kafka":
        topic = original.place.rsplit("/", 2)[0]
        role = COORDINATOR if is_request(original) else PLANT_SYSTEM
        return Principal(party_id=topic, role=role)
    if original.channel == "http":
        return Principal(party_id=original.place.partition("/")[0], role=COORDINATOR)
    return Principal(party_id="local", role=PLANT_SYSTEM)


def _mended(original: Original, value: bytes) -> Original:
    """Put other bytes in a letter's place: a whole CloudEvent, or new data under the old headers.

    A whole one brings its attributes along, so that also what stood in headers can be mended.
    """
    try:
        whole = parse(value)
    except Malformed:
        whole = None
    if isinstance(whole, dict) and "specversion" in whole:
        return replace(original, value=value, headers=STRUCTURED)
    return replace(original, value=value)


def letter_document(kept: KeptLetter) -> dict[str, Any]:
    """Return a letter with all there is of it, as JSON values; what is no text is in hex."""
    letter = kept.letter
    original = letter.original
    return {
        "id": kept.id,
        "channel": original.channel,
        "place": original.place,
        "code": letter.code,
        "text": letter.text,
        "received_at": letter.received_at.isoformat(),
        "redriven_at": None if kept.redriven_at is None else kept.redriven_at.isoformat(),
        "source": None if letter.key is None else letter.key.source,
        "message_id": None if letter.key is None else letter.key.id,
        "key": _shown(original.key),
        "headers": [{"name": name, **(_shown(value) or {})} for name, value in original.headers],
        "value": _shown(original.value),
    }


def _shown(content: bytes | None) -> dict[str, str] | None:
    if content is None:
        return None
    try:
        return {"text": content.decode()}
    except UnicodeDecodeError:
        return {"hex": content.hex()}


def letter_text(document: dict[str, Any]) -> str:
    """Return a letter for a person: what is known of it, then its message as it came."""
    names = ("id", "channel", "place", "code", "text", "received_at", "redriven_at", "source",
             "message_id")  # fmt: skip
    lines = [f"{name:<12} {document[name]}" for name in names if document[name] is not None]
    lines += [f"header       {_plain(header, header['name'])}" for header in document["headers"]]
    if document["key"] is not None:
        lines.append(f"key          {_plain(document['key'])}")
    value = document["value"]
    return "\n".join([*lines, "", "(no value)" if value is None else _plain(value)])


def _plain(shown: dict[str, str], name: str = "") -> str:
    text = shown.get("text", f"hex {shown['hex']}" if "hex" in shown else "")
    return f"{name}: {text}" if name else text


def redriven_document(results: list[Redriven]) -> dict[str, Any]:
    """Return what redriving came to, as JSON values."""
    return {
        "results": [
            {
                "id": each.id,
                "place": each.place,
                "result": each.result,
                "position": each.position,
                "code": each.code,
                "text": each.text,
            }
            for each in results
        ],
        "taken_in": sum(each.result in TAKEN_IN for each in results),
        "not_taken_in": sum(each.result not in TAKEN_IN for each in results),
    }


def redriven_text(document: dict[str, Any]) -> str:
    """Return what redriving came to for a person: a line for each letter."""
    lines = [
        f"{each['id']}: {each['result']}"
        + (f" at {each['position']}" if each["position"] else "")
        + (f" ({each['code']}: {each['text']})" if each["code"] else "")
        for each in document["results"]
    ]
    return "\n".join(lines) or "there is nothing to redrive"
