"""Run one rule over a history and look at what it tells."""

from typing import Any

from domain.rules import Finding, Found, Rule
from domain.rules.watched import Watched
from tests.unit.projections.histories import PROJECT, History


def told(rule: Rule[Any], history: History) -> list[Found]:
    """Return everything the rule tells, in order."""
    project, state = Watched(PROJECT), rule.initial()
    found: list[Found] = []
    for recorded in history.events:
        project.take(recorded)
        found.extend(rule.fold(state, recorded, project))
    return found


def last(rule: Rule[Any], history: History) -> Finding:
    """Return the last thing the rule tells, which must be a finding."""
    found = told(rule, history)[-1]
    assert isinstance(found, Finding)
    return found
