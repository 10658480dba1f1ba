"""Answer questions about a project that are computed when they are asked."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consumers.failures import WrongInput
from consumers.http.edge import principal_of
from consumers.http.moments import one
from consumers.http.problems import MALFORMED, Problem
from consumers.http.services import Services
from consumers.http.work import Work
from consumers.question import Asked, Question
from domain.kernel.messages import Principal
from domain.kernel.refusals import UnknownSubject


class Answers:
    """`GET /v1/projects/{project_id}/<question>`; computed anew each time, in a worker thread."""

    def __init__(self, services: Services, work: Work) -> None:
        self._services = services
        self._work = work

    def to(self, question: Question) -> Callable[[Request], Any]:
        """Return the endpoint of one question."""

        async def get(request: Request) -> Response:
            principal = principal_of(request, self._services)
            given = ((each.name, one(request, each.name)) for each in question.parameters)
            asked = {name: value for name, value in given if value is not None}
            project_id = request.path_params["project_id"]
            return await self._work.run(self._answer, question, principal, project_id, asked)

        return get

    def _answer(
        self, question: Question, principal: Principal, project_id: str, asked: Asked
    ) -> Response:
        if not principal.may_see(project_id):
            msg = f"there is no project {project_id}"
            raise UnknownSubject(msg)
        try:
            document = question.answer(self._services.views, project_id, asked)
        except WrongInput as wrong:
            raise Problem(MALFORMED, str(wrong)) from wrong
        headers = {"Cache-Control": "no-store", "X-Takt-Position": str(document["position"])}
        return JSONResponse(document, headers=headers)
