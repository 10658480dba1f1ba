"""Say what a check of schedule quality is: a figure, its threshold, and who is to blame."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Name: TypeAlias = Literal[
    "logic",
    "leads",
    "lags",
    "relationship_types",
    "hard_constraints",
    "high_float",
    "negative_float",
    "high_duration",
    "invalid_dates",
    "resources",
    "missed_tasks",
    "critical_path_test",
    "cpli",
    "bei",
]


@dataclass(frozen=True, slots=True)
class Limit:
    """What a figure may be: at most, or at least."""

    kind: Literal["at_most", "at_least"]
    value: float

    def allows(self, figure: float) -> bool:
        """Tell whether a figure keeps the limit."""
        return figure <= self.value if self.kind == "at_most" else figure >= self.value


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `numerator / denominator` against a limit, with the phases and links found.

    Where there is nothing to measure by, the figure is undefined, the check is neither passed nor
    failed, and `undefined` says what is missing.
    """

    number: int
    name: Name
    limit: Limit
    numerator: int = 0
    denominator: int = 0
    phases: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    undefined: str | None = None

    @property
    def figure(self) -> float | None:
        """The share or index; None where it is undefined."""
        if self.undefined is not None or self.denominator == 0:
            return None
        return self.numerator / self.denominator

    @property
    def passed(self) -> bool | None:
        """Whether the limit is kept; None where there is nothing to judge."""
        figure = self.figure
        return None if figure is None else self.limit.allows(figure)


def named(ids: Iterable[str]) -> tuple[str, ...]:
    """Return ids once each, in order."""
    return tuple(sorted(set(ids)))
