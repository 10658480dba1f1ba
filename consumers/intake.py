"""Judge facts and requests the same way at every door: Kafka, HTTP and files.

A fact becomes a submission to the log, or a refusal that says what is wrong and where. Each edge
gives a refusal its own form: a problem document, a dead letter, a row of a report.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any, Final, Protocol, cast

from pydantic import TypeAdapter, ValidationError

from consumers.canonical_json import canonical_of_parsed
from consumers.kafka.envelope import (
    CAUSATION_ID,
    CORRELATION_ID,
    EXPECTED_VERSION,
    EXTERNAL_REF,
    PROJECT,
    REASON_CODE,
    REASON_TEXT,
    RESPONSIBLE,
    TRACING,
    ZONE,
    CloudEvent,
    attribute_text,
)
from consumers.strict_json import refusal_of, token
from domain.kernel.filled import filled
from domain.kernel.ids import StreamName, Subject, subject_of
from domain.kernel.messages import AUDITOR, DomainEvent, Envelope, Principal
from domain.kernel.refusals import DomainError, Malformed, NotAuthorised
from domain.kernel.registry import Registry
from domain.log.port import DeadLetter, MessageKey, Original, Outcome, Proposed, Submission

CLOCK_SKEW_MAX: Final = timedelta(minutes=5)
"""A source's clock may run ahead of ours by this much."""

HAPPENED: Final = ("actual_start", "actual_finish", "at")
"""The fields of facts that say when something happened."""

NEVER_FROM_OUTSIDE: Final = frozenset({"clock", "event"})
"""Time is ours to tell, and history is corrected by request."""

_IDS_IN_STREAM: Final[Mapping[str, tuple[int, int]]] = {
    "phase": (2, 2), "resource": (1, 2), "calendar": (1, 2), "report": (3, 3), "estimate": (2, 2),
    "item": (1, 2),
}  # fmt: skip
_ONE_ID: Final = (1, 1)
_OF_A_PROJECT_ALONE: Final = frozenset({"project", "plan", "publication"})
_STREAM: Final[TypeAdapter[str]] = TypeAdapter(StreamName)
_PRINTABLE_MAX: Final = 1_000

ProjectOfSubject = Callable[[str], str | None]


class ClockAhead(Malformed):
    """The fact lies in the future: kept as a dead letter, for the source's clock is wrong."""


