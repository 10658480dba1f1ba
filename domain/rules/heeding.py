"""Ask a rule about an event only where it has something to do there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from domain.kernel.clock import ClockAdvanced
from domain.kernel.messages import DomainEvent, Recorded
from domain.network.fold import NETWORK_EVENTS
from domain.projects.events import RuleSet
from domain.rules.finding import Rule

ALWAYS: Final[frozenset[type[DomainEvent]]] = frozenset({ClockAdvanced, RuleSet})
"""What every rule is asked about: time, and what a project sets of its rules."""


@dataclass(frozen=True, slots=True)
class Heeds:
    """What a rule has anything to do at; at all else it says nothing and its state stays as it is.

    A rule says it in an attribute `heeds`; one that has none is asked about every event. Ticks and
    what the project sets of its rules every rule is asked about.
    """

    events: frozenset[type[DomainEvent]] = frozenset()
    network: bool = False
    """Whether it does at whatever can change the network."""

    @classmethod
    def of(cls, *events: type[DomainEvent], network: bool = False) -> "Heeds":
        """Return that a rule heeds these types of events, and perhaps those of the network."""
        return cls(frozenset(events), network)

    def has(self, event: type[DomainEvent]) -> bool:
        """Tell whether a rule is to be asked about events of a type."""
        return event in ALWAYS or event in self.events or (self.network and event in NETWORK_EVENTS)


class Heeding:
    """Which rules are to be asked about an event, by its type, in the order they are in."""

    def __init__(self, rules: Sequence[Rule[Any]]) -> None:
        self.rules = rules
        self._at: dict[type[DomainEvent], Sequence[Rule[Any]]] = {}

    def at(self, event: type[DomainEvent]) -> Sequence[Rule[Any]]:
        """Return the rules that have something to do at events of a type."""
        known = self._at.get(event)
        if known is None:
            known = self._at[event] = [rule for rule in self.rules if _heeds(rule, event)]
        return known

    def of(self, rules: Iterable[str]) -> Iterator[Rule[Any]]:
        """Yield the rules of these names, in the order they are in."""
        names = frozenset(rules)
        return (rule for rule in self.rules if rule.name in names)


@dataclass(slots=True)
class Waiting:
    """The rules that were asked about an event of a message whose end has not come.

    A rule may wait for the end of a message, so it is asked about that too, whatever event it is.
    """

    names: set[str] = field(default_factory=set)

    def asked(
        self, heeding: Heeding, recorded: Recorded[Any], *, more: bool
    ) -> Iterable[Rule[Any]]:
        """Return the rules to ask about an event; `more` says that others of its message follow."""
        rules = heeding.at(type(recorded.event))
        if more:
            self.names.update(rule.name for rule in rules)
            return rules
        if not self.names:
            return rules
        names = self.names.union(rule.name for rule in rules)
        self.names.clear()
        return heeding.of(names)


def _heeds(rule: Rule[Any], event: type[DomainEvent]) -> bool:
    heeds: Heeds | None = getattr(rule, "heeds", None)
    return heeds is None or heeds.has(event)
