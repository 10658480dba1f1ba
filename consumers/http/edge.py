"""Stand before every request: names, paths, methods, ids and the headers of every answer."""

import re
import secrets
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final
from urllib.parse import unquote_to_bytes

import structlog
from pydantic import TypeAdapter
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from consumers.http.metrics import Metrics
from consumers.http.parameters import check_parameters
from consumers.http.problems import (
    CROSS_SITE,
    DEFECT,
    HEADERS_TOO_LARGE,
    MALFORMED,
    METHOD_NOT_ALLOWED,
    MISDIRECTED,
    NOT_AUTHORISED,
    NOT_FOUND,
    UNAUTHENTICATED,
    Problem,
    problem_of_any,
    response_of,
)
from consumers.http.services import Credential, Services
from domain.kernel.messages import Principal
from domain.kernel.refusals import NotAuthorised
from domain.kernel.values import Name

HEADER_BYTES_MAX: Final = 64 * 1024
REQUEST_ID: Final = "x-request-id"
ACTING_FOR: Final = "x-takt-acting-for"
IS_HEAD: Final = "takt.head"
CORRELATION: Final = "takt.correlation_id"
NOTHING_LOADED: Final = "default-src 'none'; frame-ancestors 'none'"

_ID: Final = re.compile(r"[A-Za-z0-9._:\-]{1,64}", re.ASCII)
_HIDDEN: Final = re.compile(rb"%(2f|5c|00)", re.IGNORECASE)
_NAME: Final[TypeAdapter[str]] = TypeAdapter(Name)
_ACTING_PATHS: Final = re.compile(r"/v1/(commands|previews|projects/[^/]+/sheets$)")
_CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})

OUTSIDE: Final = (
    "this is kept inside the house: ask for the report that is yours, "
    "GET /v1/projects/<id>/report?for=customer or ?for=vendor:<your name>"
)

log = structlog.get_logger(__name__)


def correlation_of(request: Request) -> str:
    """Return the id that the edge gave the request."""
    found: str = request.scope[CORRELATION]
    return found


def is_head(request: Request) -> bool:
    """Tell whether only the headers of the answer will be sent."""
    return bool(request.scope.get(IS_HEAD, False))


def credential_of(request: Request) -> Credential:
    """Return what the request shows of who sends it."""
    given = request.headers.getlist("authorization")
    client = request.client.host if request.client is not None else None
    return Credential(", ".join(given) if given else None, client)


def principal_of(request: Request, services: Services) -> Principal:
    """Return who asks; raises Problem 401 where the credential is nobody's."""
    try:
        return services.principal_of(credential_of(request))
    except NotAuthorised as refused:
        headers = {"WWW-Authenticate": "Bearer"}
        raise Problem(UNAUTHENTICATED, str(refused), headers=headers) from None


def insider_of(request: Request, services: Services) -> Principal:
    """Return who asks, where he is of the house; raises Problem 403 for a customer or a vendor.

    What the house keeps for itself is closed to others unless it is opened to them on purpose.
    """
    principal = principal_of(request, services)
    if not principal.is_inside:
        raise Problem(NOT_AUTHORISED, OUTSIDE)
    return principal


def asker_of(request: Request, services: Services) -> Principal:
    """Return who asks for a change, with the party he acts for where the header names one.

    The name is written as UTF-8 in percent-encoding. Whether he may is for the decision to say.
    """
    principal = principal_of(request, services)
    given = request.headers.getlist(ACTING_FOR)
    if not given:
        return principal
    try:
        (text,) = given
        named = _NAME.validate_python(unquote_to_bytes(text.strip()).decode())
    except ValueError:
        msg = "X-Takt-Acting-For names one party, as UTF-8 in percent-encoding"
        raise Problem(MALFORMED, msg) from None
    return principal.model_copy(update={"on_behalf_of": named})


def allowed_methods(routes: Sequence[BaseRoute], path: str) -> list[str]:
    """Return the methods that a path has, sorted; HEAD and OPTIONS come with GET and any."""
    methods: set[str] = set()
    for route in routes:
        if isinstance(route, Route) and route.path_regex.fullmatch(path):
            methods |= route.methods or set()
    if "GET" in methods:
        methods.add("HEAD")
    if methods:
        methods.add("OPTIONS")
    return sorted(methods)


