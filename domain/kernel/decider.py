"""Say what a decider is: state folded from events, and a pure decision on a command."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from domain.kernel.messages import Asked, Command, DomainEvent, Recorded
from domain.kernel.refusals import ReasonRequired

S = TypeVar("S")
V = TypeVar("V")

Events: TypeAlias = Sequence[DomainEvent]


@dataclass(frozen=True, slots=True)
class Decider(Generic[S, V]):
    """One consistency boundary: `decide(command, state, asked, others) -> events | refusal`.

    `others` is what the decision needs to know of other streams, as a value of the deciding
    aggregate's own making (None where it needs nothing). `fork` gives a state that `evolve` may
    change in place, so that a batch of a thousand edits copies a plan once and not a thousand
    times; for an immutable state it is the identity.
    """

    category: str
    commands: tuple[type[Command], ...]
    events: tuple[type[DomainEvent], ...]
    initial: Callable[[], S]
    evolve: Callable[[S, Recorded[Any]], S]
    decide: Callable[[Any, S, Asked, V], Events]
    fork: Callable[[S], S] = lambda state: state

    def fold(self, history: Iterable[Recorded[Any]], state: S | None = None) -> S:
        """Return what a history adds up to, from the beginning or after a state."""
        folded = self.initial() if state is None else self.fork(state)
        for recorded in history:
            folded = self.evolve(folded, recorded)
        return folded


def require_reason(command: Command) -> None:
    """Raise ReasonRequired where the kind of request needs a reason and none is given."""
    if command.needs_reason and command.reason is None:
        msg = f"{command.command_name} changes what others rely on: give a reason with a code"
        raise ReasonRequired(msg)
