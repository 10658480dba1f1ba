"""Say what a detection rule is, and what it finds."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, TypeAlias, TypeVar

from domain.conflicts.events import ConflictKind, Severity
from domain.kernel.messages import Recorded

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition that holds, or holds in another degree than when it was found before."""

    rule: str
    rule_version: int
    kind: ConflictKind
    subjects: tuple[str, ...]
    """The streams it is about, sorted; with the rule they are the condition's identity."""
    severity: Severity
    impact_days: Decimal
    """Working days that the customer's promise is moved by, 0 where it is not."""
    summary: str
    evidence: tuple[int, ...]
    """The log positions that show it, sorted."""
    first_position: int
    """Where this spell of the condition began."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """A condition found before is gone by itself."""

    rule: str
    subjects: tuple[str, ...]
    because: str


Found: TypeAlias = Finding | Cleared


class Rule(Protocol[S]):
    """A rule is a fold: it sees one project's events in order, and says what changes.

    It reads no table and no clock, and it never samples: the same history finds the same things.
    The fold owns its state and may change it in place.
    """

    name: str
    version: int

    def initial(self, project_id: str) -> S:
        """Return the state of a project that nothing has happened to."""

    def fold(
        self, state: S, recorded: Recorded[Any], *, more: bool = False
    ) -> tuple[S, tuple[Found, ...]]:
        """Take one event in; return what it brings about or ends, by rule and subjects.

        `more` says that events of the same message follow: a rule for which judging is dear then
        waits for the last of them, so that a plan of thousands of phases is judged once.
        """
