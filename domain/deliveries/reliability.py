"""Measure how a vendor's deliveries came: against what we needed, promised last, promised first.

The three are different questions and never one figure. A line counts once it is received, or once
the day it is measured against is past; one that was cancelled or closed short is nobody's. Slips
are calendar days, quantiles are by nearest rank, so every figure is one that was seen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.commitments.facts import Status
from domain.deliveries.promises import promises_of
from domain.network.supplies import Supply


class OnTime(NamedTuple):
    """How many of the lines that are due came in time."""

    kept: int
    due: int

    @property
    def share(self) -> float | None:
        """The share in time, 0 to 1; None where nothing was due, for then there is none."""
        return self.kept / self.due if self.due else None


@dataclass(frozen=True, slots=True)
class Delivery:
    """When one line came, in the project's zone, and the days it is measured against."""

    came: date | None
    need_by: date
    promised: date | None
    """The day promised when it came; the one promised now while it has not."""
    first_promised: date | None

    @property
    def slip_days(self) -> int | None:
        """By how many calendar days it came later than promised; early is negative."""
        if self.came is None or self.promised is None:
            return None
        return (self.came - self.promised).days


@dataclass(frozen=True, slots=True)
class Reliability:
    """How one vendor's lines came; slips in calendar days, in ascending order."""

    vendor: str
    lines: int
    slips: tuple[int, ...]
    against_need: OnTime
    against_promise: OnTime
    against_first_promise: OnTime

    def quantile(self, percent: int) -> int | None:
        """Return the slip that so many of a hundred deliveries did not exceed, by nearest rank."""
        if not self.slips:
            return None
        rank = -(-len(self.slips) * percent // 100)
        return self.slips[max(rank, 1) - 1]


def delivery_of(supply: Supply, zone: ZoneInfo) -> Delivery | None:
    """Return how one line came; None for one that was given up."""
    now = supply.standing
    if now.closed is not None:
        return None
    is_here = now.status is Status.RECEIVED and now.last_receipt_at is not None
    came_at = now.last_receipt_at if is_here else None
    promises = promises_of(supply.line, came_at)
    return Delivery(
        came=None if came_at is None else came_at.astimezone(zone).date(),
        need_by=supply.need_by,
        promised=promises[-1].day if promises else None,
        first_promised=promises[0].day if promises else None,
    )


def reliabilities(
    supplies: Iterable[Supply], zone: ZoneInfo, today: date | None
) -> Sequence[Reliability]:
    """Return each vendor's record by name; without a day of today only what came is due."""
    lines: dict[str, list[Delivery | None]] = {}
    for supply in supplies:
        lines.setdefault(supply.vendor, []).append(delivery_of(supply, zone))
    return [
        _reliability(vendor, len(own), [each for each in own if each is not None], today)
        for vendor, own in sorted(lines.items())
    ]


def _reliability(
    vendor: str, lines: int, own: Sequence[Delivery], today: date | None
) -> Reliability:
    slips = [slip for each in own if (slip := each.slip_days) is not None]
    return Reliability(
        vendor,
        lines,
        tuple(sorted(slips)),
        _on_time(((each.came, each.need_by) for each in own), today),
        _on_time(((each.came, each.promised) for each in own), today),
        _on_time(((each.came, each.first_promised) for each in own), today),
    )


def _on_time(days: Iterable[tuple[date | None, date | None]], today: date | None) -> OnTime:
    kept = due = 0
    for came, day in days:
        if day is None:
            continue
        if came is not None:
            due += 1
            kept += came <= day
        elif today is not None and today > day:
            due += 1
    return OnTime(kept, due)
