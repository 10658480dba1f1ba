"""Answer with a page of a project, or with one that says why there is none."""

from collections.abc import Callable
from typing import Final

from starlette.responses import HTMLResponse, Response

from consumers.failures import WrongInput
from domain.kernel.messages import Principal
from domain.kernel.refusals import MergeRefused, UnknownSubject
from projections.web.pages import message_page

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}


def page_or_message(
    principal: Principal, project_id: str, wrong_title: str, page: Callable[[], Response]
) -> Response:
    """Return a page to who may see the project; `wrong_title` stands over what was asked wrongly.

    An absent project and a hidden one are told alike.
    """
    if not principal.may_see(project_id):
        return message("Not found", f"there is no project {project_id}", 404)
    try:
        return page()
    except UnknownSubject as unknown:
        return message("Not found", str(unknown), 404)
    except WrongInput as wrong:
        return message(wrong_title, str(wrong), 400)
    except MergeRefused as refused:
        return message("That branch cannot be shown", str(refused), 409)


def message(title: str, detail: str, status: int) -> Response:
    """Return a page that only says something."""
    return HTMLResponse(message_page(title, detail), status, HEADERS)
