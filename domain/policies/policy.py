"""Say what a policy is: whenever this happens in a project, then that is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from domain.kernel.messages import Command, Recorded
from domain.rules.watched import Watched

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Request:
    """A command that a policy asks for, under the id it always has.

    The id derives from what caused it, so reading the event again asks the same thing again, which
    the inbox answers with the first answer.
    """

    message_id: str
    command: Command
    cause: Recorded[Any] | None = None
    """The event it is asked for because of, where that was an earlier one."""


class Policy(Protocol[S]):
    """A policy folds one project's events in order, like a rule, and asks for something at some.

    It has no clock and reads no table; the fold owns its state and changes it in place. What it
    asks for may be refused: that is a no-op which stays in the inbox.
    """

    name: str

    def initial(self) -> S:
        """Return the state of a project that nothing has happened to."""

    def fold(
        self, state: S, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Request]:
        """Take one event in, or a tick; `more` says that events of the same message follow."""

    def due(self, state: S, project: Watched) -> datetime | None:
        """Return the next moment at which time alone makes it ask for something."""

    def instead(
        self, before: S, after: S, recorded: Recorded[Any], project: Watched
    ) -> Sequence[Request]:
        """Return what is asked for when the past is believed otherwise since a correction.

        `before` is the state until then, `after` that of the corrected history up to it.
        """


def nothing_else(
    before: object, after: object, recorded: Recorded[Any], project: Watched
) -> Sequence[Request]:
    """Be the `instead` of a policy that undoes nothing of what it asked for."""
    del before, after, recorded, project
    return ()
