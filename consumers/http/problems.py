"""Tell what went wrong as RFC 9457 problem documents; HTTP's numbers live here and nowhere else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from starlette.responses import JSONResponse

from consumers.http.work import Overloaded
from consumers.kafka.binding import UnsupportedMediaType
from consumers.strict_json import TooLarge
from domain.kernel.refusals import (
    DomainError,
    IdempotencyConflict,
    Malformed,
    NotAuthorised,
    Rejected,
    StaleVersion,
    UnknownSubject,
)
from domain.log.port import LogUnavailable
from projections.contract import RowsUnavailable

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 1

MALFORMED: Final = "malformed"
TOO_LARGE: Final = "too_large"
UNSUPPORTED_MEDIA_TYPE: Final = "unsupported_media_type"
NOT_AUTHORISED: Final = "not_authorised"
UNAUTHENTICATED: Final = "unauthenticated"
UNKNOWN_SUBJECT: Final = "unknown_subject"
NOT_FOUND: Final = "not_found"
METHOD_NOT_ALLOWED: Final = "method_not_allowed"
STALE_VERSION: Final = "stale_version"
PRECONDITION_REQUIRED: Final = "precondition_required"
IDEMPOTENCY_KEY_MISSING: Final = "idempotency_key_missing"
IDEMPOTENCY_CONFLICT: Final = "idempotency_conflict"
NOT_YET: Final = "not_yet"
OVERLOADED: Final = "overloaded"
TOO_MANY_STREAMS: Final = "too_many_streams"
UNAVAILABLE: Final = "unavailable"
TIMEOUT: Final = "timeout"
HEADERS_TOO_LARGE: Final = "headers_too_large"
MISDIRECTED: Final = "misdirected"
CROSS_SITE: Final = "cross_site"
FORK: Final = "fork"
NOT_INSTALLED: Final = "not_installed"
SHEET_CONFLICT: Final = "sheet_conflict"
DEFECT: Final = "defect"


class Kind(NamedTuple):
    """One documented sort of problem: its usual status, a title, and what to do about it."""

    status: int
    title: str
    help: str


KINDS: Final[dict[str, Kind]] = {
    MALFORMED: Kind(
        400,
        "The message cannot be read",
        "The text is no acceptable JSON (400), or its values are not what the message asks for "
        "(422). `errors` names each place by a JSON pointer. Mend the message and send it again.",
    ),
    TOO_LARGE: Kind(
        413,
        "The message is too large",
        "One message may have 1 MiB, a batch 16 MiB. Send less at a time.",
    ),
    UNSUPPORTED_MEDIA_TYPE: Kind(
        415,
        "The content type is not read here",
        "Events are sent as application/cloudevents+json, application/cloudevents-batch+json or "
        "with ce- headers; commands as application/json. Content-Encoding is identity or gzip.",
    ),
    NOT_AUTHORISED: Kind(
        403, "Not yours to do", "The role of the credential does not cover what was asked for."
    ),
    UNAUTHENTICATED: Kind(
        401, "Who are you?", "Send a credential that is known here in the Authorization header."
    ),
    UNKNOWN_SUBJECT: Kind(
        404, "There is no such thing", "What is named does not exist, or is not yours to see."
    ),
    NOT_FOUND: Kind(404, "There is no such page", "See /openapi.json for what there is."),
    METHOD_NOT_ALLOWED: Kind(
        405, "The method is not allowed here", "The header Allow lists those that are."
    ),
    STALE_VERSION: Kind(
        412,
        "The subject has moved on",
        "The version in If-Match is not the present one, which is in ETag. Read the subject "
        "again, decide anew and send the new version.",
    ),
    PRECONDITION_REQUIRED: Kind(
        428,
        "Say which version was decided on",
        "The subject exists. Send If-Match with the version you have seen (GET "
        "/v1/streams/<stream> tells it), so that nobody's change is overwritten unseen.",
    ),
    IDEMPOTENCY_KEY_MISSING: Kind(
        400,
        "The Idempotency-Key is missing",
        "A command that creates something, and every batch, needs an Idempotency-Key: then it can "
        "be sent again without doing it twice. Keys are remembered for ever.",
    ),
    IDEMPOTENCY_CONFLICT: Kind(
        422,
        "The id was used for something else",
        "The id or Idempotency-Key is known with another body. The first one stays; take a new id "
        "for a new message.",
    ),
    NOT_YET: Kind(
        503,
        "The answer is not up to date yet",
        "The projection has not reached `min_position` in time. Ask again after Retry-After.",
    ),
    OVERLOADED: Kind(
        503,
        "Too much at once",
        "More requests wait than can be served soon. Retry-After says when.",
    ),
    TOO_MANY_STREAMS: Kind(429, "Too many open streams", "Close some, or share one among windows."),
    UNAVAILABLE: Kind(
        503, "The database does not answer", "Nothing was recorded. Ask again after Retry-After."
    ),
    TIMEOUT: Kind(
        408, "The body came too slowly", "Send the whole request within the time allowed."
    ),
    HEADERS_TOO_LARGE: Kind(
        431, "The headers are too large", "All headers together may have 64 KiB."
    ),
    MISDIRECTED: Kind(
        421, "Not the name of this server", "The Host header names a server that this is not."
    ),
    CROSS_SITE: Kind(
        403, "Sent by another site's page", "A page of another origin may not change anything here."
    ),
    FORK: Kind(
        409,
        "The position is beyond the log",
        "The last event id was never given out by this log: it was restored from an older copy, "
        "or the id belongs to another deployment. Start again from a snapshot.",
    ),
    SHEET_CONFLICT: Kind(
        409,
        "The sheet is older than what stands there",
        "Cells that were edited became something else since the sheet was exported; `errors` names "
        "each by its row and column. Take over what stands there now, or send `insist=true`.",
    ),
    NOT_INSTALLED: Kind(
        501,
        "That cannot be made on this server",
        "What makes or reads this kind of file is not installed; `detail` says what it is. "
        "Take another kind, or have the operator install it.",
    ),
    DEFECT: Kind(
        500, "Takt made a mistake", "It was logged with the correlation id. Nothing was recorded."
    ),
}
"""Every problem of the edge itself; refusals of the domain are added below."""

REFUSED_STATUS: Final = 422


def _refusals(root: type[DomainError]) -> Iterator[type[DomainError]]:
    for refusal in root.__subclasses__():
        yield refusal
        yield from _refusals(refusal)


def _sentence(name: str) -> str:
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return words.strip().capitalize()


for _refusal in _refusals(Rejected):
    KINDS.setdefault(
        _refusal.code,
        Kind(
            REFUSED_STATUS,
            _sentence(_refusal.__name__),
            "The present state does not allow the request; `detail` says what stands against it. "
            "The answer is remembered: a later try needs a new Idempotency-Key.",
        ),
    )


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a message, and where."""

    pointer: str
    detail: str


