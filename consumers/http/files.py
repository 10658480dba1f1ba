"""Give answers away as files: sheets, letters, calendars and plans, to be saved and sent on."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from consumers.file_forms import Lacking, made
from consumers.files import MEDIA_TYPES, FileAnswer, file_name
from consumers.http.answers import Answers, must_be_allowed
from consumers.http.edge import principal_of
from consumers.http.parameters import given
from consumers.http.problems import NOT_INSTALLED, Problem
from consumers.http.services import Services
from consumers.http.work import Work
from consumers.question import BRANCH, Asked
from domain.kernel.messages import Principal


class Files:
    """`GET /v1/projects/{project_id}/files/<name>`; made anew each time, in a worker thread."""

    def __init__(self, services: Services, work: Work) -> None:
        self._services = services
        self._work = work
        self._answers = Answers(services, work)

    def to(self, file: FileAnswer, kind: str) -> Callable[[Request], Any]:
        """Return the endpoint of one kind of a file."""

        async def get(request: Request) -> Response:
            principal = principal_of(request, self._services)
            asked = given(request, file.parameters)
            must_be_allowed(principal, asked, asked.get(BRANCH.name), file.may_ask)
            project_id = request.path_params["project_id"]
            return await self._work.run(self._file, principal, project_id, file, kind, asked)

        return get

    def _file(
        self, principal: Principal, project_id: str, file: FileAnswer, kind: str, asked: Asked
    ) -> Response:
        document = self._answers.document(
            principal, project_id, lambda views: file.answer(views, project_id, asked)
        )
        try:
            content = made(kind, file.forms)(document)
        except Lacking as lacking:
            raise Problem(NOT_INSTALLED, str(lacking)) from lacking
        name = file_name(project_id, file.name, kind)
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
        return Response(content, media_type=MEDIA_TYPES[kind], headers=headers)