@dataclass(frozen=True, slots=True)
class FactDoor:
    """What judging a fact needs to know beside the fact: the catalogue, and who may report."""

    registry: Registry
    sources: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The sources registered for a channel (`kafka`, `http`, `file`); one not named takes any."""
    project_of_subject: ProjectOfSubject = field(default=lambda _: None)
    """The project of a stream whose name does not say it (`commitment-PO-1`), where known."""


class Dispatcher(Protocol):
    """Decide a request and put what was decided into the log."""

    def dispatch(  # noqa: PLR0913  One request has this many circumstances.
        self,
        command_name: str,
        body: bytes,
        *,
        key: MessageKey,
        principal: Principal,
        received_at: datetime,
        expected_version: int | None = None,
        causation_id: str | None = None,
        correlation_id: str | None = None,
    ) -> Outcome:
        """Return the outcome, `refused` included; raise DomainError for what is not remembered."""


def judge_fact(
    event: CloudEvent,
    *,
    door: FactDoor,
    principal: Principal,
    received_at: datetime,
    original: Original,
) -> Submission:
    """Return the fact as a submission to the log; it parks where its subject is not yet known.

    Raises Malformed with the JSON pointer of the place inside the event: ClockAhead for a time
    more than CLOCK_SKEW_MAX after `received_at`; NotAuthorised for a source or project that is
    not the principal's.
    """
    _check_source(event, door, principal, original.channel)
    said = _data_text(event)
    model, text = _model_of(event, said, door.registry)
    stream = _stream_of(event, model.type_name.partition(".")[0])
    project_id = _project_of(event, stream, door.project_of_subject)
    if principal.projects is not None and not principal.may_see(project_id):
        msg = "the fact is about a project that is not yours to report on"
        raise NotAuthorised(msg)
    happened = _read(model, text)
    _must_have_happened(happened, received_at)
    envelope = _envelope(event, principal, received_at, project_id)
    return Submission(
        key=MessageKey(event.source, event.id),
        digest=_digest(event, said),
        received_at=received_at,
        events=(Proposed(stream, happened, envelope),),
        parks=True,
        original=original,
    )


def _must_have_happened(event: DomainEvent, received_at: datetime) -> None:
    """Raise ClockAhead where a fact tells of a moment that is still to come."""
    for name in _moments_of(type(event)):
        moment = getattr(event, name)
        if isinstance(moment, datetime) and moment > received_at + CLOCK_SKEW_MAX:
            msg = f"{name} lies in the future: a fact tells what has happened; check the clock"
            raise ClockAhead(msg, f"/data/{name}")


@cache
def _moments_of(model: type[DomainEvent]) -> tuple[str, ...]:
    return tuple(name for name in HAPPENED if name in model.model_fields)


def dispatch_request(
    event: CloudEvent, *, dispatcher: Dispatcher, principal: Principal, received_at: datetime
) -> Outcome:
    """Hand a request that came as a CloudEvent, named by its type, to the decision it is for.

    Raises DomainError for what the dispatcher does not remember: Malformed, NotAuthorised, an
    unknown name, a stale `expectedversion`, the id of another request.
    """
    return dispatcher.dispatch(
        event.type,
        _data_text(event) or b"{}",
        key=MessageKey(event.source, event.id),
        principal=principal,
        received_at=received_at,
        expected_version=_expected_version(event),
        causation_id=_extension(event, CAUSATION_ID),
        correlation_id=_extension(event, CORRELATION_ID),
    )


def digest_of(event: CloudEvent) -> bytes:
    """Return the SHA-256 of what the event says: its attributes, its data in canonical form.

    The same for every way it can be written down: mode, key order, white space, offset of a time.
    What each hop adds to trace it is no part of it. Raises Malformed where the data is no JSON.
    """
    if isinstance(event.data, bytes):
        msg = "send the data as JSON (datacontenttype application/json)"
        raise Malformed(msg, "/datacontenttype")
    return _digest(event, b"" if event.data is None else canonical_of_parsed(event.data))


def _digest(event: CloudEvent, data_text: bytes) -> bytes:
    # NUL parts them: no attribute holds one, so no two events give the same bytes.
    said = [
        event.id,
        event.source,
        event.type,
        event.subject or "",
        "" if event.time is None else event.time.isoformat(),
        event.dataschema or "",
    ]
    if event.extensions:
        for name, value in sorted(event.extensions.items()):
            if name not in TRACING:
                said += (name, attribute_text(value))
    return sha256(b"%b\0\0%b" % ("\0".join(said).encode(), data_text)).digest()


def dead_letter(
    refusal: DomainError,
    original: Original,
    received_at: datetime,
    key: MessageKey | None = None,
) -> DeadLetter:
    """Keep a refused message with its bytes and the reason."""
    return DeadLetter(original, refusal.code, text_of(refusal), received_at, key)


def text_of(refusal: DomainError) -> str:
    """Return the sentence of a refusal with its place, without anything a database cannot hold."""
    pointer = getattr(refusal, "pointer", "")
    text = f"{pointer}: {refusal}" if pointer else str(refusal)
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return shown[:_PRINTABLE_MAX]


def _check_source(event: CloudEvent, door: FactDoor, principal: Principal, channel: str) -> None:
    if principal.role == AUDITOR:
        msg = "an auditor reads, and reports no facts"
        raise NotAuthorised(msg)
    registered = door.sources.get(channel)
    if registered is not None and event.source not in registered:
        msg = f"{event.source!r} is not registered as a source: ask the operator to add it"
        raise NotAuthorised(msg)


def _model_of(
    event: CloudEvent, data_text: bytes, registry: Registry
) -> tuple[type[DomainEvent], bytes]:
    """Return today's model of the event's type, and its data in today's shape as JSON."""
    model = registry.models.get(event.type)
    if model is None:
        if not registry.knows(event.type):
            msg = f"{event.type[:80]!r} is not in the catalogue (GET /v1/schemas lists it)"
            raise Malformed(msg, "/type")
        model, data = _upcast(event, registry, {} if event.data is None else event.data)
        data_text = canonical_of_parsed(data)
    if model.type_name.partition(".")[0] in NEVER_FROM_OUTSIDE:
        msg = f"{event.type} is recorded by Takt itself; a correction is asked for by a command"
        raise Malformed(msg, "/type")
    if model.mark == "request":
        msg = f"{event.type} is no fact: it is decided here, send its command instead"
        raise Malformed(msg, "/type")
    return model, data_text or b"{}"


def _upcast(
    event: CloudEvent, registry: Registry, data: dict[str, Any]
) -> tuple[type[DomainEvent], dict[str, Any]]:
    try:
        return registry.upcast(event.type, dict(data))
    except (LookupError, TypeError, ValueError, AttributeError):
        # An upcast may count on what the log always holds; a stranger's data promises nothing.
        msg = f"the data is not what {event.type} had; send the newest version of the type"
        raise Malformed(msg, "/data") from None


def _stream_of(event: CloudEvent, category: str) -> str:
    if event.subject is None:
        msg = f"subject is missing: name the stream, e.g. {_example_stream(category)}"
        raise Malformed(msg, "/subject")
    subject = _subject_named(event.subject)
    if subject is None:
        msg = f"the subject is no stream: write it like {_example_stream(category)}"
        raise Malformed(msg, "/subject")
    at_least, at_most = _IDS_IN_STREAM.get(category, _ONE_ID)
    if subject.category != category or not at_least <= len(subject.ids) <= at_most:
        msg = f"a fact {event.type} is about a stream like {_example_stream(category)}"
        raise Malformed(msg, "/subject")
    return event.subject


@lru_cache(maxsize=8192)
def _subject_named(text: str) -> Subject | None:
    """Return the subject of a stream's name, None where the text is none; most are named again."""
    try:
        return subject_of(_STREAM.validate_python(text))
    except ValidationError:
        return None


