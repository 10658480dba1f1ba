"""Keep noise out of the conflicts: what is gone in minutes, hardly matters, or changes at once.

A condition becomes a conflict when it has lasted, and moves the promise by enough; changes of one
that come fast are told together. Moments are those of recorded events and of ticks, so a replay
tells the same. Source of the numbers: DOMAIN 5; a project may set others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from domain.kernel.messages import Recorded
from domain.projects.events import RuleSet
from domain.rules.finding import Cleared, Finding, Found, Rule
from domain.rules.parameters import DEBOUNCE, MIN_AGE, MIN_IMPACT, NOISE
from domain.rules.watched import Watched

Condition: TypeAlias = tuple[str, tuple[str, ...]]
"""What a finding is about for its whole life: the rule as it names itself, and the subjects."""


class Told(NamedTuple):
    """What is told of a condition, and the event it came up at."""

    found: Found
    cause: Recorded[Any]


@dataclass(slots=True)
class Known:
    """What a rule last said of a condition, and what of it was told."""

    rule: Rule[Any]
    finding: Finding
    cause: Recorded[Any]
    """The event at which the rule said so."""
    since: datetime
    """When this spell of the condition began."""
    gone: str | None = None
    """Why the rule says that it is gone; None while it holds."""
    told: Finding | None = None
    told_at: datetime | None = None


@dataclass(slots=True)
class Conditions:
    """Every condition that the rules of one project found and that is not over."""

    _known: dict[Condition, Known] = field(default_factory=dict)
    _waiting: dict[Condition, datetime] = field(default_factory=dict)
    """Those of which there may be something to tell, and from when on."""

    def take(self, rule: Rule[Any], found: Found, cause: Recorded[Any], at: datetime) -> None:
        """Take in what a rule says at an event, which came at a moment."""
        condition = found.rule, found.subjects
        known = self._known.get(condition)
        if isinstance(found, Cleared):
            if known is None:
                return
            known.gone, known.cause = found.because, cause
        elif known is None:
            self._known[condition] = Known(rule, found, cause, at)
        else:
            known.since = at if known.gone is not None else known.since
            known.finding, known.cause, known.gone = found, cause, None
        self._waiting[condition] = at

    def set_otherwise(self, event: RuleSet, at: datetime) -> None:
        """Look again at the conditions of a rule that a project set, or at all of them."""
        for condition, known in self._known.items():
            if event.rule in {known.rule.name, NOISE}:
                self._waiting[condition] = at

    def tell(self, project: Watched, at: datetime) -> Iterator[Told]:
        """Yield what is to be told by this moment, in the order in which it came up."""
        for condition in [each for each, due in self._waiting.items() if due <= at]:
            del self._waiting[condition]
            yield from self._told(condition, project, at)

    def due(self) -> datetime | None:
        """Return the next moment at which there is something to tell."""
        return min(self._waiting.values(), default=None)

    def open(self) -> Mapping[Condition, Finding]:
        """Return what was told and is not cleared, in the order in which it came up."""
        told = ((condition, known.told) for condition, known in self._known.items())
        return {condition: finding for condition, finding in told if finding is not None}

    def _told(self, condition: Condition, project: Watched, at: datetime) -> Iterator[Told]:
        known = self._known[condition]
        off = known.rule.name in project.switched_off
        if known.gone is not None or off:
            if known.told is not None:
                because = known.gone or "The rule is switched off here"
                yield Told(Cleared(*condition, because), known.cause)
                known.told = None
            if known.gone is not None:
                del self._known[condition]
            return
        if known.told is None:
            if _is_noise(known, project):
                return
            ripe = known.since + _age(known.rule, project)
        else:
            if known.told == known.finding:
                return
            ripe = (known.told_at or at) + _debounce(project)
        if ripe > at:
            self._waiting[condition] = ripe
            return
        known.told, known.told_at = known.finding, at
        yield Told(known.finding, known.cause)


def _is_noise(known: Known, project: Watched) -> bool:
    least = Decimal(project.number(NOISE, MIN_IMPACT)) / 100
    return known.rule.weighs_impact and known.finding.impact_days < least


def _age(rule: Rule[Any], project: Watched) -> timedelta:
    return timedelta(minutes=0 if rule.at_once else project.number(NOISE, MIN_AGE))


def _debounce(project: Watched) -> timedelta:
    return timedelta(seconds=project.number(NOISE, DEBOUNCE))
