"""Whenever a project begins to use what projects share, then its content is taken over.

What happens to it from then on is taken over as well, for every project that uses it: whoever runs
the policies asks that for those which `using` names.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.kernel.ids import derived_id, stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.policies.policy import Request
from domain.projects.commands import TakeReference
from domain.references.uses import named_by
from domain.rules.watched import Watched


@dataclass(slots=True)
class Using:
    """The shared subjects that a project names, by their streams."""

    streams: set[str] = field(default_factory=set)
    new: set[str] = field(default_factory=set)
    """Those not asked for yet: the project is not open, or the message goes on."""
    own: set[str] = field(default_factory=set)
    """The streams of its own calendars and resources, of which it needs no shared ones."""


class SharedSubjects:
    """Ask to take over each shared subject at the end of the message that names it first."""

    name = "shared_subjects"

    def initial(self) -> Using:
        """Return a project that names nothing."""
        return Using()

    def fold(
        self, state: Using, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Request]:
        """Take one event in; return what is asked for at the end of a message."""
        if recorded.stream.startswith(("calendar-", "resource-")):
            state.own.add(recorded.stream)
        for stream in named_by(recorded):
            if stream not in state.streams:
                state.streams.add(stream)
                state.new.add(stream)
        if more or not state.new or project.network.opened is None:
            return ()
        wanted = sorted(stream for stream in state.new if not _is_own(stream, state, project))
        state.new.clear()
        return tuple(taking(project.project_id, stream, recorded) for stream in wanted)

    def due(self, state: Using, project: Watched) -> datetime | None:
        """Wait for no moment: what is said is what it reacts to."""
        del state, project
        return None

    def instead(
        self, before: Using, after: Using, recorded: Recorded[Any], project: Watched
    ) -> Sequence[Request]:
        """Return what is asked for where a project names something else since a correction."""
        new = sorted(after.streams - before.streams)
        return tuple(taking(project.project_id, stream, recorded) for stream in new)


def taking(project_id: str, stream: str, because: Recorded[Any]) -> Request:
    """Return the request that a project takes over what is known of a shared subject."""
    command = TakeReference(project_id=project_id, subject=stream)
    name = derived_id("", command.command_name, project_id, stream, because.event_id)
    return Request(name, command, because)


def _is_own(stream: str, state: Using, project: Watched) -> bool:
    category, ids = subject_of(stream)
    return stream_of(category, project.project_id, *ids) in state.own
