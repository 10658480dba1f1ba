"""Take commands in: one with the version it was decided on, or several as one decision."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consumers.canonical_json import canonical_of_parsed
from consumers.deciding import Ask
from consumers.deciding import Request as Requested
from consumers.http.bodies import Bodies, require_json
from consumers.http.edge import asker_of, correlation_of, insider_of
from consumers.http.preconditions import Precondition, etag, idempotency_key, precondition
from consumers.http.problems import (
    IDEMPOTENCY_CONFLICT,
    IDEMPOTENCY_KEY_MISSING,
    KINDS,
    MALFORMED,
    OVERLOADED,
    PRECONDITION_REQUIRED,
    STALE_VERSION,
    Fault,
    Problem,
    retry_after,
)
from consumers.http.services import Services
from consumers.http.work import Work
from consumers.previewing import preview
from consumers.strict_json import BATCH_LIMITS, parse_object, token
from domain.kernel.ids import derived_id
from domain.kernel.messages import Command, Principal
from domain.kernel.refusals import Malformed, StaleVersion, UnknownSubject
from domain.kernel.values import rfc3339
from domain.log.port import MessageKey, Outcome

REPLAYED: Final = "Idempotency-Replayed"
NOT_ACCEPTABLE: Final = 422
FAULTS_MAX: Final = 20


class Commands:
    """`POST /v1/commands/<name>`, `POST /v1/commands` and `POST /v1/previews`."""

    def __init__(self, services: Services, work: Work, bodies: Bodies) -> None:
        self._services = services
        self._work = work
        self._bounds = bodies.bounds
        self._bodies = bodies

    def named(self, name: str) -> Callable[[Request], Any]:
        """Return the endpoint of one command."""

        async def post(request: Request) -> Response:
            return await self._post(request, name)

        return post

    async def unknown(self, request: Request) -> Response:
        """Answer for a name that is no command."""
        msg = f"there is no command {request.path_params['name'][:80]!r}: /openapi.json lists them"
        raise UnknownSubject(msg)

    async def _post(self, request: Request, name: str) -> Response:
        principal = asker_of(request, self._services)
        require_json(request)
        wanted = precondition(request.headers)
        key = idempotency_key(request.headers)
        single = _Single(self._services, name, principal, wanted, key, correlation_of(request))
        async with self._bodies.of(request, self._bounds.message_bytes_max) as body:
            return await self._work.run(single.answer, body)

    async def batch(self, request: Request) -> Response:
        """Decide several commands as one: all of them are recorded, or none.

        The body is `{"commands": [{"name": …, "data": {…}}, …]}`. A batch needs an
        Idempotency-Key and takes no If-Match: it is decided on the streams as they are, and
        decided again when one moves meanwhile.
        """
        principal = asker_of(request, self._services)
        require_json(request)
        if precondition(request.headers).said:
            msg = "a batch takes no If-Match or If-None-Match: it concerns many subjects"
            raise Problem(MALFORMED, msg)
        key = idempotency_key(request.headers)
        if key is None:
            msg = "a batch needs an Idempotency-Key"
            raise Problem(IDEMPOTENCY_KEY_MISSING, msg)
        correlation_id = correlation_of(request)
        async with self._bodies.of(request, self._bounds.batch_bytes_max) as body:
            return await self._work.run(self._batch, body, principal, key, correlation_id)

    async def preview(self, request: Request) -> Response:
        """Say what several commands would come to as one decision; nothing is recorded.

        The body is that of a batch.
        """
        insider_of(request, self._services)
        principal = asker_of(request, self._services)
        require_json(request)
        correlation_id = correlation_of(request)
        async with self._bodies.of(request, self._bounds.batch_bytes_max) as body:
            return await self._work.run(self._preview, body, principal, correlation_id)

    def _preview(self, body: bytes, principal: Principal, correlation_id: str) -> Response:
        requests = self._requests(body, principal)
        digest = sha256(body).hexdigest()
        ask = self._ask(principal, derived_id("preview-", digest), correlation_id)
        return JSONResponse(preview(self._services.views, requests, ask))

    def _batch(self, body: bytes, principal: Principal, key: str, correlation_id: str) -> Response:
        requests = self._requests(body, principal)
        ask = self._ask(principal, key, correlation_id)
        return answer_of(self._services.dispatcher.dispatch_batch(requests, ask), None)

    def _ask(self, principal: Principal, key: str, correlation_id: str) -> Ask:
        return Ask(
            message_key(self._services.deployment, principal, key),
            principal,
            self._services.clock(),
            correlation_id=correlation_id,
        )

    def _requests(self, body: bytes, principal: Principal) -> list[Requested]:
        requests = []
        for index, item in enumerate(_items(parse_object(body, BATCH_LIMITS))):
            pointer = f"/commands/{index}"
            name, data = _named_data(item, pointer)
            model = self._services.commands.get(name)
            if model is None:
                msg = f"there is no command {name[:80]!r}"
                raise _not_acceptable([Fault(f"{pointer}/name", msg)])
            canonical = canonical_of_parsed(data)
            command = _read(model, canonical, f"{pointer}/data")
            _check_visible(command, principal)
            requests.append(Requested(name, canonical))
        return requests


class _Single:
    """One command with its circumstances; its steps run in one thread."""

    def __init__(
        self,
        services: Services,
        name: str,
        principal: Principal,
        wanted: Precondition,
        key: str | None,
        correlation_id: str,
    ) -> None:
        self._services = services
        self._name = name
        self._principal = principal
        self._wanted = wanted
        self._key = key
        self._correlation_id = correlation_id

    def answer(self, body: bytes) -> Response:
        """Check what the command was decided on, have it decided, and tell the outcome."""
        parse_object(body)
        command = _read(self._services.commands[self._name], body, "")
        _check_visible(command, self._principal)
        stream = command.stream()
        received_at = self._services.clock()
        key = self._message_key(body, received_at)
        expected = self._expected(stream, key)
        try:
            outcome = self._services.dispatcher.dispatch(
                self._name,
                body,
                key=key,
                principal=self._principal,
                received_at=received_at,
                expected_version=expected,
                correlation_id=self._correlation_id,
            )
        except StaleVersion as stale:
            if expected is None:
                raise Problem(OVERLOADED, str(stale), headers=retry_after()) from None
            raise _stale(stream, stale.current) from None
        return answer_of(outcome, stream)

    def _message_key(self, body: bytes, received_at: datetime) -> MessageKey:
        """Return the identity of the message; without a key each try is a message of its own.

        A version in If-Match already keeps such a try from being done twice.
        """
        if self._key is not None:
            return message_key(self._services.deployment, self._principal, self._key)
        if not any(self._wanted.versions):
            msg = (
                "send an Idempotency-Key: without a version in If-Match nothing else tells a repeat"
            )
            raise Problem(IDEMPOTENCY_KEY_MISSING, msg)
        digest = sha256(body).hexdigest()
        made = derived_id("try-", self._name, digest, rfc3339(received_at), self._correlation_id)
        return message_key(self._services.deployment, self._principal, made)

    def _expected(self, stream: str, key: MessageKey) -> int | None:
        """Return the version to hold the decision to; a message known before needs none."""
        if self._key is not None and self._services.log.answers([key]):
            return None
        if self._wanted.must_not_exist:
            return 0
        if len(self._wanted.versions) == 1:
            return self._wanted.versions[0]
        current = self._services.version_of(stream)
        if not self._wanted.said and current:
            msg = (
                f"{stream} exists: send in If-Match the version that the command was decided on, "
                f"which GET /v1/streams/{stream} tells in ETag"
            )
            raise Problem(PRECONDITION_REQUIRED, msg, headers={"ETag": etag(current)})
        if not self._wanted.holds(current):
            raise _stale(stream, current)
        return None if self._wanted.any_existing else current


def message_key(deployment: str, principal: Principal, key: str) -> MessageKey:
    """Return the identity of a client's message: its key belongs to the principal alone.

    Which command it is for is in the digest of the body, so the same key for another command is
    a conflict and not a second message.
    """
    party = principal.party_id
    if len(party) > 100:  # noqa: PLR2004  Only so that the source stays a short text.
        party = derived_id("party-", party)
    return MessageKey(f"/takt/{deployment}/http/{party}", key)


def answer_of(outcome: Outcome, stream: str | None) -> Response:
    """Tell an outcome: 201 recorded, 200 nothing changed or a repeat, else its problem."""
    headers = {REPLAYED: "true"} if outcome.repeated else {}
    if outcome.kind == "conflict":
        msg = "the Idempotency-Key was used before with another body"
        raise Problem(IDEMPOTENCY_CONFLICT, msg, headers=headers)
    if outcome.kind != "recorded":
        known = outcome.code in KINDS
        raise Problem(
            outcome.code if known else MALFORMED,
            outcome.text or "the command was refused",
            status=None if known else NOT_ACCEPTABLE,
            headers=headers,
        )
    told: dict[str, Any] = {
        "outcome": outcome.kind,
        "changed": bool(outcome.versions),
        "position": outcome.position,
        "first_position": outcome.first_position,
        "versions": dict(outcome.versions),
    }
    if outcome.repeated:
        told["repeated"] = True
    if stream is not None and stream in outcome.versions:
        headers["ETag"] = etag(outcome.versions[stream])
    status = 201 if outcome.versions and not outcome.repeated else 200
    return JSONResponse(told, status, headers)


def _stale(stream: str, current: int) -> Problem:
    msg = f"{stream} is at version {current}: read it again and decide anew"
    return Problem(STALE_VERSION, msg, headers={"ETag": etag(current)})


def _check_visible(command: Command, principal: Principal) -> None:
    """Hide what is not the principal's: absent and forbidden have the same answer."""
    project_id: str | None = getattr(command, "project_id", None)
    if not principal.may_see(project_id):
        msg = f"there is no project {project_id}"
        raise UnknownSubject(msg)