class Problem(Exception):
    """An answer that is no success; raised anywhere in the edge, told in one place."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        status: int | None = None,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = KINDS[code].status if status is None else status
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def problem_of(error: DomainError) -> Problem:
    """Return the problem that tells a refusal of the domain."""
    detail = str(error)
    match error:
        case TooLarge():
            return Problem(TOO_LARGE, detail)
        case UnsupportedMediaType():
            return Problem(UNSUPPORTED_MEDIA_TYPE, detail)
        case Malformed():
            errors = (Fault(error.pointer, detail),) if error.pointer else ()
            return Problem(MALFORMED, detail, errors=errors)
        case StaleVersion():
            if not error.current:
                return Problem(OVERLOADED, detail, headers=retry_after())
            return Problem(STALE_VERSION, detail, headers={"ETag": f'"{error.current}"'})
        case NotAuthorised() | UnknownSubject() | IdempotencyConflict():
            return Problem(error.code, detail)
        case _:
            return Problem(error.code if error.code in KINDS else MALFORMED, detail)


def problem_of_any(error: Exception) -> Problem | None:
    """Return the problem for an expected failure, None for a defect."""
    match error:
        case Problem():
            return error
        case DomainError():
            return problem_of(error)
        case Overloaded():
            return Problem(OVERLOADED, str(error), headers=retry_after())
        case LogUnavailable() | RowsUnavailable():
            return Problem(UNAVAILABLE, "the database does not answer", headers=retry_after())
        case _:
            return None


def retry_after() -> dict[str, str]:
    return {"Retry-After": str(RETRY_AFTER_S)}


def document(problem: Problem, correlation_id: str) -> dict[str, Any]:
    """Return the problem document (RFC 9457) with Takt's members."""
    told: dict[str, Any] = {
        "type": f"/problems/{problem.code}",
        "title": KINDS[problem.code].title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "correlation_id": correlation_id,
    }
    if problem.errors:
        told["errors"] = [
            {"pointer": fault.pointer, "detail": fault.detail} for fault in problem.errors
        ]
    return told


def response_of(problem: Problem, correlation_id: str) -> JSONResponse:
    """Return the answer that tells the problem."""
    headers = {"Cache-Control": "no-store", **problem.headers}
    return JSONResponse(
        document(problem, correlation_id), problem.status, headers, media_type=MEDIA_TYPE
    )
