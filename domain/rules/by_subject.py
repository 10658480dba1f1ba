"""Judge the one subject that an event is about, and others when their time or dates have come."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from domain.kernel.clock import ClockAdvanced
from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.projects.events import RuleSet
from domain.rules.finding import Finding, Found
from domain.rules.parameters import Parameter
from domain.rules.spells import Spells
from domain.rules.watched import Watched

S = TypeVar("S", bound=Spells)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is found of a subject now, or why nothing is, and when time alone changes that."""

    finding: Finding | None = None
    because: str = ""
    again: datetime | None = None


class BySubject(ABC, Generic[S]):
    """A rule of one kind of subject: each is judged at its own events, and when its moment comes.

    One that goes by dates of the network says which (`reads`); it is judged again when they are
    others. When a project sets the rule's numbers, every subject is judged by them.
    """

    name: str
    version: int = 1
    code: str
    title: str
    parameters: tuple[Parameter, ...] = ()
    weighs_impact: bool = False
    at_once: bool = False
    category: ClassVar[str]
    """The kind of streams whose events are judged."""

    @abstractmethod
    def initial(self) -> S:
        """Return the state of a project that nothing has happened to."""

    def due(self, state: S, project: Watched) -> datetime | None:
        """Return the next moment at which a subject is looked at again."""
        del project
        return state.waiting.next()

    def fold(
        self, state: S, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in, or a tick; return what it brings about, changes or ends."""
        keys = dict.fromkeys(self.called(state, recorded, project))
        state.unjudged |= project.changed
        if state.unjudged and not more:
            state.unjudged = False
            keys |= dict.fromkeys(self.moved(state, project))
        told: list[Found] = []
        for key in keys:
            judged = self.judge(state, key, project, recorded)
            told += state.tell(key, judged.finding, judged.because)
            state.waiting.wait(key, judged.again)
            reads = self.reads(state, key, project)
            if reads is None:
                state.seen.pop(key, None)
            else:
                state.seen[key] = reads
        return tuple(told)

    @abstractmethod
    def judge(self, state: S, key: str, project: Watched, recorded: Recorded[Any]) -> Judgement:
        """Return what is found of a subject as of an event."""

    def reads(self, state: S, key: str, project: Watched) -> Hashable:
        """Return what a subject's judgement goes by in the network; None where it is nothing."""
        del state, key, project
        return None

    def moved(self, state: S, project: Watched) -> Iterable[str]:
        """Return the subjects whose judgement goes by something that is otherwise now."""
        seen = state.seen.items()
        return [key for key, was in seen if self.reads(state, key, project) != was]

    def subjects(self, state: S, project: Watched) -> Iterable[str]:
        """Return every subject of the project."""
        del state
        match self.category:
            case "commitment":
                return [supply.id for supply in project.network.supplies.lines()]
            case "contract":
                return tuple(project.papers)
            case "request":
                return tuple(project.dossiers)
            case _:
                return tuple(project.material.items)

    def concerned(self, state: S, recorded: Recorded[Any], project: Watched) -> Iterable[str]:
        """Return the subjects that an event is about, itself taken in."""
        del state, project
        if subject_of(recorded.stream).category == self.category:
            return (recorded.subject_id,)
        return ()

    def called(self, state: S, recorded: Recorded[Any], project: Watched) -> Iterable[str]:
        """Return the subjects to judge at an event or a tick, in the order they are told of."""
        match recorded.event:
            case ClockAdvanced():
                return state.waiting.come(project.now)
            case RuleSet(rule=rule):
                return self.subjects(state, project) if rule == self.name else ()
            case _:
                return () if project.is_repeated else self.concerned(state, recorded, project)
