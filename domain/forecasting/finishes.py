"""Keep the finishes of all phases in all passes, and ask them for quantiles and shares."""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import chain
from math import ceil
from typing import Final, NamedTuple

from domain.forecasting.passes import Passes
from domain.kernel.minutes import Minute
from domain.kernel.work_axis import WorkAxis

SHARES: Final = (50, 80, 95)
"""Of so many runs in a hundred the dates are told."""


class Quantiles(NamedTuple):
    """The least dates that half, four fifths and nineteen twentieths of the runs keep."""

    p50: Minute
    p80: Minute
    p95: Minute


class Dates:
    """Dates of one thing over all runs: instants, or coordinates of finishes on an axis."""

    __slots__ = ("_axis", "_values")

    def __init__(self, values: Sequence[int], axis: WorkAxis | None = None) -> None:
        self._values = sorted(values)
        self._axis = axis

    @property
    def quantiles(self) -> Quantiles:
        """The dates at the ranks of the shares (nearest rank, so each is a date of some run)."""
        values = self._values
        ranked = (values[ceil(share * len(values) / 100) - 1] for share in SHARES)
        axis = self._axis
        return Quantiles(*(ranked if axis is None else map(axis.finish_at, ranked)))

    def kept(self, by: Minute | None) -> float | None:
        """Return the share of runs, 0 to 1, with a date not after one; None for no date."""
        if by is None:
            return None
        limit = by if self._axis is None else self._axis.work_at(by)
        return bisect_right(self._values, limit) / len(self._values)


class Finishes:
    """The early finishes of passes, by phase number."""

    def __init__(self, passes: Passes) -> None:
        self._passes = passes
        self._compiled = compiled = passes.compiled
        self._plain = sorted(passes.plain)
        self._others = [n for n in range(len(compiled.ids)) if n not in passes.plain]
        self._place = {number: place for place, number in enumerate(self._plain)}
        self._place |= {number: place for place, number in enumerate(self._others)}
        self._works: list[array[int]] = []
        self._instants: list[array[int]] = []

    def take(self) -> None:
        """Take the finishes of the last pass over."""
        works, finishes = self._passes.works, self._passes.finishes
        self._works.append(array("q", map(works.__getitem__, self._plain)))
        self._instants.append(array("q", map(finishes.__getitem__, self._others)))

    def of(self, number: int) -> Dates:
        """Return the finishes of a phase."""
        if number in self._passes.unseen:
            return Dates(self._last_below(number))
        place = self._place[number]
        if number in self._passes.plain:
            return Dates([row[place] for row in self._works], self._compiled.axes[number])
        return Dates([row[place] for row in self._instants])

    def _last_below(self, summary: int) -> Sequence[Minute]:
        """Return when the last phase below a summary finishes, by pass."""
        compiled, place = self._compiled, self._place
        by_axis: dict[WorkAxis, list[int]] = {}
        others: list[int] = []
        for leaf in compiled.leaves(summary):
            if leaf in self._passes.plain:
                by_axis.setdefault(compiled.axes[leaf], []).append(place[leaf])
            else:
                others.append(place[leaf])
        rows = zip(self._works, self._instants, strict=True)
        return [
            max(
                chain(
                    (
                        axis.finish_at(max(map(works.__getitem__, places)))
                        for axis, places in by_axis.items()
                    ),
                    map(instants.__getitem__, others),
                )
            )
            for works, instants in rows
        ]
