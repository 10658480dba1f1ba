"""Serve the pages that show answers: conflicts, load and the others of a project, its report."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from consumers.http.edge import insider_of
from consumers.http.parameters import given
from consumers.http.services import Services
from consumers.http.shown import HEADERS, page_or_message
from consumers.http.work import Work
from consumers.on_branch import asked_of, whole
from consumers.question import BRANCH, Asked, Parameter, Question
from consumers.questions import QUESTIONS
from consumers.status_reporting import STATUS_REPORT
from consumers.views import Views
from projections.reports.as_html import report_html
from projections.web.boards import Board
from projections.web.pages import board_page

_QUESTION_OF: Final[Mapping[str, Question]] = {each.name: each for each in QUESTIONS}


def parameters_of(board: Board) -> tuple[Parameter, ...]:
    """Return what a page may be told: the same as its first question."""
    return _QUESTION_OF[board.questions[0]].taken


class BoardPages:
    """`GET /projects/{project_id}/<board>`: answered in a worker thread, as the questions are."""

    def __init__(self, services: Services, work: Work) -> None:
        self._services = services
        self._work = work

    def to(self, board: Board) -> Callable[[Request], Any]:
        """Return the endpoint of one page."""

        async def get(request: Request) -> Response:
            principal = insider_of(request, self._services)
            asked = given(request, parameters_of(board))
            project_id: str = request.path_params["project_id"]
            return await self._work.run(
                page_or_message,
                principal,
                project_id,
                "That cannot be shown",
                lambda: HTMLResponse(self._page(board, project_id, asked), headers=HEADERS),
            )

        return get

    def _page(self, board: Board, project_id: str, asked: Asked) -> str:
        first, *others = (_QUESTION_OF[name] for name in board.questions)

        def answer(views: Views) -> dict[str, Any]:
            document = first.answer(views, project_id, asked)
            # All of a page is of one position, also where something happens between two answers.
            then = {"as_of": str(document["position"])}
            return {"all": [document, *(each.answer(views, project_id, then) for each in others)]}

        told = _of_branch(self._services.views, project_id, asked, answer)
        return board_page(board, told["all"], asked, told.get("branch"))


class ReportPage:
    """`GET /projects/{project_id}/report`: the status report as it is given out, for the house."""

    def __init__(self, services: Services, work: Work) -> None:
        self._services = services
        self._work = work

    async def get(self, request: Request) -> Response:
        """Return the report for the audience that the query names."""
        principal = insider_of(request, self._services)
        asked = given(request, STATUS_REPORT.taken)
        project_id: str = request.path_params["project_id"]
        return await self._work.run(
            page_or_message,
            principal,
            project_id,
            "That cannot be reported",
            lambda: self._page(project_id, asked),
        )

    def _page(self, project_id: str, asked: Asked) -> Response:
        document = _of_branch(
            self._services.views,
            project_id,
            asked,
            lambda views: STATUS_REPORT.answer(views, project_id, asked),
        )
        page = report_html(document)
        headers = {**HEADERS, "Content-Security-Policy": _with_its_style(page)}
        return HTMLResponse(page, headers=headers)


def _of_branch(
    views: Views, project_id: str, asked: Asked, answer: Callable[[Views], dict[str, Any]]
) -> dict[str, Any]:
    """Return the answer about the project, or about the branch that the query names."""
    branch_id = asked.get(BRANCH.name)
    whole(branch_id, asked.get("as_of"))
    return asked_of(views, project_id, branch_id, answer)


def _with_its_style(page: str) -> str:
    """Return a policy under which a page may use the style in its head, and load nothing.

    The style is named by its digest, so none that was written into the report is obeyed.
    """
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
