"""Answer questions from the rows of projections: as they are, or as they stood."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consumers.http.answers import Answers
from consumers.http.bodies import Bounds
from consumers.http.cursors import cursor_for, place_of
from consumers.http.documents import DOCUMENT_OF, by_position, rows_of
from consumers.http.edge import insider_of
from consumers.http.moments import Moment, moment_of, position_in
from consumers.http.parameters import one
from consumers.http.preconditions import etag, not_modified
from consumers.http.problems import MALFORMED, NOT_AUTHORISED, Problem
from consumers.http.services import AUDIT, HEADER_ROW, SCHEDULE, Services
from consumers.http.work import Work
from consumers.intake import project_named_by
from consumers.on_branch import schedule_of
from consumers.question import BRANCH
from consumers.true_moments import told
from domain.kernel.ids import StreamName, subject_of
from domain.kernel.messages import Principal
from domain.kernel.refusals import UnknownSubject
from projections.contract import Change, Row

PAGE: Final = 200
PAGE_MAX: Final = 1_000
FRESH: Final = {"Cache-Control": "no-cache", "Vary": "Authorization"}

_STREAM: Final[TypeAdapter[str]] = TypeAdapter(StreamName)


class Queries:
    """`GET /v1/projects…`, `/v1/streams/…` and `/v1/dead-letters`."""

    def __init__(self, services: Services, work: Work, bounds: Bounds) -> None:
        self._services = services
        self._work = work
        self._bounds = bounds

    async def projects(self, request: Request) -> Response:
        """List the projects that the principal may see, with where each of them stands."""
        principal = insider_of(request, self._services)
        moment = await moment_of(request, self._services, self._work, self._bounds)
        return await self._work.run(self._projects, request, principal, moment)

    def _projects(self, request: Request, principal: Principal, moment: Moment) -> Response:
        def items() -> list[Row]:
            found: list[Row] = []
            for project_id in self._services.rows[SCHEDULE].keys():  # noqa: SIM118  No mapping.
                if principal.may_see(project_id):
                    header = rows_of(self._changes(SCHEDULE, project_id, moment)).get(HEADER_ROW)
                    if header is not None:
                        found.append({"id": project_id, **header})
            return found

        position = moment.position(self._services, SCHEDULE)
        asked = _Asked(moment, position, f"projects {principal.party_id}")
        return _fresh(
            request, asked, lambda: {"items": items(), "position": position, **told(moment.true_at)}
        )

    def project(self, projection: str) -> Callable[[Request], Any]:
        """Return the endpoint of one projection of one project; the schedule may be a branch's."""

        async def get(request: Request) -> Response:
            principal = insider_of(request, self._services)
            branch_id = one(request, BRANCH.name) if projection == SCHEDULE else None
            if branch_id is not None:
                return await self._of_branch(request, principal, branch_id)
            moment = await moment_of(request, self._services, self._work, self._bounds)
            project_id = request.path_params["project_id"]
            return await self._work.run(
                self._project, request, principal, projection, project_id, moment
            )

        return get

    async def _of_branch(self, request: Request, principal: Principal, branch_id: str) -> Response:
        project_id = request.path_params["project_id"]
        as_of, true_at = one(request, "as_of"), one(request, "true_at")
        answers = Answers(self._services, self._work)
        return await self._work.run(
            answers.told,
            principal,
            project_id,
            lambda views: schedule_of(views, project_id, branch_id, as_of, true_at),
        )

    def _project(
        self,
        request: Request,
        principal: Principal,
        projection: str,
        project_id: str,
        moment: Moment,
    ) -> Response:
        position = moment.position(self._services, projection)
        rows = rows_of(self.changes_of(principal, projection, project_id, moment))
        asked = _Asked(moment, position, f"{projection} {project_id} {principal.party_id}")
        return _fresh(
            request,
            asked,
            lambda: DOCUMENT_OF[projection](rows, position) | told(moment.true_at),
        )

    async def audit(self, request: Request) -> Response:
        """Page through a project's trail, oldest first; `next_cursor` is absent on the last."""
        principal = insider_of(request, self._services)
        moment = await moment_of(request, self._services, self._work, self._bounds)
        limit = _limit(one(request, "limit"))
        cursor = one(request, "cursor")
        project_id = request.path_params["project_id"]
        filters = f"{AUDIT} {project_id} {principal.party_id} {one(request, 'as_of') or ''}"
        after = (0, "") if cursor is None else place_of(filters, cursor)

        def page() -> Response:
            position = moment.position(self._services, AUDIT)
            changes = by_position(self.changes_of(principal, AUDIT, project_id, moment))
            following = [each for each in changes if (each.position, each.row_id) > after]
            document = _page(project_id, following[: limit + 1], limit, position, filters)
            asked = _Asked(moment, position, f"{filters} {limit} {cursor}")
            response = _fresh(request, asked, lambda: document)
            if "next_cursor" in document:
                query = request.url.include_query_params(cursor=document["next_cursor"])
                response.headers["Link"] = f'<{query.path}?{query.query}>; rel="next"'
            return response

        return await self._work.run(page)

    async def stream_version(self, request: Request) -> Response:
        """Tell the version of a stream, to be sent as If-Match with a command on it."""
        principal = insider_of(request, self._services)
        stream = request.path_params["stream"]
        try:
            _STREAM.validate_python(stream)
        except ValidationError:
            raise _no_stream(stream) from None
        return await self._work.run(self._version, principal, stream)

    def _version(self, principal: Principal, stream: str) -> Response:
        project_id = project_named_by(subject_of(stream))
        if project_id is None and principal.projects is not None:
            first = self._services.log.read_stream(stream)[:1]
            project_id = first[0].project_id if first else None
        if not principal.may_see(project_id):
            raise _no_stream(stream)
        version = self._services.version_of(stream)
        if not version:
            raise _no_stream(stream)
        told = {"stream": stream, "version": version}
        return JSONResponse(told, headers={**FRESH, "ETag": etag(version)})

    async def dead_letters(self, request: Request) -> Response:
        """List messages that could not become events, and facts that wait for their subject."""
        principal = insider_of(request, self._services)
        if principal.projects is not None:
            msg = "dead letters belong to no project: they are for who may see all of them"
            raise Problem(NOT_AUTHORISED, msg)
        limit = _limit(one(request, "limit"))
        after = one(request, "after")
        position = 0 if after is None else position_in(after, "after")
        return await self._work.run(self._letters, position, limit)

    def _letters(self, after: int, limit: int) -> Response:
        kept = self._services.log.dead_letters(after, limit)
        told = {
            "items": [
                {
                    "id": each.id,
                    "channel": each.letter.original.channel,
                    "place": each.letter.original.place,
                    "code": each.letter.code,
                    "detail": each.letter.text,
                    "received_at": each.letter.received_at.isoformat(),
                    "message_id": each.letter.key.id if each.letter.key else None,
                    "redriven_at": each.redriven_at.isoformat() if each.redriven_at else None,
                }
                for each in kept
            ],
            "parked": [
                {
                    "lane": each.lane,
                    "type": each.type_name,
                    "message_id": each.key.id,
                    "source": each.key.source,
                    "parked_at": each.parked_at.isoformat(),
                }
                for each in self._services.log.parked(limit)
            ],
        }
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    def changes_of(
        self, principal: Principal, projection: str, project_id: str, moment: Moment
    ) -> Sequence[Change]:
        """Return a project's rows; raises UnknownSubject alike for an absent and a hidden one."""
        found = (
            self._changes(projection, project_id, moment) if (principal.may_see(project_id)) else ()
        )
        if not found:
            msg = f"there is no project {project_id}"
            raise UnknownSubject(msg)
        return found

    def _changes(self, projection: str, project_id: str, moment: Moment) -> Sequence[Change]:
        if moment.as_of is not None:
            return self._services.as_of(projection, project_id, moment.as_of, moment.true_at)
        return self._services.rows[projection].of_key(project_id)


