"""Tell the history of a promise: every day that a vendor named for a line, by whom and by what."""

from datetime import date, datetime
from typing import Any, NamedTuple

from domain.commitments.events import CommitmentAcknowledged, ExpediteAnswered, PromiseDateMoved
from domain.commitments.facts import Line, promised_by
from domain.kernel.messages import Recorded


class Promise(NamedTuple):
    """A day that a vendor promised, where it was another one than before (`before`; None: none)."""

    day: date
    before: date | None
    fact: Recorded[Any]

    @property
    def days(self) -> int | None:
        """By how many calendar days it moved; later is positive, None for the first one."""
        return None if self.before is None else (self.day - self.before).days

    @property
    def told_by(self) -> str | None:
        """Who said so, as far as it was noted."""
        match self.fact.event:
            case PromiseDateMoved(told_by=who) | ExpediteAnswered(told_by=who):
                return who
            case _:
                return None

    @property
    def channel(self) -> str | None:
        """By what it was said: by phone, by mail, in the answer to an order."""
        match self.fact.event:
            case PromiseDateMoved(channel=channel) | ExpediteAnswered(channel=channel):
                return channel
            case CommitmentAcknowledged():
                return "acknowledgement"
            case _:
                return None

    @property
    def proof_ref(self) -> str | None:
        """What proves it; for an acknowledgement the seller's own code, where it is kept."""
        match self.fact.event:
            case PromiseDateMoved(proof_ref=proof) | ExpediteAnswered(proof_ref=proof):
                return proof
            case CommitmentAcknowledged(raw_code=code):
                return code
            case _:
                return None


def promises_of(line: Line, until: datetime | None = None) -> tuple[Promise, ...]:
    """Return every promise of a line that counts, in the order of time, up to a moment.

    An answer to a revision that was replaced promises nothing.
    """
    void = {found.fact.version for found in line.standing().contradictions}
    told: list[Promise] = []
    for fact in line.facts:
        day = promised_by(fact.event)
        if day is None or (fact.version in void):
            continue
        if until is not None and fact.effective_at > until:
            break
        before = told[-1].day if told else None
        if day != before:
            told.append(Promise(day, before, fact))
    return tuple(told)
