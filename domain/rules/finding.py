"""Say what a detection rule is, and what it finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, TypeAlias, TypeVar

from domain.conflicts.events import ConflictKind, Severity
from domain.kernel.messages import Recorded
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

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
    probability_bp: int = 10_000
    """How likely what it warns of is, in basis points; all of them unless the rule says."""
    act_by: date | None = None
    """The last day on which what is done about it still helps."""
    remedies: tuple[str, ...] = ()
    """What may be done about it, in words, the nearest first."""


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
    The fold owns its state and changes it in place; what rules share is handed to them
    (`Watched`), with the event already in it. It costs what the event concerns: a rule looks at
    the subject of the event, at all of them only where the whole plan is judged.
    """

    name: str
    version: int
    code: str
    """Its place in the catalogue of rules, e.g. `S2`."""
    title: str
    """What it finds, in one sentence."""
    parameters: tuple[Parameter, ...]
    """The numbers it goes by; what a project sets is read from `Watched.number`."""
    weighs_impact: bool
    """Whether a finding that hardly moves the promise is noise."""
    at_once: bool
    """Whether a condition need not last before it is a conflict, as it will not go by itself."""

    def initial(self) -> S:
        """Return the state of a project that nothing has happened to."""

    def fold(
        self, state: S, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Found]:
        """Take one event in, or a tick; return what it brings about or ends.

        `more` says that events of the same message follow: a rule for which judging is dear then
        waits for the last of them, so that a plan of thousands of phases is judged once.
        """

    def due(self, state: S, project: Watched) -> datetime | None:
        """Return the next moment at which time alone brings something about; None for never.

        The first tick at or after it is handed to the rule; one that comes too early or again
        changes nothing.
        """


def never(state: object, project: Watched) -> None:
    """Be the `due` of a rule that finds nothing by time alone."""
    del state, project
