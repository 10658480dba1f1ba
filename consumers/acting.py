"""Find out whether a party may act for another on a day, and in which role it does.

The role of the one acted for is what counts, and nothing else: neither are the rights of who asks
added to it, nor does a delegation reach beyond its project or department.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from consumers.others import Others
from domain.departments.state import Department
from domain.kernel.ids import ID_PATTERN, stream_of, subject_of
from domain.kernel.messages import DEPARTMENT_HEAD, SYSTEM, Command, Principal
from domain.kernel.refusals import NotAuthorised
from domain.projects.state import Project

NEVER_DELEGATED: Final = frozenset({SYSTEM})
HOW: Final = (
    "a coordinator appoints a delegate by project.appoint_delegate.v1, of a department's supervisor"
    " by department.appoint_supervisor_delegate.v1"
)


def acting(
    commands: Sequence[Command], principal: Principal, at: datetime, others: Others
) -> Principal:
    """Return who asks, in the role of the one acted for; raises NotAuthorised.

    `at` is when the requests were taken in: the day is that of their project's zone, of UTC where
    they name none. A delegation in a project covers what names the project. A department's covers
    what is the department's: its phases, its resources and, of what is no department's, whatever a
    head of one of the project's departments may ask for.
    """
    party, acted_for = principal.party_id, principal.decides_as
    if party == acted_for:
        msg = f"{party} decides for himself: leave out for whom he acts"
        raise NotAuthorised(msg)
    shared: set[str] | None = None
    for command in commands:
        day, roles, delegates = _delegated(command, party, acted_for, at, others)
        if not roles:
            who = ", ".join(sorted(delegates)) or "nobody"
            msg = f"{party} may not act for {acted_for} on {day}, {who} may: {HOW}"
            raise NotAuthorised(msg)
        if not roles & command.roles:
            told = f"{command.command_name} is for {', '.join(sorted(command.roles))}"
            msg = f"{told}; {party} acts for {acted_for} as {', '.join(sorted(roles))}"
            raise NotAuthorised(msg)
        roles &= command.roles
        shared = roles if shared is None else shared & roles
    if not shared:
        msg = f"no one role of {acted_for} covers all of these: ask for them one by one"
        raise NotAuthorised(msg)
    return principal.model_copy(update={"role": min(shared)})


def _delegated(
    command: Command, party: str, acted_for: str, at: datetime, others: Others
) -> tuple[date, set[str], set[str]]:
    """Return the day, the roles in which the party acts on it, and all who may act."""
    project_id: str | None = getattr(command, "project_id", None)
    day = at.astimezone(UTC).date()
    roles: set[str] = set()
    delegates: set[str] = set()
    if project_id is not None:
        project: Project = others.state(stream_of("project", project_id))
        if project.opened is not None:
            day = at.astimezone(ZoneInfo(project.opened.zone)).date()
        roles |= set(project.delegations.roles(party, acted_for, day)) - NEVER_DELEGATED
        delegates |= set(project.delegations.delegates(acted_for, day))
    for named in _departments(command, project_id, others):
        if re.fullmatch(ID_PATTERN, named) is None:
            continue  # A plan names departments as it likes; what is no id has no delegates.
        department: Department = others.state(stream_of("department", named))
        found = {
            each.party
            for each in department.leadership.acting(day)
            if each.on_behalf_of == acted_for
        }
        delegates |= found
        if party in found:
            roles.add(DEPARTMENT_HEAD)
    return day, roles, delegates


def _departments(command: Command, project_id: str | None, others: Others) -> Iterator[str]:
    """Yield the departments that a request is of: the one of its subject, else the project's."""
    category, ids = subject_of(command.stream())
    if category == "department":
        yield ids[-1]
    elif category == "resource":
        registered = others.state(command.stream()).registered
        if registered is not None and registered.department_id is not None:
            yield registered.department_id
    elif project_id is not None:
        phases = others.state(stream_of("plan", project_id)).phases
        phase_id = getattr(command, "phase_id", None)
        if phase_id is None:
            yield from sorted({phase.department_id for phase in phases.values()})
        elif phase_id in phases:
            yield phases[phase_id].department_id
