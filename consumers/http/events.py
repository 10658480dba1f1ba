"""Take facts in as CloudEvents: one in binary or structured mode, or a batch judged one by one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consumers.http.bodies import Bodies
from consumers.http.edge import correlation_of, principal_of
from consumers.http.preconditions import etag
from consumers.http.problems import IDEMPOTENCY_CONFLICT, MALFORMED, Fault, Problem, problem_of
from consumers.http.services import Services
from consumers.http.work import Work
from consumers.intake import ClockAhead, dead_letter, judge_fact
from consumers.kafka.binding import from_http, http_content_type, mode_of
from consumers.kafka.envelope import CloudEvent
from consumers.kafka.json_format import MEDIA_TYPE, batch_items, event_of_item, write_event
from domain.kernel.messages import Principal
from domain.kernel.refusals import DomainError, Malformed
from domain.log.port import DeadLetter, Original, Outcome, Submission

STATUS_OF: Final[Mapping[str, int]] = {"recorded": 201, "parked": 202}
NOT_ACCEPTABLE: Final = 422
REPLAYED: Final = "Idempotency-Replayed"


class Events:
    """`POST /v1/events`."""

    def __init__(self, services: Services, work: Work, bodies: Bodies) -> None:
        self._services = services
        self._work = work
        self._bounds = bodies.bounds
        self._bodies = bodies

    async def post(self, request: Request) -> Response:
        """Take one fact, or a batch of facts, in.

        Facts of a batch are judged one by one and committed together; the answer names the
        outcome of each in the order of the batch. One fact may have 1 MiB, a batch 16 MiB and
        10,000 facts. The same id of the same source is taken once for ever: a repeat gets the
        first answer again, another body under the id is refused.
        """
        principal = principal_of(request, self._services)
        mode = mode_of(http_content_type(request.headers.raw))
        bytes_max = self._bounds.message_bytes_max
        if mode == "batch":
            bytes_max = self._bounds.batch_bytes_max
        correlation_id = correlation_of(request)
        headers = request.headers.raw
        async with self._bodies.of(request, bytes_max) as body:
            if mode == "batch":
                return await self._work.run(self._batch, body, principal, correlation_id)
            return await self._work.run(self._single, headers, body, principal, correlation_id)

    def _single(
        self,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes,
        principal: Principal,
        correlation_id: str,
    ) -> Response:
        event = from_http(headers, body)
        kept = tuple(
            (name.decode("latin-1"), content)
            for name, content in headers
            if name.startswith(b"ce-") or name == b"content-type"
        )
        original = Original("http", f"{principal.party_id}/{correlation_id}", body, None, kept)
        item = self._judged(event, principal, original)
        (outcome,) = self._services.log.append([item if isinstance(item, Submission) else item[0]])
        if not isinstance(item, Submission):
            raise _not_acceptable(item[1])
        return _answer(outcome)

    def _judged(
        self, event: CloudEvent, principal: Principal, original: Original
    ) -> Submission | tuple[DeadLetter, ClockAhead]:
        """Return the fact as a submission; one from the future is kept and refused."""
        if event.type in self._services.commands:
            msg = f"{event.type} is a command: POST it to /v1/commands/{event.type}"
            raise _not_acceptable(Malformed(msg, "/type"))
        received_at = self._services.clock()
        try:
            return judge_fact(
                event,
                door=self._services.door,
                principal=principal,
                received_at=received_at,
                original=original,
            )
        except ClockAhead as ahead:
            return dead_letter(ahead, original, received_at), ahead
        except Malformed as wrong:
            raise _not_acceptable(wrong) from None

    def _batch(self, body: bytes, principal: Principal, correlation_id: str) -> Response:
        results: list[dict[str, Any]] = []
        items: list[Submission | DeadLetter] = []
        places: list[int] = []
        for index, value in enumerate(batch_items(body)):
            result: dict[str, Any] = {"index": index}
            results.append(result)
            try:
                event = event_of_item(value)
                result["id"] = event.id
                place = f"{principal.party_id}/{correlation_id}/{index}"
                item = self._judged(event, principal, _original_of(event, place))
            except (DomainError, Problem) as wrong:
                result.update(_refused(wrong))
                continue
            if isinstance(item, Submission):
                items.append(item)
                places.append(index)
            else:
                items.append(item[0])
                places.append(-1)
                result.update(_refused(_not_acceptable(item[1])))
        outcomes = self._services.log.append(items) if items else ()
        for index, outcome in zip(places, outcomes, strict=True):
            if index >= 0:
                results[index].update(_told(outcome))
        return JSONResponse(_summary(results))


def _original_of(event: CloudEvent, place: str) -> Original:
    """Keep an event of a batch by itself, in a form that can be redriven alone."""
    headers = (("content-type", MEDIA_TYPE.encode()),)
    return Original("http", place, write_event(event), None, headers)


def _not_acceptable(wrong: Malformed) -> Problem:
    """Tell that an event could be read, and cannot be taken as it is."""
    errors = (Fault(wrong.pointer, str(wrong)),) if wrong.pointer else ()
    return Problem(MALFORMED, str(wrong), status=NOT_ACCEPTABLE, errors=errors)


def _answer(outcome: Outcome) -> Response:
    told = _told(outcome)
    headers = {REPLAYED: "true"} if outcome.repeated else {}
    if outcome.kind not in STATUS_OF:
        raise Problem(
            IDEMPOTENCY_CONFLICT if outcome.kind == "conflict" else MALFORMED,
            outcome.text or "the fact could not be taken",
            status=NOT_ACCEPTABLE,
            headers=headers,
        )
    if len(outcome.versions) == 1:
        headers["ETag"] = etag(next(iter(outcome.versions.values())))
    status = 200 if outcome.repeated else STATUS_OF[outcome.kind]
    return JSONResponse(told, status, headers)


def _told(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as the answer's body; a repeat has the first's, and `repeated`."""
    told: dict[str, Any] = {"outcome": outcome.kind, "position": outcome.position}
    if outcome.versions:
        told["versions"] = dict(outcome.versions)
    if outcome.kind == "conflict":
        told["code"] = "idempotency_conflict"
        told["detail"] = "the id is known with another body; the first one stays"
    elif outcome.code:
        told["code"], told["detail"] = outcome.code, outcome.text
    if outcome.repeated:
        told["repeated"] = True
    return told


def _refused(wrong: DomainError | Problem) -> dict[str, Any]:
    problem = wrong if isinstance(wrong, Problem) else problem_of(wrong)
    told: dict[str, Any] = {"outcome": "refused", "code": problem.code, "detail": problem.detail}
    if problem.errors:
        told["pointer"] = problem.errors[0].pointer
    return told


def _summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    counts = Counter(
        "repeated" if result.get("repeated", False) else result["outcome"] for result in results
    )
    return {
        "position": max((result.get("position", 0) for result in results), default=0),
        "counts": dict(sorted(counts.items())),
        "results": results,
    }
