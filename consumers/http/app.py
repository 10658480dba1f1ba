"""Put the HTTP edge together: one application over the ports it is given."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from consumers.http import openapi
from consumers.http.answers import Answers
from consumers.http.boards import BoardPages, ReportPage, parameters_of
from consumers.http.bodies import Bodies, Bounds
from consumers.http.broadcast import Streams
from consumers.http.commands import Commands
from consumers.http.edge import Edge, allowed_methods, correlation_of
from consumers.http.events import Events
from consumers.http.file_routes import add_files, add_plans, add_sheets
from consumers.http.files import Files
from consumers.http.letters import Letters
from consumers.http.metrics import Metrics
from consumers.http.operations import Operations, installed_version
from consumers.http.pages import WHY_PARAMETERS, Pages
from consumers.http.plans import Plans
from consumers.http.problems import METHOD_NOT_ALLOWED, NOT_FOUND, Problem, response_of
from consumers.http.queries import Queries
from consumers.http.services import SCHEDULE, STATUS, Services
from consumers.http.sheets import Sheets
from consumers.http.stream import Stream
from consumers.http.work import Work
from consumers.question import BRANCH
from consumers.questions import QUESTIONS
from consumers.status_reporting import STATUS_REPORT
from projections.web.boards import BOARDS

_OUTCOME: Final = {
    "content": {"application/json": {"schema": {"$ref": f"{openapi.SCHEMAS}Outcome"}}}
}


def create_app(services: Services, bounds: Bounds | None = None) -> FastAPI:
    """Return the application; `app.state.streams.end_all()` lets open streams end."""
    bounds = bounds or Bounds()
    work, metrics = Work(bounds.work_threads, bounds.work_waiting_max), Metrics()
    streams = Streams(services, work, metrics, bounds)
    # A file that is read may take a second and much memory: one after the other, beside the rest.
    reading = Work(threads=1, waiting_max=bounds.files_waiting_max)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await streams.close()
        work.close()
        reading.close()

    app = FastAPI(
        title="Takt",
        version=installed_version(),
        summary="Event-sourced coordination of production projects.",
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.streams = streams
    app.state.bodies = bodies = Bodies(bounds)
    app.add_middleware(Edge, services=services, metrics=metrics, routes=lambda: app.routes)
    app.add_exception_handler(HTTPException, _no_route(app))
    _add_writing(app, services, work, bodies)
    _add_reading(app, services, work, streams, bounds)
    add_files(app, Files(services, work))
    add_plans(app, Plans(services, reading, bodies))
    add_sheets(app, Sheets(services, reading, bodies))
    _add_letters(app, Letters(services, work, bodies))
    _add_pages(app, Pages(services, Queries(services, work, bounds), work, bounds))
    _add_boards(app, BoardPages(services, work), ReportPage(services, work))
    _add_operations(app, Operations(services, work, metrics))
    _describe(app, services)
    return app


def _add_writing(app: FastAPI, services: Services, work: Work, bodies: Bodies) -> None:
    events, commands = Events(services, work, bodies), Commands(services, work, bodies)
    app.add_api_route(
        "/v1/events",
        events.post,
        methods=["POST"],
        tags=["writing"],
        summary="Report facts.",
        responses={
            200: {"description": "A repeat, or the outcomes of a batch.", **_OUTCOME},
            201: {"description": "Recorded.", **_OUTCOME},
            202: {"description": "Waits for its subject to become known.", **_OUTCOME},
            **openapi.problems(
                "malformed", "too_large", "unsupported_media_type", "timeout",
                "idempotency_conflict", "not_authorised", "overloaded",
            ),
        },
        openapi_extra={"requestBody": openapi.EVENTS_BODY},
    )  # fmt: skip
    refusals = (
        "malformed", "idempotency_key_missing", "not_authorised", "unknown_subject",
        "stale_version", "too_large", "unsupported_media_type", "idempotency_conflict",
        "precondition_required", "overloaded",
    )  # fmt: skip
    answers: dict[int | str, dict[str, Any]] = {
        200: {"description": "A repeat, or nothing had to change.", **_OUTCOME},
        201: {"description": "Recorded; ETag is the new version.", **_OUTCOME},
        **openapi.problems(*refusals),
    }
    app.add_api_route(
        "/v1/commands",
        commands.batch,
        methods=["POST"],
        tags=["writing"],
        summary="Decide several commands as one.",
        responses=answers,
        openapi_extra={
            "requestBody": openapi.BATCH_BODY,
            "parameters": [openapi.KEY_REQUIRED, openapi.ACTING_FOR],
        },
    )
    app.add_api_route(
        "/v1/previews",
        commands.preview,
        methods=["POST"],
        tags=["reading"],
        summary="Say what several commands would come to, and record nothing.",
        responses=openapi.problems(
            "malformed", "not_authorised", "unknown_subject", "too_large", "timeout", "overloaded"
        ),
        openapi_extra={"requestBody": openapi.BATCH_BODY, "parameters": [openapi.ACTING_FOR]},
    )
    for name, model in sorted(services.commands.items()):
        app.add_api_route(
            f"/v1/commands/{name}",
            commands.named(name),
            methods=["POST"],
            tags=["writing"],
            name=name,
            summary=(model.__doc__ or name).strip().partition("\n")[0],
            responses=answers,
            openapi_extra={
                "requestBody": openapi.command_body(model),
                "parameters": [*openapi.ASKING],
            },
        )
    app.add_api_route(
        "/v1/commands/{name}", commands.unknown, methods=["POST"], include_in_schema=False
    )


def _add_letters(app: FastAPI, letters: Letters) -> None:
    parameters = [openapi.path("letter_id", "Id of the dead letter.")]
    app.add_api_route(
        "/v1/dead-letters/{letter_id}",
        letters.show,
        methods=["GET"],
        tags=["reading"],
        summary="Show a dead letter with its message as it came.",
        responses=openapi.problems("malformed", "not_authorised", "unknown_subject", "overloaded"),
        openapi_extra={"parameters": parameters},
    )
    app.add_api_route(
        "/v1/dead-letters/{letter_id}/redrive",
        letters.redrive,
        methods=["POST"],
        tags=["writing"],
        summary="Take a dead letter in again, as it came or with a mended message.",
        responses={
            202: {"description": "Waits for its subject to become known."},
            **openapi.problems(
                "malformed", "not_authorised", "unknown_subject", "idempotency_conflict",
                "too_large", "timeout", "overloaded",
            ),
        },
        openapi_extra={"parameters": parameters},
    )  # fmt: skip


def _add_reading(
    app: FastAPI, services: Services, work: Work, streams: Streams, bounds: Bounds
) -> None:
    queries = Queries(services, work, bounds)
    refusals = openapi.problems("malformed", "unknown_subject", "not_yet", "overloaded")
    project = openapi.path("project_id", "Id of the project.")

    def add(path: str, endpoint: Callable[[Request], Any], summary: str, *extra: Any) -> None:  # noqa: ANN401
        app.add_api_route(
            path,
            endpoint,
            methods=["GET"],
            tags=["reading"],
            name=summary,
            summary=summary,
            responses={304: {"description": "Not changed."}, **refusals},
            openapi_extra={"parameters": list(extra)},
        )

    add("/v1/projects", queries.projects, "List projects.", *openapi.READING, openapi.TRUE_AT)
    for projection in (SCHEDULE, STATUS):
        add(
            f"/v1/projects/{{project_id}}/{projection}",
            queries.project(projection),
            f"Show the {projection} of a project.",
            project,
            *openapi.READING,
            openapi.TRUE_AT,
            *([openapi.query(BRANCH.name, BRANCH.text)] if projection == SCHEDULE else []),
        )
    add(
        "/v1/projects/{project_id}/audit",
        queries.audit,
        "Page through the trail of a project.",
        project,
        openapi.query("limit", "At most so many (1 to 1000, default 200).", "integer"),
        openapi.query("cursor", "next_cursor of the page before."),
        *openapi.READING,
    )
    answers = Answers(services, work)
    for question in QUESTIONS:
        told = [openapi.query(each.name, each.text, each.kind) for each in question.taken]
        told += [openapi.path(name, f"Id of the {name}.") for name in question.path_names]
        path = f"/v1/projects/{{project_id}}/{question.name}"
        add(path, answers.to(question), question.summary, project, *told)
    stream_name = openapi.path("stream", "E.g. plan-PRJ-7 or phase-PRJ-7/weld.")
    add(
        "/v1/streams/{stream:path}",
        queries.stream_version,
        "Tell the version of a stream.",
        stream_name,
    )
    add(
        "/v1/dead-letters",
        queries.dead_letters,
        "List messages that could not become events.",
        openapi.query("after", "Id of the last letter seen.", "integer"),
        openapi.query("limit", "At most so many (1 to 1000, default 200).", "integer"),
    )
    app.add_api_route(
        "/v1/stream",
        Stream(services, work, streams, bounds).get,
        methods=["GET"],
        tags=["reading"],
        summary="Follow rows as they change: a stream of events or, with `wait`, a long poll.",
        responses={
            **openapi.STREAM_ANSWER,
            **openapi.problems(
                "malformed", "fork", "too_many_streams", "unknown_subject", "overloaded"
            ),
        },
        openapi_extra={
            "parameters": [
                openapi.query("types", "Projections, e.g. schedule,status; all but audit."),
                openapi.query("project", "Only this project."),
                openapi.query("from", "Resume after this position; 0: from a snapshot."),
                openapi.query("wait", "Poll: wait so long for something to tell, at most 25 s."),
                openapi.query("cursor", "Poll on: next_cursor of the answer before."),
                openapi.header("Last-Event-ID", "As `from`, sent by a reconnecting client."),
            ]
        },
    )


def _add_pages(app: FastAPI, pages: Pages) -> None:
    moment = [openapi.AS_OF, openapi.TRUE_AT, openapi.MIN_POSITION, openapi.WAIT]
    branch = openapi.query(BRANCH.name, BRANCH.text)
    digest = [openapi.query("v", "Digest of the file: then it may be kept for ever.")]
    for path, endpoint, known in (
        ("/", pages.home, []),
        ("/projects/{project_id}", pages.project, [*moment, branch]),
        ("/projects/{project_id}/why", pages.why, [openapi.query(n, "") for n in WHY_PARAMETERS]),
        ("/projects/{project_id}/fragments/{names}", pages.parts, moment),
        ("/static/{name}", pages.static, digest),
    ):
        app.add_api_route(
            path,
            endpoint,
            methods=["GET"],
            include_in_schema=False,
            openapi_extra={"parameters": known},
        )


def _add_boards(app: FastAPI, pages: BoardPages, report: ReportPage) -> None:
    shown = [(each.name, pages.to(each), parameters_of(each)) for each in BOARDS]
    shown.append(("report", report.get, STATUS_REPORT.taken))
    for name, endpoint, parameters in shown:
        app.add_api_route(
            f"/projects/{{project_id}}/{name}",
            endpoint,
            methods=["GET"],
            name=f"page {name}",
            include_in_schema=False,
            openapi_extra={
                "parameters": [
                    openapi.query(each.name, each.text, each.kind) for each in parameters
                ]
            },
        )


def _add_operations(app: FastAPI, operations: Operations) -> None:
    for path, endpoint in (
        ("/livez", operations.live),
        ("/readyz", operations.ready),
        ("/version", operations.told_version),
        ("/metrics", operations.figures),
        ("/v1/schemas", operations.schemas),
    ):
        app.add_api_route(path, endpoint, methods=["GET"], tags=["operation"])
    app.add_api_route(
        "/schemas/{name}",
        operations.schema,
        methods=["GET"],
        tags=["operation"],
        openapi_extra={"parameters": [openapi.path("name", "`<type>.json`")]},
        responses=openapi.problems("not_found"),
    )
    app.add_api_route(
        "/problems/{code}",
        operations.problem,
        methods=["GET"],
        tags=["operation"],
        openapi_extra={"parameters": [openapi.path("code", "Code of a problem.")]},
        responses=openapi.problems("not_found"),
    )


def _describe(app: FastAPI, services: Services) -> None:
    described: dict[str, Any] = {}

    async def document(request: Request) -> Response:
        from starlette.responses import JSONResponse  # noqa: PLC0415

        del request
        if not described:
            plain = get_openapi(
                title=app.title, version=app.version, summary=app.summary, routes=app.routes
            )
            described.update(openapi.completed(plain, services.commands))
        return JSONResponse(described)

    app.add_api_route("/openapi.json", document, methods=["GET"], include_in_schema=False)


def _no_route(app: FastAPI) -> Callable[[Request, Exception], Any]:
    async def tell(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        allowed = allowed_methods(app.routes, request.scope["path"])
        if status == 405:  # noqa: PLR2004  The router's answer for a path with other methods.
            headers = {"Allow": ", ".join(allowed)}
            problem = Problem(METHOD_NOT_ALLOWED, "not by this method", headers=headers)
        else:
            problem = Problem(NOT_FOUND, "there is no such page")
        return response_of(problem, correlation_of(request))

    return tell
