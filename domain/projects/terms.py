"""Add up who may act for whom in a project on a day, and what was handed over and accepted."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias

from domain.projects.events import DelegateAppointed, HandoverAccepted, HandoverIssued

Handover: TypeAlias = tuple[str, str, str]
"""A role, who hands it over, and to whom."""


@dataclass(frozen=True, slots=True)
class Delegations:
    """The appointments of delegates, in the order of the stream."""

    appointed: tuple[DelegateAppointed, ...] = ()

    def after(self, event: DelegateAppointed) -> "Delegations":
        """Return the delegations with one more; it replaces the one of the same first day."""
        others = tuple(each for each in self.appointed if _key(each) != _key(event))
        return Delegations((*others, event))

    def roles(self, party: str, for_party: str, day: date) -> tuple[str, ...]:
        """Return the roles in which a party may act for another on a day, sorted."""
        return tuple(
            sorted({each.role for each in self._of(for_party, day) if each.to_party == party})
        )

    def delegates(self, for_party: str, day: date) -> tuple[str, ...]:
        """Return who may act for a party on a day, sorted."""
        return tuple(sorted({each.to_party for each in self._of(for_party, day)}))

    def _of(self, for_party: str, day: date) -> tuple[DelegateAppointed, ...]:
        return tuple(
            each
            for each in self.appointed
            if each.from_party == for_party
            and each.first_day <= day
            and (each.last_day is None or day <= each.last_day)
        )


@dataclass(frozen=True, slots=True)
class Handovers:
    """The last hand-over issued of each role from one party to another, and the last accepted."""

    issued: Mapping[Handover, HandoverIssued] = field(default_factory=dict)
    accepted: Mapping[Handover, HandoverAccepted] = field(default_factory=dict)

    def after(self, event: HandoverIssued | HandoverAccepted) -> "Handovers":
        """Return the hand-overs with one more step of one of them."""
        key = (event.role, event.from_party, event.to_party)
        match event:
            case HandoverIssued():
                return replace(self, issued={**self.issued, key: event})
            case HandoverAccepted():
                return replace(self, accepted={**self.accepted, key: event})


def _key(event: DelegateAppointed) -> tuple[str, str, str, date]:
    return event.role, event.from_party, event.to_party, event.first_day
