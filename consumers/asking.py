"""Have requests decided that were typed or stand in a file: all of them, or nothing."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from consumers.canonical_json import canonical
from consumers.deciding import Ask, Request
from consumers.failures import WrongInput
from consumers.requests import digest_of, read_command
from consumers.strict_json import parse_object
from domain.kernel.ids import derived_id
from domain.kernel.messages import COORDINATOR, Principal
from domain.kernel.refusals import DomainError, Malformed
from domain.kernel.values import rfc3339
from domain.log.port import MessageKey

if TYPE_CHECKING:
    from consumers.bootstrap import System

LOCAL: Final = Principal(party_id="local", role=COORDINATOR)


def ask_now(
    system: "System",
    requests: Sequence[Request],
    source: str,
    key: str | None = None,
    acting_for: str | None = None,
    looked_at: int | None = None,
) -> Ask:
    """Return the circumstances of requests that somebody at this machine asks now.

    Without a key each call is a message of its own. Who acts for nobody is the coordinator of this
    machine; raises WrongInput where it is nobody's name he acts for.
    """
    now = system.clock()
    if key is None:
        digest = digest_of([(each.name, each.body) for each in requests]).hex()
        key = derived_id("try-", digest, rfc3339(now))
    return Ask(MessageKey(source, key), _principal(acting_for), now, looked_at=looked_at)


def asked(
    system: "System",
    requests: Sequence[Request],
    source: str,
    key: str | None = None,
    acting_for: str | None = None,
    looked_at: int | None = None,
) -> dict[str, Any]:
    """Have requests decided as one, and return what became of them as plain JSON values.

    Raises Malformed for what cannot be read, IdempotencyConflict for a key that was used with other
    requests, and StaleVersion where something they write has moved on since `looked_at`.
    """
    ask = ask_now(system, requests, source, key, acting_for, looked_at)
    outcome = system.dispatcher.dispatch_batch(requests, ask)
    system.settle()
    return {
        "outcome": outcome.kind,
        "changed": bool(outcome.versions),
        "repeated": outcome.repeated,
        "position": outcome.position or None,
        "requests": len(requests),
        "code": outcome.code or None,
        "text": outcome.text or None,
        "place": _place_of_refusal(system, requests, ask) if outcome.kind == "refused" else None,
    }


def _principal(acting_for: str | None) -> Principal:
    if acting_for is None:
        return LOCAL
    try:
        return Principal(party_id=LOCAL.party_id, role=LOCAL.role, on_behalf_of=acting_for)
    except ValidationError:
        msg = f"--acting-for {acting_for[:40]!r}: no party has such a name"
        raise WrongInput(msg) from None


def _place_of_refusal(system: "System", requests: Sequence[Request], ask: Ask) -> int | None:
    """Return which of the requests, from 1 on, is the first that is refused."""
    rehearsal = system.dispatcher.deciding.rehearsal()
    for place, request in enumerate(requests, 1):
        try:
            rehearsal.ask_in_person([read_command(request.name, request.body)], ask)
        except DomainError:
            return place
    return None


def of_lines(name: str, lines: Iterable[bytes], most: int) -> Sequence[Request]:
    """Return the requests that stand in a file's lines, each `{"command": …, "data": {…}}`.

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
        command, data = told.get("command"), told.get("data")
        if len(told) != 2 or not isinstance(command, str) or not isinstance(data, dict):  # noqa: PLR2004
            shape = json.dumps({"command": "plan.revise_duration.v1", "data": {}})
            msg = f"{name}:{number}: a request has a command and its data and nothing else: {shape}"
            raise WrongInput(msg)
        found.append(Request(command, canonical(data)))
        if len(found) > most:
            msg = f"{name}:{number}: there are at most {most} requests at once"
            raise WrongInput(msg)
    if not found:
        msg = f"{name}: there is no request in it"
        raise WrongInput(msg)
    return found
