"""Read what decisions about orders, material, contracts, requests and branches need to know."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from consumers.canonical_json import canonical
from consumers.others import Others
from domain.branches import decisions as branches
from domain.branches.commands import AddBranchRequest, MergeBranch, OpenBranch
from domain.branches.state import Branch, Stage
from domain.commitments import decisions as commitments
from domain.contracts import decisions as contracts
from domain.contracts.commands import ConfirmAbility, InvalidateReview
from domain.items import decisions as items
from domain.kernel.ids import stream_of, subject_of
from domain.kernel.refusals import DomainError, InvalidTransition, Malformed, UnknownSubject
from domain.requirements import decisions as requirements
from domain.requirements.commands import IdentifyRequirement
from domain.requirements.state import Requirement
from domain.special_requests import decisions as special_requests
from domain.special_requests.commands import (
    ApplyRequest,
    ApproveRequest,
    AssessImpact,
    QuoteRequest,
)
from domain.special_requests.decisions import Effect
from domain.special_requests.state import SpecialRequest


def of_commitment(command: Any, others: Others) -> commitments.Surroundings:  # noqa: ANN401
    project = others.project(command.project_id)
    return commitments.Surroundings(project_exists=project.exists, project_closed=project.closed)


def of_requirement(command: Any, others: Others) -> requirements.Surroundings:  # noqa: ANN401
    project = others.project(command.project_id)
    known = requirements.Surroundings(project_exists=project.exists, project_closed=project.closed)
    if isinstance(command, IdentifyRequirement):
        plan = others.state(stream_of("plan", command.project_id))
        return replace(known, in_plan=command.phase in plan.phases)
    needed: Requirement = others.state(command.stream())
    if needed.item is None:
        return known
    stock = others.state(stream_of("item", command.project_id, needed.item)).standing
    return replace(
        known,
        reserved=stock.reserved.get(command.requirement_id, Decimal(0)),
        issued=stock.issued.get(command.requirement_id, Decimal(0)),
    )


def of_item(command: Any, others: Others) -> items.Surroundings:  # noqa: ANN401
    project = others.project(command.project_id)
    known = items.Surroundings(project_exists=project.exists, project_closed=project.closed)
    for stream in items.reads(command):
        if subject_of(stream).category != "requirement":
            continue
        needed: Requirement = others.state(stream)
        named = (needed.project_id, needed.item)
        if needed.open and named == (command.project_id, command.item_id):
            return replace(known, needed=needed.qty)
    return known


def of_contract(command: Any, others: Others) -> contracts.Surroundings:  # noqa: ANN401
    known = contracts.Surroundings(project_closed=others.project(command.project_id).closed)
    match command:
        case ConfirmAbility():
            return replace(known, head_position=others.head())
        case InvalidateReview():
            return replace(known, commitments=_commitments_made(command, others))
        case _:
            return known


def _commitments_made(command: InvalidateReview, others: Others) -> tuple[str, ...]:
    """Return what was ordered and not given up: of the contract's vendor, or for the customer."""
    received = others.state(command.stream()).paper.received
    party = None if received is None or received.kind == "customer" else received.party
    made = []
    for stream in others.streams_of(command.project_id, "commitment"):
        line = others.state(stream).line
        is_of_party = line.requested is not None and party in {None, line.requested.vendor}
        if is_of_party and line.standing().closed != "cancelled":
            made.append(subject_of(stream).ids[-1])
    return tuple(made)


def of_special_request(command: Any, others: Others) -> special_requests.Surroundings:  # noqa: ANN401
    project_id = command.project_id
    known = special_requests.Surroundings(project_closed=others.project(command.project_id).closed)
    if not isinstance(command, AssessImpact | QuoteRequest | ApproveRequest | ApplyRequest):
        return known
    # Whoever edits the plan in the same moment may move what is affected: then decide again.
    others.version(stream_of("plan", project_id))
    if isinstance(command, AssessImpact):
        effect = _effect_of(command, others)
        if isinstance(effect, DomainError):
            return replace(known, effect=effect)
        moved = others.moved(project_id, effect.phases, effect.base_position)
        return replace(known, effect=effect, moved=tuple(moved))
    request: SpecialRequest = others.state(command.stream())
    impact = request.standing.impact
    if impact is None:
        return known
    moved = others.moved(project_id, impact.phases, impact.assessed_at_position)
    known = replace(known, moved=tuple(moved))
    if not isinstance(command, ApplyRequest):
        return known
    written = tuple(others.written())
    return replace(known, merged=_is_merged_here(impact.branch, others, written), written=written)


def _is_merged_here(branch_id: str | None, others: Others, written: Sequence[str]) -> bool:
    """Tell whether this very commit merges the branch; one that has none changes nothing."""
    if branch_id is None:
        return True
    stream = stream_of("branch", branch_id)
    branch: Branch = others.state(stream)
    return branch.stage is Stage.MERGED and any(name.startswith(f"{stream}@") for name in written)


def _effect_of(command: AssessImpact, others: Others) -> Effect | DomainError:
    if command.branch is None:
        return Effect(Decimal(0), 0, (), others.head())
    branch: Branch = others.state(stream_of("branch", command.branch))
    if not branch.exists or branch.project_id != command.project_id:
        return UnknownSubject(f"project {command.project_id} has no branch {command.branch}")
    if branch.stage is not Stage.OPEN:
        return InvalidTransition(f"branch {command.branch} is {branch.stage.value}: open a new one")
    return others.effect(command.project_id, branch)


def of_branch(command: Any, others: Others) -> branches.Surroundings:  # noqa: ANN401
    project = others.project(command.project_id)
    known = branches.Surroundings(
        project_exists=project.exists,
        project_closed=project.closed,
        head_position=others.head() if isinstance(command, OpenBranch) else 0,
    )
    match command:
        case AddBranchRequest():
            data = canonical(command.data).decode()
            return replace(known, data=data, refusal=_refusal_on_branch(command, data, others))
        case MergeBranch():
            return replace(known, written=tuple(others.written()))
        case _:
            return known


def _refusal_on_branch(command: AddBranchRequest, data: str, others: Others) -> DomainError | None:
    """Return why a branch cannot ask for this; None: it can, after what it asked before."""
    if command.command.startswith(("branch.", "request.")):
        msg = "a branch asks for changes of its project, not of branches or special requests"
        return Malformed(msg, "/command")
    if command.command.startswith("publication."):
        msg = "what a branch would come to is not published: merge it first"
        return Malformed(msg, "/command")
    if command.command.startswith("event."):
        msg = "what was recorded is corrected on the project itself, not on a branch"
        return Malformed(msg, "/command")
    if command.data.get("project_id") != command.project_id:
        msg = f"a branch of {command.project_id} asks for changes of that project alone"
        return Malformed(msg, "/data/project_id")
    branch: Branch = others.state(command.stream())
    asked = [(each.command, each.data) for each in branch.requests]
    return others.refusal(
        command.project_id, branch.base_position, [*asked, (command.command, data)]
    )
