"""Whenever a rule finds that something does not fit, then there is a conflict; else it clears."""

from dataclasses import dataclass
from typing import Any, assert_never

from domain.conflicts.commands import ClearConflict, DetectConflict
from domain.kernel.ids import derived_id
from domain.kernel.messages import Command, Recorded
from domain.rules.finding import Cleared, Finding, Found
from domain.rules.fingerprint import conflict_id


@dataclass(frozen=True, slots=True)
class Request:
    """A command that a policy asks for, under the id it always has."""

    message_id: str
    command: Command


def requests_of(found: Found, because: Recorded[Any]) -> tuple[Request, ...]:
    """Return what to ask for when a rule finds something at an event.

    The message id derives from rule, subjects and the event's position: reading the event again
    asks the same thing again, which the inbox answers with the first answer. A finding at an event
    of no project asks for nothing.
    """
    project_id = because.project_id
    if project_id is None:
        return ()
    conflict = conflict_id(found.rule, found.subjects)
    command: Command
    match found:
        case Finding():
            command = DetectConflict(
                project_id=project_id,
                conflict_id=conflict,
                rule=found.rule,
                rule_version=found.rule_version,
                kind=found.kind,
                subjects=found.subjects,
                summary=found.summary,
                severity=found.severity,
                impact_days=found.impact_days,
                evidence=found.evidence,
                first_position=found.first_position,
            )
        case Cleared():
            command = ClearConflict(
                project_id=project_id, conflict_id=conflict, because=found.because
            )
        case unknown:
            assert_never(unknown)
    message_id = derived_id("", command.command_name, conflict, str(because.position))
    return (Request(message_id, command),)