class Edge:
    """The one middleware, as plain ASGI: it must not buffer streams."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        services: Services,
        metrics: Metrics,
        routes: Callable[[], Sequence[BaseRoute]],
    ) -> None:
        self._app = app
        self._services = services
        self._metrics = metrics
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get(REQUEST_ID, "")
        correlation_id = given if _ID.fullmatch(given) else secrets.token_hex(16)
        answer = _Answer(send, scope["method"] == "HEAD", correlation_id)
        inner = {**scope, CORRELATION: correlation_id, IS_HEAD: scope["method"] == "HEAD"}
        if scope["method"] == "HEAD":
            inner["method"] = "GET"
        started = monotonic()
        with bound_contextvars(correlation_id=correlation_id):
            try:
                early = self._refuse(scope, headers)
                await (early or self._app)(inner, receive, answer)
            except Exception as error:  # noqa: BLE001  Told or logged, and never shown.
                await self._tell(error, inner, receive, answer)
        route = inner.get("route")
        self._metrics.answered(
            scope["method"],
            route.path if isinstance(route, Route) else "other",
            answer.status,
            monotonic() - started,
        )

    def _refuse(self, scope: Scope, headers: Headers) -> Response | None:
        """Raise Problem for what no route shall ever see; answer OPTIONS."""
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES_MAX:
            msg = f"all headers together may have {HEADER_BYTES_MAX} bytes"
            raise Problem(HEADERS_TOO_LARGE, msg, headers={"Connection": "close"})
        _check_path(scope.get("raw_path") or scope["path"].encode())
        self._check_origin(scope, headers)
        if ACTING_FOR in headers and not _ACTING_PATHS.match(scope["path"]):
            msg = "only a command is asked for on behalf of another: leave X-Takt-Acting-For out"
            raise Problem(MALFORMED, msg)
        check_parameters(self._routes(), scope)
        method = scope["method"]
        if method in {"OPTIONS", "TRACE", "CONNECT"}:
            allowed = allowed_methods(self._routes(), scope["path"])
            if not allowed:
                msg = "there is no such page"
                raise Problem(NOT_FOUND, msg)
            if method != "OPTIONS":
                msg = f"{method} is not allowed"
                raise Problem(METHOD_NOT_ALLOWED, msg, headers={"Allow": ", ".join(allowed)})
            return Response(status_code=204, headers={"Allow": ", ".join(allowed)})
        return None

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        """Keep pages of other sites from using a reader's browser as their messenger."""
        named = headers.getlist("host")
        host = named[0].lower() if len(named) == 1 else ""
        name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
        if name not in self._services.hosts:
            msg = "the Host header does not name this server"
            raise Problem(MISDIRECTED, msg)
        foreign = headers.get("sec-fetch-site", "none") in {"cross-site", "same-site"}
        if foreign and scope["method"] in _CHANGING:
            msg = "a page of another origin may not change anything here"
            raise Problem(CROSS_SITE, msg)

    async def _tell(
        self, error: Exception, scope: Scope, receive: Receive, answer: "_Answer"
    ) -> None:
        problem = problem_of_any(error)
        if problem is None:
            log.error("http.defect", method=scope["method"], path=scope["path"], exc_info=error)
            problem = Problem(DEFECT, "it was logged; try again, or tell the operator")
        if answer.started:
            raise error  # Too late to say anything: the server ends the connection.
        await response_of(problem, answer.correlation_id)(scope, receive, answer)


def _check_path(raw: bytes) -> None:
    """Refuse every second way to write a path, so that there is only one to authorise."""
    path = raw.partition(b"?")[0]
    try:
        plain = unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        plain = "\x00"
    segments = plain.split("/")[1:]
    if (
        _HIDDEN.search(path)
        or "\\" in plain
        or not plain.isprintable()
        or any(each in {".", ".."} for each in segments)
        or "" in segments[:-1]
    ):
        msg = "the path is written in a way that is not taken"
        raise Problem(MALFORMED, msg)


class _Answer:
    """What is sent: the app's answer with the headers of every answer, without a body on HEAD."""

    def __init__(self, send: Send, without_body: bool, correlation_id: str) -> None:  # noqa: FBT001
        self._send = send
        self._without_body = without_body
        self.correlation_id = correlation_id
        self.started = False
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self.correlation_id
            headers.setdefault("X-Content-Type-Options", "nosniff")
            headers.setdefault("Referrer-Policy", "no-referrer")
            headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
            headers.setdefault("Content-Security-Policy", NOTHING_LOADED)
        elif message["type"] == "http.response.body" and self._without_body:
            message = {**message, "body": b""}
        await self._send(message)
