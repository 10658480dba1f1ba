"""Say what a decision is given, when it is asked, and exactly what comes of it then."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import pytest

from domain.kernel.decider import Decider
from domain.kernel.messages import Asked, Command, DomainEvent
from domain.kernel.refusals import DomainError
from tests.builders import ASKED, Step, history

S = TypeVar("S")
V = TypeVar("V")


@dataclass(frozen=True)
class Spec(Generic[S, V]):
    """One stream and its decider, with what its surroundings are unless a test says otherwise."""

    decider: Decider[S, V]
    stream: str
    others: V

    def given(self, *events: DomainEvent | Step) -> "Given[S, V]":
        """Begin with a history; a bare event happens a minute after the one before it."""
        return Given(self, events)


@dataclass(frozen=True)
class Given(Generic[S, V]):
    """A history that a request meets."""

    spec: Spec[S, V]
    events: Sequence[DomainEvent | Step]

    @property
    def state(self) -> S:
        return self.spec.decider.fold(history(self.spec.stream, *self.events))

    def when(
        self, command: Command, *, others: V | None = None, asked: Asked = ASKED
    ) -> "Outcome[S, V]":
        """Ask; what the decision needs of other streams is the spec's unless given here."""
        assert command.stream() == self.spec.stream
        around = self.spec.others if others is None else others
        try:
            return Outcome(
                self, tuple(self.spec.decider.decide(command, self.state, asked, around)), None
            )
        except DomainError as refusal:
            return Outcome(self, (), refusal)


@dataclass(frozen=True)
class Outcome(Generic[S, V]):
    """What came of a request."""

    given: Given[S, V]
    events: tuple[DomainEvent, ...]
    refusal: DomainError | None = field(default=None)

    def then(self, *expected: DomainEvent) -> "Given[S, V]":
        """Hold the decision to exactly these events, in order; all of them can be folded."""
        if self.refusal is not None:
            pytest.fail(f"refused with {self.refusal.code}: {self.refusal}")
        assert self.events == expected
        after = Given(self.given.spec, (*self.given.events, *expected))
        assert after.state is not None
        return after

    def then_refused(self, refusal: type[DomainError], *says: str) -> None:
        """Hold the decision to this very kind of refusal, whose text says these words."""
        if self.refusal is None:
            pytest.fail(f"not refused: {self.events}")
        assert type(self.refusal) is refusal, f"{self.refusal.code}: {self.refusal}"
        for words in says:
            assert words in str(self.refusal)
