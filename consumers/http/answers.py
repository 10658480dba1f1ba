"""Answer questions about a project that are computed when they are asked."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consumers.failures import WrongInput
from consumers.http.edge import OUTSIDE, principal_of
from consumers.http.parameters import given, one
from consumers.http.problems import MALFORMED, NOT_AUTHORISED, Problem
from consumers.http.services import Services
from consumers.http.work import Work
from consumers.on_branch import asked_of, whole
from consumers.question import BRANCH, Asked, Question
from consumers.views import Views
from domain.kernel.messages import Principal
from domain.kernel.refusals import UnknownSubject

Told = TypeVar("Told", bound=Mapping[str, Any])

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
            asked = given(request, question.parameters)
            asked |= {name: request.path_params[name] for name in question.path_names}
            branch_id = one(request, BRANCH.name) if question.of_branches else None
            project_id = request.path_params["project_id"]
            must_be_allowed(principal, asked, branch_id, question.may_ask)

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
        document = self.document(principal, project_id, answer)
        headers = {"Cache-Control": "no-store", "X-Takt-Position": str(document["position"])}
        return JSONResponse(document, headers=headers)

    def document(
        self, principal: Principal, project_id: str, answer: Callable[[Views], Told]
    ) -> Told:
        """Return what is answered; raises UnknownSubject to who may not see the project."""
        if not principal.may_see(project_id):
            msg = f"there is no project {project_id}"
            raise UnknownSubject(msg)
        try:
            return answer(self._services.views)
        except WrongInput as wrong:
            # What is wrong may name others of the project, who are nobody's outside.
            told = str(wrong) if principal.is_inside else NOTHING_OUTSIDE
            raise Problem(MALFORMED, told) from wrong


def must_be_allowed(
    principal: Principal,
    asked: Asked,
    branch_id: str | None,
    may_ask: Callable[[Principal, Asked], bool],
) -> None:
    """Raise Problem 403 for what is kept inside the house; what if is nobody's outside."""
    is_what_if_outside = branch_id is not None and not principal.is_inside
    if is_what_if_outside or not may_ask(principal, asked):
        raise Problem(NOT_AUTHORISED, OUTSIDE)