def _read(model: type[Command], body: bytes, within: str) -> Command:
    """Return the typed command; raises Problem with the place of each fault."""
    try:
        return model.model_validate_json(body)
    except ValidationError as wrong:
        found = wrong.errors(include_url=False, include_input=False, include_context=False)
        faults = [
            Fault(
                within + "".join(f"/{token(str(part))}" for part in each["loc"]),
                each["msg"].removeprefix("Value error, "),
            )
            for each in found[:FAULTS_MAX]
        ]
        raise _not_acceptable(faults) from None


def _not_acceptable(faults: list[Fault]) -> Problem:
    first = faults[0]
    place = f"{first.pointer}: " if first.pointer else ""
    return Problem(MALFORMED, place + first.detail, status=NOT_ACCEPTABLE, errors=faults)


def _items(body: dict[str, Any]) -> list[Any]:
    items = body.get("commands")
    if set(body) != {"commands"} or not isinstance(items, list) or not items:
        msg = 'a batch is {"commands": [{"name": …, "data": {…}}, …]} with at least one command'
        raise Malformed(msg)
    return items


def _named_data(item: object, pointer: str) -> tuple[str, dict[str, Any]]:
    if isinstance(item, dict) and set(item) == {"name", "data"}:
        name, data = item["name"], item["data"]
        if isinstance(name, str) and isinstance(data, dict):
            return name, data
    msg = "a command of a batch has a name and its data, and nothing else"
    raise _not_acceptable([Fault(pointer, msg)])
