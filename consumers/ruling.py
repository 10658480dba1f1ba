"""Answer which detection rules there are and what numbers they go by in a project."""

from collections.abc import Mapping, Sequence
from inspect import cleandoc
from typing import Any, Final

from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from domain.kernel.refusals import UnknownSubject
from domain.projects.events import RuleSet
from domain.rules import RULES, Rule
from domain.rules.parameters import (
    NOISE,
    NOISE_PARAMETERS,
    NOTICES,
    NOTICES_PARAMETERS,
    RANKING,
    RANKING_PARAMETERS,
)
from domain.rules.parameters import Parameter as Number


def rules_document(settings: Mapping[str, RuleSet]) -> dict[str, Any]:
    """Return every rule with its numbers, where a project set others those."""
    return {
        "rules": [_rule(rule, settings.get(rule.name)) for rule in in_order()],
        "noise": _numbers(NOISE_PARAMETERS, settings.get(NOISE)),
        "ranking": _numbers(RANKING_PARAMETERS, settings.get(RANKING)),
        "notices": _numbers(NOTICES_PARAMETERS, settings.get(NOTICES)),
    }


def explained(name: str) -> dict[str, Any]:
    """Return what one rule finds, by its name or its code; raises UnknownSubject."""
    rule = rule_of(name)
    return {**_rule(rule, None), "text": cleandoc(type(rule).__doc__ or rule.title)}


def rule_of(name: str) -> Rule[Any]:
    """Return a rule by its name or its code; raises UnknownSubject."""
    for rule in RULES:
        if name in {rule.name, rule.code}:
            return rule
    known = ", ".join(f"{rule.code} {rule.name}" for rule in in_order())
    msg = f"there is no rule {name}; there are {known}"
    raise UnknownSubject(msg)


def rules(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return every rule with the numbers it goes by in a project, as of a moment.

    Raises WrongInput and UnknownSubject.
    """
    position = views.position_or_head(asked.get("as_of"))
    network = views.network(project_id, position)
    settings: dict[str, RuleSet] = {}
    for recorded in views.history(project_id, 0, position):
        if isinstance(recorded.event, RuleSet):
            known = settings.get(recorded.event.rule, RuleSet(rule=recorded.event.rule))
            settings[recorded.event.rule] = known.and_then(recorded.event)
    return {
        "project": project_id,
        "name": network.name,
        "position": position,
        **rules_document(settings),
    }


def in_order() -> Sequence[Rule[Any]]:
    """Return the rules as the catalogue has them: M2 before M10."""
    return sorted(RULES, key=lambda rule: (rule.code[0], int(rule.code[1:]), rule.name))


def _rule(rule: Rule[Any], settings: RuleSet | None) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "version": rule.version,
        "title": rule.title,
        "on": settings is None or settings.on is not False,
        "at_once": rule.at_once,
        "weighs_impact": rule.weighs_impact,
        "numbers": _numbers(rule.parameters, settings),
    }


def _numbers(numbers: Sequence[Number], settings: RuleSet | None) -> list[dict[str, Any]]:
    set_here = (settings.parameters if settings is not None else None) or {}
    return [
        {
            "name": number.name,
            "value": set_here.get(number.name, number.default),
            "default": number.default,
            "unit": number.unit,
            "text": number.text,
        }
        for number in numbers
    ]


QUESTION: Final = Question(
    "rules",
    "List the detection rules and the numbers they go by in the project.",
    rules,
    (Parameter("as_of", "Position or time by knowledge; the head of the log."),),
)
