"""Add up what is reported of a resource: when it was or is not available."""

from bisect import insort
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

from domain.kernel.messages import Recorded
from domain.resources.events import OutageEnded, OutageReported

Facts: TypeAlias = tuple[Recorded[Any], ...]
"""Facts of one resource by (effective time, version)."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which the resource is not there; `until` is None while no end is known."""

    since: datetime
    until: datetime | None
    kind: Literal["breakdown", "maintenance", "absence"]
    ref: str | None = None


def with_fact(facts: Facts, fact: Recorded[Any]) -> Facts:
    """Return the facts with one more in its place by (effective time, version)."""
    placed = list(facts)
    insort(placed, fact, key=lambda known: (known.effective_at, known.version))
    return tuple(placed)


def outages(facts: Facts) -> tuple[Outage, ...]:
    """Return the outages by their beginning; an end closes those that had begun and still went on.

    A report with the beginning and kind of an earlier one replaces it: its end is known better now.
    """
    known: dict[tuple[datetime, str], Outage] = {}
    for fact in facts:
        match fact.event:
            case OutageReported(since=since, until=until, kind=kind, ref=ref):
                known[since, kind] = Outage(since, until, kind, ref)
            case OutageEnded(at=at):
                for key, outage in known.items():
                    if outage.since <= at and (outage.until is None or at < outage.until):
                        known[key] = replace(outage, until=at)
            case other:
                raise AssertionError(other)  # Only facts are kept among the facts.
    return tuple(sorted(known.values(), key=lambda outage: (outage.since, outage.kind)))
