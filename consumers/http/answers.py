"""Answer questions about a project that are computed when they are asked."""

from collections.abc import Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consumers.failures import WrongInput
from consumers.http.edge import OUTSIDE, principal_of
from consumers.http.moments import one
from consumers.http.problems import MALFORMED, NOT_AUTHORISED, Problem
from consumers.http.services import Services
from consumers.http.work import Work
from consumers.on_branch import asked_of, whole
from consumers.question import BRANCH, Question
from consumers.views import Views
from domain.kernel.messages import Principal
from domain.kernel.refusals import UnknownSubject

NOTHING_OUTSIDE: Final = "as_of or since is no moment of the project, or it has nothing for you"


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
            asked |= {name: request.path_params[name] for name in question.path_names}
            branch_id = one(request, BRANCH.name) if question.of_branches else None
            project_id = request.path_params["project_id"]
            is_what_if_outside = branch_id is not None and not principal.is_inside
            if is_what_if_outside or not question.may_ask(principal, asked):
                raise Problem(NOT_AUTHORISED, OUTSIDE)

            def answer(views: Views) -> dict[str, Any]:
                whole(branch_id, asked.get("as_of"), asked.get("true_at"))
                return asked_of(
                    views, project_id, branch_id, lambda on: question.answer(on, project_id, asked)
                )

            return await self._work.run(self.told, principal, project_id, answer)

        return get

    def told(
        self, principal: Principal, project_id: str, answer: Callable[[Views], dict[str, Any]]
    ) -> Response:
        """Return the answer to who may see the project; there is none for anybody else."""
        if not principal.may_see(project_id):
            msg = f"there is no project {project_id}"
            raise UnknownSubject(msg)
        try:
            document = answer(self._services.views)
        except WrongInput as wrong:
            # What is wrong may name others of the project, who are nobody's outside.
            told = str(wrong) if principal.is_inside else NOTHING_OUTSIDE
            raise Problem(MALFORMED, told) from wrong
        headers = {"Cache-Control": "no-store", "X-Takt-Position": str(document["position"])}
        return JSONResponse(document, headers=headers)
