"""Run one rule over a history and look at what it tells."""

from typing import Any

from domain.rules import Finding, Found, Rule
from tests.unit.projections.histories import PROJECT, History


def told(rule: Rule[Any], history: History) -> list[Found]:
    """Return everything the rule tells, in order."""
    state = rule.initial(PROJECT)
    found: list[Found] = []
    for recorded in history.events:
        state, more = rule.fold(state, recorded)
        found.extend(more)
    return found


def last(rule: Rule[Any], history: History) -> Finding:
    """Return the last thing the rule tells, which must be a finding."""
    found = told(rule, history)[-1]
    assert isinstance(found, Finding)
    return found
