"""Judge meetings, inquiries and notices by the dossier of each, and tell of each by its words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, Self, TypeVar

from domain.conflicts.events import Severity
from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.rules.by_subject import BySubject
from domain.rules.finding import Finding
from domain.rules.impact import NOTHING
from domain.rules.spells import Spells
from domain.rules.watched import Watched


class Dossier(Protocol):
    """What is known of one subject."""

    def after(self, recorded: Recorded[Any]) -> Self:
        """Return what is known after one more event."""


D = TypeVar("D", bound=Dossier)


@dataclass(slots=True, kw_only=True)
class Dossiers(Spells, Generic[D]):
    """What was found of the subjects of one kind, and what is known of each, by its stream."""

    unknown: D
    """What is known of a subject before its first event."""
    dossiers: dict[str, D] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    """The position of each subject's last event: what is told rests on it."""

    def take(self, recorded: Recorded[Any]) -> None:
        """Take in an event of one of the subjects."""
        stream = recorded.stream
        self.dossiers[stream] = self.dossiers.get(stream, self.unknown).after(recorded)
        self.positions[stream] = recorded.position

    def is_alike(self, found: Finding, before: Finding) -> bool:
        """Tell whether a finding is as grave as the one before, in the same words."""
        return (found.severity, found.summary) == (before.severity, before.summary)


S = TypeVar("S", bound=Dossiers[Any])


class ByDossier(BySubject[S]):
    """A rule of one kind of subject that goes by what is known of each; none moves a date."""

    def concerned(self, state: S, recorded: Recorded[Any], project: Watched) -> Iterable[str]:
        """Return the subject of an event by its stream, the event taken in."""
        del project
        if subject_of(recorded.stream).category != self.category:
            return ()
        state.take(recorded)
        return (recorded.stream,)

    def subjects(self, state: S, project: Watched) -> Iterable[str]:
        """Return every subject that something is known of, by stream."""
        del project
        return tuple(state.dossiers)

    def called(self, state: S, recorded: Recorded[Any], project: Watched) -> Iterable[str]:
        """Return the subjects to judge, by stream: also those whose moment passed without a tick.

        A project that is over gets no ticks, but what is late in it is told at its next event.
        """
        come = state.waiting.come(project.now)
        return sorted({*come, *super().called(state, recorded, project)})

    def found(
        self,
        state: S,
        recorded: Recorded[Any],
        stream: str,
        severity: Severity,
        summary: str,
        remedies: tuple[str, ...],
    ) -> Finding:
        """Return what is found of a subject as of an event."""
        return Finding(
            rule=self.name,
            rule_version=self.version,
            kind="communication",
            subjects=(stream,),
            severity=severity,
            impact_days=NOTHING,
            summary=summary,
            evidence=(state.positions[stream],),
            first_position=recorded.position,
            remedies=remedies,
        )
