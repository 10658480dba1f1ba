"""Serve pages for people: the list of projects, a project's page, its parts and static files."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from consumers.explaining import slips, why
from consumers.http.bodies import Bounds
from consumers.http.documents import rows_of
from consumers.http.edge import insider_of
from consumers.http.moments import Moment, moment_of
from consumers.http.parameters import one
from consumers.http.preconditions import etag, not_modified
from consumers.http.problems import MALFORMED, NOT_FOUND, Problem
from consumers.http.queries import Queries
from consumers.http.services import SCHEDULE, STATUS, Services
from consumers.http.shown import HEADERS, message, page_or_message
from consumers.http.work import Work
from consumers.on_branch import asked_of, named, views_on, whole
from consumers.question import BRANCH, Asked
from domain.kernel.messages import Principal
from domain.kernel.refusals import UnknownSubject
from projections.web.pages import (
    FRAGMENTS,
    fragment,
    project_page,
    projects_page,
    static_file,
    why_page,
)
from projections.web.shown import LIVE, Shown
from projections.web.story import story_view
from projections.web.view import ProjectView, project_view

FOR_EVER: Final = "public, max-age=31536000, immutable"
ALL: Final = "all"
WHY_PARAMETERS: Final = ("from", "to", "phase", "of", "true_at", BRANCH.name)


class Pages:
    """`GET /`, `/projects/…` and `/static/…`."""

    def __init__(self, services: Services, queries: Queries, work: Work, bounds: Bounds) -> None:
        self._services = services
        self._queries = queries
        self._work = work
        self._bounds = bounds

    async def home(self, request: Request) -> Response:
        """List the projects; where there is one only, go to it."""
        principal = insider_of(request, self._services)
        return await self._work.run(self._home, principal)

    def _home(self, principal: Principal) -> Response:
        ids = [
            project_id
            for project_id in self._services.rows[SCHEDULE].keys()  # noqa: SIM118  No mapping.
            if principal.may_see(project_id)
        ]
        if len(ids) == 1:
            return RedirectResponse(f"/projects/{ids[0]}", 303, {"Cache-Control": "no-store"})
        now = Moment(None)
        views = [self._view(principal, project_id, now, LIVE) for project_id in ids]
        return HTMLResponse(projects_page(views), headers=HEADERS)

    async def project(self, request: Request) -> Response:
        """Show one project: schedule, numbers, what needs doing, latest changes."""
        branch_id = one(request, BRANCH.name)
        if branch_id is None:
            return await self._told(request, project_page)
        principal = insider_of(request, self._services)
        project_id: str = request.path_params["project_id"]
        moments = [one(request, name) for name in ("as_of", "true_at")]
        return await self._work.run(
            page_or_message,
            principal,
            project_id,
            "That branch cannot be shown",
            lambda: self._branch(project_id, branch_id, moments),
        )

    def _branch(self, project_id: str, branch_id: str, moments: Sequence[str | None]) -> Response:
        """Show the project as one of its branches would have it, from the base of the branch."""
        whole(branch_id, *moments)
        views = self._services.views
        line = views.branches.line(project_id, branch_id)
        on = views_on(views, line)
        schedule, status = (
            rows_of(on.as_of(projection, project_id, on.feed.head()))
            for projection in (SCHEDULE, STATUS)
        )
        view = project_view(
            project_id,
            schedule,
            status,
            position=line.base_position,
            now=self._services.clock(),
            shown=Shown(branch=named(line)),
        )
        return HTMLResponse(project_page(view), headers=HEADERS)

    async def why(self, request: Request) -> Response:
        """Say why the delivery, or a phase, moved, and what was known when."""
        principal = insider_of(request, self._services)
        project_id: str = request.path_params["project_id"]
        asked = {name: value for name in WHY_PARAMETERS if (value := one(request, name))}
        return await self._work.run(
            page_or_message,
            principal,
            project_id,
            "That cannot be compared",
            lambda: self._why(project_id, asked),
        )

    def _why(self, project_id: str, asked: Asked) -> Response:
        asked = {"from": "begin", **asked}
        branch_id = asked.get(BRANCH.name)
        whole(branch_id, asked.get("to"), asked.get("true_at"))
        told = asked_of(
            self._services.views,
            project_id,
            branch_id,
            lambda on: {"why": why(on, project_id, asked), "slips": slips(on, project_id, asked)},
        )
        view = story_view(told["why"], told["slips"], self._services.clock())
        return HTMLResponse(why_page(view, asked, told.get("branch")), headers=HEADERS)

    async def parts(self, request: Request) -> Response:
        """Return parts of a project's page, to be put in the place of those shown."""
        names = _part_names(request.path_params["names"])
        return await self._told(request, partial(_fragments, names))

    async def _told(self, request: Request, render: Callable[[ProjectView], str]) -> Response:
        principal = insider_of(request, self._services)
        project_id: str = request.path_params["project_id"]
        try:
            moment = await moment_of(request, self._services, self._work, self._bounds)
        except Problem as problem:
            if problem.code != MALFORMED:
                raise
            return message("That moment cannot be shown", problem.detail, problem.status)
        shown = Shown(one(request, "as_of"), one(request, "true_at"))

        def page() -> Response:
            try:
                view = self._view(principal, project_id, moment, shown)
            except UnknownSubject as unknown:
                return message("Not found", str(unknown), 404)
            return HTMLResponse(render(view), headers=HEADERS)

        return await self._work.run(page)

    def _view(
        self, principal: Principal, project_id: str, moment: Moment, shown: Shown
    ) -> ProjectView:
        # The smaller position, read before the rows: what the page subscribes from is never late.
        position = min(
            moment.position(self._services, SCHEDULE), moment.position(self._services, STATUS)
        )
        schedule, status = (
            rows_of(self._queries.changes_of(principal, projection, project_id, moment))
            for projection in (SCHEDULE, STATUS)
        )
        return project_view(
            project_id,
            schedule,
            status,
            position=position,
            now=self._services.clock(),
            shown=shown,
        )

    async def static(self, request: Request) -> Response:
        """Return a file of the pages' own."""
        found = static_file(request.path_params["name"])
        if found is None:
            msg = "there is no such file"
            raise Problem(NOT_FOUND, msg)
        tag = etag(found.digest)
        named = request.query_params.get("v") == found.digest
        headers = {
            "ETag": tag,
            "Cache-Control": FOR_EVER if named else "no-cache",
            "Content-Type": found.media_type,
        }
        if not_modified(request.headers, tag):
            return Response(status_code=304, headers=headers)
        return Response(found.content, headers=headers)


def _part_names(text: str) -> Sequence[str]:
    names: Sequence[str] = FRAGMENTS if text == ALL else text.split(",")
    if not set(names) <= set(FRAGMENTS):
        msg = f"a page has the parts {', '.join(FRAGMENTS)}, or {ALL} of them"
        raise Problem(NOT_FOUND, msg)
    return names


def _fragments(names: Sequence[str], view: ProjectView) -> str:
    return "\n".join(fragment(name, view) for name in names)
