"""Add up who leads a department and who may act for it, for any day."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from domain.departments.events import SupervisorAppointed, SupervisorDelegateAppointed
from domain.kernel.messages import Recorded


class Term(NamedTuple):
    """A party leads from this day on, until the next term begins."""

    party: str
    first_day: date


class Delegation(NamedTuple):
    """A party may act for the supervisor on these days, both included."""

    party: str
    first_day: date
    last_day: date


class Acting(NamedTuple):
    """Who may decide for a department; a delegate does it on behalf of the supervisor."""

    party: str
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True)
class Leadership:
    """Terms by their first day, which differ; delegations by first day and party."""

    terms: tuple[Term, ...] = ()
    delegations: tuple[Delegation, ...] = ()

    def after(self, event: SupervisorAppointed | SupervisorDelegateAppointed) -> "Leadership":
        """Return the leadership with one more appointment in it."""
        match event:
            case SupervisorAppointed(party=party, first_day=first):
                kept = tuple(term for term in self.terms if term.first_day < first)
                return replace(self, terms=(*kept, Term(party, first)))
            case SupervisorDelegateAppointed(party=party, first_day=first, last_day=last):
                others = [each for each in self.delegations if each[:2] != (party, first)]
                placed = sorted(
                    (*others, Delegation(party, first, last)),
                    key=lambda each: (each.first_day, each.party),
                )
                return replace(self, delegations=tuple(placed))

    def supervisor(self, day: date) -> str | None:
        """Return who leads on a day."""
        led = [term.party for term in self.terms if term.first_day <= day]
        return led[-1] if led else None

    def acting(self, day: date) -> tuple[Acting, ...]:
        """Return who may act for the department on a day: the supervisor, then the delegates.

        Nobody can act for a supervisor there is not.
        """
        supervisor = self.supervisor(day)
        if supervisor is None:
            return ()
        delegates = dict.fromkeys(
            each.party
            for each in self.delegations
            if each.first_day <= day <= each.last_day and each.party != supervisor
        )
        return (Acting(supervisor), *(Acting(party, supervisor) for party in delegates))


def leadership_of(history: Iterable[Recorded[Any]]) -> Leadership:
    """Return what the events of a department's stream add up to."""
    known = Leadership()
    for recorded in history:
        if isinstance(recorded.event, SupervisorAppointed | SupervisorDelegateAppointed):
            known = known.after(recorded.event)
    return known