class _Asked(NamedTuple):
    """A question, and the position that its answer shows."""

    moment: Moment
    position: int
    filters: str


def _fresh(request: Request, asked: _Asked, content: Callable[[], Mapping[str, Any]]) -> Response:
    """Answer with an entity tag of position and question, or 304 where the client has it."""
    past = "now" if asked.moment.as_of is None else f"as of {asked.moment.true_at}"
    question = sha256(f"{past} {asked.filters}".encode()).hexdigest()[:16]
    tag = etag(f"{asked.position}-{question}")
    headers = {**FRESH, "ETag": tag, "X-Takt-Position": str(asked.position)}
    if not_modified(request.headers, tag):
        return Response(status_code=304, headers=headers)
    return JSONResponse(content(), headers=headers)


def _page(
    project_id: str, following: Sequence[Change], limit: int, position: int, filters: str
) -> dict[str, Any]:
    shown = following[:limit]
    document: dict[str, Any] = {
        "project": project_id,
        "position": position,
        "items": [each.row for each in shown],
    }
    if len(following) > limit:
        document["next_cursor"] = cursor_for(filters, (shown[-1].position, shown[-1].row_id))
    return document


def _limit(text: str | None) -> int:
    if text is None:
        return PAGE
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(PAGE_MAX))) or not (
        1 <= int(text) <= PAGE_MAX
    ):
        msg = f"limit is a whole number from 1 to {PAGE_MAX}"
        raise Problem(MALFORMED, msg)
    return int(text)


def _no_stream(stream: str) -> UnknownSubject:
    shown = stream[:160] if stream.isprintable() else "like that"
    return UnknownSubject(f"there is no stream {shown}")
