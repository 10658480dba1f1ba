"""Read query parameters, and refuse those that an endpoint does not know.

A slip must not be answered as if.
"""

from collections.abc import Sequence
from typing import Final

from fastapi.routing import APIRoute
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import Scope

from consumers.http.problems import MALFORMED, Problem
from consumers.question import Parameter

_SHOWN_MAX: Final = 80


def one(request: Request, name: str) -> str | None:
    """Return a query parameter that may be given once; raises Problem for two."""
    found = request.query_params.getlist(name)
    if len(found) > 1:
        msg = f"{name} is given twice"
        raise Problem(MALFORMED, msg)
    return found[0] if found and found[0] else None


def given(request: Request, parameters: Sequence[Parameter]) -> dict[str, str]:
    """Return those of some parameters that a query gives, by name, as they came."""
    found = ((each.name, one(request, each.name)) for each in parameters)
    return {name: value for name, value in found if value is not None}


def check_parameters(routes: Sequence[BaseRoute], scope: Scope) -> None:
    """Raise Problem for a parameter that the route's own description does not list.

    A `dryrun=true` that is passed over would record what was only to be tried. Where no route has
    the path, the router says so.
    """
    if not scope["query_string"]:
        return
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    route = next((each for each in routes if _takes(each, method, scope["path"])), None)
    if route is None:
        return
    known = _known(route)
    for name in QueryParams(scope["query_string"]):
        if name not in known:
            told = f"known are {', '.join(known)}" if known else "none is known"
            msg = f"there is no query parameter {name[:_SHOWN_MAX]!r} here: {told}"
            raise Problem(MALFORMED, msg)


def _takes(route: BaseRoute, method: str, path: str) -> bool:
    return (
        isinstance(route, APIRoute)
        and method in (route.methods or ())
        and route.path_regex.fullmatch(path) is not None
    )


def _known(route: BaseRoute) -> list[str]:
    described = (route.openapi_extra or {}) if isinstance(route, APIRoute) else {}
    return [each["name"] for each in described.get("parameters", ()) if each["in"] == "query"]
