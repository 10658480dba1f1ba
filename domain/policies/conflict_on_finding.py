"""Whenever a rule finds that something does not fit, then there is a conflict; else it clears."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias, assert_never

from domain.conflicts.commands import ClearConflict, DetectConflict
from domain.kernel.ids import derived_id
from domain.kernel.messages import Command, Recorded
from domain.policies.policy import Request
from domain.rules import RULES, Rule
from domain.rules.finding import Cleared, Finding, Found
from domain.rules.fingerprint import conflict_id
from domain.rules.watched import Watched

RuleStates: TypeAlias = dict[str, Any]
"""The state of each rule by its name."""


class ConflictOnFinding:
    """Ask every rule about every event, and for a conflict where one finds something."""

    name = "conflict_on_finding"

    def __init__(self, rules: Sequence[Rule[Any]] = RULES) -> None:
        self._rules = rules

    def initial(self) -> RuleStates:
        """Return the states of rules that nothing was found by."""
        return {rule.name: rule.initial() for rule in self._rules}

    def fold(
        self, state: RuleStates, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Request]:
        """Take one event in; return what is asked for because of what the rules find, in order."""
        return [
            request_of(found, project.project_id, recorded.position)
            for rule in self._rules
            for found in rule.fold(state[rule.name], recorded, project, more=more)
        ]

    def due(self, state: RuleStates, project: Watched) -> datetime | None:
        """Return the next moment at which a rule may find something by time alone."""
        dues = (rule.due(state[rule.name], project) for rule in self._rules)
        return min((due for due in dues if due is not None), default=None)


def request_of(found: Found, project_id: str, position: int) -> Request:
    """Return what to ask for when a rule finds something at an event of a project, or at a tick.

    The message id derives from rule, subjects and the event's position.
    """
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
                probability_bp=found.probability_bp,
                evidence=found.evidence,
                first_position=found.first_position,
                act_by=found.act_by,
                remedies=found.remedies or None,
            )
        case Cleared():
            command = ClearConflict(
                project_id=project_id, conflict_id=conflict, because=found.because
            )
        case unknown:
            assert_never(unknown)
    return Request(derived_id("", command.command_name, conflict, str(position)), command)
