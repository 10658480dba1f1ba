"""Ask something of a branch from a terminal or a file of requests: all of it, or nothing."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from consumers import asking
from consumers.canonical_json import canonical
from consumers.deciding import Request
from consumers.strict_json import parse_object
from domain.branches.decisions import REQUESTS_MAX

if TYPE_CHECKING:
    from consumers.bootstrap import System

SOURCE: Final = "takt/branch"


def asked(
    system: "System", requests: Sequence[Request], acting_for: str | None = None
) -> dict[str, Any]:
    """Have requests on a branch decided as one; see `asking.asked`."""
    return asking.asked(system, requests, SOURCE, acting_for=acting_for)


def request(verb: str, project_id: str, branch_id: str, **said: object) -> Request:
    """Return a request on a branch."""
    body = {"project_id": project_id, "branch_id": branch_id, **said}
    known = {name: value for name, value in body.items() if value is not None}
    return Request(f"branch.{verb}.v1", canonical(known))


def typed(project_id: str, branch_id: str, command: str, data: str) -> Request:
    """Return the request to add what was typed; raises Malformed for data that is no object."""
    return request(
        "add_request", project_id, branch_id, command=command, data=parse_object(data.encode())
    )


def of_lines(
    project_id: str, branch_id: str, name: str, lines: Iterable[bytes]
) -> Sequence[Request]:
    """Return the requests to add those of a file's lines; see `asking.of_lines`."""
    return [
        request("add_request", project_id, branch_id, command=each.name, data=json.loads(each.body))
        for each in asking.of_lines(name, lines, REQUESTS_MAX)
    ]
