"""Put a levelled proposal on a branch: the project stays as it is until somebody merges it."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from consumers.asking import LOCAL
from consumers.deciding import Ask, Request
from domain.log.port import MessageKey

if TYPE_CHECKING:
    from consumers.bootstrap import System

SOURCE: Final = "takt/level"


def on_branch(system: "System", document: Mapping[str, Any], branch_id: str) -> dict[str, Any]:
    """Open a branch that asks for what a proposal needs; return what came of it, plain values.

    The branch starts where the proposal does. The same proposal again is a repeat. Raises
    Malformed for an id that is none, IdempotencyConflict where the branch asks for other dates.
    """
    outcome = system.dispatcher.dispatch_batch(
        requests_of(document, branch_id),
        Ask(
            MessageKey(SOURCE, f"{document['project']}/{branch_id}@{document['position']}"),
            LOCAL,
            system.clock(),
        ),
    )
    system.settle()
    return {
        "id": branch_id,
        "outcome": "repeated" if outcome.repeated else outcome.kind,
        "position": outcome.position or None,
        "code": outcome.code or None,
        "text": outcome.text or None,
    }


def requests_of(document: Mapping[str, Any], branch_id: str) -> list[Request]:
    """Return what opens the branch and adds each request of the proposal to it."""
    project_id = document["project"]
    opening = {
        "project_id": project_id,
        "branch_id": branch_id,
        "title": f"Resources suffice ({document['method']}, seed {document['seed']})",
        "base_position": document["position"],
    }
    adding = (
        {"project_id": project_id, "branch_id": branch_id, **request}
        for request in document["requests"]
    )
    return [
        Request("branch.open.v1", json.dumps(opening).encode()),
        *(Request("branch.add_request.v1", json.dumps(each).encode()) for each in adding),
    ]