def _example_stream(category: str) -> str:
    at_least, _ = _IDS_IN_STREAM.get(category, _ONE_ID)
    return f"{category}-<project>{'/<id>' * (at_least - 1)}" if at_least > 1 else f"{category}-<id>"


def _project_of(event: CloudEvent, stream: str, project_of_subject: ProjectOfSubject) -> str | None:
    """Return the project: what the stream says, or what Takt knows of it, or what is claimed."""
    subject = _subject_named(stream)
    assert subject is not None
    known = project_named_by(subject) or project_of_subject(stream)
    claimed = _extension(event, PROJECT)
    if known is not None and claimed is not None and claimed != known:
        msg = f"the subject belongs to project {known}"
        raise Malformed(msg, f"/{PROJECT}")
    return known or claimed


def project_named_by(subject: Subject) -> str | None:
    """Return the project that a stream's name says it belongs to, None where it does not."""
    if subject.category in _OF_A_PROJECT_ALONE or len(subject.ids) > 1:
        return subject.ids[0]
    return None


def _data_text(event: CloudEvent) -> bytes:
    """Return the data as JSON in canonical form; nothing where the event has none."""
    if event.data is None:
        return b""
    if not isinstance(event.data, dict):
        msg = "data must be a JSON object (datacontenttype application/json)"
        raise Malformed(msg, "/data")
    return canonical_of_parsed(event.data)


def _read(model: type[DomainEvent], text: bytes) -> DomainEvent:
    try:
        return cast("DomainEvent", model.__pydantic_validator__.validate_json(text))
    except ValidationError as wrong:
        raise refusal_of(wrong, "/data") from None


def _envelope(
    event: CloudEvent, principal: Principal, received_at: datetime, project_id: str | None
) -> Envelope:
    if event.time is None:
        msg = "time is missing: say when it happened (RFC 3339 with offset)"
        raise Malformed(msg, "/time")
    if event.time > received_at + CLOCK_SKEW_MAX:
        msg = "time lies in the future: check the clock of the source, then send it again"
        raise ClockAhead(msg, "/time")
    said: dict[str, Any] = {
        **_ABSENT,
        "recorded_at": received_at,
        "effective_at": event.time,
        "intake": "fact",
        "actor": principal.party_id,
        "role": principal.role,
        "on_behalf_of": principal.on_behalf_of,
        "source": event.source,
        "message_id": event.id,
        "causation_id": event.id,
        "correlation_id": event.id,
        "project_id": project_id,
    }
    if _EXTENSIONS.isdisjoint(event.extensions) and received_at.tzinfo is UTC:
        # Every part was held to its rule before: by the event, the principal, the stream's name.
        return filled(Envelope, said, _ENVELOPE_NAMES)
    said |= _said_by_extensions(event)
    try:
        return Envelope.model_validate(said)
    except ValidationError as wrong:
        refusal = refusal_of(wrong)
        raise Malformed(str(refusal), _extension_pointer(refusal.pointer)) from None


_ABSENT: Final = dict.fromkeys(Envelope.model_fields)
_ENVELOPE_NAMES: Final = set(Envelope.model_fields)


def _said_by_extensions(event: CloudEvent) -> dict[str, Any]:
    causation_id = _extension(event, CAUSATION_ID) or event.id
    return {
        "zone": _extension(event, ZONE),
        "external_ref": _extension(event, EXTERNAL_REF),
        "causation_id": causation_id,
        "correlation_id": _extension(event, CORRELATION_ID) or causation_id,
        "responsible": _extension(event, RESPONSIBLE),
        "reason": _reason_of(event),
    }


def _reason_of(event: CloudEvent) -> dict[str, str | None] | None:
    code, text = _extension(event, REASON_CODE), _extension(event, REASON_TEXT)
    if code is None:
        if text is not None:
            msg = f"{REASON_TEXT} explains a {REASON_CODE}, which is missing"
            raise Malformed(msg, f"/{REASON_CODE}")
        return None
    return {"code": code, "text": text}


_EXTENSION_OF_FIELD: Final = {
    "/zone": ZONE, "/external_ref": EXTERNAL_REF, "/causation_id": CAUSATION_ID,
    "/correlation_id": CORRELATION_ID, "/project_id": PROJECT, "/responsible": RESPONSIBLE,
    "/reason": REASON_CODE, "/reason/code": REASON_CODE, "/reason/text": REASON_TEXT,
}  # fmt: skip


_EXTENSIONS: Final = frozenset(_EXTENSION_OF_FIELD.values())


def _extension_pointer(pointer: str) -> str:
    name = _EXTENSION_OF_FIELD.get(pointer)
    return pointer if name is None else f"/{name}"


def _extension(event: CloudEvent, name: str) -> str | None:
    """Return an extension we read; an empty text is an absent one."""
    return event.extension(name) or None


def _expected_version(event: CloudEvent) -> int | None:
    text = _extension(event, EXPECTED_VERSION)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(2**53))):
        msg = "the expected version is a whole number from 0 on: the one the decision was made on"
        raise Malformed(msg, f"/{token(EXPECTED_VERSION)}")
    return int(text)
