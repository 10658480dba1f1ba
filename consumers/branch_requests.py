"""Ask something of a branch from a terminal or a file of requests: all of it, or nothing."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from consumers.canonical_json import canonical
from consumers.deciding import Ask, Request
from consumers.failures import WrongInput
from consumers.requests import digest_of, read_command
from consumers.strict_json import parse_object
from domain.branches.decisions import REQUESTS_MAX
from domain.kernel.ids import derived_id
from domain.kernel.messages import COORDINATOR, Principal
from domain.kernel.refusals import DomainError, Malformed
from domain.kernel.values import rfc3339
from domain.log.port import MessageKey

if TYPE_CHECKING:
    from consumers.bootstrap import System

SOURCE: Final = "takt/branch"
LOCAL: Final = Principal(party_id="local", role=COORDINATOR)


def asked(system: "System", requests: Sequence[Request]) -> dict[str, Any]:
    """Have requests decided as one, and return what became of them as plain JSON values.

    Each call is a message of its own. Raises Malformed for what cannot be read.
    """
    now = system.clock()
    digest = digest_of([(each.name, each.body) for each in requests]).hex()
    key = MessageKey(SOURCE, derived_id("try-", digest, rfc3339(now)))
    ask = Ask(key, LOCAL, now)
    outcome = system.dispatcher.dispatch_batch(requests, ask)
    system.settle()
    return {
        "outcome": outcome.kind,
        "changed": bool(outcome.versions),
        "position": outcome.position or None,
        "requests": len(requests),
        "code": outcome.code or None,
        "text": outcome.text or None,
        "place": _place_of_refusal(system, requests, ask) if outcome.kind == "refused" else None,
    }


def _place_of_refusal(system: "System", requests: Sequence[Request], ask: Ask) -> int | None:
    """Return which of the requests, from 1 on, is the first that is refused."""
    rehearsal = system.dispatcher.deciding.rehearsal()
    for place, request in enumerate(requests, 1):
        try:
            rehearsal.ask_for([read_command(request.name, request.body)], ask)
        except DomainError:
            return place
    return None


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
    """Return the requests to add a file's lines, each `{"command": …, "data": {…}}`.

    Empty lines are passed over. Raises WrongInput, which names the line, or the empty file.
    """
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            told = parse_object(line)
        except Malformed as wrong:
            msg = f"{name}:{number}: {wrong}"
            raise WrongInput(msg) from wrong
        if set(told) != {"command", "data"} or not isinstance(told["command"], str):
            shape = json.dumps({"command": "plan.revise_duration.v1", "data": {}})
            msg = f"{name}:{number}: a request has a command and its data and nothing else: {shape}"
            raise WrongInput(msg)
        found.append(request("add_request", project_id, branch_id, **told))
        if len(found) > REQUESTS_MAX:
            msg = f"{name}:{number}: a branch holds at most {REQUESTS_MAX} requests"
            raise WrongInput(msg)
    if not found:
        msg = f"{name}: there is no request in it"
        raise WrongInput(msg)
    return found
