"""Read requests as they come in: their names, their bodies, their digests, who may ask for them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from consumers.canonical_json import canonical
from consumers.deciders import AGGREGATES, following_commands
from consumers.strict_json import parse
from domain.branches.commands import BranchCommand, MergeBranch
from domain.branches.decisions import merge_refused
from domain.branches.events import BranchRequestAdded
from domain.branches.state import Branch, Stage
from domain.kernel.corrections import COMMANDS as CORRECTIONS
from domain.kernel.ids import stream_of
from domain.kernel.messages import Command, Principal
from domain.kernel.refusals import (
    DomainError,
    Malformed,
    NotAuthorised,
    UnknownSubject,
)
from domain.kernel.values import Reason
from domain.special_requests.commands import ApplyRequest
from domain.special_requests.state import SpecialRequest

COMMANDS: Final[Mapping[str, type[Command]]] = {
    command.command_name: command
    for aggregate in AGGREGATES.values()
    for command in aggregate.decider.commands
} | {command.command_name: command for command in CORRECTIONS}
"""Every command by its catalogue name."""


def read_command(name: str, body: bytes) -> Command:
    """Return the typed command; raises UnknownSubject for its name, Malformed for its body."""
    model = COMMANDS.get(name)
    if model is None:
        msg = f"there is no command {name!r}; the catalogue lists them"
        raise UnknownSubject(msg)
    parse(body)
    try:
        return model.model_validate_json(body)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        pointer = "".join(f"/{part}" for part in first["loc"])
        msg = f"{name}: {first['msg']}"
        raise Malformed(msg, pointer) from wrong


def digest_of(requests: Sequence[tuple[str, bytes]]) -> bytes:
    """Return the digest that tells a repeat from a conflict: of the canonical form."""
    return sha256(canonical([[name, parse(body)] for name, body in requests])).digest()


def digest_of_command(command: Command) -> bytes:
    """Return the digest of a typed command, as if it had come in over the wire.

    What was left to its default is left out: a field that a later release adds must not make
    another message of a request that is asked again.
    """
    body = command.model_dump_json(exclude_defaults=True).encode()
    return digest_of([(command.command_name, body)])


def authorise(command: Command, principal: Principal) -> None:
    """Raise NotAuthorised where the principal's role or projects do not cover the command."""
    if principal.role not in command.roles:
        msg = f"{command.command_name} is for {', '.join(sorted(command.roles))}"
        raise NotAuthorised(msg)
    _is_visible(command, principal)


def admit(command: Command, principal: Principal) -> None:
    """Raise NotAuthorised for what will be refused however the log stands.

    In which role somebody acts for another only the log says: it is looked at when it is decided.
    """
    if principal.on_behalf_of is None:
        authorise(command, principal)
    else:
        _is_visible(command, principal)


def _is_visible(command: Command, principal: Principal) -> None:
    project_id: str | None = getattr(command, "project_id", None)
    if not principal.may_see(project_id):
        named = "what no project owns" if project_id is None else f"project {project_id}"
        msg = f"{named} is not yours to change"
        raise NotAuthorised(msg)


class Place(NamedTuple):
    """Where a request stands in a branch."""

    branch_stream: str
    added: BranchRequestAdded

    @property
    def cause(self) -> str:
        """What it is known by as the cause of events."""
        return f"{self.branch_stream}/{self.added.ordinal}"


def accompanied(
    command: Command, state: Callable[[str], Any]
) -> Iterator[tuple[Command, Place | None]]:
    """Yield a request with all that is decided in its commit, in order.

    The requests of a branch that is merged come before it, each with its place in the branch. A
    special request that is applied merges its branch, and is the reason of every change in it.
    Raises MergeRefused for a branch's request that nobody can read any more.
    """
    match command:
        case MergeBranch():
            yield from _of_branch(command, state(command.stream()))
        case ApplyRequest():
            yield from _of_special_request(command, state)
        case _:
            pass
    yield command, None
    for further in following_commands(command):
        yield further, None


def request_of(added: BranchRequestAdded) -> Command:
    """Return the typed request that a branch holds; raises MergeRefused if it is none any more."""
    try:
        return read_command(added.command, added.data.encode())
    except DomainError as unreadable:
        raise merge_refused(added, unreadable) from unreadable


def _of_branch(merge: BranchCommand, branch: Branch) -> Iterator[tuple[Command, Place]]:
    if branch.stage is not Stage.OPEN or branch.project_id != merge.project_id:
        return
    for added in branch.requests:
        yield request_of(added), Place(merge.stream(), added)


def _of_special_request(
    application: ApplyRequest, state: Callable[[str], Any]
) -> Iterator[tuple[Command, Place | None]]:
    """Yield what applying a special request asks of the plan; nothing where it may not be applied.

    Whatever reason a branch's request had, the customer's is the one that makes it happen.
    """
    special: SpecialRequest = state(application.stream())
    now = special.standing
    identified, impact = now.identified, now.impact
    if identified is None or impact is None or impact.branch is None:
        return
    if not now.may_be_applied or special.project_id != application.project_id:
        return
    branch: Branch = state(stream_of("branch", impact.branch))
    merge = MergeBranch(project_id=application.project_id, branch_id=impact.branch)
    reason = Reason(code="customer_request", text=f"request {application.request_id}")
    for command, place in _of_branch(merge, branch):
        customer = command.responsible or identified.event.from_party
        yield command.model_copy(update={"reason": reason, "responsible": customer}), place
    if branch.stage is Stage.OPEN:
        yield merge, None
