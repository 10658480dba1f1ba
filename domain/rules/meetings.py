"""Keep what the rules on meetings and inquiries share: the dossiers, and what was told of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Generic, NamedTuple, TypeVar

from domain.conflicts.events import Severity
from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.meetings.facts import Dossier
from domain.rules.finding import Cleared, Finding, Found
from domain.rules.impact import NOTHING
from domain.rules.moments import Moments

D = TypeVar("D")

HOUR: Final = timedelta(hours=1)


class Unfit(NamedTuple):
    """What does not fit now: how grave, in which words, and what may be done about it."""

    severity: Severity
    summary: str
    remedies: tuple[str, ...] = ()


@dataclass(slots=True)
class Book(Generic[D]):
    """The dossiers of one kind of subject by stream, when to look again, and what was found."""

    dossiers: dict[str, D] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    """The position of each subject's last event: what is told rests on it."""
    waiting: Moments = field(default_factory=Moments)
    found: dict[str, Finding] = field(default_factory=dict)

    def tell(
        self, rule: str, version: int, stream: str, unfit: Unfit | None, position: int, because: str
    ) -> Sequence[Found]:
        """Return what changed of a subject's condition; nothing where it is as it was told."""
        before = self.found.get(stream)
        if unfit is None:
            if before is None:
                return ()
            del self.found[stream]
            return (Cleared(rule, before.subjects, because),)
        if before is not None and (before.severity, before.summary) == unfit[:2]:
            return ()
        finding = Finding(
            rule=rule,
            rule_version=version,
            kind="communication",
            subjects=(stream,),
            severity=unfit.severity,
            impact_days=NOTHING,
            summary=unfit.summary,
            evidence=(self.positions[stream],),
            first_position=position if before is None else before.first_position,
            remedies=unfit.remedies,
        )
        self.found[stream] = finding
        return (finding,)


@dataclass(slots=True)
class MeetingBook(Book[Dossier]):
    """The meetings of one project."""

    def take(self, recorded: Recorded[Any]) -> str | None:
        """Take an event in; return the stream of the meeting it is of, None for another subject."""
        if subject_of(recorded.stream).category != "meeting":
            return None
        known = self.dossiers.get(recorded.stream, Dossier())
        self.dossiers[recorded.stream] = known.after(recorded)
        self.positions[recorded.stream] = recorded.position
        return recorded.stream


def named(meeting: Dossier, stream: str) -> str:
    """Return what a meeting is called: its id and its purpose."""
    (meeting_id,) = subject_of(stream).ids
    purpose = None if meeting.steps.planned is None else meeting.steps.planned.purpose
    return f"Meeting {meeting_id}" if purpose is None else f"Meeting {meeting_id} ({purpose})"
