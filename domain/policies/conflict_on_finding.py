"""Whenever a rule finds that something does not fit, then there is a conflict; else it clears."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, assert_never

from domain.conflicts.commands import ClearConflict, DetectConflict
from domain.kernel.ids import derived_id
from domain.kernel.messages import Command, Recorded
from domain.policies.noise import Conditions, Told
from domain.policies.policy import Request
from domain.projects.events import RuleSet
from domain.rules import RULES, Rule
from domain.rules.finding import Cleared, Finding, Found, never
from domain.rules.fingerprint import conflict_id
from domain.rules.heeding import Heeding, Waiting
from domain.rules.watched import Watched


@dataclass(slots=True)
class Judged:
    """What the rules know of one project, and what was found and told of it."""

    states: Mapping[str, Any]
    """The state of each rule by its name."""
    conditions: Conditions = field(default_factory=Conditions)
    waiting: Waiting = field(default_factory=Waiting)


class ConflictOnFinding:
    """Ask the rules about events they heed, and for a conflict where one finds what is no noise."""

    name = "conflict_on_finding"

    def __init__(self, rules: Sequence[Rule[Any]] = RULES) -> None:
        self._rules = rules
        self._heeding = Heeding(rules)
        self._timed = [rule for rule in rules if rule.due is not never]

    def initial(self) -> Judged:
        """Return the states of rules that nothing was found by."""
        return Judged({rule.name: rule.initial() for rule in self._rules})

    def fold(
        self, state: Judged, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Request]:
        """Take one event in; return what is asked for because of what the rules find, in order."""
        rules = state.waiting.asked(self._heeding, recorded, more=more)
        return [
            request_of(found, project.project_id, recorded.position, cause)
            for found, cause in told(rules, state, recorded, project, more=more)
        ]

    def due(self, state: Judged, project: Watched) -> datetime | None:
        """Return the next moment at which time alone brings something about."""
        dues = [rule.due(state.states[rule.name], project) for rule in self._timed]
        dues.append(state.conditions.due())
        return min((due for due in dues if due is not None), default=None)

    def instead(
        self, before: Judged, after: Judged, recorded: Recorded[Any], project: Watched
    ) -> Sequence[Request]:
        """Return the conflicts to clear, to open or to change since a correction."""
        was, now = before.conditions.open(), after.conditions.open()
        found: list[Found] = [
            Cleared(*condition, "A correction took it away")
            for condition in was
            if condition not in now
        ]
        found += [finding for condition, finding in now.items() if was.get(condition) != finding]
        return [request_of(each, project.project_id, recorded.position) for each in found]


def told(
    rules: Iterable[Rule[Any]],
    judged: Judged,
    recorded: Recorded[Any],
    project: Watched,
    *,
    more: bool = False,
) -> Sequence[Told]:
    """Return what rules find at an event, less the noise, and what was held back until now."""
    at = project.moment_of(recorded)
    for rule in rules:
        for found in rule.fold(judged.states[rule.name], recorded, project, more=more):
            judged.conditions.take(rule, found, recorded, at)
    if isinstance(recorded.event, RuleSet):
        judged.conditions.set_otherwise(recorded.event, at)
    return list(judged.conditions.tell(project, at))


def request_of(
    found: Found, project_id: str, position: int, cause: Recorded[Any] | None = None
) -> Request:
    """Return what to ask for when it is told at a position that a rule found something.

    The message id derives from rule, subjects and that position.
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
    message_id = derived_id("", command.command_name, conflict, str(position))
    return Request(message_id, command, cause)
